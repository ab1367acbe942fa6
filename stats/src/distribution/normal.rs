//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI, SQRT_2};

/// P(Z > z), for any z.
///
/// ```text
/// sf(z) = erfc(z / √2) / 2
/// ```
///
/// Relative error about 1e-15 at the centre, growing with z² to about 1e-13 at the smallest positive result (z = 38);
/// 0 beyond, where [`ln_sf`] goes on. NaN gives NaN. Source: Abramowitz & Stegun (1964), 26.2.29.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::sf(1.96) - 0.024_997_895).abs() < 1e-9);
/// ```
pub fn sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// ln P(Z > z), for any z.
///
/// The logarithm of [`sf`] up to z = 30; beyond it the asymptotic series of Mills' ratio, whose first omitted term is
/// below 1e-15 there. Source: Abramowitz & Stegun (1964), 26.2.12. NaN gives NaN, infinity minus infinity.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_sf(1.0) - normal::sf(1.0).ln()).abs() < 1e-15);
/// assert!((normal::ln_sf(100.0) - -5005.524_208_694_2).abs() < 1e-9);
/// ```
pub fn ln_sf(z: f64) -> f64 {
    if z < 30.0 || z.is_nan() {
        return if z < 0.0 { libm::log1p(-sf(-z)) } else { libm::log(sf(z)) };
    }
    let w = 1.0 / (z * z);
    let series =
        1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w * (1.0 - 9.0 * w * (1.0 - 11.0 * w)))));
    -0.5 * z * z - libm::log(z) - 0.5 * (LN_2 + libm::log(PI)) + libm::log(series)
}

/// The z with P(Z > z) = `tail`; none unless `0 < tail < 1`.
///
/// The quantile of `statrs` (Boost's rational approximation of the inverse of erfc), refined by one Newton step on
/// [`ln_sf`] or [`sf`]. Relative error about 1e-15.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::isf(0.025).unwrap() - 1.959_963_984_540_054).abs() < 1e-15);
/// assert_eq!(normal::isf(0.0), None);
/// ```
pub fn isf(tail: f64) -> Option<f64> {
    if !(tail > 0.0 && tail < 1.0) {
        return None;
    }
    Some(if tail > 0.5 { -isf_upper(1.0 - tail) } else { isf_upper(tail) })
}

/// The z with P(Z ≤ z) = `p`; none unless `0 < p < 1`.
///
/// Where `p` is close to 1, [`isf`] of the small tail loses nothing and this does.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::quantile(0.975).unwrap() - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
pub fn quantile(p: f64) -> Option<f64> {
    isf(p).map(|z| if z == 0.0 { 0.0 } else { -z })
}

/// [`isf`] for 0 < tail ≤ 1/2, so that z ≥ 0.
fn isf_upper(tail: f64) -> f64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the wrapper that other code is sent to; tested against mpmath"
    )]
    let start = SQRT_2 * statrs::function::erf::erfc_inv(2.0 * tail);
    if tail > 0.1 {
        return start + (sf(start) - tail) / density(start);
    }
    // d ln sf / dz = −density / sf
    let ln_tail = ln_sf(start);
    let hazard = libm::exp(libm::log(density_scale()) - 0.5 * start * start - ln_tail);
    start + (ln_tail - libm::log(tail)) / hazard
}

/// The density at z.
///
/// ```text
/// density(z) = exp(−z² / 2) / √(2π)
/// ```
///
/// NaN gives NaN. Source: Abramowitz & Stegun (1964), 26.2.1.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
/// ```
pub fn density(z: f64) -> f64 {
    density_scale() * libm::exp(-0.5 * z * z)
}

/// The logarithm of the [`density`] at z. It stays finite where the density underflows.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_density(100.0) - -5_000.918_938_533_205).abs() < 1e-11);
/// ```
pub fn ln_density(z: f64) -> f64 {
    -0.5 * z * z - 0.5 * (LN_2 + libm::log(PI))
}

/// P(Z ≤ z), for any z: [`sf`] at −z.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::cdf(1.96) - 0.975_002_104_851_779_6).abs() < 1e-15);
/// ```
pub fn cdf(z: f64) -> f64 {
    sf(-z)
}

/// ln P(Z ≤ z), for any z: [`ln_sf`] at −z.
///
/// ```
/// use edgewise_stats::distribution::normal;
///
/// assert!((normal::ln_cdf(-100.0) - -5005.524_208_694_2).abs() < 1e-9);
/// ```
pub fn ln_cdf(z: f64) -> f64 {
    ln_sf(-z)
}

/// 1 / √(2π).
fn density_scale() -> f64 {
    1.0 / (2.0 * PI).sqrt()
}
