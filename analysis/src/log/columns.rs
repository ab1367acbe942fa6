//! Stored events as columns.

use super::Stored;
use crate::{
    decimal::Decimal,
    event::{Body, Event},
};
use datafusion::arrow::{
    array::{
        ArrayRef, Decimal128Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder, new_null_array,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The most unit types of one segment that get a column, the first ones that come; the others are in `raw` alone. A
/// workspace has a handful; who sends thousands of names does not thereby make thousands of columns.
pub const MAX_UNIT_COLUMNS: usize = 64;

/// What columns of unit ids are named with: `unit_user`.
pub(super) const UNIT_PREFIX: &str = "unit_";

/// Rows of a record batch at most.
const BATCH_ROWS: usize = 1 << 16;
/// Bytes of events in a record batch at most, or one event: far from the 2 GiB that a string column can hold.
const BATCH_BYTES: usize = 32 << 20;

/// The columns of stored events, with one for each of the unit types.
///
/// | column | type | what |
/// |---|---|---|
/// | `id` | string | the event's id, lower case |
/// | `type` | string | `exposure`, `track`, `feedback`, `error` or `identify` |
/// | `ts` | timestamp, µs UTC | when it happened ([`Stored::by_our_clock`]) |
/// | `received_at` | timestamp, µs UTC | when it was stored |
/// | `tenant` | string? | whose it is |
/// | `name` | string? | the name of a track, feedback or error event |
/// | `value` | decimal(18, 6)? | its value |
/// | `unit_<type>` | string? | the unit of that type |
/// | `raw` | string | the event as it was sent |
pub fn schema(unit_types: &BTreeSet<String>) -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("ts", time(), false),
        Field::new("received_at", time(), false),
        Field::new("tenant", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("value", value_type(), true),
    ];
    fields.extend(
        unit_types.iter().map(|name| Field::new(format!("{UNIT_PREFIX}{name}"), DataType::Utf8, true)),
    );
    fields.push(Field::new("raw", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

fn value_type() -> DataType {
    // A scale of six is far from what an i8 holds.
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}

/// Gathers rows into record batches. Batches made later may have more unit columns: [`align`] evens them out.
#[derive(Default)]
pub(super) struct Columns {
    unit_types: BTreeSet<String>,
    batches: Vec<RecordBatch>,
    rows: Rows,
}

/// The rows of a batch in the making.
#[derive(Default)]
struct Rows {
    count: usize,
    id: StringBuilder,
    type_name: StringBuilder,
    ts: TimestampMicrosecondBuilder,
    received_at: TimestampMicrosecondBuilder,
    tenant: StringBuilder,
    name: StringBuilder,
    value: Decimal128Builder,
    units: BTreeMap<String, StringBuilder>,
    raw: StringBuilder,
}

impl Columns {
    /// Adds a row.
    pub(super) fn push(&mut self, stored: &Stored<'_>, event: &Event) -> Result<(), ArrowError> {
        for unit_type in event.units.keys() {
            if self.unit_types.len() < MAX_UNIT_COLUMNS && !self.unit_types.contains(unit_type) {
                self.unit_types.insert(unit_type.clone());
            }
        }
        self.rows.push(stored, event, &self.unit_types);
        if self.rows.count >= BATCH_ROWS || self.rows.raw.values_slice().len() >= BATCH_BYTES {
            self.finish_batch()?;
        }
        Ok(())
    }

    /// All batches, with the unit types that have columns in any of them.
    pub(super) fn finish(mut self) -> Result<(Vec<RecordBatch>, BTreeSet<String>), ArrowError> {
        if self.rows.count > 0 {
            self.finish_batch()?;
        }
        Ok((self.batches, self.unit_types))
    }

    fn finish_batch(&mut self) -> Result<(), ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.batches.push(rows.finish(&self.unit_types)?);
        Ok(())
    }
}

impl Rows {
    fn push(&mut self, stored: &Stored<'_>, event: &Event, unit_types: &BTreeSet<String>) {
        let (name, value) = match &event.body {
            Body::Track(event) | Body::Feedback(event) => (Some(&event.name), event.value),
            Body::Error(event) => (Some(&event.name), None),
            Body::Exposure(_) | Body::Identify => (None, None),
        };
        let mut buffer = uuid::Uuid::encode_buffer();
        self.id.append_value(event.id.hyphenated().encode_lower(&mut buffer));
        self.type_name.append_value(event.body.type_name());
        self.ts.append_value(stored.by_our_clock(event.ts).as_microsecond());
        self.received_at.append_value(stored.received_at.as_microsecond());
        self.tenant.append_option(event.tenant.as_ref());
        self.name.append_option(name);
        self.value.append_option(value.map(|value| i128::from(value.millionths())));
        self.raw.append_value(stored.event.get());
        for unit_type in unit_types {
            if let Some(column) = self.units.get_mut(unit_type) {
                column.append_option(event.units.get(unit_type));
            } else {
                let mut column = StringBuilder::new();
                (0..self.count).for_each(|_| column.append_null());
                column.append_option(event.units.get(unit_type));
                self.units.insert(unit_type.clone(), column);
            }
        }
        self.count += 1;
    }

    fn finish(mut self, unit_types: &BTreeSet<String>) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.type_name.finish()),
            Arc::new(self.ts.finish().with_timezone("UTC")),
            Arc::new(self.received_at.finish().with_timezone("UTC")),
            Arc::new(self.tenant.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.value.finish().with_data_type(value_type())),
        ];
        columns.extend(self.units.values_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.push(Arc::new(self.raw.finish()));
        RecordBatch::try_new(schema(unit_types), columns)
    }
}

/// The batch with the columns of the schema, null where it has none.
pub(super) fn align(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), batch.num_rows()),
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}
