//! Every verdict, with an exposure that gets it and would get another one without the check.

use super::*;
use crate::event::{Body, Event};
use edgewise_core::compile;
use serde_json::{Value, json};

const NOW: &str = "2026-11-21T08:00:00Z";

/// What a ruleset is made of beside seed and units.
fn bytes(parts: &Value) -> Vec<u8> {
    let mut document = json!({"seed": "9f86d081884c7d65", "units": ["user", "device"]});
    document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    compile(&serde_json::from_value(document).unwrap()).unwrap()
}

/// The experiment `tone`, half `a` and half `b`, with further or other fields.
fn tone(more: &Value) -> Value {
    let mut experiment = json!({
        "id": "tone", "iteration": 1, "salt": "experiment:tone@1", "unit": "user", "state": "running",
        "variants": [{"id": "a", "control": true}, {"id": "b"}], "allocation": split(500_000),
    });
    experiment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    experiment
}

fn split(buckets_of_a: u32) -> Value {
    json!([
        {"start": 0, "end": buckets_of_a, "variant": "a"},
        {"start": buckets_of_a, "end": 1_000_000, "variant": "b"},
    ])
}

/// A world of rulesets and the exposures that a correct host ships.
#[derive(Default)]
struct World {
    rulesets: Rulesets,
}

impl World {
    fn keep(&mut self, parts: &Value) -> Digest {
        self.rulesets.insert(bytes(parts)).unwrap()
    }

    /// A ruleset with the one experiment `tone`.
    fn serve(&mut self, more: &Value) -> Digest {
        self.keep(&json!({"experiments": [tone(more)]}))
    }

    fn ruleset(&self, digest: Digest) -> &Ruleset<Vec<u8>> {
        &self.rulesets.by_digest[&digest]
    }

    fn tone(&self, digest: Digest) -> Experiment<'_> {
        self.ruleset(digest).find_experiment("tone").unwrap()
    }

    /// An exposure of `tone` as a host ships it, which handed in what `more` holds; the unit must get a variant.
    fn exposure(&self, digest: Digest, user: &str, more: &Value) -> Value {
        let mut event = json!({
            "id": "019ab3f0-5c00-7000-8000-000000000001", "type": "exposure", "ts": NOW, "kind": "experiment",
            "units": {"user": user}, "unit_type": "user", "unit": user, "experiment": "tone", "variant": "a",
            "reason": "assigned", "epoch": self.tone(digest).epoch().to_string(), "ruleset": digest.to_string(),
            "evaluated_at": NOW, "attributes": {},
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let read = Event::parse(event.to_string().as_bytes()).unwrap();
        let Body::Exposure(claim) = read.body else { unreachable!() };
        let context = crate::context::ReplayContext::new(self.ruleset(digest), &claim, &read.units);
        let now = claim.evaluated_at.as_millisecond();
        let answer = self.tone(digest).assign(&context, now, &mut edgewise_core::Silent);
        let variant = answer.variant.and_then(|index| self.tone(digest).variant(index));
        event["variant"] = json!(variant.map(edgewise_core::Variant::id));
        event["reason"] = json!(answer.reason.as_str());
        event["epoch"] = json!(answer.epoch.to_string());
        event["bucket"] = json!(answer.bucket.map(edgewise_core::Bucket::get));
        event
    }

    fn verdict(&self, event: &Value) -> Verdict {
        let read = Event::parse(event.to_string().as_bytes()).unwrap();
        let Body::Exposure(exposure) = read.body else { unreachable!() };
        self.rulesets.replay(&exposure, &read.units)
    }

    /// What becomes of the exposure where one field says something else.
    fn verdict_with(&self, event: &Value, field: &str, value: Value) -> Verdict {
        assert_eq!(self.verdict(event), Verdict::Verified, "before {field} is changed");
        let mut changed = event.clone();
        changed[field] = value;
        self.verdict(&changed)
    }

    /// A user whom the ruleset draws into the variant.
    fn user(&self, digest: Digest, variant: &str) -> String {
        let drawn = |user: &String| self.exposure(digest, user, &json!({}))["variant"] == variant;
        (0..100).map(|index| format!("u_{index}")).find(drawn).unwrap()
    }

    /// What the host keeps of an exposure.
    fn record(exposure: &Value) -> Value {
        json!({
            "experiment": exposure["experiment"], "iteration": 1, "variant": exposure["variant"],
            "epoch": exposure["epoch"],
        })
    }
}

fn mismatched(cause: Mismatch) -> Verdict {
    Verdict::Mismatched(cause)
}

#[test]
fn what_was_drawn_is_claimed_or_mismatched() {
    let mut world = World::default();
    let digest = world.serve(&json!({}));
    let exposure = world.exposure(digest, "u_1", &json!({"propensity": 0.5}));
    let changed = |field, value| world.verdict_with(&exposure, field, value);
    let other = if exposure["variant"] == "a" { "b" } else { "a" };
    assert_eq!(changed("experiment", json!("ghost")), mismatched(Mismatch::Experiment));
    assert_eq!(changed("epoch", json!("0123456789abcdef")), mismatched(Mismatch::Epoch));
    assert_eq!(changed("reason", json!("sticky")), mismatched(Mismatch::Reason));
    assert_eq!(changed("bucket", json!(null)), mismatched(Mismatch::Bucket));
    assert_eq!(changed("variant", json!(other)), mismatched(Mismatch::Variant));
    assert_eq!(changed("propensity", json!(0.4)), mismatched(Mismatch::Propensity));
    let ruleset = json!("00000000000000000000000000000000");
    assert_eq!(changed("ruleset", ruleset), Verdict::Unverifiable(Unverifiable::UnknownRuleset));
}

#[test]
fn an_answer_whose_use_is_no_exposure_is_none() {
    let mut world = World::default();
    let running = world.serve(&json!({}));
    let completed = world.serve(&json!({"state": "completed"}));
    let exposure = world.exposure(running, "u_1", &json!({}));
    let served = world.verdict_with(&exposure, "ruleset", json!(completed.to_string()));
    assert_eq!(served, mismatched(Mismatch::Reason), "it assigns as before, and counts nobody");
    let elsewhere = world.serve(&json!({"state": "completed", "allocation": split(10)}));
    let drawn = world.verdict_with(&exposure, "ruleset", json!(elsewhere.to_string()));
    assert_eq!(drawn, mismatched(Mismatch::Epoch), "what was drawn otherwise is told first");
}

#[test]
fn a_sticky_record_is_drawn_again_in_its_own_epoch() {
    let mut world = World::default();
    let first = world.serve(&json!({"sticky": true}));
    let user = world.user(first, "a");
    let kept = World::record(&world.exposure(first, &user, &json!({})));
    // Nearly everybody is `b` now, and keeps what was drawn.
    let second = world.serve(&json!({"sticky": true, "allocation": split(10)}));
    let exposure = world.exposure(second, &user, &json!({"sticky": [kept]}));
    assert_eq!((&exposure["reason"], &exposure["variant"]), (&json!("sticky"), &json!("a")));
    assert_eq!(world.verdict(&exposure), Verdict::Verified);

    let changed = |field, value| world.verdict_with(&exposure, field, value);
    assert_eq!(changed("variant", json!("b")), mismatched(Mismatch::Variant), "the record says `a`");
    assert_eq!(changed("sticky", json!([])), mismatched(Mismatch::Reason), "there is no record");
    let now = json!(world.tone(second).epoch().to_string());
    assert_eq!(changed("epoch", now), mismatched(Mismatch::Epoch), "drawn means drawn then");
    assert_eq!(changed("bucket", json!(1)), mismatched(Mismatch::Bucket), "nothing was drawn now");
}

#[test]
fn a_sticky_record_of_another_draw_is_refuted_and_one_of_an_unknown_epoch_is_not() {
    let mut world = World::default();
    let digest = world.serve(&json!({"sticky": true}));
    let user = world.user(digest, "a");
    let kept = World::record(&world.exposure(digest, &user, &json!({})));
    let with = |field: &str, value: Value| {
        let mut record = kept.clone();
        record[field] = value;
        let exposure = world.exposure(digest, &user, &json!({"sticky": [record]}));
        assert_eq!(exposure["reason"], "sticky");
        world.verdict(&exposure)
    };
    assert_eq!(with("iteration", json!(1)), Verdict::Verified);
    assert_eq!(with("variant", json!("b")), mismatched(Mismatch::StickyVariant), "made up by the host");
    let unknown = Verdict::Unverifiable(Unverifiable::StickyEpochUnknown);
    assert_eq!(with("epoch", json!("0123456789abcdef")), unknown);
}

#[test]
fn an_epoch_counts_in_its_own_iteration_only() {
    let mut world = World::default();
    let first = world.serve(&json!({"sticky": true}));
    let user = world.user(first, "a");
    let kept = World::record(&world.exposure(first, &user, &json!({})));
    let second = world.serve(&json!({"sticky": true, "iteration": 2, "salt": "experiment:tone@2"}));
    let exposure = world.exposure(second, &user, &json!({"sticky": [kept]}));
    assert_eq!(exposure["reason"], "assigned", "a record of an earlier run is not valid");
    let mut forged = kept;
    forged["iteration"] = json!(2);
    let exposure = world.exposure(second, &user, &json!({"sticky": [forged]}));
    assert_eq!(exposure["reason"], "sticky");
    assert_eq!(world.verdict(&exposure), Verdict::Unverifiable(Unverifiable::StickyEpochUnknown));
}

#[test]
fn a_record_of_a_placed_unit_was_never_drawn() {
    let mut world = World::default();
    let tester = json!({"compare": {"attribute": ["role"], "operator": "eq", "value": "tester"}});
    let digest = world.serve(&json!({
        "sticky": true, "strategy": "context", "placements": [{"condition": tester, "variant": "a"}],
    }));
    let user = world.user(digest, "a");
    let kept = World::record(&world.exposure(digest, &user, &json!({})));
    let drawn = world.exposure(digest, &user, &json!({"sticky": [kept]}));
    let placed = world.verdict_with(&drawn, "attributes", json!({"role": "tester"}));
    assert_eq!(placed, mismatched(Mismatch::StickyPlaced));
}

#[test]
fn what_a_fallback_drew_stays_the_units() {
    let mut world = World::default();
    let digest = world.serve(&json!({"sticky": true, "fallback": "device"}));
    let of_device =
        |device: &str| json!({"units": {"device": device}, "unit_type": "device", "unit": device});
    let drawn_into = |variant: &str| {
        let drawn = |device: &String| world.exposure(digest, "-", &of_device(device))["variant"] == variant;
        (0..100).map(|index| format!("d_{index}")).find(drawn).unwrap()
    };
    let (device, user) = (drawn_into("b"), world.user(digest, "a"));
    let anonymous = world.exposure(digest, "-", &of_device(&device));
    assert_eq!(world.verdict(&anonymous), Verdict::Verified);
    let both = json!({"user": user, "device": device});
    let with_user = world.verdict_with(&anonymous, "units", both.clone());
    assert_eq!(with_user, mismatched(Mismatch::UnitType), "a known user is drawn, not the device");

    let known = world.exposure(digest, &user, &json!({"units": both, "sticky": [World::record(&anonymous)]}));
    assert_eq!((&known["reason"], &known["variant"]), (&json!("sticky"), &json!("b")));
    assert_eq!(world.verdict(&known), Verdict::Verified);
    let without_device = world.verdict_with(&known, "units", json!({"user": user}));
    assert_eq!(without_device, mismatched(Mismatch::StickyVariant));
}

#[test]
fn records_of_others_decide_in_a_layer() {
    let mut world = World::default();
    let layer = json!([{"id": "page", "salt": "layer:page", "unit": "user"}]);
    let slots = |start: u32, end: u32| json!({"sticky": true, "layer": {"layer": "page", "slots": [{"start": start, "end": end}]}});
    let mut other = tone(&slots(500_000, 1_000_000));
    other["id"] = json!("hue");
    other["salt"] = json!("experiment:hue@1");
    let digest = world.keep(&json!({"layers": layer, "experiments": [tone(&slots(0, 500_000)), other]}));
    let assigned = |user: &String| world.exposure(digest, user, &json!({}))["reason"] == "assigned";
    let user = (0..100).map(|index| format!("u_{index}")).find(assigned).unwrap();
    let exposure = world.exposure(digest, &user, &json!({}));
    let hue = world.ruleset(digest).find_experiment("hue").unwrap().epoch().to_string();
    let held = json!([{"experiment": "hue", "iteration": 1, "variant": "a", "epoch": hue}]);
    assert_eq!(world.verdict_with(&exposure, "sticky", held), mismatched(Mismatch::Reason));
    let unknown = json!([{"experiment": "gone", "iteration": 1, "variant": "a", "epoch": hue}]);
    assert_eq!(world.verdict_with(&exposure, "sticky", unknown), Verdict::Verified);
}

#[test]
fn calls_are_drawn_again_from_what_the_host_made_up() {
    let mut world = World::default();
    let random = world.serve(&json!({"strategy": "random"}));
    let of_call = world.exposure(random, "u_1", &json!({"nonce": "call 1"}));
    assert_eq!(world.verdict_with(&of_call, "nonce", json!("call 2")), mismatched(Mismatch::Bucket));
    assert_eq!(world.verdict_with(&of_call, "nonce", json!(null)), mismatched(Mismatch::Reason));

    let in_turn = world.serve(&json!({"strategy": "round_robin"}));
    let third = world.exposure(in_turn, "u_1", &json!({"counter": 2}));
    assert_eq!((&third["variant"], &third["bucket"]), (&json!("a"), &json!(null)));
    assert_eq!(world.verdict_with(&third, "counter", json!(4)), Verdict::Verified);
    assert_eq!(world.verdict_with(&third, "counter", json!(3)), mismatched(Mismatch::Variant));
    assert_eq!(world.verdict_with(&third, "counter", json!(null)), mismatched(Mismatch::Reason));
}

#[test]
fn conditions_see_lists_and_the_other_units() {
    let mut world = World::default();
    let trial = json!({"holds": {"attribute": ["tags"], "operator": "any", "values": ["trial"]}});
    let on_device = json!({"compare": {"attribute": ["device"], "operator": "eq", "value": "d_1"}});
    let digest = world.serve(&json!({"targeting": {"and": [trial, on_device]}}));
    let told = json!({"attributes": {"tags": ["new", "trial"]}, "units": {"user": "u_1", "device": "d_1"}});
    let exposure = world.exposure(digest, "u_1", &told);
    let reason = mismatched(Mismatch::Reason);
    assert_eq!(world.verdict_with(&exposure, "attributes", json!({"tags": ["new"]})), reason);
    assert_eq!(world.verdict_with(&exposure, "attributes", json!({"tags": {}})), reason);
    assert_eq!(world.verdict_with(&exposure, "units", json!({"user": "u_1"})), reason);
}

/// An exposure of the holdout `quiet`, which holds `buckets`, in a world that keeps its ruleset.
fn holdout(world: &mut World, buckets: u32, more: &Value, unit: (&str, &str)) -> Value {
    let mut bound = json!({"holdouts": ["quiet"]});
    bound.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let quiet = json!([{"id": "quiet", "salt": "holdout:quiet", "unit": "user", "buckets": buckets}]);
    let mut unbound = tone(&json!({"sticky": true, "fallback": "device"}));
    unbound["id"] = json!("hue");
    unbound["salt"] = json!("experiment:hue@1");
    let digest = world.keep(&json!({"holdouts": quiet, "experiments": [tone(&bound), unbound]}));
    let holdout = world.rulesets.holdouts("quiet").find(|holdout| holdout.buckets() == buckets).unwrap();
    let (bucket, held) = holdout.draw(unit.1.as_bytes());
    json!({
        "id": "019ab3f0-5c00-7000-8000-000000000001", "type": "exposure", "ts": NOW, "kind": "holdout",
        "units": {unit.0: unit.1}, "unit_type": unit.0, "unit": unit.1, "experiment": "quiet",
        "variant": if held { "held_out" } else { "open" }, "reason": if held { "held_out" } else { "assigned" },
        "bucket": bucket.get(), "epoch": holdout.epoch().to_string(), "ruleset": digest.to_string(),
        "evaluated_at": NOW, "attributes": {},
    })
}

#[test]
fn a_holdouts_arms_are_drawn_again() {
    let mut world = World::default();
    let mut of_arm = |arm: &str| {
        let mut users = (0..100).map(|index| format!("u_{index}"));
        let mut exposure = |user: String| holdout(&mut world, 300_000, &json!({}), ("user", &user));
        users.find_map(|user| Some(exposure(user)).filter(|event| event["variant"] == arm)).unwrap()
    };
    let (open, held) = (of_arm("open"), of_arm("held_out"));
    for (event, arm, reason) in [(&open, "held_out", "held_out"), (&held, "open", "assigned")] {
        let changed = |field, value| world.verdict_with(event, field, value);
        assert_eq!(changed("variant", json!(arm)), mismatched(Mismatch::Variant));
        assert_eq!(changed("reason", json!(reason)), mismatched(Mismatch::Reason));
        assert_eq!(changed("bucket", json!(999_999)), mismatched(Mismatch::Bucket));
        assert_eq!(changed("bucket", json!(null)), mismatched(Mismatch::Bucket));
        assert_eq!(changed("epoch", json!("0123456789abcdef")), mismatched(Mismatch::Epoch));
        assert_eq!(changed("experiment", json!("tone")), mismatched(Mismatch::Experiment));
        assert_eq!(changed("propensity", json!(0.01)), mismatched(Mismatch::Propensity));
    }
    assert_eq!(world.verdict_with(&open, "propensity", json!(0.7)), Verdict::Verified);
    assert_eq!(world.verdict_with(&held, "propensity", json!(0.3)), Verdict::Verified);
}

#[test]
fn a_holdout_draws_what_a_bound_experiment_falls_back_to() {
    let mut world = World::default();
    let device = ("device", "d_1");
    let stray = holdout(&mut world, 300_000, &json!({}), device);
    assert_eq!(world.verdict(&stray), mismatched(Mismatch::UnitType), "nothing bound falls back to devices");
    let fallback = json!({"sticky": true, "fallback": "device"});
    let event = holdout(&mut world, 300_000, &fallback, device);
    let with_user = world.verdict_with(&event, "units", json!({"user": "u_1", "device": "d_1"}));
    assert_eq!(with_user, mismatched(Mismatch::UnitType));
}

#[test]
fn shares_are_those_of_the_draw() {
    let mut world = World::default();
    let half = |first: &str, second: &str| json!([{"start": 0, "end": 200_000, "level": first}, {"start": 200_000, "end": 1_000_000, "level": second}]);
    world.serve(&json!({
        "variants": [{"id": "a", "control": true}, {"id": "b"}, {"id": "c"}, {"id": "d"}], "allocation": [],
        "factors": [
            {"id": "hue", "levels": ["red", "blue"], "allocation": half("red", "blue")},
            {"id": "size", "levels": ["s", "l"], "allocation": half("l", "s")},
        ],
        "cells": ["a", "b", "c", "d"],
    }));
    world.serve(&json!({"iteration": 2, "salt": "experiment:tone@2", "strategy": "round_robin"}));
    world.serve(&json!({"iteration": 3, "salt": "experiment:tone@3", "allocation": [
        {"start": 0, "end": 100_000, "variant": "a"}, {"start": 500_000, "end": 800_000, "variant": "b"},
    ]}));
    let is = |shares: Shares, expected: &[(&str, f64)]| {
        let of_epoch = shares.into_values().next().unwrap();
        assert_eq!(of_epoch.len(), expected.len());
        for (variant, share) in expected {
            assert!((of_epoch[*variant] - share).abs() < 1e-12, "{variant}: {of_epoch:?}");
        }
    };
    is(world.rulesets.shares("tone", 1), &[("a", 0.16), ("b", 0.04), ("c", 0.64), ("d", 0.16)]);
    is(world.rulesets.shares("tone", 2), &[("a", 0.5), ("b", 0.5)]);
    is(world.rulesets.shares("tone", 3), &[("a", 0.25), ("b", 0.75)]);
    holdout(&mut world, 300_000, &json!({}), ("user", "u_1"));
    is(world.rulesets.holdout_shares("quiet"), &[("held_out", 0.3), ("open", 0.7)]);
}
