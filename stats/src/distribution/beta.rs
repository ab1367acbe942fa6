//! The beta distribution with two shapes, and the logarithm of the beta function.
//!
//! Shapes lie between 1e-150 and 1e150; tails are NaN for others, quantiles none.

use super::{
    incomplete_beta::{tails, tails_at},
    saddle_point::{Point, is_shape, ln_beta_power, stirling_error},
    tail::{Target, settle},
};

/// P(X ≤ x) for a beta distribution with the shapes `a` and `b`.
///
/// ```text
/// cdf(x) = I_x(a, b) = ∫₀ˣ t^(a − 1) (1 − t)^(b − 1) dt / B(a, b)
/// ```
///
/// 0 for x ≤ 0, 1 for x ≥ 1, NaN for NaN. Of the two tails the smaller is computed and the other is its complement. Against
/// 50-digit values the relative error is below 1e-12 for shapes up to 1e12, 38 standard deviations out too; only where a
/// shape is below 0.01 does the complement of a tail near 1 lose digits, to an absolute error of 1e-15.
///
/// The density's height at x comes from Loader's saddle-point expansion (2000, "Fast and accurate computation of binomial
/// probabilities"); the area below x relative to it from the continued fraction of DiDonato & Morris (1992, "Algorithm
/// 708", ACM Transactions on Mathematical Software 18(3), section 4), or, where both shapes are at least 1000, from
/// Gauss-Legendre quadrature as far as 40 nats down. At most some hundred terms either way.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::cdf(0.5, 1e6, 1e6) - 0.5).abs() < 1e-14);
/// ```
pub fn cdf(x: f64, a: f64, b: f64) -> f64 {
    tails(x, a, b).lower()
}

/// P(X > x); see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::sf(0.25, 1.0, 1.0) - 0.75).abs() < 1e-15);
/// ```
pub fn sf(x: f64, a: f64, b: f64) -> f64 {
    tails(x, a, b).upper()
}

/// ln P(X ≤ x); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// // x^a for b = 1.
/// assert!((beta::ln_cdf(0.01, 1_000.0, 1.0) - 1_000.0 * 0.01_f64.ln()).abs() < 1e-10);
/// ```
pub fn ln_cdf(x: f64, a: f64, b: f64) -> f64 {
    tails(x, a, b).ln_lower()
}

/// ln P(X > x); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::ln_sf(0.99, 1.0, 1_000.0) - 1_000.0 * 0.01_f64.ln()).abs() < 1e-9);
/// ```
pub fn ln_sf(x: f64, a: f64, b: f64) -> f64 {
    tails(x, a, b).ln_upper()
}

/// The x with P(X ≤ x) = `p`; none unless `0 < p < 1` and the shapes are valid.
///
/// Accurate to the last few digits of x, or of 1 − x where that is smaller, as far as [`cdf`] is; 0 or 1 where x is nearer
/// to an end than floats are. By Newton's method.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// // The lower Clopper-Pearson limit of 500,000 successes in ten million.
/// let lower = beta::quantile(0.025, 500_000.0, 9_500_001.0).unwrap();
/// assert!((lower - 0.049_864_999_091_129_9).abs() < 1e-15);
/// ```
pub fn quantile(p: f64, a: f64, b: f64) -> Option<f64> {
    solve(Target::lower(p)?, a, b)
}

/// The x with P(X > x) = `tail`; none unless `0 < tail < 1` and the shapes are valid; see [`quantile`].
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// // The upper Clopper-Pearson limit of 0 successes in 20.
/// let upper = beta::isf(0.025, 1.0, 20.0).unwrap();
/// assert!((upper - 0.168_433_470_983_085_08).abs() < 1e-15);
/// ```
pub fn isf(tail: f64, a: f64, b: f64) -> Option<f64> {
    solve(Target::upper(tail)?, a, b)
}

/// ln B(a, b) = ln( Γ(a)·Γ(b) / Γ(a + b) ), without the cancellation of its large terms; NaN unless both are positive.
///
/// From Stirling's formula with its error's series (DLMF 5.11.1) where an argument is at least 10.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::ln_beta(2.0, 3.0) - (1_f64 / 12.0).ln()).abs() < 1e-14);
/// ```
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    if !(a > 0.0 && b > 0.0) {
        return f64::NAN;
    }
    if b < 10.0 {
        return libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    }
    let ratio = a / b;
    let ln_sum = libm::log1p(ratio);
    // Stirling's formula of Γ(b) / Γ(a + b), the powers of b taken together.
    let ln_quotient =
        -a * libm::log(b) - (a + b - 0.5) * ln_sum + a + (stirling_error(b) - stirling_error(a + b));
    if a < 10.0 {
        return libm::lgamma(a) + ln_quotient;
    }
    stirling_error(a) + 0.5 * libm::log(2.0 * std::f64::consts::PI / a) + a * libm::log(ratio)
        - (a + b - 0.5) * ln_sum
        + (stirling_error(b) - stirling_error(a + b))
}

/// The quantile, computed on the side of 1/2 where it has no rounding of 1 − x.
fn solve(target: Target, a: f64, b: f64) -> Option<f64> {
    let small = solve_odds(target, a, b)?;
    let x = if small.is_lower { small.x } else { 1.0 - small.x };
    x.is_finite().then_some(x)
}

/// A quantile x ≤ 1/2, or 1 − x of one above.
pub(super) struct Small {
    pub(super) x: f64,
    pub(super) is_lower: bool,
}

/// The quantile by its distance from the nearer end.
pub(super) fn solve_odds(target: Target, a: f64, b: f64) -> Option<Small> {
    if !is_shape(a) || !is_shape(b) {
        return None;
    }
    Some(if target.is_at_or_below(tails(0.5, a, b)) {
        Small { x: solve_lower(target, a, b), is_lower: true }
    } else {
        Small { x: solve_lower(target.swapped(), b, a), is_lower: false }
    })
}

/// A quantile that is at most 1/2, by Newton's method in ln( x / (1 − x) ), whose density is log-concave, from the normal
/// approximation.
fn solve_lower(target: Target, a: f64, b: f64) -> f64 {
    let start = libm::log(a) - libm::log(b) + target.normal() * (1.0 / a + 1.0 / b).sqrt();
    let mut x = 1.0 / (1.0 + libm::exp(-start.clamp(-700.0, 0.0)));
    settle(|| {
        if x == 0.0 {
            return 0.0;
        }
        let point = Point::new(x, a, b);
        let y = point.y;
        let step = target.newton_step(tails_at(point, a, b), ln_beta_power(point, a, b));
        if step.abs() < 1e-6 {
            x += x * y * step;
        } else {
            let odds = x / y * libm::exp(step);
            x = if odds <= 1e15 { odds / (1.0 + odds) } else { 1.0 - f64::EPSILON };
        }
        step * y
    });
    if x > 0.5 { 0.5 } else { x }
}
