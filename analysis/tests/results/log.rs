//! From a log to a decision: days, dimensions, signals and health of events as they were sent.

use crate::world::{World, conversion, hour, plan, revenue, uniform};
use edgewise_analysis::{
    plan::Role,
    results::{Health, HealthState, Results},
};
use edgewise_stats::decide::Action;
use serde_json::json;

const USERS: u64 = 8_000;

/// Two weeks of users, of whom every tenth buys, and of the treated ones on iOS three tenths; four users in a hundred
/// have an error.
fn two_weeks() -> Results {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    for index in 0..USERS {
        let user = format!("u_{index}");
        let entered = hour(i64::try_from(index % 14).unwrap() * 24 + 1);
        let mut exposure = world.exposure(&ruleset, &user, entered).unwrap();
        let treated = exposure["variant"] == "treatment";
        let is_ios = index % 2 == 0;
        exposure["attributes"] = json!({"platform": if is_ios { "ios" } else { "web" }});
        events.push(exposure);
        if uniform(1, index) < if treated && is_ios { 0.3 } else { 0.1 } {
            events.push(world.track(&user, "purchase", Some("20"), entered));
        }
        if uniform(2, index) < 0.04 {
            let mut error = world.track(&user, "failed", None, entered);
            error["type"] = json!("error");
            events.push(error);
        }
    }
    world.store(&events, hour(14 * 24 + 2));
    let mut plan = plan(vec![conversion(), revenue()]);
    plan.metrics[1].role = Role::Secondary;
    plan.dimensions = vec!["platform".to_owned()];
    world.analyze(&plan)
}

#[test]
fn two_weeks_of_a_log_become_a_decision() {
    let results = two_weeks();
    let decided = results.decision.as_ref().unwrap();
    assert_eq!(decided.recommendation.action, Action::ShipTreatment { treatment: 0 });
    assert!(decided.summary.starts_with("Ship `treatment`: `conversion` +"), "{}", decided.summary);

    assert_eq!(results.growth.len(), 14);
    assert_eq!(results.growth[13].all.values().sum::<u64>(), USERS);
    let days = &results.metrics[0].days;
    assert_eq!(days.len(), 14);
    // The last cumulative lift is the lift of all, and its sequence is wider than the interval of one look.
    let last = &days[13].cumulative[0];
    let whole = &results.metrics[0].comparisons[0].comparison;
    assert_eq!(last.lift, whole.lift);
    let (one, always) = (last.lift.interval.unwrap(), last.sequence.unwrap());
    assert!(always.lower() < one.lower() && always.upper() > one.upper());

    let platform = &results.dimensions[0];
    let values: Vec<(&str, u64)> =
        platform.slices.iter().map(|slice| (slice.value.as_str(), slice.units)).collect();
    assert_eq!(values, [("ios", USERS / 2), ("web", USERS / 2)]);
    let lift =
        |place: usize| platform.slices[place].metrics[0].comparisons[0].comparison.lift.interval.unwrap();
    assert!(lift(0).contains(2.0) && lift(1).contains(0.0), "{:?} {:?}", lift(0), lift(1));
    assert!(
        results
            .warnings
            .iter()
            .any(|warning| warning.what.contains("not the same for all values of `platform`"))
    );

    let state = |wanted| results.health.iter().find(|check| check.check == wanted).unwrap().state;
    for check in [Health::SampleRatio, Health::SampleRatioByDay, Health::Verification, Health::TwoVariants] {
        assert_eq!(state(check), HealthState::Passed, "{check:?}");
    }
    assert!(serde_json::to_string(&results).unwrap().len() > 10_000);
}
