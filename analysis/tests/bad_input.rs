//! What is wrong with the data is counted and explained, or refused with its place; it never becomes a zero.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use edgewise_analysis::{
    log::{LogError, Source},
    plan::{Metric, MetricKind, Silent, ValueSource},
    results::{AbsentCode, Exposures, Results, Severity, WarningCode},
    verify::{Mismatch, Unverifiable},
};
use serde_json::{Value, json};
use world::{World, conversion, hour, metric, plan, revenue, uniform};

/// A world of some users who are exposed in the first hour; every third buys for 2.50 in the second.
fn shop(world: &mut World, users: u64) -> Vec<Value> {
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    for index in 0..users {
        let user = format!("u_{index}");
        events.push(world.exposure(&ruleset, &user, hour(1)).unwrap());
        if uniform(3, index) < 0.3 {
            events.push(world.track(&user, "purchase", Some("2.50"), hour(2)));
        }
    }
    events
}

fn exclusion(results: &Results, code: &str) -> u64 {
    results
        .exclusions
        .iter()
        .find(|exclusion| exclusion.exclusion == code)
        .map_or(0, |exclusion| exclusion.count)
}

fn has_warning(results: &Results, code: WarningCode) -> bool {
    results.warnings.iter().any(|warning| warning.warning == code)
}

fn exposures(results: &Results) -> (&Exposures, &Exposures) {
    let [control, treatment] = results.variants.as_slice() else { unreachable!("two variants") };
    (control.exposures.as_ref().unwrap(), treatment.exposures.as_ref().unwrap())
}

#[test]
fn an_unknown_experiment_is_counted_and_named() {
    let mut world = World::new();
    let mut events = shop(&mut world, 100);
    let before = events.len();
    let ghost = |mut event: Value| {
        event["experiment"] = json!("ghost");
        event
    };
    let ghosts: Vec<Value> =
        events.iter().filter(|event| event["type"] == "exposure").cloned().map(ghost).take(7).collect();
    for (index, mut event) in ghosts.into_iter().enumerate() {
        event["id"] = json!(format!("019ab3f0-5c00-7000-9000-{index:012x}"));
        events.push(event);
    }
    assert_eq!(events.len(), before + 7);
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(exclusion(&results, "unknown_experiment"), 7);
    assert!(results.exclusions[0].what.contains("ghost"));
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 100);
}

#[test]
fn exposures_that_do_not_replay_are_left_out_by_their_cause() {
    let mut world = World::new();
    let mut events = shop(&mut world, 200);
    let mut altered = 0;
    for event in
        events.iter_mut().filter(|event| event["type"] == "exposure" && event["variant"] == "control").take(4)
    {
        match altered {
            0 => event["variant"] = json!("treatment"),
            1 => event["bucket"] = json!(999_999 - event["bucket"].as_u64().unwrap()),
            2 => event["epoch"] = json!("0123456789abcdef"),
            _ => {
                event["unit"] = json!("somebody else entirely");
                event["units"] = json!({"user": "somebody else entirely"});
            }
        }
        altered += 1;
    }
    assert_eq!(altered, 4);
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    let (control, treatment) = exposures(&results);
    assert_eq!(control.mismatched, [(Mismatch::Epoch, 1), (Mismatch::Bucket, 2)].into());
    assert_eq!(treatment.mismatched, [(Mismatch::Variant, 1)].into());
    assert_eq!(exclusion(&results, "mismatched_exposure"), 4);
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 196);
    assert!(control.verified_share.unwrap() < 1.0);
}

#[test]
fn no_verdict_where_one_variant_fails_to_replay_more_often() {
    let mut world = World::new();
    let mut events = shop(&mut world, 2000);
    for event in events.iter_mut().filter(|event| event["variant"] == "treatment").take(100) {
        event["bucket"] = json!(0);
    }
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    let warning =
        results.warnings.iter().find(|warning| warning.warning == WarningCode::UnevenVerification).unwrap();
    assert_eq!(warning.severity, Severity::Invalid);
}

#[test]
fn an_unknown_ruleset_cannot_be_asked() {
    let mut world = World::new();
    let mut events = shop(&mut world, 100);
    for event in events.iter_mut().filter(|event| event["type"] == "exposure").take(5) {
        event["ruleset"] = json!("00000000000000000000000000000000");
    }
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(exclusion(&results, "unverifiable_exposure"), 5);
    let (control, treatment) = exposures(&results);
    let unknown = |exposures: &Exposures| {
        exposures.unverifiable.get(&Unverifiable::UnknownRuleset).copied().unwrap_or(0)
    };
    assert_eq!(unknown(control) + unknown(treatment), 5);
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 95);
}

#[test]
fn a_metric_without_events_is_absent_and_says_so() {
    let mut world = World::new();
    let events = shop(&mut world, 100);
    world.store(&events, hour(3));
    let never = Metric { id: "refunds".into(), event: "refund".into(), ..revenue() };
    let results = world.analyze(&plan(vec![never, conversion()]));
    let refunds = metric(&results, "refunds");
    assert_eq!(refunds.absent.as_ref().unwrap().absent, AbsentCode::NoEvents);
    assert!(refunds.comparisons.is_empty() && refunds.variants.is_empty());
    assert_eq!(refunds.warnings[0].warning, WarningCode::MetricWithoutEvents);
    assert!(metric(&results, "conversion").absent.is_none());
    let json = serde_json::to_value(refunds).unwrap();
    assert_eq!(json["absent"]["absent"], "no_events");
}

#[test]
fn events_of_others_make_no_metric() {
    let mut world = World::new();
    let mut events = shop(&mut world, 50);
    events.retain(|event| event["type"] == "exposure");
    events.push(world.track("a stranger", "purchase", Some("1"), hour(2)));
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    let conversion = metric(&results, "conversion");
    assert_eq!(conversion.absent.as_ref().unwrap().absent, AbsentCode::NoEventsOfExposedUnits);
    assert_eq!(conversion.events.unwrap().not_exposed, 1);
}

#[test]
fn an_empty_folder_has_no_units_and_no_estimates() {
    let world = World::new();
    let results = world.analyze(&plan(vec![conversion(), revenue()]));
    assert!(has_warning(&results, WarningCode::NoUnits));
    assert_eq!(results.watermark, None);
    for metric in &results.metrics {
        assert_eq!(metric.absent.as_ref().unwrap().absent, AbsentCode::NoUnits);
        assert!(metric.comparisons.is_empty());
    }
    let nowhere = world.folder.path().join("nowhere");
    assert!(matches!(Source::open(&nowhere), Err(LogError::NoFolder(_))));
}

#[test]
fn repeated_events_count_once() {
    let mut world = World::new();
    let events = shop(&mut world, 200);
    world.store(&events, hour(3));
    world.compact();
    let once = world.analyze(&plan(vec![conversion(), revenue()]));
    let mut world = world.restart();
    world.store(&events, hour(4));
    let twice = world.analyze(&plan(vec![conversion(), revenue()]));
    assert_eq!(exclusion(&twice, "repeated_exposure"), 200);
    let purchases = metric(&twice, "revenue").events.unwrap();
    assert_eq!(purchases.repeated, u64::try_from(events.len()).unwrap() - 200);
    assert_eq!(purchases.seen, 2 * purchases.repeated);
    for (one, two) in once.metrics.iter().zip(&twice.metrics) {
        assert_eq!((&one.variants, &one.comparisons), (&two.variants, &two.comparisons));
    }
}

#[test]
fn events_count_by_when_they_happened_not_by_when_they_arrived() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events: Vec<Value> =
        (0..40).map(|index| world.exposure(&ruleset, &format!("u_{index}"), hour(10)).unwrap()).collect();
    events.push(world.track("u_0", "purchase", Some("1"), hour(9)));
    events.push(world.track("u_1", "purchase", Some("10"), hour(10)));
    events.push(world.track("u_2", "purchase", Some("100"), hour(33)));
    events.push(world.track("u_3", "purchase", Some("1000"), hour(34)));
    // All of it arrives days later, the events before the exposures.
    events.reverse();
    world.store(&events, hour(100));
    let within_a_day = Metric { window_seconds: Some(24 * 3600), ..revenue() };
    let results = world.analyze(&plan(vec![within_a_day]));
    let revenue = metric(&results, "revenue");
    let counts = revenue.events.unwrap();
    assert_eq!((counts.seen, counts.before_exposure, counts.after_window), (4, 1, 1));
    let totals = revenue.variants.iter().map(|variant| variant.mean.estimate.unwrap() * to_float(variant.n));
    assert!((totals.sum::<f64>() - 110.0).abs() < 1e-9);
}

#[test]
fn units_whose_window_is_open_wait() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    for index in 0..100 {
        let user = format!("u_{index}");
        let exposed = if index < 60 { hour(0) } else { hour(20) };
        events.push(world.exposure(&ruleset, &user, exposed).unwrap());
        events.push(world.track(&user, "purchase", Some("1"), exposed));
    }
    world.store(&events, hour(24));
    let within_a_day = Metric { window_seconds: Some(24 * 3600), ..conversion() };
    let results = world.analyze(&plan(vec![within_a_day.clone()]));
    let counted = &metric(&results, "conversion").variants;
    assert_eq!(counted.iter().map(|variant| variant.n).sum::<u64>(), 60, "a window closes at its end");
    assert_eq!(counted.iter().map(|variant| variant.immature_units).sum::<u64>(), 40);
    let within_a_week = Metric { window_seconds: Some(7 * 24 * 3600), ..within_a_day };
    let results = world.analyze(&plan(vec![within_a_week]));
    assert_eq!(metric(&results, "conversion").absent.as_ref().unwrap().absent, AbsentCode::NoMatureUnits);
}

#[test]
fn units_in_two_variants_stay_in_the_first_and_are_told() {
    let mut world = World::new();
    let mut events = shop(&mut world, 300);
    let twice: Vec<Value> =
        events.iter().filter(|event| event["variant"] == "control").take(9).cloned().collect();
    for (index, mut event) in twice.into_iter().enumerate() {
        event["id"] = json!(format!("019ab3f0-5c00-7000-9000-{index:012x}"));
        event["variant"] = json!("treatment");
        events.push(event);
    }
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(results.variants[0].units_in_two_variants, 9);
    assert!(has_warning(&results, WarningCode::UnitsInTwoVariants));
    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), 300);
}

#[test]
fn an_earlier_run_of_the_experiment_does_not_count() {
    let mut world = World::new();
    let (first, second) = (world.serve(500_000, 1), world.serve(500_000, 2));
    let mut events = Vec::new();
    for index in 0..100 {
        let user = format!("u_{index}");
        events.push(world.exposure(&first, &user, hour(0)).unwrap());
        events.push(world.exposure(&second, &user, hour(100)).unwrap());
        events.push(world.track(&user, "purchase", Some("1"), hour(if index % 2 == 0 { 50 } else { 150 })));
    }
    world.store(&events, hour(200));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(results.iteration, Some(2));
    assert_eq!(exclusion(&results, "other_iteration"), 100);
    assert_eq!(metric(&results, "conversion").events.unwrap().before_exposure, 50);
}

#[test]
fn silent_units_may_be_left_out_and_are_counted() {
    let mut world = World::new();
    let events = shop(&mut world, 300);
    let buyers = u64::try_from(events.len()).unwrap() - 300;
    world.store(&events, hour(3));
    let of_buyers = Metric { silent: Silent::Exclude, ..revenue() };
    let results = world.analyze(&plan(vec![of_buyers]));
    let revenue = metric(&results, "revenue");
    assert_eq!(revenue.variants.iter().map(|variant| variant.n).sum::<u64>(), buyers);
    assert_eq!(revenue.variants.iter().map(|variant| variant.silent_units).sum::<u64>(), 300 - buyers);
    assert!(revenue.sample_ratio.is_some(), "who is left in is tested for sample ratio");
    assert_eq!(revenue.variants[0].mean.estimate, Ok(2.5));
}

#[test]
fn properties_are_summed_and_missing_ones_are_told() {
    let mut world = World::new();
    let mut events = shop(&mut world, 100);
    let mut with = 0;
    for event in events.iter_mut().filter(|event| event["type"] == "track") {
        with += 1;
        event["properties"] = if with <= 3 { json!({}) } else { json!({"items": 2}) };
    }
    world.store(&events, hour(3));
    let items =
        Metric { kind: MetricKind::Continuous { value: ValueSource::Property("items".into()) }, ..revenue() };
    for _ in 0..2 {
        let results = world.analyze(&plan(vec![items.clone()]));
        let items = metric(&results, "revenue");
        assert_eq!(items.events.unwrap().without_value, 3);
        assert!(items.warnings.iter().any(|warning| warning.warning == WarningCode::EventsWithoutValue));
        let totals =
            items.variants.iter().map(|variant| variant.mean.estimate.unwrap() * to_float(variant.n));
        assert!((totals.sum::<f64>() - f64::from(2 * (with - 3))).abs() < 1e-9);
        world.compact();
    }
}

#[test]
fn a_metric_that_could_overflow_is_refused_by_name() {
    let mut world = World::new();
    let mut events = shop(&mut world, 300);
    for event in events.iter_mut().filter(|event| event["type"] == "track") {
        event["value"] = json!(900_000_000_000_u64);
    }
    world.store(&events, hour(3));
    // One unit more than once: its sum has 13 digits.
    let results = world.analyze(&plan(vec![revenue(), conversion()]));
    let absent = metric(&results, "revenue").absent.clone().unwrap();
    assert_eq!(absent.absent, AbsentCode::Refused);
    assert!(absent.because.contains("`revenue` is refused"), "{}", absent.because);
    assert!(metric(&results, "conversion").absent.is_none());
    let again: Vec<Value> =
        ["u_1", "u_1"].map(|user| world.track(user, "purchase", Some("900000000000"), hour(2))).to_vec();
    world.store(&again, hour(3));
    let results = world.analyze(&plan(vec![revenue()]));
    let because = metric(&results, "revenue").absent.clone().unwrap().because;
    assert!(because.contains("more than 12 digits"), "{because}");
}

#[allow(clippy::cast_precision_loss, reason = "a few hundred")]
fn to_float(count: u64) -> f64 {
    count as f64
}

#[test]
fn a_damaged_segment_is_left_out_and_said_above_all() {
    let mut world = World::new();
    let events = shop(&mut world, 50);
    world.store(&events, hour(3));
    let sound = world.analyze(&plan(vec![conversion()]));
    assert!(!has_warning(&sound, WarningCode::DamagedLog));
    let day = world.folder.path().join("events/dt=2026-01-05");
    std::fs::create_dir_all(&day).unwrap();
    std::fs::write(day.join("00000099.parquet"), b"PAR1 and no more").unwrap();
    let results = world.analyze(&plan(vec![conversion()]));
    assert!(has_warning(&results, WarningCode::DamagedLog));
    assert_eq!(results.metrics[0].variants, sound.metrics[0].variants, "the rest is read");
}
