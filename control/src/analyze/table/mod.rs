//! Results as text for people.

mod beside;
mod decision;
mod metrics;
mod notes;
mod units;

pub(crate) use edgewise_analysis::report::number::{percent, plain, signed, thousands};

use comfy_table::{Table, presets};
use edgewise_analysis::{
    report::number::{ends, p_value},
    results::Results,
};
use edgewise_stats::{Estimate, Quantity};

/// The results as text: the decision, variants, sample ratio, metrics and what stands beside them, what was left out,
/// what to know.
///
/// Rates and lifts are per cent, differences of rates are percentage points; estimates stand before the interval of
/// their confidence level.
pub fn render(results: &Results) -> String {
    let sections = [
        ("Decision", decision::decision(results)),
        ("Units", units::variants(results)),
        ("Sample ratio", units::sample_ratio(results)),
        ("Metrics", metrics::metrics(results)),
        ("Beside them", beside::analyses(results)),
        ("Bayesian", beside::bayesian(results)),
        ("Guardrails", metrics::guardrails(results)),
        ("Funnels", metrics::funnels(results)),
        ("Power", beside::power(results)),
        ("Health", decision::health(results)),
        ("Left out", notes::exclusions(results)),
        ("To know", notes::warnings(results)),
    ];
    let filled = sections.into_iter().filter(|(_, body)| !body.is_empty());
    let sections = filled.map(|(title, body)| format!("\n{title}\n{body}\n"));
    std::iter::once(heading(results)).chain(sections).collect()
}

/// What is written where there is no number.
pub(crate) const NONE: &str = "–";

fn heading(results: &Results) -> String {
    let mut parts = vec![
        results.experiment.clone(),
        format!("unit: {}", results.unit),
        format!("control: {}", results.control),
    ];
    parts.extend(
        results
            .iteration
            .filter(|iteration| *iteration > 1)
            .map(|iteration| format!("iteration {iteration}")),
    );
    parts.push(format!("{} intervals", percent(1.0 - results.alpha)));
    parts.extend(results.watermark.map(|watermark| format!("events up to {watermark:.0}")));
    format!("{}\n", parts.join(" · "))
}

fn quantity(quantity: &Quantity, format: impl Fn(f64) -> String) -> String {
    let Ok(estimate) = quantity.estimate else { return NONE.to_owned() };
    match quantity.interval {
        Ok(interval) => format!("{} {}", format(estimate), ends(&interval, format)),
        Err(_) => format(estimate),
    }
}

fn p(estimate: Estimate<f64>) -> String {
    estimate.map_or_else(|_| NONE.to_owned(), p_value)
}

fn none() -> String {
    NONE.to_owned()
}

/// A table without lines; nothing where it has no rows.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows = rows.into_iter().map(Vec::from).collect();
    wide_table(header.map(str::to_owned).to_vec(), rows)
}

/// The same where the number of columns depends on the results.
fn wide_table(header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    // The cells' own padding is the left margin; what pads the last column is not.
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
