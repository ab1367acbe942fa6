//! Metrics without SQL: one pass over the events, by this process itself.
//!
//! The [SQL](crate::sql) says what a metric is, and runs wherever the data are. Where they are in this process's hands
//! already, a query costs more than it has to: the engine joins and groups rows by their units' ids several times, for
//! numbers, for what is counted beside them and for quantiles. The fold does that once. Units are found by a table of
//! their ids; each has a row of integers (how many events, sums of values in millionths, the least and the greatest), and
//! all metrics fill theirs in the same scan, by as many threads as the engine may use. What comes out are the very sums
//! that the SQL gives, to the last bit: everything is added up in integers, and so no order of events or threads matters.
//!
//! An engine that lets itself be read ([`Engine::tables`]) is not asked for what the fold can tell. It cannot tell, and
//! the engine is asked instead, for
//!
//! - funnels and trends, which need a unit's events in their order;
//! - tables in which an id may come twice;
//! - sums that leave 64 bits, and values of more than 18 digits;
//! - units, or values of quantiles, that take more memory than the engine may: it spills to disk.

mod found;
mod number;
mod part;
mod plan;
mod quantile;
mod ranks;
mod rows;
mod shard;
mod slots;
mod sums;
mod tally;
mod texts;
mod units;
mod work;

use crate::{
    aggregate::{Measured, Numbers},
    assignments::{DAY_US, day_of},
    conclude::signals::EventsOfDay,
    engine::{Engine, Tables, datafusion::Limits},
    error::AnalysisError,
    plan::{Metric, MetricKind},
    results::EventCounts,
    rows::ImportError,
    scan::Scan,
    sql::{self, EventTable, Measure},
};
use jiff::Timestamp;
use number::Recipe;
use plan::{Plan, Planned};
pub(crate) use ranks::at_levels;
use std::{collections::BTreeMap, sync::Arc};
use tally::Tally;
use units::Units;
use work::Links;

/// What one scan of the events found of each unit.
pub struct Folded {
    plan: Plan,
    units: Units,
    tally: Tally,
    lateness_seconds: Option<u64>,
    /// Whether the lists hold all values.
    has_all_values: bool,
    limits: Limits,
}

/// How units are looked at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Units count from the moment that their window has passed this moment, in microseconds since the Unix epoch.
    pub watermark_us: i64,
    /// The column of the assignments that sums are split by.
    pub slice_column: Option<&'a str>,
}

impl<'a> View<'a> {
    /// As a table of events is looked at.
    pub fn of(events: &EventTable<'a>) -> Self {
        Self { watermark_us: events.watermark_us, slice_column: events.slice_column }
    }
}

/// Why there is no answer.
enum Stop {
    /// The tables are other than those that the fold knows, or too large for it: the engine is asked.
    Unknown,
    /// They cannot be read.
    Unread(ImportError),
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Unread(error)
    }
}

/// Scans the events once for all these metrics, and for what is counted beside them, by any of the columns that units
/// may be split by. None where the engine has to be asked for all of it.
///
/// # Errors
/// Where a table cannot be read, or a name cannot be asked for in SQL: what one engine refuses, all do.
pub fn fold(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metrics: &[&Metric],
    slices: &[String],
) -> Result<Option<Folded>, AnalysisError> {
    let Some(tables) = engine.tables() else { return Ok(None) };
    if !events.has_unique_ids {
        return Ok(None);
    }
    for metric in metrics {
        let measure = Measure::new(metric);
        match metric.kind {
            MetricKind::Quantile { .. } => drop(sql::limits_of_quantile(events, &measure)?),
            MetricKind::Funnel { .. } => {}
            _ => drop(sql::sums_of_events(events, &[measure])?),
        }
    }
    match Folded::new(tables, events, metrics, slices) {
        Ok(folded) => Ok(Some(folded)),
        Err(Stop::Unknown) => Ok(None),
        Err(Stop::Unread(error)) => Err(error.into()),
    }
}

impl Folded {
    fn new(
        tables: &Tables,
        events: &EventTable<'_>,
        metrics: &[&Metric],
        slices: &[String],
    ) -> Result<Self, Stop> {
        let table = |name: &str| tables.get(name).ok_or(Stop::Unknown);
        let (rows, assignments) = (table(events.table)?, table(events.assignments)?);
        let schema = rows.schema();
        let is_there = |metric: &&&Metric| {
            let alone = Plan::of(&[metric], None);
            let (numbers, texts) = alone.columns();
            rows::has(&schema, &numbers, &texts)
        };
        let metrics: Vec<&Metric> = metrics.iter().filter(is_there).copied().collect();
        let plan = Plan::of(&metrics, events.lateness_seconds);
        let links = links(tables, events)?;
        let limits = tables.limits();
        let mut units = Units::read(assignments.as_ref(), events, slices, limits.partitions)?;
        let left = limits.memory.checked_sub(units.bytes(&plan)).ok_or(Stop::Unknown)?;
        units.make_room(&plan);
        let layout = rows::Layout::new(&plan, events.unit_column, events.links)?;
        let readers = rows.readers(&layout.columns(), limits.partitions)?;
        let (tally, has_all_values) = work::scan(&mut units, &plan, (&layout, &links), readers, left)?;
        let lateness_seconds = events.lateness_seconds;
        Ok(Self { plan, units, tally, lateness_seconds, has_all_values, limits })
    }

    /// When the last event arrived, whatever its type.
    pub fn latest_arrival(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.tally.latest?).ok()
    }

    /// The events of units that count, by the day of their arrival in UTC.
    pub fn events_by_day(&self) -> BTreeMap<String, EventsOfDay> {
        let days = self.tally.days().into_iter();
        days.map(|(day, counts)| {
            let counts = EventsOfDay { events: counts.events, errors: counts.errors };
            (day_of(day.saturating_mul(DAY_US)), counts)
        })
        .collect()
    }

    /// The units of each variant that had an error at or after their entry.
    pub fn units_with_errors(&self) -> BTreeMap<String, u64> {
        let mut units = BTreeMap::new();
        for shard in &self.units.shards {
            let failed = shard.groups.iter().zip(&shard.has_failed).filter(|(_, has_failed)| **has_failed);
            for (group, _) in failed {
                let variant = &self.units.groups[*group as usize].variant;
                *units.entry(variant.clone()).or_default() += 1;
            }
        }
        units
    }

    /// What the SQL would answer for each of the metrics; none of those that the engine has to be asked for.
    pub fn measured(&self, metrics: &[&Metric], view: View<'_>) -> Vec<Option<Measured>> {
        let known: Vec<Option<&Planned>> = metrics.iter().map(|metric| self.planned(metric)).collect();
        let summed: Vec<&Planned> = known
            .iter()
            .flatten()
            .copied()
            .filter(|planned| matches!(planned.recipe, Recipe::Numbers { .. }))
            .collect();
        let sums = sums::sums(self, &summed, view);
        let mut sums = sums.into_iter();
        let mut numbers = |planned: &Planned| match planned.recipe {
            Recipe::Numbers { .. } => sums.next()?.map(Numbers::Sums),
            Recipe::Quantile { .. } => quantile::quantiles(self, planned, view).map(Numbers::Quantiles),
        };
        let measured = known.into_iter().map(|planned| {
            let planned = planned?;
            Some(Measured::new(numbers(planned)?, self.events_of(planned)))
        });
        measured.collect()
    }

    /// The first number of each unit that counts, within its caps and in millionths, by variant; none of a metric that the
    /// engine has to be asked for, and of quantiles.
    pub fn values_by_variant(&self, metric: &Metric, view: View<'_>) -> Option<BTreeMap<String, Vec<i64>>> {
        let planned = self.planned(metric)?;
        let grouping = sums::Grouping::new(self, View { slice_column: None, ..view })?;
        matches!(planned.recipe, Recipe::Numbers { .. }).then(|| grouping.values_by_variant(planned))
    }

    /// Whether the metric's slots hold what the SQL would answer.
    pub fn knows(&self, metric: &Metric) -> bool {
        self.planned(metric).is_some()
    }

    /// Where the metric's events went, as far as that is told without looking at each unit.
    pub fn coverage(&self, metric: &Metric) -> Option<EventCounts> {
        self.planned(metric).map(|planned| self.events_of(planned))
    }

    fn planned(&self, metric: &Metric) -> Option<&Planned> {
        let planned = self.plan.metrics.iter().find(|planned| planned.metric == *metric)?;
        let has_overflowed = planned.recipe.slots().into_iter().any(|slot| self.tally.overflowed[slot]);
        let lacks_values = matches!(planned.recipe, Recipe::Quantile { .. }) && !self.has_all_values;
        (!has_overflowed && !lacks_values).then_some(planned)
    }

    fn events_of(&self, planned: &Planned) -> EventCounts {
        let (class, hit) = (self.tally.classes[planned.class], self.tally.hits[planned.hit]);
        EventCounts {
            seen: class.seen,
            without_unit: class.without_unit,
            not_exposed: class.not_exposed,
            before_exposure: hit.before,
            after_window: hit.after,
            too_late: hit.too_late,
            ..EventCounts::default()
        }
    }
}

/// The links by which events find their units.
fn links(tables: &Tables, events: &EventTable<'_>) -> Result<Links, Stop> {
    let of_table = |(name, _): &(String, String)| {
        let table: Arc<dyn Scan> = tables.get(name).ok_or(Stop::Unknown)?;
        let mut links = std::collections::HashMap::new();
        for reader in table.readers(&["link_from", "link_unit"], std::num::NonZeroUsize::MIN)? {
            for batch in reader {
                let batch = batch?;
                let text = |column| texts::Texts::of(batch.column(column)).ok_or(Stop::Unknown);
                let (from, unit) = (text(0)?, text(1)?);
                let pairs = (0..batch.num_rows()).filter_map(|row| from.get(row).zip(unit.get(row)));
                links.extend(pairs.map(|(from, unit)| (from.to_owned(), unit.to_owned())));
            }
        }
        Ok(links)
    };
    events.links.iter().map(of_table).collect()
}
