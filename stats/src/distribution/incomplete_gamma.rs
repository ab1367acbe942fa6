//! The regularised incomplete gamma functions P(a, x) and Q(a, x).

use super::{
    saddle_point::{is_shape, ln_gamma_power, log1p_excess},
    tail::Tails,
};
use crate::numeric::quadrature::integrate;

/// Shapes from here on are integrated: series and continued fraction would need more and more steps.
const LARGE: f64 = 1000.0;

/// Both tails of the gamma distribution with the shape `a` and rate 1 at `x`.
pub(super) fn tails(x: f64, a: f64) -> Tails {
    if !is_shape(a) || x.is_nan() {
        Tails::UNKNOWN
    } else if x <= 0.0 {
        Tails::BELOW
    } else if x == f64::INFINITY {
        Tails::ABOVE
    } else {
        let ln_power = ln_gamma_power(x, a);
        match (x < a + 1.0, a >= LARGE) {
            (true, true) => Tails::of_lower(ln_power, relative_area(x, a, 1.0)),
            (true, false) => Tails::of_lower(ln_power, series(x, a)),
            (false, true) => Tails::of_upper(ln_power, relative_area(x, a, -1.0)),
            (false, false) => Tails::of_upper(ln_power, 1.0 / fraction(x, a)),
        }
    }
}

/// P(a, x) · Γ(a) / (x^a exp(−x)) by its power series, for x ≤ a + 1. Source: DLMF 8.7.1.
fn series(x: f64, a: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, 1.0);
    // From the second on, each term is less than the one before, and in about 9·√a of them negligible.
    while term > f64::EPSILON * 0.1 * sum {
        term *= x / (a + k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// x^a exp(−x) / (Γ(a) · Q(a, x)) by Legendre's continued fraction, in Lentz's form, for x ≥ a + 1. Source: DLMF
/// 8.9.2; Thompson & Barnett (1986), "Coulomb and Bessel functions of complex arguments and order", Journal of
/// Computational Physics 64(2).
fn fraction(x: f64, a: f64) -> f64 {
    // Converges in about √a steps from x = a + 1 on; the bound only guards against an endless loop.
    const STEPS: u32 = 10_000;

    let mut denominator = x + 1.0 - a;
    let (mut value, mut forward, mut backward) = (denominator, denominator, 0.0);
    for k in 1..STEPS {
        let numerator = -f64::from(k) * (f64::from(k) - a);
        denominator += 2.0;
        backward = 1.0 / (denominator + numerator * backward);
        forward = denominator + numerator / forward;
        value *= forward * backward;
        if (forward * backward - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

/// The tail below (`side` 1) or above (`side` −1) x divided by x^a exp(−x) / Γ(a): the area under the density relative
/// to the density at x, by Gauss-Legendre quadrature as far as 40 nats down (exp(−40) = 4e-18 of the height at x).
fn relative_area(x: f64, a: f64, side: f64) -> f64 {
    // With the distance from x in units of x: the logarithm of the density falls at this rate …
    let slope = side * (a - 1.0 - x);
    // … and with the curvature a − 1. A fifth more, because above x the density falls more slowly than that.
    let reach = 96.0 / (slope + (slope * slope + 80.0 * (a - 1.0)).sqrt());
    integrate(|s| libm::exp((a - 1.0) * log1p_excess(-side * s) - slope * s), 0.0, reach, 2)
}
