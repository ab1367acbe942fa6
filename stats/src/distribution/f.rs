//! The F distribution of Fisher and Snedecor.

use super::{
    beta::solve_odds,
    incomplete_beta,
    saddle_point::{Point, is_shape},
    tail::{Tails, Target},
};

/// P(F ≤ x) with `df1` degrees of freedom of the numerator and `df2` of the denominator, not necessarily whole; NaN
/// unless both lie between 2e-150 and 2e150.
///
/// ```text
/// cdf(x) = I_u(df1 / 2, df2 / 2),   u = df1·x / (df1·x + df2)
/// ```
///
/// As accurate as the [beta distribution's](super::beta::cdf). 0 for x ≤ 0, NaN for NaN. Source: Abramowitz & Stegun
/// (1964), 26.6.2.
///
/// ```
/// use edgewise_stats::distribution::f;
///
/// // F is as likely below 1 as above where both degrees of freedom are the same.
/// assert!((f::cdf(1.0, 7.0, 7.0) - 0.5).abs() < 1e-15);
/// ```
pub fn cdf(x: f64, df1: f64, df2: f64) -> f64 {
    tails(x, df1, df2).lower()
}

/// P(F > x); see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::f;
///
/// // With (2, 2) degrees of freedom 1 / (1 + x).
/// assert!((f::sf(3.0, 2.0, 2.0) - 0.25).abs() < 1e-15);
/// ```
pub fn sf(x: f64, df1: f64, df2: f64) -> f64 {
    tails(x, df1, df2).upper()
}

/// ln P(F > x); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::f;
///
/// assert!((f::ln_sf(3.0, 2.0, 2.0) - 0.25_f64.ln()).abs() < 1e-15);
/// ```
pub fn ln_sf(x: f64, df1: f64, df2: f64) -> f64 {
    tails(x, df1, df2).ln_upper()
}

/// The x with P(F > x) = `tail`; none unless `0 < tail < 1`, the degrees of freedom are valid and x is a finite
/// float; see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::f;
///
/// assert!((f::isf(0.25, 2.0, 2.0).unwrap() - 3.0).abs() < 1e-14);
/// ```
pub fn isf(tail: f64, df1: f64, df2: f64) -> Option<f64> {
    solve(Target::upper(tail)?, df1, df2)
}

/// The x with P(F ≤ x) = `p`; see [`isf`].
///
/// ```
/// use edgewise_stats::distribution::f;
///
/// assert!((f::quantile(0.75, 2.0, 2.0).unwrap() - 3.0).abs() < 1e-14);
/// ```
pub fn quantile(p: f64, df1: f64, df2: f64) -> Option<f64> {
    solve(Target::lower(p)?, df1, df2)
}

/// df1·F / (df1·F + df2) has a beta distribution with half the degrees of freedom.
pub(super) fn tails(x: f64, df1: f64, df2: f64) -> Tails {
    if x == f64::INFINITY && is_shape(0.5 * df1) && is_shape(0.5 * df2) {
        return Tails::ABOVE;
    }
    let odds = (df1 / df2 * x).clamp(0.0, f64::MAX);
    let (share, rest) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
    // Near the mean, which is at x = 1, the difference would cancel.
    let excess = if (x - 1.0).abs() < 0.5 { df1 * (x - 1.0) * rest } else { df2 * share - df1 * rest };
    let point = Point { x: share, y: rest, excess: 0.5 * excess };
    incomplete_beta::tails_at(point, 0.5 * df1, 0.5 * df2)
}

fn solve(target: Target, df1: f64, df2: f64) -> Option<f64> {
    let small = solve_odds(target, 0.5 * df1, 0.5 * df2)?;
    let (x, y) = (small.x, 1.0 - small.x);
    let f = if small.is_lower { df2 / df1 * (x / y) } else { df2 / df1 * (y / x) };
    f.is_finite().then_some(f)
}
