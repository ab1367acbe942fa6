//! The beta distribution with two shapes.

use super::gamma::ln_gamma;

/// P(X ≤ x) for a beta distribution with the shapes `a` and `b`, both above 0.
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::cdf(0.5, 1e6, 1e6) - 0.5).abs() < 1e-10);
/// ```
pub fn cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x < a / (a + b) {
        libm::exp(ln_lower(x, a, b))
    } else {
        1.0 - libm::exp(ln_lower(1.0 - x, b, a))
    }
}

/// P(X > x); see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::beta;
///
/// assert!((beta::sf(0.25, 1.0, 1.0) - 0.75).abs() < 1e-15);
/// ```
pub fn sf(x: f64, a: f64, b: f64) -> f64 {
    cdf(1.0 - x, b, a)
}

/// ln I_x(a, b) below the mean, by the continued fraction DLMF 8.17.22 in Lentz's form.
fn ln_lower(x: f64, a: f64, b: f64) -> f64 {
    let mut backward = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
    let mut forward = 1.0;
    let mut fraction = backward;
    for m in 1..1_000_000 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            backward = 1.0 / (1.0 + numerator * backward);
            forward = 1.0 + numerator / forward;
            fraction *= forward * backward;
        }
        if (forward * backward - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    a * libm::log(x) + b * libm::log1p(-x) - libm::log(a) - (ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b))
        + libm::log(fraction)
}
