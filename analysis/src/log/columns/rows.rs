//! The rows of one record batch in the making.

use super::{Layout, value_type};
use crate::{
    event::{Event, PropertyValue},
    log::{Stored, merkle::NONCE_BYTES},
};
use datafusion::arrow::{
    array::{
        ArrayBuilder, ArrayRef, Decimal128Builder, FixedSizeBinaryBuilder, RecordBatch, StringBuilder,
        TimestampMicrosecondBuilder,
    },
    error::ArrowError,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Rows, column by column. A column that most rows leave empty lags behind, and is filled up when it is needed.
pub(super) struct Rows {
    count: usize,
    id: StringBuilder,
    type_name: StringBuilder,
    ts: TimestampMicrosecondBuilder,
    received_at: TimestampMicrosecondBuilder,
    tenant: StringBuilder,
    name: StringBuilder,
    value: Decimal128Builder,
    sent_at: TimestampMicrosecondBuilder,
    units: BTreeMap<String, StringBuilder>,
    numbers: BTreeMap<String, Decimal128Builder>,
    texts: BTreeMap<String, StringBuilder>,
    nonce: FixedSizeBinaryBuilder,
    raw: StringBuilder,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            count: 0,
            id: StringBuilder::new(),
            type_name: StringBuilder::new(),
            ts: TimestampMicrosecondBuilder::new(),
            received_at: TimestampMicrosecondBuilder::new(),
            tenant: StringBuilder::new(),
            name: StringBuilder::new(),
            value: Decimal128Builder::new(),
            sent_at: TimestampMicrosecondBuilder::new(),
            units: BTreeMap::new(),
            numbers: BTreeMap::new(),
            texts: BTreeMap::new(),
            nonce: FixedSizeBinaryBuilder::new(i32::try_from(NONCE_BYTES).unwrap_or(i32::MAX)),
            raw: StringBuilder::new(),
        }
    }
}

impl Rows {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The bytes of all events' own text.
    pub(super) fn bytes(&self) -> usize {
        self.raw.values_slice().len()
    }

    pub(super) fn push(
        &mut self,
        stored: &Stored<'_>,
        event: &Event,
        nonce: Option<[u8; NONCE_BYTES]>,
        layout: &Layout,
    ) -> Result<(), ArrowError> {
        let mut buffer = uuid::Uuid::encode_buffer();
        self.id.append_value(event.id.hyphenated().encode_lower(&mut buffer));
        self.type_name.append_value(event.body.type_name());
        self.ts.append_value(stored.by_our_clock(event.ts).as_microsecond());
        self.received_at.append_value(stored.received_at.as_microsecond());
        self.tenant.append_option(event.tenant.as_ref());
        self.name.append_option(event.body.name());
        self.value.append_option(event.body.value().map(|value| i128::from(value.millionths())));
        self.sent_at.append_option(stored.sent_at.map(jiff::Timestamp::as_microsecond));
        for (unit_type, unit) in event.units.iter().filter(|(name, _)| layout.unit_types.contains(*name)) {
            text_column(&mut self.units, unit_type, self.count).append_value(unit);
        }
        for (name, raw) in event.body.properties().into_iter().flatten() {
            match PropertyValue::of(raw) {
                Some(PropertyValue::Number(number)) if layout.numbers.contains(name) => {
                    number_column(&mut self.numbers, name, self.count)
                        .append_value(i128::from(number.millionths()));
                }
                Some(PropertyValue::Text(text)) if layout.texts.contains(name) => {
                    text_column(&mut self.texts, name, self.count).append_value(text);
                }
                _ => {}
            }
        }
        match nonce {
            Some(nonce) => self.nonce.append_value(nonce)?,
            None => self.nonce.append_null(),
        }
        self.raw.append_value(stored.event.get());
        self.count += 1;
        Ok(())
    }

    pub(super) fn finish(mut self, layout: &Layout) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.type_name.finish()),
            Arc::new(self.ts.finish().with_timezone("UTC")),
            Arc::new(self.received_at.finish().with_timezone("UTC")),
            Arc::new(self.tenant.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.value.finish().with_data_type(value_type())),
            Arc::new(self.sent_at.finish().with_timezone("UTC")),
        ];
        columns.extend(text_arrays(self.units, &layout.unit_types, self.count));
        for name in &layout.numbers {
            let numbers = number_column(&mut self.numbers, name, self.count);
            columns.push(Arc::new(numbers.finish().with_data_type(value_type())));
        }
        columns.extend(text_arrays(self.texts, &layout.texts, self.count));
        columns.push(Arc::new(self.nonce.finish()));
        columns.push(Arc::new(self.raw.finish()));
        RecordBatch::try_new(layout.schema(), columns)
    }
}

fn text_arrays(
    mut columns: BTreeMap<String, StringBuilder>,
    names: &BTreeSet<String>,
    count: usize,
) -> Vec<ArrayRef> {
    let array = |name: &String| Arc::new(text_column(&mut columns, name, count).finish()) as ArrayRef;
    names.iter().map(array).collect()
}

/// The column of a name, filled up with nulls to the row that comes next.
fn text_column<'c>(
    columns: &'c mut BTreeMap<String, StringBuilder>,
    name: &str,
    row: usize,
) -> &'c mut StringBuilder {
    let column = columns.entry(name.to_owned()).or_default();
    column.append_nulls(row - column.len());
    column
}

fn number_column<'c>(
    columns: &'c mut BTreeMap<String, Decimal128Builder>,
    name: &str,
    row: usize,
) -> &'c mut Decimal128Builder {
    let column = columns.entry(name.to_owned()).or_default();
    column.append_nulls(row - column.len());
    column
}
