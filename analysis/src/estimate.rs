//! One metric's sums become estimates.

use crate::{
    assignments::UnitsByEpoch,
    balance,
    moments::{Sums, SumsError},
    plan::{Direction, Role, Silent},
    results::{
        AbsentCode, AbsentMetric, EventCounts, Kind, MetricComparison, MetricResult, MetricVariant, Severity,
        Warning, WarningCode,
    },
    verify::Shares,
};
use edgewise_stats::{
    Alpha, Moments, Proportion, Stratum,
    compare::{MeanOptions, RateOptions, compare_mean_strata, compare_rate_strata, mean, rate},
    trust::SampleRatio,
};
use std::collections::BTreeSet;

/// What all metrics of an analysis share.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The variants, the control first.
    pub variants: &'a [String],
    /// The level.
    pub alpha: Alpha,
    /// The units that count.
    pub units: &'a UnitsByEpoch,
    /// What the allocation promised.
    pub shares: &'a Shares,
}

/// What one metric is.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Its id.
    pub metric: &'a str,
    /// What it is measured for.
    pub role: Role,
    /// What a unit's number is.
    pub kind: Kind,
    /// Whether more is better.
    pub direction: Option<Direction>,
    /// How long a unit's events count.
    pub window_seconds: Option<u64>,
    /// What a unit without events means.
    pub silent: Silent,
}

/// Compares the variants on one metric. `events` is where its events went, for a metric that is made of events.
pub fn estimate(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    sums: &[Sums],
    events: Option<EventCounts>,
) -> MetricResult {
    let sums: Vec<&Sums> = sums.iter().filter(|sums| frame.variants.contains(&sums.variant)).collect();
    let mut result = without_estimates(measured, events);
    result.absent = absent(frame, measured, &sums, events.as_ref());
    if result.absent.is_none() {
        match Arms::of(frame, measured, &sums) {
            Ok(arms) => {
                result.variants = arms.variants(frame, &sums);
                result.comparisons = arms.comparisons(frame);
                result.sample_ratio = sample_ratio_of_the_counted(frame, &sums);
            }
            Err((variant, error)) => result.absent = Some(refused(measured, variant, &error)),
        }
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
        distribution: None,
        power: None,
    }
}

/// Why there is nothing to estimate by, if there is nothing.
fn absent(
    frame: &Frame<'_>,
    measured: &Measured<'_>,
    sums: &[&Sums],
    events: Option<&EventCounts>,
) -> Option<AbsentMetric> {
    let metric = measured.metric;
    let units: u64 = frame.variants.iter().map(|variant| units_of(frame.units, variant)).sum();
    let seen: u64 = sums.iter().map(|sums| sums.units_seen).sum();
    let silent: u64 = sums.iter().map(|sums| sums.units_silent).sum();
    let (code, because) = if units == 0 {
        (
            AbsentCode::NoUnits,
            format!("no unit counts, so `{metric}` has nothing to be measured on: see the exclusions"),
        )
    } else if events.is_some_and(|events| events.seen == 0) {
        let because = format!(
            "there is no event for `{metric}`: check that the code sends `track` events of the name that the metric is made of"
        );
        (AbsentCode::NoEvents, because)
    } else if seen == 0 && measured.window_seconds.is_some() {
        let because = format!(
            "no unit's window for `{metric}` has passed yet: wait, or measure it in a shorter window"
        );
        (AbsentCode::NoMatureUnits, because)
    } else if events.is_some() && silent == seen {
        let because = format!(
            "there are events for `{metric}`, but none of a unit that counts within its time: check that they name the experiment's unit"
        );
        (AbsentCode::NoEventsOfExposedUnits, because)
    } else {
        return None;
    };
    Some(AbsentMetric { absent: code, because })
}

fn refused(measured: &Measured<'_>, variant: &str, error: &SumsError) -> AbsentMetric {
    let because =
        format!("the metric `{}` is refused, because of variant `{variant}`: {error}", measured.metric);
    AbsentMetric { absent: AbsentCode::Refused, because }
}

/// The summaries of the variants, in the order of the frame.
enum Arms {
    Binary(Summaries<Proportion>),
    Continuous(Summaries<Moments>),
}

/// Of each variant: its summary over all epochs, and in each of them; an epoch without units is empty.
struct Summaries<T> {
    totals: Vec<T>,
    by_epoch: Vec<Vec<T>>,
}

impl Arms {
    fn of<'a>(
        frame: &Frame<'a>,
        measured: &Measured<'_>,
        sums: &[&Sums],
    ) -> Result<Self, (&'a str, SumsError)> {
        match measured.kind {
            Kind::Binary => Summaries::of(frame, sums, |sums| sums.proportion(0)).map(Self::Binary),
            _ => Summaries::of(frame, sums, |sums| sums.moments(0)).map(Self::Continuous),
        }
    }

    /// Each variant by itself, over all its epochs together.
    fn variants(&self, frame: &Frame<'_>, sums: &[&Sums]) -> Vec<MetricVariant> {
        let quantities: Vec<_> = match self {
            Self::Binary(arms) => {
                arms.totals.iter().map(|all| (all.n(), rate(all, frame.alpha), None)).collect()
            }
            Self::Continuous(arms) => {
                let deviation = |all: &Moments| all.variance().ok().map(f64::sqrt);
                arms.totals.iter().map(|all| (all.n(), mean(all, frame.alpha), deviation(all))).collect()
            }
        };
        let count = |variant: &str, what: fn(&Sums) -> u64| -> u64 {
            sums.iter().filter(|sums| sums.variant == variant).map(|sums| what(sums)).sum()
        };
        let with_quantities = frame.variants.iter().zip(quantities);
        with_quantities
            .map(|(variant, (n, mean, standard_deviation))| MetricVariant {
                variant: variant.clone(),
                n,
                silent_units: count(variant, |sums| sums.units_silent),
                immature_units: units_of(frame.units, variant)
                    .saturating_sub(count(variant, |sums| sums.units_seen)),
                mean,
                standard_deviation,
            })
            .collect()
    }

    /// The other variants against the first, within epochs.
    fn comparisons(&self, frame: &Frame<'_>) -> Vec<MetricComparison> {
        let others = frame.variants.iter().enumerate().skip(1);
        others
            .map(|(index, variant)| {
                let (strata, comparison) = match self {
                    Self::Binary(arms) => {
                        let strata = strata(&arms.by_epoch, index, |proportion| proportion.n() > 0);
                        let options = RateOptions { alpha: frame.alpha, ..RateOptions::default() };
                        (strata.len(), compare_rate_strata(&strata, &options))
                    }
                    Self::Continuous(arms) => {
                        let strata = strata(&arms.by_epoch, index, |moments| moments.n() > 0);
                        let options = MeanOptions { alpha: frame.alpha, ..MeanOptions::default() };
                        (strata.len(), compare_mean_strata(&strata, &options))
                    }
                };
                MetricComparison::plain(variant.clone(), strata, comparison)
            })
            .collect()
    }
}

impl<T> Summaries<T> {
    fn of<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        summary: impl Fn(&Sums) -> Result<T, SumsError>,
    ) -> Result<Self, (&'a str, SumsError)> {
        let epochs: BTreeSet<&str> = sums.iter().map(|sums| sums.epoch.as_str()).collect();
        let (mut totals, mut by_epoch) = (Vec::new(), Vec::new());
        for variant in frame.variants {
            let failed = |error| (variant.as_str(), error);
            let own = || sums.iter().filter(|sums| sums.variant == *variant);
            let in_epoch = |epoch: &&str| Sums::total(own().filter(|sums| sums.epoch == **epoch).copied());
            totals.push(summary(&Sums::total(own().copied())).map_err(failed)?);
            by_epoch.push(
                epochs
                    .iter()
                    .map(|epoch| summary(&in_epoch(epoch)))
                    .collect::<Result<_, _>>()
                    .map_err(failed)?,
            );
        }
        Ok(Self { totals, by_epoch })
    }
}

/// The epochs in which the control or the variant at `index` has units.
fn strata<T: Copy>(arms: &[Vec<T>], index: usize, has_units: impl Fn(&T) -> bool) -> Vec<Stratum<T>> {
    let pairs = arms[0].iter().zip(&arms[index]);
    let strata = pairs.map(|(&control, &treatment)| Stratum { control, treatment });
    strata.filter(|stratum| has_units(&stratum.control) || has_units(&stratum.treatment)).collect()
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

fn warnings(result: &MetricResult) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(absent) = &result.absent {
        warnings.push(Warning {
            warning: match absent.absent {
                AbsentCode::Refused => WarningCode::MetricRefused,
                AbsentCode::NoUnits => WarningCode::NoUnits,
                AbsentCode::NoMatureUnits => WarningCode::ImmatureUnits,
                AbsentCode::NoEvents | AbsentCode::NoEventsOfExposedUnits => WarningCode::MetricWithoutEvents,
            },
            severity: Severity::Caution,
            what: absent.because.clone(),
            why: "an estimate that cannot be computed is left out, not taken for zero",
            action: "mend what is named above and analyse again",
        });
    }
    let without_value = result.events.map_or(0, |events| events.without_value);
    if result.kind == Kind::Continuous && without_value > 0 {
        warnings.push(Warning {
            warning: WarningCode::EventsWithoutValue,
            severity: Severity::Caution,
            what: format!("{without_value} events for `{}` carry no number that fits", result.metric),
            why: "they add nothing to their unit's sum, so the mean is too low where they should have counted",
            action: "send a finite number with each of them, as the metric's `value` says",
        });
    }
    let immature: u64 = result.variants.iter().map(|variant| variant.immature_units).sum();
    if immature > 0 {
        let mature: u64 = result.variants.iter().map(|variant| variant.n).sum();
        warnings.push(Warning {
            warning: WarningCode::ImmatureUnits,
            severity: Severity::Note,
            what: format!("{immature} units are left out of `{}`, {mature} count", result.metric),
            why: "their window has not passed, so their number may still grow",
            action: "nothing: they count once their window has passed",
        });
    }
    let over = format!("the units that `{}` counts", result.metric);
    warnings.extend(result.sample_ratio.as_ref().and_then(|tested| balance::warn(tested, &over)));
    warnings
}
