//! Equivalence: is the effect small enough not to matter?

use serde::Serialize;

use super::contrast::{Contrast, lift_limits};
use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Interval, Moments, Test,
    compare::{Variance, lift},
    distribution::students_t::DegreesOfFreedom,
    estimate::finite,
    moments::count,
};

/// The effects that do not matter: from `lower` to `upper`, both finite, in the unit of the effect (fractions for a
/// lift: −0.02 to 0.02 is two per cent either way).
///
/// ```
/// use edgewise_stats::trust::Margins;
///
/// assert!(Margins::new(-0.02, 0.02).is_ok());
/// assert!(Margins::new(0.02, -0.02).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Margins {
    lower: f64,
    upper: f64,
}

impl Margins {
    /// Checks the margins.
    ///
    /// # Errors
    ///
    /// [`MarginsError`] unless both are finite and `lower < upper`.
    pub fn new(lower: f64, upper: f64) -> Result<Self, MarginsError> {
        if lower.is_finite() && upper.is_finite() && lower < upper {
            Ok(Self { lower, upper })
        } else {
            Err(MarginsError { lower, upper })
        }
    }

    /// The least effect that does not matter.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The greatest effect that does not matter.
    pub fn upper(&self) -> f64 {
        self.upper
    }
}

/// Not two margins in order.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("margins from {lower} to {upper}: both must be finite, and the lower one less than the upper")]
pub struct MarginsError {
    /// The lower margin that was given.
    pub lower: f64,
    /// The upper margin that was given.
    pub upper: f64,
}

/// What the margins are margins of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Of the difference, in the metric's unit.
    #[default]
    Difference,
    /// Of the lift, as a fraction of the control.
    Lift,
}

/// How equivalence is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EquivalenceOptions {
    /// The level of the test. The interval has confidence 1 − 2·alpha, as is usual with two one-sided tests.
    pub alpha: Alpha,
    /// Whether the variants have one variance each or share one; for means.
    pub variance: Variance,
    /// What the margins are margins of.
    pub scale: Scale,
}

/// What the two one-sided tests found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Equivalence {
    /// The estimated effect: the difference or the lift.
    pub estimate: f64,
    /// What does not matter.
    pub margins: Margins,
    /// The test that the effect is above the lower margin.
    pub above_lower: Test,
    /// The test that the effect is below the upper margin.
    pub below_upper: Test,
    /// The larger of the two p values: that of "the effect matters".
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// The interval of confidence 1 − 2α: it lies within the margins exactly if p is below α.
    pub interval: Interval,
    /// Whether p is at most α: the effect is shown not to matter.
    pub equivalent: bool,
}

/// Tests whether an effect is equivalent to none within margins (TOST, two one-sided tests).
///
/// ```text
/// t_l = (estimate − lower) / se, p_l = P(T > t_l)      t_u = (estimate − upper) / se, p_u = P(T < t_u)
/// p = max(p_l, p_u)      interval: estimate ± t(1 − α; df)·se
/// ```
///
/// With `df` degrees of freedom, or normal without. It needs no correction for being two tests. Not to be rejected by a
/// test of "no difference" shows nothing of this kind. Absent: [`Absent::OutOfRange`]. Source: Schuirmann (1987), "A
/// comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average
/// bioavailability", Journal of Pharmacokinetics and Biopharmaceutics 15(6).
///
/// ```
/// use edgewise_stats::{EstimatedEffect, Alpha, trust::{Margins, equivalent}};
///
/// let found = equivalent(EstimatedEffect::new(0.002, 0.005)?, None, Margins::new(-0.02, 0.02)?, Alpha::default())?;
/// assert!(found.equivalent && (found.above_lower.statistic - 4.4).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn equivalent(
    effect: EstimatedEffect,
    df: Option<DegreesOfFreedom>,
    margins: Margins,
    alpha: Alpha,
) -> Estimate<Equivalence> {
    let contrast = Contrast::of(effect, df);
    let interval = ordered(contrast.lower(alpha)?, contrast.upper(alpha)?)?;
    found(
        contrast.estimate,
        margins,
        alpha,
        contrast.test(margins.lower, Alternative::Greater)?,
        contrast.test(margins.upper, Alternative::Less)?,
        interval,
    )
}

/// Tests whether two means are equivalent, by [`equivalent`] on their difference or on their lift.
///
/// ```text
/// difference: estimate ȳ_t − ȳ_c, standard error and degrees of freedom as in compare_means
/// lift:       ȳ_t − (1 + lower)·ȳ_c > 0 and ȳ_t − (1 + upper)·ȳ_c < 0, se² = s_t²/n_t + (1 + margin)²·s_c²/n_c
/// ```
///
/// A margin of the lift is tested on this linear combination, which is exact for normal means where the delta method is
/// not; the interval's ends are Fieller's with the critical value of their own margin's test, so that both agree.
///
/// Absent: with fewer than two units of a variant ([`Absent::NoUnits`], [`Absent::TooFewUnits`]) or without any variance
/// ([`Absent::ZeroVariance`]); for a lift unless the control mean is positive ([`Absent::ControlMeanNotPositive`]) and
/// can be told from zero ([`Absent::LiftUnbounded`]); [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Moments, trust::{EquivalenceOptions, Margins, equivalent_means}};
///
/// // statsmodels 0.15.0: ttost_ind(x, y, -4, 4, usevar="unequal")
/// let x = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4];
/// let y = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4];
/// let (x, y) = (Moments::from_values(x)?, Moments::from_values(y)?);
/// let found = equivalent_means(&y, &x, Margins::new(-4.0, 4.0)?, &EquivalenceOptions::default())?;
/// assert!((found.p - 0.024_087_171_581_723).abs() < 1e-12 && found.equivalent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn equivalent_means(
    control: &Moments,
    treatment: &Moments,
    margins: Margins,
    options: &EquivalenceOptions,
) -> Estimate<Equivalence> {
    let contrast = |factor| Contrast::of_means(control, treatment, factor, options.variance);
    let alpha = options.alpha;
    if options.scale == Scale::Difference {
        let contrast = contrast(1.0)?;
        let effect =
            EstimatedEffect::new(contrast.estimate, contrast.error).map_err(|_| Absent::OutOfRange)?;
        return equivalent(effect, contrast.df, margins, alpha);
    }
    let estimate = lift::lift(control.mean()?, treatment.mean()?)?;
    let (above, below) = (contrast(1.0 + margins.lower)?, contrast(1.0 + margins.upper)?);
    let limits = |contrast: &Contrast| {
        mean_lift_limits(control, treatment, options.variance, contrast.critical(alpha)?)
    };
    let interval = ordered(limits(&above)?.0, limits(&below)?.1)?;
    found(
        estimate,
        margins,
        alpha,
        above.test(0.0, Alternative::Greater)?,
        below.test(0.0, Alternative::Less)?,
        interval,
    )
}

/// The lower and the upper limit of the lift of two means with a one-sided critical value.
pub(super) fn mean_lift_limits(
    control: &Moments,
    treatment: &Moments,
    variance: Variance,
    critical: f64,
) -> Estimate<(f64, f64)> {
    let pooled = || {
        let df = count(control.n()) + count(treatment.n()) - 2.0;
        Ok((control.squared_deviations()? + treatment.squared_deviations()?) / df)
    };
    let with_error = |moments: &Moments| {
        let variance = match variance {
            Variance::Separate => moments.variance()?,
            Variance::Pooled => pooled()?,
        };
        Ok((moments.mean()?, (variance / count(moments.n())).sqrt()))
    };
    let limits = lift_limits(with_error(control)?, with_error(treatment)?, critical)?;
    // A negative critical value (α above 1/2) turns the limits round.
    Ok(if critical < 0.0 { (limits.upper(), limits.lower()) } else { (limits.lower(), limits.upper()) })
}

/// Above α = 1/2 the ends cross: then there is no interval of confidence 1 − 2α.
pub(super) fn ordered(lower: f64, upper: f64) -> Estimate<Interval> {
    if lower > upper { Err(Absent::Unreachable) } else { Interval::new(lower, upper) }
}

pub(super) fn found(
    estimate: f64,
    margins: Margins,
    alpha: Alpha,
    above_lower: Test,
    below_upper: Test,
    interval: Interval,
) -> Estimate<Equivalence> {
    let p = above_lower.p.max(below_upper.p);
    Ok(Equivalence {
        estimate: finite(estimate)?,
        margins,
        above_lower,
        below_upper,
        p,
        ln_p: above_lower.ln_p.max(below_upper.ln_p),
        interval,
        equivalent: p <= alpha.get(),
    })
}
