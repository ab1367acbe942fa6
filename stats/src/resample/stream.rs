//! Reproducible random numbers: one stream for each part of each resample.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// The random numbers of one part of one resample.
///
/// xoshiro256++ (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators", ACM Transactions on
/// Mathematical Software 47(4)), seeded by SplitMix64 from the part's place, so that nothing depends on which thread
/// draws it, or when.
pub(super) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream at a place: the seed, then for example arm, resample and block.
    pub(super) fn new(seed: u64, place: [u64; 3]) -> Self {
        let key = place.into_iter().fold(mixed(seed), |key, part| mixed(key ^ part));
        Self(Xoshiro256PlusPlus::seed_from_u64(key))
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on (0, 1), never an end: (i + ½) / 2⁵² for i below 2⁵².
    pub(super) fn uniform(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "52 bits fit")]
        let steps = (self.bits() >> 12) as f64;
        // ε is 2⁻⁵².
        (steps + 0.5) * f64::EPSILON
    }

    /// Uniform on 0, …, `n` − 1, exactly; 0 for `n` = 0.
    ///
    /// Source: Lemire (2019), "Fast random integer generation in an interval", ACM Transactions on Modeling and Computer
    /// Simulation 29(1).
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a product")]
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.bits()) * u128::from(n);
        if (product as u64) < n {
            let refused = n.wrapping_neg() % n;
            while (product as u64) < refused {
                product = u128::from(self.bits()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Standard normal. Source: Marsaglia & Bray (1964), "A convenient method for generating normal variables", SIAM
    /// Review 6(3), the polar method.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Gamma with a shape of at least 1 and rate 1. Source: Marsaglia & Tsang (2000), "A simple method for generating
    /// gamma variables", ACM Transactions on Mathematical Software 26(3).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if libm::log(self.uniform()) < 0.5 * z * z + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    /// Beta with shapes of at least 1.
    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

/// The first output of SplitMix64 (Steele, Lea & Flood 2014) from this state.
fn mixed(state: u64) -> u64 {
    SplitMix64::from_seed(state.to_le_bytes()).next_u64()
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn a_place_has_its_own_numbers_and_always_the_same() {
        let first = |place| Stream::new(7, place).bits();
        assert_eq!(first([0, 1, 2]), first([0, 1, 2]));
        assert_ne!(first([0, 1, 2]), first([0, 2, 1]));
        assert_ne!(first([0, 1, 2]), first([1, 0, 2]));
        // Computed by an implementation in Python; a change of these bits changes every published result.
        assert_eq!(first([0, 0, 0]), RECORDED);
    }

    const RECORDED: u64 = 6_697_313_628_202_591_112;

    #[test]
    fn beta_draws_have_the_moments_of_the_distribution() {
        let mut stream = Stream::new(1, [0, 0, 0]);
        let (a, b, draws) = (3.0, 8.0, 200_000);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..draws {
            let x = stream.beta(a, b);
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(draws);
        let variance = squares / f64::from(draws) - mean * mean;
        let expected = a * b / ((a + b) * (a + b) * (a + b + 1.0));
        // Four standard errors of the mean; those of the variance are about √(2/draws) of it.
        assert!((mean - a / (a + b)).abs() < 4.0 * (expected / f64::from(draws)).sqrt());
        assert!((variance / expected - 1.0).abs() < 0.013);
    }

    #[test]
    fn every_number_below_is_as_likely() {
        let mut stream = Stream::new(2, [0, 0, 0]);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[usize::try_from(stream.below(7)).unwrap_or(usize::MAX)] += 1;
        }
        // χ² with six degrees of freedom is below 27.9 with probability 0.9999.
        let chi_square: f64 =
            counts.iter().map(|&count| (f64::from(count) - 1e4) * (f64::from(count) - 1e4) / 1e4).sum();
        assert!(chi_square < 27.9, "{counts:?}");
        assert_eq!(stream.below(1), 0);
        assert_eq!(stream.below(0), 0);
    }
}
