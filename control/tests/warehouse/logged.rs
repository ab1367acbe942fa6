//! `edgewise analyze --data DIR --engine URL`: exposures are verified here, and everything is summed up there.

use crate::{
    binary::works,
    postgres, python,
    world::{machine, write},
};
use edgewise_analysis::log::{Batch, Limits, Log, NewEvent};
use serde_json::{Value, json};
use std::path::Path;

/// Metrics of every way to be summed up: by sums, capped, by values, and in their order.
const METRICS: [(&str, &str); 4] = [
    (
        "metrics/capped.yaml",
        "id: capped\nkind: continuous\nevent: purchase\nvalue: value\ncap: { upper: 90% }\nwindow: 1d\n",
    ),
    ("metrics/paid.yaml", "id: paid\nkind: quantile\nevent: purchase\nvalue: value\nlevel: 75%\n"),
    ("metrics/slow.yaml", "id: slow\nkind: highest\nevent: answer\nvalue: ms\nsilent: exclude\n"),
    (
        "metrics/way.yaml",
        "id: way\nkind: funnel\nwindow: 1d\nsteps: [answer, { name: paid, event: purchase, within: 1d }]\n",
    ),
];

/// Of every fifth user the purchases that only name a device, and where both are named; of every tenth, on a device
/// that another one uses as well.
fn events() -> Vec<Value> {
    let mut events = Vec::new();
    let mut event = |user: u64, part: u64, more: Value| {
        let mut event = json!({
            "id": format!("019ab3f0-5c00-7000-8{part:03}-{user:012x}"), "ts": format!("2026-01-05T11:{part:02}:00Z"),
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        events.push(event);
    };
    for user in (0..300).step_by(5) {
        let device = format!("d_{}", if user % 10 == 0 { user / 20 } else { user });
        let both = json!({"user": format!("u_{user}"), "device": device});
        event(user, 10, json!({"type": "identify", "units": both}));
        let paid =
            json!({"type": "track", "name": "purchase", "value": user % 9, "units": {"device": device}});
        event(user, 20, paid);
        let ms = json!({"ms": user * 31 % 97});
        let answer =
            json!({"type": "track", "name": "answer", "properties": ms, "units": {"device": device}});
        event(user, 15, answer);
    }
    events
}

fn commit(root: &Path, events: &[Value]) {
    let (mut log, _) = Log::open(&root.join("data"), Limits::default()).unwrap();
    let event = |event: &Value| NewEvent {
        id: event["id"].as_str().unwrap().parse().unwrap(),
        json: serde_json::value::to_raw_value(event).unwrap(),
    };
    let events = events.iter().map(event).collect();
    let batch = Batch { sent_at: None, events, rejects: Vec::new() };
    log.commit(&[batch], "2026-01-07T12:00:00Z".parse().unwrap()).unwrap();
}

#[test]
fn postgresql_gives_the_results_of_a_log_that_is_uploaded() {
    let server = postgres::Server::start();
    gives_the_results_of_a_log(machine().path(), &server.address());
}

#[test]
#[ignore = "needs chdb: scripts/test engines"]
fn clickhouse_gives_the_results_of_a_log_that_is_uploaded() {
    let server = python::ClickHouse::start(&[]);
    gives_the_results_of_a_log(machine().path(), &server.address());
}

/// The data folder lies in the folder that the cluster sees.
#[test]
#[cfg(feature = "ballista")]
fn a_ballista_cluster_gives_the_results_of_a_log() {
    let (machine, cluster) = (machine(), crate::cluster::Cluster::start());
    gives_the_results_of_a_log(machine.path(), &cluster.sharing(machine.path()));
}

/// With devices that stand for users, variants that are redrawn, and units that trigger.
fn gives_the_results_of_a_log(root: &Path, address: &str) {
    for (name, text) in METRICS {
        write(root, name, text);
    }
    let experiment = std::fs::read_to_string(root.join("experiments/tone.yaml")).unwrap();
    let experiment = experiment.replace("[revenue]", "[revenue, capped, paid, slow, way]");
    let analyze = |more: &[&str]| -> Value {
        let common = ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--output=json"];
        serde_json::from_str(&works(root, &[&common, more].concat())).unwrap()
    };
    let same = |more: &[&str]| {
        let (here, there) = (analyze(more), analyze(&[more, &["--engine", address]].concat()));
        for (name, member) in here.as_object().unwrap() {
            assert_eq!(there[name], *member, "{name}, {more:?}");
        }
        assert_eq!(there, here, "{more:?}");
        here
    };
    write(root, "experiments/tone.yaml", &experiment);
    let before = analyze(&[]);
    commit(root, &events());
    let linked = same(&["--randomisation", "200"]);
    let absent = linked["metrics"].as_array().unwrap().iter().filter(|metric| !metric["absent"].is_null());
    assert_eq!(absent.count(), 0, "{linked:#}");
    assert_ne!(linked["metrics"][1]["variants"], before["metrics"][1]["variants"], "devices are followed");
    write(root, "experiments/tone.yaml", &format!("{experiment}trigger: {{ event: answer }}\n"));
    let triggered = same(&[]);
    assert!(triggered["health"].as_array().is_some_and(|checks| !checks.is_empty()), "{triggered:#}");
}

/// What an engine summed up is kept between runs as what this process summed up is.
#[test]
fn sums_are_kept_between_runs_on_an_engine_as_well() {
    let (machine, server) = (machine(), postgres::Server::start());
    let root = machine.path();
    commit(root, &events());
    let common = ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--output=json"];
    let address = server.address();
    let analyze = |more: &[&str]| works(root, &[&common, more].concat());
    let here = analyze(&["--state", "here"]);
    for _ in 0..2 {
        assert_eq!(analyze(&["--state", "there", "--engine", &address]), here);
    }
}
