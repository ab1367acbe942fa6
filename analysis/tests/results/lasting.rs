//! What stands beside estimates and is measured by itself: days since exposure, answers, errors of linked units.

use crate::world::{Caller, World, hour, metric, plan, uniform};
use edgewise_analysis::{
    plan::{Comparator, Denominator, EventType, Filter, FilterValue, Metric, MetricKind},
    results::{AnswersOfVariant, Health, HealthState, Results},
};
use edgewise_stats::trust::TrendPattern;
use serde_json::json;
use std::collections::BTreeMap;

const USERS: u64 = 4_000;

fn searches() -> Metric {
    Metric { window_seconds: Some(6 * 86_400), ..Metric::new("searches", MetricKind::Count, "search") }
}

/// Users of six days of entry, who search once a day for seven days with the chance of their day since exposure.
fn world_of_searches(chance: impl Fn(bool, i64) -> f64) -> (World, BTreeMap<(String, i64), u64>) {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    let mut mature: BTreeMap<(String, i64), u64> = BTreeMap::new();
    for index in 0..USERS {
        let user = format!("u_{index}");
        let entered = i64::try_from(index % 6).unwrap() * 24;
        let exposure = world.exposure(&ruleset, &user, hour(entered)).unwrap();
        let variant = exposure["variant"].as_str().unwrap().to_owned();
        events.push(exposure);
        for day in 0..7_i64 {
            if uniform(10 + day.unsigned_abs(), index) < chance(variant == "treatment", day) {
                events.push(world.track(&user, "search", None, hour(entered + day * 24 + 3)));
            }
            // The data end at hour 200; a day is over when its last hour has passed.
            if entered + (day + 1) * 24 <= 200 {
                *mature.entry((variant.clone(), day)).or_default() += 1;
            }
        }
    }
    world.store(&events, hour(200));
    (world, mature)
}

fn state(results: &Results, wanted: Health) -> (HealthState, &str) {
    let check = results.health.iter().find(|check| check.check == wanted).unwrap();
    (check.state, &check.what)
}

#[test]
fn an_effect_of_the_first_days_is_told() {
    let (world, mature) = world_of_searches(|treated, day| if treated && day < 2 { 0.45 } else { 0.3 });
    let results = world.analyze(&plan(vec![searches()]));
    let series = metric(&results, "searches").since_exposure.as_ref().unwrap();
    assert_eq!(series.days.iter().map(|day| day.day).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    for day in &series.days {
        for of in &day.variants {
            assert_eq!(of.n, mature[&(of.variant.clone(), day.day.into())], "{} on {}", of.variant, day.day);
        }
        // By the world's making 0.5 on the first two days and nothing later; four errors of a day are 0.27.
        let lift = day.lifts[0].lift.estimate.unwrap();
        let made = if day.day < 2 { 0.5 } else { 0.0 };
        assert!((lift - made).abs() < 0.27, "{lift} on {}", day.day);
    }
    let trend = series.trends[0].trend.as_ref().unwrap();
    assert_eq!(trend.pattern, TrendPattern::Novelty);
    let (found, what) = state(&results, Health::NoveltySinceExposure);
    assert_eq!(found, HealthState::Caution, "{what}");
    assert!(what.starts_with("the first days carry the effect of `treatment` on `searches`: +"), "{what}");
    // Every day of entry has the same effect: the other check has nothing to say.
    assert_eq!(state(&results, Health::Novelty).0, HealthState::Passed);
}

#[test]
fn an_effect_that_lasts_raises_no_alarm() {
    let (world, _) = world_of_searches(|treated, _| if treated { 0.36 } else { 0.3 });
    let results = world.analyze(&plan(vec![searches()]));
    assert_eq!(state(&results, Health::NoveltySinceExposure).0, HealthState::Passed);
    let short = Metric { window_seconds: Some(2 * 86_400), ..searches() };
    let results = world.analyze(&plan(vec![short]));
    assert_eq!(metric(&results, "searches").since_exposure, None);
    assert_eq!(state(&results, Health::NoveltySinceExposure).0, HealthState::NotChecked);
}

/// The shares of positive, neutral and negative answers, as a metric of the kind `feedback` makes them.
fn satisfaction() -> Vec<Metric> {
    let share = |id: &str, is: Comparator| {
        let denominator = Denominator {
            event: "rating".to_owned(),
            event_type: EventType::Feedback,
            filters: Vec::new(),
            value: None,
        };
        let filter = Filter { property: "value".to_owned(), is, value: FilterValue::Number("0".to_owned()) };
        Metric {
            event_type: EventType::Feedback,
            filters: vec![filter],
            ..Metric::new(id, MetricKind::Ratio { value: None, denominator }, "rating")
        }
    };
    vec![
        share("satisfaction", Comparator::Above),
        share("satisfaction.neutral", Comparator::Equal),
        share("satisfaction.negative", Comparator::Below),
    ]
}

#[test]
fn answers_are_counted_by_their_sort() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    let mut counted: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    for index in 0..600_u64 {
        let user = format!("u_{index}");
        let exposure = world.exposure(&ruleset, &user, hour(1)).unwrap();
        let variant = exposure["variant"].as_str().unwrap().to_owned();
        events.push(exposure);
        for answer in 0..index % 4 {
            let sort = (index + answer) % 3;
            counted.entry(variant.clone()).or_default()[usize::try_from(sort).unwrap()] += 1;
            let value = ["5", "0", "-2"][usize::try_from(sort).unwrap()];
            let mut rating = world.track(&user, "rating", Some(value), hour(2));
            rating["type"] = json!("feedback");
            events.push(rating);
        }
    }
    world.store(&events, hour(3));
    let results = world.analyze(&plan(satisfaction()));
    let found = metric(&results, "satisfaction").feedback.as_ref().unwrap();
    let expected = ["control", "treatment"].map(|variant| {
        let [positive, neutral, negative] = counted[variant];
        let answers = positive + neutral + negative;
        AnswersOfVariant { variant: variant.to_owned(), answers, positive, neutral, negative }
    });
    assert_eq!(found.variants, expected);
    assert_eq!(metric(&results, "satisfaction.negative").feedback, None);
    let totals = metric(&results, "satisfaction").variants[1].totals.unwrap();
    assert!((totals.denominator - expected[1].answers as f64).abs() < 1e-6);

    let alone = satisfaction().into_iter().filter(|metric| metric.id != "satisfaction.neutral");
    let results = world.analyze(&plan(alone.collect()));
    assert_eq!(metric(&results, "satisfaction").feedback, None, "the picture needs all three");
}

/// Every user of the treatment has an error that names the device alone, which an exposure has linked to the user.
#[test]
fn errors_of_a_device_are_those_of_its_user() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    for index in 0..200 {
        let (user, device) = (format!("u_{index}"), format!("d_{index}"));
        let caller = Caller { user: &user, device: &device, ..Caller::default() };
        let exposure = world.exposure_of(&ruleset, &caller, hour(1)).unwrap();
        let treated = exposure["variant"] == "treatment";
        events.push(exposure);
        events.push(world.track(&user, "purchase", None, hour(2)));
        if treated || index % 10 == 0 {
            let mut error = world.track("-", "failed", None, hour(2));
            error["type"] = json!("error");
            error["units"] = json!({"device": device});
            events.push(error);
        }
    }
    world.store(&events, hour(3));
    let results = world.analyze(&plan(vec![crate::world::conversion()]));
    let (found, what) = state(&results, Health::ErrorRate);
    assert_eq!(found, HealthState::Caution, "{what}");
    assert!(what.starts_with("`treatment` has more units with errors than `control`: 100.0 %"), "{what}");
}
