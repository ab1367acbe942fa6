//! One analysis by the fold, and the same in SQL.

use crate::{
    by_sql::BySql,
    world::{World, conversion, hour, plan, revenue, uniform},
};
use edgewise_analysis::{
    analyze::Options,
    engine::datafusion::{DataFusion, Limits},
    incremental::State,
    plan::{Cap, Denominator, EventType, Metric, MetricKind, Plan, Role, Silent, Trigger, ValueSource},
    results::Results,
};
use serde_json::json;

const DAY: u64 = 86_400;

/// Ten days of users with purchases, visits and errors before and after, most of it compacted.
fn ten_days() -> World {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    for day in 0..10 {
        let mut events = Vec::new();
        for index in 0..150 {
            let number = u64::try_from(day).unwrap() * 150 + index;
            let user = format!("u_{number}");
            let entered = hour(24 * day + 12);
            let mut exposure = world.exposure(&ruleset, &user, entered).unwrap();
            exposure["attributes"] = json!({"platform": if number % 3 == 0 { "ios" } else { "web" }});
            events.push(exposure);
            for visit in 0..number % 5 {
                let at = hour(24 * day + 5 + 5 * i64::try_from(visit).unwrap());
                let price = format!("{:.2}", 40.0 * uniform(visit, number));
                events.push(world.track(&user, "visit", None, at));
                if uniform(100 + visit, number) < 0.5 {
                    events.push(world.track(&user, "purchase", Some(&price), at));
                }
            }
            if number % 40 == 0 {
                let mut error = world.track(&user, "failed", None, hour(24 * day + 13));
                error["type"] = json!("error");
                events.push(error);
            }
        }
        world.store(&events, hour(24 * day + 20));
        if day == 4 || day == 7 {
            world.compact();
        }
    }
    world
}

fn ten_metrics() -> Plan {
    let value = || ValueSource::Value;
    let of = |id: &str, kind| Metric { id: id.to_owned(), kind, ..conversion() };
    let visits = Denominator {
        event: "visit".to_owned(),
        event_type: EventType::Track,
        filters: Vec::new(),
        value: None,
    };
    let metrics = vec![
        Metric { window_seconds: Some(4 * DAY), ..conversion() },
        Metric {
            covariate_seconds: Some(7 * DAY),
            cap: Some(Cap::Quantiles { lower: None, upper: Some(0.95) }),
            ..revenue()
        },
        Metric { event: "visit".to_owned(), ..of("visits", MetricKind::Count) },
        of("per_visit", MetricKind::Ratio { value: Some(value()), denominator: visits }),
        of("p75", MetricKind::Quantile { value: value(), level: 0.75 }),
        Metric { silent: Silent::Exclude, ..of("highest", MetricKind::Highest { value: value() }) },
        of("trend", MetricKind::TrendWithin { value: value(), at_least: Some(0.0), below: None }),
    ];
    let mut plan = plan(metrics);
    for planned in &mut plan.metrics[1..] {
        planned.role = Role::Secondary;
    }
    plan.dimensions = vec!["platform".to_owned(), "nobody_knows".to_owned()];
    plan.lateness_seconds = Some(DAY);
    plan
}

fn both(world: &World, plan: &Plan, options: impl Fn() -> Options) -> [Results; 2] {
    let engine = || DataFusion::new(Limits::of_this_machine()).unwrap();
    let folded = world.analyze_by(&engine(), plan, &options());
    let asked = world.analyze_by(&BySql(engine()), plan, &options());
    [folded, asked]
}

#[test]
fn results_by_the_fold_are_those_in_sql() {
    let world = ten_days();
    let plan = ten_metrics();
    let spelled = |results: &Results| serde_json::to_string_pretty(results).unwrap();
    let [folded, asked] = both(&world, &plan, Options::default);
    assert_eq!(spelled(&folded), spelled(&asked));
    assert_eq!(folded.metrics.len(), 7);
    let uncompared = folded.metrics.iter().filter(|metric| metric.comparisons.is_empty());
    let uncompared: Vec<&str> = uncompared.map(|metric| metric.metric.as_str()).collect();
    assert!(uncompared.is_empty(), "{uncompared:?} are not compared");

    let triggered =
        Plan { trigger: Some(Trigger { event: "visit".to_owned(), filters: Vec::new() }), ..ten_metrics() };
    let [folded, asked] = both(&world, &triggered, Options::default);
    assert_eq!(spelled(&folded), spelled(&asked));

    // What one of them keeps, the other goes on with.
    let kept = tempfile::tempdir().unwrap();
    let by_state = || Options { state: Some(State::open(kept.path()).unwrap()), ..Options::default() };
    let [first, second] = both(&world, &plan, by_state);
    assert_eq!(spelled(&first), spelled(&second));
}
