//! `edgewise ruleset dump` and `diff`: what they say of real rulesets, and that the shares are those of real units.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod binary;

use binary::{edgewise, fails, works};
use edgewise_control::ruleset::{
    contents::Contents,
    diff::{Diff, Movement, compare},
};
use edgewise_core::{Ruleset, compile};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};
use tempfile::TempDir;

const NOW: [&str; 2] = ["--now", "2026-02-01T00:00:00Z"];
/// The same in milliseconds, computed by `date --date=2026-02-01T00:00:00Z +%s`.
const NOW_MILLISECONDS: i64 = 1_769_904_000_000;

/// A document of these experiments with a flag `greeting`.
fn document(experiments: &[Value]) -> Value {
    json!({
        "seed": "9f86d081884c7d65",
        "units": ["user", "device"],
        "experiments": experiments,
        "flags": [{ "id": "greeting", "salt": "flag:greeting", "type": "string", "default": "\"Hello\"" }],
    })
}

/// An experiment whose control has the buckets below `control`, and `more` besides.
fn experiment(id: &str, control: u32, more: Value) -> Value {
    let mut experiment = json!({
        "id": id, "iteration": 1, "salt": format!("experiment:{id}@1"), "unit": "user", "state": "running",
        "variants": [{ "id": "control", "control": true }, { "id": "warm" }],
        "allocation": [
            { "start": 0, "end": control, "variant": "control" },
            { "start": control, "end": 1_000_000, "variant": "warm" },
        ],
    });
    merge(&mut experiment, more);
    experiment
}

fn merge(into: &mut Value, more: Value) {
    let (Value::Object(into), Value::Object(more)) = (into, more) else { panic!("objects are merged") };
    into.extend(more);
}

fn with(mut document: Value, more: Value) -> Value {
    merge(&mut document, more);
    document
}

fn compiled(document: &Value) -> Vec<u8> {
    compile(&serde_json::from_value(document.clone()).unwrap()).unwrap()
}

/// A folder with two rulesets, `old` and `new`.
fn rulesets(old: &Value, new: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), compiled(old)).unwrap();
    fs::write(folder.path().join("new"), compiled(new)).unwrap();
    folder
}

/// What the binary says of two rulesets, and the code that it ends with where nobody is to move.
fn diff(old: &Value, new: &Value, more: &[&str]) -> (String, i32) {
    let folder = rulesets(old, new);
    let arguments = [&["ruleset", "diff", "old", "new", NOW[0], NOW[1], "--fail-on-move"], more].concat();
    let output = edgewise(folder.path(), &arguments, "");
    let code = output.status.code().unwrap();
    (String::from_utf8(output.stdout).unwrap(), code)
}

fn assert_says(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.lines().any(|found| found.trim() == *line), "{line:?} is not in\n{said}");
    }
}

#[test]
fn a_change_of_weights_moves_exactly_the_buckets_that_change_hands() {
    let old = document(&[experiment("tone", 500_000, json!({}))]);
    let new = document(&[experiment("tone", 400_000, json!({}))]);
    let (said, code) = diff(&old, &new, &[]);
    assert_says(
        &said,
        &[
            "weights: control 50%, warm 50% → control 40%, warm 60%",
            "10% of all units move: control → warm (weights changed)",
            "somebody moves or leaves in tone",
        ],
    );
    assert_eq!(code, 3, "{said}");
    let (said, code) = diff(&old, &old, &[]);
    assert_says(&said, &["nobody moves and nobody leaves"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn whoever_only_enters_disturbs_nobody() {
    let ramp = |buckets: u32| json!({ "ramp": [{ "buckets": buckets }] });
    let old = document(&[experiment("tone", 500_000, ramp(100_000))]);
    let new = document(&[experiment("tone", 500_000, ramp(250_000)), experiment("new", 250_000, ramp(1))]);
    let (said, code) = diff(&old, &new, &[]);
    assert_says(
        &said,
        &[
            "ramp: 10% → 25%",
            "7.5% of all units enter: nothing → control (ramp)",
            "7.5% of all units enter: nothing → warm (ramp)",
            "experiment new: new",
            "less than 0.0001% of all units enter: nothing → control (new experiment)",
            "nobody moves and nobody leaves",
        ],
    );
    assert_eq!(code, 0, "{said}");
    let (said, code) = diff(&new, &old, &[]);
    assert_says(&said, &["7.5% of all units leave: warm → no variant (ramp)"]);
    assert_eq!(code, 3, "{said}");
}

#[test]
fn newly_masked_units_leave() {
    let greeting = |text: &str| {
        json!({ "variants": [
            { "id": "control", "control": true },
            { "id": "warm", "overrides": { "greeting": format!("\"{text}\"") } },
        ] })
    };
    let mut lower = greeting("Hi");
    merge(&mut lower, json!({ "allow_masking": true }));
    let lower = experiment("lower", 500_000, lower);
    let mut higher = greeting("Hey");
    merge(&mut higher, json!({ "priority": 1, "ramp": [{ "buckets": 200_000 }] }));
    let higher = experiment("higher", 500_000, higher);
    let (said, code) = diff(&document(&[lower.clone()]), &document(&[lower, higher]), &[]);
    assert_says(
        &said,
        &[
            "masked by: higher",
            "10% of all units leave: control → no variant (masked by higher)",
            "claims: lower → higher, lower",
        ],
    );
    assert_eq!(code, 3, "{said}");
}

#[test]
fn a_seed_is_said_first_and_a_renamed_experiment_is_the_same_one() {
    let old = document(&[experiment("tone", 500_000, json!({}))]);
    let (said, code) = diff(&old, &with(old.clone(), json!({ "seed": "0000000000000001" })), &[]);
    assert!(said.lines().nth(1).unwrap().starts_with("THE SEED CHANGED"), "{said}");
    assert_says(&said, &["25% of all units move: control → warm (new seed)"]);
    assert_eq!(code, 3, "{said}");

    let renamed = document(&[experiment("voice", 500_000, json!({ "salt": "experiment:tone@1" }))]);
    let (said, code) = diff(&old, &renamed, &[]);
    assert_says(&said, &["experiment voice: renamed from tone", "nobody moves and nobody leaves"]);
    assert_eq!(code, 0, "{said}");

    let restarted = json!({ "salt": "experiment:tone@2", "iteration": 2 });
    let (said, _) = diff(&old, &document(&[experiment("tone", 500_000, restarted)]), &[]);
    assert_says(&said, &["iteration: 1 → 2", "25% of all units move: warm → control (new iteration)"]);
}

#[test]
fn what_no_bucket_can_tell_needs_a_list_of_units() {
    let targeting = |country: &str| json!({ "targeting": { "in": { "attribute": ["country"], "values": [country, "US"] } } });
    let old = document(&[experiment("tone", 500_000, targeting("DE"))]);
    let new = document(&[experiment("tone", 500_000, targeting("IN"))]);
    let (said, code) = diff(&old, &new, &[]);
    assert_says(
        &said,
        &[
            r#"targeting: country in ["DE", "US"] → country in ["IN", "US"]"#,
            "the targeting of tone changed: who is concerned, only --units can tell",
            "whether somebody moves or leaves in tone needs --units",
        ],
    );
    assert_eq!(code, 3, "{said}");

    let folder = rulesets(&old, &new);
    let list = "{\"user\": \"u_1\", \"country\": \"US\"}\n\n{\"user\": 2, \"country\": \"IN\"}\nu_3\n";
    fs::write(folder.path().join("units"), list).unwrap();
    let asked = ["ruleset", "diff", "old", "new", NOW[0], NOW[1], "--units", "units", "--fail-on-move"];
    let said = works(folder.path(), &asked);
    assert_says(
        &said,
        &[
            "3 units of the list",
            "1 of them: tone cannot tell whether it targets them, their contexts lack what it asks for",
            "of 3 units: 0 move, 0 leave, 1 enter (a unit counts in each experiment)",
            "nobody moves and nobody leaves",
        ],
    );
    assert!(said.contains("2 enters in tone: nothing → "), "{said}");
    assert!(said.contains("(targeting; not_targeted → assigned)"), "{said}");

    fs::write(folder.path().join("units"), format!("{list}{{\"user\": 4, \"country\": \"DE\"}}\n")).unwrap();
    let output = edgewise(folder.path(), &asked, "");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("4 leaves in tone: "), "{said}");
}

#[test]
fn lines_that_are_no_units_are_named() {
    let old = document(&[experiment("tone", 500_000, json!({}))]);
    let folder = rulesets(&old, &old);
    let asked = ["ruleset", "diff", "old", "new", NOW[0], NOW[1], "--units", "-"];
    let output = edgewise(folder.path(), &asked, "u_1\n{\"user\": \n");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("1 units of the list") && said.contains("line 2: this is no JSON object"),
        "{said}"
    );
    let (code, said) = fails(folder.path(), &[&asked[..], &["--unit", "usr"]].concat());
    assert!(code == 1 && said.contains("did you mean `user`?"), "{said}");
}

/// Everything at once: what a change of each kind does to real units must be what the shares say.
fn changes() -> Vec<(&'static str, Value, Value)> {
    let plain = |control| experiment("a", control, json!({}));
    let slot = |start: u32, end: u32| json!({ "layer": { "layer": "l", "slots": [{ "start": start, "end": end }] } });
    let layers = json!({ "layers": [{ "id": "l", "salt": "layer:l", "unit": "user" }] });
    let nested = json!({ "layers": [
        { "id": "l", "salt": "layer:l", "unit": "user", "within": {
            "layer": "outer", "slots": [{ "start": 0, "end": 700_000 }] } },
        { "id": "outer", "salt": "layer:outer", "unit": "user" },
    ] });
    let holdout = |buckets: u32| json!({ "holdouts": [{ "id": "h", "salt": "holdout:h", "unit": "user", "buckets": buckets }] });
    let held = |control| experiment("a", control, json!({ "holdouts": ["h"] }));
    let sticky = |control: u32, start: u32, state: &str| {
        let mut more = slot(start, start + 500_000);
        merge(&mut more, json!({ "sticky": true, "state": state }));
        experiment("a", control, more)
    };
    let graduated = |hold_back: Value| {
        let mut graduation = json!({ "winner": "warm" });
        merge(&mut graduation, hold_back);
        experiment("a", 500_000, json!({ "state": "graduated", "graduation": graduation }))
    };
    let claiming = |id: &str, more: Value| {
        let mut all = json!({ "variants": [
            { "id": "control", "control": true },
            { "id": "warm", "overrides": { "greeting": "\"Hi\"" } },
        ] });
        merge(&mut all, more);
        experiment(id, 300_000, all)
    };
    let masked = || claiming("low", json!({ "allow_masking": true, "ramp": [{ "buckets": 600_000 }] }));
    let masking = |buckets: u32| claiming("high", json!({ "priority": 2, "ramp": [{ "buckets": buckets }] }));
    let requiring = |variant: &str| {
        let required = json!([{ "experiment": { "id": "a", "variants": [variant] } }]);
        experiment("b", 100_000, json!({ "prerequisites": required }))
    };
    let factorial = |first: u32| {
        let level = |start: u32, end: u32, level: &str| json!({ "start": start, "end": end, "level": level });
        json!({
            "allocation": [],
            "variants": [{ "id": "00", "control": true }, { "id": "01" }, { "id": "10" }, { "id": "11" }],
            "factors": [
                { "id": "f", "levels": ["0", "1"], "allocation": [level(0, first, "0"), level(first, 1_000_000, "1")] },
                { "id": "g", "levels": ["0", "1"], "allocation": [level(0, 500_000, "0"), level(500_000, 1_000_000, "1")] },
            ],
            "cells": ["00", "01", "10", "11"],
        })
    };
    let with_layers = |experiments: &[Value], layers: &Value| with(document(experiments), layers.clone());
    vec![
        ("weights", document(&[plain(500_000)]), document(&[plain(350_000)])),
        ("removed", document(&[plain(500_000)]), document(&[])),
        (
            "slots",
            with_layers(&[experiment("a", 500_000, slot(0, 500_000))], &layers),
            with_layers(&[experiment("a", 600_000, slot(300_000, 900_000))], &layers),
        ),
        (
            "a layer within another",
            with_layers(&[experiment("a", 500_000, slot(0, 500_000))], &layers),
            with_layers(&[experiment("a", 500_000, slot(0, 500_000))], &nested),
        ),
        (
            "a holdout that grows",
            with(document(&[held(500_000)]), holdout(50_000)),
            with(document(&[held(450_000)]), holdout(200_000)),
        ),
        (
            "sticky units stay where slots and weights change",
            with_layers(&[sticky(500_000, 0, "running")], &layers),
            with_layers(&[sticky(100_000, 400_000, "running")], &layers),
        ),
        (
            "a record holds the layer against its neighbour",
            with_layers(&[sticky(500_000, 0, "running")], &layers),
            with_layers(
                &[sticky(500_000, 500_000, "running"), {
                    let mut neighbour = experiment("b", 500_000, slot(0, 500_000));
                    merge(&mut neighbour, json!({ "sticky": true }));
                    neighbour
                }],
                &layers,
            ),
        ),
        (
            "no longer frozen",
            with_layers(&[sticky(500_000, 0, "frozen")], &layers),
            with_layers(&[sticky(500_000, 0, "running")], &layers),
        ),
        ("graduated", document(&[plain(500_000)]), document(&[graduated(json!({}))])),
        (
            "graduated with a hold-back",
            document(&[plain(500_000)]),
            with(document(&[graduated(json!({ "hold_back": "h" }))]), holdout(100_000)),
        ),
        (
            "a mask that grows",
            document(&[masked(), masking(100_000)]),
            document(&[masked(), masking(400_000)]),
        ),
        (
            "another prerequisite",
            document(&[plain(500_000), requiring("warm")]),
            document(&[plain(300_000), requiring("control")]),
        ),
        (
            "factors",
            document(&[experiment("a", 500_000, factorial(500_000))]),
            document(&[experiment("a", 500_000, factorial(200_000))]),
        ),
        (
            "switched off",
            document(&[plain(500_000)]),
            with(document(&[plain(500_000)]), json!({ "switches": { "experiments": false, "flags": true } })),
        ),
    ]
}

#[test]
fn shares_are_those_of_real_units() {
    const UNITS: u32 = 20_000;
    let list: String = (0..UNITS).map(|n| format!("unit-{n}\n")).collect();
    for (name, old, new) in changes() {
        let (old, new) = (Ruleset::read(compiled(&old)).unwrap(), Ruleset::read(compiled(&new)).unwrap());
        let (old_contents, new_contents) = (Contents::of(&old), Contents::of(&new));
        let diff = Diff::of(&old_contents, &new_contents, NOW_MILLISECONDS);
        let contents = (&old_contents, &new_contents);
        let units = compare((&old, &new), contents, NOW_MILLISECONDS, "user", list.as_bytes()).unwrap();
        assert_eq!(units.read, u64::from(UNITS));
        let mut counts: BTreeMap<_, f64> = BTreeMap::new();
        for unit in &units.moved {
            let way = (&unit.experiment, unit.movement, &unit.from, &unit.to, unit.cause.to_string());
            *counts.entry(way).or_default() += 1.0;
        }
        let mut expected = 0;
        for shares in &diff.shares {
            assert!(shares.undecided.is_empty(), "{name}: {:?}", shares.undecided);
            for flow in &shares.flows {
                let way = (&shares.experiment, flow.movement, &flow.from, &flow.to, flow.cause.to_string());
                let found = counts.remove(&way).unwrap_or_default() / f64::from(UNITS);
                // Five standard deviations of a binomial share.
                let allowed = 5.0 * (flow.share * (1.0 - flow.share) / f64::from(UNITS)).sqrt();
                assert!((found - flow.share).abs() <= allowed, "{name}: {flow:?}, {found} of the units");
                expected += 1;
            }
        }
        assert!(expected > 0, "{name}: nothing changed");
        assert!(counts.is_empty(), "{name}: units moved that no share counts: {counts:?}");
    }
}

#[test]
fn sticky_units_do_not_move_with_the_weights() {
    let sticky = |control| document(&[experiment("tone", control, json!({ "sticky": true }))]);
    let (said, code) = diff(&sticky(500_000), &sticky(100_000), &[]);
    assert_says(&said, &["nobody moves and nobody leaves"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn json_says_what_the_text_says() {
    let old = document(&[experiment("tone", 500_000, json!({}))]);
    let new = document(&[experiment("tone", 250_000, json!({}))]);
    let (said, _) = diff(&old, &new, &["--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        said["shares"],
        json!([{
            "experiment": "tone",
            "flows": [{
                "movement": "moves", "from": "control", "to": "warm", "cause": "weights", "share": 0.25,
            }],
            "assumptions": [],
            "undecided": [],
        }])
    );
    assert_eq!(said["changes"][0]["aspects"][0]["new"], "control 25%, warm 75%");
    assert_eq!(said["now"], NOW_MILLISECONDS);
    let (old, new) = (Ruleset::read(compiled(&old)).unwrap(), Ruleset::read(compiled(&new)).unwrap());
    let diff = Diff::of(&Contents::of(&old), &Contents::of(&new), NOW_MILLISECONDS);
    assert_eq!(diff.shares[0].flows[0].movement, Movement::Moves);
}

/// A ruleset with one of nearly everything.
fn rich() -> Value {
    let mut document = document(&[
        experiment(
            "tone",
            500_000,
            json!({
                "sticky": true, "fallback": "device", "start": 1_767_225_600_000_i64, "holdouts": ["h"],
                "priority": 3, "ramp": [{ "buckets": 100_000 }, { "from": 1_767_225_600_000_i64, "buckets": 333_333 }],
                "layer": { "layer": "l", "slots": [{ "start": 0, "end": 250_000 }] },
                "forced": [{ "unit": "me", "variant": "warm" }],
                "targeting": { "or": [
                    { "and": [
                        { "in": { "attribute": ["country"], "values": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] } },
                        { "not": { "compare": { "attribute": ["age"], "operator": "lt", "value": 18.0 } } },
                    ] },
                    { "not": { "or": [{ "segment": "staff" }, { "present": ["app", "version"] }] } },
                ] },
            }),
        ),
        experiment(
            "other",
            500_000,
            json!({ "prerequisites": [{ "experiment": { "id": "tone", "variants": ["warm"] } }] }),
        ),
    ]);
    merge(
        &mut document,
        json!({
            "environment": "production",
            "segments": [{ "id": "staff", "condition": { "text": {
                "attribute": ["email"], "operator": "ends_with", "value": "@example.com" } } }],
            "layers": [{ "id": "l", "salt": "layer:l", "unit": "user" }],
            "holdouts": [{ "id": "h", "salt": "holdout:h", "unit": "user", "buckets": 12_345 }],
        }),
    );
    document["flags"][0]["rules"] = json!([
        { "condition": { "segment": "staff" }, "value": "\"Hi\"" },
        { "rollout": { "unit": "device", "buckets": 10_000 }, "value": "\"Hey\"" },
    ]);
    document
}

#[test]
fn a_dump_says_everything_in_lines_of_their_own() {
    let folder = rulesets(&rich(), &rich());
    let said = works(folder.path(), &["ruleset", "dump", "old"]);
    assert_says(
        &said,
        &[
            "seed: 9f86d081884c7d65",
            "environment: production",
            "units: user, device",
            "segment staff",
            r#"condition: email.endsWith("@example.com")"#,
            "layer l",
            "experiment tone: 25% (0..250000)",
            "free: 75%",
            "share: 1.2345%",
            "binds: tone",
            "fallback: device",
            "start: 2026-01-01T00:00:00Z",
            "ramp: 10%, 33.3333% from 2026-01-01T00:00:00Z",
            "layer: l: 25% (0..250000)",
            r#"targeting: country in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] && !(age < 18) || !(segment("staff") || present(app.version))"#,
            "weights: control 50%, warm 50%",
            "buckets: 0..500000 control, 500000..1000000 warm",
            "variant control: the control",
            "variant warm: overrides nothing",
            "prerequisites: tone answers warm",
            r#"default: "Hello""#,
            r#"rule 1: "Hi" if segment("staff")"#,
            r#"rule 2: "Hey" for 1% of device"#,
        ],
    );
    let json: Value =
        serde_json::from_str(&works(folder.path(), &["ruleset", "dump", "old", "--json"])).unwrap();
    assert_eq!(json["experiments"]["tone"]["ramp"][1]["buckets"], 333_333);
    assert_eq!(json["flags"]["greeting"]["default"], "Hello");
    assert_eq!(json["holdouts"]["h"]["binds"], json!(["tone"]));
    assert_eq!(json["experiments"]["tone"]["forced"].as_object().unwrap().len(), 1);
}

#[test]
fn a_dump_depends_on_the_contents_alone_and_one_change_is_one_line() {
    let mut shuffled = rich();
    for list in ["experiments", "flags", "segments"] {
        shuffled[list].as_array_mut().unwrap().reverse();
    }
    let mut changed = rich();
    changed["holdouts"][0]["buckets"] = json!(20_000);
    let folder = rulesets(&rich(), &shuffled);
    fs::write(folder.path().join("changed"), compiled(&changed)).unwrap();
    let dump = |file: &str| works(folder.path(), &["ruleset", "dump", file]);
    assert_eq!(dump("old"), dump("new"));
    let (old, changed) = (dump("old"), dump("changed"));
    let differing: Vec<_> = old.lines().zip(changed.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(differing[1..], [("  share: 1.2345%", "  share: 2%")]);
    assert!(differing[0].0.starts_with("ruleset "), "{differing:?}");
    assert_eq!(old.lines().count(), changed.lines().count());
}
