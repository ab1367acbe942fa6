//! By what the results can be computed again.

use super::number;
use crate::{
    report::{
        document::{Block, Cell, Table},
        words,
    },
    results::{MetricComparison, Results},
};
use edgewise_stats::Method;

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let provenance = &results.provenance;
    let mut table = Table::new(["What", "How"]);
    for (what, how) in methods(results) {
        table.row([what, how]);
    }
    let mut row = |what: &str, how: &str| {
        if !how.is_empty() {
            table.row([Cell::from(what), Cell::from(how)]);
        }
    };
    row(
        "level",
        &format!(
            "{} of wrong alarms for each test, {} intervals",
            number::percent(results.alpha),
            number::percent(1.0 - results.alpha)
        ),
    );
    row("source", words::source(results.source));
    row("events up to", &results.watermark.map(|watermark| watermark.to_string()).unwrap_or_default());
    row("analysis plan", provenance.plan.as_deref().unwrap_or_default());
    row("rulesets", &provenance.rulesets.join(", "));
    row("edgewise", provenance.edgewise);
    row("layout of the JSON form", &format!("version {}", results.schema_version));
    vec![Block::Table(table)]
}

/// The tests that were used, each with what it was used for.
fn methods(results: &Results) -> Vec<(String, String)> {
    let mut used: Vec<Method> = Vec::new();
    let mut more: Vec<(String, String)> = Vec::new();
    let mut add = |method: Method| {
        if !used.contains(&method) {
            used.push(method);
        }
    };
    for comparison in results.metrics.iter().flat_map(|metric| &metric.comparisons) {
        add(comparison.comparison.method);
        if let Some(rate) = &comparison.rate {
            add(rate.method);
        }
        for line in beside(comparison) {
            if !more.contains(&line) {
                more.push(line);
            }
        }
    }
    let tests = used.into_iter().map(|method| (words::compared_by(method).to_owned(), words::method(method)));
    tests.chain(more).collect()
}

fn beside(comparison: &MetricComparison) -> Vec<(String, String)> {
    let lines = [
        comparison.covariate.as_ref().map(|covariate| {
            (
                "covariate",
                format!("CUPED by the {} before the first exposure", number::duration(covariate.seconds)),
            )
        }),
        comparison.adjusted_p.map(|adjusted| ("several tests", words::procedure(adjusted.procedure))),
        comparison.sequential.as_ref().map(|all| ("early looks", words::sequential(all.method).to_owned())),
        comparison.bayesian.as_ref().map(|bayesian| ("Bayesian model", words::model(bayesian.model))),
    ];
    lines.into_iter().flatten().map(|(what, how)| (what.to_owned(), how)).collect()
}
