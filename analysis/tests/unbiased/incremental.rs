//! Many runs over a growing log, and one over the whole log.

use crate::world::{World, conversion, hour, plan, revenue, uniform};
use edgewise_analysis::{
    analyze::Options,
    incremental::State,
    plan::{Metric, Plan},
    results::Results,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

const DAYS: i64 = 7;
const USERS_A_DAY: u64 = 30;

/// Purchases within two days, for which it is waited a day.
fn two_days() -> Plan {
    let within = |metric: Metric| Metric { window_seconds: Some(2 * 86_400), ..metric };
    Plan { lateness_seconds: Some(86_400), ..plan(vec![within(conversion()), within(revenue())]) }
}

fn by_state(world: &World, folder: &Path) -> Results {
    let options = Options { state: Some(State::open(folder).unwrap()), ..Options::default() };
    world.analyze_with(&two_days(), &options)
}

/// The files of frozen sums.
fn frozen(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

/// What arrives on one day: its users' exposures and purchases, and what earlier days have kept back.
fn arrive(
    world: &mut World,
    ruleset: &edgewise_core::Ruleset<Vec<u8>>,
    day: i64,
    kept_back: &mut Vec<(i64, Value)>,
) {
    let mut events = Vec::new();
    for index in 0..USERS_A_DAY {
        let number = u64::try_from(day).unwrap() * USERS_A_DAY + index;
        let user = format!("u_{number}");
        let exposure = world.exposure(ruleset, &user, hour(24 * day + 1)).unwrap();
        // An exposure that arrives when its day is frozen long since.
        if number.is_multiple_of(29) {
            kept_back.push((day + 5, exposure));
        } else {
            events.push(exposure);
        }
        let purchase = world.track(&user, "purchase", Some("9.99"), hour(24 * day + 2));
        match uniform(40, number) {
            u if u < 0.3 => events.push(purchase),
            u if u < 0.5 => kept_back.push((day + 2, purchase)),
            u if u < 0.6 => kept_back.push((day + 5, purchase)),
            _ => {}
        }
    }
    let (due, later): (Vec<_>, Vec<_>) = kept_back.drain(..).partition(|(due, _)| *due <= day);
    events.extend(due.into_iter().map(|(_, event)| event));
    *kept_back = later;
    world.store(&events, hour(24 * day + 23));
}

#[test]
fn runs_over_a_growing_log_give_what_one_run_gives() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let folder = tempfile::tempdir().unwrap();
    let mut kept_back = Vec::new();
    let mut too_late = 0;
    for day in 0..DAYS + 6 {
        arrive(&mut world, &ruleset, day, &mut kept_back);
        if day % 3 == 0 {
            world.compact();
        }
        let whole = world.analyze_with(&two_days(), &Options::default());
        let pieced = by_state(&world, folder.path());
        assert_eq!(pieced, whole, "on day {day}");
        too_late = whole.metrics[0].events.unwrap().too_late;
    }
    assert!(too_late > 10, "what came after the allowance is told: {too_late}");

    // What is frozen is what is used: a sum that is altered by hand alters the result.
    let files = frozen(folder.path());
    assert_eq!(files.len(), 2, "one a metric");
    for file in &files {
        let mut kept: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let cohorts = kept["cohorts"].as_object_mut().unwrap();
        assert!(cohorts.len() >= 9, "{:?}", cohorts.keys());
        cohorts.values_mut().for_each(|cohort| cohort["sums"][0]["units_silent"] = 0.into());
        fs::write(file, kept.to_string()).unwrap();
    }
    let altered = by_state(&world, folder.path());
    let silent =
        |results: &Results| results.metrics[0].variants.iter().map(|own| own.silent_units).sum::<u64>();
    let whole = world.analyze_with(&two_days(), &Options::default());
    assert!(silent(&altered) < silent(&whole), "{} {}", silent(&altered), silent(&whole));
}

#[test]
fn another_metric_finds_nothing_frozen() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let folder = tempfile::tempdir().unwrap();
    (0..6).for_each(|day| arrive(&mut world, &ruleset, day, &mut Vec::new()));
    by_state(&world, folder.path());
    let other = Plan { lateness_seconds: Some(2 * 86_400), ..two_days() };
    let options = Options { state: Some(State::open(folder.path()).unwrap()), ..Options::default() };
    assert_eq!(world.analyze_with(&other, &options), world.analyze_with(&other, &Options::default()));
    assert_eq!(frozen(folder.path()).len(), 4, "two metrics, each with two allowances");
}
