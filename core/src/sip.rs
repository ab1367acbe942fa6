//! SipHash-2-4 in few bytes, for the build without the feature `check`.
//!
//! All other builds take the crate `siphasher`, which is well kept and a little quicker: it unrolls and inlines. In what
//! ships to browsers bytes count more: there this takes 600 where the crate takes 3,000, a tenth of the whole module.
//! So both widths share every function, and the rounds stand in one place.
//!
//! Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; for 128 bits their reference
//! implementation, <https://github.com/veorq/SipHash>.

/// The 64-bit hash of the bytes under a key.
#[inline(never)]
pub(crate) fn hash(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut sip = Sip::new(k0, k1);
    sip.finish(bytes, bytes.len());
    sip.0[2] ^= 0xff;
    sip.draw()
}

/// The 128-bit hash, under a key, of whole words and the bytes behind them: its lower half and its upper half.
pub(crate) fn hash_wide(k0: u64, k1: u64, words: &[[u8; 8]], rest: &[u8]) -> [u64; 2] {
    let mut sip = Sip::new(k0, k1);
    sip.0[1] ^= 0xee;
    if let Some((last, words)) = words.split_last() {
        sip.mix(words, u64::from_le_bytes(*last));
    }
    sip.finish(rest, words.as_flattened().len().wrapping_add(rest.len()));
    sip.0[2] ^= 0xee;
    let low = sip.draw();
    sip.0[1] ^= 0xdd;
    [low, sip.draw()]
}

/// The four words of the state.
struct Sip([u64; 4]);

impl Sip {
    #[inline(never)]
    fn new(k0: u64, k1: u64) -> Self {
        Self([
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ])
    }

    /// The last bytes, of so many.
    #[inline(never)]
    fn finish(&mut self, bytes: &[u8], length: usize) {
        let (words, tail) = bytes.as_chunks();
        // The bytes that are left over, the lowest first, zeros, and the length.
        let mut last = (length as u64) << 56;
        for (bits, byte) in (0_u32..).step_by(8).zip(tail) {
            last |= u64::from(*byte) << bits;
        }
        self.mix(words, last);
    }

    /// Four rounds, and 64 bits of what they give.
    #[inline(never)]
    fn draw(&mut self) -> u64 {
        self.mix(&[[0; 8]], 0);
        let [a, b, c, d] = self.0;
        a ^ b ^ c ^ d
    }

    /// Two rounds for each word and for the last one.
    #[inline(never)]
    fn mix(&mut self, words: &[[u8; 8]], last: u64) {
        let [mut a, mut b, mut c, mut d] = self.0;
        let mut words = words.iter();
        loop {
            let next = words.next();
            let word = next.map_or(last, |word| u64::from_le_bytes(*word));
            d ^= word;
            for _ in 0..2 {
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
            a ^= word;
            if next.is_none() {
                break;
            }
        }
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests;
