//! Units, power and effect: from any two of them the third.

use serde::Serialize;

use super::{Baseline, Counted, Design, Effect, PlannedTest, arcsine::angle};
use crate::{
    Absent, Alternative, Estimate, Fraction,
    distribution::{
        noncentral_t, normal,
        students_t::{self, DegreesOfFreedom},
    },
    estimate,
    numeric::root::brent,
};

/// Above this many units nothing is planned: 10¹⁸, more than any count that a 64-bit number holds exactly.
const MOST_UNITS: f64 = 1e18;

/// How many units an experiment needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleSize {
    exact: f64,
    units: Vec<u64>,
}

impl SampleSize {
    /// All variants together, before rounding.
    pub fn exact(&self) -> f64 {
        self.exact
    }

    /// Each variant's units, rounded up, the control's first.
    pub fn units(&self) -> &[u64] {
        &self.units
    }

    /// All variants together.
    pub fn total(&self) -> u64 {
        self.units.iter().fold(0, |sum, units| sum.saturating_add(*units))
    }

    pub(super) fn new(exact: f64, design: &Design) -> Estimate<Self> {
        if exact.is_nan() || exact > MOST_UNITS {
            return Err(Absent::Unreachable);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive and at most 10^18"
        )]
        let units = design.allocation.shares().iter().map(|share| (exact * share).ceil() as u64).collect();
        Ok(Self { exact, units })
    }
}

/// The smallest effect that an experiment sees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detectable {
    /// Treatment minus control, in the metric's unit.
    pub difference: f64,
    /// The same over the control's value, as a fraction.
    #[serde(serialize_with = "estimate::serialize")]
    pub lift: Estimate<f64>,
}

/// The probability of seeing an effect with so many units, all variants together.
///
/// ```text
/// z:        δ / se₁ beyond z(1 − α/2)·se₀ / se₁      se₁² = v_c/n_c + v_t/n_t
///           se₀² = p̄(1 − p̄)(1/n_c + 1/n_t) for the pooled test of two rates, else se₀ = se₁
/// t:        noncentral t beyond t(1 − α/2; df), noncentrality δ / se₁, df by Welch or n_c + n_t − 2
/// ```
///
/// n_c and n_t are the units of the control and of the smallest treatment, v their variances at their own values. What
/// counts as power is [`Counted`]; with several treatments this is the power of one comparison at its corrected level.
/// With an inflation the units are divided by it, which is exact at the power that the inflation was computed for.
///
/// Source: Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", 2.2 and 6.2; the pooled test: Fleiss,
/// Levin & Paik (2003), "Statistical Methods for Rates and Proportions", 4.2.
///
/// # Errors
///
/// [`Absent::Unreachable`] if the metric cannot have the treatment's value (a rate above 1);
/// [`Absent::TooFewUnits`] if a variant would have fewer than two; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Positive, plan::{Baseline, Design, Effect, power}};
///
/// // Cohen's table: d = 0.5 with 64 units in each variant has power 0.80 (statsmodels: 0.8014595579).
/// let baseline = Baseline::mean(0.0, Positive::new(1.0)?)?;
/// let power = power(&baseline, Effect::absolute(0.5)?, 128, &Design::default())?;
/// assert!((power - 0.801_459_557_9).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn power(baseline: &Baseline, effect: Effect, units: u64, design: &Design) -> Estimate<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a unit more or less of 2^53 changes no power")]
    let units = units as f64;
    let planned = Planned::new(baseline, effect.difference(baseline.value()), design)?;
    planned.power(units).ok_or(if planned.smallest() > units {
        Absent::TooFewUnits
    } else {
        Absent::OutOfRange
    })
}

/// The fewest units with which the [`power`] is reached.
///
/// # Errors
///
/// [`Absent::Unreachable`] if more than 10¹⁸ units would be needed, or the metric cannot have the treatment's value;
/// [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Fraction, Positive, plan::{Baseline, Design, Effect, sample_size}};
///
/// // Cohen's table: d = 0.2 at 80 % needs 393 in each variant (mpmath: 393.4056950; statsmodels stops at 393.4056930).
/// let baseline = Baseline::mean(0.0, Positive::new(1.0)?)?;
/// let size = sample_size(&baseline, Effect::absolute(0.2)?, Fraction::new(0.8)?, &Design::default())?;
/// assert!((size.exact() / 2.0 - 393.405_695_0).abs() < 1e-6);
/// assert_eq!(size.units(), &[394, 394]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sample_size(
    baseline: &Baseline,
    effect: Effect,
    power: Fraction,
    design: &Design,
) -> Estimate<SampleSize> {
    let planned = Planned::new(baseline, effect.difference(baseline.value()), design)?;
    let lacking = |units: f64| planned.power(units).map(|reached| reached - power.get());

    let mut enough = planned.smallest();
    if lacking(enough).ok_or(Absent::OutOfRange)? >= 0.0 {
        return SampleSize::new(enough, design);
    }
    let mut too_few = enough;
    while lacking(enough).ok_or(Absent::OutOfRange)? < 0.0 {
        if enough > MOST_UNITS {
            return Err(Absent::Unreachable);
        }
        too_few = enough;
        enough *= 4.0;
    }
    let exact = brent(|units| lacking(units).unwrap_or(f64::NAN), too_few, enough, 1e-13);
    SampleSize::new(exact.ok_or(Absent::NotConverged)?, design)
}

/// The smallest effect that so many units, all variants together, see with this [`power`].
///
/// `toward` says which way: [`Alternative::Less`] for a decrease, else an increase. The two differ for rates and counts,
/// whose variance depends on their value.
///
/// # Errors
///
/// [`Absent::Unreachable`] if no value that the metric can have is seen with this power, or the design's alternative looks
/// the other way; [`Absent::TooFewUnits`] if a variant would have fewer than two; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Alternative, Fraction, Positive, plan::{Baseline, Design, minimum_detectable_effect}};
///
/// // 1,000 in each variant, standard deviation 1, 80 % (mpmath: 0.1253508089; statsmodels stops at 0.1253508053).
/// let baseline = Baseline::mean(2.0, Positive::new(1.0)?)?;
/// let power = Fraction::new(0.8)?;
/// let seen = minimum_detectable_effect(&baseline, 2_000, power, Alternative::Greater, &Design::default())?;
/// assert!((seen.difference - 0.125_350_808_9).abs() < 1e-9 && (seen.lift? - 0.062_675_404_5).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn minimum_detectable_effect(
    baseline: &Baseline,
    units: u64,
    power: Fraction,
    toward: Alternative,
    design: &Design,
) -> Estimate<Detectable> {
    #[expect(clippy::cast_precision_loss, reason = "a unit more or less of 2^53 changes no effect")]
    let units = units as f64;
    let value = baseline.value();
    let (lowest, highest) = baseline.range();
    let (sign, room) =
        if toward == Alternative::Less { (-1.0, value - lowest) } else { (1.0, highest - value) };
    let lacking = |size: f64| {
        let planned = Planned::new(baseline, sign * size, design).ok()?;
        planned.power(units).map(|reached| reached - power.get())
    };
    let planned = Planned::new(baseline, 0.0, design)?;
    if units < planned.smallest() {
        return Err(Absent::TooFewUnits);
    }

    // From one standard error up in doublings, but not to the end of the metric's range.
    let mut unseen = 0.0;
    let mut seen = planned.standard_error(units).min(0.5 * room);
    while lacking(seen).ok_or(Absent::Unreachable)? < 0.0 {
        let next = (2.0 * seen).min(0.5 * (seen + room));
        if next <= seen * (1.0 + 1e-12) || !next.is_finite() {
            return Err(Absent::Unreachable);
        }
        (unseen, seen) = (seen, next);
    }
    let size = brent(|size| lacking(size).unwrap_or(f64::NAN), unseen, seen, 1e-13);
    let difference = sign * size.ok_or(Absent::NotConverged)?;
    let lift =
        if value > 0.0 { estimate::finite(difference / value) } else { Err(Absent::ControlMeanNotPositive) };
    Ok(Detectable { difference, lift })
}

/// A comparison of which everything is known but the number of units.
struct Planned<'a> {
    design: &'a Design,
    test: Test,
    /// The control's value and the treatment's.
    values: (f64, f64),
    /// Their variances per unit.
    variances: (f64, f64),
}

enum Test {
    /// Two-proportion z test with the pooled rate.
    PooledZ,
    Z,
    WelchT,
    PooledT,
}

impl<'a> Planned<'a> {
    fn new(baseline: &Baseline, difference: f64, design: &'a Design) -> Estimate<Self> {
        let control = baseline.value();
        let treatment = control + difference;
        let variance = |value| baseline.variance_at(value).filter(|variance| *variance > 0.0);
        let at_control = variance(control).ok_or(Absent::OutOfRange)?;
        let at_treatment = variance(treatment).ok_or(Absent::Unreachable)?;
        let planned = |test, values, variances| Ok(Self { design, test, values, variances });
        let values = (control, treatment);
        match design.test {
            PlannedTest::Arcsine if baseline.range().1 <= 1.0 => {
                // The variance of the arcsine is 1 per unit, times what covariates and clusters make of it.
                let factor = at_control / (control * (1.0 - control));
                planned(Test::Z, (angle(control), angle(treatment)), (factor, factor))
            }
            PlannedTest::Z => planned(Test::Z, values, (at_control, at_treatment)),
            PlannedTest::PooledT => planned(Test::PooledT, values, (at_control, at_treatment)),
            PlannedTest::Usual | PlannedTest::Arcsine if baseline.is_plain_rate() => {
                planned(Test::PooledZ, values, (at_control, at_treatment))
            }
            PlannedTest::Usual | PlannedTest::Arcsine => {
                planned(Test::WelchT, values, (at_control, at_treatment))
            }
        }
    }

    /// The fewest units of which the test can be made: two in each variant.
    fn smallest(&self) -> f64 {
        let (control, treatment) = self.design.allocation.pair();
        2.0 * self.design.inflation.get() / control.min(treatment)
    }

    /// The units of the pair that is compared, of so many in all.
    fn pair(&self, units: f64) -> (f64, f64) {
        let (control, treatment) = self.design.allocation.pair();
        let units = units / self.design.inflation.get();
        (units * control, units * treatment)
    }

    fn standard_error(&self, units: f64) -> f64 {
        let (control, treatment) = self.pair(units);
        (self.variances.0 / control + self.variances.1 / treatment).sqrt()
    }

    fn power(&self, units: f64) -> Option<f64> {
        // A little below what is asked for is rounding.
        if units < self.smallest() * (1.0 - 1e-12) {
            return None;
        }
        let difference = self.values.1 - self.values.0;
        match self.test {
            Test::Z | Test::PooledZ => {
                let error = self.standard_error(units);
                let widening =
                    if matches!(self.test, Test::PooledZ) { self.pooled_error(units) / error } else { 1.0 };
                let drift = difference / error;
                self.rejections(difference, |tail| {
                    let critical = normal::isf(tail)? * widening;
                    Some((normal::sf(critical - drift), normal::sf(critical + drift)))
                })
            }
            Test::WelchT | Test::PooledT => {
                let (error, df) = self.t(units)?;
                let drift = difference / error;
                self.rejections(difference, |tail| {
                    let critical = students_t::isf(tail, df)?;
                    Some((
                        noncentral_t::sf(critical, df.get(), drift),
                        noncentral_t::sf(critical, df.get(), -drift),
                    ))
                })
            }
        }
        .filter(|power| power.is_finite())
    }

    /// The probability of the rejections that count; `tails` gives the upper and the lower for a critical tail.
    fn rejections(&self, difference: f64, tails: impl Fn(f64) -> Option<(f64, f64)>) -> Option<f64> {
        let level = self.design.level();
        Some(match self.design.alternative {
            Alternative::Greater => tails(level)?.0,
            Alternative::Less => tails(level)?.1,
            Alternative::TwoSided => {
                let (upper, lower) = tails(0.5 * level)?;
                match self.design.counted {
                    Counted::Every => (upper + lower).min(1.0),
                    Counted::RightSign if difference >= 0.0 => upper,
                    Counted::RightSign => lower,
                }
            }
        })
    }

    /// The standard error of the pooled test under "no difference".
    fn pooled_error(&self, units: f64) -> f64 {
        let (control, treatment) = self.pair(units);
        let pooled = (control * self.values.0 + treatment * self.values.1) / (control + treatment);
        (pooled * (1.0 - pooled) * (1.0 / control + 1.0 / treatment)).sqrt()
    }

    /// The standard error of the t test and its degrees of freedom.
    fn t(&self, units: f64) -> Option<(f64, DegreesOfFreedom)> {
        let (control, treatment) = self.pair(units);
        // Two units in a variant, but for rounding.
        let (control_df, treatment_df) = ((control - 1.0).max(1.0), (treatment - 1.0).max(1.0));
        if matches!(self.test, Test::PooledT) {
            let df = control_df + treatment_df;
            let pooled = (control_df * self.variances.0 + treatment_df * self.variances.1) / df;
            let error = (pooled * (1.0 / control + 1.0 / treatment)).sqrt();
            return Some((error, DegreesOfFreedom::new(df)?));
        }
        let parts = (self.variances.0 / control, self.variances.1 / treatment);
        let sum = parts.0 + parts.1;
        let (a, b) = (parts.0 / sum, parts.1 / sum);
        let df = 1.0 / (a * a / control_df + b * b / treatment_df);
        Some((sum.sqrt(), DegreesOfFreedom::new(df.max(1.0))?))
    }
}
