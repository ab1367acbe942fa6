//! All metrics' sums, by a fold of the events where the engine lets itself be read, by the engine otherwise, with as few
//! scans of the events as they allow.

mod caps;
mod daily;
mod distribution;
mod quantile;

pub(crate) use caps::resolve;
pub use daily::{DailyEvents, daily_events};
pub use distribution::distribution;
pub(crate) use distribution::{LEVELS, edges, float};
pub use quantile::QuantileSums;

use crate::{
    engine::Engine,
    error::AnalysisError,
    fold::{Folded, View, fold},
    log::Repeats,
    moments::{Sums, count},
    plan::{Metric, MetricKind},
    results::EventCounts,
    sql::{self, EventTable, Measure, UnitTable},
};

/// What an engine answered for one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its sums, or its quantiles.
    pub numbers: Numbers,
    /// Where its events went.
    pub events: EventCounts,
}

impl Measured {
    /// What was summed up, and where the events went: with the counts that only those know who looked at each unit's.
    pub fn new(numbers: Numbers, events: EventCounts) -> Self {
        let sums: Vec<&Sums> = match &numbers {
            Numbers::Sums(sums) => sums.iter().collect(),
            Numbers::Quantiles(quantiles) => {
                quantiles.iter().flat_map(|quantile| &quantile.clusters).collect()
            }
        };
        let events = EventCounts {
            without_value: sums.iter().map(|sums| sums.events_without_value).sum(),
            repeated: sums.iter().map(|sums| sums.events_repeated).sum(),
            ..events
        };
        Self { numbers, events }
    }
}

impl Measured {
    /// Counts the events of the metric's name that came again and are not among the rows any more.
    pub fn count_repeats(&mut self, repeats: &Repeats, metric: &Metric) {
        let dropped = repeats.of(metric.event_type.as_str(), Some(&metric.event));
        self.events.repeated += dropped;
        self.events.seen += dropped;
    }
}

/// What is summed up of one metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Of the units' numbers.
    Sums(Vec<Sums>),
    /// Of the events' values.
    Quantiles(Vec<QuantileSums>),
}

impl Numbers {
    /// The sums; of quantiles, those of their clusters.
    pub fn into_sums(self) -> Vec<Sums> {
        match self {
            Self::Sums(sums) => sums,
            Self::Quantiles(quantiles) => {
                quantiles.into_iter().flat_map(|quantile| quantile.clusters).collect()
            }
        }
    }
}

/// Measures the metrics, in their order.
///
/// # Errors
/// Where a name cannot be asked for, a table cannot be read or the engine fails.
pub async fn measure(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metrics: &[&Metric],
) -> Result<Vec<Measured>, AnalysisError> {
    let slices: Vec<String> = events.slice_column.into_iter().map(str::to_owned).collect();
    let folded = fold(engine, events, metrics, &slices)?;
    measure_folded(folded.as_ref(), engine, events, metrics).await
}

/// Measures the metrics: what a fold of these events did not find is asked of the engine.
///
/// # Errors
/// As [`measure`].
pub(crate) async fn measure_folded(
    folded: Option<&Folded>,
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metrics: &[&Metric],
) -> Result<Vec<Measured>, AnalysisError> {
    let nothing = || vec![None; metrics.len()];
    let known = folded.map_or_else(nothing, |folded| folded.measured(metrics, View::of(events)));
    let unknown = metrics.iter().zip(&known).filter(|(_, known)| known.is_none());
    let unknown: Vec<&Metric> = unknown.map(|(metric, _)| *metric).collect();
    let mut asked = by_sql(engine, events, &unknown).await?.into_iter();
    Ok(known.into_iter().filter_map(|known| known.or_else(|| asked.next())).collect())
}

async fn by_sql(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metrics: &[&Metric],
) -> Result<Vec<Measured>, AnalysisError> {
    let mut measures = Vec::with_capacity(metrics.len());
    let waiting = engine.waiting();
    for metric in metrics {
        measures.push(caps::resolve(engine, events, metric).await?);
    }
    // What would be summed up within caps that nobody knows yet is not asked.
    let knows_caps = engine.waiting() == waiting;
    let coverage = coverage(None, engine, events, metrics).await?;
    let mut numbers = if knows_caps {
        sums_together(engine, events, &measures).await?
    } else {
        measures.iter().map(|_| None).collect()
    };
    for (own, measure) in numbers.iter_mut().zip(&measures) {
        if own.is_none() && (knows_caps || !sql::is_summed(&measure.metric.kind)) {
            *own = Some(alone(engine, events, measure).await?);
        }
    }
    let with_counts = numbers.into_iter().flatten().zip(coverage);
    Ok(with_counts.map(|(numbers, events)| Measured::new(numbers, events)).collect())
}

/// The sums of the metrics that one query answers together; none of the others.
async fn sums_together(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    measures: &[Measure<'_>],
) -> Result<Vec<Option<Numbers>>, AnalysisError> {
    let is_together = |measure: &Measure<'_>| {
        sql::is_summed(&measure.metric.kind) && !matches!(measure.metric.kind, MetricKind::TrendWithin { .. })
    };
    let together: Vec<Measure<'_>> =
        measures.iter().filter(|measure| is_together(measure)).copied().collect();
    let batches = if together.is_empty() {
        Vec::new()
    } else {
        engine.query(&sql::sums_of_events(events, &together)?).await?
    };
    let mut places = 0..together.len();
    let mut numbers = Vec::with_capacity(measures.len());
    for measure in measures {
        let place = is_together(measure).then(|| places.next()).flatten();
        let sums = place.map(|place| Sums::read(&batches, place)).transpose()?;
        numbers.push(sums.map(Numbers::Sums));
    }
    Ok(numbers)
}

/// A metric that needs queries of its own.
async fn alone(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    measure: &Measure<'_>,
) -> Result<Numbers, AnalysisError> {
    let text = match measure.metric.kind {
        MetricKind::Quantile { .. } => {
            return Ok(Numbers::Quantiles(quantile::sums(engine, events, measure).await?));
        }
        MetricKind::Funnel { .. } => sql::sums_of_funnel(events, measure)?,
        _ => sql::sums_of_events(events, &[*measure])?,
    };
    Ok(Numbers::Sums(Sums::read(&engine.query(&text).await?, 0)?))
}

/// Where the metrics' events went, as far as that is told without looking at each unit.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub(crate) async fn coverage(
    folded: Option<&Folded>,
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metrics: &[&Metric],
) -> Result<Vec<EventCounts>, AnalysisError> {
    if metrics.is_empty() {
        return Ok(Vec::new());
    }
    let known = folded.and_then(|folded| metrics.iter().map(|metric| folded.coverage(metric)).collect());
    if let Some(known) = known {
        return Ok(known);
    }
    let batches = engine.query(&sql::coverage_of_events(events, metrics)?).await?;
    let mut all = Vec::with_capacity(metrics.len());
    for m in 0..metrics.len() {
        let count = |what: &str| count(&batches, &format!("{what}_{m}"));
        all.push(EventCounts {
            seen: count("events_seen")?,
            without_unit: count("without_unit")?,
            not_exposed: count("not_exposed")?,
            before_exposure: count("before_exposure")?,
            after_window: count("after_window")?,
            too_late: count("too_late")?,
            ..EventCounts::default()
        });
    }
    Ok(all)
}

/// The sums of one metric alone; of a quantile, those of its clusters. `folded` is a fold of these events.
///
/// # Errors
/// As [`measure`].
pub(crate) async fn sums_of_metric(
    folded: Option<&Folded>,
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metric: &Metric,
) -> Result<Vec<Sums>, AnalysisError> {
    let known = folded.and_then(|folded| folded.measured(&[metric], View::of(events)).pop().flatten());
    if let Some(known) = known {
        return Ok(known.numbers.into_sums());
    }
    let measure = caps::resolve(engine, events, metric).await?;
    Ok(alone(engine, events, &measure).await?.into_sums())
}

/// The sums of one metric alone, and where its events went.
///
/// # Errors
/// As [`measure`].
pub async fn sums_of_events(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metric: &Metric,
) -> Result<(Vec<Sums>, EventCounts), AnalysisError> {
    let measured = measure(engine, events, &[metric]).await?.pop();
    Ok(measured.map_or_else(Default::default, |measured| (measured.numbers.into_sums(), measured.events)))
}

/// The sums of a metric that is a column of a table with one row a unit.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn sums_of_units(engine: &dyn Engine, units: &UnitTable<'_>) -> Result<Vec<Sums>, AnalysisError> {
    Ok(Sums::read(&engine.query(&sql::sums_of_units(units)?).await?, 0)?)
}
