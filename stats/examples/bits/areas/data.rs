//! What the results are computed from: made of whole numbers and exact divisions, the same everywhere.

use std::num::{NonZeroU64, NonZeroUsize};

use edgewise_stats::{Alpha, Alternative, Direction, Fraction, JointMoments, Moments, Positive, Proportion};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Done;
use crate::digest::Digest;

pub(crate) const ALTERNATIVES: [Alternative; 3] =
    [Alternative::TwoSided, Alternative::Greater, Alternative::Less];
pub(crate) const DIRECTIONS: [Direction; 2] = [Direction::HigherIsBetter, Direction::LowerIsBetter];

/// Probabilities from one end to the other.
pub(crate) const PROBABILITIES: [f64; 14] =
    [1e-300, 1e-30, 1e-10, 1e-4, 0.005, 0.025, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 0.999_999_9];

pub(crate) type Made<T> = Result<T, Box<dyn std::error::Error>>;

pub(crate) fn alphas() -> Made<[Alpha; 3]> {
    Ok([Alpha::new(0.05)?, Alpha::new(0.2)?, Alpha::new(1e-6)?])
}

pub(crate) fn positive(number: f64) -> Made<Positive> {
    Ok(Positive::new(number)?)
}

pub(crate) fn fraction(number: f64) -> Made<Fraction> {
    Ok(Fraction::new(number)?)
}

pub(crate) fn count(number: u64) -> Made<NonZeroU64> {
    Ok(NonZeroU64::new(number).ok_or("zero")?)
}

pub(crate) fn size(number: usize) -> Made<NonZeroUsize> {
    Ok(NonZeroUsize::new(number).ok_or("zero")?)
}

/// Values with a long right tail, all multiples of 1/1024.
pub(crate) fn values(seed: u64, n: usize, added: f64) -> Vec<f64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut below =
        |bits: u32| -> f64 { f64::from(u32::try_from(random.next_u64() >> (64 - bits)).unwrap_or(0)) };
    (0..n).map(|_| below(9) * below(9) * below(4) / 1024.0 + added).collect()
}

/// Rows of a metric, a positive denominator and two covariates that go with the metric.
pub(crate) fn rows(seed: u64, n: usize, added: f64) -> Vec<[f64; 4]> {
    let (own, noise, other) = (values(seed, n, 0.0), values(seed + 1, n, added), values(seed + 2, n, 0.0));
    (0..n)
        .map(|i| {
            [
                own[i] + noise[i],
                1.0 + (other[i] / 8.0).floor(),
                own[i],
                own[i] / 2.0 + other[i] - noise[(i + 1) % n] / 8.0,
            ]
        })
        .collect()
}

pub(crate) fn joint(seed: u64, n: usize, added: f64) -> Made<JointMoments> {
    Ok(JointMoments::from_rows(4, rows(seed, n, added))?)
}

/// Pairs (control, treatment), the ordinary and the extreme.
pub(crate) fn means() -> Made<Vec<[Moments; 2]>> {
    let reported = Moments::from_mean_and_deviation;
    Ok(vec![
        [Moments::from_values(values(1, 40, 0.0))?, Moments::from_values(values(2, 35, 2.5))?],
        [reported(100_000, 12.5, 31.0)?, reported(99_412, 12.75, 30.5)?],
        [reported(1_000_000_000_000, 0.1, 0.3)?, reported(1_000_000_000_000, 0.100_001, 0.3)?],
        [reported(2, 1.0, 0.1)?, reported(3, 2.0, 0.2)?],
        [reported(50, 1e-300, 1e-301)?, reported(60, 2e-300, 1e-301)?],
        [reported(50, 1e300, 1e299)?, reported(60, 1.1e300, 1e299)?],
        [reported(500, -3.0, 8.0)?, reported(500, 4.0, 9.0)?],
        [reported(10_000, 100.0, 1.0)?, reported(10_000, 101.0, 1.0)?],
        [reported(10, 1.0, 0.0)?, reported(1, 1.0, 0.0)?],
        [
            Moments::from_scaled_sums(3, 1_300, 700_001, 2)?,
            Moments::from_scaled_sums(1_000, 123_456, 987_654_321, 1)?,
        ],
    ])
}

/// Pairs (control, treatment), the ordinary and the extreme.
pub(crate) fn rates() -> Made<Vec<[Proportion; 2]>> {
    let of = Proportion::new;
    Ok(vec![
        [of(470, 5_100)?, of(400, 5_000)?],
        [of(47_000, 500_000)?, of(47_500, 500_001)?],
        [of(3, 12)?, of(7, 11)?],
        [of(0, 20)?, of(5, 20)?],
        [of(20, 20)?, of(18, 20)?],
        [of(1, 1_000_000_000_000)?, of(9, 1_000_000_000_000)?],
        [of(300_000_000_000, 1_000_000_000_000)?, of(300_001_000_000, 1_000_000_000_000)?],
    ])
}

/// The summaries themselves, and their mergers.
pub(crate) fn moments(digest: &mut Digest) -> Done {
    for [control, treatment] in means()? {
        digest.fold(&[control, treatment, control.merge(&treatment)?])?;
        for moments in [control, treatment] {
            digest.fold(&(moments.mean(), moments.variance(), moments.standard_deviation()))?;
        }
    }
    let (one, other) = (joint(3, 50, 0.0)?, joint(7, 60, 1.0)?);
    let both = one.merge(&other)?;
    digest.fold(&[&one, &other, &both])?;
    digest.fold(&both.combination(&[1.0, -0.25, 0.5, 3.0]))?;
    for i in 0..4 {
        for j in 0..4 {
            digest.fold(&both.covariance(i, j))?;
        }
    }
    Ok(())
}
