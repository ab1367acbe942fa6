//! The binary itself: build, assign, explain and schema as a user runs them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

const NOW: [&str; 2] = ["--now", "2026-02-01T00:00:00Z"];

/// A project folder of its own with one experiment of halves.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user, device]\n");
    file("flags/greeting.yaml", "id: greeting\ntype: string\ndefault: Hello\n");
    file("metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    file("experiments/tone.yaml", &experiment("tone", "", "50%", "50%"));
    folder
}

fn experiment(id: &str, more: &str, control: &str, warm: &str) -> String {
    format!(
        "id: {id}\nstatus: running\n{more}targeting: country == \"IN\"\nvariants:\n  \
         - {{ id: control, control: true, weight: {control} }}\n  \
         - {{ id: warm, weight: {warm}, overrides: {{ greeting: Hi }} }}\n\
         metrics: {{ primary: [conversion] }}\n"
    )
}

fn edgewise(folder: &Path, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs what must work and answers what it printed.
fn works(folder: &Path, arguments: &[&str]) -> String {
    let output = edgewise(folder, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs what must fail and answers its exit code and what it said, without the line breaks of the layout.
fn fails(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = edgewise(folder, arguments, "");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    let said = text(&output.stderr).replace('│', " ");
    (output.status.code().unwrap(), said.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_build_writes_ruleset_document_and_lock_and_a_second_one_changes_nothing() {
    let folder = project();
    let first = works(folder.path(), &["build", "--document", "document.json"]);
    assert!(first.contains("tone@1: first allocation"), "{first}");
    let lock = fs::read_to_string(folder.path().join("edgewise.lock")).unwrap();
    assert!(lock.contains("control: [0..500000]"), "{lock}");
    let document: Value =
        serde_json::from_slice(&fs::read(folder.path().join("document.json")).unwrap()).unwrap();
    assert_eq!(document["experiments"][0]["salt"], "experiment:tone@1");
    assert_eq!(document["experiments"][0]["plan"].as_str().map(str::len), Some(32));
    let bytes = fs::read(folder.path().join("ruleset.edgewise")).unwrap();

    let second = works(folder.path(), &["build"]);
    assert!(second.contains("(unchanged)") && second.contains("no unit moves"), "{second}");
    assert_eq!(fs::read(folder.path().join("ruleset.edgewise")).unwrap(), bytes);
    assert_eq!(fs::read_to_string(folder.path().join("edgewise.lock")).unwrap(), lock);
}

#[test]
fn a_change_of_weights_says_how_many_units_move_and_a_rename_moves_none() {
    let folder = project();
    works(folder.path(), &["build"]);
    let tone = folder.path().join("experiments/tone.yaml");
    fs::write(&tone, experiment("tone", "", "40%", "60%")).unwrap();
    let moved = works(folder.path(), &["build"]);
    assert!(moved.contains("tone@1: 100000 buckets change their variant, 10.0000% of the units"), "{moved}");
    let before = works(folder.path(), &ask(r#"{"user": "u_1", "country": "IN"}"#));

    fs::write(&tone, experiment("voice", "was: tone\n", "40%", "60%")).unwrap();
    let renamed = works(folder.path(), &["build"]);
    assert!(renamed.contains("voice@1: renamed from tone@1, no unit moves"), "{renamed}");
    let after = works(folder.path(), &ask(r#"{"user": "u_1", "country": "IN"}"#));
    assert_eq!(before.replace("tone", "voice"), after);

    fs::write(&tone, experiment("voice", "", "40%", "60%")).unwrap();
    let (code, said) = fails(folder.path(), &["build"]);
    assert_eq!(code, 1);
    assert!(
        said.contains("every unit would move") && said.contains("help: bring `was:` or `salt:` back"),
        "{said}"
    );

    fs::write(&tone, experiment("voice", "iteration: 2\n", "40%", "60%")).unwrap();
    let restarted = works(folder.path(), &["build"]);
    assert!(restarted.contains("voice@2: first allocation"), "{restarted}");
    let lock = fs::read_to_string(folder.path().join("edgewise.lock")).unwrap();
    assert!(lock.contains("voice@1:") && lock.contains("voice@2:"), "{lock}");
}

#[test]
fn nothing_but_weights_moves_a_unit() {
    let folder = project();
    works(folder.path(), &["build"]);
    let lock = fs::read_to_string(folder.path().join("edgewise.lock")).unwrap();
    let tone = folder.path().join("experiments/tone.yaml");
    let as_it_was = fs::read_to_string(&tone).unwrap();
    let reordered =
        "variants:\n  - { id: warm, weight: 1/2 }\n  - { id: control, control: true, weight: 0.5 }\n";
    for changed in [
        as_it_was.replace("status: running", "status: paused"),
        as_it_was.replace("status: running", "status: running\ntraffic: 10%"),
        as_it_was.replace(
            "status: running",
            "status: running\nname: The tone\nstart: 2026-01-01T00:00:00Z\nramp: [{ after: 1d, traffic: 1/3 }]",
        ),
        as_it_was.replace("country == \"IN\"", "country == \"US\""),
        format!("id: tone\nstatus: running\n{reordered}metrics: {{ primary: [conversion] }}\n"),
        as_it_was.replace("weight: 50%", "ratio: 7"),
    ] {
        assert_ne!(changed, as_it_was);
        fs::write(&tone, changed).unwrap();
        let built = works(folder.path(), &["build"]);
        assert!(built.contains("no unit moves"), "{built}");
        assert_eq!(fs::read_to_string(folder.path().join("edgewise.lock")).unwrap(), lock);
    }
}

#[test]
fn a_draft_keeps_its_place_in_the_lock() {
    let folder = project();
    works(folder.path(), &["build"]);
    let lock = fs::read_to_string(folder.path().join("edgewise.lock")).unwrap();
    let tone = folder.path().join("experiments/tone.yaml");
    fs::write(&tone, experiment("tone", "", "10%", "90%").replace("running", "draft")).unwrap();
    let built = works(folder.path(), &["build"]);
    assert!(built.contains("tone: a draft, left out"), "{built}");
    assert_eq!(fs::read_to_string(folder.path().join("edgewise.lock")).unwrap(), lock);
    fs::remove_file(&tone).unwrap();
    works(folder.path(), &["build"]);
    assert_eq!(fs::read_to_string(folder.path().join("edgewise.lock")).unwrap(), lock);
}

#[test]
fn a_build_without_a_lock_warns() {
    let folder = project();
    let output = edgewise(folder.path(), &["build"], "");
    assert!(text(&output.stderr).contains("there is no edgewise.lock"));
    let output = edgewise(folder.path(), &["build"], "");
    assert_eq!(text(&output.stderr), "");
}

fn ask(context: &str) -> [&str; 8] {
    ["assign", "ruleset.edgewise", NOW[0], NOW[1], "--output", "ndjson", "--context", context]
}

#[test]
fn assign_answers_a_context() {
    let folder = project();
    works(folder.path(), &["build"]);
    let line = works(folder.path(), &ask(r#"{"user": "u_1", "country": "IN"}"#));
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(answer["experiment"], "tone");
    assert_eq!(answer["reason"], "assigned");
    assert_eq!(answer["exposure"], true);
    assert_eq!(answer["unit"], "u_1");
    assert_eq!(answer["epoch"].as_str().map(str::len), Some(16));
    let keys = [
        "\"experiment\"",
        "\"variant\"",
        "\"reason\"",
        "\"bucket\"",
        "\"epoch\"",
        "\"exposure\"",
        "\"unit\"",
    ];
    let places: Vec<_> = keys.iter().map(|key| line.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{line}");

    let line = works(folder.path(), &ask("{}"));
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&answer["reason"], &answer["variant"], &answer["unit"]),
        (&json!("missing_unit"), &Value::Null, &Value::Null)
    );
    let table =
        works(folder.path(), &["assign", "ruleset.edgewise", NOW[0], NOW[1], "--context", r#"{"user": 7}"#]);
    assert!(table.contains("targeting_unknown"), "{table}");
}

#[test]
fn assign_answers_every_good_line_and_names_every_bad_one() {
    let folder = project();
    works(folder.path(), &["build"]);
    let input = b"{\"user\": 1, \"country\": \"IN\"}\n\n{\"user\": \"\n[1]\n{\"user\": 2, \"country\": \"US\"}\n{\"user\": \"\xff\"}";
    let arguments =
        ["assign", "ruleset.edgewise", NOW[0], NOW[1], "--output", "ndjson", "--experiment", "tone"];
    let output = edgewise(folder.path(), &arguments, input);
    assert_eq!(output.status.code(), Some(1));
    let answers: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> =
        answers.iter().map(|answer| (answer["line"].as_u64(), answer["reason"].as_str())).collect();
    assert_eq!(seen, [(Some(1), Some("assigned")), (Some(5), Some("not_targeted"))]);
    let said = text(&output.stderr);
    assert!(said.contains("line 3: this is no JSON"), "{said}");
    assert!(said.contains("line 4: a context is a JSON object"), "{said}");
    assert!(said.contains("line 6: this is no UTF-8 text"), "{said}");
    assert!(said.contains("3 of the lines could not be read"), "{said}");
}

#[test]
fn explain_shows_each_step_with_what_it_saw() {
    let folder = project();
    works(folder.path(), &["build"]);
    let context = r#"{"user": "u_1", "country": "US"}"#;
    let explain = ["explain", "ruleset.edgewise", NOW[0], NOW[1], "--context", context];
    let said = works(folder.path(), &explain);
    assert!(said.contains("country == \"IN\" is false: the context holds \"US\""), "{said}");
    assert!(said.contains("the targeting is false for this context"), "{said}");
    let json = works(folder.path(), &[&explain[..], &["--experiment", "tone", "--output", "json"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reason"], "not_targeted");
    assert_eq!(
        json["steps"][3],
        json!({
            "step": "test", "attribute": "country", "operator": "==", "operand": ["IN"], "more": 0, "saw": "US",
            "truth": "false",
        })
    );
    let flag = works(folder.path(), &[&explain[..], &["--flag", "greeting", "--output", "json"]].concat());
    let flag: Value = serde_json::from_str(&flag).unwrap();
    assert_eq!((&flag["value"], &flag["source"]), (&json!("Hello"), &json!("default")));
}

#[test]
fn each_environment_and_tenant_draws_with_a_seed_of_its_own() {
    let folder = project();
    let workspace = "seed: \"9f86d081884c7d65\"\nunits: [user, device]\nenvironment: production\n\
                     environments: [staging, { id: canary, seed: \"0123456789abcdef\" }]\ntenants: [acme]\n";
    fs::write(folder.path().join("edgewise.yaml"), workspace).unwrap();
    let trial = experiment("trial", "environments: [staging]\ntenants: [acme]\n", "50%", "50%");
    fs::write(
        folder.path().join("experiments/trial.yaml"),
        trial.replace(", overrides: { greeting: Hi }", ""),
    )
    .unwrap();
    let built = |arguments: &[&str]| {
        let said = works(folder.path(), &[&["build", "--document", "document.json"], arguments].concat());
        let document = fs::read(folder.path().join("document.json")).unwrap();
        (serde_json::from_slice::<Value>(&document).unwrap(), said)
    };
    let seed = |arguments: &[&str]| built(arguments).0["seed"].as_str().unwrap().to_owned();

    assert_eq!(seed(&[]), "9f86d081884c7d65");
    assert_eq!(seed(&["--environment", "production"]), "9f86d081884c7d65");
    assert_eq!(seed(&["--environment", "canary"]), "0123456789abcdef");
    // Computed by `vectors/edgewise_reference`: siphash of nothing under the key of each salt.
    assert_eq!(seed(&["--environment", "staging"]), "f30f792d8e08dec1");
    assert_eq!(seed(&["--tenant", "acme"]), "af68be5e0467fabe");
    assert_eq!(seed(&["--tenant", "acme", "--environment", "staging"]), "33e50b9887911507");
    assert_eq!(seed(&["--tenant", "acme", "--environment", "canary"]), "739b65e7c630a338");

    let (document, said) = built(&["--tenant", "acme", "--environment", "staging"]);
    assert_eq!((&document["tenant"], &document["environment"]), (&json!("acme"), &json!("staging")));
    assert_eq!(document["experiments"].as_array().unwrap().len(), 2);
    assert!(said.contains("unchanged, no unit moves"), "{said}");
    let (document, said) = built(&["--environment", "staging"]);
    assert_eq!(document["experiments"].as_array().unwrap().len(), 1);
    assert!(said.contains("trial: of another environment or tenant, left out"), "{said}");

    let (code, said) = fails(folder.path(), &["build", "--environment", "stagign"]);
    assert!(
        code == 1 && said.contains("declares no environment `stagign` help: did you mean `staging`?"),
        "{said}"
    );
    let checked = works(folder.path(), &["check"]);
    assert!(
        checked.contains("also compiled for `acme/production`, `canary`, `acme/canary`, `staging`"),
        "{checked}"
    );
}

#[test]
fn a_ruleset_for_clients_shows_neither_what_is_hidden_nor_private_literals() {
    let folder = project();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user, device]\nprivate: [mail]\n");
    let tone =
        experiment("tone", "", "50%", "50%").replace("country == \"IN\"", "mail in [\"ada@x.example\"]");
    file("experiments/tone.yaml", &tone);
    file(
        "experiments/secret.yaml",
        &experiment("secret", "server_only: true\n", "50%", "50%").replace("greeting: Hi", ""),
    );
    works(folder.path(), &["build"]);
    works(folder.path(), &["build", "--audience", "client", "--output", "client.edgewise"]);
    let holds = |name: &str, text: &str| {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    for text in ["ada@x.example", "secret"] {
        assert!(holds("ruleset.edgewise", text) && !holds("client.edgewise", text), "{text}");
    }
    let context = r#"{"user": "u_1", "mail": "ada@x.example"}"#;
    let answer = |ruleset| {
        let arguments = [
            "assign",
            ruleset,
            NOW[0],
            NOW[1],
            "--output",
            "ndjson",
            "--experiment",
            "tone",
            "--context",
            context,
        ];
        works(folder.path(), &arguments)
    };
    assert_eq!(answer("ruleset.edgewise"), answer("client.edgewise"));

    file(
        "experiments/tone.yaml",
        &tone.replace("mail in [\"ada@x.example\"]", "mail.endsWith(\"@x.example\")"),
    );
    let (code, said) = fails(folder.path(), &["build", "--audience", "client"]);
    assert!(
        code == 1
            && said.contains("would show browsers what `mail` is compared with")
            && said.contains("[experiments/tone.yaml:3:12]"),
        "{said}"
    );
}

#[test]
fn hosts_hand_in_records_variants_nonces_and_counters() {
    let folder = project();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("experiments/tone.yaml", &experiment("tone", "sticky: true\n", "50%", "50%"));
    let plain = |id: &str, more: &str| {
        format!(
            "id: {id}\nstatus: running\n{more}variants: [{{ id: a, control: true }}, {{ id: b }}]\nmetrics: {{ primary: [conversion] }}\n"
        )
    };
    file("experiments/calls.yaml", &plain("calls", "strategy: random\n"));
    file("experiments/turns.yaml", &plain("turns", "strategy: round_robin\n"));
    let rule = "strategy: context\nsticky: true\nplacements: [{ if: country == \"IN\", variant: b }]\n";
    file("experiments/placed.yaml", &plain("placed", rule));
    works(folder.path(), &["build"]);
    let asked = |experiment: &str, more: &[&str]| -> Value {
        let context = r#"{"user": "u_1", "country": "IN"}"#;
        let arguments = [
            "assign",
            "ruleset.edgewise",
            NOW[0],
            NOW[1],
            "--output",
            "json",
            "--experiment",
            experiment,
            "--context",
            context,
        ];
        let answers: Value =
            serde_json::from_str(&works(folder.path(), &[&arguments[..], more].concat())).unwrap();
        answers[0].clone()
    };

    let drawn = asked("tone", &[]);
    assert_eq!(
        (&drawn["reason"], &drawn["sticky"], &drawn["propensity"]),
        (&json!("assigned"), &json!(true), &json!(0.5))
    );
    let other = if drawn["variant"] == "warm" { "control" } else { "warm" };
    let record = json!([{
        "experiment": "tone", "iteration": drawn["iteration"], "variant": other, "epoch": "00112233445566ff"
    }]);
    let kept = asked("tone", &["--sticky", &record.to_string()]);
    assert_eq!((&kept["reason"], &kept["variant"]), (&json!("sticky"), &json!(other)));
    assert_eq!((&kept["epoch"], &kept["propensity"]), (&json!("00112233445566ff"), &Value::Null));
    file("kept.json", &record.to_string());
    assert_eq!(asked("tone", &["--sticky", "kept.json"]), kept);
    let forced = asked("tone", &["--force", &format!("tone={other}")]);
    assert_eq!(
        (&forced["reason"], &forced["variant"], &forced["exposure"]),
        (&json!("forced"), &json!(other), &json!(false))
    );

    let placed = asked("placed", &[]);
    assert_eq!(
        (&placed["reason"], &placed["variant"], &placed["sticky"]),
        (&json!("placed"), &json!("b"), &json!(false)),
        "what a rule places was not drawn, so that there is nothing to keep"
    );

    assert_eq!(asked("calls", &[])["reason"], "missing_draw");
    assert_eq!(asked("calls", &["--nonce", "n_1"])["reason"], "assigned");
    assert_eq!(asked("turns", &["--counter", "turns=6"])["variant"], "a");
    assert_eq!(asked("turns", &["--counter", "turns=7"])["variant"], "b");

    let refused = |more: &[&str]| {
        let arguments = ["assign", "ruleset.edgewise", NOW[0], NOW[1], "--context", "{}"];
        fails(folder.path(), &[&arguments[..], more].concat()).1
    };
    assert!(refused(&["--force", "tone=wram"]).contains("did you mean `warm`?"));
    assert!(refused(&["--force", "tone"]).contains("write `--force tone=warm`"));
    assert!(refused(&["--counter", "turns=x"]).contains("`x` counts no calls"));
    assert!(refused(&["--sticky", "[{}]"]).contains("--sticky is no list of records"));
    assert!(refused(&["--sticky", "nowhere.json"]).contains("cannot read the records in nowhere.json"));
}

#[test]
fn mistakes_are_answered_with_the_way_out() {
    let folder = project();
    works(folder.path(), &["build"]);
    let (code, said) = fails(folder.path(), &["check", "nowhere"]);
    assert!(code == 1 && said.contains("there is no folder nowhere"), "{said}");
    let (code, said) = fails(folder.path(), &["check", "edgewise.yaml"]);
    assert!(code == 1 && said.contains("is not a folder"), "{said}");
    let ask = |more: &[&str]| fails(folder.path(), &[&["assign"], more].concat());
    let (code, said) = ask(&["ruleset.edgewise", NOW[0], NOW[1], "--context", "{}", "--experiment", "tome"]);
    assert!(code == 1 && said.contains("help: did you mean `tone`?"), "{said}");
    let (code, said) = ask(&["ruleset.edgewise", NOW[0], NOW[1], "--context", "[]"]);
    assert!(code == 1 && said.contains("--context: a context is a JSON object"), "{said}");
    let (code, said) = ask(&["ruleset.edgewise", NOW[0], "yesterday", "--context", "{}"]);
    assert!(code == 2 && said.contains("write an RFC 3339 time"), "{said}");
    let (code, said) = ask(&["nothing.edgewise", NOW[0], NOW[1], "--context", "{}"]);
    assert!(code == 1 && said.contains("cannot read the ruleset nothing.edgewise"), "{said}");

    let whole = fs::read(folder.path().join("ruleset.edgewise")).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() - 1] ^= 1;
    for bytes in [&whole[..whole.len() - 1], &altered, b"", b"EDGEWISE"] {
        fs::write(folder.path().join("bad.edgewise"), bytes).unwrap();
        let (code, said) = ask(&["bad.edgewise", NOW[0], NOW[1], "--context", "{}"]);
        assert!(code == 1 && said.contains("bad.edgewise is no ruleset that can be used"), "{said}");
        assert!(said.contains("help: build it again"), "{said}");
    }
}

#[test]
fn schemas_are_json_schemas_that_know_the_fields() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = [
        ("experiment", "variants"),
        ("experiment", "factors"),
        ("experiment", "prerequisites"),
        ("metric", "event"),
        ("flag", "default"),
        ("segment", "condition"),
        ("layer", "within"),
        ("holdout", "share"),
        ("workspace", "seed"),
        ("workspace", "environments"),
    ];
    for (kind, field) in kinds {
        let schema: Value = serde_json::from_str(&works(folder.path(), &["schema", kind])).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{kind}");
        assert!(schema["properties"][field].is_object(), "{kind}");
        assert_eq!(schema["additionalProperties"], false, "{kind}");
    }
    let event: Value = serde_json::from_str(&works(folder.path(), &["schema", "event"])).unwrap();
    assert!(event.is_object());
    let (code, said) = fails(folder.path(), &["schema", "experimnt"]);
    assert!(code == 2 && said.contains("experiment"), "{said}");
}
