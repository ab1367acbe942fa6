//! `edgewise report` as a user runs it: one file in the form that its name says, from a log and from a table of units.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use edgewise_analysis::log::{Batch, Limits, Log, NewEvent};
use edgewise_core::{Bucket, Context, Ruleset, Silent, Sticky, Unit, Value as AttributeValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const UNITS: &str = "id,arm,won,spent\na,x,1,0.10\nb,y,0,0.20\nc,x,0,\nd,y,1,1e2\ne,x,1,-3\nf,y,1,7\n";

/// Users of the log: enough for both variants to have buyers on each of the days.
const USERS: u64 = 400;

/// Days over which they enter.
const DAYS: u64 = 4;

fn edgewise(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .output()
        .unwrap()
}

/// What a command that must not fail printed.
fn stdout(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn by_units<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let common = ["--units", "units.csv", "--unit", "id", "--variant", "arm", "--control", "x"];
    [&[command], &common[..], &["--binary", "won", "--continuous", "spent"], more].concat()
}

struct User(String);

impl Context for User {
    fn unit(&self, _: usize) -> Unit<'_> {
        Unit::new(self.0.as_bytes())
    }
    fn attribute(&self, _: usize) -> AttributeValue<'_> {
        AttributeValue::Absent
    }
    fn sticky(&self, _: usize) -> Option<Sticky> {
        None
    }
}

/// A project whose experiment has run: its users are exposed day by day, and every third buys.
fn project_with_log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    write(&folder, "metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    write(&folder, "metrics/revenue.yaml", "id: revenue\nkind: continuous\nevent: purchase\n");
    write(
        &folder,
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nvariants:\n  - { id: control, control: true }\n  - { id: warm }\n\
         metrics: { primary: [conversion], secondary: [revenue] }\n",
    );
    stdout(edgewise(folder.path(), &["build", "--output", "ruleset.edgewise"]));
    let ruleset = Ruleset::read(fs::read(folder.path().join("ruleset.edgewise")).unwrap()).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let (mut log, _) = Log::open(&folder.path().join("data"), Limits::default()).unwrap();
    log.folder().keep_ruleset(ruleset.digest(), ruleset.bytes()).unwrap();
    let start: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
    let mut events = Vec::new();
    for index in 0..USERS {
        let at = start + SignedDuration::from_hours(24 * i64::try_from(index % DAYS).unwrap());
        events.push(exposure(&ruleset, index, at));
        if index % 3 == 0 {
            let id = format!("019ab3f0-5c00-7000-9000-{index:012x}");
            let at = (at + SignedDuration::from_mins(5)).to_string();
            events.push(json!({"id": id, "type": "track", "ts": at, "units": {"user": name(index)}, "name": "purchase", "value": index % 7}));
        }
    }
    let events = events.into_iter().map(|event| NewEvent {
        id: event["id"].as_str().unwrap().parse().unwrap(),
        json: serde_json::value::to_raw_value(&event).unwrap(),
    });
    let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
    log.commit(&[batch], "2026-01-20T10:00:00Z".parse().unwrap()).unwrap();
    folder
}

fn name(index: u64) -> String {
    format!("u_{index}")
}

fn exposure(ruleset: &Ruleset<Vec<u8>>, index: u64, at: Timestamp) -> Value {
    let experiment = ruleset.find_experiment("tone").unwrap();
    let answer = experiment.assign(&User(name(index)), at.as_millisecond(), &mut Silent);
    let variant = answer.variant.and_then(|index| experiment.variant(index)).unwrap();
    json!({
        "id": format!("019ab3f0-5c00-7000-8000-{index:012x}"), "type": "exposure", "ts": at.to_string(),
        "units": {"user": name(index)}, "kind": "experiment", "experiment": "tone", "variant": variant.id(),
        "reason": answer.reason.as_str(), "bucket": answer.bucket.map(Bucket::get),
        "epoch": answer.epoch.to_string(), "ruleset": ruleset.digest().to_string(),
        "evaluated_at": at.to_string(), "unit_type": "user", "unit": name(index), "attributes": {},
    })
}

#[test]
fn a_log_becomes_a_page_a_text_and_json() {
    let folder = project_with_log();
    let of = ["--project", ".", "--data", "data", "--experiment", "tone"];
    let run = |more: &[&str]| stdout(edgewise(folder.path(), &[&["report"], &of[..], more].concat()));

    assert_eq!(run(&["--out", "tone.html"]), "", "the results are in the file");
    let page = fs::read_to_string(folder.path().join("tone.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>\n") && page.ends_with("</html>\n"));
    for expected in [
        "<h1>tone</h1>",
        "default-src 'none'",
        "warm against control",
        "conversion",
        "400 exposures",
        "How units are spread",
    ] {
        assert!(page.contains(expected), "{expected} is not in\n{page}");
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));

    let text = run(&["--format", "markdown"]);
    assert!(text.starts_with("# tone\n\nwarm against control"), "{text}");
    assert!(text.contains("## Key findings\n") && text.contains("| conversion"), "{text}");
    assert!(text.contains("**How units are spread.**") && text.contains("| p99 |"), "{text}");

    run(&["--out", "tone.json"]);
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("tone.json")).unwrap()).unwrap();
    let analyze = [&["analyze"], &of[..], &["--output", "json"]].concat();
    let analysis: Value = serde_json::from_str(&stdout(edgewise(folder.path(), &analyze))).unwrap();
    assert_eq!(report, analysis, "the JSON form is that of analyze");
    assert_eq!(report["metrics"][0]["variants"].as_array().unwrap().len(), 2);
    assert_eq!(report["metrics"][1]["distribution"]["variants"][1]["levels"][4]["level"], 0.99);
}

#[test]
fn a_table_of_units_becomes_a_page() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "units.csv", UNITS);
    stdout(edgewise(folder.path(), &by_units("report", &["--out", "report.htm"])));
    let page = fs::read_to_string(folder.path().join("report.htm")).unwrap();
    // Computed by hand: two of three units of each arm won.
    for expected in ["<h1>units</h1>", "66.67%", "a table with one row a unit", "No decision"] {
        assert!(page.contains(expected), "{expected} is not in\n{page}");
    }
    let table = stdout(edgewise(folder.path(), &by_units("analyze", &[])));
    assert!(table.contains("p of rates: two-proportion z test"), "{table}");
}

#[test]
fn a_form_that_nobody_named_is_asked_for_before_anything_is_computed() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "units.csv", UNITS);
    let output = edgewise(folder.path(), &by_units("report", &["--out", "report.pdf"]));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("`report.pdf` does not say") && message.contains("--format"), "{message}");
    assert!(!message.contains("measuring"), "{message}");

    let output = edgewise(folder.path(), &by_units("report", &[]));
    assert_eq!(output.status.code(), Some(2), "neither a file nor a form");

    let output = edgewise(folder.path(), &by_units("report", &["--out", "nowhere/report.html"]));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("cannot write nowhere/report.html"), "{message}");
}
