//! The Poisson distribution: events at a mean.

use super::{
    incomplete_gamma,
    saddle_point::ln_gamma_power,
    tail::{Tails, reaches, smallest},
};

/// P(K ≤ k) at this mean; NaN unless the mean is finite and at least 0.
///
/// ```text
/// cdf(k) = Σ_{i ≤ k} meanⁱ exp(−mean) / i! = Q(k + 1, mean)
/// ```
///
/// As accurate as the [gamma distribution's](super::gamma::cdf). Source: Abramowitz & Stegun (1964), 26.4.21.
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

/// ln P(K ≤ k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert!((poisson::ln_cdf(0, 3_000.0) - -3_000.0).abs() < 1e-9);
/// ```
pub fn ln_cdf(k: u64, mean: f64) -> f64 {
    tails(k, mean).ln_lower()
}

/// ln P(K > k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert!((poisson::ln_sf(0, 1e-320) - 1e-320_f64.ln()).abs() < 1e-12);
/// ```
pub fn ln_sf(k: u64, mean: f64) -> f64 {
    tails(k, mean).ln_upper()
}

/// The smallest k with P(K ≤ k) ≥ `probability`; none unless `0 < probability < 1` and the mean is finite and at least 0.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert_eq!(poisson::quantile(0.975, 3.0), Some(7));
/// ```
pub fn quantile(probability: f64, mean: f64) -> Option<u64> {
    let is_valid = probability > 0.0 && probability < 1.0 && mean >= 0.0 && mean.is_finite();
    is_valid.then(|| smallest(most(mean), |k| reaches(tails(k, mean), probability)))
}

/// The smallest k with P(K > k) ≤ `tail`; none unless `0 < tail < 1` and the mean is finite and at least 0.
///
/// ```
/// use edgewise_stats::distribution::poisson;
///
/// assert_eq!(poisson::isf(0.025, 3.0), Some(7));
/// ```
pub fn isf(tail: f64, mean: f64) -> Option<u64> {
    let is_valid = tail > 0.0 && tail < 1.0 && mean >= 0.0 && mean.is_finite();
    is_valid.then(|| smallest(most(mean), |k| tails(k, mean).upper() <= tail))
}

/// ln P(K = k); minus infinity where that is impossible, NaN unless the mean is finite and at least 0.
///
/// By the saddle-point expansion of Loader (2000), so that no large terms cancel.
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

/// A count that is exceeded with a probability below the smallest float: exp(−745) is reached 40 standard deviations above
/// a large mean, and by a count of 750 above a small one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at the largest count")]
fn most(mean: f64) -> u64 {
    (mean + 40.0 * mean.sqrt() + 750.0) as u64
}
