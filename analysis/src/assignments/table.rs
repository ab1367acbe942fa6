//! The table of assignments: where SQL begins.

use super::days::Days;
use crate::verify::Verdict;
use datafusion::arrow::{
    array::{
        ArrayRef, AsArray as _, BooleanArray, BooleanBuilder, Int32Builder, RecordBatch, StringArray,
        StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use std::sync::Arc;

/// The columns of the table, for so many dimensions.
///
/// | column | type | what |
/// |---|---|---|
/// | `experiment` | string | the experiment |
/// | `unit` | string | the unit |
/// | `epoch` | string | the allocation that drew it |
/// | `bucket` | integer? | the bucket that was drawn; null where the variant did not come of one draw |
/// | `variant` | string | the variant |
/// | `first_ts` | timestamp, µs UTC | the moment from which on it counts |
/// | `verdict` | string | what the replay said |
/// | `entry_day` | string | the day of `first_ts`, UTC |
/// | `attribute_<index>` | string? | the value of the plan's dimension of this place |
pub fn schema(dimensions: usize) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields = vec![
        text("experiment"),
        text("unit"),
        text("epoch"),
        Field::new("bucket", DataType::Int32, true),
        text("variant"),
        Field::new("first_ts", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        text("verdict"),
        text("entry_day"),
    ];
    fields.extend((0..dimensions).map(|index| Field::new(attribute_column(index), DataType::Utf8, true)));
    Arc::new(Schema::new(fields))
}

/// The column of the plan's dimension of this place, from 0.
pub fn attribute_column(index: usize) -> String {
    format!("attribute_{index}")
}

/// The column of units.
pub(super) fn units(batch: &RecordBatch) -> Option<&StringArray> {
    batch.column_by_name("unit")?.as_string_opt::<i32>()
}

/// The column of the moments from which on units count.
pub(super) fn moments(batch: &RecordBatch) -> Option<&TimestampMicrosecondArray> {
    batch.column_by_name("first_ts")?.as_primitive_opt::<TimestampMicrosecondType>()
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct UnitRow<'a> {
    /// The unit.
    pub unit: &'a str,
    /// The variant.
    pub variant: &'a str,
    /// The allocation that drew it.
    pub epoch: &'a str,
    /// What the replay said.
    pub verdict: &'a str,
    /// The day of `first_us`.
    pub day: &'a str,
    /// The moment from which on it counts, in microseconds since the Unix epoch.
    pub first_us: i64,
}

/// The rows of a batch of the table.
///
/// # Errors
/// Where it is not a batch of this table.
pub fn unit_rows(batch: &RecordBatch) -> Result<impl Iterator<Item = UnitRow<'_>>, ArrowError> {
    let text = |name: &str| {
        let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column.ok_or_else(|| ArrowError::SchemaError(format!("the column `{name}` is no string column")))
    };
    let (units, variants, epochs) = (text("unit")?, text("variant")?, text("epoch")?);
    let (verdicts, days) = (text("verdict")?, text("entry_day")?);
    let moments = moments(batch)
        .ok_or_else(|| ArrowError::SchemaError("the column `first_ts` holds no moments".to_owned()))?;
    Ok((0..batch.num_rows()).map(move |row| UnitRow {
        unit: units.value(row),
        variant: variants.value(row),
        epoch: epochs.value(row),
        verdict: verdicts.value(row),
        day: days.value(row),
        first_us: moments.value(row),
    }))
}

/// Rows a batch: what DataFusion takes for its own.
const BATCH: usize = 8192;

/// One unit.
pub(super) struct Row<'a> {
    pub(super) unit: &'a str,
    pub(super) epoch: &'a str,
    pub(super) bucket: Option<u32>,
    pub(super) variant: &'a str,
    pub(super) first_us: i64,
    pub(super) verdict: Verdict,
    pub(super) is_bucket_moved: bool,
    /// The value of the dimension at an index.
    pub(super) attribute: &'a dyn Fn(usize) -> Option<&'a str>,
}

/// Gathers rows into batches.
pub(super) struct Rows<'a> {
    experiment: &'a str,
    days: Days,
    batches: Vec<RecordBatch>,
    bucket_moved: Vec<BooleanArray>,
    batch: Batch,
}

impl<'a> Rows<'a> {
    pub(super) fn new(experiment: &'a str, dimensions: usize) -> Self {
        Self {
            experiment,
            days: Days::default(),
            batches: Vec::new(),
            bucket_moved: Vec::new(),
            batch: Batch::new(dimensions),
        }
    }

    pub(super) fn push(&mut self, row: &Row<'_>) -> Result<(), ArrowError> {
        self.batch.push(self.experiment, self.days.of(row.first_us), row);
        if self.batch.rows >= BATCH { self.finish_batch() } else { Ok(()) }
    }

    /// The batches, and for each row whether its bucket was moved.
    pub(super) fn finish(mut self) -> Result<(Vec<RecordBatch>, Vec<BooleanArray>), ArrowError> {
        if self.batch.rows > 0 {
            self.finish_batch()?;
        }
        Ok((self.batches, self.bucket_moved))
    }

    fn finish_batch(&mut self) -> Result<(), ArrowError> {
        let next = Batch::new(self.batch.attributes.len());
        let mut batch = std::mem::replace(&mut self.batch, next);
        self.bucket_moved.push(batch.bucket_moved.finish());
        self.batches.push(batch.finish()?);
        Ok(())
    }
}

/// A batch in the making.
#[derive(Default)]
struct Batch {
    rows: usize,
    experiments: StringBuilder,
    units: StringBuilder,
    epochs: StringBuilder,
    buckets: Int32Builder,
    variants: StringBuilder,
    times: TimestampMicrosecondBuilder,
    verdicts: StringBuilder,
    days: StringBuilder,
    attributes: Vec<StringBuilder>,
    bucket_moved: BooleanBuilder,
}

impl Batch {
    fn new(dimensions: usize) -> Self {
        let attributes = (0..dimensions).map(|_| StringBuilder::new()).collect();
        Self { attributes, ..Self::default() }
    }

    fn push(&mut self, experiment: &str, day: &str, row: &Row<'_>) {
        self.rows += 1;
        self.experiments.append_value(experiment);
        self.units.append_value(row.unit);
        self.epochs.append_value(row.epoch);
        self.buckets.append_option(row.bucket.and_then(|bucket| i32::try_from(bucket).ok()));
        self.variants.append_value(row.variant);
        self.times.append_value(row.first_us);
        self.verdicts.append_value(row.verdict.as_str());
        self.days.append_value(day);
        self.bucket_moved.append_value(row.is_bucket_moved);
        for (index, column) in self.attributes.iter_mut().enumerate() {
            column.append_option((row.attribute)(index));
        }
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let schema = schema(self.attributes.len());
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.experiments.finish()),
            Arc::new(self.units.finish()),
            Arc::new(self.epochs.finish()),
            Arc::new(self.buckets.finish()),
            Arc::new(self.variants.finish()),
            Arc::new(self.times.finish().with_timezone("UTC")),
            Arc::new(self.verdicts.finish()),
            Arc::new(self.days.finish()),
        ];
        columns.extend(self.attributes.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        RecordBatch::try_new(schema, columns)
    }
}
