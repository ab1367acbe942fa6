//! Results as text for people.

use comfy_table::{Table, presets};
use edgewise_analysis::{
    plan::Role,
    results::{
        EventCounts, Kind, MetricComparison, MetricResult, MetricVariant, Results, Severity, VariantSummary,
    },
};
use edgewise_stats::{Estimate, Interval, Method, Quantity, trust::SampleRatio};

/// The results as text: variants, sample ratio, metrics, what was left out, what to know.
///
/// Rates and lifts are per cent, differences of rates are percentage points; estimates stand before the interval of
/// their confidence level.
pub fn render(results: &Results) -> String {
    let sections = [
        ("Units", variants(results)),
        ("Sample ratio", sample_ratio(results)),
        ("Metrics", metrics(results)),
        ("Left out", exclusions(results)),
        ("To know", warnings(results)),
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

fn variants(results: &Results) -> String {
    let name = |variant: &VariantSummary| {
        if variant.is_control { format!("{} (control)", variant.variant) } else { variant.variant.clone() }
    };
    let common = |variant: &VariantSummary| {
        [name(variant), thousands(variant.units), thousands(variant.units_in_two_variants)]
    };
    if results.variants.iter().all(|variant| variant.exposures.is_none()) {
        return table(["variant", "units", "in two variants"], results.variants.iter().map(common).collect());
    }
    let row = |variant: &VariantSummary| {
        let exposures = variant.exposures.as_ref();
        let [name, units, in_two_variants] = common(variant);
        [
            name,
            units,
            exposures.map_or_else(none, |exposures| thousands(exposures.total)),
            exposures.and_then(|exposures| exposures.verified_share).map_or_else(none, percent),
            thousands(variant.units_moved),
            in_two_variants,
        ]
    };
    let header = ["variant", "units", "exposures", "verified", "moved", "in two variants"];
    table(header, results.variants.iter().map(row).collect())
}

fn sample_ratio(results: &Results) -> String {
    let checks = &results.sample_ratio;
    let after = one_sample_ratio(&checks.after_exclusions);
    if checks.before_exclusions == checks.after_exclusions {
        return format!("  {after}");
    }
    format!(
        "  units that count: {after}\n  all exposed units: {}",
        one_sample_ratio(&checks.before_exclusions)
    )
}

fn one_sample_ratio(tested: &SampleRatio) -> String {
    match tested {
        SampleRatio::Tested { chi_square, df, p, .. } => {
            format!("chi-square = {chi_square:.2} with {df} df, p = {}", p_value(*p))
        }
        SampleRatio::Impossible { units, .. } => format!("{units} units are in variants that get none"),
        SampleRatio::Untestable(reason) => format!("not tested: {reason}"),
        _ => NONE.to_owned(),
    }
}

fn metrics(results: &Results) -> String {
    let mut rows = Vec::new();
    for metric in &results.metrics {
        let name = format!("{} ({})", metric.metric, role(metric.role));
        if metric.absent.is_some() {
            rows.push([
                name,
                NONE.to_owned(),
                NONE.to_owned(),
                "absent, see below".to_owned(),
                none(),
                none(),
                none(),
            ]);
            continue;
        }
        for (index, variant) in metric.variants.iter().enumerate() {
            let comparison =
                metric.comparisons.iter().find(|comparison| comparison.variant == variant.variant);
            let name = if index == 0 { name.clone() } else { String::new() };
            rows.push(metric_row(name, metric.kind, variant, comparison));
        }
    }
    let table = table(["metric", "variant", "n", "mean or rate", "difference", "lift", "p"], rows);
    std::iter::once(table).chain(assumptions(results)).collect::<Vec<_>>().join("\n")
}

/// Which tests gave the p values, and what they take for granted: a line each.
fn assumptions(results: &Results) -> Vec<String> {
    let comparisons = || results.metrics.iter().flat_map(|metric| &metric.comparisons);
    let uses = |method| comparisons().any(|comparison| comparison.comparison.method == method);
    let said = [
        (Method::TwoProportionZ, "rates: two-proportion z test, two-sided, with the pooled rate"),
        (Method::WelchT, "means: Welch's t test, two-sided; variances may differ, means are taken as normal"),
        (Method::PooledT, "means: Student's t test, two-sided; equal variances, means are taken as normal"),
    ];
    said.into_iter().filter(|(method, _)| uses(*method)).map(|(_, words)| format!("  p of {words}")).collect()
}

fn metric_row(
    name: String,
    kind: Kind,
    variant: &MetricVariant,
    comparison: Option<&MetricComparison>,
) -> [String; 7] {
    let difference = |value: f64| match kind {
        Kind::Binary | Kind::Funnel => signed(value * 100.0),
        _ => signed(value),
    };
    let lift = |value: f64| format!("{}%", signed(value * 100.0));
    let own = |value: f64| match kind {
        Kind::Binary | Kind::Funnel => format!("{}%", plain(value * 100.0)),
        _ => plain(value),
    };
    [
        name,
        variant.variant.clone(),
        thousands(variant.n),
        quantity(&variant.mean, own),
        comparison.map_or_else(none, |comparison| {
            let unit = if matches!(kind, Kind::Binary | Kind::Funnel) { " pp" } else { "" };
            format!("{}{unit}", quantity(&comparison.comparison.difference, difference))
        }),
        comparison.map_or_else(none, |comparison| quantity(&comparison.comparison.lift, lift)),
        comparison
            .map_or_else(none, |comparison| estimate(&comparison.comparison.test, |test| p_value(test.p))),
    ]
}

fn exclusions(results: &Results) -> String {
    let line = |count: u64, what: &str| format!("  {:>9}  {what}", thousands(count));
    let of_all = results.exclusions.iter().map(|exclusion| match exclusion.action {
        "" => line(exclusion.count, &exclusion.what),
        action => line(exclusion.count, &format!("{} ({action})", exclusion.what)),
    });
    let of_variants = results.variants.iter().flat_map(|variant| {
        let exposures = variant.exposures.iter();
        let causes = exposures.flat_map(|exposures| {
            let mismatched =
                exposures.mismatched.iter().map(|(cause, count)| (format!("another {}", code(cause)), count));
            mismatched.chain(exposures.unverifiable.iter().map(|(cause, count)| (code(cause), count)))
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

fn warnings(results: &Results) -> String {
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

/// The stable word of a cause, as JSON has it.
fn code(cause: &impl serde::Serialize) -> String {
    serde_json::to_value(cause).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Secondary => "secondary",
        Role::Guardrail => "guardrail",
    }
}

fn quantity(quantity: &Quantity, format: impl Fn(f64) -> String) -> String {
    let Ok(estimate) = quantity.estimate else { return NONE.to_owned() };
    match quantity.interval {
        Ok(interval) => format!("{} {}", format(estimate), ends(&interval, format)),
        Err(_) => format(estimate),
    }
}

fn ends(interval: &Interval, format: impl Fn(f64) -> String) -> String {
    format!("[{}, {}]", format(interval.lower()), format(interval.upper()))
}

fn estimate<T>(estimate: &Estimate<T>, format: impl Fn(&T) -> String) -> String {
    estimate.as_ref().map_or_else(|_| NONE.to_owned(), format)
}

fn none() -> String {
    NONE.to_owned()
}

pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

/// Four significant digits, or all digits before the point where these are more.
pub(crate) fn plain(value: f64) -> String {
    let digits_before = value.abs().max(f64::MIN_POSITIVE).log10().floor() + 1.0;
    let places = (4.0 - digits_before).clamp(0.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
    let places = places as usize;
    format!("{value:.places$}")
}

pub(crate) fn signed(value: f64) -> String {
    let text = plain(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { format!("{p:.1e}") } else { format!("{p:.4}") }
}

pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    // The cells' own padding is the left margin; what pads the last column is not.
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_four_digits() {
        assert_eq!(plain(51.872_435), "51.87");
        assert_eq!(plain(0.000_123_456), "0.0001235");
        assert_eq!(plain(123_456.7), "123457");
        assert_eq!(plain(0.0), "0.000000000");
        assert_eq!(signed(-0.82), "-0.8200");
        assert_eq!(percent(0.190_201), "19.02%");
        assert_eq!(percent(0.95), "95%");
        assert_eq!(p_value(0.008_61), "0.0086");
        assert_eq!(p_value(3.2e-9), "3.2e-9");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
    }
}
