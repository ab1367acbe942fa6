//! What was checked, what was found, and what was left out.

use super::{number, verdict::sentence};
use crate::{
    report::{
        document::{Block, Cell, Note, Table, Tone},
        words,
    },
    results::{EventCounts, HealthState, Results, Severity, Warning},
};

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
                what: format!("{}, {}: {}", metric.metric, comparison.variant, sentence(&warning.to_string())),
                why: String::new(),
                action: String::new(),
            })
        })
    })
}

/// What does not count, and why.
pub(super) fn left_out(results: &Results) -> Vec<Block> {
    let mut table = Table::new(["#How many", "Of what, and why", "What to do"]);
    for exclusion in &results.exclusions {
        table.row([number::thousands(exclusion.count), exclusion.what.clone(), exclusion.action.to_owned()]);
    }
    for (count, what) in of_exposures(results).chain(of_events(results)) {
        table.row([number::thousands(count), what, String::new()]);
    }
    if table.rows.is_empty() { Vec::new() } else { vec![Block::Table(table)] }
}

fn of_exposures(results: &Results) -> impl Iterator<Item = (u64, String)> {
    results.variants.iter().flat_map(|variant| {
        let causes = variant.exposures.iter().flat_map(|exposures| {
            let mismatched =
                exposures.mismatched.iter().map(|(cause, count)| (*count, format!("replay gives another {}", plain(cause))));
            mismatched.chain(exposures.unverifiable.iter().map(|(cause, count)| (*count, plain(cause))))
        });
        causes.map(|(count, cause)| (count, format!("exposures to {}: {cause}", variant.variant)))
    })
}

fn of_events(results: &Results) -> impl Iterator<Item = (u64, String)> {
    results.metrics.iter().flat_map(|metric| {
        let left_out = metric.events.iter().flat_map(events_left_out).filter(|(count, _)| *count > 0);
        left_out.map(|(count, what)| (count, format!("events of {}: {what}", metric.metric)))
    })
}

/// Where events went that do not count.
pub(crate) fn events_left_out(events: &EventCounts) -> [(u64, &'static str); 5] {
    [
        (events.without_unit, "they name no unit of the experiment's type"),
        (events.not_exposed, "their unit has no exposure that counts"),
        (events.before_exposure, "they happened before their unit's first exposure"),
        (events.after_window, "they happened after their unit's window"),
        (events.repeated, "they came again with the same id"),
    ]
}

fn plain(cause: &impl serde::Serialize) -> String {
    words::code(cause).replace('_', " ")
}
