//! What stands beside the plain comparisons: sharpened, at any time, Bayesian, and what could be found at all.

use super::{NONE, p, percent, quantity, table, thousands};
use edgewise_analysis::{
    report::{
        number::{Amount, duration, ends, lift, plain},
        words,
    },
    results::{MetricComparison, MetricResult, Randomisation, Results},
};
use edgewise_stats::{Comparison, Quantity};

/// The other analyses of each comparison.
pub(super) fn analyses(results: &Results) -> String {
    let mut rows = Vec::new();
    for metric in &results.metrics {
        for comparison in &metric.comparisons {
            rows.extend(of_comparison(metric, comparison));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    table(["metric", "variant", "analysis", "difference", "lift", "p"], rows)
}

fn of_comparison(metric: &MetricResult, comparison: &MetricComparison) -> Vec<[String; 6]> {
    let amount = Amount::of(metric.kind);
    let row = |analysis: String, of: &Quantity, relative: &Quantity, p: String| {
        let difference = quantity(of, |value| amount.difference(value));
        let unit = if difference == NONE { "" } else { amount.unit() };
        [
            metric.metric.clone(),
            comparison.variant.clone(),
            analysis,
            format!("{difference}{unit}"),
            quantity(relative, lift),
            p,
        ]
    };
    let tested = |analysis: String, of: &Comparison| {
        row(analysis, &of.difference, &of.lift, p(of.test.map(|test| test.p)))
    };
    let mut rows = Vec::new();
    if let Some(covariate) = &comparison.covariate {
        let saved = covariate.variance_reduction.map(|share| format!(", variance -{}", percent(share)));
        let analysis = format!("CUPED, {}{}", duration(covariate.seconds), saved.unwrap_or_default());
        rows.push(tested(analysis, &covariate.comparison));
    }
    if let Some(rate) = &comparison.rate {
        rows.push(tested("event rates (Poisson)".to_owned(), rate));
    }
    if let Some(sequential) = &comparison.sequential {
        let crossed = if sequential.crossed { "crossed" } else { "not crossed" };
        let analysis = format!("{}: {crossed}", words::sequential(sequential.method));
        rows.push(row(analysis, &sequential.difference, &sequential.lift, p(sequential.p)));
    }
    if let Some(randomisation) = &comparison.randomisation {
        let (analysis, p) = match randomisation {
            Randomisation::Tested { test, .. } => {
                (format!("{} redraws of the variants", thousands(test.redraws)), p(Ok(test.p)))
            }
            Randomisation::Refused { refusal, .. } => (format!("no redraws: {refusal}"), NONE.to_owned()),
            Randomisation::Absent(absent) => (format!("no redraws: {absent}"), NONE.to_owned()),
        };
        rows.push([
            metric.metric.clone(),
            comparison.variant.clone(),
            analysis,
            NONE.to_owned(),
            NONE.to_owned(),
            p,
        ]);
    }
    rows
}

/// The Bayesian answers.
pub(super) fn bayesian(results: &Results) -> String {
    let mut rows = Vec::new();
    for metric in &results.metrics {
        let amount = Amount::of(metric.kind);
        // A loss is no change: it has no sign.
        let loss = |loss: Option<f64>| {
            let text = loss.map(|loss| format!("{}{}", amount.difference(loss), amount.unit()));
            text.map_or_else(|| NONE.to_owned(), |text| text.trim_start_matches('+').to_owned())
        };
        for comparison in &metric.comparisons {
            rows.extend(comparison.bayesian.as_ref().map(|bayesian| {
                [
                    metric.metric.clone(),
                    comparison.variant.clone(),
                    percent(bayesian.probability_better),
                    bayesian.lift.map_or_else(|| NONE.to_owned(), |interval| ends(&interval, lift)),
                    loss(bayesian.expected_loss),
                    loss(bayesian.expected_loss_of_control),
                    words::model(bayesian.model),
                ]
            }));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let header =
        ["metric", "variant", "probability better", "lift", "loss if shipped", "loss if kept", "model"];
    table(header, rows)
}

/// What the experiment can find.
pub(super) fn power(results: &Results) -> String {
    let of = |metric: &MetricResult| {
        let power = metric.power.as_ref()?;
        let none = || NONE.to_owned();
        Some([
            metric.metric.clone(),
            percent(power.minimum_effect),
            power.current.map_or_else(none, percent),
            power.detectable.map_or_else(none, percent),
            power.units_for_80.map_or_else(none, thousands),
            power.units_for_95.map_or_else(none, thousands),
            power.days_for_80.map_or_else(none, |days| plain(days.ceil())),
        ])
    };
    let rows: Vec<_> = results.metrics.iter().filter_map(of).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = [
        "metric",
        "effect",
        "power now",
        "detectable with 80%",
        "units a variant for 80%",
        "for 95%",
        "days to 80%",
    ];
    table(header, rows)
}
