//! Polynomial stitching: a bound that grows like √(v·ln ln v).

use crate::{Alpha, Estimate, Positive, estimate::finite};

/// The polynomial stitched bound, whose rate in v is that of the law of the iterated logarithm.
///
/// ```text
/// ℓ(v) = s·ln ln(η·v/v_min) + ln( ζ(s) / (α·(ln η)^s) )      v never taken below v_min
/// u(v) = √( k₁²·v·ℓ + k₂²·c²·ℓ² ) + k₂·c·ℓ      k₁ = (η^¼ + η^−¼)/√2      k₂ = (√η + 1)/2
/// ```
///
/// c is the scale of a sub-gamma sum: 0 for a sub-Gaussian one, negative where its upper tail is lighter still. Source:
/// HRMS, theorem 1; confseq `PolyStitchingBound`.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::PolynomialStitching};
///
/// // confseq, unit tests: 64.48755, and 28.99389 with c = −1
/// let (v, v_min) = (Positive::new(100.0)?, Positive::new(10.0)?);
/// let bound = |c| PolynomialStitching::new(v_min, c, 1.4, 2.0).unwrap().bound(v, Alpha::default());
/// assert!((bound(3.0)? - 64.487_55).abs() < 1e-5 && (bound(-1.0)? - 28.993_89).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialStitching {
    v_min: Positive,
    c: f64,
    s: f64,
    eta: f64,
}

impl PolynomialStitching {
    /// The bound from the intrinsic time `v_min` on with the scale `c`, the exponent `s` and the spacing `eta` of its
    /// epochs. HRMS use s = 1.4 and η = 2.
    ///
    /// # Errors
    ///
    /// [`StitchingError`] unless `c` is finite, `s` above 1 and `eta` above 1, both finite.
    pub fn new(v_min: Positive, c: f64, s: f64, eta: f64) -> Result<Self, StitchingError> {
        if c.is_finite() && s > 1.0 && s.is_finite() && eta > 1.0 && eta.is_finite() {
            Ok(Self { v_min, c, s, eta })
        } else {
            Err(StitchingError { c, s, eta })
        }
    }

    /// The bound with s = 1.4 and η = 2, for a sub-gamma sum of scale `c`.
    ///
    /// # Errors
    ///
    /// [`StitchingError`] unless `c` is finite.
    pub fn standard(v_min: Positive, c: f64) -> Result<Self, StitchingError> {
        Self::new(v_min, c, 1.4, 2.0)
    }

    /// u(v).
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`](crate::Absent::OutOfRange) unless it is finite.
    pub fn bound(&self, v: Positive, alpha: Alpha) -> Estimate<f64> {
        let Self { v_min, c, s, eta } = *self;
        let v = v.get().max(v_min.get());
        let ln_eta = libm::log(eta);
        // Never 0 or below: v/v_min ≥ 1.
        let epochs = ln_eta + libm::log(v / v_min.get());
        let l = s * libm::log(epochs / ln_eta) + libm::log(zeta(s)) - libm::log(alpha.get());
        let quarter = libm::sqrt(libm::sqrt(eta));
        let k1_squared = 0.5 * (quarter + 1.0 / quarter) * (quarter + 1.0 / quarter);
        let linear = 0.5 * (eta.sqrt() + 1.0) * c * l;
        let root = libm::hypot((k1_squared * l).sqrt() * v.sqrt(), linear);
        // The conjugate form where the two terms would cancel.
        finite(if linear >= 0.0 { root + linear } else { k1_squared * v * l / (root - linear) })
    }
}

/// Not the parameters of a stitched bound.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a stitched bound with c = {c}, s = {s}, eta = {eta}: c must be finite, s and eta finite and above 1; 1.4 and 2 are the usual ones"
)]
pub struct StitchingError {
    /// The scale that was given.
    pub c: f64,
    /// The exponent that was given.
    pub s: f64,
    /// The spacing that was given.
    pub eta: f64,
}

/// Riemann's ζ(s) for s > 1, by Euler and Maclaurin's sum with ten terms. Source: DLMF 25.2.9.
fn zeta(s: f64) -> f64 {
    const N: f64 = 10.0;
    let mut sum = 0.0;
    for k in 1..10 {
        sum += libm::pow(f64::from(k), -s);
    }
    let tail = libm::pow(N, -s);
    sum += tail * (0.5 + N / (s - 1.0));
    // B₂ₖ/(2k)! · s(s + 1)⋯(s + 2k − 2) · N^(1−s−2k)
    let mut rising = s;
    let mut power = tail / N;
    for (k, coefficient) in [
        (1.0, 1.0 / 12.0),
        (2.0, -1.0 / 720.0),
        (3.0, 1.0 / 30_240.0),
        (4.0, -1.0 / 1_209_600.0),
        (5.0, 1.0 / 47_900_160.0),
        (6.0, -691.0 / 1_307_674_368_000.0),
    ] {
        let term = coefficient * rising * power;
        // For a large s the power underflows before the product grows: then the sum is 1 + 2^−s already.
        if !term.is_finite() {
            break;
        }
        sum += term;
        rising *= (s + 2.0 * k - 1.0) * (s + 2.0 * k);
        power /= N * N;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::zeta;

    #[test]
    fn zeta_is_mpmaths() {
        // mpmath 1.4.1, 50 digits
        for (s, expected) in [
            (1.000_1, 10_000.577_222_946_438),
            (1.4, 3.105_547_277_977_580_4),
            (2.0, 1.644_934_066_848_226_4),
            (10.0, 1.000_994_575_127_818),
            (50.0, 1.000_000_000_000_000_9),
        ] {
            assert!((zeta(s) / expected - 1.0).abs() < 1e-12, "{s}: {}", zeta(s));
        }
        for s in [1e3, 1e10, 1e200] {
            assert!((zeta(s) - 1.0).abs() < 1e-15, "{s}: {}", zeta(s));
        }
    }
}
