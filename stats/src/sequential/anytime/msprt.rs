//! The mixture sequential probability ratio test of an effect with a normal estimate.

use serde::Serialize;

use super::{
    always_valid::{AlwaysValid, directed},
    normal_mixture::{Ratio, tightest_ratio},
};
use crate::{Absent, Alpha, Alternative, Estimate, EstimatedEffect, Positive};

/// The variance τ² of the normal distribution over which the mSPRT mixes the effects that it looks for, in the effect's
/// unit squared.
///
/// The test is valid with any τ² that was fixed before the data were seen; it is most sensitive to effects of about τ.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct MixingVariance(f64);

impl MixingVariance {
    /// τ² as it is.
    ///
    /// ```
    /// use edgewise_stats::{Positive, sequential::anytime::MixingVariance};
    ///
    /// assert_eq!(MixingVariance::new(Positive::new(0.0001)?).get(), 0.0001);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(tau_squared: Positive) -> Self {
        Self(tau_squared.get())
    }

    /// The τ² whose test of level α rejects soonest, in the mean of the evidence, if the effect is ±`effect`.
    ///
    /// ```text
    /// τ² = effect² · r / (1 + r)      r − ln(1 + r) = 2·ln(1/α)
    /// ```
    ///
    /// At an effect δ the expected z² is 1 + δ²/V; of the part δ²/V = x the mixture makes x·r/(1 + r) − ln(1 + r), which
    /// is largest at 1 + r = x and then reaches 2·ln(1/α) at this r. `effect` is the minimum detectable effect, in the
    /// effect's unit. Absent: [`Absent::OutOfRange`] if the square under- or overflows. Source: Johari, Koomen, Pekelis &
    /// Walsh (2022), "Always valid inference: continuous monitoring of A/B tests", Operations Research 70(3), section 5
    /// (τ should match the effects that are looked for); the optimum for a point: Howard et al. (2021), section 3.5.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Positive, sequential::anytime::MixingVariance};
    ///
    /// let tau_squared = MixingVariance::for_effect(Positive::new(0.01)?, Alpha::default())?.get();
    /// assert!((tau_squared / 0.01_f64.powi(2) - 0.891).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_effect(effect: Positive, alpha: Alpha) -> Estimate<Self> {
        let r = tightest_ratio(-libm::log(alpha.get()));
        Self::checked(effect.get() * effect.get() * (r / (1.0 + r)))
    }

    /// The τ² whose two-sided interval of level α is narrowest when the estimate's standard error is `at_horizon`.
    ///
    /// ```text
    /// τ² = at_horizon² · r      r − ln(1 + r) = 2·ln(1/α)
    /// ```
    ///
    /// Give the standard error that is expected at the planned end, or earlier if a decision is hoped for earlier.
    /// Absent: [`Absent::OutOfRange`] if the square under- or overflows. Source: Howard, Ramdas, McAuliffe & Sekhon
    /// (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49(2),
    /// section 3.5, whose closed form r ≈ 2·ln(1/α) + ln(1 + 2·ln(1/α)) is one step of this root's fixed point.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Positive, sequential::anytime::MixingVariance};
    ///
    /// let tau_squared = MixingVariance::for_horizon(Positive::new(0.01)?, Alpha::default())?.get();
    /// // scipy 1.17.1: -lambertw(-0.05**2 / e, -1) - 1 = 8.211968…
    /// assert!((tau_squared / 0.01_f64.powi(2) - 8.211_968_062).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_horizon(at_horizon: Positive, alpha: Alpha) -> Estimate<Self> {
        let r = tightest_ratio(-libm::log(alpha.get()));
        Self::checked(at_horizon.get() * at_horizon.get() * r)
    }

    /// τ², in the effect's unit squared; above 0.
    pub fn get(self) -> f64 {
        self.0
    }

    fn checked(tau_squared: f64) -> Estimate<Self> {
        if tau_squared > 0.0 && tau_squared.is_finite() {
            Ok(Self(tau_squared))
        } else {
            Err(Absent::OutOfRange)
        }
    }
}

/// How the mSPRT is made. There is no default: τ² is in the unit of the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MsprtOptions {
    /// The variance of the effects that are looked for.
    pub mixing: MixingVariance,
    /// The level; the interval has confidence 1 − alpha at all looks together.
    pub alpha: Alpha,
    /// What the test holds against "no effect", and which ends its interval has.
    pub alternative: Alternative,
}

impl MsprtOptions {
    /// A two-sided test of level 0.05.
    pub fn new(mixing: MixingVariance) -> Self {
        Self { mixing, alpha: Alpha::default(), alternative: Alternative::default() }
    }
}

/// One look of the mixture sequential probability ratio test, with a normal mixture.
///
/// ```text
/// ln Λ = ½·ln( V / (V + τ²) ) + δ²·τ² / ( 2V(V + τ²) )      V = (standard error)²
/// p = min(1, 1/Λ)      δ ± √( V(V + τ²)/τ² · ( ln((V + τ²)/V) − 2·ln α ) )
/// ```
///
/// One-sided, the mixture is over effects of one sign (a half-normal distribution): Λ is 2·Φ(z·√(τ²/(V + τ²))) times
/// the above with z = ±δ/√V in the direction of the alternative, and the interval's one end is where Λ is 1/α, by
/// Brent's method to 1e-15.
///
/// V is the variance of the estimate itself. (Where another text has σ²/n or 2σ²/n for two arms of n units, that is V;
/// software that puts an effective number of units of both arms beside the variance of one doubles τ² silently.) It is
/// exact if V is known and the estimate has independent normal increments; for means and rates it holds as the number
/// of units grows, so do not let it decide on the first few. δ and its error are in one unit, Λ has none.
///
/// Absent: [`Absent::OutOfRange`] where δ²/V or τ²/V leaves the range of a float.
///
/// Source: Johari, Koomen, Pekelis & Walsh (2017), "Peeking at A/B tests", KDD, section 4; (2022), "Always valid
/// inference", Operations Research 70(3). The one-sided mixture: Howard et al. (2021), proposition 6.
///
/// ```
/// use edgewise_stats::{EstimatedEffect, Positive, sequential::anytime::{MixingVariance, MsprtOptions, msprt}};
///
/// let options = MsprtOptions::new(MixingVariance::new(Positive::new(0.0001)?));
/// let look = msprt(EstimatedEffect::new(0.02, 0.01)?, &options)?;
/// // mpmath, 50 digits
/// assert!((look.ln_lambda - 0.653_426_409_720_027).abs() < 1e-14);
/// assert!((look.p - 0.520_260_095_022_889).abs() < 1e-14);
/// assert!((look.interval.upper() - 0.02 - 0.036_563_948_713_638_5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn msprt(effect: EstimatedEffect, options: &MsprtOptions) -> Estimate<AlwaysValid> {
    let error = effect.standard_error();
    let ratio = Ratio::new(options.mixing.get() / error / error)?;
    let z = directed(effect.z(), options.alternative);
    let ln_threshold = -libm::log(options.alpha.get());
    let (ln_lambda, critical) = match options.alternative {
        Alternative::TwoSided => (ratio.ln_two_sided(z)?, ratio.critical_two_sided(ln_threshold)?),
        Alternative::Greater | Alternative::Less => {
            (ratio.ln_one_sided(z)?, ratio.critical_one_sided(ln_threshold)?)
        }
    };
    // Adding 0 turns −0 into 0.
    let ln_p = (-ln_lambda).min(0.0) + 0.0;
    AlwaysValid::new(effect, options.alternative, ln_lambda, ln_p, critical * error)
}
