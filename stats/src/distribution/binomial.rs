//! The binomial distribution: successes in n independent units.

use super::{
    incomplete_beta,
    saddle_point::{excess, ln_beta_power},
    tail::Tails,
};

/// P(K ≤ k) of `n` units that each succeed with the probability `p`; NaN unless `0 ≤ p ≤ 1`.
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

/// ln P(K = k); minus infinity where that is impossible, NaN unless `0 ≤ p ≤ 1`.
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
    if p == 0.0 || p == 1.0 {
        let is_certain = if p == 0.0 { k == 0 } else { rest == 0 };
        return if is_certain { 0.0 } else { f64::NEG_INFINITY };
    }
    if k == 0 {
        return failures * libm::log1p(-p);
    }
    if rest == 0 {
        return successes * libm::log(p);
    }
    // C(n, k) = 1 / ( B(k, n − k) · k·(n − k)/n )
    ln_beta_power(p, 1.0 - p, excess(p, successes, failures), successes, failures)
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
