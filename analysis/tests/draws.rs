//! Draws other than the plain one, from exposures to results: sticky, by a fallback, by call, of a holdout.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use edgewise_analysis::{
    plan::Plan,
    results::{Results, Severity, WarningCode},
    verify::{Mismatch, Unverifiable},
};
use edgewise_core::Ruleset;
use edgewise_stats::trust::SampleRatio;
use serde_json::{Value, json};
use world::{Caller, World, compiled, conversion, experiment, hour, metric, plan, record, uniform};

fn serve(world: &World, control_buckets: u32, more: &Value) -> Ruleset<Vec<u8>> {
    world.keep(compiled(&json!({"experiments": [experiment(control_buckets, 1, more)]})))
}

fn warning(results: &Results, code: WarningCode) -> Option<Severity> {
    results.warnings.iter().find(|warning| warning.warning == code).map(|warning| warning.severity)
}

fn exclusion(results: &Results, code: &str) -> Option<u64> {
    let found = results.exclusions.iter().find(|exclusion| exclusion.exclusion == code);
    found.map(|exclusion| exclusion.count)
}

/// Half and half in a week in which few buy, then one in ten control in one in which many do. Who came in the first
/// week keeps what was drawn then.
fn two_weeks(world: &mut World, first: &Ruleset<Vec<u8>>, kept: impl Fn(&Value) -> Value) -> Vec<Value> {
    let second = serve(world, 100_000, &json!({"sticky": true}));
    let mut events = Vec::new();
    for index in 0..6000_u64 {
        let user = format!("u_{index}");
        let unknown = Caller { user: &user, ..Caller::default() };
        let drawn = world.exposure_of(first, &unknown, hour(1)).unwrap();
        // The page of the first week lost every exposure of whom it saw once; those who come back are first told then.
        let (told, rate) = match index % 3 {
            0 => (drawn, 0.1),
            1 => {
                let returning = Caller { record: Some(kept(&drawn)), ..unknown };
                (world.exposure_of(&second, &returning, hour(170)).unwrap(), 0.1)
            }
            _ => (world.exposure_of(&second, &unknown, hour(170)).unwrap(), 0.4),
        };
        events.push(told);
        if uniform(1, index) < rate {
            events.push(world.track(&user, "purchase", Some("1"), hour(171)));
        }
    }
    events
}

#[test]
fn units_with_a_record_are_compared_in_the_epoch_that_drew_them() {
    let mut world = World::new();
    let first = serve(&world, 500_000, &json!({"sticky": true}));
    let events = two_weeks(&mut world, &first, record);
    let sticky = events.iter().filter(|event| event["reason"] == "sticky").count();
    assert_eq!(sticky, 2000);
    world.store(&events, hour(400));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 6000);
    assert!(results.warnings.is_empty() && results.exclusions.is_empty(), "{results:#?}");
    let conversion = &metric(&results, "conversion").comparisons[0];
    assert_eq!(conversion.strata, 2);
    assert!(conversion.comparison.test.unwrap().p > 0.05, "an A/A test: {conversion:#?}");
    // Were they counted in today's epoch, a half of them would be where a tenth belongs.
    assert!(matches!(&results.sample_ratio.after_exclusions, SampleRatio::Tested { p, .. } if *p > 0.01));
}

#[test]
fn records_that_a_host_makes_up_do_not_count() {
    let mut world = World::new();
    let first = serve(&world, 500_000, &json!({"sticky": true}));
    let all_treated = |drawn: &Value| {
        let mut record = record(drawn);
        record["variant"] = json!("treatment");
        record
    };
    let events = two_weeks(&mut world, &first, all_treated);
    world.store(&events, hour(400));
    let results = world.analyze(&plan(vec![conversion()]));
    let exposures = results.variants[1].exposures.as_ref().unwrap();
    let refuted = exposures.mismatched.get(&Mismatch::StickyVariant).copied().unwrap();
    assert!(
        (900..1100).contains(&refuted),
        "a half of 2000 was drawn into the control, and {refuted} are refuted"
    );
    assert_eq!(exclusion(&results, "mismatched_exposure"), Some(refuted));
    assert_eq!(warning(&results, WarningCode::UnevenVerification), Some(Severity::Invalid));
}

#[test]
fn records_of_a_ruleset_that_was_not_kept_are_told() {
    let mut world = World::new();
    let nobody_kept = compiled(&json!({"experiments": [experiment(400_000, 1, &json!({"sticky": true}))]}));
    let kept = serve(&world, 500_000, &json!({"sticky": true}));
    let events: Vec<Value> = (0..50)
        .map(|index| {
            let user = format!("u_{index}");
            let unknown = Caller { user: &user, ..Caller::default() };
            let drawn = world.exposure_of(&nobody_kept, &unknown, hour(0)).unwrap();
            world.exposure_of(&kept, &Caller { record: Some(record(&drawn)), ..unknown }, hour(1)).unwrap()
        })
        .collect();
    world.store(&events, hour(2));
    let results = world.analyze(&plan(vec![conversion()]));
    let unknown = results.variants.iter().map(|variant| {
        variant.exposures.as_ref().unwrap().unverifiable.get(&Unverifiable::StickyEpochUnknown).copied()
    });
    assert_eq!(unknown.map(Option::unwrap_or_default).sum::<u64>(), 50);
    assert_eq!(exclusion(&results, "unverifiable_exposure"), Some(50));
}

#[test]
fn units_of_a_fallback_are_who_they_become() {
    let mut world = World::new();
    let ruleset = serve(&world, 500_000, &json!({"sticky": true, "fallback": "device"}));
    let mut events = Vec::new();
    for index in 0..60 {
        let (user, device) = (format!("u_{index}"), format!("d_{index}"));
        let anonymous = Caller { device: &device, ..Caller::default() };
        let drawn = world.exposure_of(&ruleset, &anonymous, hour(0)).unwrap();
        assert_eq!(drawn["unit_type"], "device");
        if index < 40 {
            let known = Caller { user: &user, record: Some(record(&drawn)), ..anonymous };
            events.push(world.exposure_of(&ruleset, &known, hour(1)).unwrap());
        }
        events.push(drawn);
    }
    world.store(&events, hour(2));
    let results = world.analyze(&plan(vec![conversion()]));
    assert!(results.exclusions.is_empty(), "{:?}", results.exclusions);
    assert_eq!(warning(&results, WarningCode::FallbackUnits), Some(Severity::Note));
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 60);
    assert!(results.variants.iter().all(|variant| variant.units_in_two_variants == 0), "records kept them");
}

#[test]
fn numbers_per_unit_do_not_compare_calls() {
    let mut world = World::new();
    let ruleset = serve(&world, 500_000, &json!({"strategy": "random"}));
    let mut events = Vec::new();
    for call in 0..400 {
        let (user, nonce) = (format!("u_{}", call % 100), format!("call {call}"));
        let caller = Caller { user: &user, nonce: Some(&nonce), ..Caller::default() };
        events.push(world.exposure_of(&ruleset, &caller, hour(1)).unwrap());
    }
    world.store(&events, hour(2));
    let results = world.analyze(&plan(vec![conversion()]));
    for variant in &results.variants {
        assert_eq!(variant.exposures.as_ref().unwrap().verified_share, Some(1.0));
        assert_eq!(variant.units_moved, 0, "no new allocation moved anybody");
        assert!(variant.units_in_two_variants > 20);
    }
    assert_eq!(warning(&results, WarningCode::CallsDrawn), Some(Severity::Invalid));
}

#[test]
fn a_holdout_is_an_experiment_of_two_arms() {
    let mut world = World::new();
    let quiet = json!([{"id": "quiet", "salt": "holdout:quiet", "unit": "user", "buckets": 200_000}]);
    let bound = experiment(500_000, 1, &json!({"holdouts": ["quiet"]}));
    let ruleset = world.keep(compiled(&json!({"holdouts": quiet, "experiments": [bound]})));
    let mut events = Vec::new();
    for index in 0..6000_u64 {
        let user = format!("u_{index}");
        let of_holdout = world.holdout_exposure(&ruleset, &user, hour(1));
        let of_experiment = world.exposure(&ruleset, &user, hour(1));
        assert_eq!(of_holdout["variant"] == "held_out", of_experiment.is_none(), "held out means no variant");
        // All that the experiments brought together.
        if uniform(1, index) < if of_experiment.is_some() { 0.3 } else { 0.2 } {
            events.push(world.track(&user, "purchase", Some("1"), hour(2)));
        }
        events.push(of_holdout);
        events.extend(of_experiment);
    }
    world.store(&events, hour(3));
    let of_holdout = Plan {
        experiment: "quiet".into(),
        control: "held_out".into(),
        variants: vec!["held_out".into(), "open".into()],
        ..plan(vec![conversion()])
    };
    let results = world.analyze(&of_holdout);
    assert!(results.warnings.is_empty() && results.exclusions.is_empty(), "{:?}", results.warnings);
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 6000);
    assert!(matches!(&results.sample_ratio.after_exclusions, SampleRatio::Tested { p, .. } if *p > 0.01));
    let difference = &metric(&results, "conversion").comparisons[0].comparison.difference;
    assert!(difference.interval.unwrap().contains(0.1) && !difference.interval.unwrap().contains(0.0));

    let results = world.analyze(&plan(vec![conversion()]));
    assert!(results.exclusions.is_empty(), "a holdout's exposures are those of nobody unknown");
    assert!(results.variants.iter().map(|variant| variant.units).sum::<u64>() < 5000);
}
