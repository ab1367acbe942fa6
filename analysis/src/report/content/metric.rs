//! One metric: its variants, every analysis of them, and its charts.

use super::{
    about, amounts, count, days, distribution, feedback, findings, funnel, number, percent, power,
    since_exposure,
};
use crate::{
    plan::Role,
    report::{
        document::{Block, Cell, Fold, Table, Tone},
        number::Amount,
        reading::Reading,
        words,
    },
    results::{MetricComparison, MetricResult, MetricVariant, Randomisation, Results},
};
use edgewise_stats::Comparison;

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    results.metrics.iter().map(|metric| Block::Fold(fold(results, metric))).collect()
}

fn fold(results: &Results, metric: &MetricResult) -> Fold {
    Fold {
        title: metric.metric.clone(),
        marks: marks(results, metric),
        is_open: metric.role == Role::Primary,
        blocks: details(results, metric),
    }
}

/// What the metric says of each variant, in a word.
fn marks(results: &Results, metric: &MetricResult) -> Vec<(Tone, String)> {
    if metric.absent.is_some() {
        return vec![(Tone::Caution, "no estimate".to_owned())];
    }
    let several = metric.comparisons.len() > 1;
    let mark = |comparison: &MetricComparison| {
        let reading = Reading::of(metric, comparison, results.alpha);
        let (tone, word) = match comparison.guardrail {
            Some(guardrail) => (
                findings::state_tone(guardrail.state),
                guardrail.state.map_or("cannot be judged", words::guardrail),
            ),
            None => (findings::tone(reading), reading.words()),
        };
        (tone, if several { format!("{}: {word}", comparison.variant) } else { word.to_owned() })
    };
    metric.comparisons.iter().map(mark).collect()
}

fn details(results: &Results, metric: &MetricResult) -> Vec<Block> {
    let mut blocks = vec![Block::Words(definition(metric))];
    if let Some(absent) = &metric.absent {
        blocks.push(Block::Words(format!("There is no estimate: {}.", absent.because)));
        return blocks;
    }
    blocks.push(Block::Table(variants(metric)));
    if !metric.comparisons.is_empty() {
        blocks.push(Block::Table(analyses(metric)));
    }
    blocks.extend(balance(metric));
    let parts = metric
        .comparisons
        .iter()
        .flat_map(|comparison| comparison.absent.iter().map(|part| (comparison.variant.clone(), part)));
    blocks.extend(super::absent_parts(parts));
    let tiles = power::tiles(metric);
    if !tiles.is_empty() {
        blocks.push(Block::Tiles(tiles));
    }
    blocks.extend(power::looks(metric).map(Block::Words));
    blocks.extend(power::absent(metric));
    let mut figures = days::figures(results, metric);
    figures.extend(since_exposure::figure(results, metric));
    figures.extend(feedback::figure(metric));
    figures.extend(distribution::figure(results, metric));
    figures.extend(power::figure(metric));
    if !figures.is_empty() {
        blocks.push(Block::Figures(figures));
    }
    blocks.extend(days::thinned(metric.days.len()).map(Block::Words));
    blocks.extend(since_exposure::words(metric).map(Block::Words));
    blocks.extend(funnel::blocks(results, metric));
    blocks.extend(metric.sample_ratio.as_ref().map(|tested| {
        Block::Words(format!(
            "Sample ratio of the units that this metric counts: {}.",
            words::sample_ratio(tested)
        ))
    }));
    blocks
}

fn definition(metric: &MetricResult) -> String {
    let mut parts = vec![about(metric)];
    parts.extend(
        metric.window_seconds.map(|window| format!("{} from the first exposure", number::duration(window))),
    );
    parts.push(words::silent(metric.silent).to_owned());
    parts.join(" · ")
}

fn variants(metric: &MetricResult) -> Table {
    let amount = Amount::of(metric.kind);
    let has = |what: fn(&MetricVariant) -> bool| metric.variants.iter().any(what);
    let (deviation, silent, immature) = (
        has(|variant| variant.standard_deviation.is_some()),
        has(|variant| variant.silent_units > 0),
        has(|variant| variant.immature_units > 0),
    );
    let levels: Vec<(f64, &str)> =
        [(0.5, "Median"), (0.75, "p75"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99")]
            .into_iter()
            .filter(|(level, _)| {
                metric
                    .variants
                    .iter()
                    .any(|variant| distribution::level(metric, &variant.variant, *level).is_some())
            })
            .collect();
    let own = if amount.unit().is_empty() { "#Mean" } else { "#Rate" };
    let mut titles = vec!["Variant".to_owned(), "#Units".to_owned(), own.to_owned()];
    titles.extend(deviation.then(|| "#Deviation".to_owned()));
    titles.extend(levels.iter().map(|(_, title)| format!("#{title}")));
    titles.extend(silent.then(|| "#Without events".to_owned()));
    titles.extend(immature.then(|| "#Not in yet".to_owned()));
    let mut table = Table::new(titles);
    for variant in &metric.variants {
        let mut row = vec![
            Cell::from(variant.variant.clone()),
            number::thousands(variant.n).into(),
            amounts::quantity(&variant.mean, |value| amounts::own(amount, value)),
        ];
        let text = |value: Option<f64>| {
            Cell::from(
                value.map_or_else(|| "not known".to_owned(), |value| amounts::minus(&number::plain(value))),
            )
        };
        row.extend(deviation.then(|| text(variant.standard_deviation)));
        row.extend(
            levels.iter().map(|(level, _)| text(distribution::level(metric, &variant.variant, *level))),
        );
        row.extend(silent.then(|| number::thousands(variant.silent_units).into()));
        row.extend(immature.then(|| number::thousands(variant.immature_units).into()));
        table.row(row);
    }
    table
}

/// Every analysis of each comparison, the deciding one marked.
fn analyses(metric: &MetricResult) -> Table {
    let mut table = Table::new(["Variant", "Analysis", "#Difference", "#Lift", "#p"]);
    for comparison in &metric.comparisons {
        table.rows.extend(of_comparison(metric, comparison));
    }
    table
}

fn of_comparison(metric: &MetricResult, comparison: &MetricComparison) -> Vec<Vec<Cell>> {
    let amount = Amount::of(metric.kind);
    let difference = |value: f64| amounts::difference(amount, value);
    let row = |name: Cell, of: &Comparison| {
        vec![
            comparison.variant.clone().into(),
            name,
            amounts::quantity(&of.difference, difference),
            amounts::quantity(&of.lift, amounts::lift),
            amounts::p(of.test.map(|test| test.p)),
        ]
    };
    let strata = match comparison.strata {
        0 | 1 => String::new(),
        strata => format!("within {}", count(strata as u64, "epoch")),
    };
    let plain = if comparison.covariate.is_some() { "Unadjusted" } else { "Plain" };
    let mut rows = vec![row(Cell::over(plain, strata), &comparison.comparison)];
    if let (Some(adjusted), Some(p)) = (comparison.adjusted_p, rows[0].last_mut()) {
        let adjusted_p = amounts::minus(&number::p_value(adjusted.p));
        p.below = format!("{adjusted_p} by {}", words::procedure(adjusted.procedure));
    }
    if let Some(covariate) = &comparison.covariate {
        let before = format!("{} before exposure", number::duration(covariate.seconds));
        let saved =
            covariate.variance_reduction.map(|share| format!(", variance \u{2212}{}", percent(share)));
        let name = Cell::over(
            "With the past of the units (CUPED)",
            format!("{before}{}", saved.unwrap_or_default()),
        );
        rows.push(row(name, &covariate.comparison));
    }
    if let Some(rate) = &comparison.rate {
        rows.push(row(
            Cell::over("Event rates (Poisson)", "holds where a unit's events do not cluster"),
            rate,
        ));
    }
    if let Some(sequential) = &comparison.sequential {
        let crossed = if sequential.crossed { "boundary crossed" } else { "boundary not crossed" };
        let information =
            sequential.information.map(|share| format!(", {} of the information is in", percent(share)));
        let name = Cell::over(
            format!("Looked at early: {crossed}"),
            format!("{}{}", words::sequential(sequential.method), information.unwrap_or_default()),
        );
        rows.push(vec![
            comparison.variant.clone().into(),
            name,
            amounts::quantity(&sequential.difference, difference),
            amounts::quantity(&sequential.lift, amounts::lift),
            amounts::p(sequential.p),
        ]);
    }
    rows.extend(comparison.randomisation.as_ref().map(|found| {
        let (name, p) = randomisation(found);
        vec![comparison.variant.clone().into(), name, Cell::from(""), Cell::from(""), p]
    }));
    rows
}

/// The test that draws the variants again, and its p value or why there is none.
fn randomisation(found: &Randomisation) -> (Cell, Cell) {
    const NAME: &str = "Variants drawn again (randomisation test)";
    match found {
        Randomisation::Tested { test, seed, units_redrawn, .. } => {
            let how = format!(
                "{} of {}, seed {seed}",
                count(test.redraws, "redraw"),
                count(*units_redrawn, "unit")
            );
            let p = |value: f64| {
                if value <= 0.0 { "0".to_owned() } else { amounts::minus(&number::p_value(value)) }
            };
            (Cell::over(NAME, how), Cell::over(p(test.p), amounts::interval(&test.p_interval, p)))
        }
        Randomisation::Refused { because, .. } => (Cell::from(NAME), Cell::over("no p value", because)),
        Randomisation::Absent(absent) => (Cell::from(NAME), amounts::missing("no p value", *absent)),
    }
}

/// Whether the variants were alike before.
fn balance(metric: &MetricResult) -> Vec<Block> {
    let told = metric.comparisons.iter().filter_map(|comparison| {
        let balance = comparison.covariate.as_ref()?.balance.as_ref()?;
        let words = match &balance.joint {
            Ok(joint) => format!("p = {}", number::p_value(joint.p)),
            Err(absent) => absent.to_string(),
        };
        Some(format!("{}: {words}", comparison.variant))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return Vec::new();
    }
    vec![Block::Words(format!("Alike before the experiment? {}. A small p says no.", told.join("; ")))]
}
