//! Quantiles of events' values, whose units are clusters.

use super::{
    Folded, View,
    number::{MOST_NUMBERS, Numbers, Recipe},
    part::{Part, merged},
    plan::Planned,
    ranks,
    sums::Grouping,
};
use crate::{
    aggregate::QuantileSums,
    decimal::Decimal,
    moments::Sums,
    sql::{Limits, QuantileAt},
};
use std::collections::{BTreeMap, HashMap};

/// A variant's values in one epoch and slice.
#[derive(Default)]
struct Arm {
    values: Vec<i64>,
    quantile: Option<i64>,
    limits: (Option<i64>, Option<i64>),
}

/// The quantiles of each variant, epoch and slice; none where they are not in a list, or take too much memory.
pub(super) fn quantiles(folded: &Folded, planned: &Planned, view: View<'_>) -> Option<Vec<QuantileSums>> {
    let Recipe::Quantile { list, some, none, level } = planned.recipe else { return None };
    let grouping = Grouping::new(folded, view)?;
    if grouping.bytes(1) > folded.limits.memory {
        return None;
    }
    let (of_group, mut arms) = arms(&grouping);
    let open = grouping.open_from(planned);
    for shard in &folded.units.shards {
        let own = &shard.lists[list];
        for (unit, value) in own.units.iter().zip(&own.values) {
            let place = *unit as usize;
            if shard.entry(place) < open {
                arms[of_group[grouping.of(shard, place)]].values.push(*value);
            }
        }
    }
    for arm in &mut arms {
        arm.quantile = ranks::at_level(&mut arm.values, level);
        arm.limits = ranks::limits(&mut arm.values, level);
    }
    let width = folded.plan.empty.len();
    let of_shards = grouping.spread(|shards| {
        let mut parts = vec![Part::default(); grouping.count()];
        for shard in shards {
            let mut below = vec![0; shard.count()];
            let own = &shard.lists[list];
            for (unit, value) in own.units.iter().zip(&own.values) {
                let place = *unit as usize;
                let quantile = arms[of_group[grouping.of(shard, place)]].quantile;
                below[place] += i64::from(quantile.is_some_and(|quantile| *value <= quantile));
            }
            for (place, below) in below.into_iter().enumerate() {
                if shard.entry(place) < open {
                    let slots = &shard.slots[place * width..(place + 1) * width];
                    let cluster = cluster(below, slots[some], slots[none]);
                    parts[grouping.of(shard, place)].add(&cluster, &[Limits::default(); 2], 1);
                }
            }
        }
        parts
    });
    let clusters = grouping.read(planned, &merged(of_shards));
    Some(with_clusters(&grouping, &of_group, &arms, clusters))
}

/// The place of each group's variant, epoch and slice, whatever its day; and these, without values yet.
fn arms(grouping: &Grouping<'_>) -> (Vec<usize>, Vec<Arm>) {
    let mut places = HashMap::new();
    let place = |group| {
        let (variant, epoch, _, slice) = grouping.keys(group);
        let next = places.len();
        *places.entry((variant, epoch, slice)).or_insert(next)
    };
    let of_group: Vec<usize> = (0..grouping.count()).map(place).collect();
    let arms = (0..places.len()).map(|_| Arm::default()).collect();
    (of_group, arms)
}

/// A unit of so many values.
fn cluster(below: i64, some: i64, none: i64) -> Numbers {
    let mut numbers = [None; MOST_NUMBERS];
    if some > 0 {
        numbers[0] = Some(below.saturating_mul(1_000_000));
        numbers[1] = Some(some.saturating_mul(1_000_000));
    }
    Numbers { millionths: numbers, is_silent: some == 0, without_value: none.unsigned_abs() }
}

fn with_clusters(
    grouping: &Grouping<'_>,
    of_group: &[usize],
    arms: &[Arm],
    clusters: Vec<Sums>,
) -> Vec<QuantileSums> {
    let mut by_key: BTreeMap<_, Vec<Sums>> = BTreeMap::new();
    for sums in clusters {
        let key = (sums.variant.clone(), sums.epoch.clone(), sums.slice.clone());
        by_key.entry(key).or_default().push(sums);
    }
    let own: HashMap<_, &Arm> = of_group
        .iter()
        .enumerate()
        .map(|(group, arm)| {
            let (variant, epoch, _, slice) = grouping.keys(group);
            ((variant, epoch, slice), &arms[*arm])
        })
        .collect();
    let decimal = |value: Option<i64>| value.and_then(Decimal::from_millionths);
    let quantile = |((variant, epoch, slice), clusters): ((String, String, String), Vec<Sums>)| {
        let arm = own.get(&(variant.as_str(), epoch.as_str(), slice.as_str()));
        let quantile = arm.and_then(|arm| decimal(arm.quantile));
        let found = arm.filter(|_| quantile.is_some());
        QuantileSums {
            values: found.map_or(0, |arm| arm.values.len() as u64),
            limits: found.and_then(|arm| decimal(arm.limits.0).zip(decimal(arm.limits.1))),
            at: quantile.map(|quantile| QuantileAt { variant, epoch, slice, quantile }),
            clusters,
        }
    };
    by_key.into_iter().map(quantile).collect()
}
