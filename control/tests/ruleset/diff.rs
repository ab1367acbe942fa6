//! What a comparison says, and what it ends with.

use crate::{
    NOW, NOW_MILLISECONDS, assert_says,
    binary::{edgewise, fails, works},
    documents::{compiled, document, experiment, merge, rulesets, with},
};
use edgewise_control::ruleset::{
    contents::Contents,
    diff::{Diff, Movement},
};
use edgewise_core::{Ruleset, compile_for, document::Audience};
use serde_json::{Value, json};
use std::{fs, slice};

/// What the binary says of two rulesets, and the code that it ends with where nobody is to move.
fn diff(old: &Value, new: &Value, more: &[&str]) -> (String, i32) {
    let folder = rulesets(old, new);
    let arguments = [&["ruleset", "diff", "old", "new", NOW[0], NOW[1], "--fail-on-move"], more].concat();
    let output = edgewise(folder.path(), &arguments, "");
    let code = output.status.code().unwrap();
    (String::from_utf8(output.stdout).unwrap(), code)
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
    let (said, code) = diff(&document(slice::from_ref(&lower)), &document(&[lower, higher]), &[]);
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

#[test]
fn sticky_units_do_not_move_with_the_weights() {
    let sticky = |control| document(&[experiment("tone", control, json!({ "sticky": true }))]);
    let (said, code) = diff(&sticky(500_000), &sticky(100_000), &[]);
    assert_says(&said, &["nobody moves and nobody leaves"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn placed_units_bring_no_record_along() {
    let placing = |variant: &str| {
        let plan = json!({ "compare": { "attribute": ["plan"], "operator": "eq", "value": "pro" } });
        let placements = json!([{ "condition": plan, "variant": variant }]);
        let more = json!({ "sticky": true, "strategy": "context", "placements": placements });
        document(&[experiment("tone", 500_000, more)])
    };
    let folder = rulesets(&placing("warm"), &placing("control"));
    let asked = ["ruleset", "diff", "old", "new", NOW[0], NOW[1], "--units", "-"];
    let list = "{\"user\": \"u_1\", \"plan\": \"pro\"}\n{\"user\": \"u_1\", \"plan\": \"free\"}\n";
    let said = String::from_utf8(edgewise(folder.path(), &asked, list).stdout).unwrap();
    assert!(said.contains("1 moves in tone: warm → control (placement; placed → placed)"), "{said}");
    assert_says(&said, &["of 2 units: 1 move, 0 leave, 0 enter (a unit counts in each experiment)"]);
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

#[test]
fn another_network_or_private_literal_is_another_targeting() {
    let network = |last: u8| {
        let networks = json!({ "attribute": ["ip"], "networks": [format!("10.0.0.{last}")] });
        document(&[experiment("tone", 500_000, json!({ "targeting": { "network": networks } }))])
    };
    let (said, code) = diff(&network(1), &network(2), &[]);
    assert_says(&said, &["whether somebody moves or leaves in tone needs --units"]);
    assert_eq!(code, 3, "{said}");

    let private = |email: &str| {
        let email = json!({ "attribute": ["email"], "operator": "eq", "value": email });
        let document = document(&[experiment("tone", 500_000, json!({ "targeting": { "compare": email } }))]);
        let document = with(document, json!({ "private": [["email"]] }));
        compile_for(&serde_json::from_value(document).unwrap(), Audience::Client).unwrap()
    };
    let contents = |email: &str| Contents::of(&Ruleset::read(private(email)).unwrap());
    let diff = Diff::of(&contents("a@example.com"), &contents("b@example.com"), NOW_MILLISECONDS);
    assert_eq!(diff.undecided(), ["tone"]);
    assert_eq!(contents("a@example.com"), contents("a@example.com"));
}

#[test]
fn rulesets_for_browsers_are_told_apart_by_their_keys_and_only_from_each_other() {
    let old = document(&[experiment("tone", 500_000, json!({}))]);
    let restarted = json!({ "salt": "experiment:tone@2", "iteration": 2 });
    let new = document(&[experiment("tone", 500_000, restarted)]);
    let for_browsers = |document: &Value| {
        compile_for(&serde_json::from_value(document.clone()).unwrap(), Audience::Client).unwrap()
    };
    let folder = rulesets(&old, &new);
    fs::write(folder.path().join("old"), for_browsers(&old)).unwrap();
    let arguments = ["ruleset", "diff", "old", "new", NOW[0], NOW[1]];
    let (code, refused) = fails(folder.path(), &arguments);
    assert_eq!(code, 1);
    assert!(refused.contains("built for the same one"), "{refused}");
    fs::write(folder.path().join("new"), for_browsers(&new)).unwrap();
    let said = works(folder.path(), &arguments);
    assert_says(&said, &["25% of all units move: warm → control (new iteration)"]);
}
