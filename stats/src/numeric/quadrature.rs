//! Gauss-Legendre quadrature.

use std::sync::OnceLock;

/// Points of the rule on one panel.
const POINTS: usize = 20;

/// ∫ f from `from` to `to` by the 20-point Gauss-Legendre rule on `panels` equal panels.
///
/// Exact for polynomials of degree 39 on each panel. Source: Davis & Rabinowitz (1984), "Methods of Numerical
/// Integration", 2.7.
pub(crate) fn integrate(f: impl Fn(f64) -> f64, from: f64, to: f64, panels: u32) -> f64 {
    let half = 0.5 * (to - from) / f64::from(panels.max(1));
    let mut sum = 0.0;
    for panel in 0..panels.max(1) {
        let centre = from + (2.0 * f64::from(panel) + 1.0) * half;
        for &(node, weight) in rule() {
            sum += weight * (f(centre - half * node) + f(centre + half * node));
        }
    }
    sum * half
}

/// ∫ exp(`ln_f`) between `bounds`, as exp(scale) · area, for an integrand with one peak, which is near `start`.
///
/// Goes outwards from `start` in both directions by panels of the 20-point Gauss-Legendre rule until the integrand is 40
/// nats (a factor of 4e-18) below the largest value seen. `width(x, direction)` says how long the panel may be that goes
/// on from x: on it the integrand must be smooth, as on four standard deviations of a normal density, where the rule's
/// relative error is below 1e-15.
pub(crate) fn peak_area(
    ln_f: impl Fn(f64) -> f64,
    start: f64,
    width: impl Fn(f64, f64) -> f64,
    bounds: (f64, f64),
) -> (f64, f64) {
    // Far more than panels of the right width need; it only guards the loop.
    const PANELS: u32 = 400;
    const NATS: f64 = 40.0;

    let scale = ln_f(start);
    if !scale.is_finite() {
        return (scale, if scale.is_nan() { f64::NAN } else { 0.0 });
    }
    let mut area = 0.0;
    for direction in [1.0, -1.0] {
        let (mut at, mut highest) = (start, scale);
        for _ in 0..PANELS {
            let next = (at + direction * width(at, direction)).clamp(bounds.0, bounds.1);
            if next.to_bits() == at.to_bits() {
                break;
            }
            area += direction * integrate(|x| libm::exp(ln_f(x) - scale), at, next, 1);
            at = next;
            let value = ln_f(at);
            highest = highest.max(value);
            if value.is_nan() || value <= highest - NATS {
                break;
            }
        }
    }
    (scale, area)
}

/// The positive nodes on (−1, 1) with their weights; the rule is symmetric.
pub(crate) fn rule() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| (1..=POINTS / 2).map(|i| node(POINTS, i)).collect())
}

/// The i-th largest root of the Legendre polynomial of degree n with its weight, by Newton's method. Source: Abramowitz
/// & Stegun (1964), 25.4.29; starts as in 22.16.6.
#[expect(clippy::cast_precision_loss, reason = "degrees are small")]
fn node(n: usize, i: usize) -> (f64, f64) {
    let degree = n as f64;
    let mut x = libm::cos(std::f64::consts::PI * (i as f64 - 0.25) / (degree + 0.5));
    let mut slope = 1.0;
    for _ in 0..8 {
        let (mut previous, mut value) = (1.0, x);
        for k in 2..=n {
            let k = k as f64;
            (previous, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * previous) / k);
        }
        slope = degree * (x * value - previous) / (x * x - 1.0);
        x -= value / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test may round as the platform does")]
mod tests {
    use super::{integrate, rule};

    #[test]
    fn the_rule_is_exact_for_polynomials_and_its_weights_sum_to_two() {
        let weights: f64 = rule().iter().map(|(_, weight)| 2.0 * weight).sum();
        assert!((weights - 2.0).abs() < 1e-14);
        // ∫₀² x³⁹ = 2⁴⁰ / 40
        let exact = 2_f64.powi(40) / 40.0;
        assert!((integrate(|x| x.powi(39), 0.0, 2.0, 1) / exact - 1.0).abs() < 1e-13);
    }
}
