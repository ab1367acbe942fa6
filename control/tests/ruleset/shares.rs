//! The counted shares against units that the evaluator itself answers for.

use crate::{NOW_MILLISECONDS, changes::changes, documents::compiled};
use edgewise_control::ruleset::{
    contents::Contents,
    diff::{Diff, compare},
};
use edgewise_core::Ruleset;
use std::{collections::BTreeMap, fmt::Write as _};

#[test]
fn shares_are_those_of_real_units() {
    const UNITS: u32 = 20_000;
    let mut list = String::new();
    (0..UNITS).try_for_each(|n| writeln!(list, "unit-{n}")).unwrap();
    for (name, old, new) in changes() {
        let (old, new) = (Ruleset::read(compiled(&old)).unwrap(), Ruleset::read(compiled(&new)).unwrap());
        let (old_contents, new_contents) = (Contents::of(&old), Contents::of(&new));
        let diff = Diff::of(&old_contents, &new_contents, NOW_MILLISECONDS);
        let contents = (&old_contents, &new_contents);
        let units = compare((&old, &new), contents, NOW_MILLISECONDS, "user", list.as_bytes()).unwrap();
        assert_eq!(units.read, u64::from(UNITS));
        let mut counts: BTreeMap<_, f64> = BTreeMap::new();
        for unit in &units.moved {
            let way = (&unit.experiment, unit.movement, &unit.from, &unit.to, unit.cause.to_string());
            *counts.entry(way).or_default() += 1.0;
        }
        let mut expected = 0;
        for shares in &diff.shares {
            assert!(shares.undecided.is_empty(), "{name}: {:?}", shares.undecided);
            for flow in &shares.flows {
                let way = (&shares.experiment, flow.movement, &flow.from, &flow.to, flow.cause.to_string());
                let found = counts.remove(&way).unwrap_or_default() / f64::from(UNITS);
                // Five standard deviations of a binomial share.
                let allowed = 5.0 * (flow.share * (1.0 - flow.share) / f64::from(UNITS)).sqrt();
                assert!((found - flow.share).abs() <= allowed, "{name}: {flow:?}, {found} of the units");
                expected += 1;
            }
        }
        assert!(expected > 0, "{name}: nothing changed");
        assert!(counts.is_empty(), "{name}: units moved that no share counts: {counts:?}");
    }
}
