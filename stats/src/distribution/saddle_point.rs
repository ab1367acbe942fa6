//! The parts of densities that keep their precision where shapes are large. Source: Loader (2000), "Fast and accurate
//! computation of binomial probabilities".

use std::f64::consts::PI;

/// a · ( ln(1 + m/a) − m/a ), never above 0; `ratio` is 1 + m/a, computed without cancellation. Source: Loader's
/// deviance (2000, section 3), by the series of the inverse hyperbolic tangent (Abramowitz & Stegun 1964, 4.1.27).
pub(super) fn deviance(a: f64, m: f64, ratio: f64) -> f64 {
    let u = m / a;
    if u.abs() <= 0.3 { a * log1p_excess(u) } else { a * libm::log(ratio) - m }
}

/// ln(1 + u) − u, relative error about 1e-15.
pub(super) fn log1p_excess(u: f64) -> f64 {
    if u.abs() > 0.3 {
        return libm::log1p(u) - u;
    }
    // With r = u / (2 + u): ln(1 + u) = 2·(r + r³/3 + r⁵/5 + …) and 2·r − u = −u·r.
    let r = u / (2.0 + u);
    let w = r * r;
    let series = if w < 1e-3 {
        1.0 / 3.0 + w * (1.0 / 5.0 + w * (1.0 / 7.0 + w * (1.0 / 9.0 + w * (1.0 / 11.0))))
    } else {
        let mut series = 0.0;
        for k in [25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
            series = series * w + 1.0 / k;
        }
        series
    };
    r * (2.0 * w * series - u)
}

/// ln Γ(a) − ( (a − 1/2)·ln a − a + ln(2π)/2 ), the error of Stirling's formula. Source: DLMF 5.11.1.
pub(super) fn stirling_error(a: f64) -> f64 {
    if a < 10.0 {
        return libm::lgamma(a) - (a - 0.5) * libm::log(a) + a - 0.5 * libm::log(2.0 * PI);
    }
    let w = 1.0 / (a * a);
    let tail = if a > 100.0 {
        1.0 / 1260.0 - w * (1.0 / 1680.0 - w * (1.0 / 1188.0))
    } else {
        1.0 / 1260.0
            - w * (1.0 / 1680.0
                - w * (1.0 / 1188.0 - w * (691.0 / 360_360.0 - w * (1.0 / 156.0 - w * (3617.0 / 122_400.0)))))
    };
    (1.0 / 12.0 - w * (1.0 / 360.0 - w * tail)) / a
}

/// Whether a shape is one that is computed with: no quotient of two of them overflows.
pub(super) fn is_shape(a: f64) -> bool {
    (1e-150..=1e150).contains(&a)
}

/// A point x of the unit interval as a beta distribution with the shapes a and b sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    /// 1 − x.
    pub(super) y: f64,
    /// b·x − a·y, which is 0 at the mean and positive above: what is left of large terms there.
    pub(super) excess: f64,
}

impl Point {
    /// The point at x; its excess has one rounding only, however near to 0 it is.
    pub(super) fn new(x: f64, a: f64, b: f64) -> Self {
        let y = 1.0 - x;
        // 1 − x = y + rest exactly.
        let rest = if x > 0.5 { 0.0 } else { (1.0 - y) - x };
        let (rise, fall) = (b * x, a * y);
        let lost = libm::fma(b, x, -rise) - libm::fma(a, y, -fall);
        Self { x, y, excess: (rise - fall) + (lost - a * rest) }
    }

    /// The same point seen from the other end, with the shapes exchanged.
    pub(super) fn mirrored(self) -> Self {
        Self { x: self.y, y: self.x, excess: -self.excess }
    }
}

/// ln( x^a · (1 − x)^b / B(a, b) ).
pub(super) fn ln_beta_power(point: Point, a: f64, b: f64) -> f64 {
    let n = a + b;
    deviance(a, point.excess, point.x * (n / a))
        + deviance(b, -point.excess, point.y * (n / b))
        + 0.5 * libm::log(a * (b / n) / (2.0 * PI))
        + (stirling_error(n) - stirling_error(a) - stirling_error(b))
}

/// ln( x^a · exp(−x) / Γ(a) ).
pub(super) fn ln_gamma_power(x: f64, a: f64) -> f64 {
    deviance(a, x - a, (x / a).min(f64::MAX)) + ln_gamma_scale(a)
}

/// ln( a^a · exp(−a) / Γ(a) ).
pub(super) fn ln_gamma_scale(a: f64) -> f64 {
    0.5 * libm::log(a / (2.0 * PI)) - stirling_error(a)
}

/// exp(v) − 1 − v, relative error about 1e-15.
pub(super) fn exponential_excess(v: f64) -> f64 {
    if v.abs() > 0.5 {
        return libm::expm1(v) - v;
    }
    // The Taylor series; the first omitted term is 1/17! · v^17.
    let mut series = 1.0;
    for k in [16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0] {
        series = 1.0 + series * v / k;
    }
    0.5 * v * v * series
}
