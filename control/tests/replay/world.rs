//! A project with a data folder whose exposures replay, made once and copied for every test.

use crate::binary::works;
use edgewise_analysis::log::{Batch, Limits, Log, NewEvent, compact};
use edgewise_core::{Attributes, Bucket, Ruleset, Silent, Unit, Variant};
use serde_json::{Value, json};
use std::{fs, ops::Range, path::Path, sync::LazyLock};
use tempfile::TempDir;

/// Makes the verdict.
pub(crate) const EXPORT: [&str; 12] = [
    "verdict",
    "export",
    "--experiment",
    "tone",
    "--project",
    ".",
    "--data",
    "data",
    "--key",
    "signing.pem",
    "--out",
    "v.verdict",
];

const AT: &str = "2026-01-05T10:00:00Z";

/// The project with its data folder, its keys and its verdict.
static MADE: LazyLock<TempDir> = LazyLock::new(make);

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn make() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    write(root, "metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    write(root, "metrics/revenue.yaml", "id: revenue\nkind: continuous\nevent: purchase\nvalue: value\n");
    write(
        root,
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nvariants:\n  - { id: control, control: true }\n  - { id: warm }\n\
         metrics: { primary: [conversion], secondary: [revenue] }\n",
    );
    works(root, &["build", "--output", "ruleset.edgewise"]);
    let ruleset = Ruleset::read(fs::read(root.join("ruleset.edgewise")).unwrap()).unwrap();
    fill(
        &root.join("data"),
        &ruleset,
        &[(0..150, "2026-01-05T12:00:00Z"), (150..300, "2026-01-05T12:00:00Z")],
        &[0],
    );
    works(root, &["keys", "new", "--out", "signing.pem"]);
    works(root, &["keys", "new", "--out", "other.pem"]);
    works(root, &EXPORT);
    folder
}

/// A data folder of these users' events, each part committed at its time. Behind these parts the segment is sealed and
/// compacted.
pub(crate) fn fill(
    data: &Path,
    ruleset: &Ruleset<Vec<u8>>,
    parts: &[(Range<u64>, &str)],
    compacted_after: &[usize],
) {
    let (mut log, _) = Log::open(data, Limits::default()).unwrap();
    log.folder().keep_ruleset(ruleset.digest(), ruleset.bytes()).unwrap();
    for (part, (users, now)) in parts.iter().enumerate() {
        let events = users.clone().flat_map(|user| events(ruleset, user)).map(|event| NewEvent {
            id: event["id"].as_str().unwrap().parse().unwrap(),
            json: serde_json::value::to_raw_value(&event).unwrap(),
        });
        let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
        log.commit(&[batch], now.parse().unwrap()).unwrap();
        if compacted_after.contains(&part) {
            log.seal();
            for number in log.take_sealed() {
                compact(log.folder(), number).unwrap();
            }
        }
    }
}

/// A user's exposure, and the purchase of two in three; those of the treatment pay more.
fn events(ruleset: &Ruleset<Vec<u8>>, index: u64) -> Vec<Value> {
    let (experiment, user) = (ruleset.find_experiment("tone").unwrap(), format!("u_{index}"));
    let context = Attributes { units: &[Unit::new(user.as_bytes())], attributes: &[] };
    let answer = experiment.assign(&context, 1_767_607_200_000, &mut Silent);
    let variant = answer.variant.and_then(|index| experiment.variant(index)).map(Variant::id).unwrap();
    let exposure = json!({
        "id": format!("019ab3f0-5c00-7000-8000-{index:012x}"), "type": "exposure", "ts": AT,
        "units": {"user": user}, "kind": "experiment", "experiment": "tone", "variant": variant,
        "reason": answer.reason.as_str(), "bucket": answer.bucket.map(Bucket::get),
        "epoch": answer.epoch.to_string(), "ruleset": ruleset.digest().to_string(), "evaluated_at": AT,
        "unit_type": "user", "unit": user, "attributes": {},
    });
    let paid = index % 7 + if variant == "warm" { 2 } else { 0 };
    let purchase = json!({
        "id": format!("019ab3f0-5c00-7000-8001-{index:012x}"), "type": "track", "name": "purchase",
        "ts": "2026-01-05T11:00:00Z", "units": {"user": user}, "value": paid,
    });
    if index.is_multiple_of(3) { vec![exposure] } else { vec![exposure, purchase] }
}

/// Another machine: a copy of all files.
pub(crate) fn machine() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(MADE.path(), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            fs::create_dir_all(to.join(&name)).unwrap();
            copy_folder(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
