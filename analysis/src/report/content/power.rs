//! What the experiment can find.

use super::{count, percent};
use crate::{
    report::{
        chart::{Chart, Curve, Lines, Mark, Unit, round_places},
        document::{Block, Figure, Table, Tile},
        number,
    },
    results::{MetricResult, SequentialMethod},
};

/// The power that plans aim at, in per cent.
const AIM: f64 = 80.0;

/// The table behind the curve has at most so many rows, evenly taken from it.
const MOST_ROWS: usize = 13;

pub(super) fn tiles(metric: &MetricResult) -> Vec<Tile> {
    let Some(power) = &metric.power else { return Vec::new() };
    let tile = |label: &str, value: String, hint: String| Tile { label: label.to_owned(), value, hint };
    let effect = number::percent(power.minimum_effect);
    let each = || "in each variant".to_owned();
    [
        power.current.map(|current| tile("Power now", percent(current), format!("to find ±{effect}"))),
        power
            .detectable
            .map(|least| tile("Detectable", format!("±{}", percent(least)), "with 80% power now".to_owned())),
        power.units_for_80.map(|units| tile("Units for 80%", number::thousands(units), each())),
        power.units_for_95.map(|units| tile("Units for 95%", number::thousands(units), each())),
        power.days_for_80.map(|days| {
            tile("Days to 80%", format!("{:.0}", days.ceil()), "at the pace of the last days".to_owned())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What of it could not be computed, each with its reason.
pub(super) fn absent(metric: &MetricResult) -> Option<Block> {
    super::absent_parts(metric.power.iter().flat_map(|power| &power.absent).map(|part| (String::new(), part)))
}

/// What looking early takes, in a sentence.
pub(super) fn looks(metric: &MetricResult) -> Option<String> {
    let looks = metric.power.as_ref()?.looks?;
    let supposed = match (looks.method, looks.looks) {
        (SequentialMethod::GroupSequential, Some(looks)) => {
            format!("Power allows for {}, one a day up to the horizon", count(u64::from(looks), "look"))
        }
        _ => "Power is that of crossing the confidence sequence with the units that are named, and what crosses before comes on top".to_owned(),
    };
    let takes = looks.inflation.map(|factor| {
        format!(": 80% takes {} times the units of a single look", number::significant(factor, 3))
    });
    Some(format!("{supposed}{}.", takes.unwrap_or_default()))
}

pub(super) fn figure(metric: &MetricResult) -> Option<Figure> {
    let power = metric.power.as_ref().filter(|power| power.curve.len() > 1)?;
    let effect = number::percent(power.minimum_effect);
    let points: Vec<(f64, f64)> =
        power.curve.iter().map(|point| (number::approximate(point.units), point.power * 100.0)).collect();
    let mut table = Table::new(["#Units of each variant", "#Power"]);
    let step = power.curve.len().div_ceil(MOST_ROWS).max(1);
    for point in power.curve.iter().step_by(step) {
        table.row([number::thousands(point.units), percent(point.power)]);
    }
    let smallest = metric.variants.iter().map(|variant| variant.n).min();
    let today = smallest.map(|now| Mark { at: number::approximate(now), words: "now".to_owned() });
    let (first, last) = (points.first()?.0, points.last()?.0);
    Some(Figure {
        title: "Power by units".to_owned(),
        description: format!(
            "The probability to find a change of {effect} in {} by the number of units of each variant.",
            metric.metric
        ),
        note: String::new(),
        chart: Chart::Lines(Lines {
            curves: vec![Curve {
                name: format!("power to find ±{effect}"),
                colour: 1,
                points,
                band: Vec::new(),
            }],
            unit: Unit("%"),
            below: round_places(first, last),
            levels: vec![
                Mark { at: 0.0, words: String::new() },
                Mark { at: AIM, words: "80%".to_owned() },
                Mark { at: 100.0, words: String::new() },
            ],
            uprights: today.into_iter().collect(),
        }),
        table,
    })
}
