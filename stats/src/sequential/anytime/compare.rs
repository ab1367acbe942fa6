//! Confidence sequences of the difference and the lift of two variants.

use std::num::NonZeroU64;

use serde::Serialize;

use super::{
    always_valid::AlwaysValid,
    asymptotic::{AsymptoticOptions, Critical, Tuning},
};
use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Interval, Moments, Proportion,
    compare::lift::{self, LiftMethod, MeanWithError},
    estimate,
    moments::count,
};

/// How two variants are compared at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AnytimeOptions {
    /// The level; intervals have confidence 1 − alpha at all looks together.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Where the sequence is tightest.
    pub tuning: Tuning,
    /// Which confidence sequence the lift gets; Fieller's by default, because it agrees with that of the difference.
    pub lift: LiftMethod,
}

/// One look at a treatment and its control, valid whenever it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AnytimeComparison {
    /// Treatment minus control, in the metric's unit.
    #[serde(serialize_with = "estimate::serialize")]
    pub difference: Estimate<AlwaysValid>,
    /// (Treatment − control) / control, as a fraction. Its standard error is that of the delta method (on the log scale
    /// for [`LiftMethod::Log`]).
    #[serde(serialize_with = "estimate::serialize")]
    pub lift: Estimate<AlwaysValid>,
}

/// Compares two means at any time, by the asymptotic confidence sequence of their difference and of their lift.
///
/// ```text
/// d = ȳ_t − ȳ_c      se² = s_t²/n_t + s_c²/n_c      n = n_t + n_c      then as in asymptotic()
/// lift, Fieller: all λ whose ȳ_t − (1 + λ)·ȳ_c has a confidence sequence that covers 0
/// lift, delta:   the confidence sequence of (ȳ_t − ȳ_c)/ȳ_c with the delta method's variance
/// lift, log:     that of ln(ȳ_t/ȳ_c), turned back
/// ```
///
/// Each is a confidence sequence with the same ρ and n. Fieller's covers the true lift whenever the sequence of the one
/// linear combination that is truly zero does, so that it is as valid as that of the difference; it excludes 0 exactly
/// where that does, and has the same p value. The delta and log forms need in addition that the control mean is many
/// standard errors from 0. gbstats uses the delta form.
///
/// Absent: with fewer than two units in a variant ([`Absent::NoUnits`], [`Absent::TooFewUnits`]), without any variance
/// ([`Absent::ZeroVariance`]), or [`Absent::OutOfRange`]; the lift also as its intervals are
/// (see [`lift`](mod@crate::compare::lift)).
///
/// Source: as for [`asymptotic`](super::asymptotic()); the difference of means in an experiment: Waudby-Smith et al.
/// (2024), section 3.
///
/// ```
/// use edgewise_stats::{Moments, compare::lift::LiftMethod, sequential::anytime::{AnytimeOptions, compare_means_anytime}};
///
/// // gbstats: SequentialTwoSidedTTest of 1000 units with Σy = 2500, Σy² = 9000 and 1100 with 2900 and 11000
/// let control = Moments::from_scaled_sums(1_000, 2_500, 9_000, 0)?;
/// let treatment = Moments::from_scaled_sums(1_100, 2_900, 11_000, 0)?;
/// let options = AnytimeOptions { lift: LiftMethod::Delta, ..AnytimeOptions::default() };
/// let look = compare_means_anytime(&control, &treatment, &options);
/// assert!((look.difference?.p - 0.570_815_809_361_5).abs() < 1e-12);
/// assert!((look.lift?.p - 0.611_220_300_359_4).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_means_anytime(
    control: &Moments,
    treatment: &Moments,
    options: &AnytimeOptions,
) -> AnytimeComparison {
    let arm = |moments: &Moments| {
        let (mean, variance) = (moments.mean()?, moments.variance()?);
        Ok(Arm { mean, variance, error: (variance / count(moments.n())).sqrt(), n: moments.n() })
    };
    compare(arm(control), arm(treatment), options)
}

/// Compares two rates at any time; as [`compare_means_anytime`], with the unpooled variance p(1 − p)/n of each rate.
///
/// The standard error is absent, and with it everything, if both rates are 0 or 1 ([`Absent::ZeroVariance`]) or a
/// variant has no units. A confidence sequence of one rate that needs no asymptotics is
/// [`bound::bernoulli`](super::bound::bernoulli).
///
/// ```
/// use edgewise_stats::{Proportion, sequential::anytime::{AnytimeOptions, compare_rates_anytime}};
///
/// let (control, treatment) = (Proportion::new(470, 5_100)?, Proportion::new(400, 5_000)?);
/// let look = compare_rates_anytime(&control, &treatment, &AnytimeOptions::default()).difference?;
/// // p = 0.03 at a fixed horizon; always valid, it is no evidence yet.
/// assert!(look.p > 0.25 && look.interval.contains(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_rates_anytime(
    control: &Proportion,
    treatment: &Proportion,
    options: &AnytimeOptions,
) -> AnytimeComparison {
    let arm = |proportion: &Proportion| {
        let (rate, n) = (proportion.rate()?, proportion.n());
        let variance = rate * (count(proportion.failures()) / count(n));
        Ok(Arm { mean: rate, variance, error: (variance / count(n)).sqrt(), n })
    };
    compare(arm(control), arm(treatment), options)
}

/// One variant: its mean, the variance of a unit, and the standard error of the mean.
#[derive(Clone, Copy)]
struct Arm {
    mean: f64,
    variance: f64,
    error: f64,
    n: u64,
}

fn compare(control: Estimate<Arm>, treatment: Estimate<Arm>, options: &AnytimeOptions) -> AnytimeComparison {
    let both = || {
        let (control, treatment) = (control?, treatment?);
        if control.variance == 0.0 && treatment.variance == 0.0 {
            return Err(Absent::ZeroVariance);
        }
        let n = NonZeroU64::new(control.n.saturating_add(treatment.n)).ok_or(Absent::NoUnits)?;
        let options = AsymptoticOptions {
            alpha: options.alpha,
            alternative: options.alternative,
            tuning: options.tuning,
        };
        Ok((control, treatment, Critical::new(n, &options)?))
    };
    match both() {
        Ok((control, treatment, critical)) => AnytimeComparison {
            difference: difference(control, treatment, &critical),
            lift: relative(control, treatment, &critical, options),
        },
        Err(reason) => AnytimeComparison { difference: Err(reason), lift: Err(reason) },
    }
}

fn difference(control: Arm, treatment: Arm, critical: &Critical) -> Estimate<AlwaysValid> {
    let error = libm::hypot(control.error, treatment.error);
    let effect =
        EstimatedEffect::new(treatment.mean - control.mean, error).map_err(|_| Absent::OutOfRange)?;
    critical.look(effect)
}

fn relative(
    control: Arm,
    treatment: Arm,
    critical: &Critical,
    options: &AnytimeOptions,
) -> Estimate<AlwaysValid> {
    let with_error = |arm: Arm| MeanWithError::new(arm.mean, arm.error).map_err(|_| Absent::OutOfRange);
    let estimate = lift::lift(control.mean, treatment.mean)?;
    let error = lift::standard_error(with_error(control)?, with_error(treatment)?)?;
    let effect = EstimatedEffect::new(estimate, error).map_err(|_| Absent::OutOfRange)?;
    match options.lift {
        LiftMethod::Delta => critical.look(effect),
        LiftMethod::Fieller => {
            let look = difference(control, treatment, critical)?;
            let interval = lift::fieller(with_error(control)?, with_error(treatment)?, critical.z)?;
            Ok(AlwaysValid {
                estimate,
                standard_error: error,
                interval: one_sided(interval, options.alternative)?,
                ..look
            })
        }
        LiftMethod::Log => {
            let interval = lift::log(with_error(control)?, with_error(treatment)?, critical.z)?;
            let error = libm::hypot(treatment.error / treatment.mean, control.error / control.mean);
            let ratio = libm::log(treatment.mean) - libm::log(control.mean);
            let look = critical.look(EstimatedEffect::new(ratio, error).map_err(|_| Absent::OutOfRange)?)?;
            Ok(AlwaysValid {
                estimate,
                standard_error: error,
                interval: one_sided(interval, options.alternative)?,
                ..look
            })
        }
    }
}

/// The end of an interval that a one-sided alternative keeps.
fn one_sided(interval: Interval, alternative: Alternative) -> Estimate<Interval> {
    match alternative {
        Alternative::TwoSided => Ok(interval),
        Alternative::Greater => Interval::at_least(interval.lower()),
        Alternative::Less => Interval::at_most(interval.upper()),
    }
}
