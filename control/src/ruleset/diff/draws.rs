//! The draws that answers come from, and how many units there are of each kind.
//!
//! A unit is hashed once under each salt, and each hash gives two independent draws. What an experiment answers depends
//! on the buckets that a few of these draws fall into, so the units fall into finitely many kinds: for every draw the
//! buckets that no range tells apart. [`Space::explore`] walks through the kinds and weighs them: a share of all
//! units, exact but for the rounding of `f64`.

use edgewise_core::BUCKETS;
use std::collections::{BTreeMap, BTreeSet};

/// The most kinds of units that one experiment is counted by. Beyond, counting would take longer than anybody waits.
const MOST_KINDS: u32 = 100_000;

/// One draw: a half of the hash of a unit under a salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draw<'a> {
    pub(super) salt: &'a str,
    /// What stands behind the salt, after a slash, where it is a factor's; else empty.
    pub(super) factor: &'a str,
    pub(super) half: Half,
    pub(super) unit: &'a str,
    pub(super) seed: &'a str,
}

/// Which 32 bits of the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Half {
    /// The high ones: entry.
    Entry,
    /// The low ones: the variant.
    Variant,
}

/// The bucket of each draw that was looked at so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Kind<'a>(BTreeMap<Draw<'a>, u32>);

/// A draw that has to be known before an answer is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needed<'a>(pub(super) Draw<'a>);

/// The kinds are too many to count.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManyKinds;

/// What tells the buckets of each draw apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Space<'a> {
    /// For each draw the ranges that something depends on, each set with its labels.
    partitions: BTreeMap<Draw<'a>, Vec<Vec<Labelled>>>,
    groups: BTreeMap<Draw<'a>, Vec<Group>>,
}

/// Buckets `start..end` with a label; buckets without one are alike, too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) label: usize,
}

/// Buckets that nothing tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    /// One of them.
    bucket: u32,
    /// How many there are.
    count: u32,
}

impl<'a> Kind<'a> {
    /// The bucket of a draw, or that it is needed.
    pub(super) fn bucket(&self, draw: Draw<'a>) -> Result<u32, Needed<'a>> {
        self.0.get(&draw).copied().ok_or(Needed(draw))
    }
}

impl<'a> Space<'a> {
    /// Something depends on these ranges of a draw.
    pub(super) fn split(&mut self, draw: Draw<'a>, ranges: Vec<Labelled>) {
        self.partitions.entry(draw).or_default().push(ranges);
    }

    /// Asks `answer` for every kind of units, naming draws as it needs them, and hands the answer to `take` with the
    /// share of units that it holds for.
    pub(super) fn explore<A>(
        &mut self,
        answer: impl Fn(&Kind<'a>) -> Result<A, Needed<'a>>,
        mut take: impl FnMut(A, f64),
    ) -> Result<(), TooManyKinds> {
        let mut open = vec![(Kind::default(), 1.0)];
        let mut visited = 0;
        while let Some((kind, share)) = open.pop() {
            visited += 1;
            if visited > MOST_KINDS {
                return Err(TooManyKinds);
            }
            match answer(&kind) {
                Ok(answer) => take(answer, share),
                Err(Needed(draw)) => {
                    for group in self.groups(draw) {
                        let mut kind = kind.clone();
                        kind.0.insert(draw, group.bucket);
                        open.push((kind, share * f64::from(group.count) / f64::from(BUCKETS)));
                    }
                }
            }
        }
        Ok(())
    }

    fn groups(&mut self, draw: Draw<'a>) -> Vec<Group> {
        if let Some(known) = self.groups.get(&draw) {
            return known.clone();
        }
        let groups = groups(self.partitions.get(&draw).map_or(&[], Vec::as_slice));
        self.groups.insert(draw, groups.clone());
        groups
    }
}

/// The buckets, grouped by their labels in every partition.
fn groups(partitions: &[Vec<Labelled>]) -> Vec<Group> {
    let ends = partitions.iter().flatten().flat_map(|range| [range.start, range.end]);
    let cuts: BTreeSet<u32> = ends.chain([0, BUCKETS]).collect();
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let mut groups: BTreeMap<Vec<Option<usize>>, Group> = BTreeMap::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let label = |ranges: &Vec<Labelled>| {
            ranges.iter().find(|range| (range.start..range.end).contains(start)).map(|range| range.label)
        };
        let labels = partitions.iter().map(label).collect();
        groups.entry(labels).or_insert(Group { bucket: *start, count: 0 }).count += end - start;
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(start: u32, end: u32, label: usize) -> Labelled {
        Labelled { start, end, label }
    }

    #[test]
    fn buckets_that_nothing_tells_apart_are_one_group() {
        assert_eq!(groups(&[]), [Group { bucket: 0, count: BUCKETS }]);
        let old = vec![labelled(0, 500_000, 0), labelled(500_000, BUCKETS, 1)];
        let new = vec![labelled(0, 400_000, 0), labelled(400_000, BUCKETS, 1)];
        let mut counts: Vec<_> = groups(&[old, new]).into_iter().map(|group| group.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [100_000, 400_000, 500_000]);
        let scattered = vec![labelled(0, 10, 0), labelled(20, 30, 0)];
        assert_eq!(
            groups(&[scattered]),
            [Group { bucket: 10, count: BUCKETS - 20 }, Group { bucket: 0, count: 20 }]
        );
    }

    #[test]
    fn only_draws_that_are_needed_are_branched_on_and_the_shares_sum_to_the_whole() {
        let draw = |salt| Draw { salt, factor: "", half: Half::Entry, unit: "user", seed: "s" };
        let mut space = Space::default();
        space.split(draw("a"), vec![labelled(0, 250_000, 0)]);
        space.split(draw("b"), vec![labelled(0, 500_000, 0)]);
        let mut found = Vec::new();
        let answer = |kind: &Kind<'static>| {
            let entered = kind.bucket(draw("a"))? < 250_000;
            Ok(entered && kind.bucket(draw("b"))? < 500_000)
        };
        space.explore(answer, |answer, share| found.push((answer, share))).unwrap();
        found.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
        assert_eq!(found, [(false, 0.125), (true, 0.125), (false, 0.75)]);
    }
}
