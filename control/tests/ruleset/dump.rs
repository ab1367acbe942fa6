//! What a dump says.

use crate::{
    assert_says,
    binary::works,
    documents::{compiled, document, experiment, merge, rulesets},
};
use serde_json::{Value, json};
use std::fs;

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
