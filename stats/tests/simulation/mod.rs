//! What simulations share: seeded draws, and shares held to what they should be within their binomial error.

#![allow(dead_code, reason = "each simulation uses its part")]

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Draws from a seeded generator.
pub(crate) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Strictly between 0 and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller's method.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    pub(crate) fn normals(&mut self, n: usize, mean: f64, deviation: f64) -> Vec<f64> {
        (0..n).map(|_| mean + deviation * self.normal()).collect()
    }

    /// How many of so many units convert.
    pub(crate) fn successes(&mut self, n: u64, rate: f64) -> u64 {
        (0..n).map(|_| u64::from(self.uniform() < rate)).sum()
    }

    /// With mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }
}

/// How often something happened.
#[derive(Clone, Copy, Default)]
pub(crate) struct Share {
    hits: u64,
    of: u64,
}

impl Share {
    pub(crate) fn note(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.of += 1;
    }

    pub(crate) fn value(&self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// The binomial standard error where the share should be `expected`.
    pub(crate) fn error(&self, expected: f64) -> f64 {
        (expected * (1.0 - expected) / self.of as f64).sqrt()
    }

    /// Whether it is `expected` within four standard errors and what the method is allowed to be off by.
    pub(crate) fn is(&self, expected: f64, slack: f64) -> bool {
        (self.value() - expected).abs() <= 4.0 * self.error(expected) + slack
    }

    /// Prints the share and holds it to what is expected.
    pub(crate) fn assert_is(&self, what: &str, expected: f64, slack: f64) {
        let (value, error) = (self.value(), self.error(expected));
        println!(
            "| {what:<74} | {expected:.4} | {value:.4} | {:+.1} se | {slack:.3} | {:>6} |",
            (value - expected) / error,
            self.of
        );
        assert!(self.is(expected, slack), "{what}: {value} instead of {expected}");
    }

    /// Prints the share and holds it to at most what is expected.
    pub(crate) fn assert_at_most(&self, what: &str, expected: f64) {
        let (value, error) = (self.value(), self.error(expected));
        println!("| {what:<74} | ≤{expected:.4}| {value:.4} |         |       | {:>6} |", self.of);
        assert!(value <= expected + 4.0 * error, "{what}: {value} instead of at most {expected}");
    }

    /// Prints the share and holds it to at least what is expected.
    pub(crate) fn assert_at_least(&self, what: &str, expected: f64) {
        let (value, error) = (self.value(), self.error(expected));
        println!("| {what:<74} | ≥{expected:.4}| {value:.4} |         |       | {:>6} |", self.of);
        assert!(value >= expected - 4.0 * error, "{what}: {value} instead of at least {expected}");
    }
}
