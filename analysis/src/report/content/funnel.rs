//! A funnel: how far units come, and where they drop off.

use super::{amounts, findings, p_words, place};
use crate::{
    report::{
        chart::{Bar, Chart, Step, Steps},
        document::{Block, Cell, Figure, Table},
        number::{self, Amount},
        reading::Reading,
    },
    results::{Funnel, FunnelStep, Kind, MetricComparison, MetricResult, Results},
};

pub(super) fn blocks(results: &Results, metric: &MetricResult) -> Vec<Block> {
    let Some(funnel) = metric.funnel.as_ref().filter(|funnel| !funnel.steps.is_empty()) else {
        return Vec::new();
    };
    let mut blocks = vec![Block::Figures(vec![figure(results, metric, funnel)])];
    blocks.extend(comparisons(results, metric, funnel).map(Block::Table));
    blocks
}

fn figure(results: &Results, metric: &MetricResult, funnel: &Funnel) -> Figure {
    let rate = Amount::of(Kind::Funnel);
    let step = |step: &FunnelStep| {
        let bars = step.variants.iter().map(|of| {
            let share = of.of_all.estimate.ok();
            let words = share.map_or_else(|| "no estimate".to_owned(), |share| amounts::own(rate, share));
            Bar {
                name: of.variant.clone(),
                colour: place(results, &of.variant),
                share: share.unwrap_or(0.0),
                words: format!("{words} · {}", number::thousands(of.units)),
            }
        });
        Step { name: step.step.clone(), bars: bars.collect() }
    };
    Figure {
        title: "How far units come".to_owned(),
        description: format!("The share of all units that reach each step of {}.", metric.metric),
        note: "The share of all units, and how many they are.".to_owned(),
        chart: Chart::Steps(Steps { steps: funnel.steps.iter().map(step).collect() }),
        table: table(funnel),
    }
}

fn table(funnel: &Funnel) -> Table {
    let rate = Amount::of(Kind::Funnel);
    let mut table =
        Table::new(["Step", "Variant", "#Units", "#Of all", "#Of the step before", "#Dropped before it"]);
    for step in &funnel.steps {
        for of in &step.variants {
            table.row([
                Cell::from(step.step.clone()),
                of.variant.clone().into(),
                number::thousands(of.units).into(),
                amounts::quantity(&of.of_all, |share| amounts::own(rate, share)),
                amounts::quantity(&of.of_the_step_before, |share| amounts::own(rate, share)),
                number::thousands(of.dropped).into(),
            ]);
        }
    }
    table
}

/// Where the variants differ from step to step.
fn comparisons(results: &Results, metric: &MetricResult, funnel: &Funnel) -> Option<Table> {
    let mut table = Table::new(["Step", "Variant", "#Of the step before, lift", "#p", "Says"]);
    for step in &funnel.steps {
        for comparison in &step.comparisons {
            table.rows.push(row(results, metric, step, comparison));
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn row(
    results: &Results,
    metric: &MetricResult,
    step: &FunnelStep,
    comparison: &MetricComparison,
) -> Vec<Cell> {
    let reading = Reading::of(metric, comparison, results.alpha);
    vec![
        step.step.clone().into(),
        comparison.variant.clone().into(),
        amounts::quantity(&comparison.deciding().lift, amounts::lift),
        match comparison.adjusted_p {
            Some(adjusted) => Cell::from(p_words(adjusted.p)),
            None => amounts::p(comparison.deciding().test.map(|test| test.p)),
        },
        Cell::from(reading.words()).toned(findings::tone(reading)),
    ]
}
