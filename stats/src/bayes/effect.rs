//! A normal prior on the effect itself: the posterior of a difference or of a lift.

use serde::Serialize;

use super::{chance::Chance, mean::MeanPrior, pair, posterior::Posterior, versus::ExpectedLoss};
use crate::{
    Absent, Alpha, Direction, Estimate, Interval, Moments, Positive,
    compare::lift::{self, MeanWithError},
    estimate::finite,
    moments::count,
};

/// Whether an effect is measured in the metric's unit or as a share of the control mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectScale {
    /// Treatment − control.
    Absolute,
    /// (Treatment − control) / control; the default.
    #[default]
    Relative,
}

/// How the posterior of an effect is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EffectOptions {
    /// Which effect.
    pub scale: EffectScale,
    /// What is believed of it before the data; flat by default.
    pub prior: MeanPrior,
    /// The scale on which the prior is meant; it is carried over by the control mean.
    pub prior_scale: EffectScale,
    /// Which way the metric is better.
    pub direction: Direction,
    /// The credible interval has the probability 1 − alpha.
    pub alpha: Alpha,
}

/// The posterior of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EffectPosterior {
    /// What the numbers measure.
    pub scale: EffectScale,
    /// The posterior mean (and median and mode).
    pub mean: f64,
    /// The posterior standard deviation; positive.
    pub standard_deviation: f64,
    /// The credible interval.
    pub interval: Interval,
    /// The probability that the treatment is better, in the metric's direction.
    pub better: Chance,
    /// The expected losses of the choices, in the effect's unit.
    pub loss: ExpectedLoss,
}

/// The posterior of the effect of a treatment from a normal prior on the effect itself.
///
/// ```text
/// absolute: d = ȳ_t − ȳ_c,         v = s_t²/n_t + s_c²/n_c
/// relative: d = (ȳ_t − ȳ_c)/ȳ_c,   v = s_t²/(n_t·ȳ_c²) + s_c²·ȳ_t²/(n_c·ȳ_c⁴)
/// posterior precision 1/v + 1/τ²;  posterior mean (d/v + m₀/τ²) / precision
/// ```
///
/// A prior on the relative scale is carried over to an absolute effect by m₀·|ȳ_c| and τ·|ȳ_c|, and the other way round.
/// This is what gbstats (`EffectBayesianABTest`) computes, except that there the losses of a lower-is-better metric are
/// exchanged and 1 − p is formed where p is near 1. It shrinks the effect; a prior for each variant's own mean is
/// [`MeanPrior`] with [`compare_posteriors`](super::compare_posteriors).
///
/// # Errors
///
/// [`Absent::NoUnits`], [`Absent::TooFewUnits`], [`Absent::ZeroVariance`]; [`Absent::ControlMeanNotPositive`] where a
/// relative scale is involved; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Moments, Positive, bayes::{EffectOptions, MeanPrior, posterior_effect}};
///
/// // gbstats 0.8.0: EffectBayesianABTest with the prior N(0, 0.3²) on the relative effect.
/// let control = Moments::from_scaled_sums(1_000, 2_500, 9_000, 0)?;
/// let treatment = Moments::from_scaled_sums(1_100, 2_900, 11_000, 0)?;
/// let options = EffectOptions { prior: MeanPrior::new(0.0, Positive::new(0.3)?)?, ..EffectOptions::default() };
/// let effect = posterior_effect(&control, &treatment, &options)?;
/// assert!((effect.mean - 0.053_985_339_394).abs() < 1e-12);
/// assert!((effect.better.p - 0.962_117_444_453).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn posterior_effect(
    control: &Moments,
    treatment: &Moments,
    options: &EffectOptions,
) -> Estimate<EffectPosterior> {
    let of = |moments: &Moments| -> Estimate<(f64, f64)> {
        Ok((moments.mean()?, moments.variance()?.sqrt() / count(moments.n()).sqrt()))
    };
    let ((c, c_error), (t, t_error)) = (of(control)?, of(treatment)?);
    let (estimate, error) = match options.scale {
        EffectScale::Absolute => (finite(t - c)?, libm::hypot(c_error, t_error)),
        EffectScale::Relative => {
            let with_error = |mean, error| MeanWithError::new(mean, error).map_err(|_| Absent::OutOfRange);
            let (control, treatment) = (with_error(c, c_error)?, with_error(t, t_error)?);
            (lift::lift(c, t)?, lift::standard_error(control, treatment)?)
        }
    };
    if error == 0.0 {
        return Err(Absent::ZeroVariance);
    }
    let error = Positive::new(error).map_err(|_| Absent::OutOfRange)?;
    let prior = match (options.scale, options.prior_scale) {
        (EffectScale::Absolute, EffectScale::Relative) => options.prior.scaled(c.abs())?,
        (EffectScale::Relative, EffectScale::Absolute) => options.prior.scaled(1.0 / c.abs())?,
        _ => options.prior,
    };
    effect_of(&prior.posterior_of_estimate(estimate, error)?, options)
}

fn effect_of(posterior: &Posterior, options: &EffectOptions) -> Estimate<EffectPosterior> {
    let (mean, deviation) = (posterior.mean()?, posterior.standard_deviation()?);
    let above = posterior.exceeds(0.0)?;
    Ok(EffectPosterior {
        scale: options.scale,
        mean,
        standard_deviation: deviation,
        interval: posterior.credible_interval(options.alpha)?,
        better: match options.direction {
            Direction::HigherIsBetter => above,
            Direction::LowerIsBetter => above.opposite(),
        },
        loss: normal_expected_loss(mean, deviation, options.direction)?,
    })
}

/// The expected loss of either choice for a normal posterior of the effect (treatment − control).
///
/// ```text
/// E[X⁺] = σ·φ(m) + μ·Φ(m)      E[X⁻] = σ·φ(m) − μ·Φ(−m)      m = μ/σ
/// ```
///
/// for "higher is better": X⁺ is lost by keeping the control, X⁻ by shipping the treatment. The smaller one does not
/// cancel: relative error below 1e-9, until it is 0 below the smallest float.
///
/// # Errors
///
/// [`Absent::OutOfRange`] if a parameter is NaN or infinite or the deviation not positive.
///
/// ```
/// use edgewise_stats::{Direction, bayes::normal_expected_loss};
///
/// // gbstats 0.8.0: EffectBayesianABTest.get_risk(3, 0.1) = [3, 1.6319567e-200]
/// let loss = normal_expected_loss(3.0, 0.1, Direction::HigherIsBetter)?;
/// assert_eq!(loss.choose_control, 3.0);
/// assert!((loss.choose_treatment / 1.631_956_734_223_6e-200 - 1.0).abs() < 1e-8);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn normal_expected_loss(
    mean: f64,
    standard_deviation: f64,
    direction: Direction,
) -> Estimate<ExpectedLoss> {
    if !(mean.is_finite() && standard_deviation > 0.0 && standard_deviation.is_finite()) {
        return Err(Absent::OutOfRange);
    }
    let (above, below) = pair::normal_losses(mean, standard_deviation)?;
    Ok(match direction {
        Direction::HigherIsBetter => ExpectedLoss { choose_control: above, choose_treatment: below },
        Direction::LowerIsBetter => ExpectedLoss { choose_control: below, choose_treatment: above },
    })
}
