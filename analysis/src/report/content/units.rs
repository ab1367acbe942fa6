//! The units: how many each variant has, and how they came.

use super::{days, others, place};
use crate::{
    report::{
        chart::{Bars, Chart, Columns, Curve, Lines, Unit},
        document::{Block, Cell, Figure, Table},
        number, words,
    },
    results::{Exposures, Results, UnitsOfDay, VariantSummary},
};

pub(super) fn lead(results: &Results) -> String {
    format!("Source: {}.", words::source(results.source))
}

pub(super) fn blocks(results: &Results) -> Vec<Block> {
    let mut blocks = vec![Block::Table(variants(results)), Block::Table(sample_ratio(results))];
    let figures = figures(results);
    if !figures.is_empty() {
        blocks.push(Block::Figures(figures));
    }
    blocks
}

fn variants(results: &Results) -> Table {
    let has_exposures = results.variants.iter().any(|variant| variant.exposures.is_some());
    let mut titles = vec!["Variant", "#Units"];
    if has_exposures {
        titles.extend(["#Exposures", "#Verified", "#Moved since"]);
    }
    titles.push("#In two variants");
    let mut table = Table::new(titles);
    for variant in &results.variants {
        let mut row = vec![name(variant), number::thousands(variant.units).into()];
        if has_exposures {
            let exposures = variant.exposures.as_ref();
            row.extend([
                Cell::from(
                    exposures.map_or_else(|| "not known".to_owned(), |all| number::thousands(all.total)),
                ),
                exposures.map_or_else(|| "not known".to_owned(), verified).into(),
                number::thousands(variant.units_moved).into(),
            ]);
        }
        row.push(number::thousands(variant.units_in_two_variants).into());
        table.row(row);
    }
    table
}

/// The share that replay confirms, where there is anything to replay by.
fn verified(exposures: &Exposures) -> String {
    match exposures.verified_share {
        None => "no exposures".to_owned(),
        Some(_) if !exposures.is_verifiable() => "not verifiable".to_owned(),
        Some(share) => number::percent(share),
    }
}

fn name(variant: &VariantSummary) -> Cell {
    let is_said = variant.variant == "control" || !variant.is_control;
    Cell::over(variant.variant.clone(), if is_said { "" } else { "control" })
}

fn sample_ratio(results: &Results) -> Table {
    let checks = &results.sample_ratio;
    let mut table = Table::new(["Sample ratio", "Test"]);
    table.row(["over the units that count".to_owned(), words::sample_ratio(&checks.after_exclusions)]);
    if checks.before_exclusions != checks.after_exclusions {
        table.row(["over all exposed units".to_owned(), words::sample_ratio(&checks.before_exclusions)]);
    }
    table
}

fn figures(results: &Results) -> Vec<Figure> {
    let growth = &results.growth;
    if growth.len() < 2 {
        return Vec::new();
    }
    let names: Vec<&str> = std::iter::once(results.control.as_str()).chain(others(results)).collect();
    let of =
        |units: &std::collections::BTreeMap<String, u64>, name: &str| units.get(name).copied().unwrap_or(0);
    let at = |day: &UnitsOfDay| days::distance(&growth[0].day, &day.day);
    let table = |count: &dyn Fn(&UnitsOfDay, &str) -> u64| {
        let titles = names.iter().map(|name| format!("#{name}"));
        let mut table = Table::new(std::iter::once("Day".to_owned()).chain(titles));
        for day in days::shown(growth) {
            let counts = names.iter().map(|name| number::thousands(count(day, name)));
            table.row(std::iter::once(day.day.clone()).chain(counts));
        }
        table
    };
    let so_far = Figure {
        title: "Units so far".to_owned(),
        description: "The units of each variant up to each day.".to_owned(),
        note: String::new(),
        chart: Chart::Lines(Lines {
            curves: names
                .iter()
                .map(|name| Curve {
                    name: (*name).to_owned(),
                    colour: place(results, name),
                    points: growth
                        .iter()
                        .map(|day| (at(day), number::approximate(of(&day.all, name))))
                        .collect(),
                    band: Vec::new(),
                })
                .collect(),
            unit: Unit(""),
            below: days::below(growth.iter().map(|day| day.day.as_str())),
            levels: vec![crate::report::chart::Mark { at: 0.0, words: String::new() }],
            uprights: Vec::new(),
        }),
        table: table(&|day, name| of(&day.all, name)),
    };
    let last = growth.len() - 1;
    let middles = [0, last / 2, last];
    let new = Figure {
        title: "New units".to_owned(),
        description: "The units of each variant that entered on each day.".to_owned(),
        note: String::new(),
        chart: Chart::Bars(Bars {
            columns: names
                .iter()
                .map(|name| Columns {
                    name: (*name).to_owned(),
                    colour: place(results, name),
                    heights: growth.iter().map(|day| number::approximate(of(&day.new, name))).collect(),
                })
                .collect(),
            unit: Unit(""),
            below: middles
                .into_iter()
                .map(|index| (number::approximate(index as u64) + 0.5, days::short(&growth[index].day)))
                .collect(),
        }),
        table: table(&|day, name| of(&day.new, name)),
    };
    vec![so_far, new]
}
