//! Triggered analysis: only units that met what the variants differ in count, from that moment on.
//!
//! A unit counts from its first triggering event at or after its first exposure. The event must be one that no variant
//! causes or prevents: then the units that never triggered saw the same in all variants, and must show no effect. They
//! are kept to test that (the complement).

mod filter;
mod read;

use crate::{
    assignments::{Assignments, UnitsByEpoch, day_of},
    engine::Source,
    error::AnalysisError,
    identities::LinkTable,
    plan::{Plan, Trigger},
    scan::Scan,
};
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray},
    compute::{filter, filter_record_batch, not},
    error::ArrowError,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The assignments of a triggered analysis.
#[derive(Debug)]
pub struct Triggered {
    /// The units that triggered, from then on.
    pub assignments: Assignments,
    /// The units that did not, from their first exposure on; how many of them count is in the counts.
    pub complement: Vec<RecordBatch>,
}

/// The events that may trigger.
#[derive(Clone, Copy)]
pub enum Events<'a> {
    /// Those of a log.
    Logged(&'a Source),
    /// Those of other systems, which hold no text of their own.
    Imported(&'a dyn Scan),
}

/// Takes the units that triggered from all that were exposed.
///
/// # Errors
/// Where the events cannot be read, or have no column to filter by.
pub fn apply(
    assignments: Assignments,
    trigger: &Trigger,
    plan: &Plan,
    events: Events<'_>,
    links: &[LinkTable],
    verdicts: &[&str],
) -> Result<Triggered, AnalysisError> {
    let first = read::first_triggers(&assignments.entries(), trigger, &plan.unit, events, links)?;
    let (mut batches, mut bucket_moved, mut complement) = (Vec::new(), Vec::new(), Vec::new());
    let (mut admitted, mut untriggered) = (UnitsByEpoch::new(), BTreeMap::<String, u64>::new());
    for (batch, moved) in assignments.batches.iter().zip(&assignments.bucket_moved) {
        let moments: Vec<Option<i64>> =
            text(batch, "unit")?.iter().map(|unit| first.get(unit?).copied()).collect();
        let has: BooleanArray = moments.iter().map(|moment| Some(moment.is_some())).collect();
        let triggered = moved_to(&filter_record_batch(batch, &has)?, moments.iter().flatten().copied())?;
        let rest = filter_record_batch(batch, &not(&has)?)?;
        count(&triggered, verdicts, |variant, epoch| {
            *admitted.entry(variant.to_owned()).or_default().entry(epoch.to_owned()).or_default() += 1;
        })?;
        count(&rest, verdicts, |variant, _| *untriggered.entry(variant.to_owned()).or_default() += 1)?;
        bucket_moved.push(filter(moved, &has)?.as_boolean().clone());
        batches.push(triggered);
        complement.push(rest);
    }
    let mut counts = assignments.counts;
    counts.admitted = admitted;
    counts.untriggered = untriggered;
    let assignments = Assignments { schema: assignments.schema, batches, bucket_moved, counts };
    Ok(Triggered { assignments, complement })
}

/// The rows with other moments from which on they count.
fn moved_to(batch: &RecordBatch, moments: impl Iterator<Item = i64>) -> Result<RecordBatch, ArrowError> {
    let moments: Vec<i64> = moments.collect();
    let days: ArrayRef =
        Arc::new(moments.iter().map(|moment| Some(day_of(*moment))).collect::<StringArray>());
    let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC"));
    let schema = batch.schema();
    let columns =
        schema.fields().iter().zip(batch.columns()).map(|(field, column)| match field.name().as_str() {
            "first_ts" => Arc::clone(&moments),
            "entry_day" => Arc::clone(&days),
            _ => Arc::clone(column),
        });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect())
}

/// Hands variant and epoch of each row that counts to `visit`.
fn count(
    batch: &RecordBatch,
    verdicts: &[&str],
    mut visit: impl FnMut(&str, &str),
) -> Result<(), ArrowError> {
    let (variants, epochs) = (text(batch, "variant")?, text(batch, "epoch")?);
    for (row, verdict) in text(batch, "verdict")?.iter().enumerate() {
        if verdict.is_some_and(|verdict| verdicts.contains(&verdict)) {
            visit(variants.value(row), epochs.value(row));
        }
    }
    Ok(())
}

fn text<'a>(batch: &'a RecordBatch, column: &str) -> Result<&'a StringArray, ArrowError> {
    let column_of = batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
    column_of.ok_or_else(|| ArrowError::SchemaError(format!("the column `{column}` is no string column")))
}

/// The ids of a link table by what they stand for.
type LinksByColumn = Vec<(String, HashMap<String, String>)>;

fn links_by_column(links: &[LinkTable]) -> LinksByColumn {
    links.iter().map(|table| (table.column(), table.links().into_iter().collect())).collect()
}
