//! One pair of documents for each kind of change.

use crate::documents::{document, experiment, merge, with};
use serde_json::{Value, json};

/// A name, the old document and the new one.
pub(crate) type Change = (&'static str, Value, Value);

pub(crate) fn changes() -> Vec<Change> {
    [weights(), layers(), records(), holdouts(), others(), factors()].concat()
}

fn weights() -> Vec<Change> {
    let switched_off = json!({ "switches": { "experiments": false, "flags": true } });
    let with_a_gap = || {
        let allocation = json!({ "allocation": [
            { "start": 0, "end": 300_000, "variant": "control" },
            { "start": 420_000, "end": 1_000_000, "variant": "warm" },
        ] });
        document(&[with(plain(500_000), allocation)])
    };
    vec![
        ("buckets given away", with_a_gap(), document(&[plain(350_000)])),
        ("buckets taken back", document(&[plain(350_000)]), with_a_gap()),
        ("weights", document(&[plain(500_000)]), document(&[plain(350_000)])),
        ("removed", document(&[plain(500_000)]), document(&[])),
        ("switched off", document(&[plain(500_000)]), with(document(&[plain(500_000)]), switched_off)),
    ]
}

fn plain(control: u32) -> Value {
    experiment("a", control, json!({}))
}

fn layers() -> Vec<Change> {
    let in_slot = |control, start, end| experiment("a", control, slot(start, end));
    let outer = json!({ "layer": "outer", "slots": [{ "start": 0, "end": 700_000 }] });
    let nested = json!({ "layers": [
        { "id": "l", "salt": "layer:l", "unit": "user", "within": outer },
        { "id": "outer", "salt": "layer:outer", "unit": "user" },
    ] });
    let first_half = layered(&[in_slot(500_000, 0, 500_000)]);
    vec![
        ("slots", first_half.clone(), layered(&[in_slot(600_000, 300_000, 900_000)])),
        ("a layer within another", first_half.clone(), with(first_half, nested)),
    ]
}

fn slot(start: u32, end: u32) -> Value {
    json!({ "layer": { "layer": "l", "slots": [{ "start": start, "end": end }] } })
}

fn layered(experiments: &[Value]) -> Value {
    with(document(experiments), json!({ "layers": [{ "id": "l", "salt": "layer:l", "unit": "user" }] }))
}

fn records() -> Vec<Change> {
    let before = || layered(&[sticky("a", 500_000, 0, "running")]);
    let moved = layered(&[sticky("a", 100_000, 400_000, "running")]);
    let neighbours = layered(&[sticky("a", 500_000, 500_000, "running"), sticky("b", 500_000, 0, "running")]);
    let frozen = layered(&[sticky("a", 500_000, 0, "frozen")]);
    vec![
        ("sticky units stay where slots and weights change", before(), moved),
        ("a record holds the layer against its neighbour", before(), neighbours),
        ("no longer frozen", frozen, before()),
    ]
}

/// A sticky experiment in half of the layer.
fn sticky(id: &str, control: u32, start: u32, state: &str) -> Value {
    let more = with(slot(start, start + 500_000), json!({ "sticky": true, "state": state }));
    experiment(id, control, more)
}

fn holdouts() -> Vec<Change> {
    let holdout = |buckets: u32| json!({ "holdouts": [{ "id": "h", "salt": "holdout:h", "unit": "user", "buckets": buckets }] });
    let held = |control| document(&[experiment("a", control, json!({ "holdouts": ["h"] }))]);
    let graduated = |graduation: Value| {
        document(&[experiment("a", 500_000, json!({ "state": "graduated", "graduation": graduation }))])
    };
    let held_back = graduated(json!({ "winner": "warm", "hold_back": "h" }));
    vec![
        ("a holdout that grows", with(held(500_000), holdout(50_000)), with(held(450_000), holdout(200_000))),
        ("graduated", document(&[plain(500_000)]), graduated(json!({ "winner": "warm" }))),
        ("graduated with a hold-back", document(&[plain(500_000)]), with(held_back, holdout(100_000))),
    ]
}

/// What other experiments do to one.
fn others() -> Vec<Change> {
    let masked = || claiming("low", json!({ "allow_masking": true, "ramp": [{ "buckets": 600_000 }] }));
    let masking = |buckets: u32| claiming("high", json!({ "priority": 2, "ramp": [{ "buckets": buckets }] }));
    let requiring = |variant: &str| {
        let required = json!([{ "experiment": { "id": "a", "variants": [variant] } }]);
        experiment("b", 100_000, json!({ "prerequisites": required }))
    };
    let remembering = |buckets| with(masking(buckets), json!({ "sticky": true, "iteration": 1 }));
    let restarted = json!({ "salt": "experiment:high@2", "iteration": 2 });
    vec![
        (
            "a restarted mask asks no records",
            document(&[masked(), remembering(300_000)]),
            document(&[masked(), with(remembering(300_000), restarted)]),
        ),
        (
            "a sticky mask that grows",
            document(&[masked(), remembering(100_000)]),
            document(&[masked(), remembering(400_000)]),
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
    ]
}

/// An experiment that overrides the flag `greeting`.
fn claiming(id: &str, more: Value) -> Value {
    let mut all = json!({ "variants": [
        { "id": "control", "control": true },
        { "id": "warm", "overrides": { "greeting": "\"Hi\"" } },
    ] });
    merge(&mut all, more);
    experiment(id, 300_000, all)
}

fn factors() -> Vec<Change> {
    let of = |first: u32| document(&[experiment("a", 500_000, factorial(first))]);
    vec![("factors", of(500_000), of(200_000))]
}

/// Two factors of two levels; the first level of the first one has the buckets below `first`.
fn factorial(first: u32) -> Value {
    let factor = |id: &str, first: u32| {
        json!({ "id": id, "levels": ["0", "1"], "allocation": [
            { "start": 0, "end": first, "level": "0" },
            { "start": first, "end": 1_000_000, "level": "1" },
        ] })
    };
    json!({
        "allocation": [],
        "variants": [{ "id": "00", "control": true }, { "id": "01" }, { "id": "10" }, { "id": "11" }],
        "factors": [factor("f", first), factor("g", 500_000)],
        "cells": ["00", "01", "10", "11"],
    })
}
