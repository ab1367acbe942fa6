//! Weights to bucket ranges: exact, without a bucket lost, and moving as few as can be.

use super::{Buckets, Range};
use crate::project::Share;
use edgewise_core::{BUCKETS, document::BucketRange};
use std::{cmp::Reverse, collections::BTreeMap};
use thiserror::Error;

/// How many buckets each variant or level gets, together all of them.
pub(super) type Quotas = BTreeMap<String, u32>;

/// Why weights cannot become buckets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WeightsError {
    /// The fractions are too fine for exact arithmetic in 128 bits.
    #[error("the fractions are too fine to be turned into buckets exactly")]
    TooFine,
    /// They leave some units without a variant, or give some to two.
    #[error("they sum to {0}, not to 100%")]
    NotWhole(Share),
    /// One of them is named twice.
    #[error("`{0}` is named twice")]
    Twice(String),
    /// There is not enough for the floors of all variants.
    #[error("a floor of {floor} for each of {variants} variants is more than there is")]
    FloorTooHigh {
        /// What each is to have.
        floor: Share,
        /// How many there are.
        variants: usize,
    },
    /// A variant would get less than the floor.
    #[error("`{variant}` gets {weight}, which is below the floor of {floor}")]
    BelowFloor {
        /// Which.
        variant: String,
        /// What it gets, rounded to buckets.
        weight: Share,
        /// The least that it has to get.
        floor: Share,
    },
    /// The weights that were published last name other variants than the experiment has.
    #[error("the published ones are for {published}, and the variants are {variants}")]
    PublishedForOthers {
        /// What was published for.
        published: String,
        /// What there is.
        variants: String,
    },
}

impl WeightsError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooFine => "write percentages or decimals",
            Self::NotWhole(_) => "change one of them so that they sum to the whole",
            Self::Twice(_) => "give each variant or level one weight",
            Self::FloorTooHigh { .. } => {
                "write a smaller floor: at most 100% divided by the number of variants"
            }
            Self::BelowFloor { .. } => "lower the floor, or publish weights that keep to it",
            Self::PublishedForOthers { .. } => {
                "publish weights that name exactly the variants that there are, or raise `iteration:` to start over"
            }
        }
    }
}

/// Distributes all buckets by exact weights, which sum to the whole: quotas by the method of the largest remainder,
/// ties going to the smaller id, and ranges as [`distribute`] makes them.
pub(super) fn allocate(weights: &[(String, Share)], held: &[Range]) -> Result<Vec<Range>, WeightsError> {
    Ok(distribute(&quotas(weights)?, held, &BTreeMap::new()))
}

/// Distributes all buckets by quotas.
///
/// Each variant keeps its fixed buckets, then what else it holds up to its quota, first buckets before last; what is
/// free then goes, in the order of buckets, to the variants that lack some, in the order of their ids. So the number
/// of buckets that change hands is the least possible, the sum of what shrinking variants must give up, and equal
/// inputs give equal ranges. Fixed buckets are held ones, and no more than the quota.
pub(super) fn distribute(quotas: &Quotas, held: &[Range], fixed: &BTreeMap<String, Buckets>) -> Vec<Range> {
    let mut lacking = quotas.clone();
    let mut ranges = Vec::new();
    let mut fixed_of_all = Buckets::default();
    for (owner, buckets) in fixed {
        let Some(lack) = lacking.get_mut(owner) else { continue };
        *lack = lack.saturating_sub(buckets.count());
        fixed_of_all = fixed_of_all.plus(buckets);
        ranges.extend(owned(buckets, owner));
    }
    let mut free = Vec::new();
    for (stretch, owner) in cover(held) {
        for BucketRange { start, end } in Buckets::of([stretch]).minus(&fixed_of_all).ranges().iter().copied()
        {
            let lack = owner.and_then(|owner| lacking.get_mut(owner));
            let kept = lack.map_or(0, |lack| {
                let kept = (*lack).min(end - start);
                *lack -= kept;
                kept
            });
            let kept_ones = Buckets::of([BucketRange { start, end: start + kept }]);
            ranges.extend(owner.into_iter().flat_map(|owner| owned(&kept_ones, owner)));
            free.push(BucketRange { start: start + kept, end });
        }
    }
    let mut free = Buckets::of(free);
    for (owner, lack) in &lacking {
        let given = free.lowest(*lack);
        free = free.minus(&given);
        ranges.extend(owned(&given, owner));
    }
    ranges.sort_by_key(|range| range.start);
    merged(ranges)
}

/// How many buckets belong to another variant than before.
pub fn moved(before: &[Range], after: &[Range]) -> u32 {
    let kept: u32 = before
        .iter()
        .flat_map(|old| after.iter().filter(|new| new.owner == old.owner).map(move |new| (old, new)))
        .map(|(old, new)| old.end.min(new.end).saturating_sub(old.start.max(new.start)))
        .sum();
    BUCKETS.saturating_sub(kept)
}

/// How many buckets each gets, together all of them: the method of the largest remainder.
pub(super) fn quotas(weights: &[(String, Share)]) -> Result<Quotas, WeightsError> {
    let sum = Share::sum(weights.iter().map(|(_, weight)| *weight)).map_err(|_| WeightsError::TooFine)?;
    if sum != Share::WHOLE {
        return Err(WeightsError::NotWhole(sum));
    }
    let mut quotas = Quotas::new();
    let mut remainders = Vec::new();
    for (owner, weight) in weights {
        let (whole, rest) = weight.of(BUCKETS).map_err(|_| WeightsError::TooFine)?;
        let whole = u32::try_from(whole).map_err(|_| WeightsError::TooFine)?;
        if quotas.insert(owner.clone(), whole).is_some() {
            return Err(WeightsError::Twice(owner.clone()));
        }
        remainders.push((Reverse(rest), owner));
    }
    remainders.sort_unstable();
    let given: u32 = quotas.values().sum();
    let left = BUCKETS.saturating_sub(given);
    for (_, owner) in remainders.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(quota) = quotas.get_mut(owner) {
            *quota += 1;
        }
    }
    Ok(quotas)
}

/// The buckets that belong to `owner`.
pub(super) fn held_by(ranges: &[Range], owner: &str) -> Buckets {
    let of_owner = ranges.iter().filter(|range| range.owner == owner);
    Buckets::of(of_owner.map(|range| BucketRange { start: range.start, end: range.end }))
}

fn owned(buckets: &Buckets, owner: &str) -> impl Iterator<Item = Range> {
    let range = |range: &BucketRange| Range { start: range.start, end: range.end, owner: owner.to_owned() };
    buckets.ranges().iter().map(range)
}

/// The held ranges and the gaps between them, from the first bucket to the last, and who holds each.
fn cover(held: &[Range]) -> Vec<(BucketRange, Option<&str>)> {
    let mut stretches = Vec::new();
    let mut next = 0;
    for range in held {
        if next < range.start {
            stretches.push((BucketRange { start: next, end: range.start }, None));
        }
        let stretch = BucketRange { start: range.start, end: range.end };
        stretches.push((stretch, Some(range.owner.as_str())));
        next = range.end;
    }
    if next < BUCKETS {
        stretches.push((BucketRange { start: next, end: BUCKETS }, None));
    }
    stretches
}

/// Joins touching ranges of one owner.
fn merged(ranges: Vec<Range>) -> Vec<Range> {
    let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.owner == range.owner && last.end == range.start => last.end = range.end,
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(texts: &[(&str, &str)]) -> Vec<(String, Share)> {
        texts.iter().map(|(owner, text)| ((*owner).to_owned(), Share::read(text).unwrap())).collect()
    }

    fn written(ranges: &[Range]) -> Vec<String> {
        ranges.iter().map(|range| format!("{} {}..{}", range.owner, range.start, range.end)).collect()
    }

    fn fractions(ids: &[String], parts: &[u32]) -> Vec<(String, Share)> {
        let sum: u128 = parts.iter().map(|part| u128::from(*part)).sum();
        let present = ids.iter().zip(parts).filter(|(_, part)| **part > 0);
        present.map(|(id, part)| (id.clone(), Share::fraction(u128::from(*part), sum).unwrap())).collect()
    }

    #[test]
    fn the_first_allocation_is_in_the_order_of_ids_whatever_the_order_of_the_file() {
        let expected = ["a 0..333300", "b 333300..666600", "c 666600..1000000"];
        let one = allocate(&shares(&[("a", "33.33%"), ("b", "33.33%"), ("c", "33.34%")]), &[]).unwrap();
        let other = allocate(&shares(&[("c", "33.34%"), ("a", "33.33%"), ("b", "33.33%")]), &[]).unwrap();
        assert_eq!(written(&one), expected);
        assert_eq!(written(&other), expected);
    }

    #[test]
    fn the_bucket_that_thirds_leave_over_goes_to_the_smallest_id() {
        let ranges = allocate(&shares(&[("b", "1/3"), ("c", "1/3"), ("a", "1/3")]), &[]).unwrap();
        assert_eq!(written(&ranges), ["a 0..333334", "b 333334..666667", "c 666667..1000000"]);
    }

    #[test]
    fn a_growing_variant_takes_the_last_buckets_of_a_shrinking_one() {
        let before = allocate(&shares(&[("a", "50%"), ("b", "50%")]), &[]).unwrap();
        let after = allocate(&shares(&[("a", "40%"), ("b", "60%")]), &before).unwrap();
        assert_eq!(written(&after), ["a 0..400000", "b 400000..1000000"]);
        let back = allocate(&shares(&[("a", "50%"), ("b", "50%")]), &after).unwrap();
        assert_eq!(written(&back), ["a 0..400000", "b 400000..900000", "a 900000..1000000"]);
        assert_eq!(moved(&after, &back), 100_000);
    }

    #[test]
    fn a_new_variant_takes_from_all_and_a_removed_one_gives_all_it_had() {
        let two = allocate(&shares(&[("a", "50%"), ("b", "50%")]), &[]).unwrap();
        let three = allocate(&shares(&[("a", "40%"), ("b", "40%"), ("c", "20%")]), &two).unwrap();
        assert_eq!(
            written(&three),
            ["a 0..400000", "c 400000..500000", "b 500000..900000", "c 900000..1000000"]
        );
        let without = allocate(&shares(&[("a", "50%"), ("c", "50%")]), &three).unwrap();
        assert_eq!(moved(&three, &without), 400_000);
    }

    #[test]
    fn weights_that_are_not_the_whole_are_refused() {
        let error = |texts| quotas(&shares(texts)).unwrap_err();
        assert_eq!(error(&[("a", "50%"), ("b", "49%")]), WeightsError::NotWhole(Share::read("99%").unwrap()));
        assert_eq!(error(&[("a", "50%"), ("a", "50%")]), WeightsError::Twice("a".into()));
        assert_eq!(error(&[]), WeightsError::NotWhole(Share::ZERO));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// The bound: what a variant holds beyond its new quota must go, and nothing else need. A part of 0 removes
        /// the variant for a round.
        #[test]
        fn any_sequence_of_changes_moves_as_few_buckets_as_can_be(
            rounds in prop::collection::vec(prop::collection::vec(0_u32..1000, 5), 2..6)
        ) {
            let ids = ["a", "b", "c", "d", "e"].map(str::to_owned);
            let mut ranges: Vec<Range> = Vec::new();
            for parts in rounds {
                prop_assume!(parts.iter().any(|part| *part > 0));
                let weights = fractions(&ids, &parts);
                let quotas = quotas(&weights).unwrap();
                let next = allocate(&weights, &ranges).unwrap();
                prop_assert_eq!(quotas.values().sum::<u32>(), BUCKETS);
                for (id, quota) in &quotas {
                    prop_assert_eq!(held_by(&next, id).count(), *quota);
                }
                prop_assert_eq!(next.first().map(|range| range.start), Some(0));
                prop_assert_eq!(next.last().map(|range| range.end), Some(BUCKETS));
                prop_assert!(next.windows(2).all(|pair| pair[0].end == pair[1].start));
                if !ranges.is_empty() {
                    let growth = |id: &String| {
                        let quota = quotas.get(id).copied().unwrap_or(0);
                        quota.saturating_sub(held_by(&ranges, id).count())
                    };
                    prop_assert_eq!(moved(&ranges, &next), ids.iter().map(growth).sum::<u32>());
                }
                prop_assert_eq!(allocate(&weights, &next).unwrap(), next.clone());
                ranges = next;
            }
        }

        /// Largest remainder: no variant is a whole bucket away from its exact share.
        #[test]
        fn quotas_are_within_one_bucket_of_the_exact_share(parts in prop::collection::vec(1_u32..u32::MAX, 1..40)) {
            let sum: u128 = parts.iter().map(|part| u128::from(*part)).sum();
            let ids: Vec<_> = (0..parts.len()).map(|index| format!("v{index:02}")).collect();
            let quotas = quotas(&fractions(&ids, &parts)).unwrap();
            prop_assert_eq!(quotas.values().sum::<u32>(), BUCKETS);
            for (id, part) in ids.iter().zip(&parts) {
                let exact = u128::from(*part) * u128::from(BUCKETS);
                let quota = u128::from(quotas[id]) * sum;
                prop_assert!(quota.abs_diff(exact) < sum);
            }
        }
    }
}
