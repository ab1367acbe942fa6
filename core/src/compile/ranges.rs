//! Ranges of buckets, sorted, disjoint, and merged where they touch.

use super::{Place, Problem, error::CompileError, order::sorted};
use crate::{BUCKETS, document::BucketRange};
use alloc::vec::Vec;

/// Buckets `start..end` and who holds them: a variant, a level, or nobody by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) holder: &'a str,
}

impl From<&BucketRange> for Held<'_> {
    fn from(range: &BucketRange) -> Self {
        Self { start: range.start, end: range.end, holder: "" }
    }
}

/// The ranges in rising order, touching ones of one holder merged. None may be empty, reach beyond the last bucket, or
/// overlap with another.
pub(super) fn merged<'a>(
    ranges: impl Iterator<Item = Held<'a>>,
    place: &dyn Fn() -> Place,
) -> Result<Vec<Held<'a>>, CompileError> {
    let ranges: Vec<Held<'_>> = ranges.collect();
    let begin = |index: usize| ranges.get(index).map(|range| (range.start, range.end));
    let mut merged: Vec<Held<'_>> = Vec::new();
    for index in sorted(ranges.len(), &|left, right| begin(left).cmp(&begin(right))) {
        let Some(range) = ranges.get(index) else { continue };
        if range.start >= range.end || range.end > BUCKETS {
            return Err(place().problem(Problem::NotARange { start: range.start, end: range.end }));
        }
        match merged.last_mut() {
            Some(last) if range.start < last.end => {
                return Err(place().problem(Problem::Overlap { bucket: range.start }));
            }
            Some(last) if range.start == last.end && range.holder == last.holder => last.end = range.end,
            _ => merged.push(*range),
        }
    }
    Ok(merged)
}

/// Whether no bucket lies in both. Both are sorted and disjoint.
pub(super) fn are_disjoint(left: &[Held<'_>], right: &[Held<'_>]) -> bool {
    left.iter().all(|one| right.iter().all(|other| one.end <= other.start || other.end <= one.start))
}
