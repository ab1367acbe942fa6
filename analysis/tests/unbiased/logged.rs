//! The same rules from a log to results.

use crate::world::{
    Caller, World, compiled, conversion, experiment, hour, metric, plan, record, revenue, uniform,
};
use edgewise_analysis::{
    analyze::Options,
    bots::Bots,
    plan::{Comparator, Filter, FilterValue, Plan, Trigger},
    results::{Health, HealthState, Results, Severity, WarningCode},
};
use edgewise_core::Ruleset;
use serde_json::{Value, json};

fn serve(world: &World, more: &Value) -> Ruleset<Vec<u8>> {
    world.keep(compiled(&json!({"experiments": [experiment(500_000, 1, more)]})))
}

fn units(results: &Results) -> u64 {
    results.variants.iter().map(|variant| variant.units).sum()
}

fn exclusion(results: &Results, code: &str) -> u64 {
    let found = results.exclusions.iter().find(|exclusion| exclusion.exclusion == code);
    found.map_or(0, |exclusion| exclusion.count)
}

fn warning(results: &Results, code: WarningCode) -> Option<Severity> {
    results.warnings.iter().find(|warning| warning.warning == code).map(|warning| warning.severity)
}

fn health(results: &Results, check: Health) -> HealthState {
    results.health.iter().find(|health| health.check == check).unwrap().state
}

/// The units' total, from the means of the variants.
fn total(results: &Results, id: &str) -> f64 {
    let of =
        |own: &edgewise_analysis::results::MetricVariant| own.mean.estimate.unwrap_or(0.0) * own.n as f64;
    metric(results, id).variants.iter().map(of).sum()
}

/// An event that names the device alone.
fn by_device(mut event: Value, device: &str) -> Value {
    event["units"] = json!({"device": device});
    event
}

/// Devices that buy before they log in, that never do, and that two people share.
fn devices(world: &mut World) -> Vec<Value> {
    let ruleset = serve(world, &json!({"sticky": true, "fallback": "device"}));
    let mut events = Vec::new();
    for index in 0..30 {
        let (user, device) = (format!("u_{index}"), format!("d_{index}"));
        let anonymous = Caller { device: &device, ..Caller::default() };
        let drawn = world.exposure_of(&ruleset, &anonymous, hour(1)).unwrap();
        let bought = world.track("-", "purchase", Some("1"), hour(2));
        events.push(by_device(bought, &device));
        if index < 20 {
            let known = Caller { user: &user, record: Some(record(&drawn)), ..anonymous };
            events.push(world.exposure_of(&ruleset, &known, hour(3)).unwrap());
            events.push(world.track(&user, "purchase", Some("10"), hour(4)));
        }
        if index < 5 {
            let mut identify = world.track("-", "-", None, hour(5));
            identify["type"] = json!("identify");
            identify["units"] = json!({"user": format!("other_{index}"), "device": device});
            events.push(identify);
        }
        events.push(drawn);
    }
    events
}

#[test]
fn purchases_of_a_device_are_those_of_who_it_becomes() {
    let mut world = World::new();
    let events = devices(&mut world);
    world.store(&events, hour(6));
    let in_lines = world.analyze(&plan(vec![revenue()]));
    assert_eq!(exclusion(&in_lines, "ambiguous_fallback"), 5);
    // 5 users of shared devices, 15 of devices of their own, 10 devices that nobody is known by.
    assert_eq!(units(&in_lines), 30);
    // 20 users for 10 each, 15 and 10 devices for 1 each; whose purchase that of a shared device is nobody knows.
    assert!((total(&in_lines, "revenue") - 225.0).abs() < 1e-9, "{}", total(&in_lines, "revenue"));
    assert_eq!(warning(&in_lines, WarningCode::FallbackUnits), Some(Severity::Note));
    assert_eq!(warning(&in_lines, WarningCode::DrawnTwice), None, "records kept them");
    world.compact();
    assert_eq!(world.analyze(&plan(vec![revenue()])), in_lines);
}

#[test]
fn purchases_of_a_user_are_those_of_the_device_exposed_first() {
    let mut world = World::new();
    let ruleset = serve(&world, &json!({"unit": "device"}));
    let mut events = Vec::new();
    for (device, at) in [("d_late", 3), ("d_early", 1)] {
        let caller = Caller { user: "u_1", device, ..Caller::default() };
        let mut exposure = world.exposure_of(&ruleset, &caller, hour(at)).unwrap();
        exposure["unit_type"] = json!("device");
        exposure["unit"] = json!(device);
        events.push(exposure);
    }
    events.push(world.track("u_1", "purchase", Some("5"), hour(2)));
    world.store(&events, hour(6));
    let results = world.analyze(&Plan { unit: "device".into(), ..plan(vec![revenue()]) });
    assert_eq!(units(&results), 2);
    assert!((total(&results, "revenue") - 5.0).abs() < 1e-9, "at hour 2 only one of them was exposed");
    assert_eq!(metric(&results, "revenue").events.unwrap().without_unit, 0);
}

#[test]
fn logins_that_hang_on_the_variant_are_told() {
    let mut world = World::new();
    let ruleset = serve(&world, &json!({"sticky": true, "fallback": "device"}));
    let mut events = Vec::new();
    for index in 0..80 {
        let (user, device) = (format!("u_{index}"), format!("d_{index}"));
        let anonymous = Caller { device: &device, ..Caller::default() };
        let drawn = world.exposure_of(&ruleset, &anonymous, hour(1)).unwrap();
        if drawn["variant"] == "treatment" || index % 4 == 0 {
            let known = Caller { user: &user, record: Some(record(&drawn)), ..anonymous };
            events.push(world.exposure_of(&ruleset, &known, hour(3)).unwrap());
        }
        events.push(drawn);
    }
    world.store(&events, hour(6));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(units(&results), 80, "all of them count");
    assert_eq!(warning(&results, WarningCode::FallbackUnits), Some(Severity::Invalid));
}

#[test]
fn bots_are_those_that_their_first_exposure_or_a_list_tells() {
    let mut world = World::new();
    let ruleset = serve(&world, &json!({}));
    let mut events = Vec::new();
    for index in 0..40 {
        let user = format!("u_{index}");
        let mut first = world.exposure(&ruleset, &user, hour(1)).unwrap();
        first["attributes"] = json!({"bot": index < 6, "country": if index % 2 == 0 { "DE" } else { "FR" }});
        let mut again = world.exposure(&ruleset, &user, hour(2)).unwrap();
        again["attributes"] = json!({"bot": index >= 30});
        events.extend([again, first, world.track(&user, "purchase", None, hour(3))]);
    }
    world.store(&events, hour(6));
    let options = Options { bots: Bots::new(["u_9".to_owned()]), ..Options::default() };
    let results = world.analyze_with(&plan(vec![conversion()]), &options);
    assert_eq!((exclusion(&results, "bot"), units(&results)), (7, 33));
    assert_eq!(metric(&results, "conversion").events.unwrap().not_exposed, 7);
    assert_eq!(warning(&results, WarningCode::UnevenBots), None);
}

#[test]
fn calls_are_units_where_the_host_names_them() {
    let mut world = World::new();
    let ruleset = serve(&world, &json!({"strategy": "random"}));
    let mut events = Vec::new();
    for call in 0..60 {
        let (user, nonce) = (format!("u_{}", call % 10), format!("call {call}"));
        let caller = Caller { user: &user, nonce: Some(&nonce), ..Caller::default() };
        let mut exposure = world.exposure_of(&ruleset, &caller, hour(1)).unwrap();
        exposure["units"]["session"] = json!(nonce);
        let mut purchase = world.track(&user, "purchase", None, hour(2));
        purchase["units"]["session"] = json!(nonce);
        events.extend([exposure, purchase]);
    }
    world.store(&events, hour(6));
    let by_call = world.analyze(&Plan { unit: "session".into(), ..plan(vec![conversion()]) });
    assert_eq!((units(&by_call), warning(&by_call, WarningCode::CallsDrawn)), (60, None));
    assert!((total(&by_call, "conversion") - 60.0).abs() < 1e-9);
    let by_user = world.analyze(&plan(vec![conversion()]));
    assert_eq!((units(&by_user), warning(&by_user, WarningCode::CallsDrawn)), (10, Some(Severity::Invalid)));
}

#[test]
fn a_trigger_counts_from_its_event_on() {
    let mut world = World::new();
    let ruleset = serve(&world, &json!({}));
    let mut events = Vec::new();
    for index in 0..60_u64 {
        let user = format!("u_{index}");
        events.push(world.exposure(&ruleset, &user, hour(1)).unwrap());
        if index < 40 {
            let mut open = world.track(&user, "open", None, hour(10));
            open["properties"] = json!({"page": if index < 30 { "cart" } else { "home" }});
            events.push(open);
        }
        // Before the trigger and after it.
        events.push(world.track(&user, "purchase", Some("100"), hour(5)));
        let after = if uniform(50, index) < 0.5 { "1" } else { "2" };
        events.push(world.track(&user, "purchase", Some(after), hour(11)));
    }
    world.store(&events, hour(12));
    let cart =
        Filter { property: "page".into(), is: Comparator::Equal, value: FilterValue::Text("cart".into()) };
    let trigger = Trigger { event: "open".into(), filters: vec![cart] };
    let triggered = Plan { trigger: Some(trigger), ..plan(vec![revenue()]) };
    let results = world.analyze(&triggered);
    assert_eq!(units(&results), 30);
    assert!(total(&results, "revenue") <= 60.0, "what was bought before does not count");
    assert_eq!(health(&results, Health::Untriggered), HealthState::Passed);
    world.compact();
    assert_eq!(world.analyze(&triggered), results);
}

#[test]
fn moved_buckets_are_left_out_to_see_what_hangs_on_them() {
    let mut world = World::new();
    let half = world.serve(500_000, 1);
    let tenth = world.serve(100_000, 1);
    let mut events = Vec::new();
    for index in 0..200_u64 {
        let user = format!("u_{index}");
        events.push(world.exposure(&half, &user, hour(1)).unwrap());
        if index % 2 == 0 {
            events.push(world.exposure(&tenth, &user, hour(30)).unwrap());
        }
        if uniform(60, index) < 0.4 {
            events.push(world.track(&user, "purchase", None, hour(40)));
        }
    }
    world.store(&events, hour(50));
    let results = world.analyze(&plan(vec![conversion()]));
    assert_eq!(units(&results), 200, "nobody is dropped");
    let found = results.health.iter().find(|health| health.check == Health::MovedBuckets).unwrap();
    assert_eq!(found.state, HealthState::Passed, "{}", found.what);
    let left_out: u64 = found.what.split(' ').next().unwrap().parse().unwrap();
    assert!(
        (60..100).contains(&left_out),
        "four tenths of 200 are in moved buckets, {left_out} were left out"
    );
}
