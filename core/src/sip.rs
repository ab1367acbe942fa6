//! SipHash-2-4 in few bytes, for the build without the feature `check`.
//!
//! All other builds take the crate `siphasher`, which is well kept and a little quicker: it unrolls the rounds. In what
//! ships to browsers bytes count more: there this takes 600 where the crate takes 3,000, a tenth of the whole module.
//!
//! Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; for 128 bits their reference
//! implementation, <https://github.com/veorq/SipHash>.

use core::iter::once;

/// The 64-bit hash of the bytes under a key.
pub(crate) fn hash(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let [hash, _] = halves(k0, k1, &[], bytes, false);
    hash
}

/// The 128-bit hash, under a key, of whole words and the bytes behind them: its lower half and its upper half.
pub(crate) fn hash_wide(k0: u64, k1: u64, words: &[[u8; 8]], rest: &[u8]) -> [u64; 2] {
    halves(k0, k1, words, rest, true)
}

/// The upper half is 0 where it is not wanted.
#[inline(never)]
fn halves(k0: u64, k1: u64, words: &[[u8; 8]], rest: &[u8], wide: bool) -> [u64; 2] {
    let (more, tail) = rest.as_chunks();
    let length = words.len().wrapping_mul(8).wrapping_add(rest.len());
    let last = (0_u32..).step_by(8).zip(tail);
    let last = last.fold((length as u64) << 56, |word, (bits, byte)| word | u64::from(*byte) << bits);
    let mut state = State::new(k0, k1);
    if wide {
        state.b ^= 0xee;
    }
    for word in words.iter().chain(more).map(|word| u64::from_le_bytes(*word)).chain(once(last)) {
        state.d ^= word;
        state = state.rounds(2);
        state.a ^= word;
    }
    state.c ^= if wide { 0xee } else { 0xff };
    let mut halves = [0; 2];
    for half in halves.iter_mut().take(if wide { 2 } else { 1 }) {
        state = state.rounds(4);
        *half = state.a ^ state.b ^ state.c ^ state.d;
        state.b ^= 0xdd;
    }
    halves
}

#[derive(Clone, Copy)]
struct State {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

impl State {
    fn new(k0: u64, k1: u64) -> Self {
        Self {
            a: k0 ^ 0x736f_6d65_7073_6575,
            b: k1 ^ 0x646f_7261_6e64_6f6d,
            c: k0 ^ 0x6c79_6765_6e65_7261,
            d: k1 ^ 0x7465_6462_7974_6573,
        }
    }

    #[inline]
    fn rounds(self, count: u32) -> Self {
        let Self { mut a, mut b, mut c, mut d } = self;
        for _ in 0..count {
            a = a.wrapping_add(b);
            c = c.wrapping_add(d);
            b = b.rotate_left(13) ^ a;
            d = d.rotate_left(16) ^ c;
            a = a.rotate_left(32).wrapping_add(d);
            c = c.wrapping_add(b);
            b = b.rotate_left(17) ^ c;
            d = d.rotate_left(21) ^ a;
            c = c.rotate_left(32);
        }
        Self { a, b, c, d }
    }
}

#[cfg(test)]
mod tests;
