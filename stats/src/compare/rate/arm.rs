//! One variant's rate over strata.

use super::super::one_rate::wilson_limits;
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Proportion, Quantity,
    distribution::students_t::DegreesOfFreedom,
    estimate::finite,
    moments::{count, integer},
    side::Null,
    stratum::Weighted,
};

/// The limits of one rate for a critical value of at least 0.
pub(super) type Limits = fn(&Proportion, f64) -> Estimate<Interval>;

/// One variant's rate over strata, with its variance.
#[derive(Clone, Copy)]
pub(super) struct Arm {
    pub(super) rate: f64,
    pub(super) variance: f64,
}

/// Both variants, with the strata that they are compared in.
pub(super) struct Arms<'a> {
    pub(super) strata: &'a [Weighted<Proportion>],
    pub(super) control: Arm,
    pub(super) treatment: Arm,
    /// Treatment less control, without the rounding of either.
    pub(super) difference: f64,
}

/// One variant's parts: each stratum's weight and counts.
pub(super) type Parts<'a> = Vec<(f64, &'a Proportion)>;

pub(super) fn control(strata: &[Weighted<Proportion>]) -> Parts<'_> {
    strata.iter().map(|stratum| (stratum.weight, &stratum.control)).collect()
}

pub(super) fn treatment(strata: &[Weighted<Proportion>]) -> Parts<'_> {
    strata.iter().map(|stratum| (stratum.weight, &stratum.treatment)).collect()
}

impl Arm {
    pub(super) fn of(parts: &Parts<'_>) -> Estimate<Self> {
        Self::adjusted(parts, 0.0, 0.0)
    }

    /// With so much added to the successes and the units of each stratum.
    pub(super) fn adjusted(parts: &Parts<'_>, successes: f64, units: f64) -> Estimate<Self> {
        if parts.is_empty() {
            return Err(Absent::NoCommonStratum);
        }
        let (mut rate, mut variance) = (0.0, 0.0);
        for &(weight, proportion) in parts {
            if proportion.n() == 0 {
                return Err(Absent::NoUnits);
            }
            let n = count(proportion.n()) + units;
            let part = (count(proportion.successes()) + successes) / n;
            let rest = (count(proportion.failures()) + (units - successes)) / n;
            rate += weight * part;
            variance += weight * weight * part * rest / n;
        }
        Ok(Self { rate, variance })
    }

    pub(super) fn standard_error(&self) -> Estimate<f64> {
        standard_error(self.variance)
    }

    /// The rate with its two-sided interval by Wilson's limits.
    pub(super) fn quantity(&self, parts: &Parts<'_>, alpha: Alpha) -> Quantity {
        let critical = Null::Normal.critical(alpha, Alternative::TwoSided);
        Quantity {
            estimate: Ok(self.rate),
            standard_error: self.standard_error(),
            interval: critical.and_then(|z| self.limits(parts, z, wilson_limits)),
        }
    }

    /// The limits of a weighted rate, recovered from those within the strata.
    pub(super) fn limits(&self, parts: &Parts<'_>, z: f64, limits: Limits) -> Estimate<Interval> {
        let (mut below, mut above) = (0.0, 0.0);
        for &(weight, proportion) in parts {
            let (part, limits) = (proportion.rate()?, limits(proportion, z)?);
            below = libm::hypot(below, weight * (part - limits.lower()));
            above = libm::hypot(above, weight * (limits.upper() - part));
        }
        // With one stratum these are the stratum's own limits, but for rounding; a rate stays within [0, 1].
        Interval::new((self.rate - below).max(0.0), (self.rate + above).min(1.0))
    }
}

impl<'a> Arms<'a> {
    pub(super) fn new(strata: &'a [Weighted<Proportion>], control: Arm, treatment: Arm) -> Self {
        let difference = strata.iter().map(|stratum| stratum.weight * apart(stratum)).sum();
        Self { strata, control, treatment, difference }
    }

    /// Wilson's (or other) limits of both: control and treatment.
    pub(super) fn limits(&self, z: f64, limits: Limits) -> Estimate<(Interval, Interval)> {
        Ok((
            self.control.limits(&control(self.strata), z, limits)?,
            self.treatment.limits(&treatment(self.strata), z, limits)?,
        ))
    }

    /// The arms with so much added to the successes and the units of each.
    pub(super) fn adjusted(&self, successes: f64, units: f64) -> Estimate<(Arm, Arm)> {
        Ok((
            Arm::adjusted(&control(self.strata), successes, units)?,
            Arm::adjusted(&treatment(self.strata), successes, units)?,
        ))
    }

    /// The standard error of the difference, each rate with its own variance.
    pub(super) fn standard_error(&self) -> Estimate<f64> {
        standard_error(self.control.variance + self.treatment.variance)
    }

    /// Welch and Satterthwaite's degrees of freedom of that standard error, from p(1 − p) as a unit's variance.
    pub(super) fn df(&self) -> Estimate<DegreesOfFreedom> {
        let all = self.control.variance + self.treatment.variance;
        if all <= 0.0 {
            return Err(Absent::ZeroVariance);
        }
        let mut inverse = 0.0;
        for (weight, proportion) in control(self.strata).into_iter().chain(treatment(self.strata)) {
            if proportion.n() < 2 {
                return Err(Absent::TooFewUnits);
            }
            let n = count(proportion.n());
            let spread = (count(proportion.successes()) / n) * (count(proportion.failures()) / n);
            let share = weight * weight * spread / n / all;
            inverse += share * share / count(proportion.n() - 1);
        }
        DegreesOfFreedom::new((1.0 / inverse).max(1.0)).ok_or(Absent::OutOfRange)
    }
}

pub(super) fn standard_error(variance: f64) -> Estimate<f64> {
    if variance > 0.0 { finite(variance.sqrt()) } else { Err(Absent::ZeroVariance) }
}

/// (x_t·n_c − x_c·n_t) / (n_t·n_c) with its numerator in integers, so that it is exactly 0 where the rates are equal, and
/// nowhere else.
fn apart(stratum: &Weighted<Proportion>) -> f64 {
    let (control, treatment) = (&stratum.control, &stratum.treatment);
    let own = u128::from(treatment.successes()) * u128::from(control.n());
    let other = u128::from(control.successes()) * u128::from(treatment.n());
    let sign = if own < other { -1.0 } else { 1.0 };
    sign * integer(own.abs_diff(other)) / (count(treatment.n()) * count(control.n()))
}
