//! What is counted beside the metrics: events by day, errors and exclusions by variant.

use crate::{
    aggregate::daily_events,
    engine::Engine,
    error::AnalysisError,
    fold::Folded,
    observed::Observed,
    sql::{EventTable, identifier, literal, rows_of, unit_of},
};
use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Int64Type},
    error::ArrowError,
};
use std::collections::BTreeMap;

/// Counts that checks are made on; all of it may be empty, and then nothing is checked by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// Day in UTC to the events of units that count which arrived on that day.
    pub events_by_day: BTreeMap<String, EventsOfDay>,
    /// Variant to the units of it that had an error at or after their first exposure.
    pub units_with_errors: BTreeMap<String, u64>,
    /// What was left out, such as `bot` or `mismatched`, to variant to its units.
    pub excluded: BTreeMap<String, BTreeMap<String, u64>>,
}

/// The events of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsOfDay {
    /// All of them.
    pub events: u64,
    /// The errors among them.
    pub errors: u64,
}

/// Counts them by a fold of the events or by the engine, and by what was observed.
///
/// # Errors
/// Where a name cannot be asked for, the engine fails, or it answers with other columns.
pub async fn count(
    (folded, engine): (Option<&Folded>, &dyn Engine),
    events: &EventTable<'_>,
    observed: &Observed,
) -> Result<Signals, AnalysisError> {
    let counts = &observed.assignments.counts;
    let excluded = [("bot", &counts.bots), ("mismatched", &counts.mismatched)];
    let there = excluded.into_iter().filter(|(_, units)| !units.is_empty());
    let mut signals = Signals {
        excluded: there.map(|(kind, units)| (kind.to_owned(), units.clone())).collect(),
        ..Signals::default()
    };
    if let Some(folded) = folded {
        signals.events_by_day = folded.events_by_day();
        signals.units_with_errors = folded.units_with_errors();
        return Ok(signals);
    }
    for counted in daily_events(engine, events).await? {
        let day = signals.events_by_day.entry(counted.day).or_default();
        day.events += counted.events;
        if counted.event_type == "error" {
            day.errors += counted.events;
        }
    }
    for batch in engine.query(&units_with_errors(events)?).await? {
        read(&batch, ["exposed_variant", "unit_count"], |variant, [units]| {
            signals.units_with_errors.insert(variant, units);
        })?;
    }
    Ok(signals)
}

/// `exposed_variant, unit_count` of the units with an error at or after their first exposure, by their own id or a linked
/// one.
fn units_with_errors(events: &EventTable<'_>) -> Result<String, AnalysisError> {
    let (rows, unit) = (rows_of(events)?, unit_of(events)?);
    let (experiment, assignments) = (literal(events.experiment)?, identifier(events.assignments)?);
    let verdicts =
        events.verdicts.iter().map(|verdict| literal(verdict)).collect::<Result<Vec<_>, _>>()?.join(", ");
    Ok(format!(
        "with failed as (
  select unit as failed_unit, variant as exposed_variant
  from {assignments} a join {rows} e on e.{unit} = a.unit
  where experiment = {experiment} and verdict in ({verdicts}) and e.type = 'error' and e.ts >= first_ts
  group by unit, variant
)
select exposed_variant, count(*) as unit_count from failed group by exposed_variant order by exposed_variant"
    ))
}

/// A text and counts of each row, by the names of the columns.
fn read<const N: usize, const M: usize>(
    batch: &RecordBatch,
    names: [&str; N],
    mut take: impl FnMut(String, [u64; M]),
) -> Result<(), ArrowError> {
    let column = |name: &str, wanted: &DataType| {
        let missing = || ArrowError::SchemaError(format!("the engine answered without {name}"));
        cast(batch.column_by_name(name).ok_or_else(missing)?, wanted)
    };
    let [text, counts @ ..] = names.as_slice() else { return Ok(()) };
    let texts = column(text, &DataType::Utf8)?;
    let counts = counts.iter().map(|name| column(name, &DataType::Int64)).collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        let count = |place: usize| {
            let counts = counts.get(place).map(AsArray::as_primitive::<Int64Type>);
            counts.filter(|counts| counts.is_valid(row)).map_or(0, |counts| counts.value(row).cast_unsigned())
        };
        take(texts.as_string::<i32>().value(row).to_owned(), std::array::from_fn(count));
    }
    Ok(())
}
