//! Probabilities of several normal or t variables at once.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

use super::{
    normal,
    saddle_point::{exponential_excess, ln_gamma_scale},
    students_t::{self, DegreesOfFreedom},
};
use crate::numeric::{quadrature::peak_area, root::brent};

/// P(X ≤ x, Y ≤ y) for standard normal X and Y with this correlation; NaN unless −1 ≤ `correlation` ≤ 1.
///
/// ```text
/// ∫_{−∞}^x φ(u) Φ( (y − ρu) / √(1 − ρ²) ) du
/// ```
///
/// by Gauss-Legendre quadrature outwards from the integrand's largest value: relative error below 1e-12 where the
/// probability is above 1e-290. Source: Tong (1990), "The Multivariate Normal Distribution", 2.1.
///
/// ```
/// use edgewise_stats::distribution::multivariate::bivariate_normal_cdf;
///
/// // Sheppard's formula at the centre: 1/4 + asin(ρ) / (2π).
/// assert!((bivariate_normal_cdf(0.0, 0.0, 0.5) - 1.0 / 3.0).abs() < 1e-14);
/// ```
pub fn bivariate_normal_cdf(x: f64, y: f64, correlation: f64) -> f64 {
    if !(-1.0..=1.0).contains(&correlation) || x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    // Below −39 a normal probability is less than the smallest float.
    if x.min(y) < -39.0 || x.max(y) == f64::INFINITY {
        return normal::cdf(x.min(y));
    }
    let rest = ((1.0 - correlation) * (1.0 + correlation)).sqrt();
    if rest == 0.0 {
        return if correlation > 0.0 { normal::cdf(x.min(y)) } else { interval_probability(-y, x) };
    }
    let argument = |u: f64| (y - correlation * u) / rest;
    let ln_integrand = |u: f64| normal::ln_density(u) + normal::ln_cdf(argument(u));
    let scale = rest / correlation.abs().max(rest);
    let start = peak(ln_integrand, -40.0, x.min(40.0), scale);
    let width = |u: f64, direction: f64| {
        panel(f64::NEG_INFINITY, argument(u), correlation * direction < 0.0, rest / correlation.abs())
    };
    let (ln_scale, area) = peak_area(ln_integrand, start, width, (f64::NEG_INFINITY, x));
    (libm::exp(ln_scale) * area).min(1.0)
}

/// The range of one of several variables, and how it is correlated with the others.
///
/// Any two variables have the correlation of the product of their `loading`s: λᵢ·λⱼ. Comparisons of k variants with n₁ …
/// nₖ units with one control of n₀ have λᵢ = √( nᵢ / (n₀ + nᵢ) ) (Dunnett 1955).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end, which may be minus infinity.
    pub lower: f64,
    /// The upper end, which may be infinity.
    pub upper: f64,
    /// λ, above −1 and below 1.
    pub loading: f64,
}

/// P(every variable is in its range) for standard normal variables with the correlations λᵢ·λⱼ; NaN where a loading is not
/// above −1 and below 1 or an end is NaN, 0 where a lower end is not below its upper end, 1 without any variable.
///
/// ```text
/// ∫ φ(z) Π [ Φ( (upperᵢ − λᵢz) / √(1 − λᵢ²) ) − Φ( (lowerᵢ − λᵢz) / √(1 − λᵢ²) ) ] dz
/// ```
///
/// By Gauss-Legendre quadrature outwards from the integrand's largest value; absolute error below 1e-14 for up to a
/// hundred variables. Source: Dunnett & Sobel (1955), "Approximations to the probability integral and certain percentage
/// points of a multivariate analogue of Student's t-distribution", Biometrika 42.
///
/// ```
/// use edgewise_stats::distribution::multivariate::{Range, normal_rectangle};
///
/// // Equally correlated by 1/2, all orders of three variables and a control are as likely: the control is last.
/// let below = Range { lower: f64::NEG_INFINITY, upper: 0.0, loading: 0.5_f64.sqrt() };
/// assert!((normal_rectangle(&[below; 3]) - 0.25).abs() < 1e-14);
/// ```
pub fn normal_rectangle(ranges: &[Range]) -> f64 {
    if ranges
        .iter()
        .any(|range| !is_correlation(range.loading) || range.lower.is_nan() || range.upper.is_nan())
    {
        return f64::NAN;
    }
    if ranges.iter().any(|range| range.lower >= range.upper) {
        return 0.0;
    }
    let factors = grouped(ranges);
    libm::exp(ln_scaled_rectangle(&factors, 1.0))
}

/// P(every variable is in its range) for variables with a joint t distribution: those of [`normal_rectangle`], all divided
/// by the same √(χ² / df). NaN and 0 as there.
///
/// The rectangle's normal probability is integrated over ln √(χ² / df); absolute error below 1e-12. Source: Dunnett &
/// Sobel (1955).
///
/// ```
/// use edgewise_stats::distribution::{
///     multivariate::{Range, t_rectangle},
///     students_t::DegreesOfFreedom,
/// };
///
/// // Dunnett (1955), table 2b: two-sided 5 % point of two comparisons with a control, 10 degrees of freedom: 2.57.
/// let range = Range { lower: -2.568, upper: 2.568, loading: 0.5_f64.sqrt() };
/// let inside = t_rectangle(&[range; 2], DegreesOfFreedom::new(10.0).unwrap());
/// assert!((inside - 0.95).abs() < 1e-3);
/// ```
pub fn t_rectangle(ranges: &[Range], df: DegreesOfFreedom) -> f64 {
    let normal = normal_rectangle(ranges);
    // NaN, an empty rectangle, or no variable at all.
    if normal.is_nan() || ranges.is_empty() || ranges.iter().any(|range| range.lower >= range.upper) {
        return normal;
    }
    let factors = grouped(ranges);
    let nu = df.get();
    let ln_density = |w: f64| -0.5 * nu * exponential_excess(2.0 * w);
    let width = |w: f64, _| (2.8 / (nu.sqrt() * libm::exp(w))).min(0.45_f64.max(-0.4 * w));
    let integrand = |w: f64| ln_density(w) + ln_scaled_rectangle(&factors, libm::exp(w));
    // The density's peak is near enough unless the rectangle is far from the centre.
    let start = if normal > 0.01 {
        0.0
    } else {
        peak(integrand, -30.0 - libm::log1p(distance(&factors)), 3.0, width(0.0, 0.0))
    };
    let (ln_scale, area) = peak_area(integrand, start, width, (-800.0, 800.0));
    (libm::exp(ln_scale + LN_2 + ln_gamma_scale(0.5 * nu)) * area).min(1.0)
}

/// Which tail of the variables counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The largest of the variables.
    Largest,
    /// The largest distance from 0.
    LargestModulus,
}

/// The c that the largest of several t variables exceeds with the probability `tail`: the critical value of Dunnett's
/// test and, with all loadings 0, of the studentized maximum (modulus). `df` is none for normal variables.
///
/// None unless `0 < tail < 1`, there is a loading and all are above −1 and below 1. By Brent's method between the
/// critical value of a single variable and Bonferroni's; relative error below 1e-10.
///
/// ```
/// use edgewise_stats::distribution::{
///     multivariate::{Extreme, critical_value},
///     students_t::DegreesOfFreedom,
/// };
///
/// // Dunnett (1955), tables 1a and 2b: three comparisons, 12 degrees of freedom.
/// let (df, loadings) = (DegreesOfFreedom::new(12.0), [0.5_f64.sqrt(); 3]);
/// assert!((critical_value(0.05, Extreme::Largest, &loadings, df).unwrap() - 2.29).abs() < 5e-3);
/// assert!((critical_value(0.05, Extreme::LargestModulus, &loadings, df).unwrap() - 2.68).abs() < 5e-3);
/// ```
pub fn critical_value(
    tail: f64,
    extreme: Extreme,
    loadings: &[f64],
    df: Option<DegreesOfFreedom>,
) -> Option<f64> {
    if !(tail > 0.0 && tail < 1.0)
        || loadings.is_empty()
        || !loadings.iter().all(|loading| is_correlation(*loading))
    {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of variables")]
    let count = loadings.len() as f64;
    let single = |tail: f64| match (df, extreme) {
        (Some(df), Extreme::Largest) => students_t::isf(tail, df),
        (Some(df), Extreme::LargestModulus) => students_t::isf(0.5 * tail, df),
        (None, Extreme::Largest) => normal::isf(tail),
        (None, Extreme::LargestModulus) => normal::isf(0.5 * tail),
    };
    let (low, high) = (single(tail)?, single(tail / count)?);
    if loadings.len() == 1 {
        return Some(low);
    }
    let miss = |c: f64| {
        let lower = if extreme == Extreme::Largest { f64::NEG_INFINITY } else { -c };
        let ranges: Vec<Range> = loadings.iter().map(|&loading| Range { lower, upper: c, loading }).collect();
        let inside = df.map_or_else(|| normal_rectangle(&ranges), |df| t_rectangle(&ranges, df));
        1.0 - inside - tail
    };
    let slack = 1e-9 * (1.0 + high.abs());
    brent(miss, if low > 0.0 { low * (1.0 - 1e-9) } else { low - slack }, high + slack, 1e-12)
}

/// Whether a loading leaves its variable a part of its own; NaN does not.
fn is_correlation(loading: f64) -> bool {
    loading.abs() < 1.0
}

/// Ranges that are the same, once, with how often they occur: they contribute the same factor.
fn grouped(ranges: &[Range]) -> Vec<(Range, u32)> {
    let mut factors: Vec<(Range, u32)> = Vec::new();
    for range in ranges {
        match factors.iter_mut().find(|(known, _)| known == range) {
            Some((_, times)) => *times += 1,
            None => factors.push((*range, 1)),
        }
    }
    factors
}

/// The logarithm of [`normal_rectangle`] with all ends multiplied by `scale`.
fn ln_scaled_rectangle(factors: &[(Range, u32)], scale: f64) -> f64 {
    let rest = |range: &Range| ((1.0 - range.loading) * (1.0 + range.loading)).sqrt();
    let ends = |range: &Range, z: f64| {
        let (shift, rest) = (range.loading * z, rest(range));
        ((scale * range.lower - shift) / rest, (scale * range.upper - shift) / rest)
    };
    let ln_integrand = |z: f64| {
        let mut sum = normal::ln_density(z);
        for (range, times) in factors {
            let (lower, upper) = ends(range, z);
            sum += f64::from(*times) * ln_interval_probability(lower, upper);
        }
        sum
    };
    // The common factor at the peak is at most as far from 0 as all the ranges together.
    let limit = 40.0 + scale * distance(factors);
    if limit > 1e4 {
        return f64::NEG_INFINITY;
    }
    let finest = factors.iter().map(|(range, _)| rest(range)).fold(1.0, f64::min);
    let start = peak(ln_integrand, -limit, limit, finest);
    let width = |z: f64, direction: f64| {
        let of_factor = factors.iter().map(|(range, _)| {
            let (lower, upper) = ends(range, z);
            panel(lower, upper, range.loading * direction < 0.0, rest(range) / range.loading.abs())
        });
        of_factor.fold(f64::INFINITY, f64::min)
    };
    let (ln_scale, area) = peak_area(ln_integrand, start, width, (-limit, limit));
    (ln_scale + libm::log(area)).min(0.0)
}

/// How far from 0 the ranges lie, all of them together.
fn distance(factors: &[(Range, u32)]) -> f64 {
    factors.iter().map(|(range, times)| f64::from(*times) * range.lower.max(-range.upper).max(0.0)).sum()
}

/// P(lower < Z ≤ upper) for a standard normal Z, from the smaller tails.
fn interval_probability(lower: f64, upper: f64) -> f64 {
    if lower >= upper {
        0.0
    } else if lower > 0.0 {
        normal::sf(lower) - normal::sf(upper)
    } else if upper < 0.0 {
        normal::cdf(upper) - normal::cdf(lower)
    } else {
        0.5 * (libm::erf(upper * FRAC_1_SQRT_2) - libm::erf(lower * FRAC_1_SQRT_2))
    }
}

/// ln P(lower < Z ≤ upper) for lower < upper. It stays finite where the probability underflows.
fn ln_interval_probability(lower: f64, upper: f64) -> f64 {
    let value = interval_probability(lower, upper);
    if value > 0.0 {
        return libm::log(value);
    }
    // Both ends lie on the same side.
    let (near, far) = if lower > 0.0 { (lower, upper) } else { (-upper, -lower) };
    let ln_near = normal::ln_sf(near);
    ln_near + libm::log(-libm::expm1(normal::ln_sf(far) - ln_near))
}

/// How long a panel may be where the integrand is a normal density times P(lower < Z ≤ upper), whose ends move by a unit
/// as z moves by `scale`: upwards (`is_rising`) or downwards.
fn panel(lower: f64, upper: f64, is_rising: bool, scale: f64) -> f64 {
    // Of standard deviations of a normal density.
    const LENGTH: f64 = 3.0;
    // Beyond this the normal distribution is at its end to the last digit.
    const END: f64 = 9.0;

    let idle = match (-lower - END, upper - END) {
        (below, above) if below > 0.0 && above > 0.0 => {
            if is_rising {
                below
            } else {
                above
            }
        }
        _ => 0.0,
    };
    LENGTH.min((LENGTH + idle) * scale)
}

/// About where a function with one peak between `low` and `high` has it, to within `scale`. Golden section. Source:
/// Kiefer (1953), "Sequential minimax search for a maximum", Proceedings of the AMS 4.
fn peak(f: impl Fn(f64) -> f64, low: f64, high: f64, scale: f64) -> f64 {
    // 1 / golden ratio
    const SECTION: f64 = 0.618_033_988_749_894_9;

    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - SECTION * (high - low), low + SECTION * (high - low));
    let (mut f_left, mut f_right) = (f(left), f(right));
    for _ in 0..80 {
        if high - low <= 2.0 * scale {
            break;
        }
        if f_left >= f_right {
            (high, right, f_right) = (right, left, f_left);
            left = high - SECTION * (high - low);
            f_left = f(left);
        } else {
            (low, left, f_left) = (left, right, f_right);
            right = low + SECTION * (high - low);
            f_right = f(right);
        }
    }
    0.5 * (low + high)
}
