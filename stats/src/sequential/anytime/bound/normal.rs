//! The normal mixture, for sub-Gaussian sums.

use serde::Serialize;

use crate::{
    Absent, Alpha, Estimate, Positive, estimate::finite, sequential::anytime::normal_mixture::Ratio,
};

/// Whether a mixture looks for deviations up alone, or up and down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Up alone: S ≥ u(v) at some time has probability at most α.
    One,
    /// Both: |S| ≥ u(v) at some time has probability at most α.
    #[default]
    Two,
}

/// The ρ with which a normal mixture is tightest at the intrinsic time `v`.
///
/// ```text
/// ρ = v / ( 2·ln(1/α) + ln(1 + 2·ln(1/α)) )      one-sided: 2α in the place of α
/// ```
///
/// In the unit of v. Absent: [`Absent::OutOfRange`] one-sided from α = 1/2 on, and where ρ leaves the range of a float.
/// Source: HRMS, section 3.5 (the first step towards the exact Lambert-W form); confseq `best_rho`.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::{Sides, best_rho}};
///
/// // confseq, unit test: 12.60056
/// let rho = best_rho(Positive::new(100.0)?, Alpha::default(), Sides::Two)?;
/// assert!((rho.get() - 12.600_56).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn best_rho(v: Positive, alpha: Alpha, sides: Sides) -> Estimate<Positive> {
    let alpha = match sides {
        Sides::One => 2.0 * alpha.get(),
        Sides::Two => alpha.get(),
    };
    let l = -2.0 * libm::log(alpha);
    if l <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    Positive::new(v.get() / (l + libm::log1p(l))).map_err(|_| Absent::OutOfRange)
}

/// The normal mixture: the tightest bound for a sub-Gaussian sum over a range of intrinsic times.
///
/// ```text
/// two-sided:  ln Λ = ½·ln( ρ/(v + ρ) ) + s² / (2(v + ρ))        u(v) = √( (v + ρ)·( ln(1 + v/ρ) − 2·ln α ) )
/// one-sided:  ln Λ = ½·ln( 4ρ/(v + ρ) ) + s² / (2(v + ρ)) + ln Φ( s/√(v + ρ) )
/// ```
///
/// Source: HRMS, propositions 5 and 6; confseq `TwoSidedNormalMixture`, `OneSidedNormalMixture`.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::{NormalMixture, Sides}};
///
/// // confseq, unit tests: −0.6510052 and 30.35209; one-sided −0.06502391 and 27.66071
/// let (v, alpha) = (Positive::new(100.0)?, Alpha::default());
/// let two = NormalMixture::tuned(v, alpha, Sides::Two)?;
/// assert!((two.ln_e(10.0, v)? - -0.651_005_2).abs() < 1e-7);
/// assert!((two.bound(v, alpha)? - 30.352_09).abs() < 1e-5);
/// let one = NormalMixture::tuned(v, alpha, Sides::One)?;
/// assert!((one.ln_e(10.0, v)? - -0.065_023_91).abs() < 1e-8);
/// assert!((one.bound(v, alpha)? - 27.660_71).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalMixture {
    rho: Positive,
    sides: Sides,
}

impl NormalMixture {
    /// The mixture over effects with the variance 1/ρ per unit of intrinsic time.
    pub fn new(rho: Positive, sides: Sides) -> Self {
        Self { rho, sides }
    }

    /// The mixture that is tightest at `v_opt`; see [`best_rho`].
    ///
    /// # Errors
    ///
    /// Those of [`best_rho`].
    pub fn tuned(v_opt: Positive, alpha_opt: Alpha, sides: Sides) -> Estimate<Self> {
        Ok(Self { rho: best_rho(v_opt, alpha_opt, sides)?, sides })
    }

    /// ln Λ: the logarithm of the mixture's supermartingale, an e-value against "the sum is centred".
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite.
    pub fn ln_e(&self, s: f64, v: Positive) -> Estimate<f64> {
        let (ratio, z) = (self.ratio(v)?, s / v.get().sqrt());
        match self.sides {
            Sides::Two => ratio.ln_two_sided(z),
            Sides::One => ratio.ln_one_sided(z),
        }
    }

    /// u(v): the s at which Λ reaches 1/α.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] unless it is finite.
    pub fn bound(&self, v: Positive, alpha: Alpha) -> Estimate<f64> {
        let (ratio, ln_threshold) = (self.ratio(v)?, -libm::log(alpha.get()));
        let z = match self.sides {
            Sides::Two => ratio.critical_two_sided(ln_threshold)?,
            Sides::One => ratio.critical_one_sided(ln_threshold)?,
        };
        finite(z * v.get().sqrt())
    }

    /// The sum in standard errors and the prior in variances of it: z = s/√v, r = v/ρ.
    fn ratio(&self, v: Positive) -> Estimate<Ratio> {
        Ratio::new(v.get() / self.rho.get())
    }
}
