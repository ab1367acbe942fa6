//! What is checked before anything is relied on.

use crate::given::{Experiment, metric, rate, sums};
use edgewise_analysis::{
    conclude::{
        dimension::{SplitNumbers, dimension},
        entries::Entries,
        health,
        signals::{EventsOfDay, Signals},
    },
    estimate::{Measured, Rules},
    moments::Sums,
    plan::Role,
    results::{Health, HealthCheck, HealthState, Kind, Results, WarningCode},
};
use std::collections::BTreeMap;

fn check(results: &Results, wanted: Health) -> &HealthCheck {
    results.health.iter().find(|check| check.check == wanted).unwrap()
}

fn experiment() -> Experiment {
    let arms = vec![rate("a", 1_000, 10_000), rate("b", 1_010, 10_000)];
    Experiment::new(14, vec![(metric("signup", Kind::Binary, Role::Primary), arms)])
}

#[test]
fn each_check_is_there_whether_it_found_something_or_not() {
    let results = experiment().results();
    assert_eq!(results.health.len(), 11);
    assert!(!health::forbids(&results.health));
    assert_eq!(check(&results, Health::SampleRatio).state, HealthState::Passed);
    assert_eq!(check(&results, Health::SampleRatioByDay).state, HealthState::Passed);
    assert_eq!(check(&results, Health::Verification).state, HealthState::NotChecked);
    assert_eq!(check(&results, Health::DailyEvents).state, HealthState::NotChecked);
    assert_eq!(check(&results, Health::Plausibility).state, HealthState::Passed);
}

#[test]
fn a_variant_far_off_its_share_is_an_alert_even_where_chance_explains_it() {
    let arms = vec![rate("a", 6, 61), rate("b", 4, 39)];
    let results = Experiment::new(14, vec![(metric("signup", Kind::Binary, Role::Primary), arms)]).results();
    let found = check(&results, Health::SampleRatio);
    assert_eq!(found.state, HealthState::Caution);
    assert!(found.what.ends_with("p = 0.028; a variant is 22.0 % off its share"), "{}", found.what);
}

#[test]
fn one_day_that_loses_units_is_named() {
    let variants = ["a".to_owned(), "b".to_owned()];
    let shares =
        BTreeMap::from([("e".to_owned(), variants.iter().map(|variant| (variant.clone(), 0.5)).collect())]);
    let day = |a: u64, b: u64| {
        BTreeMap::from([
            ("a".to_owned(), BTreeMap::from([("e".to_owned(), a)])),
            ("b".to_owned(), BTreeMap::from([("e".to_owned(), b)])),
        ])
    };
    let check_days = |days: &[(u64, u64)]| {
        let by_day =
            days.iter().enumerate().map(|(place, (a, b))| (format!("2026-03-{:02}", place + 1), day(*a, *b)));
        let entries = Entries { first: None, by_day: by_day.collect() };
        let facts = health::Facts {
            variants: &variants,
            shares: &shares,
            entries: &entries,
            signals: &Signals::default(),
        };
        let mut results = experiment().results();
        results.health = health::check(&results, &facts);
        check(&results, Health::SampleRatioByDay).clone()
    };
    let even = check_days(&[(1_000, 1_010), (990, 1_000), (1_005, 995)]);
    assert_eq!(even.state, HealthState::Passed);
    let one = check_days(&[(1_000, 1_010), (1_150, 850), (850, 1_150)]);
    assert_ne!(one.state, HealthState::Passed);
    assert!(one.what.contains("2026-03-02"), "{}", one.what);
    let lasting = check_days(&[(1_000, 1_010), (1_100, 900), (1_100, 900), (1_100, 900)]);
    assert_eq!(lasting.state, HealthState::Failed);
    assert!(health::forbids(&[lasting]));
}

#[test]
fn errors_and_events_are_watched() {
    let mut experiment = experiment();
    for day in 1..=14 {
        let events = EventsOfDay { events: if day == 9 { 5_000 } else { 1_000 + day * 3 }, errors: 10 };
        experiment.signals.events_by_day.insert(format!("2026-03-{day:02}"), events);
    }
    let errors = |a: u64, b: u64| BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b)]);
    experiment.signals.units_with_errors = errors(100, 103);
    let results = experiment.results();
    let daily = check(&results, Health::DailyEvents);
    assert_eq!(
        (daily.state, daily.what.as_str()),
        (HealthState::Caution, "far more events than usual on 2026-03-09")
    );
    assert_eq!(check(&results, Health::ErrorRate).state, HealthState::Passed);
    experiment.signals.units_with_errors = errors(100, 200);
    let results = experiment.results();
    let rates = check(&results, Health::ErrorRate);
    assert_eq!(rates.state, HealthState::Caution);
    assert!(
        rates.what.starts_with("`b` has more units with errors than `a`: 2.0 % against 1.0 %"),
        "{}",
        rates.what
    );
    experiment.signals.units_with_errors = errors(100, 103);
    experiment.signals.events_by_day.get_mut("2026-03-05").unwrap().errors = 80;
    let results = experiment.results();
    assert!(
        check(&results, Health::ErrorRate).what.starts_with("7.9 % of the events of 2026-03-05 are errors")
    );
}

#[test]
fn exclusions_that_are_uneven_forbid_a_decision() {
    let mut experiment = experiment();
    let bots = |a: u64, b: u64| BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b)]);
    experiment.signals.excluded = BTreeMap::from([("bot".to_owned(), bots(100, 110))]);
    assert_eq!(check(&experiment.results(), Health::Exclusions).state, HealthState::Passed);
    experiment.signals.excluded = BTreeMap::from([("bot".to_owned(), bots(100, 300))]);
    let results = experiment.results();
    assert_eq!(check(&results, Health::Exclusions).state, HealthState::Failed);
    let decided = results.decision.unwrap();
    assert!(decided.summary.starts_with("Nothing can be decided: the data are not to be relied on"));
    assert!(decided.in_words[0].text.starts_with("`bot` is not left out of all variants alike"));
}

#[test]
fn a_lift_that_is_too_good_is_doubted() {
    let arms = vec![rate("a", 300, 10_000), rate("b", 900, 10_000)];
    let results = Experiment::new(14, vec![(metric("signup", Kind::Binary, Role::Primary), arms)]).results();
    let found = check(&results, Health::Plausibility);
    assert_eq!(found.state, HealthState::Caution);
    assert!(found.what.contains("`signup` of `b`: +200.0 %"), "{}", found.what);
}

/// Cohorts whose lift falls by the day from a half to nothing.
#[test]
fn an_effect_that_wears_off_is_told() {
    let by_day = |falls: bool| -> Vec<Sums> {
        let day = |day: u64| {
            let lift =
                if falls { [500, 300, 150, 100, 50, 20, 0][usize::try_from(day - 1).unwrap()] } else { 100 };
            let of =
                |variant: &str, ones| Sums { day: format!("2026-03-0{day}"), ..rate(variant, ones, 10_000) };
            [of("a", 1_000), of("b", 1_000 + lift)]
        };
        (1..=7).flat_map(day).collect()
    };
    let check_of = |falls| {
        let planned = metric("signup", Kind::Binary, Role::Primary);
        check(&Experiment::new(14, vec![(planned, by_day(falls))]).results(), Health::Novelty).clone()
    };
    let found = check_of(true);
    assert_eq!(found.state, HealthState::Caution);
    assert!(found.what.starts_with("the effect of `b` on `signup` wears off"), "{}", found.what);
    assert_eq!(check_of(false).state, HealthState::Passed);
}

#[test]
fn covariates_that_differ_before_the_exposure_are_told() {
    let rows = |shift: i64| -> Vec<Vec<i64>> {
        (0..2_000).map(|i| vec![(i * 5) % 11 + (i * 7) % 13, (i * 7) % 13 + shift, 1]).collect()
    };
    let check_of = |shift| {
        let mut planned = metric("m", Kind::Continuous, Role::Primary);
        planned.metric.covariate_seconds = Some(86_400);
        let arms = vec![sums("a", &rows(0)), sums("b", &rows(shift))];
        check(&Experiment::new(14, vec![(planned, arms)]).results(), Health::CovariateBalance).clone()
    };
    assert_eq!(check_of(0).state, HealthState::Passed);
    let found = check_of(1);
    assert_eq!(found.state, HealthState::Caution);
    assert!(found.what.starts_with("`b` differed on `m` before its exposure"), "{}", found.what);
}

#[test]
fn dimensions_show_values_and_hint_at_effects_that_differ() {
    let slice = |value: &str, a: u64, b: u64, n: u64| {
        ["a", "b"].map(|variant| Sums {
            slice: value.to_owned(),
            ..rate(variant, if variant == "a" { a } else { b }, n)
        })
    };
    let all: Vec<Sums> = [
        slice("ios", 500, 800, 5_000),
        slice("web", 500, 400, 5_000),
        slice("tv", 1, 2, 20),
        slice("", 3, 2, 15),
    ]
    .concat();
    let units = |value: &str| -> BTreeMap<String, BTreeMap<String, u64>> {
        let of = |sums: &&Sums| sums.slice == value;
        all.iter()
            .filter(of)
            .map(|sums| (sums.variant.clone(), BTreeMap::from([("e".to_owned(), sums.units_seen)])))
            .collect()
    };
    let by_value: BTreeMap<_, _> =
        ["ios", "web", "tv", ""].map(|value| (value.to_owned(), units(value))).into();
    let given = crate::given::Given::of(&all);
    let planned = metric("signup", Kind::Binary, Role::Primary);
    let metrics = [(Measured::from(&planned), SplitNumbers::Sums(all.clone()))];
    let (found, warnings) = dimension(&given.frame(Rules::default()), "platform", &by_value, &metrics);
    let names: Vec<(&str, u64)> =
        found.slices.iter().map(|slice| (slice.value.as_str(), slice.units)).collect();
    assert_eq!(names, [("ios", 10_000), ("web", 10_000), ("(other)", 70)]);
    assert!(found.slices[0].metrics[0].comparisons[0].comparison.difference.estimate.unwrap() > 0.0);
    assert!(found.slices[0].metrics[0].days.is_empty());
    let codes: Vec<WarningCode> = warnings.iter().map(|warning| warning.warning).collect();
    assert_eq!(codes, [WarningCode::EffectDiffers]);
    assert!(
        warnings[0].what.contains("`b` on `signup`") && warnings[0].what.contains("`platform`"),
        "{}",
        warnings[0].what
    );
}
