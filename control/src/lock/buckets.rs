//! Sets of buckets.

use edgewise_core::{BUCKETS, document::BucketRange};

/// A set of buckets as half-open ranges: sorted, disjoint, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets(Vec<BucketRange>);

impl Buckets {
    /// All of them.
    pub fn all() -> Self {
        Self(vec![BucketRange { start: 0, end: BUCKETS }])
    }

    /// What the ranges hold together; they may overlap and stand in any order, and empty ones hold nothing.
    pub fn of(ranges: impl IntoIterator<Item = BucketRange>) -> Self {
        let mut sorted: Vec<_> = ranges.into_iter().filter(|range| range.start < range.end).collect();
        sorted.sort_unstable();
        let mut joined: Vec<BucketRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// The ranges, in the order of their starts.
    pub fn ranges(&self) -> &[BucketRange] {
        &self.0
    }

    /// How many buckets there are.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// The `number` lowest of them, or all where there are not so many.
    #[must_use]
    pub fn lowest(&self, number: u32) -> Self {
        let mut left = number;
        let mut taken = Vec::new();
        for range in &self.0 {
            let end = range.start + left.min(range.end - range.start);
            left -= end - range.start;
            taken.push(BucketRange { start: range.start, end });
        }
        Self::of(taken)
    }

    /// Those in either set.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// Those that the other set does not hold.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for range in &self.0 {
            let mut start = range.start;
            // A cut that reaches beyond this range may cut the next one too, so it stays.
            while let Some(cut) = cuts.peek().filter(|cut| cut.start < range.end) {
                left.push(BucketRange { start, end: cut.start.max(start) });
                start = start.max(cut.end);
                if cut.end > range.end {
                    break;
                }
                cuts.next();
            }
            left.push(BucketRange { start, end: range.end });
        }
        Self::of(left)
    }

    /// Those in both sets.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        self.minus(&self.minus(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Ranges among the first forty buckets, so that they meet.
    fn ranges() -> impl Strategy<Value = Vec<BucketRange>> {
        let range =
            (0..40_u32, 0..8_u32).prop_map(|(start, length)| BucketRange { start, end: start + length });
        prop::collection::vec(range, 0..6)
    }

    fn members(buckets: &Buckets) -> BTreeSet<u32> {
        buckets.ranges().iter().flat_map(|range| range.start..range.end).collect()
    }

    proptest! {
        #[test]
        fn sets_of_ranges_are_sets_of_buckets(one in ranges(), other in ranges(), number in 0..50_u32) {
            let (a, b) = (Buckets::of(one), Buckets::of(other));
            let (in_a, in_b) = (members(&a), members(&b));
            prop_assert_eq!(a.count() as usize, in_a.len());
            prop_assert_eq!(members(&a.plus(&b)), in_a.union(&in_b).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(members(&a.minus(&b)), in_a.difference(&in_b).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(members(&a.common(&b)), in_a.intersection(&in_b).copied().collect::<BTreeSet<_>>());
            let lowest = in_a.iter().copied().take(number as usize).collect::<BTreeSet<_>>();
            prop_assert_eq!(members(&a.lowest(number)), lowest);
            for set in [a.plus(&b), a.minus(&b), a.common(&b), a.lowest(number)] {
                prop_assert!(set.ranges().iter().all(|range| range.start < range.end));
                prop_assert!(set.ranges().windows(2).all(|pair| pair[0].end < pair[1].start));
            }
        }
    }
}
