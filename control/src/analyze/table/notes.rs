//! What was left out, and what to know.

use super::thousands;
use edgewise_analysis::{
    report::words,
    results::{EventCounts, MetricComparison, MetricResult, Results, Severity},
};

pub(super) fn exclusions(results: &Results) -> String {
    let line = |count: u64, what: &str| format!("  {:>9}  {what}", thousands(count));
    let of_all = results.exclusions.iter().map(|exclusion| match exclusion.action {
        "" => line(exclusion.count, &exclusion.what),
        action => line(exclusion.count, &format!("{} ({action})", exclusion.what)),
    });
    let of_variants = results.variants.iter().flat_map(|variant| {
        let exposures = variant.exposures.iter();
        let causes = exposures.flat_map(|exposures| {
            let mismatched = exposures
                .mismatched
                .iter()
                .map(|(cause, count)| (format!("another {}", words::code(cause)), count));
            mismatched.chain(exposures.unverifiable.iter().map(|(cause, count)| (words::code(cause), count)))
        });
        causes.map(|(cause, count)| line(*count, &format!("exposures to {}: {cause}", variant.variant)))
    });
    let of_metrics = results.metrics.iter().flat_map(|metric| {
        let left_out = metric.events.iter().flat_map(events_left_out).filter(|(count, _)| *count > 0);
        left_out.map(|(count, what)| line(count, &format!("events of {}: {what}", metric.metric)))
    });
    of_all.chain(of_variants).chain(of_metrics).collect::<Vec<_>>().join("\n")
}

fn events_left_out(events: &EventCounts) -> [(u64, &'static str); 5] {
    [
        (events.without_unit, "they name no unit of the experiment's type"),
        (events.not_exposed, "their unit has no exposure that counts"),
        (events.before_exposure, "they happened before their unit's first exposure"),
        (events.after_window, "they happened after their unit's window"),
        (events.repeated, "they came again with the same id"),
    ]
}

pub(super) fn warnings(results: &Results) -> String {
    let of_metrics = results.metrics.iter().flat_map(|metric: &MetricResult| &metric.warnings);
    let own = results.warnings.iter().chain(of_metrics).map(|warning| {
        let severity = match warning.severity {
            Severity::Note => "note",
            Severity::Caution => "caution",
            Severity::Invalid => "DO NOT DECIDE",
        };
        format!("  {severity}: {}\n    why: {}\n    do: {}", warning.what, warning.why, warning.action)
    });
    let of_statistics = results.metrics.iter().flat_map(|metric| {
        metric.comparisons.iter().flat_map(move |MetricComparison { variant, comparison, .. }| {
            let said = comparison.warnings.iter().map(ToString::to_string);
            let absent = comparison.test.err().map(|absent| format!("no p value: {absent}"));
            said.chain(absent).map(move |what| format!("  note: {}, {variant}: {what}", metric.metric))
        })
    });
    own.chain(of_statistics).collect::<Vec<_>>().join("\n")
}
