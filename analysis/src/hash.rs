//! A fast hash of short texts.

use std::hash::{BuildHasher as _, RandomState};

/// Odd constants with as many ones as zeros. Origin: the digits of the golden ratio and of √2 − 1, as fractions of 2⁶⁴.
const MIX: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c909];

/// What hashes begin with: another number in each run, and no result depends on it.
pub(crate) fn seed() -> u64 {
    RandomState::new().hash_one(())
}

/// The hash of a text under a seed: eight bytes at a time, each folded in by a multiplication whose high half meets its
/// low half (the way of wyhash). Who does not know the seed cannot choose texts that collide.
pub(crate) fn hash(text: &[u8], seed: u64) -> u64 {
    let mut state = seed ^ (text.len() as u64).wrapping_mul(MIX[0]);
    let mut words = text.chunks_exact(8);
    for word in words.by_ref() {
        state = fold(state ^ word.try_into().map_or(0, u64::from_le_bytes), MIX[1]);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        state = fold(state ^ u64::from_le_bytes(last), MIX[1]);
    }
    fold(state, MIX[0])
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_that_differ_little_differ_in_all_bits() {
        let texts = (0..20_000).map(|number| format!("u{number:08}"));
        let hashes: Vec<u64> = texts.map(|text| hash(text.as_bytes(), 7)).collect();
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 20_000);
        for bit in 0..64 {
            let ones = hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count();
            assert!((9_500..10_500).contains(&ones), "bit {bit} is set {ones} times");
        }
    }

    #[test]
    fn length_and_seed_count() {
        assert_ne!(hash(b"", 7), hash(b"\0", 7));
        assert_ne!(hash(b"12345678", 7), hash(b"12345678\0", 7));
        assert_ne!(hash(b"unit", 7), hash(b"unit", 8));
    }
}
