//! What units do on the days after their first exposure.

use super::{amounts, p_words, percent, place};
use crate::{
    report::{
        chart::{Band, Chart, Curve, Lines, Mark, Unit},
        document::{Cell, Figure, Table},
        number,
    },
    results::{LiftOfDay, MetricResult, Results, SinceExposure},
};
use edgewise_stats::{Interval, trust::TrendPattern};

/// The lift on each day since exposure.
pub(super) fn figure(results: &Results, metric: &MetricResult) -> Option<Figure> {
    let series = metric.since_exposure.as_ref()?;
    let curves: Vec<Curve> = series
        .trends
        .iter()
        .map(|of| curve(series, &of.variant, place(results, &of.variant)))
        .filter(|curve| !curve.points.is_empty())
        .collect();
    if curves.is_empty() {
        return None;
    }
    let below = series.days.iter().map(|day| (f64::from(day.day), day.day.to_string()));
    Some(Figure {
        title: "Lift by day since exposure".to_owned(),
        description: format!(
            "The lift of {} on each day after the units' first exposure, day 0 being the first 24 hours.",
            metric.metric
        ),
        note: "Each day over the units for which it has passed. The band is the interval of a single day."
            .to_owned(),
        chart: Chart::Lines(Lines {
            curves,
            unit: Unit("%"),
            below: below.collect(),
            levels: vec![Mark { at: 0.0, words: String::new() }],
            uprights: Vec::new(),
        }),
        table: table(series),
    })
}

fn curve(series: &SinceExposure, variant: &str, colour: usize) -> Curve {
    let lifts = || {
        series.days.iter().flat_map(move |day| {
            let own = day.lifts.iter().filter(move |of| of.variant == variant);
            own.map(move |of| (f64::from(day.day), of.lift))
        })
    };
    let band =
        |at: f64, ends: Interval| Band { at, lower: ends.lower() * 100.0, upper: ends.upper() * 100.0 };
    let is_bounded = |ends: &Interval| ends.lower().is_finite() && ends.upper().is_finite();
    Curve {
        name: variant.to_owned(),
        colour,
        points: lifts().filter_map(|(at, lift)| Some((at, lift.estimate.ok()? * 100.0))).collect(),
        band: lifts()
            .filter_map(|(at, lift)| Some(band(at, lift.interval.ok().filter(is_bounded)?)))
            .collect(),
    }
}

fn table(series: &SinceExposure) -> Table {
    let mut titles = vec!["Day".to_owned(), "#Units".to_owned()];
    titles.extend(series.trends.iter().flat_map(|of| [format!("#{}", of.variant), "#interval".to_owned()]));
    let mut table = Table::new(titles);
    for day in &series.days {
        let units = number::thousands(day.variants.iter().map(|of| of.n).sum());
        let cells = day.lifts.iter().flat_map(|LiftOfDay { lift, .. }| {
            let estimate = lift.estimate.map_or_else(|_| "no lift".to_owned(), amounts::lift);
            let ends =
                lift.interval.map_or_else(|_| String::new(), |ends| amounts::interval(&ends, amounts::lift));
            [Cell::from(estimate), Cell::from(ends)]
        });
        table.row([Cell::from(day.day.to_string()), units.into()].into_iter().chain(cells));
    }
    table
}

/// Whether the lift changes, in a sentence.
pub(super) fn words(metric: &MetricResult) -> Option<String> {
    let series = metric.since_exposure.as_ref()?;
    let told = series.trends.iter().map(|of| match &of.trend {
        Ok(trend) => {
            let what = match trend.pattern {
                TrendPattern::Novelty => "wears off",
                TrendPattern::Primacy => "grows",
                _ => "does not change for sure",
            };
            format!(
                "{}: the lift {what} ({} on the earlier days, {} on the later ones; {})",
                of.variant,
                signed(trend.early.estimate),
                signed(trend.late.estimate),
                p_words(trend.test.p)
            )
        }
        Err(absent) => format!("{}: {absent}", of.variant),
    });
    let told: Vec<String> = told.collect();
    Some(format!("Does the effect last after exposure? {}.", told.join("; ")))
}

fn signed(share: f64) -> String {
    if share > 0.0 { format!("+{}", percent(share)) } else { percent(share) }
}
