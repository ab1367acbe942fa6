//! The gamma-exponential and gamma-Poisson mixtures, one-sided.

use super::{NormalMixture, Sides, best_rho, crossing};
use crate::{
    Absent, Alpha, Estimate, Positive,
    distribution::gamma,
    estimate::finite,
    sequential::anytime::stirling::{divergence, error, excess},
};

/// The gamma-exponential mixture: a bound for sub-exponential sums of scale c, such as those of observations that are
/// bounded above, or that meet Bernstein's condition.
///
/// With k = ρ/c², a = (v + ρ)/c², ε = c·s/(v + ρ), y = a(1 + ε), P the regularised lower incomplete gamma function and δ
/// the error of Stirling's formula
///
/// ```text
/// ln Λ = a·( ε − ln(1 + ε) ) + ½·ln(k/a) + δ(a) − δ(k) + ln P(a, y) − ln P(k, k)
/// ```
///
/// which is HRMS' formula in terms that do not cancel. As c falls to 0 it becomes the one-sided [`NormalMixture`].
/// Source: HRMS, proposition 9; confseq `GammaExponentialMixture`.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::GammaExponential};
///
/// // confseq, unit test: −0.2490165 and 33.02017
/// let (v, alpha) = (Positive::new(100.0)?, Alpha::default());
/// let mixture = GammaExponential::tuned(v, alpha, Positive::new(2.0)?)?;
/// assert!((mixture.ln_e(10.0, v)? - -0.249_016_5).abs() < 1e-7 && (mixture.bound(v, alpha)? - 33.020_17).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaExponential(Scaled);

impl GammaExponential {
    /// The mixture that is tightest at about `v_opt`, for the scale `c` in the unit of S.
    ///
    /// # Errors
    ///
    /// Those of [`best_rho`], and [`Absent::OutOfRange`] where ρ/c² leaves the range of a float.
    pub fn tuned(v_opt: Positive, alpha_opt: Alpha, c: Positive) -> Estimate<Self> {
        Scaled::tuned(v_opt, alpha_opt, c).map(Self)
    }

    /// ln Λ: the logarithm of the mixture's supermartingale.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite, or if c·s ≤ −(v + ρ).
    pub fn ln_e(&self, s: f64, v: Positive) -> Estimate<f64> {
        finite(self.ln(s, v.get()))
    }

    /// u(v): the s at which Λ reaches 1/α.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite.
    pub fn bound(&self, v: Positive, alpha: Alpha) -> Estimate<f64> {
        self.0.bound(v, alpha, |s| self.ln(s, v.get()))
    }

    fn ln(&self, s: f64, v: f64) -> f64 {
        let (k, a, epsilon) = self.0.at(s, v);
        if epsilon <= -1.0 {
            return f64::NAN;
        }
        a * excess(epsilon) + 0.5 * (libm::log(k) - libm::log(a)) + error(a) - error(k)
            + gamma::ln_cdf(a * (1.0 + epsilon), a)
            - gamma::ln_cdf(k, k)
    }
}

/// The gamma-Poisson mixture: a bound for sub-Poisson sums of scale c, such as those of bounded observations.
///
/// With k = ρ/c², a = (v + ρ)/c², ε = c·s/(v + ρ), y = a(1 + ε), Q the regularised upper incomplete gamma function and δ
/// the error of Stirling's formula
///
/// ```text
/// ln Λ = a·( (1 + ε)·ln(1 + ε) − ε ) + ½·ln(k/y) + δ(y) − δ(k) + ln Q(y, a) − ln Q(k, k)
/// ```
///
/// which is HRMS' formula in terms that do not cancel. As c falls to 0 it becomes the one-sided [`NormalMixture`].
/// Source: HRMS, proposition 10; confseq `GammaPoissonMixture`.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::GammaPoisson};
///
/// // confseq, unit test: −0.06991219 and 30.1949
/// let (v, alpha) = (Positive::new(100.0)?, Alpha::default());
/// let mixture = GammaPoisson::tuned(v, alpha, Positive::new(2.0)?)?;
/// assert!((mixture.ln_e(10.0, v)? - -0.069_912_19).abs() < 1e-8 && (mixture.bound(v, alpha)? - 30.194_9).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaPoisson(Scaled);

impl GammaPoisson {
    /// The mixture that is tightest at about `v_opt`, for the scale `c` in the unit of S.
    ///
    /// # Errors
    ///
    /// Those of [`best_rho`], and [`Absent::OutOfRange`] where ρ/c² leaves the range of a float.
    pub fn tuned(v_opt: Positive, alpha_opt: Alpha, c: Positive) -> Estimate<Self> {
        Scaled::tuned(v_opt, alpha_opt, c).map(Self)
    }

    /// ln Λ: the logarithm of the mixture's supermartingale.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite, or if c·s ≤ −(v + ρ).
    pub fn ln_e(&self, s: f64, v: Positive) -> Estimate<f64> {
        finite(self.ln(s, v.get()))
    }

    /// u(v): the s at which Λ reaches 1/α.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite.
    pub fn bound(&self, v: Positive, alpha: Alpha) -> Estimate<f64> {
        self.0.bound(v, alpha, |s| self.ln(s, v.get()))
    }

    fn ln(&self, s: f64, v: f64) -> f64 {
        let (k, a, epsilon) = self.0.at(s, v);
        if epsilon <= -1.0 {
            return f64::NAN;
        }
        let shape = a * (1.0 + epsilon);
        a * divergence(epsilon) + 0.5 * (libm::log(k) - libm::log(shape)) + error(shape) - error(k)
            + gamma::ln_sf(a, shape)
            - gamma::ln_sf(k, k)
    }
}

/// A tuning ρ and a scale c.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scaled {
    rho: Positive,
    c: f64,
}

impl Scaled {
    fn tuned(v_opt: Positive, alpha_opt: Alpha, c: Positive) -> Estimate<Self> {
        let scaled = Self { rho: best_rho(v_opt, alpha_opt, Sides::One)?, c: c.get() };
        let (k, _, _) = scaled.at(0.0, 0.0);
        if k > 0.0 && k.is_finite() { Ok(scaled) } else { Err(Absent::OutOfRange) }
    }

    /// k, a and ε.
    fn at(self, s: f64, v: f64) -> (f64, f64, f64) {
        let (rho, c) = (self.rho.get(), self.c);
        (rho / c / c, (v + rho) / c / c, s / (v + rho) * c)
    }

    /// The crossing of ln Λ, from the normal mixture's on: that is of the same order, or below it by the scale c.
    fn bound(self, v: Positive, alpha: Alpha, ln_e: impl Fn(f64) -> f64) -> Estimate<f64> {
        let start = NormalMixture::new(self.rho, Sides::One).bound(v, alpha)?;
        crossing(ln_e, -libm::log(alpha.get()), start)
    }
}
