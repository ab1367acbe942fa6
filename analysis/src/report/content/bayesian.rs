//! Both answers to the same question, beside each other.

use super::{amounts, findings};
use crate::{
    report::{
        document::{Block, Cell, Table},
        number::Amount,
        words,
    },
    results::{Bayesian, MetricComparison, MetricResult, Results},
};

pub(super) fn lead() -> String {
    "The probability of being better is not one minus p; where both disagree on what to do, look at the intervals."
        .to_owned()
}

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let mut table = Table::new([
        "Metric",
        "Variant",
        "#Lift, frequentist",
        "#p",
        "#Lift, credible",
        "#Probability better",
        "#Expected loss",
    ]);
    for metric in &results.metrics {
        for comparison in &metric.comparisons {
            if let Some(bayesian) = &comparison.bayesian {
                table.rows.push(row(metric, comparison, bayesian));
            }
        }
    }
    if table.rows.is_empty() { Vec::new() } else { vec![Block::Table(table)] }
}

fn row(metric: &MetricResult, comparison: &MetricComparison, bayesian: &Bayesian) -> Vec<Cell> {
    let amount = Amount::of(metric.kind);
    // A loss is no change: it has no sign.
    let loss = |loss: f64| amounts::difference(amount, loss).trim_start_matches('+').to_owned();
    let kept = bayesian.expected_loss_of_control.map(|kept| format!("{} if the control is kept", loss(kept)));
    vec![
        Cell::over(metric.metric.clone(), words::model(bayesian.model)),
        comparison.variant.clone().into(),
        amounts::quantity(&comparison.deciding().lift, amounts::lift),
        amounts::p(comparison.deciding().test.map(|test| test.p)),
        bayesian.lift.map_or_else(
            || Cell::from("no interval"),
            |interval| amounts::interval(&interval, amounts::lift).into(),
        ),
        findings::probability_words(bayesian.probability_better).into(),
        Cell::over(
            bayesian
                .expected_loss
                .map_or_else(|| "not known".to_owned(), |shipped| format!("{} if shipped", loss(shipped))),
            kept.unwrap_or_default(),
        ),
    ]
}
