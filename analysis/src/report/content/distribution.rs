//! How the units' numbers are spread.

use super::{amounts, place};
use crate::{
    report::{
        chart::{Bars, Chart, Columns, Unit},
        document::{Cell, Figure, Table},
        number::{self, Amount},
    },
    results::{Distribution, MetricResult, Results, VariantDistribution},
};

/// How many edges of bins stand below the chart.
const WORDS_BELOW: usize = 5;

pub(super) fn figure(results: &Results, metric: &MetricResult) -> Option<Figure> {
    let distribution = metric.distribution.as_ref().filter(|all| !all.bins.is_empty())?;
    let columns = |of: &VariantDistribution| Columns {
        name: of.variant.clone(),
        colour: place(results, &of.variant),
        heights: shares(of).map(|share| share * 100.0).collect(),
    };
    Some(Figure {
        title: "How units are spread".to_owned(),
        description: format!("The share of each variant's units by their {}.", metric.metric),
        note: String::new(),
        chart: Chart::Bars(Bars {
            columns: distribution.variants.iter().map(columns).collect(),
            unit: Unit("%"),
            below: below(metric, distribution),
        }),
        table: table(metric, distribution),
    })
}

/// The share of a variant's units in each bin.
fn shares(of: &VariantDistribution) -> impl Iterator<Item = f64> {
    let all = number::approximate(of.units.iter().sum::<u64>().max(1));
    of.units.iter().map(move |units| number::approximate(*units) / all)
}

fn below(metric: &MetricResult, distribution: &Distribution) -> Vec<(f64, String)> {
    let bins = &distribution.bins;
    let edges: Vec<f64> = bins.iter().map(|bin| bin.from).chain(bins.last().map(|bin| bin.to)).collect();
    let last = edges.len() - 1;
    let parts = last.clamp(1, WORDS_BELOW - 1);
    let mut places: Vec<usize> = (0..=parts).map(|part| part * last / parts).collect();
    places.dedup();
    let amount = Amount::of(metric.kind);
    places
        .into_iter()
        .map(|place| (number::approximate(place as u64), amounts::own(amount, edges[place])))
        .collect()
}

fn table(metric: &MetricResult, distribution: &Distribution) -> Table {
    let amount = Amount::of(metric.kind);
    let names = distribution.variants.iter().map(|of| format!("#{}", of.variant));
    let mut table = Table::new(std::iter::once("Numbers".to_owned()).chain(names));
    for (index, bin) in distribution.bins.iter().enumerate() {
        let units = distribution.variants.iter().map(|of| of.units.get(index).copied().unwrap_or(0));
        let ends = format!("{} to {}", amounts::own(amount, bin.from), amounts::own(amount, bin.to));
        table.row(std::iter::once(ends).chain(units.map(number::thousands)).map(Cell::from));
    }
    table
}

/// A level of a variant's units: the median is 0.5.
pub(super) fn level(metric: &MetricResult, variant: &str, level: f64) -> Option<f64> {
    let of = metric.distribution.as_ref()?.variants.iter().find(|of| of.variant == variant)?;
    of.levels.iter().find(|at| (at.level - level).abs() < 1e-9).map(|at| at.value)
}
