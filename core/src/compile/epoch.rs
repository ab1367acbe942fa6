//! The epoch: a digest of what decides the draws, and of nothing else.

use super::{experiments::Drawn, writer::index};
use crate::{
    Epoch,
    document::{Experiment, Holdout},
};
use core::hash::Hasher as _;
use siphasher::sip::SipHasher24;

/// SipHash-2-4 with a zero key over seed, salt, unit type, strategy and the sorted and merged ranges, in this order;
/// with factors then their number, each one's id, levels and ranges, and the variants of the cells. Integers are
/// little-endian, a text follows its length as `u32`, lists follow theirs.
pub(super) fn of_experiment(seed: u64, experiment: &Experiment, strategy: u8, drawn: &Drawn<'_>) -> Epoch {
    let mut hasher = start(seed, &experiment.salt, &experiment.unit);
    hasher.write(&[strategy]);
    ranges(&mut hasher, &drawn.ranges);
    if !drawn.factors.is_empty() {
        number(&mut hasher, index(drawn.factors.len()));
        for (factor, levels) in experiment.factors.iter().zip(&drawn.factors) {
            text(&mut hasher, &factor.id);
            number(&mut hasher, index(factor.levels.len()));
            for level in &factor.levels {
                text(&mut hasher, level);
            }
            ranges(&mut hasher, levels);
        }
        number(&mut hasher, index(experiment.cells.len()));
        for cell in &experiment.cells {
            text(&mut hasher, cell);
        }
    }
    Epoch(hasher.finish())
}

/// SipHash-2-4 with a zero key over seed, salt, unit type and the number of buckets held out.
pub(super) fn of_holdout(seed: u64, holdout: &Holdout) -> Epoch {
    let mut hasher = start(seed, &holdout.salt, &holdout.unit);
    number(&mut hasher, holdout.buckets);
    Epoch(hasher.finish())
}

fn start(seed: u64, salt: &str, unit: &str) -> SipHasher24 {
    let mut hasher = SipHasher24::new();
    hasher.write(&seed.to_le_bytes());
    text(&mut hasher, salt);
    text(&mut hasher, unit);
    hasher
}

fn ranges(hasher: &mut SipHasher24, ranges: &[super::ranges::Held<'_>]) {
    number(hasher, index(ranges.len()));
    for range in ranges {
        number(hasher, range.start);
        number(hasher, range.end);
        text(hasher, range.holder);
    }
}

fn text(hasher: &mut SipHasher24, text: &str) {
    number(hasher, index(text.len()));
    hasher.write(text.as_bytes());
}

fn number(hasher: &mut SipHasher24, value: u32) {
    hasher.write(&value.to_le_bytes());
}
