//! The epoch: a digest of what decides an experiment's draws, and of nothing else.

use super::writer::index;
use crate::{
    Epoch,
    document::{AllocationRange, Experiment},
};
use core::hash::Hasher as _;
use siphasher::sip::SipHasher24;

/// SipHash-2-4 with a zero key over seed, salt, unit type, strategy and the sorted and merged ranges, in this
/// order. Integers are little-endian, a text follows its length as `u32`.
pub(super) fn of(
    seed: u64,
    experiment: &Experiment,
    strategy: u8,
    ranges: &[(AllocationRange, u32)],
) -> Epoch {
    let mut hasher = SipHasher24::new();
    hasher.write(&seed.to_le_bytes());
    text(&mut hasher, &experiment.salt);
    text(&mut hasher, &experiment.unit);
    hasher.write(&[strategy]);
    number(&mut hasher, index(ranges.len()));
    for (range, _) in ranges {
        number(&mut hasher, range.start);
        number(&mut hasher, range.end);
        text(&mut hasher, &range.variant);
    }
    Epoch(hasher.finish())
}

fn text(hasher: &mut SipHasher24, text: &str) {
    number(hasher, index(text.len()));
    hasher.write(text.as_bytes());
}

fn number(hasher: &mut SipHasher24, value: u32) {
    hasher.write(&value.to_le_bytes());
}
