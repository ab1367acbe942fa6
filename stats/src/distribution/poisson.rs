//! The Poisson distribution: events at a mean.

use super::{incomplete_gamma, saddle_point::ln_gamma_power, tail::Tails};

/// P(K ≤ k) at this mean; NaN unless the mean is finite and at least 0.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert!((poisson::cdf(0, 3.0) - (-3_f64).exp()).abs() < 1e-16);
/// ```
pub fn cdf(k: u64, mean: f64) -> f64 {
    tails(k, mean).lower()
}

/// P(K > k), without k itself; see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert!((poisson::sf(1, 1e-8) - 5e-17).abs() < 1e-24);
/// ```
pub fn sf(k: u64, mean: f64) -> f64 {
    tails(k, mean).upper()
}

/// ln P(K = k); minus infinity where that is impossible, NaN unless the mean is finite and at least 0.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert!((poisson::ln_pmf(2, 3.0) - (4.5_f64.ln() - 3.0)).abs() < 1e-14);
/// ```
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
pub fn ln_pmf(k: u64, mean: f64) -> f64 {
    if !(mean >= 0.0 && mean.is_finite()) {
        f64::NAN
    } else if k == 0 {
        -mean
    } else if mean == 0.0 {
        f64::NEG_INFINITY
    } else {
        ln_gamma_power(mean, k as f64) - libm::log(k as f64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
fn tails(k: u64, mean: f64) -> Tails {
    if !(mean >= 0.0 && mean.is_finite()) {
        return Tails::UNKNOWN;
    }
    // P(K > k) = P(k + 1, mean). Source: Abramowitz & Stegun (1964), 26.4.21.
    incomplete_gamma::tails(mean, k as f64 + 1.0).swapped()
}
