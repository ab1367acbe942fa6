//! From a document through the log to estimates: planted effects are found, and nothing is found where nothing is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use edgewise_analysis::results::{Results, Severity};
use edgewise_stats::{
    Proportion,
    compare::{RateOptions, compare_rates},
    trust::SampleRatio,
};
use world::{World, conversion, hour, metric, plan, revenue, uniform};

/// Users of one world.
const USERS: u64 = 12_000;

/// Sends users who buy with a probability that depends on their variant. A purchase is worth 10 to 30 and one and a
/// half more for the treatment.
fn shop(world: &mut World, rate_of_control: f64, rate_of_treatment: f64, lift_of_value: f64) {
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    for index in 0..USERS {
        let user = format!("u_{index}");
        let exposure = world.exposure(&ruleset, &user, hour(1)).unwrap();
        let treated = exposure["variant"] == "treatment";
        events.push(exposure);
        let rate = if treated { rate_of_treatment } else { rate_of_control };
        if uniform(1, index) < rate {
            let value = 10.0 + 20.0 * uniform(2, index) + if treated { lift_of_value } else { 0.0 };
            events.push(world.track(&user, "purchase", Some(&format!("{value:.2}")), hour(2)));
        }
    }
    world.store(&events, hour(3));
}

fn p(results: &Results, id: &str) -> f64 {
    metric(results, id).comparisons[0].comparison.test.unwrap().p
}

#[test]
fn planted_effects_are_within_their_intervals() {
    let mut world = World::new();
    shop(&mut world, 0.20, 0.25, 1.5);
    world.compact();
    let results = world.analyze(&plan(vec![conversion(), revenue()]));

    let comparison = &metric(&results, "conversion").comparisons[0].comparison;
    let interval = comparison.difference.interval.unwrap();
    assert!(interval.contains(0.05), "the planted difference of rates is 0.05, the interval {interval:?}");
    assert!(comparison.lift.interval.unwrap().contains(0.25), "0.25 is a quarter more than 0.20");
    assert!(p(&results, "conversion") < 1e-6);

    // 0.25 · 21.5 − 0.20 · 20 per user.
    let interval = metric(&results, "revenue").comparisons[0].comparison.difference.interval.unwrap();
    assert!(interval.contains(1.375), "the planted difference of means is 1.375, the interval {interval:?}");

    assert_eq!(results.variants.iter().map(|variant| variant.units).sum::<u64>(), USERS);
    for variant in &results.variants {
        assert_eq!(variant.exposures.as_ref().unwrap().verified_share, Some(1.0));
    }
    assert!(matches!(&results.sample_ratio.after_exclusions, SampleRatio::Tested { p, .. } if *p > 0.01));
    assert!(results.warnings.is_empty() && results.exclusions.is_empty(), "{results:#?}");
}

#[test]
fn nothing_is_found_where_nothing_was_planted() {
    let mut world = World::new();
    shop(&mut world, 0.20, 0.20, 0.0);
    let results = world.analyze(&plan(vec![conversion(), revenue()]));
    for id in ["conversion", "revenue"] {
        assert!(p(&results, id) > 0.05, "{id} differs in an A/A test: p = {}", p(&results, id));
        assert!(metric(&results, id).comparisons[0].comparison.difference.interval.unwrap().contains(0.0));
    }
}

#[test]
fn compacted_or_not_the_results_are_the_same() {
    let mut world = World::new();
    shop(&mut world, 0.20, 0.25, 1.5);
    let before = world.analyze(&plan(vec![conversion(), revenue()]));
    world.compact();
    assert_eq!(world.analyze(&plan(vec![conversion(), revenue()])), before);
}

/// Two allocations, two seasons: in the first week a half is treated and few buy, in the second nine in ten are
/// treated and many buy. Whoever pools the weeks finds an effect where there is none (Simpson).
#[test]
fn a_new_allocation_makes_no_effect() {
    let mut world = World::new();
    let (first, second) = (world.serve(500_000, 1), world.serve(100_000, 1));
    let mut events = Vec::new();
    let mut bought = [[0_u64; 2]; 2];
    for index in 0..USERS {
        let user = format!("u_{index}");
        // Every fourth user of the first week comes back in the second, and is moved if the buckets were.
        let week = u64::from(index >= USERS / 2);
        let ruleset = if week == 0 { &first } else { &second };
        let at = hour(1 + 168 * i64::try_from(week).unwrap());
        let exposure = world.exposure(ruleset, &user, at).unwrap();
        let treated = usize::from(exposure["variant"] == "treatment");
        events.push(exposure);
        if week == 0 && index % 4 == 0 {
            events.push(world.exposure(&second, &user, hour(170)).unwrap());
        }
        bought[treated][1] += 1;
        if uniform(1, index) < if week == 0 { 0.1 } else { 0.4 } {
            bought[treated][0] += 1;
            events.push(world.track(&user, "purchase", Some("1"), at));
        }
    }
    world.store(&events, hour(400));
    let results = world.analyze(&plan(vec![conversion()]));

    let [control, treatment] = bought.map(|[successes, n]| Proportion::new(successes, n).unwrap());
    let pooled = compare_rates(&control, &treatment, &RateOptions::default()).test.unwrap();
    assert!(pooled.p < 1e-6, "the trap is set: pooled p = {}", pooled.p);

    let conversion = &metric(&results, "conversion").comparisons[0];
    assert_eq!(conversion.strata, 2);
    assert!(conversion.comparison.test.unwrap().p > 0.05, "{conversion:#?}");
    let moved: u64 = results.variants.iter().map(|variant| variant.units_moved).sum();
    assert!(
        moved > 400,
        "four in ten of the 1,500 who came back changed hands, yet only {moved} were seen moving"
    );
    assert_eq!(results.variants.iter().map(|variant| variant.units_in_two_variants).sum::<u64>(), 0);
    assert!(matches!(&results.sample_ratio.after_exclusions, SampleRatio::Tested { p, .. } if *p > 0.01));
    assert!(
        results.warnings.iter().all(|warning| warning.severity == Severity::Note),
        "{:?}",
        results.warnings
    );
}
