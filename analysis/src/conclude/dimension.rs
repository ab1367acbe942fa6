//! The results within the values of an attribute. They inform and never decide.

use crate::{
    assignments::UnitsByEpoch,
    balance,
    estimate::{Frame, Measured, QuantileArm, Rules, estimate, estimate_quantile},
    moments::Sums,
    results::{Dimension, MetricResult, Severity, Slice, Warning, WarningCode},
};
use edgewise_stats::{
    Alpha, EstimatedEffect,
    sharpen::trim_levels,
    trust::{Correction, PValue, adjust, heterogeneity, sample_ratio_by_segment},
};
use std::collections::BTreeMap;

/// Where the attribute was not there.
const ABSENT: &str = "(absent)";

/// The rare values together.
const OTHER: &str = "(other)";

/// Values with fewer units of all variants together are rare. Origin: at 100 units a rate's error is as large as a rate of
/// 25 %, and nothing smaller can be told.
const LEAST_UNITS: u64 = 100;

/// The most values that stand by themselves. Origin: as many as a reader compares on one page.
const MOST_VALUES: usize = 20;

/// A metric's numbers, split by the attribute.
pub type Split<'a> = (Measured<'a>, SplitNumbers);

/// What is summed up of each value.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitNumbers {
    /// Sums, which name their slice.
    Sums(Vec<Sums>),
    /// Quantiles, each with the value that it is of. Rare values have none together: quantiles do not add up.
    Quantiles(Vec<(String, QuantileArm)>),
}

/// The results within each value, the most frequent first, and what to know of them.
///
/// `units` are the units that count by value, empty where the attribute was not there; so are the sums' slices.
pub fn dimension(
    frame: &Frame<'_>,
    attribute: &str,
    units: &BTreeMap<String, UnitsByEpoch>,
    metrics: &[Split<'_>],
) -> (Dimension, Vec<Warning>) {
    let values = named(units);
    let slices: Vec<Slice> = values.iter().map(|value| slice(frame, value, metrics)).collect();
    let dimension = Dimension { attribute: attribute.to_owned(), slices };
    let mut warnings = Vec::new();
    warnings.extend(warn_of_imbalance(frame, attribute, &values));
    warnings.extend(warn_of_interactions(frame, &dimension));
    (dimension, warnings)
}

/// One value, or all the rare ones.
struct Value {
    name: String,
    /// As the data spell it.
    spelled: Vec<String>,
    units: UnitsByEpoch,
}

fn named(units: &BTreeMap<String, UnitsByEpoch>) -> Vec<Value> {
    let mut all: Vec<(&String, &UnitsByEpoch, u64)> =
        units.iter().map(|(value, units)| (value, units, count(units))).collect();
    all.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let counts: Vec<u64> = all.iter().map(|(_, _, count)| *count).collect();
    let mut levels = trim_levels(&counts, LEAST_UNITS);
    // A single rare value has its own name, and is no "other".
    if levels.merged.len() == 1 && levels.kept.len() < MOST_VALUES {
        levels.kept.append(&mut levels.merged);
    }
    let beyond = levels.kept.split_off(levels.kept.len().min(MOST_VALUES));
    let mut values: Vec<Value> = levels
        .kept
        .iter()
        .map(|&place| {
            let (value, units, _) = all[place];
            let name = if value.is_empty() { ABSENT.to_owned() } else { value.clone() };
            Value { name, spelled: vec![value.clone()], units: units.clone() }
        })
        .collect();
    let rare: Vec<usize> = beyond.into_iter().chain(levels.merged).collect();
    if !rare.is_empty() {
        let mut other = Value { name: OTHER.to_owned(), spelled: Vec::new(), units: UnitsByEpoch::new() };
        for place in rare {
            let (value, units, _) = all[place];
            other.spelled.push(value.clone());
            add(&mut other.units, units);
        }
        values.push(other);
    }
    values
}

fn slice(frame: &Frame<'_>, value: &Value, metrics: &[Split<'_>]) -> Slice {
    let within = Frame { units: &value.units, rules: within(&frame.rules), ..*frame };
    let metric = |(measured, numbers): &Split<'_>| -> MetricResult {
        let measured = Measured { minimum_effect: None, ..*measured };
        match numbers {
            SplitNumbers::Sums(sums) => {
                let own = sums.iter().filter(|sums| value.spelled.contains(&sums.slice));
                // Without days, so that no series is made.
                let own: Vec<Sums> = own.map(|sums| Sums { day: String::new(), ..sums.clone() }).collect();
                estimate(&within, &measured, &own, None)
            }
            SplitNumbers::Quantiles(arms) => {
                let is_own = |slice: &String| value.spelled.as_slice() == std::slice::from_ref(slice);
                let own = arms.iter().filter(|(slice, _)| is_own(slice)).map(|(_, arm)| arm.clone());
                estimate_quantile(&within, &measured, &own.collect::<Vec<_>>(), None)
            }
        }
    };
    Slice {
        value: value.name.clone(),
        units: count(&value.units),
        sample_ratio: balance::test(&value.units, frame.shares, frame.variants),
        metrics: metrics.iter().map(metric).collect(),
    }
}

/// No looks, beliefs or power within values: nothing is decided there.
fn within(rules: &Rules) -> Rules {
    Rules { sequential: None, beliefs: false, priors: None, worth_shipping: None, ..*rules }
}

/// The values whose units are not what the allocation promised, as one family.
fn warn_of_imbalance(frame: &Frame<'_>, attribute: &str, values: &[Value]) -> Option<Warning> {
    let segments: Vec<_> =
        values.iter().map(|value| balance::arms(&value.units, frame.shares, frame.variants)).collect();
    let alpha = Alpha::new(balance::INVALID_BELOW).ok()?;
    let found = sample_ratio_by_segment(&segments, Correction::Holm, alpha);
    let names: Vec<&str> = found.imbalanced.iter().map(|&place| values[place].name.as_str()).collect();
    (!names.is_empty()).then(|| Warning {
        warning: WarningCode::SampleRatioMismatch,
        severity: Severity::Caution,
        what: format!("the sample ratio is off where `{attribute}` is {}", names.join(", ")),
        why: "units of these values are missing from a variant for a reason that the variant itself may cause",
        action: "look for what these values have in common: a browser, an app version, a bot",
    })
}

/// The effects that differ between values by more than their errors, after all metrics and variants are allowed for.
fn warn_of_interactions(frame: &Frame<'_>, dimension: &Dimension) -> Vec<Warning> {
    let metrics = dimension.slices.first().map_or(0, |slice| slice.metrics.len());
    let pairs: Vec<(usize, usize)> = (0..metrics)
        .flat_map(|metric| (1..frame.variants.len()).map(move |treatment| (metric, treatment - 1)))
        .collect();
    let tests: Vec<_> = pairs
        .iter()
        .map(|&(metric, place)| {
            let lifts: Vec<EstimatedEffect> = dimension
                .slices
                .iter()
                .filter_map(|slice| slice.metrics[metric].comparisons.get(place))
                .filter_map(|comparison| EstimatedEffect::of(&comparison.deciding().lift).ok())
                .collect();
            let found = heterogeneity(&lifts, frame.alpha)?;
            PValue::new(found.p).map_err(|_| edgewise_stats::Absent::OutOfRange)
        })
        .collect();
    let adjusted = adjust(&tests, Correction::Holm, frame.alpha);
    let rejected = adjusted.tests.iter().zip(&pairs).filter_map(|(test, pair)| {
        test.as_ref().ok().filter(|test| test.rejected).map(|test| (test.adjusted, *pair))
    });
    rejected
        .map(|(p, (metric, place))| Warning {
            warning: WarningCode::EffectDiffers,
            severity: Severity::Note,
            what: format!(
                "the lift of `{}` on `{}` is not the same for all values of `{}`: {}",
                frame.variants[place + 1],
                dimension.slices[0].metrics[metric].metric,
                dimension.attribute,
                super::words::p_value(p),
            ),
            why: "one number for all hides that some gain and some lose",
            action: "take it for a hint, not a decision: run an experiment on the values that stand out",
        })
        .collect()
}

fn count(units: &UnitsByEpoch) -> u64 {
    units.values().flat_map(BTreeMap::values).sum()
}

fn add(all: &mut UnitsByEpoch, part: &UnitsByEpoch) {
    for (variant, by_epoch) in part {
        for (epoch, units) in by_epoch {
            *all.entry(variant.clone()).or_default().entry(epoch.clone()).or_default() += units;
        }
    }
}
