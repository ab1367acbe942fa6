//! Exact binomial draws: how many of a resample's units fall into a part of the sample.

use std::f64::consts::PI;

use super::stream::Stream;
use crate::moments::count;

/// Below this mean the search from zero is quicker, and the rejection's hat does not cover the density (Hörmann 1993
/// proves it from 10 on).
const SMALL_MEAN: f64 = 10.0;

/// A draw of how many of `n` trials succeed with probability `p` each.
///
/// Means below 10 (of the rarer outcome) by inversion from zero; larger ones by the transformed rejection BTRS. Both are
/// exact but for the rounding of the probabilities to floats.
///
/// Source: Hörmann (1993), "The generation of binomial random variates", Journal of Statistical Computation and Simulation
/// 46(1–2), algorithm BTRS.
pub(super) fn binomial(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - rarer(stream, n, 1.0 - p);
    }
    rarer(stream, n, p)
}

/// [`binomial`] for 0 < p ≤ 1/2.
fn rarer(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if count(n) * p < SMALL_MEAN { inversion(stream, n, p) } else { rejection(stream, n, p) }
}

/// Adds up the probabilities from zero until they exceed a uniform number.
fn inversion(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let none = libm::exp(count(n) * libm::log1p(-p));
    loop {
        let mut rest = stream.uniform();
        let mut probability = none;
        let mut successes = 0;
        // The probabilities of a mean below 10 add up to 1 long before 200 but for rounding, which draws again.
        while successes <= n && successes < 200 {
            if rest < probability {
                return successes;
            }
            rest -= probability;
            successes += 1;
            probability *= odds * (count(n - successes + 1) / count(successes));
        }
    }
}

fn rejection(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let trials = count(n);
    let deviation = (trials * p * (1.0 - p)).sqrt();
    // The constants of Hörmann's hat function.
    let width = 1.15 + 2.53 * deviation;
    let steepness = -0.0873 + 0.0248 * width + 0.01 * p;
    let centre = trials * p + 0.5;
    let sure = 0.92 - 4.2 / width;
    let alpha = (2.83 + 5.1 / width) * deviation;
    let mut at_mode = None;
    loop {
        let height = stream.uniform();
        let place = stream.uniform() - 0.5;
        let from_edge = 0.5 - place.abs();
        let successes = libm::floor((2.0 * steepness / from_edge + width) * place + centre);
        if successes < 0.0 || successes > trials {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and n")]
        let drawn = (successes as u64).min(n);
        if from_edge >= 0.07 && height <= sure {
            return drawn;
        }
        let mode = libm::floor((trials + 1.0) * p).min(trials);
        let peak = *at_mode.get_or_insert_with(|| ln_density(mode, trials, p));
        let scaled = libm::log(height * alpha / (steepness / (from_edge * from_edge) + width));
        if scaled <= ln_density(successes, trials, p) - peak {
            return drawn;
        }
    }
}

/// ln P(X = k) without cancellation for large n. Source: Loader (2000), "Fast and accurate computation of binomial
/// probabilities".
fn ln_density(k: f64, n: f64, p: f64) -> f64 {
    let rest = n - k;
    if k == 0.0 {
        return n * libm::log1p(-p);
    }
    if rest == 0.0 {
        return n * libm::log(p);
    }
    stirling_error(n)
        - stirling_error(k)
        - stirling_error(rest)
        - deviance(k, n * p)
        - deviance(rest, n * (1.0 - p))
        + 0.5 * libm::log(n / (2.0 * PI * k * rest))
}

/// x·ln(x/m) + m − x.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() < 0.1 * (x + m) {
        let v = (x - m) / (x + m);
        let mut sum = (x - m) * v;
        let mut term = 2.0 * x * v;
        let mut odd = 1.0;
        // v² < 0.01: ten terms are beyond the last bit.
        for _ in 0..10 {
            term *= v * v;
            odd += 2.0;
            sum += term / odd;
        }
        return sum;
    }
    x * libm::log(x / m) + m - x
}

/// ln n! − ln( √(2πn)·(n/e)ⁿ ) by Stirling's series; from n = 1 on the first omitted term is below 6e-4, from 10 on
/// below 1e-12. Small n are corrected by the recurrence to at least 16.
fn stirling_error(n: f64) -> f64 {
    let mut x = n;
    let mut correction = 0.0;
    while x < 16.0 {
        // s(x) − s(x+1) = (x + ½)·ln(1 + 1/x) − 1
        correction += (x + 0.5) * libm::log1p(1.0 / x) - 1.0;
        x += 1.0;
    }
    let square = x * x;
    correction
        + (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - (1.0 / 1_680.0) / square) / square) / square) / x
}

#[cfg(test)]
mod tests {
    use super::{binomial, ln_density};
    use crate::{moments::count, resample::stream::Stream};

    /// χ² of drawn counts against the probabilities, cells below 5 pooled into the rest; returns (χ², cells).
    fn chi_square(n: u64, p: f64, draws: u32) -> (f64, f64) {
        let mut stream = Stream::new(11, [n, 0, 0]);
        let cells = usize::try_from(n).unwrap_or(0) + 1;
        let mut counts = vec![0_u32; cells];
        for _ in 0..draws {
            counts[usize::try_from(binomial(&mut stream, n, p)).unwrap_or(usize::MAX)] += 1;
        }
        let (mut chi_square, mut used, mut rest, mut rest_expected) = (0.0, 0.0, 0.0, 0.0);
        for (k, &observed) in (0_u32..).zip(&counts) {
            let expected = f64::from(draws) * libm::exp(ln_density(f64::from(k), count(n), p));
            if expected < 5.0 {
                rest += f64::from(observed);
                rest_expected += expected;
            } else {
                chi_square += (f64::from(observed) - expected) * (f64::from(observed) - expected) / expected;
                used += 1.0;
            }
        }
        if rest_expected > 5.0 {
            chi_square += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
            used += 1.0;
        }
        (chi_square, used)
    }

    #[test]
    fn draws_follow_the_binomial_distribution() {
        for (n, p) in
            [(10, 0.3), (40, 0.25), (40, 0.75), (100, 0.1), (1_000, 0.5), (2_000, 0.0051), (300, 0.4)]
        {
            let (chi_square, cells) = chi_square(n, p, 200_000);
            // Mean and deviation of χ²; 4.5 of them is beyond 1 in 10,000 for these degrees of freedom.
            let df = cells - 1.0;
            assert!(chi_square < df + 4.5 * (2.0 * df).sqrt(), "n {n}, p {p}: {chi_square} with {df}");
        }
    }

    #[test]
    fn a_trillion_trials_have_the_right_mean_and_spread() {
        let mut stream = Stream::new(5, [0, 0, 0]);
        let (n, p, draws) = (1_000_000_000_000_u64, 0.37, 20_000);
        let deviation = (count(n) * p * (1.0 - p)).sqrt();
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..draws {
            let z = (count(binomial(&mut stream, n, p)) - count(n) * p) / deviation;
            sum += z;
            squares += z * z;
        }
        assert!((sum / f64::from(draws)).abs() < 4.0 / f64::from(draws).sqrt());
        assert!((squares / f64::from(draws) - 1.0).abs() < 4.0 * (2.0 / f64::from(draws)).sqrt());
    }

    #[test]
    fn densities_are_exact() {
        // mpmath 1.4.1, 40 digits: log(binomial(n, k)) + k·log(p) + (n − k)·log(1 − p)
        for (k, n, p, expected) in LN_DENSITIES {
            let got = ln_density(k, n, p);
            assert!((got - expected).abs() < 1e-11 * expected.abs().max(1.0), "{k} {n} {p}: {got}");
        }
    }

    const LN_DENSITIES: [(f64, f64, f64, f64); 5] = [
        (0.0, 10.0, 0.3, -3.566_749_439_387_323_6),
        (3.0, 10.0, 0.3, -1.321_151_277_766_888_6),
        (1.0, 50.0, 0.4, -22.034_723_290_979_554),
        (45.0, 100.0, 0.5, -3.026_721_587_985_908),
        (500.0, 100_000.0, 0.004, -15.645_896_251_897_284),
    ];

    #[test]
    fn ends_are_certain() {
        let mut stream = Stream::new(5, [0, 0, 0]);
        assert_eq!(binomial(&mut stream, 0, 0.5), 0);
        assert_eq!(binomial(&mut stream, 9, 0.0), 0);
        assert_eq!(binomial(&mut stream, 9, 1.0), 9);
        assert!(binomial(&mut stream, u64::MAX, 0.5) > 0);
    }
}
