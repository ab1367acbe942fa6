//! The four posterior distributions, each on a line on which its density is log-concave and analytic.
//!
//! | law | place u on the line | density of u |
//! |---|---|---|
//! | normal | (x − m) / σ | exp(−u² / 2) |
//! | Student's t | 2·asinh((x − m) / (s·√ν)) | cosh(u / 2)^−ν |
//! | beta | ln(x / (1 − x)) − ln(m / (1 − m)), m = a / (a + b) | exp(a·u) / (1 + m·(eᵘ − 1))^(a + b) |
//! | gamma | ln(x / m), m = shape / rate | exp(shape·(u − eᵘ)) |
//!
//! up to a constant. In all four the density's mode is u = 0, which is the mean x = m, so that values are held as
//! offsets from it and nothing cancels where a posterior is narrow. Students's t is the beta law with a = b = ν/2 on the
//! same line. The small shapes, whose densities of x have poles, are as smooth as the large ones here.

use std::f64::consts::{LN_2, PI};

use super::integral::{self, FINE, integrate};
use crate::distribution::{
    normal,
    students_t::{self, DegreesOfFreedom},
};

/// How far below its peak a log density is left out: exp(−45) is 3e-20 of the peak.
pub(super) const DEPTH: f64 = 45.0;

/// From this shape on a density on the line is so close to a normal one that fixed rules serve.
pub(super) const REGULAR: f64 = 50.0;

/// A distribution with checked parameters: positive and finite, but for the mean and the location, which are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    Normal { mean: f64, deviation: f64 },
    StudentsT { location: f64, scale: f64, df: f64 },
    Beta { a: f64, b: f64 },
    Gamma { shape: f64, rate: f64 },
}

impl Law {
    /// x at place 0: the mean (the location of a t distribution that has none).
    pub(super) fn centre(self) -> f64 {
        match self {
            Self::Normal { mean, .. } => mean,
            Self::StudentsT { location, .. } => location,
            Self::Beta { a, b } => share(a, b),
            Self::Gamma { shape, rate } => shape / rate,
        }
    }

    /// x − centre at a place.
    pub(super) fn offset(self, place: f64) -> f64 {
        match self {
            Self::Normal { deviation, .. } => deviation * place,
            Self::StudentsT { scale, df, .. } => scale * df.sqrt() * libm::sinh(0.5 * place),
            Self::Beta { a, b } => {
                let (m, rest) = (share(a, b), share(b, a));
                if place > 0.0 {
                    m * rest * -libm::expm1(-place) / (m + rest * libm::exp(-place))
                } else {
                    m * rest * libm::expm1(place) / (rest + m * libm::exp(place))
                }
            }
            Self::Gamma { shape, rate } => shape / rate * libm::expm1(place),
        }
    }

    /// x at a place, accurate relative to x itself where that is positive.
    pub(super) fn value(self, place: f64) -> f64 {
        match self {
            Self::Beta { .. } => self.shares(place).0,
            Self::Gamma { .. } => self.centre() * libm::exp(place),
            Self::Normal { .. } | Self::StudentsT { .. } => self.centre() + self.offset(place),
        }
    }

    /// 1 − x at a place, accurate relative to itself for a beta law.
    pub(super) fn rest(self, place: f64) -> f64 {
        match self {
            Self::Beta { .. } => self.shares(place).1,
            _ => 1.0 - self.value(place),
        }
    }

    /// The place of centre + offset; infinite outside the support.
    pub(super) fn place(self, offset: f64) -> f64 {
        match self {
            Self::Normal { deviation, .. } => offset / deviation,
            Self::StudentsT { scale, df, .. } => 2.0 * libm::asinh(offset / (scale * df.sqrt())),
            Self::Beta { a, b } => {
                let (m, rest) = (share(a, b), share(b, a));
                if offset >= rest {
                    f64::INFINITY
                } else if offset <= -m {
                    f64::NEG_INFINITY
                } else if offset > 0.0 {
                    -libm::log1p(-offset / (rest * (m + offset)))
                } else {
                    libm::log1p(offset / (m * (rest - offset)))
                }
            }
            Self::Gamma { shape, rate } => {
                let relative = offset / (shape / rate);
                if relative <= -1.0 { f64::NEG_INFINITY } else { libm::log1p(relative) }
            }
        }
    }

    /// ln dx/du.
    pub(super) fn ln_stretch(self, place: f64) -> f64 {
        match self {
            Self::Normal { deviation, .. } => libm::log(deviation),
            Self::StudentsT { scale, df, .. } => {
                libm::log(0.5 * scale) + 0.5 * libm::log(df) + ln_cosh(0.5 * place)
            }
            Self::Beta { a, b } => {
                // x·(1 − x), from the smaller of growth and shrinkage so that neither overflows.
                let (m, rest) = (share(a, b), share(b, a));
                let ln = libm::log(m) + libm::log(rest);
                if place > 0.0 {
                    ln - place - 2.0 * libm::log(m + rest * libm::exp(-place))
                } else {
                    ln + place - 2.0 * libm::log(rest + m * libm::exp(place))
                }
            }
            Self::Gamma { shape, rate } => libm::log(shape) - libm::log(rate) + place,
        }
    }

    /// dx/du.
    pub(super) fn stretch(self, place: f64) -> f64 {
        match self {
            Self::Normal { deviation, .. } => deviation,
            Self::StudentsT { scale, df, .. } => 0.5 * scale * df.sqrt() * libm::cosh(0.5 * place),
            Self::Beta { .. } => {
                let (x, rest) = self.shares(place);
                x * rest
            }
            Self::Gamma { .. } => self.centre() * libm::exp(place),
        }
    }

    /// How far the log density of the place lies below its peak; 0 at place 0, convex.
    pub(super) fn drop(self, place: f64) -> f64 {
        match self {
            Self::Normal { .. } => 0.5 * place * place,
            Self::StudentsT { df, .. } => df * ln_cosh(0.5 * place),
            Self::Beta { a, b } => {
                let (m, rest) = (share(a, b), share(b, a));
                if place.abs() <= 1.0 {
                    let growth = libm::expm1(place);
                    let unit = growth / (1.0 + m * growth);
                    a * less_its_logarithm(rest * unit) + b * less_its_logarithm(-m * unit)
                } else if a <= b {
                    (a + b) * ln_mix(m, place) - a * place
                } else {
                    (a + b) * ln_mix(rest, -place) + b * place
                }
            }
            Self::Gamma { shape, .. } => {
                if place.abs() <= 0.5 {
                    shape * less_its_logarithm(libm::expm1(place))
                } else {
                    shape * (libm::expm1(place) - place)
                }
            }
        }
    }

    /// drop(place + further) − drop(place), without cancelling where both are large.
    fn rise(self, place: f64, depth: f64, further: f64) -> f64 {
        if depth < 100.0 {
            return self.drop(place + further) - depth;
        }
        match self {
            Self::Normal { .. } => further * (place + 0.5 * further),
            Self::StudentsT { df, .. } => {
                let half = 0.5 * further;
                let sinh = libm::sinh(0.5 * half);
                df * libm::log1p(2.0 * sinh * sinh + libm::tanh(0.5 * place) * libm::sinh(half))
            }
            Self::Beta { a, b } => {
                let (x, rest) = self.shares(place);
                if a <= b {
                    (a + b) * ln_mix(x, further) - a * further
                } else {
                    (a + b) * ln_mix(rest, -further) + b * further
                }
            }
            Self::Gamma { shape, .. } => shape * (libm::exp(place) * libm::expm1(further) - further),
        }
    }

    /// The derivative of the drop.
    pub(super) fn slope(self, place: f64) -> f64 {
        match self {
            Self::Normal { .. } => place,
            Self::StudentsT { df, .. } => 0.5 * df * libm::tanh(0.5 * place),
            Self::Beta { a, b } => (a + b) * self.offset(place),
            Self::Gamma { shape, .. } => shape * libm::expm1(place),
        }
    }

    /// The width of the peak on the line: 1 / √(second derivative of the drop at 0).
    pub(super) fn width(self) -> f64 {
        match self {
            Self::Normal { .. } => 1.0,
            Self::StudentsT { df, .. } => 2.0 / df.sqrt(),
            Self::Beta { a, b } => 1.0 / harmonic(a, b).sqrt(),
            Self::Gamma { shape, .. } => 1.0 / shape.sqrt(),
        }
    }

    /// ln of the peak of the density of the place.
    pub(super) fn ln_peak(self) -> f64 {
        // Stirling's formula for the gamma functions of the normalising constant: all large terms cancel on paper, only the
        // errors of the formula remain. Source: Loader (2000), "Fast and Accurate Computation of Binomial
        // Probabilities".
        let of_beta = |a: f64, b: f64| {
            0.5 * (libm::log(harmonic(a, b)) - libm::log(2.0 * PI)) + stirling_error(a + b)
                - stirling_error(a)
                - stirling_error(b)
        };
        match self {
            Self::Normal { .. } => -0.5 * libm::log(2.0 * PI),
            Self::StudentsT { df, .. } => of_beta(0.5 * df, 0.5 * df),
            Self::Beta { a, b } => of_beta(a, b),
            Self::Gamma { shape, .. } => {
                0.5 * (libm::log(shape) - libm::log(2.0 * PI)) - stirling_error(shape)
            }
        }
    }

    /// Whether the density on the line is close enough to a normal one for fixed rules.
    fn is_regular(self) -> bool {
        self.least_shape() >= REGULAR
    }

    /// The smaller shape; none, that is infinity, of a normal law.
    pub(super) fn least_shape(self) -> f64 {
        match self {
            Self::Normal { .. } => f64::INFINITY,
            Self::StudentsT { df, .. } => 0.5 * df,
            Self::Beta { a, b } => a.min(b),
            Self::Gamma { shape, .. } => shape,
        }
    }

    /// The distance from place 0 at which the log density has dropped by `depth`, to one side; a little more.
    pub(super) fn reach(self, depth: f64, upwards: bool) -> f64 {
        let side = if upwards { 1.0 } else { -1.0 };
        integral::reach(|far| self.drop(side * far), depth, (2.0 * depth).sqrt() * self.width())
    }

    /// ln P(U ≤ u) and ln P(U > u), both accurate relative to the probability itself.
    ///
    /// Beta and gamma: the tail beyond u is the density at u times ∫₀^∞ exp(−rise), the integrand log-concave and
    /// decreasing from 1, by Gauss-Legendre quadrature; relative error below 1e-13 plus that of exp(−drop).
    pub(super) fn ln_tails(self, place: f64) -> (f64, f64) {
        if place == f64::INFINITY {
            return (0.0, f64::NEG_INFINITY);
        }
        if place == f64::NEG_INFINITY {
            return (f64::NEG_INFINITY, 0.0);
        }
        match self {
            Self::Normal { .. } => (normal::ln_sf(-place), normal::ln_sf(place)),
            Self::StudentsT { df, .. } => {
                let t = df.sqrt() * libm::sinh(0.5 * place);
                match DegreesOfFreedom::new(df) {
                    Some(df) if t.is_finite() => (students_t::ln_sf(-t, df), students_t::ln_sf(t, df)),
                    _ => self.ln_tails_by_quadrature(place),
                }
            }
            Self::Beta { .. } | Self::Gamma { .. } => self.ln_tails_by_quadrature(place),
        }
    }

    fn ln_tails_by_quadrature(self, place: f64) -> (f64, f64) {
        let upwards = place >= 0.0;
        let near = self.ln_tail(place, upwards);
        let far = if near < -0.1 {
            libm::log1p(-libm::exp(near))
        } else {
            // The peak itself lies in a tail: of a shape far below 1.
            let (low, high) = if upwards { (0.0, place) } else { (place, 0.0) };
            let between = integrate(|u| libm::exp(-self.drop(u)), &[low, high], FINE).unwrap_or(f64::NAN);
            libm::log(libm::exp(self.ln_tail(0.0, !upwards)) + libm::exp(self.ln_peak()) * between)
        };
        if upwards { (far.min(0.0), near.min(0.0)) } else { (near.min(0.0), far.min(0.0)) }
    }

    /// ln of the probability beyond a place, away from 0.
    fn ln_tail(self, place: f64, upwards: bool) -> f64 {
        let side = if upwards { 1.0 } else { -1.0 };
        let depth = self.drop(place);
        let rise = |further: f64| self.rise(place, depth, side * further);
        let slope = self.slope(place).abs();
        // Convex: the rise is at least slope · further.
        let start = (DEPTH / slope).min((2.0 * DEPTH).sqrt() * self.width());
        let end = integral::reach(rise, DEPTH, start);
        let density = |further: f64| libm::exp(-rise(further));
        let ratio = if self.is_regular() {
            crate::numeric::quadrature::integrate(density, 0.0, end, 3)
        } else {
            integrate(density, &[0.0, end / 3.0, end / 1.5, end], FINE).unwrap_or(f64::NAN)
        };
        self.ln_peak() - depth + libm::log(ratio)
    }

    /// x and 1 − x at a place of the beta law.
    pub(super) fn shares(self, place: f64) -> (f64, f64) {
        let Self::Beta { a, b } = self else { return (0.5, 0.5) };
        let (m, rest) = (share(a, b), share(b, a));
        if place > 0.0 {
            let shrunk = rest * libm::exp(-place);
            (m / (m + shrunk), shrunk / (m + shrunk))
        } else {
            let grown = m * libm::exp(place);
            (grown / (grown + rest), rest / (grown + rest))
        }
    }

    /// Where the value of this law at a place, times `factor` plus `shift`, lies on another law's line.
    pub(super) fn onto(self, other: Self, place: f64, factor: f64, shift: f64) -> f64 {
        if shift == 0.0 {
            match (self, other) {
                (Self::Gamma { .. }, Self::Gamma { .. }) => {
                    return place + libm::log(factor) + libm::log(self.centre() / other.centre());
                }
                // The same shift of ln(x / (1 − x)) everywhere: for shapes of millions the offsets are the more accurate.
                (Self::Beta { a, b }, Self::Beta { a: c, b: d })
                    if factor.to_bits() == 1_f64.to_bits()
                        && (place.abs() > 3.0 || self.least_shape().max(other.least_shape()) < 1e6) =>
                {
                    return place + (libm::log(a) - libm::log(b)) + (libm::log(d) - libm::log(c));
                }
                // Near zero, where an offset from the centre says little and x may underflow: ln(f·x / (1 − f·x)) from
                // ln(x / (1 − x)).
                (Self::Beta { a, b }, Self::Beta { a: c, b: d })
                    if place < -3.0 && self.shares(place).0 * factor.max(1.0) < 0.5 =>
                {
                    let (x, _) = self.shares(place);
                    return place
                        + libm::log(factor)
                        + (libm::log(a) - libm::log(b))
                        + (libm::log(d) - libm::log(c))
                        + libm::log1p(-x)
                        - libm::log1p(-factor * x);
                }
                _ => {}
            }
        }
        let centre = (factor * self.centre() - other.centre()) + shift;
        other.place(factor * self.offset(place) + centre)
    }

    /// Standard deviation; none where it is infinite.
    pub(super) fn deviation(self) -> Option<f64> {
        let deviation = match self {
            Self::Normal { deviation, .. } => deviation,
            Self::StudentsT { scale, df, .. } if df > 2.0 => scale * (df / (df - 2.0)).sqrt(),
            Self::StudentsT { .. } => return None,
            Self::Beta { a, b } => (share(a, b) * share(b, a) / (a + b + 1.0)).sqrt(),
            Self::Gamma { shape, rate } => shape.sqrt() / rate,
        };
        deviation.is_finite().then_some(deviation)
    }

    /// About the standard deviation, for every law.
    pub(super) fn spread(self) -> f64 {
        match self {
            Self::StudentsT { scale, .. } => scale,
            _ => self.deviation().unwrap_or(f64::NAN),
        }
    }

    /// The third standardised moment; 0 for the symmetric laws.
    pub(super) fn skewness(self) -> f64 {
        match self {
            Self::Normal { .. } | Self::StudentsT { .. } => 0.0,
            Self::Beta { a, b } => {
                2.0 * (share(b, a) - share(a, b)) / (share(a, b) * share(b, a)).sqrt() * (a + b + 1.0).sqrt()
                    / (a + b + 2.0)
            }
            Self::Gamma { shape, .. } => 2.0 / shape.sqrt(),
        }
    }
}

/// a / (a + b), in (0, 1), without overflow.
fn share(a: f64, b: f64) -> f64 {
    if a >= b { 1.0 / (1.0 + b / a) } else { a / b / (1.0 + a / b) }
}

/// a·b / (a + b), without overflow.
fn harmonic(a: f64, b: f64) -> f64 {
    a.min(b) * share(a.max(b), a.min(b))
}

/// ln(1 + m·(eᵘ − 1)) without overflow.
fn ln_mix(m: f64, u: f64) -> f64 {
    if u > 500.0 { u + libm::log(m + (1.0 - m) * libm::exp(-u)) } else { libm::log1p(m * libm::expm1(u)) }
}

/// ln cosh v without overflow or cancellation.
fn ln_cosh(v: f64) -> f64 {
    let v = v.abs();
    if v < 1.0 {
        let sinh = libm::sinh(v);
        0.5 * libm::log1p(sinh * sinh)
    } else {
        v - LN_2 + libm::log1p(libm::exp(-2.0 * v))
    }
}

/// v − ln(1 + v) for v > −1, at least 0: with r = v / (2 + v), ln(1 + v) = 2·atanh(r) and v − 2r = r·v.
fn less_its_logarithm(v: f64) -> f64 {
    if !(-0.4..=0.6).contains(&v) {
        return v - libm::log1p(v);
    }
    let r = v / (2.0 + v);
    let square = r * r;
    let (mut power, mut sum, mut odd) = (square, square / 3.0, 5.0);
    while odd < 60.0 {
        power *= square;
        let term = power / odd;
        sum += term;
        if term <= 1e-17 * sum {
            break;
        }
        odd += 2.0;
    }
    r * (v - 2.0 * sum)
}

/// ln Γ(z) less Stirling's formula (z − 1/2)·ln z − z + ln(2π)/2. Source: Abramowitz & Stegun (1964), 6.1.41.
fn stirling_error(z: f64) -> f64 {
    if z < 15.0 {
        return libm::lgamma(z) - (z - 0.5) * libm::log(z) + z - 0.5 * libm::log(2.0 * PI);
    }
    let w = 1.0 / (z * z);
    (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w / 1188.0)))) / z
}
