//! SipHash-2-4 in few bytes, for the build without the feature `check`.
//!
//! All other builds take the crate `siphasher`, which is well kept and quicker: it unrolls the rounds and reads whole
//! words. In what ships to browsers bytes count more: there this takes 500 where the crate takes 3,000, which is a
//! tenth of the whole module, also once it is compressed. Functions stay functions, because inlined they would be
//! there more than once.
//!
//! Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; for 128 bits their reference
//! implementation, <https://github.com/veorq/SipHash>.

/// The 64-bit hash of the bytes under a key.
#[inline(never)]
pub(crate) fn hash(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut sip = Sip::new(k0, k1);
    sip.write(bytes);
    sip.finish(0xff)
}

/// The 128-bit hash, under a key, of the parts one after the other: its lower half and its upper half.
pub(crate) fn hash_wide(k0: u64, k1: u64, parts: &[&[u8]]) -> [u64; 2] {
    let mut sip = Sip::new(k0, k1);
    sip.state[1] ^= 0xee;
    for part in parts {
        sip.write(part);
    }
    let low = sip.finish(0xee);
    sip.state[1] ^= 0xdd;
    [low, sip.draw()]
}

struct Sip {
    state: [u64; 4],
    /// The last eight bytes, the newest in the highest place.
    word: u64,
    length: usize,
}

impl Sip {
    #[inline(never)]
    fn new(k0: u64, k1: u64) -> Self {
        let state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { state, word: 0, length: 0 }
    }

    #[inline(never)]
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.push(*byte);
        }
    }

    /// Zeros and the length fill the last word. `mark` tells the two widths apart.
    #[inline(never)]
    fn finish(&mut self, mark: u64) -> u64 {
        let [length, ..] = self.length.to_le_bytes();
        while self.length % 8 != 7 {
            self.push(0);
        }
        self.push(length);
        self.state[2] ^= mark;
        self.draw()
    }

    #[inline(never)]
    fn push(&mut self, byte: u8) {
        self.word = self.word >> 8 | u64::from(byte) << 56;
        self.length = self.length.wrapping_add(1);
        if self.length.is_multiple_of(8) {
            self.mix(self.word);
        }
    }

    /// Four rounds, and 64 bits of what they give.
    #[inline(never)]
    fn draw(&mut self) -> u64 {
        self.mix(0);
        self.mix(0);
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }

    #[inline(never)]
    fn mix(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.round();
        self.state[0] ^= word;
    }

    #[inline(never)]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32).wrapping_add(d);
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        d = d.rotate_left(21) ^ a;
        c = c.rotate_left(32);
        self.state = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests;
