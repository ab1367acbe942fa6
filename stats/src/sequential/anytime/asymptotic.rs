//! Asymptotic confidence sequences.

use std::num::NonZeroU64;

use super::{
    always_valid::{AlwaysValid, directed},
    normal_mixture::Ratio,
};
use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Positive, estimate::finite, moments::count,
};

/// How an asymptotic confidence sequence is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AsymptoticOptions {
    /// The level; the interval has confidence 1 − alpha at all looks together.
    pub alpha: Alpha,
    /// What the test holds against "no effect", and which ends the interval has.
    pub alternative: Alternative,
    /// Where the sequence is tightest.
    pub tuning: Tuning,
}

/// Where a confidence sequence is tightest. It is valid everywhere; fix this before the data are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tuning {
    /// At this many units of both variants together; see [`tuned_rho`].
    Units(NonZeroU64),
    /// The paper's ρ itself.
    Rho(Positive),
}

impl Default for Tuning {
    /// 5,000 units, the default of GrowthBook's `sequential_tuning_parameter`. Better is the number of units at which a
    /// decision is expected: tuned for a tenth of it, a sequence is 7 % wider there than it need be.
    fn default() -> Self {
        Self::Units(DEFAULT_UNITS)
    }
}

impl Tuning {
    /// ρ at this level.
    pub(super) fn rho(self, alpha: Alpha, alternative: Alternative) -> Estimate<Positive> {
        match self {
            Self::Units(units) => tuned_rho(units, alpha, alternative),
            Self::Rho(rho) => Ok(rho),
        }
    }
}

const DEFAULT_UNITS: NonZeroU64 = match NonZeroU64::new(5_000) {
    Some(units) => units,
    None => NonZeroU64::MIN,
};

/// The ρ whose confidence sequence is about the tightest at `units` units.
///
/// ```text
/// ρ = √( ( −2·ln α + ln(1 − 2·ln α) ) / units )      one-sided: 2α in the place of α
/// ```
///
/// Absent: [`Absent::OutOfRange`] one-sided from α = 1/2 on, where the formula has no value, and where ρ leaves the
/// range of a float. Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), "Time-uniform central limit theory
/// and asymptotic confidence sequences", Annals of Statistics 52(6) (arXiv 2103.06476), appendix B.2; gbstats
/// `sequential_rho`.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{Alpha, Alternative, sequential::anytime::tuned_rho};
///
/// // gbstats: sequential_rho(0.05, 5000)
/// let rho = tuned_rho(NonZeroU64::new(5_000).unwrap(), Alpha::default(), Alternative::TwoSided)?;
/// assert!((rho.get() - 0.039_840_066_771_373_68).abs() < 1e-16);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn tuned_rho(units: NonZeroU64, alpha: Alpha, alternative: Alternative) -> Estimate<Positive> {
    let alpha = match alternative {
        Alternative::TwoSided => alpha.get(),
        Alternative::Greater | Alternative::Less => 2.0 * alpha.get(),
    };
    let l = -2.0 * libm::log(alpha);
    if l <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    Positive::new(((l + libm::log1p(l)) / count(units.get())).sqrt()).map_err(|_| Absent::OutOfRange)
}

/// Half the width of an asymptotic confidence sequence for a mean of n units with variance s².
///
/// ```text
/// two-sided:  s · √( 2(nρ² + 1)/(nρ)² · ln( √(nρ² + 1)/α ) )
/// one-sided:  s · √( 2(nρ² + 1)/(nρ)² · ln( 1 + √(nρ² + 1)/(2α) ) )
/// ```
///
/// In the unit of the mean; for a difference of two means n counts the units of both and s² is n times the variance of
/// the difference. The one-sided form is the closed bound of the exact one (which [`msprt`](super::msprt()) has, and
/// which is a little narrower). Absent: [`Absent::OutOfRange`], or where ρ is absent (see [`tuned_rho`]). Source:
/// Waudby-Smith et al. (2024), theorem 2.2 (equation 9 of arXiv 2103.06476v7) and its one-sided form (equation 134);
/// gbstats `sequential_interval_halfwidth` and `sequential_interval_halfwidth_one_sided`.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{Positive, sequential::anytime::{AsymptoticOptions, half_width}};
///
/// // gbstats: sequential_interval_halfwidth(1.0, 5000, 5000, 0.05)
/// let width = half_width(Positive::new(1.0)?, NonZeroU64::new(5_000).unwrap(), &AsymptoticOptions::default())?;
/// assert!((width - 0.042_924_337_188_268).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn half_width(variance: Positive, n: NonZeroU64, options: &AsymptoticOptions) -> Estimate<f64> {
    let critical = Critical::new(n, options)?.z;
    finite(critical * (variance.get() / count(n.get())).sqrt())
}

/// One look at the asymptotic confidence sequence of an effect, with its always-valid p value.
///
/// ```text
/// z = estimate / standard error      r = nρ²      ln Λ = z²·r / (2(1 + r)) − ½·ln(1 + r)
/// two-sided p = min(1, 1/Λ)          one-sided p = min( 1, √(1 + r) / (2(exp( z²·r / (2(1 + r)) ) − 1)) ) for z > 0
/// ```
///
/// The p value is the smallest α whose interval leaves out 0, with ρ kept; both forms are exact inversions, without
/// search and without a floor. The interval is the estimate ± [`half_width`] with s² = n·(standard error)². `n` counts
/// the units of both variants. In the one-sided case `ln_lambda` is that of the exact half-normal mixture, whose 1/Λ
/// is a little below this p value.
///
/// It is the mSPRT with τ² = s²ρ². Unlike it, it needs no normal data and no known variance: its miscoverage goes to α
/// as the first look goes to later and later n, so do not let it decide on the first few dozen units.
///
/// Absent: [`Absent::OutOfRange`]. Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), "Time-uniform central
/// limit theory and asymptotic confidence sequences", Annals of Statistics 52(6), theorem 2.2 and appendix B.
///
/// ```
/// use std::num::NonZeroU64;
/// use edgewise_stats::{EstimatedEffect, sequential::anytime::{AsymptoticOptions, asymptotic}};
///
/// // gbstats: SequentialTwoSidedTTest, absolute difference, 1000 and 1100 units
/// let effect = EstimatedEffect::new(0.136_363_636_363_636_24, 0.074_348_012_623_165_39)?;
/// let look = asymptotic(effect, NonZeroU64::new(2_100).unwrap(), &AsymptoticOptions::default())?;
/// assert!((look.p - 0.570_815_809_361_529).abs() < 1e-12);
/// assert!((look.interval.lower() - -0.095_134_600_295_983).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn asymptotic(
    effect: EstimatedEffect,
    n: NonZeroU64,
    options: &AsymptoticOptions,
) -> Estimate<AlwaysValid> {
    Critical::new(n, options)?.look(effect)
}

/// The sequence at one n: its critical z.
#[derive(Clone, Copy, Debug)]
pub(super) struct Critical {
    ratio: Ratio,
    alternative: Alternative,
    /// How many standard errors the interval reaches.
    pub(super) z: f64,
}

impl Critical {
    pub(super) fn new(n: NonZeroU64, options: &AsymptoticOptions) -> Estimate<Self> {
        let rho = options.tuning.rho(options.alpha, options.alternative)?.get();
        let ratio = Ratio::new(count(n.get()) * rho * rho)?;
        let ln_threshold = -libm::log(options.alpha.get());
        let z = match options.alternative {
            Alternative::TwoSided => ratio.critical_two_sided(ln_threshold)?,
            Alternative::Greater | Alternative::Less => ratio.closed_one_sided(ln_threshold)?,
        };
        Ok(Self { ratio, alternative: options.alternative, z })
    }

    /// The look at an estimate with its own error.
    pub(super) fn look(&self, effect: EstimatedEffect) -> Estimate<AlwaysValid> {
        let (ln_lambda, ln_p) = self.evidence(effect)?;
        AlwaysValid::new(effect, self.alternative, ln_lambda, ln_p, self.z * effect.standard_error())
    }

    /// ln Λ and ln p.
    pub(super) fn evidence(&self, effect: EstimatedEffect) -> Estimate<(f64, f64)> {
        let z = directed(effect.z(), self.alternative);
        Ok(match self.alternative {
            Alternative::TwoSided => {
                let ln_lambda = self.ratio.ln_two_sided(z)?;
                // Adding 0 turns −0 into 0.
                (ln_lambda, (-ln_lambda).min(0.0) + 0.0)
            }
            Alternative::Greater | Alternative::Less => {
                (self.ratio.ln_one_sided(z)?, self.ratio.ln_p_closed_one_sided(z)?)
            }
        })
    }
}
