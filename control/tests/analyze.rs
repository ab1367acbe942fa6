//! `edgewise analyze` as a user runs it: results on standard output, everything else on standard error.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use edgewise_analysis::log::{Batch, Limits, Log, NewEvent};
use edgewise_core::Ruleset;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const UNITS: &str = "id,arm,won,spent\na,x,1,0.10\nb,y,0,0.20\nc,x,0,\nd,y,1,1e2\ne,x,1,-3\nf,y,1,7\n";

const EVENTS: &str = "\
time,who,what,amount,arm
2026-01-05T10:00:00Z,a,,,x
2026-01-05T10:00:00Z,b,,,y
2026-01-05T10:00:00Z,c,,,x
2026-01-05T10:00:00Z,d,,,y
2026-01-05T11:00:00Z,a,purchase,3.50,
2026-01-05T11:00:00Z,b,purchase,4.25,
";

const BY_EVENTS: [&str; 14] = [
    "analyze",
    "--events",
    "events.csv",
    "--columns",
    "ts=time,units.user=who,name=what,value=amount,variant=arm",
    "--experiment",
    "checkout",
    "--unit",
    "user",
    "--control",
    "x",
    "--continuous",
    "purchase",
    "--output=json",
];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("units.csv"), UNITS).unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    folder
}

fn edgewise(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .output()
        .unwrap()
}

fn by_units<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let common = ["analyze", "--units", "units.csv", "--unit", "id", "--variant", "arm", "--output", output];
    [&common[..], more].concat()
}

fn stdout(output: &Output) -> &str {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What a command that must fail said, and its exit code.
fn refused(output: &Output) -> (i32, String) {
    assert!(output.stdout.is_empty(), "nothing is a result where there is none");
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_table_of_units_is_compared() {
    let folder = folder();
    let more = ["--control", "x", "--binary", "won", "--continuous", "spent"];
    let output = edgewise(folder.path(), &by_units("json", &more));
    let results: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(results["schema_version"], 1);
    assert_eq!(results["variants"][0]["units"], 3);
    assert_eq!(results["metrics"][1]["variants"][1]["mean"]["estimate"], 35.733_333_333_333_334);
    assert!(String::from_utf8_lossy(&output.stderr).contains("measuring 2 metrics"), "progress is told");

    let lines = edgewise(folder.path(), &by_units("ndjson", &more));
    let records: Vec<Value> =
        stdout(&lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = records.iter().map(|record| record["record"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["analysis", "variant", "variant", "sample_ratio", "metric", "metric"]);
    assert!(records.iter().all(|record| record["experiment"] == "units"));

    let table = edgewise(folder.path(), &by_units("table", &more));
    let text = stdout(&table);
    assert!(text.starts_with("units · unit: id · control: x · 95% intervals\n"), "{text}");
    for expected in ["x (control)", "won (secondary)", "66.67%", "chi-square = 0.00 with 1 df, p = 1.0000"] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn events_of_another_system_are_compared() {
    let folder = folder();
    let output = edgewise(folder.path(), &BY_EVENTS);
    let results: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(results["source"], "events");
    let metric = &results["metrics"][0];
    assert_eq!(metric["metric"], "purchase");
    assert_eq!(metric["variants"][0]["mean"]["estimate"], 1.75);
    assert_eq!(metric["comparisons"][0]["difference"]["estimate"], 0.375);
    assert_eq!(metric["comparisons"][0]["method"], "welch_t");
}

#[test]
fn what_is_wrong_is_told_with_the_way_out() {
    let folder = folder();
    let run = |arguments: &[&str]| refused(&edgewise(folder.path(), arguments));
    let (code, message) = run(&by_units("json", &["--control", "z", "--binary", "won"]));
    assert_eq!(code, 1);
    assert!(message.contains("no row has the variant `z`"), "{message}");
    let (code, message) = run(&by_units("json", &["--control", "x"]));
    assert_eq!(code, 1);
    assert!(message.contains("at least one --binary or --continuous"), "{message}");
    let (code, message) = run(&["analyze", "--output", "json"]);
    assert_eq!(code, 2);
    assert!(message.contains("--data") && message.contains("--units"), "{message}");
    let (code, message) = run(&["analyze", "--data", "data"]);
    assert_eq!(code, 2);
    assert!(message.contains("--project"), "{message}");
    let wrong = BY_EVENTS.map(|argument| if argument.starts_with("ts=") { "time=ts" } else { argument });
    let (code, message) = run(&wrong);
    assert_eq!(code, 2);
    assert!(message.contains("`time` is no field of an event"), "{message}");
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A project of one experiment, with a data folder that holds nothing.
fn project() -> TempDir {
    let folder = folder();
    write(folder.path(), "edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    write(folder.path(), "metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    write(
        folder.path(),
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nvariants:\n  - { id: control, control: true }\n  - { id: warm }\n\
         metrics: { primary: [conversion] }\n",
    );
    fs::create_dir(folder.path().join("data")).unwrap();
    folder
}

/// The exposure of a user to the only holdout of the ruleset.
fn held_or_open(ruleset: &Ruleset<Vec<u8>>, index: u64) -> Value {
    let (holdout, user) = (ruleset.holdouts().next().unwrap(), format!("u_{index}"));
    let (bucket, held) = holdout.draw(user.as_bytes());
    let (arm, reason) = if held { ("held_out", "held_out") } else { ("open", "assigned") };
    json!({
        "id": format!("019ab3f0-5c00-7000-8000-{index:012x}"), "type": "exposure", "ts": "2026-01-05T10:00:00Z",
        "units": {"user": user}, "kind": "holdout", "experiment": holdout.id(), "variant": arm, "reason": reason,
        "bucket": bucket.get(), "epoch": holdout.epoch().to_string(), "ruleset": ruleset.digest().to_string(),
        "evaluated_at": "2026-01-05T10:00:00Z", "unit_type": "user", "unit": user, "attributes": {},
    })
}

/// Builds with these arguments, and fills the data folder with the exposures of 200 users to the holdout `quiet`.
fn expose_holdout(folder: &TempDir, build: &[&str]) {
    write(folder.path(), "holdouts/quiet.yaml", "id: quiet\nshare: 20%\n");
    stdout(&edgewise(folder.path(), &[&["build", "--output", "ruleset.edgewise"], build].concat()));
    let ruleset = Ruleset::read(fs::read(folder.path().join("ruleset.edgewise")).unwrap()).unwrap();
    let (mut log, _) = Log::open(&folder.path().join("data"), Limits::default()).unwrap();
    log.folder().keep_ruleset(ruleset.digest(), ruleset.bytes()).unwrap();
    let events = (0..200).map(|index| held_or_open(&ruleset, index)).map(|event| NewEvent {
        id: event["id"].as_str().unwrap().parse().unwrap(),
        json: serde_json::value::to_raw_value(&event).unwrap(),
    });
    let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
    log.commit(&[batch], "2026-01-05T10:00:01Z".parse().unwrap()).unwrap();
}

const OF_HOLDOUT: [&str; 9] =
    ["analyze", "--project", ".", "--data", "data", "--experiment", "quiet", "--output", "json"];

#[test]
fn bots_are_left_out_by_a_list() {
    let folder = project();
    expose_holdout(&folder, &[]);
    write(folder.path(), "bots.txt", "# data centres\nu_1\n\nu_2\nu_3\n");
    let analyze = |more: &[&str]| edgewise(folder.path(), &[&OF_HOLDOUT[..], more].concat());
    let units = |output: &Output| -> u64 {
        let results: Value = serde_json::from_str(stdout(output)).unwrap();
        results["variants"].as_array().unwrap().iter().map(|variant| variant["units"].as_u64().unwrap()).sum()
    };
    assert_eq!(units(&analyze(&[])), 200);
    assert_eq!(units(&analyze(&["--bots", "bots.txt"])), 197);
    let (code, message) = refused(&analyze(&["--bots", "nobody.txt"]));
    assert_eq!(code, 1);
    assert!(message.contains("nobody.txt") && message.contains("one unit's id a line"), "{message}");
}

#[test]
fn exposures_are_replayed_on_signed_rulesets_only_where_a_key_is_given() {
    let folder = project();
    for name in ["ours.pem", "theirs.pem"] {
        stdout(&edgewise(folder.path(), &["keys", "new", "--out", name]));
    }
    let analyze = |more: &[&str]| edgewise(folder.path(), &[&OF_HOLDOUT[..], more].concat());
    expose_holdout(&folder, &[]);
    stdout(&analyze(&[]));
    let (code, message) = refused(&analyze(&["--public-key", "ours.pem.pub"]));
    assert_eq!(code, 1);
    assert!(message.contains("the ruleset is not signed") && message.contains("data/rulesets/"), "{message}");

    fs::remove_dir_all(folder.path().join("data")).unwrap();
    expose_holdout(&folder, &["--sign", "ours.pem"]);
    let results: Value = serde_json::from_str(stdout(&analyze(&["--public-key", "ours.pem.pub"]))).unwrap();
    assert_eq!(results["variants"][0]["exposures"]["verified_share"], 1.0);
    let (_, message) = refused(&analyze(&["--public-key", "theirs.pem.pub"]));
    assert!(message.contains("signed with another key"), "{message}");
}

#[test]
fn a_holdout_is_compared_by_the_metrics_of_what_it_binds() {
    let folder = project();
    expose_holdout(&folder, &[]);
    let arguments = OF_HOLDOUT;
    let results: Value = serde_json::from_str(stdout(&edgewise(folder.path(), &arguments))).unwrap();
    assert_eq!((&results["control"], &results["unit"]), (&json!("held_out"), &json!("user")));
    let variants = results["variants"].as_array().unwrap();
    assert_eq!(variants.iter().map(|variant| variant["units"].as_u64().unwrap()).sum::<u64>(), 200);
    for (variant, arm) in variants.iter().zip(["held_out", "open"]) {
        assert_eq!(
            (&variant["variant"], &variant["exposures"]["verified_share"]),
            (&json!(arm), &json!(1.0))
        );
    }
    assert_eq!(results["metrics"][0]["metric"], "conversion");
    assert_eq!(results["metrics"][0]["role"], "secondary", "nobody fixed it as what decides");
}

#[test]
fn what_an_experiment_holds_back_is_a_holdout_too() {
    let folder = project();
    let run = || {
        let arguments = [
            "analyze",
            "--project",
            ".",
            "--data",
            "data",
            "--experiment",
            "hold-back/tone",
            "--output",
            "json",
        ];
        refused(&edgewise(folder.path(), &arguments)).1
    };
    assert!(run().contains("there is no experiment `hold-back/tone`"), "{}", run());
    let tone = fs::read_to_string(folder.path().join("experiments/tone.yaml")).unwrap();
    let graduated = tone.replace("status: running", "status: graduated\nwinner: warm\nhold_back: 10%");
    write(folder.path(), "experiments/tone.yaml", &graduated);
    assert!(run().contains("holds no events"), "{}", run());
}

#[test]
fn an_empty_data_folder_is_no_result() {
    let folder = project();
    let run = |experiment: &str, data: &str| {
        let arguments = ["analyze", "--project", ".", "--data", data, "--experiment", experiment];
        refused(&edgewise(folder.path(), &arguments))
    };
    let (code, message) = run("tone", "data");
    assert_eq!(code, 1);
    assert!(message.contains("holds no events"), "{message}");
    let (code, message) = run("tone", "nowhere");
    assert_eq!(code, 1);
    assert!(message.contains("nowhere"), "{message}");
    let (code, message) = run("ton", "data");
    assert_eq!(code, 1);
    assert!(message.contains("there is no experiment `ton`") && message.contains("tone"), "{message}");
}

#[test]
fn a_project_that_switches_analysis_off_gets_no_result() {
    let folder = project();
    let switched = "seed: \"9f86d081884c7d65\"\nunits: [user]\nswitches: { analysis: false }\n";
    write(folder.path(), "edgewise.yaml", switched);
    let arguments = ["analyze", "--project", ".", "--data", "data", "--experiment", "tone"];
    let (code, message) = refused(&edgewise(folder.path(), &arguments));
    assert_eq!(code, 1);
    assert!(message.contains("switches analysis off") && message.contains("analysis: false"), "{message}");
}
