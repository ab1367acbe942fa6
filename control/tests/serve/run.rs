//! The whole path of a service's work: run by the client under a variant, collected here, and analysed.

use crate::server::{Place, Server};
use edgewise_client::{Client, Context, Delivery, Options};
use serde_json::Value;
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

const USERS: u32 = 120;
const RUNS_EACH: u32 = 2;

const PROJECT: [(&str, &str); 5] = [
    ("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n"),
    ("flags/voice.model.yaml", "id: voice.model\ntype: string\ndefault: small\n"),
    (
        "experiments/voice.yaml",
        "id: voice\nstatus: running\ntargeting: country == \"IN\"\n\
         variants:\n  - { id: small, control: true }\n  - { id: large, overrides: { voice.model: large } }\n\
         metrics: { primary: [tokens], secondary: [failed] }\n",
    ),
    (
        "metrics/tokens.yaml",
        "id: tokens\nkind: continuous\nevent: run\nvalue: tokens\nwhere: { experiment: voice }\n",
    ),
    (
        "metrics/failed.yaml",
        "id: failed\nkind: binary\nevent: run\ntype: error\nwhere: { experiment: voice, error: OutOfMemory }\n",
    ),
];

struct OutOfMemory;

/// What a variant's runs came to, counted as they ran.
#[derive(Default)]
struct Counted {
    users: u32,
    tokens: u32,
    failed: u32,
}

#[test]
fn runs_come_out_of_the_analysis_with_the_right_numbers() {
    let project = project();
    let place = Place::new();
    let built = project.path().join("built.edgewise");
    edgewise(&["build", &path(project.path()), "--output", &path(&built)]);
    place.publish(&fs::read(built).unwrap());
    let mut server = place.serve();
    let client = client(&server);
    let [mut small, mut large] = [Counted::default(), Counted::default()];
    for user in 0..USERS {
        let context = Context::new().with("user", format!("u_{user}")).with("country", "IN");
        let mut model = String::new();
        for _ in 0..RUNS_EACH {
            let answer = client.run("voice", &context, |run| {
                model = run.get("voice.model", "none");
                assert_eq!(run.variant(), Some(model.as_str()));
                run.record("tokens", tokens(user, &model));
                if fails(user, &model) { Err(OutOfMemory) } else { Ok(()) }
            });
            assert_eq!(answer.is_err(), fails(user, &model));
        }
        let counted = if model == "large" { &mut large } else { &mut small };
        counted.users += 1;
        counted.tokens += RUNS_EACH * tokens(user, &model);
        counted.failed += u32::from(fails(user, &model));
    }
    // Whoever is not targeted runs as well, and counts nowhere.
    let elsewhere = Context::new().with("user", "elsewhere").with("country", "FR");
    let outside = client.run("voice", &elsewhere, |run| {
        run.record("tokens", 1_000);
        if run.variant().is_none() { Ok(()) } else { Err(OutOfMemory) }
    });
    assert!(outside.is_ok());
    let told = u64::from(USERS + USERS * RUNS_EACH + RUNS_EACH * (small.failed + large.failed) + 1);
    assert_eq!(client.close(), Delivery { delivered: told, waiting: 0, lost: 0 });
    assert!(server.terminate().success());

    let arguments =
        ["--project", &path(project.path()), "--data", &path(&place.data()), "--experiment", "voice"];
    let results = edgewise(&[&["analyze", "--output", "json"], &arguments[..]].concat());
    let results: Value = serde_json::from_str(&results).unwrap();
    assert!(small.failed > 0 && large.failed > small.failed);
    for (id, counted) in [("small", small), ("large", large)] {
        let variant = of(&results["variants"], "variant", id);
        assert_eq!(
            (&variant["units"], &variant["exposures"]["verified"]),
            (&counted.users.into(), &counted.users.into())
        );
        assert_eq!(variant["exposures"]["total"], counted.users);
        let mean = |metric: &str| {
            let metric = of(&results["metrics"], "metric", metric);
            of(&metric["variants"], "variant", id)["mean"]["estimate"].as_f64().unwrap()
        };
        let users = f64::from(counted.users);
        assert!((mean("tokens") - f64::from(counted.tokens) / users).abs() < 1e-9);
        assert!((mean("failed") - f64::from(counted.failed) / users).abs() < 1e-12);
    }
}

#[test]
fn runs_wait_for_a_collector_that_is_killed_and_are_stored_once() {
    let place = Place::new();
    let mut server = place.serve();
    let address = server.address().to_string();
    let client = client(&server);
    server.kill();
    for user in 0..3 {
        let context = Context::new().with("user", format!("u_{user}"));
        client.run("e", &context, |_| if user < 2 { Ok(()) } else { Err(OutOfMemory) }).ok();
    }
    assert_eq!(client.flush(), Delivery { delivered: 0, waiting: 7, lost: 0 });
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgewise"));
    command.args(["serve", "--listen", &address, "--ruleset"]).arg(place.ruleset());
    command.arg("--data").arg(place.data());
    let mut again = Server::start(command);
    assert_eq!(client.close(), Delivery { delivered: 7, waiting: 0, lost: 0 });
    assert!(again.terminate().success());
    assert_eq!(place.stored().len(), 3);
}

fn client(server: &Server) -> Client {
    let url = format!("http://{}/v1/ruleset", server.address());
    let client = Client::load(Options::from_url(url)).unwrap();
    assert!(client.problem().is_none(), "{:?}", client.problem());
    client
}

/// What a run of the user takes: more with the large model.
fn tokens(user: u32, model: &str) -> u32 {
    if model == "large" { 120 + user % 5 } else { 100 + user % 7 }
}

/// The large model fails one user in three, the small one in ten.
fn fails(user: u32, model: &str) -> bool {
    user.is_multiple_of(if model == "large" { 3 } else { 10 })
}

fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (file, text) in PROJECT {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

fn edgewise(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_edgewise")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The member of a list that goes by this name.
fn of<'r>(list: &'r Value, name: &str, id: &str) -> &'r Value {
    list.as_array().unwrap().iter().find(|member| member[name] == id).unwrap()
}
