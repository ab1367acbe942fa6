//! Day by day: each day's own units, and everybody so far.

use super::{amounts, place};
use crate::{
    report::{
        chart::{Band, Chart, Curve, Lines, Mark, Unit},
        document::{Cell, Figure, Table},
        number::Amount,
    },
    results::{MetricComparison, MetricDay, MetricResult, Results},
};
use edgewise_stats::{Interval, Quantity};
use jiff::civil::Date;

/// Tables have a row a day for so many days; for more of them a row a week, and cumulative charts a point every
/// other day.
const MONTH: usize = 31;

/// Days from one row to the next where there are more.
const WEEK: usize = 7;

/// How many days stand below a chart.
const WORDS_BELOW: usize = 4;

/// A metric's charts over days.
pub(super) fn figures(results: &Results, metric: &MetricResult) -> Vec<Figure> {
    if metric.days.len() < 2 {
        return Vec::new();
    }
    [cumulative(results, metric), daily(results, metric)].into_iter().flatten().collect()
}

/// The lift of all units so far, with what holds for all days together where that is there.
fn cumulative(results: &Results, metric: &MetricResult) -> Option<Figure> {
    let has_sequence = metric.days.iter().flat_map(|day| &day.cumulative).any(|lift| lift.sequence.is_some());
    let interval = |lift: &Quantity, sequence: Option<Interval>| {
        if has_sequence { sequence } else { lift.interval.ok() }
    };
    let curve = |comparison: &MetricComparison| {
        let variant = &comparison.variant;
        let lifts = || {
            metric.days.iter().flat_map(|day| {
                let own = day.cumulative.iter().filter(|lift| lift.variant == *variant);
                own.map(|lift| (at(metric, day), lift))
            })
        };
        let band = |(at, ends): (f64, Interval)| Band {
            at,
            lower: ends.lower() * 100.0,
            upper: ends.upper() * 100.0,
        };
        Curve {
            name: variant.clone(),
            colour: place(results, variant),
            points: every_other(
                lifts().filter_map(|(at, lift)| Some((at, lift.lift.estimate.ok()? * 100.0))).collect(),
            ),
            band: every_other(
                lifts()
                    .filter_map(|(at, lift)| Some((at, interval(&lift.lift, lift.sequence)?)))
                    .filter(|(_, ends)| ends.lower().is_finite() && ends.upper().is_finite())
                    .map(band)
                    .collect(),
            ),
        }
    };
    let curves: Vec<Curve> =
        metric.comparisons.iter().map(curve).filter(|curve| !curve.points.is_empty()).collect();
    if curves.is_empty() {
        return None;
    }
    let what = if has_sequence { "confidence sequence" } else { "interval of a single look" };
    let mut header = vec!["Day".to_owned()];
    header.extend(curves.iter().flat_map(|curve| [format!("#{}", curve.name), format!("#{what}")]));
    let mut table = Table::new(header);
    for day in shown(&metric.days) {
        let of_curve = |curve: &Curve| {
            let lift = day.cumulative.iter().find(|lift| lift.variant == curve.name);
            let none = || Cell::from(String::new());
            lift.map_or_else(
                || [none(), none()],
                |lift| {
                    let ends = interval(&lift.lift, lift.sequence);
                    [
                        lift.lift
                            .estimate
                            .map_or_else(|_| "no estimate".into(), |lift| amounts::lift(lift).into()),
                        ends.map_or_else(none, |ends| amounts::interval(&ends, amounts::lift).into()),
                    ]
                },
            )
        };
        table.row(std::iter::once(Cell::from(day.day.clone())).chain(curves.iter().flat_map(of_curve)));
    }
    let bands = if has_sequence {
        "The band is a confidence sequence: it holds for all days together."
    } else {
        "The band is the interval of a single look: it does not hold for all days together."
    };
    Some(Figure {
        title: "Lift of everybody so far".to_owned(),
        description: format!("The lift of {} over all units up to each day.", metric.metric),
        note: bands.to_owned(),
        chart: Chart::Lines(Lines {
            curves,
            unit: Unit("%"),
            below: below(metric.days.iter().map(|day| day.day.as_str())),
            levels: vec![Mark { at: 0.0, words: String::new() }],
            uprights: Vec::new(),
        }),
        table,
    })
}

/// All of a month's points; of more every other one, up to the last: what is cumulative changes slowly.
fn every_other<T>(all: Vec<T>) -> Vec<T> {
    let step = if all.len() > MONTH { 2 } else { 1 };
    let first = all.len().saturating_sub(1) % step;
    all.into_iter().skip(first).step_by(step).collect()
}

/// Each day's own units.
fn daily(results: &Results, metric: &MetricResult) -> Option<Figure> {
    let amount = Amount::of(metric.kind);
    let factor = if amount.unit().is_empty() { 1.0 } else { 100.0 };
    let curve = |variant: &str| Curve {
        name: variant.to_owned(),
        colour: place(results, variant),
        points: metric
            .days
            .iter()
            .flat_map(|day| {
                let own = day.variants.iter().filter(|of| of.variant == variant);
                own.filter_map(|of| Some((at(metric, day), of.mean.estimate.ok()? * factor)))
            })
            .collect(),
        band: Vec::new(),
    };
    let variants = metric.variants.iter().map(|variant| variant.variant.as_str());
    let curves: Vec<Curve> = variants.map(curve).filter(|curve| !curve.points.is_empty()).collect();
    if curves.is_empty() {
        return None;
    }
    let mut table = Table::new(
        std::iter::once("Day".to_owned()).chain(curves.iter().map(|curve| format!("#{}", curve.name))),
    );
    for day in shown(&metric.days) {
        let of_curve = |curve: &Curve| {
            let own = day.variants.iter().find(|of| of.variant == curve.name);
            Cell::from(own.map_or_else(String::new, |of| {
                of.mean.estimate.map_or_else(|_| "no estimate".to_owned(), |mean| amounts::own(amount, mean))
            }))
        };
        table.row(std::iter::once(Cell::from(day.day.clone())).chain(curves.iter().map(of_curve)));
    }
    Some(Figure {
        title: "By day of first exposure".to_owned(),
        description: format!(
            "{} of the units that entered on each day, measured in their whole window.",
            metric.metric
        ),
        note: "Each day's own units, in their whole window.".to_owned(),
        chart: Chart::Lines(Lines {
            curves,
            unit: Unit(if amount.unit().is_empty() { "" } else { "%" }),
            below: below(metric.days.iter().map(|day| day.day.as_str())),
            levels: Vec::new(),
            uprights: Vec::new(),
        }),
        table,
    })
}

/// Where a day stands: its distance from the first one.
fn at(metric: &MetricResult, day: &MetricDay) -> f64 {
    metric.days.first().map_or(0.0, |first| distance(&first.day, &day.day))
}

/// Days from one day to another; 0 where one of them is none.
pub(super) fn distance(from: &str, to: &str) -> f64 {
    let days = from.parse::<Date>().and_then(|from| Ok((to.parse::<Date>()? - from).get_days()));
    days.map_or(0.0, f64::from)
}

/// How many days there are from one day to another, both counted.
pub(super) fn span(first: &str, last: &str) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole days of a calendar")]
    let days = distance(first, last).max(0.0) as u64;
    days + 1
}

/// A day in few letters: `Nov 21`.
pub(super) fn short(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |date| date.strftime("%b %-d").to_string())
}

/// A few of the days with their places, the first and the last among them.
pub(super) fn below<'a>(days: impl Iterator<Item = &'a str>) -> Vec<(f64, String)> {
    let days: Vec<&str> = days.collect();
    let Some(first) = days.first() else { return Vec::new() };
    let last = days.len() - 1;
    let parts = last.clamp(1, WORDS_BELOW - 1);
    let mut places: Vec<usize> = (0..=parts).map(|part| part * last / parts).collect();
    places.dedup();
    places.into_iter().map(|place| (distance(first, days[place]), short(days[place]))).collect()
}

/// The rows that a table shows: all days, or one a week up to the last one.
pub(super) fn shown<T>(days: &[T]) -> impl Iterator<Item = &T> {
    let step = if days.len() > MONTH { WEEK } else { 1 };
    days.iter().skip(days.len().saturating_sub(1) % step).step_by(step)
}

/// What is said where not every day has a row.
pub(super) fn thinned(days: usize) -> Option<String> {
    (days > MONTH).then(|| "Tables of days show one a week; the JSON form has all.".to_owned())
}
