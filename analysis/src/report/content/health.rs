//! What was checked, what was found, and what was left out.

use super::{number, verdict::sentence};
use crate::{
    report::{
        document::{Block, Cell, Note, Table, Tone},
        words,
    },
    results::{EventCounts, HealthState, Results, Severity, Warning},
};
use std::collections::BTreeMap;

/// The checks, whether they found something or not.
pub(super) fn checks(results: &Results) -> Vec<Block> {
    let mut table = Table::new(["Check", "Found", "In words"]);
    for check in &results.health {
        let tone = match check.state {
            HealthState::Passed => Tone::Good,
            HealthState::NotChecked => Tone::Neutral,
            HealthState::Caution => Tone::Caution,
            HealthState::Failed => Tone::Bad,
        };
        table.row([
            Cell::from(words::health(check.check)),
            Cell::from(words::health_state(check.state)).toned(tone),
            check.what.clone().into(),
        ]);
    }
    if table.rows.is_empty() { Vec::new() } else { vec![Block::Table(table)] }
}

/// The warnings, the gravest first, and what the statistics say of themselves.
pub(super) fn warnings(results: &Results) -> Vec<Block> {
    let of_metrics = results.metrics.iter().flat_map(|metric| &metric.warnings);
    let mut all: Vec<&Warning> = results.warnings.iter().chain(of_metrics).collect();
    all.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
    let notes = all.into_iter().map(note).chain(of_statistics(results));
    let notes: Vec<Note> = notes.collect();
    if notes.is_empty() { Vec::new() } else { vec![Block::Notes(notes)] }
}

fn note(warning: &Warning) -> Note {
    Note {
        tone: match warning.severity {
            Severity::Note => Tone::Neutral,
            Severity::Caution => Tone::Caution,
            Severity::Invalid => Tone::Bad,
        },
        label: words::severity(warning.severity).to_owned(),
        what: sentence(&warning.what),
        why: warning.why.to_owned(),
        action: warning.action.to_owned(),
    }
}

fn of_statistics(results: &Results) -> impl Iterator<Item = Note> {
    results.metrics.iter().flat_map(|metric| {
        metric.comparisons.iter().flat_map(move |comparison| {
            comparison.deciding().warnings.iter().map(move |warning| Note {
                tone: Tone::Neutral,
                label: words::severity(Severity::Note).to_owned(),
                what: format!(
                    "{}, {}: {}",
                    metric.metric,
                    comparison.variant,
                    sentence(&warning.to_string())
                ),
                why: String::new(),
                action: String::new(),
            })
        })
    })
}

/// What does not count, and why.
pub(super) fn left_out(results: &Results) -> Vec<Block> {
    let mut table = Table::new(["Of what, and why", "#How many", "What to do"]);
    for exclusion in &results.exclusions {
        table.row([exclusion.what.clone(), number::thousands(exclusion.count), exclusion.action.to_owned()]);
    }
    let tables = [table, of_exposures(results), of_events(results)];
    tables.into_iter().filter(|table| !table.rows.is_empty()).map(Block::Table).collect()
}

/// Exposures that replay does not confirm: a row a cause, a column a variant.
fn of_exposures(results: &Results) -> Table {
    let titles = results.variants.iter().map(|variant| format!("#{}", variant.variant));
    let mut table = Table::new(std::iter::once("Exposures that do not count".to_owned()).chain(titles));
    let mut causes: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (place, variant) in results.variants.iter().enumerate() {
        if let Some(exposures) = &variant.exposures {
            let mismatched = exposures.mismatched.iter();
            let mismatched =
                mismatched.map(|(cause, count)| (format!("replay gives another {}", plain(cause)), *count));
            let unverifiable = exposures.unverifiable.iter().map(|(cause, count)| (plain(cause), *count));
            for (cause, count) in mismatched.chain(unverifiable) {
                causes.entry(cause).or_insert_with(|| vec![0; results.variants.len()])[place] += count;
            }
        }
    }
    for (cause, counts) in causes {
        table.row(std::iter::once(cause).chain(counts.into_iter().map(number::thousands)));
    }
    table
}

/// Where each metric's events went; reasons that took none are not shown.
fn of_events(results: &Results) -> Table {
    type Count = fn(&EventCounts) -> u64;
    let reasons: [(&str, Count); 7] = [
        ("#Seen", |events| events.seen),
        ("#Of no such unit", |events| events.without_unit),
        ("#Unit not exposed", |events| events.not_exposed),
        ("#Before exposure", |events| events.before_exposure),
        ("#After the window", |events| events.after_window),
        ("#Without a value", |events| events.without_value),
        ("#Repeated", |events| events.repeated),
    ];
    let metrics = || results.metrics.iter().filter_map(|metric| Some((metric, metric.events.as_ref()?)));
    let is_shown = |count: Count| metrics().any(|(_, events)| count(events) > 0);
    let shown: Vec<_> = reasons.into_iter().filter(|(_, count)| is_shown(*count)).collect();
    let mut table = Table::new(std::iter::once("Events").chain(shown.iter().map(|(title, _)| *title)));
    for (metric, events) in metrics() {
        let counts = shown.iter().map(|(_, count)| number::thousands(count(events)));
        table.row(std::iter::once(metric.metric.clone()).chain(counts));
    }
    table
}

fn plain(cause: &impl serde::Serialize) -> String {
    words::code(cause).replace('_', " ")
}
