//! The chi-squared distribution.

use std::num::NonZeroU32;

/// P(X > x) with `df` degrees of freedom; 1 for x ≤ 0.
///
/// ```text
/// sf(x) = Q(df / 2, x / 2), the regularised upper incomplete gamma function
/// ```
///
/// Relative error below 1e-11 up to a million degrees of freedom. 0 only below the smallest float, where [`ln_sf`] goes
/// on. NaN gives NaN. Source: Abramowitz & Stegun (1964), 26.4.19.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// // Two degrees of freedom: exp(−x / 2).
/// let p = chi_squared::sf(9.644_67, NonZeroU32::new(2).unwrap());
/// assert!((p - (-9.644_67_f64 / 2.0).exp()).abs() < 1e-15);
/// ```
pub fn sf(x: f64, df: NonZeroU32) -> f64 {
    if is_central(x, df) { lower_complement(x, df) } else { libm::exp(ln_upper(x, df)) }
}

/// ln P(X > x); see [`sf`]. It stays finite where the tail underflows.
///
/// ```
/// use std::num::NonZeroU32;
/// use edgewise_stats::distribution::chi_squared;
///
/// let two = NonZeroU32::new(2).unwrap();
/// assert_eq!(chi_squared::sf(10_000.0, two), 0.0);
/// assert!((chi_squared::ln_sf(10_000.0, two) - -5_000.0).abs() < 1e-9);
/// ```
pub fn ln_sf(x: f64, df: NonZeroU32) -> f64 {
    if is_central(x, df) { libm::log(lower_complement(x, df)) } else { ln_upper(x, df) }
}

/// Whether x lies at or below where the upper tail's continued fraction serves: there the tail is not small.
fn is_central(x: f64, df: NonZeroU32) -> bool {
    x.is_nan() || x < f64::from(df.get()) + 2.0
}

/// 1 − P(df / 2, x / 2) where this does not cancel; P by its power series. Source: DLMF 8.7.1.
fn lower_complement(x: f64, df: NonZeroU32) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if df.get() == 1 {
        return libm::erfc((0.5 * x).sqrt());
    }
    let (a, y) = (0.5 * f64::from(df.get()), 0.5 * x);
    let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, 1.0);
    // y ≤ a + 1: from the second on, each term is less than the one before, and in about 9·√a of them negligible.
    while term > f64::EPSILON * 0.1 * sum {
        term *= y / (a + k);
        sum += term;
        k += 1.0;
    }
    (1.0 - libm::exp(ln_power(a, y) + libm::log(sum))).clamp(0.0, 1.0)
}

/// ln Q(a, y) by Legendre's continued fraction, in Lentz's form. Source: DLMF 8.9.2; Thompson & Barnett (1986),
/// "Coulomb and Bessel functions of complex arguments and order", Journal of Computational Physics 64(2).
fn ln_upper(x: f64, df: NonZeroU32) -> f64 {
    // Converges in about √a steps from y = a + 1 on; the bound only guards against an endless loop.
    const STEPS: u32 = 1_000_000;

    if x == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    let (a, y) = (0.5 * f64::from(df.get()), 0.5 * x);
    let mut denominator = y + 1.0 - a;
    let mut forward = f64::MAX;
    let mut backward = 1.0 / denominator;
    let mut fraction = backward;
    for k in 1..STEPS {
        let numerator = -f64::from(k) * (f64::from(k) - a);
        denominator += 2.0;
        backward = 1.0 / (numerator * backward + denominator);
        forward = denominator + numerator / forward;
        fraction *= forward * backward;
        if (forward * backward - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    ln_power(a, y) + libm::log(fraction)
}

/// ln( y^a · exp(−y) / Γ(a) ), without the cancellation of its large terms where a is large.
fn ln_power(a: f64, y: f64) -> f64 {
    if a < 30.0 {
        return a * libm::log(y) - y - libm::lgamma(a);
    }
    // Stirling (DLMF 5.11.1): ln Γ(a) = (a − 1/2)·ln a − a + ln(2π)/2 + 1/(12a) − 1/(360a³) + 1/(1260a⁵) − …
    let w = 1.0 / (a * a);
    let stirling = (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w / 1680.0))) / a;
    let excess = (y - a) / a;
    -a * (excess - libm::log1p(excess)) + 0.5 * libm::log(a / (2.0 * std::f64::consts::PI)) - stirling
}
