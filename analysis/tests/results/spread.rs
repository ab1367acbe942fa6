//! How units are spread, against a sorted list.

use crate::world::{World, conversion, hour, metric, plan, revenue, uniform};
use edgewise_analysis::plan::{Cap, Metric, Role};
use std::collections::BTreeMap;

const USERS: u64 = 700;

/// What each user spends, in whole numbers from 0 to 60; most spend nothing.
fn spent(index: u64) -> u64 {
    let draw = uniform(3, index);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60")]
    if draw < 0.6 { 0 } else { ((draw - 0.6) * 150.0) as u64 + 1 }
}

#[test]
fn bins_and_quantiles_are_those_of_a_sorted_list() {
    let mut world = World::new();
    let ruleset = world.serve(500_000, 1);
    let mut events = Vec::new();
    let mut of_variant: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for index in 0..USERS {
        let user = format!("u_{index}");
        let exposure = world.exposure(&ruleset, &user, hour(1)).unwrap();
        let variant = exposure["variant"].as_str().unwrap().to_owned();
        of_variant.entry(variant).or_default().push(spent(index).min(50) as f64);
        events.push(exposure);
        if spent(index) > 0 {
            events.push(world.track(&user, "purchase", Some(&spent(index).to_string()), hour(2)));
        }
    }
    world.store(&events, hour(3));
    let capped = Metric { cap: Some(Cap::At { lower: None, upper: Some(50.0) }), ..revenue() };
    let mut plan = plan(vec![conversion(), capped]);
    plan.metrics[1].role = Role::Secondary;
    let results = world.analyze(&plan);

    assert_eq!(metric(&results, "conversion").distribution, None, "zeros and ones are a rate");
    let found = metric(&results, "revenue").distribution.as_ref().unwrap();
    let (first, last) = (found.bins.first().unwrap(), found.bins.last().unwrap());
    assert!(first.from == 0.0 && last.to >= 50.0, "{first:?} {last:?}");
    assert!(found.bins.windows(2).all(|pair| pair[0].to == pair[1].from));
    let names: Vec<&str> = found.variants.iter().map(|of| of.variant.as_str()).collect();
    assert_eq!(names, ["control", "treatment"]);
    for of in &found.variants {
        let mut sorted = of_variant[&of.variant].clone();
        sorted.sort_by(f64::total_cmp);
        for (place, bin) in found.bins.iter().enumerate() {
            let is_last = place + 1 == found.bins.len();
            let within = |value: &&f64| **value >= bin.from && (**value < bin.to || is_last);
            assert_eq!(of.units[place], sorted.iter().filter(within).count() as u64, "{bin:?}");
        }
        assert_eq!(of.levels.len(), 5);
        for (at, hundredths) in of.levels.iter().zip([50, 75, 90, 95, 99]) {
            // The nearest rank: the smallest number of which at least the level's share is as small.
            let rank = (sorted.len() * hundredths).div_ceil(100);
            assert_eq!(at.level, hundredths as f64 / 100.0);
            assert_eq!(at.value, sorted[rank - 1], "{at:?} of {}", of.variant);
        }
    }
}
