//! The buckets that different allocations of one run give to different variants.

use super::Rulesets;
use edgewise_core::{Experiment, Key, Variant};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// The buckets that different allocations of one run give to different variants. A bucket that nobody has in one of
/// them, because the experiment ramps up, was not moved.
#[derive(Clone, Debug, Default)]
pub struct MovedBuckets {
    /// What is drawn, and the buckets that moved in it: one draw, or one for each factor.
    draws: Vec<(Key, Vec<Range<u32>>)>,
}

/// Of each variant or level the buckets that it has.
type Ranges = Vec<(Range<u32>, String)>;

impl Rulesets {
    /// The buckets that the rulesets' allocations of one iteration give to different variants.
    pub fn moved_buckets(&self, experiment: &str, iteration: u32) -> MovedBuckets {
        let versions: Vec<Experiment<'_>> =
            self.versions(experiment).filter(|version| version.iteration() == iteration).collect();
        let mut by_draw: BTreeMap<String, (Key, Vec<Ranges>)> = BTreeMap::new();
        for version in &versions {
            if version.factors().len() == 0 {
                let draw = by_draw.entry(String::new()).or_insert_with(|| (version.key(), Vec::new()));
                draw.1.push(of_allocation(*version));
            }
            for factor in version.factors() {
                let draw =
                    by_draw.entry(factor.id().to_owned()).or_insert_with(|| (factor.key(), Vec::new()));
                let levels: Vec<&str> = factor.levels().collect();
                let level = |index: usize| levels.get(index).map_or("", |level| *level).to_owned();
                let ranges = factor.allocation().map(|range| (range.start..range.end, level(range.variant)));
                draw.1.push(ranges.collect());
            }
        }
        let draws = by_draw.into_values().map(|(key, allocations)| (key, moved(&allocations)));
        MovedBuckets { draws: draws.filter(|(_, ranges)| !ranges.is_empty()).collect() }
    }
}

impl MovedBuckets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.draws.is_empty()
    }

    /// Whether the unit, given as the id that was hashed, falls into one of them.
    pub fn hold(&self, unit: &[u8]) -> bool {
        self.draws.iter().any(|(key, ranges)| {
            let bucket = key.hash(unit).variant().get();
            ranges.iter().any(|range| range.contains(&bucket))
        })
    }
}

fn of_allocation(version: Experiment<'_>) -> Ranges {
    let variant = |index: usize| version.variant(index).map_or("", Variant::id).to_owned();
    version.allocation().map(|range| (range.start..range.end, variant(range.variant))).collect()
}

/// The buckets that two of the allocations give to different variants.
fn moved(allocations: &[Ranges]) -> Vec<Range<u32>> {
    let edges: BTreeSet<u32> =
        allocations.iter().flatten().flat_map(|(range, _)| [range.start, range.end]).collect();
    let edges: Vec<u32> = edges.into_iter().collect();
    let holders = |bucket: u32| -> BTreeSet<&str> {
        let holding = allocations.iter().flatten().filter(|(range, _)| range.contains(&bucket));
        holding.map(|(_, variant)| variant.as_str()).collect()
    };
    let pieces = edges.windows(2).map(|pair| pair[0]..pair[1]);
    pieces.filter(|piece| holders(piece.start).len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(of: &[(u32, u32, &str)]) -> Ranges {
        of.iter().map(|(start, end, variant)| (*start..*end, (*variant).to_owned())).collect()
    }

    #[test]
    fn a_ramp_moves_nobody_and_new_weights_move_the_difference() {
        let tenth = ranges(&[(0, 50, "a"), (500, 550, "b")]);
        let half = ranges(&[(0, 250, "a"), (500, 750, "b")]);
        assert_eq!(moved(&[tenth.clone(), half.clone()]), []);
        let less = ranges(&[(0, 250, "a"), (500, 600, "b"), (600, 750, "a")]);
        assert_eq!(moved(&[tenth.clone(), half.clone(), less.clone()]), [Range { start: 600, end: 750 }]);
        assert_eq!(moved(&[half.clone(), half]), []);
        assert_eq!(moved(&[tenth, less]), [], "nobody in 550..1000 had a variant before");
    }
}
