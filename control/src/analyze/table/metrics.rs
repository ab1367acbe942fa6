//! The metrics: each variant's number, and the other variants against the control.

use super::{NONE, none, p, percent, quantity, table, thousands, wide_table};
use edgewise_analysis::{
    report::{
        number::{Amount, lift, p_value},
        words,
    },
    results::{GuardrailResult, Kind, MetricComparison, MetricResult, MetricVariant, Results},
};
use edgewise_stats::Method;

pub(super) fn metrics(results: &Results) -> String {
    let comparisons = || results.metrics.iter().flat_map(|metric| &metric.comparisons);
    let has_adjusted = comparisons().any(|comparison| comparison.adjusted_p.is_some());
    let mut header =
        ["metric", "variant", "n", "mean or rate", "difference", "lift", "p"].map(str::to_owned).to_vec();
    header.extend(has_adjusted.then(|| "adjusted p".to_owned()));
    let mut rows = Vec::new();
    for metric in &results.metrics {
        let name = format!("{} ({})", metric.metric, words::role(metric.role));
        if metric.absent.is_some() {
            let mut row = vec![name, none(), none(), "absent, see below".to_owned()];
            row.resize(header.len(), none());
            rows.push(row);
            continue;
        }
        for (index, variant) in metric.variants.iter().enumerate() {
            let comparison =
                metric.comparisons.iter().find(|comparison| comparison.variant == variant.variant);
            let name = if index == 0 { name.clone() } else { String::new() };
            let mut row = metric_row(name, metric.kind, variant, comparison).to_vec();
            let adjusted = comparison.and_then(|comparison| comparison.adjusted_p);
            row.extend(has_adjusted.then(|| adjusted.map_or_else(none, |adjusted| p_value(adjusted.p))));
            rows.push(row);
        }
    }
    let table = wide_table(header, rows);
    std::iter::once(table).chain(assumptions(results)).collect::<Vec<_>>().join("\n")
}

/// Which tests gave the p values, and what they take for granted: a line each.
fn assumptions(results: &Results) -> Vec<String> {
    let mut methods: Vec<Method> = Vec::new();
    let mut procedures: Vec<&str> = Vec::new();
    for comparison in results.metrics.iter().flat_map(|metric| &metric.comparisons) {
        let method = comparison.comparison.method;
        if !methods.contains(&method) {
            methods.push(method);
        }
        if let Some(adjusted) = comparison.adjusted_p
            && !procedures.contains(&adjusted.procedure)
        {
            procedures.push(adjusted.procedure);
        }
    }
    let said = methods
        .into_iter()
        .map(|method| format!("  p of {}: {}", words::compared_by(method), words::method(method)));
    let allowed = procedures.into_iter().map(words::procedure).collect::<Vec<_>>().join(", ");
    let adjusted =
        (!allowed.is_empty()).then(|| format!("  adjusted p allows for the other tests: {allowed}"));
    said.chain(adjusted).collect()
}

fn metric_row(
    name: String,
    kind: Kind,
    variant: &MetricVariant,
    comparison: Option<&MetricComparison>,
) -> [String; 7] {
    let amount = Amount::of(kind);
    let comparison = comparison.map(|comparison| &comparison.comparison);
    [
        name,
        variant.variant.clone(),
        thousands(variant.n),
        quantity(&variant.mean, |value| amount.own(value)),
        comparison.map_or_else(none, |all| {
            let difference = quantity(&all.difference, |value| amount.difference(value));
            if difference == NONE { difference } else { format!("{difference}{}", amount.unit()) }
        }),
        comparison.map_or_else(none, |all| quantity(&all.lift, lift)),
        comparison.map_or_else(none, |all| p(all.test.map(|test| test.p))),
    ]
}

/// Whether what must not get worse is safe.
pub(super) fn guardrails(results: &Results) -> String {
    let row = |metric: &MetricResult, comparison: &MetricComparison, guardrail: GuardrailResult| {
        let state = |state: Option<_>, none| state.map_or(none, words::guardrail).to_owned();
        [
            metric.metric.clone(),
            comparison.variant.clone(),
            quantity(&comparison.deciding().lift, lift),
            percent(guardrail.maximum_degradation),
            state(guardrail.state, "cannot be judged"),
            state(guardrail.state_at_any_time, NONE),
        ]
    };
    let mut rows = Vec::new();
    for metric in &results.metrics {
        for comparison in &metric.comparisons {
            rows.extend(comparison.guardrail.map(|guardrail| row(metric, comparison, guardrail)));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    table(["guardrail", "variant", "lift", "tolerated harm", "state", "at any time"], rows)
}

/// How far units come.
pub(super) fn funnels(results: &Results) -> String {
    let rate = Amount::of(Kind::Funnel);
    let mut rows = Vec::new();
    for metric in &results.metrics {
        let steps = metric.funnel.iter().flat_map(|funnel| &funnel.steps);
        for step in steps {
            rows.extend(step.variants.iter().map(|of| {
                [
                    metric.metric.clone(),
                    step.step.clone(),
                    of.variant.clone(),
                    thousands(of.units),
                    quantity(&of.of_all, |share| rate.own(share)),
                    quantity(&of.of_the_step_before, |share| rate.own(share)),
                    thousands(of.dropped),
                ]
            }));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    table(["funnel", "step", "variant", "units", "of all", "of the step before", "dropped before it"], rows)
}
