//! What a simulation says of an analysis.

mod finding;

pub use finding::{Finding, FindingCode, findings};

use super::{
    configured::Judged,
    frequency::{Frequency, PValues},
    planted::Planted as PlantedNumbers,
    run::{Outcome, Question},
};
use crate::{
    balance::CAUTION_BELOW,
    moments::Sums,
    results::{Exclusion, Kind},
};
use edgewise_stats::{
    Absent, Estimate, Fraction,
    plan::{Allocation, Baseline, Correction, Design, Effect, power},
    sequential::group::Shape,
};
use serde::Serialize;

/// The version of this layout. It rises when a field changes its name, place or meaning, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// What a simulation says of an analysis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The metric.
    pub metric: String,
    /// What a unit's number is.
    pub kind: Kind,
    /// How many units were randomised, again and again.
    pub units: u64,
    /// Their mean or rate.
    pub mean: Option<f64>,
    /// The spread of their numbers; none for rates.
    pub standard_deviation: Option<f64>,
    /// The share of them that entered each run.
    pub entering: f64,
    /// The variants, the control first, with their shares.
    pub variants: Vec<VariantShare>,
    /// The level that the analysis promises.
    pub alpha: f64,
    /// How often the units were randomised.
    pub runs: u64,
    /// By which random numbers.
    pub seed: u64,
    /// Each treatment, where nothing differs.
    pub no_effect: Vec<NoEffect>,
    /// Runs in which any treatment was significant although nothing differs; none where there is only one.
    pub any_false_positive: Option<Frequency>,
    /// What the planted effect came to; none where none was planted.
    pub planted: Option<Planted>,
    /// How often the sample-ratio test cried for nothing.
    pub sample_ratio: FalseAlarms,
    /// What looking early came to; none where nobody did.
    pub peeking: Option<PeekingOutcome>,
    /// What was left out of the units.
    pub exclusions: Vec<Exclusion>,
    /// What follows, in words.
    pub findings: Vec<Finding>,
}

/// A variant and its share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantShare {
    /// Its id.
    pub variant: String,
    /// Its share of the units that get any.
    pub share: f64,
    /// Whether the others are compared with it.
    pub is_control: bool,
}

/// A treatment that does nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoEffect {
    /// The treatment.
    pub variant: String,
    /// Runs without a test; they count as not significant.
    pub untested: u64,
    /// Runs that were significant: should be alpha.
    pub false_positives: Frequency,
    /// Runs whose interval of the difference covers 0, among those with one: should be 1 − alpha.
    pub coverage: Frequency,
    /// The p values, which should be spread evenly.
    pub p_values: PValues,
}

/// A treatment that does what was planted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planted {
    /// By how much the mean or rate of all units rises with it, exactly.
    pub difference: f64,
    /// The same as a fraction of the mean without it.
    pub lift: Option<f64>,
    /// Each treatment.
    pub comparisons: Vec<Found>,
}

/// How often a planted effect was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The treatment.
    pub variant: String,
    /// Runs that were significant: the power.
    pub power: Frequency,
    /// The power by the formula that plans are made with.
    pub formula: Option<f64>,
    /// Runs that were significant with the wrong sign.
    pub wrong_sign: Frequency,
    /// Runs whose interval covers the true difference, among those with one: should be 1 − alpha.
    pub coverage: Frequency,
    /// The mean of the estimated differences, which should be the true one.
    pub mean_difference: Option<f64>,
}

/// How often the sample-ratio test cried for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// Below which p value it cries.
    pub below: f64,
    /// In how many runs it did: should be that.
    pub alarms: Frequency,
}

/// What looking early came to, where nothing differs: runs that were significant at any look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeekingOutcome {
    /// How many looks, at equal steps of the units.
    pub looks: usize,
    /// The boundary.
    pub shape: Shape,
    /// Each treatment.
    pub comparisons: Vec<Stops>,
}

/// How often one treatment was significant at any look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stops {
    /// The treatment.
    pub variant: String,
    /// By the plain p value.
    pub plain: Frequency,
    /// By the boundary: should be alpha.
    pub boundary: Frequency,
    /// By a confidence sequence, which holds at any number of looks: at most alpha.
    pub anytime: Frequency,
}

pub(super) fn report(
    question: &Question<'_>,
    total: &Sums,
    planted: Option<&PlantedNumbers>,
    outcomes: &[Outcome],
) -> Simulation {
    let treatments = || question.split.variants().iter().skip(1).cloned().enumerate();
    let alpha = question.alpha.get();
    let moments = total.moments(0).ok();
    let shares = question.split.shares();
    let variants = question.split.variants().iter().zip(&shares).enumerate();
    let any = |outcome: &Outcome| outcome.no_effect.iter().any(|judged| is_significant(judged, alpha));
    let mut simulation = Simulation {
        schema_version: SCHEMA_VERSION,
        metric: question.metric.to_owned(),
        kind: question.past.kind(),
        units: total.units_counted,
        mean: moments.and_then(|moments| moments.mean().ok()),
        standard_deviation: moments
            .filter(|_| question.past.kind() != Kind::Binary)
            .and_then(|moments| moments.standard_deviation().ok()),
        entering: question.split.entering_share(),
        variants: variants
            .map(|(place, (variant, &share))| VariantShare {
                variant: variant.clone(),
                share,
                is_control: place == 0,
            })
            .collect(),
        alpha,
        runs: question.runs.get(),
        seed: question.seed,
        no_effect: treatments().map(|(place, variant)| no_effect(place, variant, alpha, outcomes)).collect(),
        any_false_positive: (shares.len() > 2).then(|| Frequency::of(outcomes.iter().map(any))),
        planted: planted.map(|planted| Planted {
            difference: planted.difference(),
            lift: planted.lift(),
            comparisons: treatments()
                .map(|(place, variant)| Found {
                    formula: formula(question, total, planted, place + 1).ok(),
                    ..found(place, variant, alpha, planted.difference(), outcomes)
                })
                .collect(),
        }),
        sample_ratio: sample_ratio(outcomes),
        peeking: question.peeking.as_ref().map(|peeking| PeekingOutcome {
            looks: peeking.looks,
            shape: peeking.shape.clone(),
            comparisons: treatments()
                .map(|(place, variant)| stops(place, variant, alpha, outcomes))
                .collect(),
        }),
        exclusions: question.past.exclusions().to_vec(),
        findings: Vec::new(),
    };
    simulation.findings = findings(&simulation);
    simulation
}

fn no_effect(place: usize, variant: String, alpha: f64, outcomes: &[Outcome]) -> NoEffect {
    let judged = || outcomes.iter().filter_map(|outcome| outcome.no_effect.get(place));
    NoEffect {
        variant,
        untested: Frequency::of(judged().map(|judged| judged.p.is_none())).count,
        false_positives: Frequency::of(judged().map(|judged| is_significant(judged, alpha))).expecting(alpha),
        coverage: coverage(judged(), 0.0, alpha),
        p_values: PValues::of(judged().filter_map(|judged| judged.p)),
    }
}

fn found(place: usize, variant: String, alpha: f64, truth: f64, outcomes: &[Outcome]) -> Found {
    let judged = || outcomes.iter().filter_map(|outcome| outcome.planted.get(place));
    let wrong = |judged: &Judged| {
        let estimate = judged.difference.unwrap_or(0.0);
        is_significant(judged, alpha) && estimate * truth < 0.0
    };
    let differences = || judged().filter_map(|judged| judged.difference);
    let estimated = Frequency::of(differences().map(|_| true)).of;
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 runs")]
    let mean_difference = (estimated > 0).then(|| differences().sum::<f64>() / estimated as f64);
    Found {
        variant,
        power: Frequency::of(judged().map(|judged| is_significant(judged, alpha))),
        formula: None,
        wrong_sign: Frequency::of(judged().map(wrong)),
        coverage: coverage(judged(), truth, alpha),
        mean_difference,
    }
}

fn stops(place: usize, variant: String, alpha: f64, outcomes: &[Outcome]) -> Stops {
    let stopped = || outcomes.iter().filter_map(|outcome| outcome.stopped.get(place));
    Stops {
        variant,
        plain: Frequency::of(stopped().map(|stopped| stopped.plain)).expecting(alpha),
        boundary: Frequency::of(stopped().map(|stopped| stopped.boundary)).expecting(alpha),
        anytime: Frequency::of(stopped().map(|stopped| stopped.anytime)).expecting(alpha),
    }
}

fn sample_ratio(outcomes: &[Outcome]) -> FalseAlarms {
    let tested = outcomes.iter().filter_map(|outcome| outcome.sample_ratio);
    let alarms = Frequency::of(tested.map(|p| p < CAUTION_BELOW)).expecting(CAUTION_BELOW);
    FalseAlarms { below: CAUTION_BELOW, alarms }
}

fn is_significant(judged: &Judged, alpha: f64) -> bool {
    judged.p.is_some_and(|p| p < alpha)
}

fn coverage<'a>(judged: impl Iterator<Item = &'a Judged>, truth: f64, alpha: f64) -> Frequency {
    let intervals = judged.filter_map(|judged| judged.interval);
    Frequency::of(intervals.map(|interval| interval.contains(truth))).expecting(1.0 - alpha)
}

/// The power of the variant at this place by the formula that plans are made with.
fn formula(question: &Question<'_>, total: &Sums, planted: &PlantedNumbers, place: usize) -> Estimate<f64> {
    let shares = question.split.shares();
    let (Some(control), Some(treatment)) = (shares.first(), shares.get(place)) else {
        return Err(Absent::TooFewArms);
    };
    let unusable = |_| Absent::OutOfRange;
    let baseline = if question.past.kind() == Kind::Binary {
        let rate = total.proportion(0).map_err(unusable)?.rate()?;
        Baseline::rate(Fraction::new(rate).map_err(|_| Absent::ZeroVariance)?)
    } else {
        Baseline::measured(&total.moments(0).map_err(unusable)?)?
    };
    let design = Design {
        alpha: question.alpha,
        allocation: Allocation::new(&[*control, *treatment]).map_err(|_| Absent::NoUnits)?,
        correction: Correction::None,
        ..Design::default()
    };
    #[expect(clippy::cast_precision_loss, reason = "a unit more or less of 2^53 changes no power")]
    let units = total.units_counted as f64 * question.split.entering_share() * (control + treatment);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let units = units.round() as u64;
    let effect = Effect::absolute(planted.difference()).map_err(|_| Absent::OutOfRange)?;
    power(&baseline, effect, units, &design)
}
