//! The forest plot of all comparisons.

use super::{about, amounts, findings, p_words};
use crate::{
    plan::Direction,
    report::{
        chart::{Forest, ForestRow, Lift},
        document::{Block, Tone},
        number::{self, Amount},
        reading::Reading,
        words,
    },
    results::{MetricComparison, MetricResult, Results},
};
use edgewise_stats::{Interval, Quantity};

pub(super) fn lead(results: &Results) -> String {
    let mut lead = format!(
        "Each line is the {} interval of a variant's relative change from {}; what it leaves out is unlikely.",
        number::percent(1.0 - results.alpha),
        results.control
    );
    let comparisons = || results.metrics.iter().flat_map(|metric| &metric.comparisons);
    if comparisons().any(|comparison| comparison.sequential.is_some()) {
        lead.push_str(" The thin line holds however often one looks.");
    }
    if comparisons().any(|comparison| comparison.guardrail.is_some()) {
        lead.push_str(" A dashed line is a guardrail's margin: the shaded side is not tolerated.");
    }
    lead
}

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let rows: Vec<ForestRow> = results.metrics.iter().flat_map(|metric| rows(results, metric)).collect();
    if rows.is_empty() { Vec::new() } else { vec![Block::Forest(Forest { rows })] }
}

fn rows(results: &Results, metric: &MetricResult) -> Vec<ForestRow> {
    if let Some(absent) = &metric.absent {
        return vec![ForestRow {
            metric: metric.metric.clone(),
            about: about(metric),
            variant: String::new(),
            change: String::new(),
            lift: None,
            lift_words: "no estimate".to_owned(),
            interval_words: String::new(),
            p_words: String::new(),
            because: absent.because.clone(),
            reading: (Tone::Caution, "no estimate".to_owned()),
        }];
    }
    metric.comparisons.iter().map(|comparison| row(results, metric, comparison)).collect()
}

/// A comparison as a row.
pub(super) fn row(results: &Results, metric: &MetricResult, comparison: &MetricComparison) -> ForestRow {
    let deciding = comparison.deciding();
    let reading = Reading::of(metric, comparison, results.alpha);
    let amount = Amount::of(metric.kind);
    let own = |estimate: Result<f64, _>| {
        estimate.map_or_else(|_| "no estimate".to_owned(), |value| amounts::own(amount, value))
    };
    let p = match comparison.adjusted_p {
        Some(adjusted) => format!("{} adjusted", p_words(adjusted.p)),
        None => deciding.test.map_or_else(|_| "no p value".to_owned(), |test| p_words(test.p)),
    };
    ForestRow {
        metric: metric.metric.clone(),
        about: about(metric),
        variant: comparison.variant.clone(),
        change: format!("{} \u{2192} {}", own(deciding.control.estimate), own(deciding.treatment.estimate)),
        lift: deciding.lift.estimate.ok().map(|estimate| Lift {
            estimate,
            interval: deciding.lift.interval.ok().map(ends),
            at_any_time: comparison.sequential.as_ref().and_then(|all| all.lift.interval.ok()).map(ends),
            margin: comparison.guardrail.map(|guardrail| match metric.direction {
                Some(Direction::Decrease) => guardrail.maximum_degradation,
                _ => -guardrail.maximum_degradation,
            }),
        }),
        lift_words: deciding.lift.estimate.map_or_else(|_| "no lift".to_owned(), amounts::lift),
        interval_words: deciding.lift.interval.map_or_else(
            |_| "no interval".to_owned(),
            |interval| amounts::interval(&interval, amounts::lift),
        ),
        p_words: p,
        because: because(&deciding.lift, reading),
        reading: says(comparison, reading),
    }
}

/// Why the lift, its interval or the test is not there.
fn because(lift: &Quantity, reading: Reading) -> String {
    let missing = lift.estimate.err().or(lift.interval.err());
    let untested = match reading {
        Reading::Untested(absent) => Some(absent),
        _ => None,
    };
    missing.or(untested).map_or_else(String::new, |absent| absent.to_string())
}

/// What a row says in a word: of guardrails whether they are safe.
fn says(comparison: &MetricComparison, reading: Reading) -> (Tone, String) {
    let Some(guardrail) = comparison.guardrail else {
        return (findings::tone(reading), reading.words().to_owned());
    };
    let state = guardrail.state.map_or("cannot be judged", words::guardrail);
    (findings::state_tone(guardrail.state), state.to_owned())
}

fn ends(interval: Interval) -> (f64, f64) {
    (interval.lower(), interval.upper())
}
