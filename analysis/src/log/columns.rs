//! Stored events as columns.

mod rows;

use super::{Stored, merkle::NONCE_BYTES};
use crate::{
    decimal::Decimal,
    event::{Event, PropertyValue},
};
use datafusion::arrow::{
    array::{RecordBatch, new_null_array},
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use rows::Rows;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// The most unit types of one segment that get a column, the first ones that come; the others are in `raw` alone. A
/// workspace has a handful; who sends thousands of names does not thereby make thousands of columns.
pub const MAX_UNIT_COLUMNS: usize = 64;
/// The most properties of one segment that get a column of numbers, and the most that get one of texts: the first
/// ones that come. The values of others are gathered from `raw` when they are asked for.
pub const MAX_PROPERTY_COLUMNS: usize = 64;
/// The longest name of a property that gets a column, in bytes.
pub const MAX_PROPERTY_BYTES: usize = 64;

/// What columns of unit ids are named with: `unit_user`.
pub(super) const UNIT_PREFIX: &str = "unit_";
/// What columns of properties' numbers are named with: `number_price`.
pub(crate) const NUMBER_PREFIX: &str = "number_";
/// What columns of properties' texts are named with: `text_currency`.
pub(crate) const TEXT_PREFIX: &str = "text_";

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
    let mut fields = event_fields();
    fields.extend(prefixed(UNIT_PREFIX, unit_types, &DataType::Utf8));
    fields.push(Field::new("raw", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

/// The names that have a column beside those that every event has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) unit_types: BTreeSet<String>,
    pub(super) numbers: BTreeSet<String>,
    pub(super) texts: BTreeSet<String>,
}

/// Which columns are missing some names, because there were too many of them or they are not plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub(super) unit_types: bool,
    pub(super) numbers: bool,
    pub(super) texts: bool,
}

impl Layout {
    /// The columns that a sealed segment has: those of [`schema`], and beside `raw` what was made of it and what its
    /// leaf in the Merkle tree needs.
    pub(super) fn schema(&self) -> SchemaRef {
        let mut fields = event_fields();
        fields.push(Field::new("sent_at", time(), true));
        fields.extend(prefixed(UNIT_PREFIX, &self.unit_types, &DataType::Utf8));
        fields.extend(prefixed(NUMBER_PREFIX, &self.numbers, &value_type()));
        fields.extend(prefixed(TEXT_PREFIX, &self.texts, &DataType::Utf8));
        fields.push(Field::new("nonce", nonce_type(), true));
        fields.push(Field::new("raw", DataType::Utf8, false));
        Arc::new(Schema::new(fields))
    }

    /// The names that have a column in a file.
    pub(super) fn of(schema: &Schema) -> Self {
        let named = |prefix: &str| {
            let names = schema.fields().iter().filter_map(|field| field.name().strip_prefix(prefix));
            names.map(ToOwned::to_owned).collect()
        };
        Self { unit_types: named(UNIT_PREFIX), numbers: named(NUMBER_PREFIX), texts: named(TEXT_PREFIX) }
    }

    /// Makes room for what an event names, as far as there is any.
    fn admit(&mut self, event: &Event, left_out: &mut LeftOut) {
        for unit_type in event.units.keys() {
            left_out.unit_types |= !admit(&mut self.unit_types, unit_type, MAX_UNIT_COLUMNS);
        }
        for (name, raw) in event.body.properties().into_iter().flatten() {
            let (names, left_out) = match PropertyValue::of(raw) {
                Some(PropertyValue::Number(_)) => (&mut self.numbers, &mut left_out.numbers),
                Some(PropertyValue::Text(_)) => (&mut self.texts, &mut left_out.texts),
                None => continue,
            };
            *left_out |= !(is_plain(name) && admit(names, name, MAX_PROPERTY_COLUMNS));
        }
    }
}

/// Whether the name is among the names, among which it is put where there is room.
fn admit(names: &mut BTreeSet<String>, name: &str, most: usize) -> bool {
    if names.contains(name) {
        return true;
    }
    let room = names.len() < most;
    if room {
        names.insert(name.to_owned());
    }
    room
}

/// Whether a property's name may name a column: a letter or `_`, then letters, digits and `_`.
fn is_plain(name: &str) -> bool {
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts
        && name.len() <= MAX_PROPERTY_BYTES
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The columns that every event has, but for `raw`.
pub(super) fn event_fields() -> Vec<Field> {
    vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("ts", time(), false),
        Field::new("received_at", time(), false),
        Field::new("tenant", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("value", value_type(), true),
    ]
}

pub(super) fn prefixed(
    prefix: &str,
    names: &BTreeSet<String>,
    data_type: &DataType,
) -> impl Iterator<Item = Field> {
    names.iter().map(move |name| Field::new(format!("{prefix}{name}"), data_type.clone(), true))
}

pub(crate) fn value_type() -> DataType {
    // A scale of six is far from what an i8 holds.
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn nonce_type() -> DataType {
    // Sixteen is far from what an i32 holds.
    DataType::FixedSizeBinary(i32::try_from(NONCE_BYTES).unwrap_or(i32::MAX))
}

/// Gathers rows into record batches. Batches made later may have more columns: [`align`] evens them out.
#[derive(Default)]
pub(super) struct Columns {
    layout: Layout,
    left_out: LeftOut,
    /// Whether names that have no column yet get none.
    fixed: bool,
    batches: Vec<RecordBatch>,
    rows: Rows,
}

/// Rows as they were gathered.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Each with the columns that there were by then.
    pub(super) batches: Vec<RecordBatch>,
    /// The names that have columns in any of them.
    pub(super) layout: Layout,
    pub(super) left_out: LeftOut,
}

impl Columns {
    /// Rows with columns for these names alone.
    pub(super) fn of(layout: Layout) -> Self {
        Self { layout, fixed: true, ..Self::default() }
    }

    /// Adds a row; with the nonce of its leaf where the segment is sealed.
    pub(super) fn push(
        &mut self,
        stored: &Stored<'_>,
        event: &Event,
        nonce: Option<[u8; NONCE_BYTES]>,
    ) -> Result<(), ArrowError> {
        if !self.fixed {
            self.layout.admit(event, &mut self.left_out);
        }
        self.rows.push(stored, event, nonce, &self.layout)?;
        if self.rows.count() >= BATCH_ROWS || self.rows.bytes() >= BATCH_BYTES {
            self.finish_batch()?;
        }
        Ok(())
    }

    /// All batches.
    pub(super) fn finish(mut self) -> Result<Gathered, ArrowError> {
        if self.rows.count() > 0 {
            self.finish_batch()?;
        }
        Ok(Gathered { batches: self.batches, layout: self.layout, left_out: self.left_out })
    }

    fn finish_batch(&mut self) -> Result<(), ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.batches.push(rows.finish(&self.layout)?);
        Ok(())
    }
}

impl Gathered {
    /// The batches with all columns.
    pub(super) fn aligned(&self) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
        let schema = self.layout.schema();
        let batches = self.batches.iter().map(|batch| align(batch, &schema)).collect::<Result<_, _>>()?;
        Ok((schema, batches))
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
