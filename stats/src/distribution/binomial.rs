//! The binomial distribution: successes in n independent units.

use super::{
    incomplete_beta,
    saddle_point::{Point, ln_beta_power},
    tail::{Tails, reaches, smallest},
};

/// P(K ≤ k) of `n` units that each succeed with the probability `p`; NaN unless `0 ≤ p ≤ 1`.
///
/// ```text
/// cdf(k) = Σ_{i ≤ k} C(n, i) pⁱ (1 − p)^(n − i) = I_{1 − p}(n − k, k + 1)
/// ```
///
/// As accurate as the [beta distribution's](super::beta::cdf), for up to 2^53 units exactly those given. Source:
/// Abramowitz & Stegun (1964), 26.5.24.
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert!((binomial::cdf(0, 20, 0.1) - 0.9_f64.powi(20)).abs() < 1e-15);
/// ```
pub fn cdf(k: u64, n: u64, p: f64) -> f64 {
    tails(k, n, p).lower()
}

/// P(K > k), without k itself; see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert!((binomial::sf(19, 20, 0.1) - 1e-20).abs() < 1e-33);
/// ```
pub fn sf(k: u64, n: u64, p: f64) -> f64 {
    tails(k, n, p).upper()
}

/// ln P(K ≤ k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert!((binomial::ln_cdf(0, 20_000, 0.1) - 20_000.0 * 0.9_f64.ln()).abs() < 1e-9);
/// ```
pub fn ln_cdf(k: u64, n: u64, p: f64) -> f64 {
    tails(k, n, p).ln_lower()
}

/// ln P(K > k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert!((binomial::ln_sf(1_999, 2_000, 0.1) - 2_000.0 * 0.1_f64.ln()).abs() < 1e-9);
/// ```
pub fn ln_sf(k: u64, n: u64, p: f64) -> f64 {
    tails(k, n, p).ln_upper()
}

/// The smallest k with P(K ≤ k) ≥ `probability`; none unless `0 < probability < 1` and `0 ≤ p ≤ 1`.
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// // The ranks of a median's 95 % interval of 100 values: 40 and 61 (Conover 1999, 3.2).
/// assert_eq!(binomial::quantile(0.025, 100, 0.5), Some(40));
/// assert_eq!(binomial::isf(0.025, 100, 0.5), Some(60));
/// ```
pub fn quantile(probability: f64, n: u64, p: f64) -> Option<u64> {
    let is_valid = probability > 0.0 && probability < 1.0 && (0.0..=1.0).contains(&p);
    is_valid.then(|| smallest(n, |k| reaches(tails(k, n, p), probability)))
}

/// The smallest k with P(K > k) ≤ `tail`; none unless `0 < tail < 1` and `0 ≤ p ≤ 1`; see [`quantile`].
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert_eq!(binomial::isf(1e-21, 20, 0.1), Some(20));
/// ```
pub fn isf(tail: f64, n: u64, p: f64) -> Option<u64> {
    let is_valid = tail > 0.0 && tail < 1.0 && (0.0..=1.0).contains(&p);
    is_valid.then(|| smallest(n, |k| tails(k, n, p).upper() <= tail))
}

/// ln P(K = k); minus infinity where that is impossible, NaN unless `0 ≤ p ≤ 1`.
///
/// By the saddle-point expansion of Loader (2000), so that no large terms cancel.
///
/// ```
/// use edgewise_stats::distribution::binomial;
///
/// assert!((binomial::ln_pmf(5, 10, 0.5) - (252.0 / 1024.0_f64).ln()).abs() < 1e-14);
/// ```
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
pub fn ln_pmf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let Some(rest) = n.checked_sub(k) else { return f64::NEG_INFINITY };
    let (successes, failures) = (k as f64, rest as f64);
    if p <= 0.0 || p >= 1.0 {
        let is_certain = if p <= 0.0 { k == 0 } else { rest == 0 };
        return if is_certain { 0.0 } else { f64::NEG_INFINITY };
    }
    if k == 0 {
        return failures * libm::log1p(-p);
    }
    if rest == 0 {
        return successes * libm::log(p);
    }
    // C(n, k) = 1 / ( B(k, n − k) · k·(n − k)/n )
    ln_beta_power(Point::new(p, successes, failures), successes, failures)
        + libm::log(n as f64 / successes / failures)
}

#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
fn tails(k: u64, n: u64, p: f64) -> Tails {
    if !(0.0..=1.0).contains(&p) {
        return Tails::UNKNOWN;
    }
    // P(K > k) = I_p(k + 1, n − k). Source: Abramowitz & Stegun (1964), 26.5.24.
    match n.checked_sub(k) {
        None | Some(0) => Tails::ABOVE,
        Some(rest) => incomplete_beta::tails(p, k as f64 + 1.0, rest as f64).swapped(),
    }
}
