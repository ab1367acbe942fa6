//! Non-inferiority: is the treatment at most a tolerable amount worse?

use serde::Serialize;

use super::{contrast::Contrast, equivalence::mean_lift_limits};
use crate::{
    Absent, Alpha, Alternative, Direction, Estimate, EstimatedEffect, Interval, Moments, Positive, Test,
    compare::{Variance, lift},
    distribution::students_t::DegreesOfFreedom,
    estimate::finite,
};

/// By how much the treatment may be worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// By this much in the metric's unit.
    Difference(Positive),
    /// By this fraction of the control: 0.02 is two per cent.
    Lift(Positive),
}

/// How non-inferiority is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NonInferiorityOptions {
    /// The one-sided level; the bound has confidence 1 − alpha.
    pub alpha: Alpha,
    /// Which way the metric is better: a latency is worse where it is higher.
    pub direction: Direction,
    /// Whether the variants have one variance each or share one; for means.
    pub variance: Variance,
}

/// What the non-inferiority test found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NonInferiority {
    /// The estimated effect: the difference or the lift, treatment − control whatever the direction.
    pub estimate: f64,
    /// The worst effect that is tolerated: −margin where higher is better, +margin where lower is.
    pub worst: f64,
    /// The test that the effect is better than that; its alternative is the better side.
    pub test: Test,
    /// The one-sided interval of the effect, bounded on the worse side, of confidence 1 − α: it lies on the better side
    /// of `worst` exactly if the p value is below α. Superiority is shown too if it leaves out 0.
    pub interval: Interval,
    /// Whether the p value is at most α: the treatment is shown to be at most the margin worse.
    pub non_inferior: bool,
}

/// Tests whether an effect is at most a margin worse than none.
///
/// ```text
/// higher is better: t = (estimate + margin) / se, p = P(T > t), effect > estimate − t(1 − α; df)·se
/// lower is better:  t = (estimate − margin) / se, p = P(T < t), effect < estimate + t(1 − α; df)·se
/// ```
///
/// With `df` degrees of freedom, or normal without. The margin is in the effect's unit. Absent: [`Absent::OutOfRange`].
/// Source: Blackwelder (1982), "Proving the null hypothesis in clinical trials", Controlled Clinical Trials 3(4).
///
/// ```
/// use edgewise_stats::{
///     EstimatedEffect, Alpha, Direction, Positive, distribution::students_t::DegreesOfFreedom, trust::non_inferior,
/// };
///
/// // scipy 1.17.1: t = 1, df = 50, p = 0.161
/// let df = DegreesOfFreedom::new(50.0);
/// let (margin, alpha) = (Positive::new(0.02)?, Alpha::default());
/// let found = non_inferior(EstimatedEffect::new(0.0, 0.02)?, df, margin, Direction::HigherIsBetter, alpha)?;
/// assert!((found.test.p - 0.161_062_822_550_122).abs() < 1e-12);
/// assert!((found.interval.lower() - -0.033_518_100_503_262).abs() < 1e-12);
/// // A latency that rose by 30 ms ± 5 is worse by more than the 20 ms that would be tolerated.
/// let latency = EstimatedEffect::new(30.0, 5.0)?;
/// let found = non_inferior(latency, None, Positive::new(20.0)?, Direction::LowerIsBetter, alpha)?;
/// assert!(!found.non_inferior && found.test.p > 0.97);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn non_inferior(
    effect: EstimatedEffect,
    df: Option<DegreesOfFreedom>,
    margin: Positive,
    direction: Direction,
    alpha: Alpha,
) -> Estimate<NonInferiority> {
    let contrast = Contrast::of(effect, df);
    let worst = -direction.gain(margin.get());
    let test = contrast.test(worst, direction.better())?;
    let interval = match direction {
        Direction::HigherIsBetter => Interval::at_least(contrast.lower(alpha)?)?,
        Direction::LowerIsBetter => Interval::at_most(contrast.upper(alpha)?)?,
    };
    found(contrast.estimate, worst, test, interval, alpha)
}

/// Tests whether the treatment's mean is at most a margin worse than the control's, by [`non_inferior`] on their
/// difference or on their lift.
///
/// ```text
/// Margin::Difference: of ȳ_t − ȳ_c, standard error and degrees of freedom as in compare_means
/// Margin::Lift:       of ȳ_t − (1 + worst)·ȳ_c against 0, se² = s_t²/n_t + (1 + worst)²·s_c²/n_c, worst = ∓margin
/// ```
///
/// The bound of a lift is Fieller's with the critical value of this test, so that both agree. Absent: as for
/// [`equivalent_means`](super::equivalent_means).
///
/// ```
/// use edgewise_stats::{Direction, Moments, Positive, trust::{Margin, NonInferiorityOptions, non_inferior_means}};
///
/// // Latency in ms, lower is better: 200 to 201 with a standard error of 0.45, 2 % (4 ms) tolerated.
/// let control = Moments::from_mean_and_deviation(20_000, 200.0, 45.0)?;
/// let treatment = Moments::from_mean_and_deviation(20_000, 201.0, 45.0)?;
/// let options = NonInferiorityOptions { direction: Direction::LowerIsBetter, ..NonInferiorityOptions::default() };
/// let found = non_inferior_means(&control, &treatment, Margin::Lift(Positive::new(0.02)?), &options)?;
/// assert!(found.non_inferior && found.interval.upper() > 0.008 && found.interval.upper() < 0.009);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn non_inferior_means(
    control: &Moments,
    treatment: &Moments,
    margin: Margin,
    options: &NonInferiorityOptions,
) -> Estimate<NonInferiority> {
    let (alpha, direction) = (options.alpha, options.direction);
    let contrast = |factor| Contrast::of_means(control, treatment, factor, options.variance);
    let margin = match margin {
        Margin::Difference(margin) => {
            let contrast = contrast(1.0)?;
            let effect =
                EstimatedEffect::new(contrast.estimate, contrast.error).map_err(|_| Absent::OutOfRange)?;
            return non_inferior(effect, contrast.df, margin, direction, alpha);
        }
        Margin::Lift(margin) => margin.get(),
    };
    let estimate = lift::lift(control.mean()?, treatment.mean()?)?;
    let worst = -direction.gain(margin);
    let contrast = contrast(1.0 + worst)?;
    let test = contrast.test(0.0, direction.better())?;
    let (lower, upper) = mean_lift_limits(control, treatment, options.variance, contrast.critical(alpha)?)?;
    found(estimate, worst, test, bounded(lower, upper, direction)?, alpha)
}

/// The interval that is bounded on the worse side.
pub(super) fn bounded(lower: f64, upper: f64, direction: Direction) -> Estimate<Interval> {
    match direction.better() {
        Alternative::Less => Interval::at_most(upper),
        Alternative::Greater | Alternative::TwoSided => Interval::at_least(lower),
    }
}

pub(super) fn found(
    estimate: f64,
    worst: f64,
    test: Test,
    interval: Interval,
    alpha: Alpha,
) -> Estimate<NonInferiority> {
    Ok(NonInferiority {
        estimate: finite(estimate)?,
        worst,
        test,
        interval,
        non_inferior: test.p <= alpha.get(),
    })
}
