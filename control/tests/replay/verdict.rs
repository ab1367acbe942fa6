//! `edgewise verdict` as two people use it on two machines: one exports, the other one checks.

use crate::{
    binary::{edgewise, fails, works},
    world::{EXPORT, machine, write},
};
use edgewise_analysis::log::Folder;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

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
            "DIFFERS: results.metrics[revenue].comparisons[warm].",
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
    fs::remove_file(machine.path().join("v.verdict")).unwrap();
    let (code, said) = fails(machine.path(), &EXPORT);
    assert_eq!(code, 1);
    assert!(said.contains("data"), "{said}");
    assert!(!machine.path().join("v.verdict").exists());
}

#[test]
fn a_list_of_bots_goes_into_the_verdict_and_counts_in_its_check() {
    let machine = machine();
    let bots = (0..40).map(|index| format!("u_{index}")).collect::<Vec<_>>().join("\n");
    write(machine.path(), "bots.txt", &format!("# data centres\n{bots}"));
    let plain = fs::read_to_string(machine.path().join("v.verdict")).unwrap();
    works(machine.path(), &[&EXPORT[..], &["--bots", "bots.txt"]].concat());
    fs::remove_file(machine.path().join("bots.txt")).unwrap();
    let text = fs::read_to_string(machine.path().join("v.verdict")).unwrap();
    let units = |text: &str| -> u64 {
        let verdict: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        verdict["results"]["variants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["units"].as_u64().unwrap())
            .sum()
    };
    assert_eq!((units(&plain), units(&text)), (300, 260));
    let expected =
        ["checked: the digest of a list of 40 bots", "everything that was checked is as the verdict says"];
    says(&check(&machine, &["--data", "data"]), 0, &expected);
    says(&check(&machine, &[]), 0, &expected);
    forge(&machine, |verdict| {
        let units = verdict["bots"]["units"].as_array_mut().unwrap();
        units.retain(|unit| unit != "u_7");
    });
    says(
        &check(&machine, &["--data", "data"]),
        1,
        &[
            "DIFFERS: bots.digest: the verdict says",
            "DIFFERS: replayed.counts.",
            "DIFFERS: results.exclusions[bot].count: the verdict says 40, the data give 39",
        ],
    );
}

#[test]
fn sums_that_were_kept_prove_nothing() {
    let machine = machine();
    let (code, said) = fails(machine.path(), &[&EXPORT[..], &["--state", "kept"]].concat());
    assert_eq!(code, 1);
    assert!(
        said.contains("--state kept is not for verdicts") && said.contains("leave --state out"),
        "{said}"
    );
    assert!(!machine.path().join("kept").exists());
}
