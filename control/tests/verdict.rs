//! `edgewise verdict` as two people use it on two machines: one exports, the other one checks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod binary;

use binary::{edgewise, fails, works};
use edgewise_analysis::log::{Batch, Folder, Limits, Log, NewEvent, compact};
use edgewise_core::{Attributes, Bucket, Ruleset, Silent, Unit, Variant};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};
use tempfile::TempDir;

const AT: &str = "2026-01-05T10:00:00Z";

/// A project with its data folder, its keys and its verdict.
struct Made {
    folder: TempDir,
}

/// Everything here costs an analysis; every test copies it and changes its own copy.
static MADE: LazyLock<Made> = LazyLock::new(make);

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn make() -> Made {
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
    let (mut log, _) = Log::open(&root.join("data"), Limits::default()).unwrap();
    log.folder().keep_ruleset(ruleset.digest(), ruleset.bytes()).unwrap();
    for (part, users) in [0..150, 150..300].into_iter().enumerate() {
        let events = users.flat_map(|user| events(&ruleset, user)).map(|event| NewEvent {
            id: event["id"].as_str().unwrap().parse().unwrap(),
            json: serde_json::value::to_raw_value(&event).unwrap(),
        });
        let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
        log.commit(&[batch], "2026-01-05T12:00:00Z".parse().unwrap()).unwrap();
        if part == 0 {
            log.seal();
            for number in log.take_sealed() {
                compact(log.folder(), number).unwrap();
            }
        }
    }
    drop(log);
    works(root, &["keys", "new", "--out", "signing.pem"]);
    works(root, &["keys", "new", "--out", "other.pem"]);
    works(root, &export("v.verdict"));
    Made { folder }
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
    if index % 3 == 0 { vec![exposure] } else { vec![exposure, purchase] }
}

fn export(out: &str) -> [&str; 12] {
    [
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
        out,
    ]
}

/// Another machine: a copy of all files.
fn machine() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(MADE.folder.path(), copy.path());
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

/// The exit code of a check and what it printed.
fn check(machine: &TempDir, more: &[&str]) -> (i32, String) {
    let arguments = [&["verdict", "check", "v.verdict", "--public-key", "signing.pem.pub"], more].concat();
    let output = edgewise(machine.path(), &arguments, "");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// Changes the verdict's JSON and signs it again, as somebody with the key could.
fn forge(machine: &TempDir, change: impl FnOnce(&mut Value)) {
    let path = machine.path().join("v.verdict");
    let text = fs::read_to_string(&path).unwrap();
    let (body, seal) = text.split_once('\n').unwrap();
    let mut verdict: Value = serde_json::from_str(body).unwrap();
    change(&mut verdict);
    fs::write(&path, format!("{verdict}\n{seal}")).unwrap();
}

fn says(answer: &(i32, String), code: i32, expected: &[&str]) {
    assert_eq!(answer.0, code, "{}", answer.1);
    for text in expected {
        assert!(answer.1.contains(text), "`{text}` is not in\n{}", answer.1);
    }
}

/// The data folder's segments that are sealed, and those that are not.
fn segments(machine: &TempDir) -> (PathBuf, PathBuf) {
    let folder = Folder::new(machine.path().join("data"));
    let sealed = folder.parquet_files().unwrap().into_values().next().unwrap();
    (sealed, folder.segment(folder.segments().unwrap()[0]))
}

#[test]
fn a_verdict_holds_by_itself_and_says_what_that_does_not_show() {
    let answer = check(&machine(), &[]);
    says(
        &answer,
        0,
        &[
            "the verdict on `tone`, made at ",
            "signature: holds",
            "checked: the digests of the plan and of 1 rulesets",
            "checked: the results, computed again from ",
            "not checked: whether the moments are those of the events",
            "everything that was checked is as the verdict says",
        ],
    );
    assert!(!answer.1.contains("DIFFERS"), "{}", answer.1);
}

#[test]
fn a_verdict_holds_against_a_copy_of_the_data() {
    let machine = machine();
    let answer = check(&machine, &["--data", "data", "--project", "."]);
    says(
        &answer,
        0,
        &[
            "checked: 2 segments of the data folder, of 2 that the verdict names",
            "checked: every exposure replayed, every moment summed up",
            "checked: the plan of the project",
        ],
    );
    let json = check(&machine, &["--data", "data", "--output", "json"]);
    let json: Value = serde_json::from_str(&json.1).unwrap();
    assert_eq!(
        (&json["experiment"], &json["signature"], &json["differences"]),
        (&json!("tone"), &Value::Null, &json!([]))
    );
}

#[test]
fn its_results_are_those_of_analyze_and_its_signature_is_plain() {
    let machine = machine();
    let text = fs::read_to_string(machine.path().join("v.verdict")).unwrap();
    let verdict: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let arguments =
        ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--output", "json"];
    let results: Value = serde_json::from_str(&works(machine.path(), &arguments)).unwrap();
    assert_eq!(verdict["results"], results);
    assert_eq!(results["metrics"][1]["comparisons"].as_array().unwrap().len(), 1);
    let moments = verdict["answers"].to_string();
    assert!(moments.contains("decimal(6)") && moments.contains("decimal(12)"), "exact sums and squares");
}

#[test]
fn one_digit_in_the_moments_is_caught_by_signature_and_results() {
    let machine = machine();
    forge(&machine, |verdict| {
        let columns = verdict["answers"].as_array_mut().unwrap().iter_mut();
        let mut sums =
            columns.flat_map(|answer| answer["columns"].as_array_mut().unwrap()).filter(|column| {
                column["holds"] == "decimal(6)" && column["name"].as_str().unwrap().starts_with("sum")
            });
        let value = &mut sums.next_back().unwrap()["values"][0];
        let digits = value.as_str().unwrap();
        let last = if digits.ends_with('0') { '1' } else { '0' };
        *value = json!(format!("{}{last}", &digits[..digits.len() - 1]));
    });
    says(
        &check(&machine, &[]),
        1,
        &[
            "signature: DOES NOT HOLD: the file was changed after it was signed",
            "DIFFERS: results.metrics[revenue].variants[",
            "the moments give",
        ],
    );
    says(&check(&machine, &["--data", "data"]), 1, &["DIFFERS: answers[", "the data give"]);
}

#[test]
fn results_that_do_not_follow_are_named_field_by_field() {
    let machine = machine();
    forge(&machine, |verdict| {
        verdict["results"]["metrics"][0]["comparisons"][0]["test"]["p"] = json!(0.01);
    });
    says(
        &check(&machine, &[]),
        1,
        &[
            "DIFFERS: results.metrics[conversion].comparisons[warm].test.p: the verdict says 0.01, the moments give",
        ],
    );
}

#[test]
fn another_plan_is_named() {
    let altered = machine();
    forge(&altered, |verdict| verdict["plan"]["alpha"] = json!(0.1));
    says(
        &check(&altered, &[]),
        1,
        &["DIFFERS: plan_digest", "DIFFERS: results.alpha: the verdict says 0.05"],
    );

    let project = machine();
    write(project.path(), "metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: refund\n");
    says(
        &check(&project, &["--project", "."]),
        1,
        &[
            "signature: holds",
            "DIFFERS: plan.metrics[0].metric.event: the verdict says \"purchase\", the project's files give \"refund\"",
        ],
    );
}

#[test]
fn another_ruleset_is_named() {
    let altered = machine();
    forge(&altered, |verdict| {
        let hex = verdict["rulesets"][0]["hex"].as_str().unwrap().to_owned();
        let last = if hex.ends_with('0') { "1" } else { "0" };
        verdict["rulesets"][0]["hex"] = json!(format!("{}{last}", &hex[..hex.len() - 1]));
    });
    says(&check(&altered, &[]), 1, &["DIFFERS: rulesets[", "the verdict says a ruleset of this digest"]);

    let without = machine();
    fs::remove_dir_all(without.path().join("data/rulesets")).unwrap();
    says(&check(&without, &["--data", "data"]), 1, &["DIFFERS: rulesets[", "the data give nothing"]);
}

#[test]
fn a_changed_event_is_named_with_what_follows_from_it() {
    let machine = machine();
    let (_, open) = segments(&machine);
    let text = fs::read_to_string(&open).unwrap();
    assert!(text.contains("\"value\":3"));
    fs::write(&open, text.replacen("\"value\":3", "\"value\":4", 1)).unwrap();
    says(
        &check(&machine, &["--data", "data"]),
        1,
        &[
            "signature: holds",
            "DIFFERS: segments[log/",
            ".sha256: the verdict says",
            "DIFFERS: answers[",
            "DIFFERS: results.metrics[revenue]",
        ],
    );
    assert_eq!(check(&machine, &[]).0, 0, "the verdict itself is as it was");
}

#[test]
fn a_dropped_segment_and_a_damaged_one_are_named() {
    let dropped = machine();
    let (sealed, _) = segments(&dropped);
    fs::remove_file(sealed).unwrap();
    says(
        &check(&dropped, &["--data", "data"]),
        1,
        &[
            "checked: 1 segments of the data folder, of 2 that the verdict names",
            "DIFFERS: segments[events/dt=2026-01-05/",
            "the data give nothing",
            "DIFFERS: replayed.counts.",
        ],
    );

    let missing = machine();
    let (_, open) = segments(&missing);
    fs::write(&open, "").unwrap();
    says(&check(&missing, &["--data", "data"]), 1, &[".bytes: the verdict says", "the data give 0"]);
}

#[test]
fn later_segments_are_left_out_and_said_to_be() {
    let machine = machine();
    let (_, open) = segments(&machine);
    fs::copy(&open, open.with_file_name("00000099.ndjson")).unwrap();
    says(
        &check(&machine, &["--data", "data"]),
        0,
        &["not checked: 1 segments of the data folder that the verdict does not name: they are left out"],
    );
}

#[test]
fn another_key_is_told_from_another_text() {
    let machine = machine();
    let arguments = ["verdict", "check", "v.verdict", "--public-key", "other.pem.pub"];
    let output = edgewise(machine.path(), &arguments, "");
    let answer = (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap());
    says(&answer, 1, &["signature: DOES NOT HOLD: it was signed with the key ", "nobody vouches for it"]);
}

#[test]
fn what_is_no_verdict_cannot_be_checked() {
    let machine = machine();
    let path = machine.path().join("v.verdict");
    let bytes = fs::read(&path).unwrap();
    let arguments = ["verdict", "check", "v.verdict", "--public-key", "signing.pem.pub"];
    let refused = || fails(machine.path(), &arguments);
    fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    assert!(refused().1.contains("the file is cut short"), "{:?}", refused());
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused().1.contains("the file is cut short"), "{:?}", refused());
    fs::write(&path, "{}\n{}\n").unwrap();
    assert!(refused().1.contains("line 1 of the file is no part of a verdict"), "{:?}", refused());
    forge_text(&path, &bytes, |text| text.replacen("\"version\":1", "\"version\":2", 1));
    assert!(refused().1.contains("of version 2; this program checks"), "{:?}", refused());
    fs::remove_file(&path).unwrap();
    assert!(refused().1.contains("cannot read v.verdict"), "{:?}", refused());
    assert_eq!(refused().0, 2);
}

fn forge_text(path: &Path, bytes: &[u8], change: impl FnOnce(&str) -> String) {
    fs::write(path, change(std::str::from_utf8(bytes).unwrap())).unwrap();
}

#[test]
fn an_export_that_cannot_be_made_says_why() {
    let machine = machine();
    fs::remove_dir_all(machine.path().join("data")).unwrap();
    let (code, said) = fails(machine.path(), &export("w.verdict"));
    assert_eq!(code, 1);
    assert!(said.contains("data"), "{said}");
    assert!(!machine.path().join("w.verdict").exists());
}
