//! The chi-squared distribution.

use std::num::NonZeroU32;

use super::gamma;

/// P(X > x) with `df` degrees of freedom; 1 for x ≤ 0.
///
/// ```text
/// sf(x) = Q(df / 2, x / 2), the regularised upper incomplete gamma function
/// ```
///
/// As accurate as [`gamma::sf`]. 0 only below the smallest float, where [`ln_sf`] goes on. NaN gives NaN. Source:
/// Abramowitz & Stegun (1964), 26.4.19.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// // Two degrees of freedom: exp(−x / 2).
/// let p = chi_squared::sf(9.644_67, NonZeroU32::new(2).unwrap());
/// assert!((p - (-9.644_67_f64 / 2.0).exp()).abs() < 1e-15);
/// ```
pub fn sf(x: f64, df: NonZeroU32) -> f64 {
    gamma::sf(0.5 * x, shape(df))
}

/// ln P(X > x); see [`sf`]. It stays finite where the tail underflows.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// let two = NonZeroU32::new(2).unwrap();
/// assert_eq!(chi_squared::sf(10_000.0, two), 0.0);
/// assert!((chi_squared::ln_sf(10_000.0, two) - -5_000.0).abs() < 1e-9);
/// ```
pub fn ln_sf(x: f64, df: NonZeroU32) -> f64 {
    gamma::ln_sf(0.5 * x, shape(df))
}

/// P(X ≤ x); 0 for x ≤ 0; see [`sf`].
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// // One degree of freedom: the square of a normal variable.
/// let p = chi_squared::cdf(1.96 * 1.96, NonZeroU32::new(1).unwrap());
/// assert!((p - 0.950_004_209_703_559).abs() < 1e-14);
/// ```
pub fn cdf(x: f64, df: NonZeroU32) -> f64 {
    gamma::cdf(0.5 * x, shape(df))
}

/// ln P(X ≤ x); see [`sf`]. It stays finite where the tail underflows.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// let df = NonZeroU32::new(4).unwrap();
/// assert!((chi_squared::ln_cdf(1e-200, df) - (1e-200_f64.ln() * 2.0 - 8_f64.ln())).abs() < 1e-12);
/// ```
pub fn ln_cdf(x: f64, df: NonZeroU32) -> f64 {
    gamma::ln_cdf(0.5 * x, shape(df))
}

/// The x with P(X > x) = `tail`; none unless `0 < tail < 1`.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// let x = chi_squared::isf(0.05, NonZeroU32::new(2).unwrap()).unwrap();
/// assert!((x - 2.0 * 20_f64.ln()).abs() < 1e-14);
/// ```
pub fn isf(tail: f64, df: NonZeroU32) -> Option<f64> {
    gamma::isf(tail, shape(df)).map(|x| 2.0 * x)
}

/// The x with P(X ≤ x) = `p`; none unless `0 < p < 1`.
///
/// Where `p` is close to 1, [`isf`] of the small tail loses nothing and this does.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// let x = chi_squared::quantile(0.95, NonZeroU32::new(1).unwrap()).unwrap();
/// assert!((x - 3.841_458_820_694_124).abs() < 1e-14);
/// ```
pub fn quantile(p: f64, df: NonZeroU32) -> Option<f64> {
    gamma::quantile(p, shape(df)).map(|x| 2.0 * x)
}

fn shape(df: NonZeroU32) -> f64 {
    0.5 * f64::from(df.get())
}
