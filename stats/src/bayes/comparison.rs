//! Two posteriors compared: everything at once.

use serde::{Serialize, Serializer};

use super::{
    chance::Chance,
    law::Law,
    pair::Pair,
    posterior::{Posterior, Summary},
    versus::{self, ExpectedLoss, PracticalEquivalence},
};
use crate::{
    Absent, Alpha, Direction, Estimate, Interval,
    estimate::{self, finite},
};

/// What is asked of two posteriors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BayesOptions {
    /// Credible intervals have the probability 1 − alpha.
    pub alpha: Alpha,
    /// Which way the metric is better.
    pub direction: Direction,
    /// Differences that are practically none, in the metric's unit.
    pub difference_region: Option<Interval>,
    /// Lifts that are practically none (0.01 is one per cent).
    pub lift_region: Option<Interval>,
    /// A lift whose probability of being exceeded is wanted.
    pub lift_threshold: Option<f64>,
}

/// Two variants' posteriors compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BayesComparison {
    /// The control's posterior.
    pub control: Summary,
    /// The treatment's posterior.
    pub treatment: Summary,
    /// The probability that the treatment is better, in the metric's direction.
    #[serde(serialize_with = "estimate::serialize")]
    pub better: Estimate<Chance>,
    /// The expected loss of either choice.
    #[serde(serialize_with = "estimate::serialize")]
    pub loss: Estimate<ExpectedLoss>,
    /// The posterior of treatment − control.
    pub difference: DifferencePosterior,
    /// The posterior of (treatment − control) / control.
    pub lift: LiftPosterior,
    /// Where the difference lies about the region of practical equivalence, if one was given.
    #[serde(serialize_with = "serialize_asked")]
    pub difference_region: Option<Estimate<PracticalEquivalence>>,
    /// Where the lift lies about the region of practical equivalence, if one was given.
    #[serde(serialize_with = "serialize_asked")]
    pub lift_region: Option<Estimate<PracticalEquivalence>>,
    /// The probability that the lift exceeds the threshold, if one was given.
    #[serde(serialize_with = "serialize_asked")]
    pub lift_exceeds: Option<Estimate<Chance>>,
}

/// The posterior of treatment − control, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DifferencePosterior {
    /// Its mean, the difference of the means.
    #[serde(serialize_with = "estimate::serialize")]
    pub mean: Estimate<f64>,
    /// Its standard deviation.
    #[serde(serialize_with = "estimate::serialize")]
    pub standard_deviation: Estimate<f64>,
    /// Its equal-tailed credible interval.
    #[serde(serialize_with = "estimate::serialize")]
    pub interval: Estimate<Interval>,
}

/// The posterior of (treatment − control) / control, a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiftPosterior {
    /// Its mean; normal and t posteriors have none ([`Absent::InfiniteMoment`]), because the control may be near zero.
    #[serde(serialize_with = "estimate::serialize")]
    pub mean: Estimate<f64>,
    /// Its standard deviation, likewise.
    #[serde(serialize_with = "estimate::serialize")]
    pub standard_deviation: Estimate<f64>,
    /// Its median.
    #[serde(serialize_with = "estimate::serialize")]
    pub median: Estimate<f64>,
    /// Its equal-tailed credible interval.
    #[serde(serialize_with = "estimate::serialize")]
    pub interval: Estimate<Interval>,
}

/// Compares two independent posteriors.
///
/// The interval (l, u) of the difference has P(D ≤ l) = P(D > u) = α/2 under the distribution of the difference itself,
/// not a normal approximation of it; that of the lift likewise, with P(L ≤ λ) = P(T ≤ (1 + λ)·C). For normal posteriors
/// it is Fieller's interval with z. The relative error of the probabilities is below 1e-9, that of an end below 1e-9 of
/// the interval's width. Moments of the lift:
///
/// ```text
/// E[L] + 1 = E[T]·E[1/C];  E[1/C] = (a + b − 1)/(a − 1) of Beta(a, b), rate/(shape − 1) of Gamma
/// ```
///
/// What each part needs is said at [`probability_better`](super::probability_better), [`expected_loss`](super::expected_loss),
/// [`probability_lift_exceeds`](super::probability_lift_exceeds) and [`practical_equivalence`](super::practical_equivalence);
/// absent parts leave the others.
///
/// ```
/// use edgewise_stats::{Proportion, bayes::{BayesOptions, RatePrior, compare_posteriors}};
///
/// let prior = RatePrior::uniform();
/// let control = prior.posterior(&Proportion::new(100, 1_000)?)?;
/// let treatment = prior.posterior(&Proportion::new(120, 1_000)?)?;
/// let comparison = compare_posteriors(&control, &treatment, &BayesOptions::default());
/// assert!((comparison.better?.p - 0.923_183_438_973_56).abs() < 1e-12);
/// // scipy 1.17.1: 0.025 and 0.975 of the distribution of the difference, by quadrature
/// let interval = comparison.difference.interval?;
/// assert!((interval.lower() - -0.007_470_7).abs() < 1e-6 && (interval.upper() - 0.047_469_7).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_posteriors(
    control: &Posterior,
    treatment: &Posterior,
    options: &BayesOptions,
) -> BayesComparison {
    let pair = Pair::new(control.law(), treatment.law());
    let has_lift = versus::has_lift(control);
    BayesComparison {
        control: control.summary_from(&pair.tabled[0], options.alpha),
        treatment: treatment.summary_from(&pair.tabled[1], options.alpha),
        better: versus::better(&pair, options.direction),
        loss: versus::loss(&pair, options.direction),
        difference: difference(&pair, control, treatment, options.alpha),
        lift: lift(&pair, has_lift, options.alpha),
        difference_region: options.difference_region.map(|region| {
            versus::equivalence(region, |threshold| versus::difference_tails(&pair, threshold))
        }),
        lift_region: options.lift_region.map(|region| {
            has_lift?;
            versus::equivalence(region, |threshold| versus::lift_tails(&pair, threshold))
        }),
        lift_exceeds: options.lift_threshold.map(|threshold| {
            has_lift?;
            versus::lift_exceeds(&pair, threshold)
        }),
    }
}

fn difference(pair: &Pair, control: &Posterior, treatment: &Posterior, alpha: Alpha) -> DifferencePosterior {
    let deviation = || {
        let (c, t) = (control.standard_deviation()?, treatment.standard_deviation()?);
        finite(libm::hypot(c, t))
    };
    let interval = || {
        let end = |upper| pair.difference_quantile(alpha.tail(), upper);
        Interval::new(end(false)?, end(true)?)
    };
    DifferencePosterior {
        mean: control.mean().and_then(|c| finite(treatment.mean()? - c)),
        standard_deviation: deviation(),
        interval: interval(),
    }
}

fn lift(pair: &Pair, has_lift: Estimate<()>, alpha: Alpha) -> LiftPosterior {
    if let Err(reason) = has_lift {
        let absent = Err(reason);
        return LiftPosterior {
            mean: absent,
            standard_deviation: absent,
            median: absent,
            interval: Err(reason),
        };
    }
    let end = |tail: f64, upper: bool| finite(pair.ratio_quantile(tail, upper)? - 1.0);
    let (mean, deviation) = lift_moments(pair.control, pair.treatment);
    LiftPosterior {
        mean,
        standard_deviation: deviation,
        median: end(0.5, true),
        interval: end(alpha.tail(), false).and_then(|lower| Interval::new(lower, end(alpha.tail(), true)?)),
    }
}

/// Mean and standard deviation of the lift.
fn lift_moments(control: Law, treatment: Law) -> (Estimate<f64>, Estimate<f64>) {
    // E[1/C] and Var(1/C) / E[1/C]², with the shape that must exceed 1 and 2 for them.
    let (inverse, variance, shape) = match control {
        Law::Beta { a, b } => ((a + b - 1.0) / (a - 1.0), b / ((a - 2.0) * (a + b - 1.0)), a),
        Law::Gamma { shape, rate } => (rate / (shape - 1.0), 1.0 / (shape - 2.0), shape),
        Law::Normal { .. } | Law::StudentsT { .. } => {
            return (Err(Absent::InfiniteMoment), Err(Absent::InfiniteMoment));
        }
    };
    if shape <= 1.0 {
        return (Err(Absent::InfiniteMoment), Err(Absent::InfiniteMoment));
    }
    let ratio = treatment.centre() * inverse;
    let deviation = || {
        if shape <= 2.0 {
            return Err(Absent::InfiniteMoment);
        }
        let deviation = treatment.deviation().ok_or(Absent::InfiniteMoment)? * inverse;
        // Var(T/C) = E[T]²·E[1/C]²·(v_t + v_c + v_t·v_c)
        finite(libm::hypot(deviation * (1.0 + variance).sqrt(), ratio * variance.sqrt()))
    };
    (finite(ratio - 1.0), deviation())
}

/// Serialises what was not asked for as null.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn serialize_asked<T: Serialize, S: Serializer>(
    asked: &Option<Estimate<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match asked {
        Some(estimate) => estimate::serialize(estimate, serializer),
        None => serializer.serialize_none(),
    }
}
