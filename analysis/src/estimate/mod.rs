//! One metric's sums become estimates, by a rule for each kind of number.
//!
//! | kind | the comparison | sharpened by its covariate | Bayesian model | beside |
//! |---|---|---|---|---|
//! | binary | rates, within epochs | CUPED of the zeros and ones | beta-binomial | |
//! | continuous, highest, lowest | means by Welch's t test, within epochs | CUPED, with history as a second covariate | normal | |
//! | count | means by Welch's t test, within epochs | CUPED, likewise | gamma-Poisson where units do not vary more than it says, else normal | event rates by the Poisson model |
//! | ratio | quotients by the delta method, within epochs | CUPED of the linearised quotients, within epochs | normal | |
//! | quantile | quantiles with errors that know the units, within epochs | none | normal | |
//! | funnel | the rate of the last step among all units | none | beta-binomial | each step among those of the step before |
//!
//! Several epochs and covariates make the Bayesian model the normal one of what was compared. The comparison that decides
//! is the sharpened one where there is one ([`MetricComparison::deciding`](crate::results::MetricComparison::deciding)).
//! Beside it stand, where the plan asks for them, the confidence sequence of what decides and whether a guardrail is
//! safe; and the power at the smallest effect that is worth detecting.

mod absent;
mod anytime;
mod arms;
mod bayesian;
mod beside;
mod covariate;
mod frame;
mod funnel;
mod mean;
mod measured;
mod quantile;
mod rate;
mod ratio;
mod series;
mod warnings;

pub use frame::{Frame, Rules};
pub use measured::Measured;
pub use quantile::QuantileArm;

use crate::{
    assignments::UnitsByEpoch,
    balance,
    conclude::power,
    moments::Sums,
    plan::{Priors, Role},
    results::{AbsentMetric, EventCounts, Kind, MetricResult, MetricVariant},
};
use absent::{nothing_to_measure, refused, seen_and_silent};
use arms::{Arms, Prior, arms_of};
use beside::Asked;
use edgewise_stats::trust::SampleRatio;
use funnel::Steps;
use quantile::Quantiles;
use warnings::warnings;

/// Compares the variants on one metric. `events` is where its events went, for a metric that is made of events.
pub fn estimate(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    sums: &[Sums],
    events: Option<EventCounts>,
) -> MetricResult {
    let sums: Vec<&Sums> = sums.iter().filter(|sums| frame.variants.contains(&sums.variant)).collect();
    let mut result = without_estimates(measured, events);
    result.absent = nothing_to_measure(frame, measured, seen_and_silent(&sums), events.as_ref());
    if result.absent.is_none()
        && let Err((variant, error)) = fill(frame, measured, &sums, &mut result)
    {
        result = without_estimates(measured, events);
        result.absent = Some(refused(measured, variant, &error));
    }
    result.warnings = warnings(&result);
    result
}

/// Compares the variants on a quantile of the events' values, which an engine has summarised.
pub fn estimate_quantile(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    arms: &[QuantileArm],
    events: Option<EventCounts>,
) -> MetricResult {
    let arms: Vec<&QuantileArm> = arms.iter().filter(|arm| frame.variants.contains(&arm.variant)).collect();
    let mut result = without_estimates(measured, events);
    let units =
        arms.iter().fold((0, 0), |(seen, silent), arm| (seen + arm.units_seen, silent + arm.units_silent));
    result.absent = nothing_to_measure(frame, measured, units, events.as_ref());
    if result.absent.is_none() {
        let quantiles = Quantiles::of(frame.variants, &arms);
        let of_variant = |variant: &str| {
            let own = arms.iter().filter(|arm| arm.variant == variant);
            own.fold((0, 0), |(seen, silent), arm| (seen + arm.units_seen, silent + arm.units_silent))
        };
        compare(frame, measured, &quantiles, of_variant, &mut result);
    }
    result.warnings = warnings(&result);
    result
}

/// A metric of which nothing can be estimated.
pub fn absent_metric(measured: &Measured<'_>, absent: AbsentMetric) -> MetricResult {
    let mut result = without_estimates(measured, None);
    result.absent = Some(absent);
    result.warnings = warnings(&result);
    result
}

fn without_estimates(measured: &Measured<'_>, events: Option<EventCounts>) -> MetricResult {
    MetricResult {
        metric: measured.metric.to_owned(),
        role: measured.role,
        kind: measured.kind,
        direction: measured.direction,
        window_seconds: measured.window_seconds,
        silent: measured.silent,
        events,
        absent: None,
        variants: Vec::new(),
        comparisons: Vec::new(),
        sample_ratio: None,
        warnings: Vec::new(),
        funnel: None,
        days: Vec::new(),
        since_exposure: None,
        feedback: None,
        distribution: None,
        power: None,
    }
}

/// Everything that the sums say.
fn fill<'a>(
    frame: &Frame<'a>,
    measured: &Measured<'_>,
    sums: &[&Sums],
    result: &mut MetricResult,
) -> Result<(), arms::Refused<'a>> {
    let asked = asked(frame, measured);
    let of_variant = |variant: &str| {
        let own: Vec<&Sums> = sums.iter().filter(|sums| sums.variant == variant).copied().collect();
        seen_and_silent(&own)
    };
    let has_covariate = asked.has_covariate(measured.kind, sums);
    if measured.kind == Kind::Funnel {
        let steps = Steps::of(frame, sums)?;
        let names: Vec<String> = measured.steps.iter().map(|step| step.name.clone()).collect();
        compare(frame, measured, &steps, of_variant, result);
        result.funnel = Some(steps.funnel(frame, &asked, &names));
    } else {
        let arms = arms_of(frame, measured.kind, has_covariate, sums)?;
        compare(frame, measured, &*arms, of_variant, result);
    }
    result.days = series::days(frame, measured.kind, &asked, sums)?;
    result.sample_ratio = sample_ratio_of_the_counted(frame, sums);
    Ok(())
}

/// The variants by themselves, against the control, and what the metric can find. `units` are those of a variant that
/// were seen, and the silent ones among them.
fn compare(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    arms: &dyn Arms,
    units: impl Fn(&str) -> (u64, u64),
    result: &mut MetricResult,
) {
    let asked = asked(frame, measured);
    let own = |(index, variant): (usize, &String)| {
        let own = arms.own(index, frame.alpha);
        let (seen, silent_units) = units(variant);
        MetricVariant {
            variant: variant.clone(),
            n: own.n,
            silent_units,
            immature_units: units_of(frame.units, variant).saturating_sub(seen),
            mean: own.mean,
            standard_deviation: own.standard_deviation,
            totals: own.totals,
        }
    };
    result.variants = frame.variants.iter().enumerate().map(own).collect();
    result.comparisons =
        (1..frame.variants.len()).map(|index| beside::compare(frame, &asked, arms, index)).collect();
    let worth_shipping = frame.rules.worth_shipping.filter(|_| measured.role == Role::Primary);
    result.power = measured.minimum_effect.or(worth_shipping).map(|minimum_effect| {
        let reductions = result.comparisons.iter().filter_map(|comparison| {
            comparison.covariate.as_ref().and_then(|covariate| covariate.variance_reduction)
        });
        let least = reductions.reduce(f64::min);
        power::of(&power::Question {
            alpha: frame.alpha,
            multiplicity: frame.rules.multiplicity,
            direction: measured.direction,
            minimum_effect,
            baseline: arms.baseline(),
            variance_reduction: least.unwrap_or(0.0),
            units: &result.variants.iter().map(|variant| variant.n).collect::<Vec<_>>(),
            // Boundaries decide on primary metrics alone; a confidence sequence stands beside the others, and they are
            // judged at the horizon.
            sequential: frame.rules.sequential.filter(|_| measured.role == Role::Primary),
            looks: frame.rules.looks,
        })
    });
}

fn asked(frame: &Frame<'_>, measured: &Measured<'_>) -> Asked {
    let prior = frame.rules.priors.filter(|_| measured.role == Role::Primary);
    Asked {
        direction: measured.direction.map(Into::into),
        covariate_seconds: measured.covariate_seconds,
        prior: prior.map(|Priors { mean, strength }| Prior { mean, strength }),
        role: measured.role,
        guardrail: measured.guardrail,
    }
}

/// The sample-ratio test over the units with a number, where others were left out.
fn sample_ratio_of_the_counted(frame: &Frame<'_>, sums: &[&Sums]) -> Option<SampleRatio> {
    let mut counted = UnitsByEpoch::new();
    for sums in sums {
        let by_epoch = counted.entry(sums.variant.clone()).or_default();
        *by_epoch.entry(sums.epoch.clone()).or_default() += sums.units_counted;
    }
    let total =
        |units: &UnitsByEpoch| -> u64 { frame.variants.iter().map(|variant| units_of(units, variant)).sum() };
    (total(&counted) < total(frame.units)).then(|| balance::test(&counted, frame.shares, frame.variants))
}

/// The units of a variant over all epochs.
pub(crate) fn units_of(units: &UnitsByEpoch, variant: &str) -> u64 {
    units.get(variant).into_iter().flat_map(|by_epoch| by_epoch.values()).sum()
}
