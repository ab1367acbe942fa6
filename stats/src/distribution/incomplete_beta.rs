//! The regularised incomplete beta function I_x(a, b) with its complement.

use super::{
    saddle_point::{Point, is_shape, ln_beta_power, log1p_excess},
    tail::Tails,
};
use crate::numeric::quadrature::integrate;

/// Shapes from here on (both of them) are integrated: the continued fraction would need more and more steps.
const LARGE: f64 = 1000.0;

/// Both tails of the beta distribution at `x`.
pub(super) fn tails(x: f64, a: f64, b: f64) -> Tails {
    tails_at(Point::new(x, a, b), a, b)
}

/// Both tails at a point of which the caller may know more than its rounded x says.
pub(super) fn tails_at(point: Point, a: f64, b: f64) -> Tails {
    if !is_shape(a) || !is_shape(b) || point.x.is_nan() || point.y.is_nan() {
        Tails::UNKNOWN
    } else if point.x <= 0.0 {
        Tails::BELOW
    } else if point.y <= 0.0 {
        Tails::ABOVE
    } else if point.excess < point.y - point.x {
        // x < (a + 1) / (a + b + 2): either side's expression converges fast on its own side.
        lower(point, a, b)
    } else {
        lower(point.mirrored(), b, a).swapped()
    }
}

/// The lower tail directly, for x below about the mean.
fn lower(point: Point, a: f64, b: f64) -> Tails {
    let factor =
        if a >= LARGE && b >= LARGE { relative_area(point, a, b) } else { 1.0 / fraction(point, a, b) };
    Tails::of_lower(ln_beta_power(point, a, b), factor)
}

/// x^a y^b / ( B(a, b) · I_x(a, b) ) by a continued fraction, in Lentz's form. Source: DiDonato & Morris (1992),
/// "Algorithm 708: Significant digit computation of the incomplete beta function ratios", ACM Transactions on
/// Mathematical Software 18(3), section 4 (the even part of DLMF 8.17.22).
fn fraction(point: Point, a: f64, b: f64) -> f64 {
    // Below the mean and with one shape below 1000 some hundred steps do; the bound only guards the loop.
    const STEPS: u32 = 10_000;
    const TINY: f64 = 1e-300;

    let Point { x, excess, .. } = point;
    let mut value = a / (a + 1.0) * (1.0 - excess);
    if value == 0.0 {
        value = TINY;
    }
    let (mut forward, mut backward) = (value, 0.0);
    for k in 1..STEPS {
        let k = f64::from(k);
        let twice = a + 2.0 * k;
        let numerator =
            ((a + k - 1.0) / (twice - 1.0)) * ((a + b + k - 1.0) / (twice - 1.0)) * x * (k * (b - k) * x);
        let denominator =
            k + k * (b - k) * x / (twice - 1.0) + (a + k) / (twice + 1.0) * (1.0 - excess + k * (2.0 - x));
        backward = denominator + numerator * backward;
        if backward == 0.0 {
            backward = TINY;
        }
        backward = 1.0 / backward;
        forward = denominator + numerator / forward;
        if forward == 0.0 {
            forward = TINY;
        }
        let step = forward * backward;
        value *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

/// The lower tail divided by x^a y^b / B(a, b): the area under the density below x relative to the density at x, by
/// Gauss-Legendre quadrature as far as 40 nats down (exp(−40) = 4e-18 of the height at x).
fn relative_area(point: Point, a: f64, b: f64) -> f64 {
    let Point { x, y, excess } = point;
    // With the distance below x in units of x·y: the logarithm of the density falls at this rate …
    let slope = x - y - excess;
    // … and with this curvature.
    let curvature = (a - 1.0) * y * y + (b - 1.0) * x * x;
    // A fifth more, because the density may fall more slowly than that.
    let reach = 96.0 / (slope + (slope * slope + 80.0 * curvature).sqrt());
    integrate(
        |s| libm::exp((a - 1.0) * log1p_excess(-s * y) + (b - 1.0) * log1p_excess(s * x) - slope * s),
        0.0,
        reach,
        2,
    )
}
