//! Guardrails: whether what must not get worse is safe.

use super::{amounts, findings};
use crate::{
    report::{
        document::{Block, Cell, Table},
        number, words,
    },
    results::{GuardrailResult, MetricComparison, MetricResult, Results},
};
use edgewise_stats::decide::GuardrailState;

pub(super) fn lead() -> String {
    "A guardrail is safe where its whole interval lies within the margin; a result that is merely not significant is not."
        .to_owned()
}

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let mut table = Table::new(["Guardrail", "Variant", "#Lift", "#Tolerated harm", "State", "At any time"]);
    for metric in &results.metrics {
        for comparison in &metric.comparisons {
            if let Some(guardrail) = comparison.guardrail {
                table.rows.push(row(metric, comparison, guardrail));
            }
        }
    }
    if table.rows.is_empty() { Vec::new() } else { vec![Block::Table(table)] }
}

fn row(metric: &MetricResult, comparison: &MetricComparison, guardrail: GuardrailResult) -> Vec<Cell> {
    let state = |state: Option<GuardrailState>, none: &'static str| {
        let words = state.map_or(none, words::guardrail);
        Cell::from(words).toned(findings::state_tone(state))
    };
    let about = metric.direction.map_or("", words::direction);
    vec![
        Cell::over(metric.metric.clone(), about),
        comparison.variant.clone().into(),
        amounts::quantity(&comparison.deciding().lift, amounts::lift),
        number::percent(guardrail.maximum_degradation).into(),
        state(guardrail.state, "cannot be judged"),
        match guardrail.state_at_any_time {
            None => Cell::from("not looked at early"),
            early => state(early, ""),
        },
    ]
}
