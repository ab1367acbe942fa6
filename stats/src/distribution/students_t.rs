//! Student's t distribution, for one degree of freedom and more.

use std::f64::consts::{LN_2, PI};

use super::{
    f, normal,
    tail::{Tails, settle},
};

/// From here on the normal approximations of Hill are used.
const LARGE: f64 = 1000.0;

/// Degrees of freedom of a t distribution: finite and at least 1, not necessarily whole.
///
/// ```
/// use edgewise_stats::distribution::students_t::DegreesOfFreedom;
///
/// assert!(DegreesOfFreedom::new(17.776).is_some());
/// assert!(DegreesOfFreedom::new(0.0).is_none() && DegreesOfFreedom::new(f64::NAN).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct DegreesOfFreedom(f64);

impl DegreesOfFreedom {
    /// The degrees of freedom; none unless finite and at least 1.
    pub fn new(df: f64) -> Option<Self> {
        (df >= 1.0 && df.is_finite()).then_some(Self(df))
    }

    /// As a number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// P(T > t), for any t.
///
/// Relative error below 1e-12. 0 only below the smallest float, where [`ln_sf`] goes on. NaN gives NaN.
///
/// From the [F distribution](super::f) of t² (Abramowitz & Stegun 1964, 26.6.15); from 1000 degrees of freedom on, as
/// long as t² is at most a quarter of them, by the normalising transform of Hill (1970), "Algorithm 395: Student's
/// t-distribution", Communications of the ACM 13(10), and erfc; far in the tail by a series (DLMF 8.17.8).
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// let df = DegreesOfFreedom::new(30.0).unwrap();
/// assert!((students_t::sf(1.96, df) - 0.029_671_156_448).abs() < 1e-12);
/// ```
pub fn sf(t: f64, df: DegreesOfFreedom) -> f64 {
    if t < 0.0 { 1.0 - upper_tail(-t, df).value() } else { upper_tail(t, df).value() }
}

/// ln P(T > t), for any t; see [`sf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// let df = DegreesOfFreedom::new(1_999_998.0).unwrap();
/// assert_eq!(students_t::sf(70.710_678, df), 0.0);
/// assert!((students_t::ln_sf(70.710_678, df) - -2_502.056).abs() < 1e-2);
/// ```
pub fn ln_sf(t: f64, df: DegreesOfFreedom) -> f64 {
    if t < 0.0 { libm::log1p(-upper_tail(-t, df).value()) } else { upper_tail(t, df).ln() }
}

/// P(|T| > |t|), the two-sided p value of a t statistic, in [0, 1].
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// // With one degree of freedom (Cauchy), half of the distribution lies beyond ±1.
/// let p = students_t::two_sided_p(-1.0, DegreesOfFreedom::new(1.0).unwrap());
/// assert!((p - 0.5).abs() < 1e-14);
/// ```
pub fn two_sided_p(t: f64, df: DegreesOfFreedom) -> f64 {
    (2.0 * sf(t.abs(), df)).min(1.0)
}

/// ln P(|T| > |t|), the logarithm of [`two_sided_p`]; at most 0.
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// assert_eq!(students_t::ln_two_sided_p(0.0, DegreesOfFreedom::new(98.0).unwrap()), 0.0);
/// ```
pub fn ln_two_sided_p(t: f64, df: DegreesOfFreedom) -> f64 {
    (LN_2 + ln_sf(t.abs(), df)).min(0.0)
}

/// The t with P(T > t) = `tail`; none unless `0 < tail < 1` and the t is a finite float.
///
/// Relative error below 1e-12. cot(πp) for one degree of freedom; from 1000 on, and within six standard
/// deviations, the four-term Cornish-Fisher expansion (Abramowitz & Stegun 1964, 26.7.5); else Newton's method on the
/// tail's logarithm, which is concave in ln t, so that it converges from every start.
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// let critical = |df| students_t::isf(0.025, DegreesOfFreedom::new(df).unwrap()).unwrap();
/// assert!((critical(3.0) - 3.182_446_305).abs() < 1e-9);
/// assert!((critical(1e7) - 1.959_964_222).abs() < 1e-9);
/// ```
pub fn isf(tail: f64, df: DegreesOfFreedom) -> Option<f64> {
    if !(tail > 0.0 && tail < 1.0) {
        return None;
    }
    if tail > 0.5 {
        return isf(1.0 - tail, df).map(|t| -t);
    }
    let z = normal::isf(tail)?;
    let t = if df.0 <= 1.0 {
        1.0 / libm::tan(PI * tail)
    } else if df.0 >= LARGE && z <= 6.0 {
        cornish_fisher(z, df)
    } else {
        newton(tail, z, df)
    };
    t.is_finite().then_some(t)
}

/// The t with P(T ≤ t) = `p`; none unless `0 < p < 1` and the t is a finite float.
///
/// Where `p` is close to 1, [`isf`] of the small tail loses nothing and this does.
///
/// ```
/// use edgewise_stats::distribution::students_t::{self, DegreesOfFreedom};
///
/// let t = students_t::quantile(0.975, DegreesOfFreedom::new(30.0).unwrap()).unwrap();
/// assert!((t - 2.042_272_456).abs() < 1e-9);
/// ```
pub fn quantile(p: f64, df: DegreesOfFreedom) -> Option<f64> {
    isf(p, df).map(|t| if t == 0.0 { 0.0 } else { -t })
}

/// A tail probability, in the form in which it was computed without loss.
enum Tail {
    Value(f64),
    Ln(f64),
    Normal {
        z: f64,
    },
    /// Both tails of t²; the upper one is twice the tail.
    OfSquare(Tails),
}

impl Tail {
    fn value(&self) -> f64 {
        match *self {
            Self::Value(p) => p,
            Self::Ln(ln) => libm::exp(ln),
            Self::Normal { z } => normal::sf(z),
            Self::OfSquare(tails) => 0.5 * tails.upper(),
        }
    }

    fn ln(&self) -> f64 {
        match *self {
            Self::Value(p) => libm::log(p),
            Self::Ln(ln) => ln,
            Self::Normal { z } => normal::ln_sf(z),
            Self::OfSquare(tails) => tails.ln_upper() - LN_2,
        }
    }
}

/// P(T > t) for t ≥ 0.
fn upper_tail(t: f64, df: DegreesOfFreedom) -> Tail {
    let r = t / df.0.sqrt();
    if r.is_nan() {
        return Tail::Value(f64::NAN);
    }
    // t² / df ≤ 1/4: where Hill's transform was checked against 50-digit values.
    if df.0 >= LARGE && r <= 0.5 {
        return Tail::Normal { z: hill(r, df) };
    }
    if r >= 0.7 {
        return Tail::Ln(ln_series(r, df));
    }
    // t² has an F distribution with 1 and df degrees of freedom; half of its tail lies above t.
    Tail::OfSquare(f::tails(t * t, 1.0, df.0))
}

/// The z whose normal tail is the tail of t = r·√df. Source: Hill (1970), Algorithm 395.
fn hill(r: f64, df: DegreesOfFreedom) -> f64 {
    if df.0 > 1e20 {
        // Nothing is left of the correction, and r² might underflow.
        return r * df.0.sqrt();
    }
    let a = df.0 - 0.5;
    let b = 48.0 * a * a;
    let y = a * libm::log1p(r * r);
    let correction = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b) + y + 3.0;
    (correction / b + 1.0) * y.sqrt()
}

/// ln P(T > r·√df) by the series of the incomplete beta function in h = 1 / (1 + r²). Source: DLMF 8.17.8.
fn ln_series(r: f64, df: DegreesOfFreedom) -> f64 {
    if r == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    let a = 0.5 * df.0;
    // r² overflows from 1e154 on, long after 1 has ceased to matter beside it.
    let ln_one_plus_r2 = if r < 1e8 { libm::log1p(r * r) } else { 2.0 * libm::log(r) };
    let h = libm::exp(-ln_one_plus_r2);
    let (mut term, mut sum, mut k) = (1.0, 1.0, 0.0);
    // Each term is less than h ≤ 0.68 times the one before.
    while term > f64::EPSILON * 0.1 * sum {
        term *= h * (a + 0.5 + k) / (a + 1.0 + k);
        sum += term;
        k += 1.0;
    }
    // I_h(a, 1/2) / 2 = h^a (1 − h)^(1/2) / (2·a·B(a, 1/2)) · sum
    let ln_power = -a * ln_one_plus_r2 + libm::log(r) - 0.5 * ln_one_plus_r2;
    ln_power + ln_gamma_ratio(a) - libm::log(a) - 0.5 * libm::log(PI) - LN_2 + libm::log(sum)
}

/// ln( Γ(a + 1/2) / Γ(a) ), for a ≥ 1/2.
fn ln_gamma_ratio(a: f64) -> f64 {
    if a < 30.0 {
        return libm::lgamma(a + 0.5) - libm::lgamma(a);
    }
    // The difference of two large logarithms would cancel; its own asymptotic series does not (DLMF 5.11.8 at a and
    // a + 1/2; the first omitted term is below 1e-16).
    let w = 1.0 / (a * a);
    0.5 * libm::log(a) - (1.0 / 8.0 - w * (1.0 / 192.0 - w * (1.0 / 640.0 - w * (17.0 / 14_336.0)))) / a
}

/// The t of a normal quantile z, by powers of 1 / df. Source: Abramowitz & Stegun (1964), 26.7.5.
fn cornish_fisher(z: f64, df: DegreesOfFreedom) -> f64 {
    let w = z * z;
    let g1 = (w + 1.0) / 4.0;
    let g2 = ((5.0 * w + 16.0) * w + 3.0) / 96.0;
    let g3 = (((3.0 * w + 19.0) * w + 17.0) * w - 15.0) / 384.0;
    let g4 = ((((79.0 * w + 776.0) * w + 1482.0) * w - 1920.0) * w - 945.0) / 92_160.0;
    z + z * (g1 + (g2 + (g3 + g4 / df.0) / df.0) / df.0) / df.0
}

/// Solves P(T > t) = tail for 0 < tail < 1/2, starting at the normal quantile `z`.
fn newton(tail: f64, z: f64, df: DegreesOfFreedom) -> f64 {
    if tail > 0.25 {
        // The tail is convex in t ≥ 0 and the normal quantile lies below the root: the steps only climb.
        let mut t = z;
        settle(|| {
            let step = (sf(t, df) - tail) / libm::exp(ln_density(t, df));
            t += step;
            step / t
        });
        return t;
    }
    let ln_tail = libm::log(tail);
    let mut t = z;
    settle(|| {
        let ln_sf = ln_sf(t, df);
        // −d ln sf / d ln t = t · density / sf
        let step = (ln_sf - ln_tail) / (t * libm::exp(ln_density(t, df) - ln_sf));
        t *= if step.abs() < 1e-6 { 1.0 + step } else { libm::exp(step) };
        step
    });
    t
}

/// The logarithm of the density at t ≥ 0. Source: Abramowitz & Stegun (1964), 26.7.1's integrand.
fn ln_density(t: f64, df: DegreesOfFreedom) -> f64 {
    let r = t / df.0.sqrt();
    let ln_one_plus_r2 = if r < 1e8 { libm::log1p(r * r) } else { 2.0 * libm::log(r) };
    ln_gamma_ratio(0.5 * df.0) - 0.5 * libm::log(PI * df.0) - 0.5 * (df.0 + 1.0) * ln_one_plus_r2
}
