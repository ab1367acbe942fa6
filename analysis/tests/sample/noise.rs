//! Numbers that look random.

use super::quantity::approximate;

/// Steele, Lea & Flood's SplitMix64: the same numbers on every run.
pub(super) struct Noise(pub(super) u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// About normal: twelve uniform numbers less six.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| approximate(self.next() >> 11) / approximate(1 << 53)).sum::<f64>() - 6.0
    }
}
