//! The noncentral t distribution: Student's statistic where the mean is not 0, hence power.

use std::f64::consts::LN_2;

use super::{
    normal,
    saddle_point::{exponential_excess, ln_gamma_scale},
    tail::Tails,
};
use crate::numeric::quadrature::peak_area;

/// P(T ≤ t) with `df` degrees of freedom, at least 1 and not necessarily whole, and this noncentrality; NaN where one of
/// the numbers is NaN or out of its range.
///
/// ```text
/// T = (Z + noncentrality) / √(χ² / df),   P(T ≤ t) = ∫₀^∞ Φ(t·s − noncentrality) f(s) ds
/// ```
///
/// with f the density of √(χ² / df). The integral is taken in ln s, outwards from its largest value, by Gauss-Legendre
/// quadrature of a sum of positive terms; the smaller tail is the one that is computed. Relative error below 1e-12 for
/// t and noncentralities up to 40. Source: Johnson, Kotz & Balakrishnan (1995), "Continuous Univariate Distributions",
/// volume 2, 31.3.
///
/// ```
/// use edgewise_stats::distribution::{noncentral_t, students_t};
///
/// // Without noncentrality it is Student's t.
/// let central = students_t::sf(1.5, students_t::DegreesOfFreedom::new(9.0).unwrap());
/// assert!((noncentral_t::cdf(-1.5, 9.0, 0.0) - central).abs() < 1e-14);
/// ```
pub fn cdf(t: f64, df: f64, noncentrality: f64) -> f64 {
    tails(t, df, noncentrality).lower()
}

/// P(T > t); see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::{noncentral_t, students_t};
///
/// // Power of a two-sided t test of two groups of 64, the effect being half a standard deviation.
/// let df = students_t::DegreesOfFreedom::new(126.0).unwrap();
/// let critical = students_t::isf(0.025, df).unwrap();
/// let noncentrality = 0.5 * 32_f64.sqrt();
/// let power = noncentral_t::sf(critical, 126.0, noncentrality) + noncentral_t::cdf(-critical, 126.0, noncentrality);
/// assert!((power - 0.801_459_557_922_254_2).abs() < 1e-12);
/// ```
pub fn sf(t: f64, df: f64, noncentrality: f64) -> f64 {
    tails(t, df, noncentrality).upper()
}

/// ln P(T ≤ t); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::{noncentral_t, normal};
///
/// // At 0 it does not matter by what the numerator is divided.
/// assert!((noncentral_t::ln_cdf(0.0, 5.0, 50.0) - normal::ln_sf(50.0)).abs() < 1e-9);
/// ```
pub fn ln_cdf(t: f64, df: f64, noncentrality: f64) -> f64 {
    tails(t, df, noncentrality).ln_lower()
}

/// ln P(T > t); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::{noncentral_t, normal};
///
/// // With very many degrees of freedom the normal distribution about the noncentrality.
/// assert!((noncentral_t::ln_sf(60.0, 1e15, 10.0) - normal::ln_sf(50.0)).abs() < 1e-8);
/// ```
pub fn ln_sf(t: f64, df: f64, noncentrality: f64) -> f64 {
    tails(t, df, noncentrality).ln_upper()
}

/// Both tails.
fn tails(t: f64, df: f64, noncentrality: f64) -> Tails {
    if !(df >= 1.0 && df.is_finite() && noncentrality.is_finite()) || t.is_nan() {
        Tails::UNKNOWN
    } else if t == f64::INFINITY {
        Tails::ABOVE
    } else if t == f64::NEG_INFINITY {
        Tails::BELOW
    } else if t < 0.0 {
        positive(-t, df, -noncentrality).swapped()
    } else {
        // Not −0, by which the panels' widths would be negative.
        positive(t.abs(), df, noncentrality)
    }
}

/// Both tails at t ≥ 0.
fn positive(t: f64, df: f64, shift: f64) -> Tails {
    let is_upper = t > shift;
    let ln_integrand = |w: f64| {
        let z = t * libm::exp(w) - shift;
        let ln_normal = if is_upper { normal::ln_sf(z) } else { normal::ln_cdf(z) };
        // The density of w = ln √(χ² / df), up to its largest value, which it has at 0.
        ln_normal - 0.5 * df * exponential_excess(2.0 * w)
    };
    // Where ν·ln s − ν·s²/2 − (t·s − shift)²/2 is largest: the normal tail is near enough its density here.
    let length = libm::hypot(1.0, t / df.sqrt());
    let lean = t / df.sqrt() / length * (shift / df.sqrt());
    let root = libm::hypot(lean, 2.0);
    let peak = if lean >= 0.0 { (lean + root) / (2.0 * length) } else { 2.0 / (length * (root - lean)) };
    let start = libm::log(peak);
    let start = if is_upper { start.min(0.0) } else { start.max(0.0) };
    let width = |w: f64, direction: f64| {
        let s = libm::exp(w);
        // Four standard deviations of the density; at most so much that exp(exp(2·w)) stays tame.
        let of_density = (2.8 / (df.sqrt() * s)).min((-0.4 * w).max(0.8));
        // Three of the normal tail, which is 1 to the last digit as long as its point is 9 on the other side.
        let idle = (-9.0 - if is_upper { t * s - shift } else { shift - t * s }).max(0.0);
        let is_leaving = is_upper == (direction < 0.0);
        if idle > 0.0 && is_leaving { of_density } else { of_density.min((3.0 + idle) / (t * s)) }
    };
    let (ln_scale, area) = peak_area(ln_integrand, start, width, (-800.0, 800.0));
    // The density of w at 0: 2·(ν/2)^(ν/2)·exp(−ν/2) / Γ(ν/2).
    let ln_scale = ln_scale + LN_2 + ln_gamma_scale(0.5 * df);
    if is_upper { Tails::of_upper(ln_scale, area) } else { Tails::of_lower(ln_scale, area) }
}
