//! Past units of a project's own log: whoever had an event in a time counts from the first one on, and has the number
//! that a metric makes of its events. Nobody treated them, or everybody alike. Ids of other types are followed to units
//! as an analysis follows them (see [`identities`](crate::identities)).

use super::Past;
use crate::{
    aggregate,
    analyze::properties::columns_of,
    assignments::{Assignments, FirstExposures, Sighting, Trust},
    balance::EPOCH,
    decimal::Decimal,
    engine::{Engine, Source},
    error::AnalysisError,
    identities::{Identities, StandsFor, standing_alone, with_text_column},
    log,
    moments::{Sums, latest},
    plan::{Metric, MetricKind},
    results::{Exclusion, Kind},
    sql::{self, ASSIGNMENTS, EventTable},
    verify::{Unverifiable, Verdict},
};
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _, RecordBatch},
    compute::cast,
    datatypes::{DataType, Decimal128Type, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use edgewise_core::Digest;
use jiff::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which units of a log are the past ones.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The unit type.
    pub unit: String,
    /// The unit type that is drawn where a unit is not known: its ids enter as well.
    pub fallback: Option<String>,
    /// Units enter from this moment on.
    pub from: Timestamp,
    /// Units enter before this moment; their events count as long as the metric's window lasts.
    pub until: Timestamp,
    /// The `track` event that makes a unit enter. None: any event does.
    pub event: Option<String>,
}

/// The past units of a log with a metric of theirs.
pub struct Population<'a> {
    engine: &'a dyn Engine,
    metric: &'a Metric,
    unit_column: String,
    units: Assignments,
    /// The tables by which events find their unit, with the columns that they are joined by.
    links: Vec<(String, String)>,
    /// Ids of the fallback's type that stand for several units.
    ambiguous: u64,
    watermark_us: i64,
    /// Holds the files that the engine reads.
    _events: log::Table,
}

/// What the experiment of past units is called, and its only variant.
const NAME: &str = "past";
/// The table of events.
const EVENTS: &str = "events";

impl<'a> Population<'a> {
    /// Gathers the units that entered.
    ///
    /// # Errors
    /// Where the log cannot be read, a name cannot be asked for, or the engine fails.
    pub async fn gather(
        engine: &'a dyn Engine,
        source: &log::Source,
        entry: &Entry,
        metric: &'a Metric,
    ) -> Result<Self, AnalysisError> {
        let unit_column = column_of(&entry.unit);
        let events = source.with_properties(&columns_of(metric))?;
        let mut rows = with_text_column(events.source(), &unit_column)?;
        if let Some(fallback) = &entry.fallback {
            rows = with_text_column(rows, &column_of(fallback))?;
        }
        engine.register(EVENTS, rows).await?;
        let watermark = latest(&engine.query(&sql::latest_arrival(EVENTS)?).await?)?;
        let identities = Identities::gather(source, &entry.unit)?;
        let entered = Entered::ask(engine, entry, &identities).await?;
        let units = entered.first.finish(NAME)?;
        engine.register(ASSIGNMENTS, Source::batches(units.schema.clone(), units.batches.clone())).await?;
        let fallbacks = entry.fallback.iter().cloned().collect();
        let tables = identities.tables(&fallbacks, &entered.alone, &units.entries())?;
        for table in &tables {
            engine.register(&table.name(), table.source()).await?;
        }
        Ok(Self {
            engine,
            metric,
            unit_column,
            units,
            links: tables.iter().map(|table| (table.name(), table.column())).collect(),
            ambiguous: entered.ambiguous,
            watermark_us: watermark.map_or(i64::MIN, Timestamp::as_microsecond),
            _events: events,
        })
    }

    /// How many units entered.
    pub fn units(&self) -> u64 {
        self.units.counts.admitted.values().flat_map(|epochs| epochs.values()).sum()
    }

    /// The sums of the units' numbers, and of those before they entered where the metric has a covariate.
    ///
    /// # Errors
    /// Where a name cannot be asked for or the engine fails.
    pub async fn sums(&self) -> Result<Sums, AnalysisError> {
        let by_day = aggregate::sums_of_metric(self.engine, &self.events(), self.metric).await?;
        Ok(Sums::total(&by_day))
    }

    /// The units with their numbers, in the order in which they entered; none where a unit's number is not what the
    /// metric compares: of ratios, quantiles and funnels.
    ///
    /// # Errors
    /// Where a name cannot be asked for or the engine fails.
    pub async fn past(&self) -> Result<Option<Past>, AnalysisError> {
        let Some(kind) = kind(&self.metric.kind) else { return Ok(None) };
        let events = self.events();
        let measure = aggregate::resolve(self.engine, &events, self.metric).await?;
        let batches = self.engine.query(&sql::numbers_by_unit(&events, &measure)?).await?;
        let entries = self.units.entries();
        let mut numbers = Vec::new();
        for batch in &batches {
            let (units, values) = (text(batch, "unit_key")?, cast_to(batch, "number_key", &number_type())?);
            let values = values.as_primitive::<Decimal128Type>();
            for (unit, value) in units.as_string::<i32>().iter().zip(values) {
                let number = value.and_then(|value| Decimal::from_millionths(i64::try_from(value).ok()?));
                if let (Some(unit), Some(number)) = (unit, number)
                    && let Some(entered) = entries.get(unit)
                {
                    numbers.push((*entered, unit.to_owned(), number));
                }
            }
        }
        numbers.sort_unstable();
        let past = Past::new(kind, numbers.iter().map(|(_, unit, number)| (unit.as_str(), *number)));
        let without = self.units().saturating_sub(u64::try_from(numbers.len()).unwrap_or(u64::MAX));
        let exclusions = [
            Exclusion {
                exclusion: "missing_number",
                count: without,
                what:
                    "units whose window has not passed yet, and silent ones where the metric leaves those out"
                        .to_owned(),
                action: "let --until be a window earlier than the last event",
            },
            Exclusion {
                exclusion: "ambiguous_fallback",
                count: self.ambiguous,
                what: "ids of the fallback's type that are linked with more than one unit".to_owned(),
                action: "draw by a unit that people do not share, or hand in the experiment's own unit wherever it is known",
            },
        ];
        Ok(Some(past.leaving_out(exclusions.into_iter().filter(|exclusion| exclusion.count > 0))))
    }

    fn events(&self) -> EventTable<'_> {
        EventTable {
            table: EVENTS,
            unit_column: &self.unit_column,
            assignments: ASSIGNMENTS,
            has_unique_ids: true,
            experiment: NAME,
            verdicts: Trust::Claimed.verdicts(),
            watermark_us: self.watermark_us,
            links: &self.links,
            lateness_seconds: None,
            slice_column: None,
        }
    }
}

/// What a unit's number is; none where there is more to it than one number.
fn kind(kind: &MetricKind) -> Option<Kind> {
    match kind {
        MetricKind::Binary | MetricKind::AverageWithin { .. } | MetricKind::TrendWithin { .. } => {
            Some(Kind::Binary)
        }
        // Of counts the means are compared, as of any other number.
        MetricKind::Count
        | MetricKind::Continuous { .. }
        | MetricKind::Highest { .. }
        | MetricKind::Lowest { .. } => Some(Kind::Continuous),
        MetricKind::Ratio { .. } | MetricKind::Quantile { .. } | MetricKind::Funnel { .. } => None,
    }
}

fn column_of(unit_type: &str) -> String {
    format!("unit_{unit_type}")
}

/// Who entered, as the only variant of an experiment.
struct Entered {
    first: FirstExposures,
    /// The ids of the fallback's type that stand for themselves.
    alone: BTreeSet<(String, String)>,
    ambiguous: u64,
}

impl Entered {
    async fn ask(engine: &dyn Engine, entry: &Entry, identities: &Identities) -> Result<Self, AnalysisError> {
        let mut entered =
            Self { first: FirstExposures::new(Trust::Claimed, 0), alone: BTreeSet::new(), ambiguous: 0 };
        let (own, event) = (column_of(&entry.unit), entry.event.as_deref());
        let within = (entry.from.as_microsecond(), entry.until.as_microsecond());
        let seen = engine.query(&sql::units_seen(EVENTS, &own, within, event, None)?).await?;
        firsts(&seen, |unit, ts_us| entered.see(unit, ts_us))?;
        let Some(fallback) = &entry.fallback else { return Ok(entered) };
        let column = column_of(fallback);
        let seen = engine.query(&sql::units_seen(EVENTS, &column, within, event, Some(&own))?).await?;
        firsts(&seen, |id, ts_us| match identities.stands_for(fallback, id) {
            StandsFor::One(unit) => entered.see(unit, ts_us),
            StandsFor::Several => entered.ambiguous += 1,
            StandsFor::Nobody => {
                entered.see(&standing_alone(fallback, id), ts_us);
                entered.alone.insert((fallback.clone(), id.to_owned()));
            }
        })?;
        Ok(entered)
    }

    fn see(&mut self, unit: &str, ts_us: i64) {
        self.first.see(&Sighting {
            id: Uuid::from_bytes(Digest::of(&[unit.as_bytes(), &ts_us.to_le_bytes()]).to_bytes()),
            ts_us,
            unit,
            variant: NAME,
            epoch: EPOCH,
            bucket: None,
            verdict: Verdict::Unverifiable(Unverifiable::NoRuleset),
            attributes: &[],
            is_bot: false,
            by_fallback: false,
            is_bucket_moved: false,
        });
    }
}

/// Hands out each id with the moment of its first event.
fn firsts(seen: &[RecordBatch], mut take: impl FnMut(&str, i64)) -> Result<(), ArrowError> {
    let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    for batch in seen {
        let (units, moments) = (text(batch, "unit_key")?, cast_to(batch, "first_key", &moment)?);
        let moments = moments.as_primitive::<TimestampMicrosecondType>();
        for (unit, ts_us) in units.as_string::<i32>().iter().zip(moments) {
            if let (Some(unit), Some(ts_us)) = (unit, ts_us) {
                take(unit, ts_us);
            }
        }
    }
    Ok(())
}

fn text(batch: &RecordBatch, name: &str) -> Result<ArrayRef, ArrowError> {
    cast_to(batch, name, &DataType::Utf8)
}

fn number_type() -> DataType {
    DataType::Decimal128(38, Decimal::SCALE.cast_signed())
}

fn cast_to(batch: &RecordBatch, name: &str, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let column = batch.column_by_name(name);
    let column =
        column.ok_or_else(|| ArrowError::SchemaError(format!("the engine answered without {name}")))?;
    cast(column, data_type)
}
