//! Weights to bucket ranges: exact, without a bucket lost, and moving as few as can be.

use crate::project::Share;
use edgewise_core::BUCKETS;
use std::{cmp::Reverse, collections::BTreeMap};
use thiserror::Error;

/// Buckets `start..end` of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first bucket.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The variant's id.
    pub variant: String,
}

/// The weights' fractions are too fine for exact arithmetic in 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the fractions are too fine to be turned into buckets exactly")]
pub struct TooFineError;

/// Distributes all buckets over the variants by their exact weights, which sum to the whole.
///
/// Each variant gets its quota by the method of the largest remainder, ties going to the smaller id. It keeps what it
/// holds up to its quota, its first buckets before its last; what is free then goes, in the order of buckets, to the
/// variants that lack some, in the order of their ids. So the number of buckets that change hands is the least
/// possible, the sum of what shrinking variants must give up, and equal inputs give equal ranges.
pub fn allocate(weights: &[(&str, Share)], held: &[Range]) -> Result<Vec<Range>, TooFineError> {
    let mut lacking = quotas(weights)?;
    let mut ranges = Vec::new();
    let mut free = Vec::new();
    for Stretch { start, end, variant } in cover(held) {
        let quota = variant.as_deref().and_then(|variant| lacking.get_mut(variant));
        let kept = quota.map_or(0, |quota| {
            let kept = (*quota).min(end - start);
            *quota -= kept;
            kept
        });
        if let Some(variant) = variant.filter(|_| kept > 0) {
            ranges.push(Range { start, end: start + kept, variant });
        }
        if start + kept < end {
            free.push((start + kept, end));
        }
    }
    let mut wanting = lacking.into_iter().filter(|(_, lack)| *lack > 0).peekable();
    for (mut start, end) in free {
        while start < end {
            let Some((variant, lack)) = wanting.peek_mut() else { break };
            let given = (*lack).min(end - start);
            ranges.push(Range { start, end: start + given, variant: (*variant).to_owned() });
            start += given;
            *lack -= given;
            if *lack == 0 {
                wanting.next();
            }
        }
    }
    ranges.sort_by_key(|range| range.start);
    Ok(merged(ranges))
}

/// How many buckets belong to another variant than before.
pub fn moved(before: &[Range], after: &[Range]) -> u32 {
    let kept: u32 = before
        .iter()
        .flat_map(|old| after.iter().filter(|new| new.variant == old.variant).map(move |new| (old, new)))
        .map(|(old, new)| old.end.min(new.end).saturating_sub(old.start.max(new.start)))
        .sum();
    BUCKETS.saturating_sub(kept)
}

/// How many buckets each variant gets, together all of them: the method of the largest remainder.
fn quotas<'w>(weights: &[(&'w str, Share)]) -> Result<BTreeMap<&'w str, u32>, TooFineError> {
    let mut quotas = BTreeMap::new();
    let mut remainders = Vec::new();
    for (variant, weight) in weights {
        let (whole, rest) = weight.of(BUCKETS).map_err(|_| TooFineError)?;
        quotas.insert(*variant, u32::try_from(whole).map_err(|_| TooFineError)?);
        remainders.push((Reverse(rest), *variant));
    }
    remainders.sort_unstable();
    let given: u32 = quotas.values().sum();
    let left = BUCKETS.saturating_sub(given);
    for (_, variant) in remainders.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(quota) = quotas.get_mut(variant) {
            *quota += 1;
        }
    }
    Ok(quotas)
}

/// A stretch of buckets and who holds it.
struct Stretch {
    start: u32,
    end: u32,
    variant: Option<String>,
}

/// The held ranges and the gaps between them, from the first bucket to the last.
fn cover(held: &[Range]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut next = 0;
    for range in held {
        if next < range.start {
            stretches.push(Stretch { start: next, end: range.start, variant: None });
        }
        stretches.push(Stretch { start: range.start, end: range.end, variant: Some(range.variant.clone()) });
        next = range.end;
    }
    if next < BUCKETS {
        stretches.push(Stretch { start: next, end: BUCKETS, variant: None });
    }
    stretches
}

/// Joins touching ranges of one variant.
fn merged(ranges: Vec<Range>) -> Vec<Range> {
    let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.variant == range.variant && last.end == range.start => last.end = range.end,
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(texts: &[(&'static str, &str)]) -> Vec<(&'static str, Share)> {
        texts.iter().map(|(variant, text)| (*variant, Share::read(text).unwrap())).collect()
    }

    fn written(ranges: &[Range]) -> Vec<String> {
        ranges.iter().map(|range| format!("{} {}..{}", range.variant, range.start, range.end)).collect()
    }

    fn held(ranges: &[Range], variant: &str) -> u32 {
        ranges.iter().filter(|range| range.variant == variant).map(|range| range.end - range.start).sum()
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// The bound: what a variant holds beyond its new quota must go, and nothing else need.
        #[test]
        fn changes_of_weights_move_as_few_buckets_as_can_be(
            rounds in prop::collection::vec(prop::collection::vec(0_u32..1000, 5), 2..6)
        ) {
            const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];
            let mut ranges: Vec<Range> = Vec::new();
            for parts in rounds {
                let sum: u128 = parts.iter().map(|part| u128::from(*part)).sum();
                prop_assume!(sum > 0);
                let present: Vec<_> = IDS.iter().zip(&parts).filter(|(_, part)| **part > 0).collect();
                let weights: Vec<_> = present
                    .iter()
                    .map(|(id, part)| (**id, Share::fraction(u128::from(**part), sum).unwrap()))
                    .collect();
                let quotas = quotas(&weights).unwrap();
                let next = allocate(&weights, &ranges).unwrap();
                prop_assert_eq!(quotas.values().sum::<u32>(), BUCKETS);
                for (id, quota) in &quotas {
                    prop_assert_eq!(held(&next, id), *quota);
                }
                prop_assert_eq!(next.first().map(|range| range.start), Some(0));
                prop_assert_eq!(next.last().map(|range| range.end), Some(BUCKETS));
                prop_assert!(next.windows(2).all(|pair| pair[0].end == pair[1].start));
                if !ranges.is_empty() {
                    let bound: u32 = IDS
                        .iter()
                        .map(|id| held(&ranges, id).saturating_sub(quotas.get(id).copied().unwrap_or(0)))
                        .sum();
                    prop_assert_eq!(moved(&ranges, &next), bound);
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
            let weights: Vec<_> = ids
                .iter()
                .zip(&parts)
                .map(|(id, part)| (id.as_str(), Share::fraction(u128::from(*part), sum).unwrap()))
                .collect();
            let quotas = quotas(&weights).unwrap();
            prop_assert_eq!(quotas.values().sum::<u32>(), BUCKETS);
            for (id, part) in ids.iter().zip(&parts) {
                let exact = u128::from(*part) * u128::from(BUCKETS);
                let quota = u128::from(quotas[id.as_str()]) * sum;
                prop_assert!(quota.abs_diff(exact) < sum);
            }
        }
    }
}
