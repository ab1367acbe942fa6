//! Metrics over a property of events: the column that holds it, and its numbers gathered into a table of their own.

use crate::{
    decimal::Decimal,
    engine::Source,
    error::AnalysisError,
    event::{Body, Event},
    log::{self, NUMBER_PREFIX, TEXT_PREFIX},
};
use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray as _, BooleanArray, Decimal128Builder, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema, SchemaRef},
        error::ArrowError,
    },
    parquet::{
        arrow::{
            ArrowWriter, ProjectionMask,
            arrow_reader::{
                ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter,
            },
        },
        errors::ParquetError,
    },
};
use std::{fs::File, path::Path, sync::Arc};
use tempfile::NamedTempFile;

/// What of a property a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyKind {
    /// Its numbers: `decimal(18, 6)`, exact from the event's text, rounded once, half to even. Null where the property
    /// is no number that fits.
    Number,
    /// Its strings, and its booleans as `true` and `false`. Null where the property is neither.
    Text,
}

/// A property as a column of a table of events: the event's `properties.<property>`, whatever the event's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyColumn {
    /// The property's name.
    pub property: String,
    /// What of it.
    pub kind: PropertyKind,
}

impl PropertyColumn {
    /// The column's name: `number_<property>` or `text_<property>`.
    pub fn name(&self) -> String {
        let prefix = match self.kind {
            PropertyKind::Number => NUMBER_PREFIX,
            PropertyKind::Text => TEXT_PREFIX,
        };
        format!("{prefix}{}", self.property)
    }
}

/// The numbers of one property in all events of one name. The file goes when this does.
#[derive(Debug)]
pub struct PropertyTable {
    file: NamedTempFile,
    schema: SchemaRef,
}

impl PropertyTable {
    /// Reads the events that are called `event` and writes, for each, its `id, type, ts, received_at, name` and unit columns, and as
    /// `value` the number that the property holds; null where there is none that fits.
    ///
    /// # Errors
    /// Where the log cannot be read or the temporary file cannot be written.
    pub fn gather(source: &log::Source, event: &str, property: &str) -> Result<Self, AnalysisError> {
        let failed = |error: &dyn std::fmt::Display| AnalysisError::Property {
            property: property.to_owned(),
            message: error.to_string(),
        };
        let file = NamedTempFile::new().map_err(|error| failed(&error))?;
        let table = Self { schema: schema(&source.schema()), file };
        table.write(source, event, property).map_err(|error| failed(&error))?;
        Ok(table)
    }

    /// The table, for an engine. It must be dropped before this is.
    pub fn source(&self) -> Source {
        Source {
            schema: Arc::clone(&self.schema),
            files: vec![self.file.path().to_owned()],
            batches: Vec::new(),
        }
    }

    fn write(&self, source: &log::Source, event: &str, property: &str) -> Result<(), ParquetError> {
        let mut writer = ArrowWriter::try_new(self.file.reopen()?, Arc::clone(&self.schema), None)?;
        for path in source.parquet_files() {
            for batch in rows(path, event)? {
                writer.write(&self.values(&batch?, property)?)?;
            }
        }
        for batch in source.batches() {
            let named = named(batch, event)?;
            let batch = datafusion::arrow::compute::filter_record_batch(batch, &named)?;
            writer.write(&self.values(&batch, property)?)?;
        }
        writer.close()?;
        Ok(())
    }

    fn values(&self, batch: &RecordBatch, property: &str) -> Result<RecordBatch, ArrowError> {
        let raw = strings(batch, "raw")?;
        let mut values = Decimal128Builder::with_capacity(batch.num_rows()).with_data_type(value_type());
        for text in raw {
            values.append_option(
                text.and_then(|text| number(text, property)).map(|value| i128::from(value.millionths())),
            );
        }
        let values: ArrayRef = Arc::new(values.finish());
        let column = |field: &Arc<Field>| match (field.name().as_str(), batch.column_by_name(field.name())) {
            ("value", _) => Arc::clone(&values),
            (_, Some(column)) => Arc::clone(column),
            // A file has no column for a unit type that none of its events names.
            (_, None) => datafusion::arrow::array::new_null_array(field.data_type(), batch.num_rows()),
        };
        RecordBatch::try_new(Arc::clone(&self.schema), self.schema.fields().iter().map(column).collect())
    }
}

fn number(raw: &str, property: &str) -> Option<Decimal> {
    match Event::parse(raw.as_bytes()).ok()?.body {
        Body::Track(measurement) => measurement.property(property),
        _ => None,
    }
}

fn schema(events: &SchemaRef) -> SchemaRef {
    let kept =
        events.fields().iter().filter(|field| !matches!(field.name().as_str(), "tenant" | "value" | "raw"));
    let mut fields: Vec<Field> = kept.map(|field| field.as_ref().clone()).collect();
    fields.push(Field::new("value", value_type(), true));
    Arc::new(Schema::new(fields))
}

fn value_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}

/// The rows of a Parquet file that hold `track` events of this name.
fn rows(path: &Path, event: &str) -> Result<ParquetRecordBatchReader, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let columns = ProjectionMask::columns(builder.parquet_schema(), ["type", "name"]);
    let event = event.to_owned();
    let is_named = ArrowPredicateFn::new(columns, move |batch| named(&batch, &event));
    builder.with_row_filter(RowFilter::new(vec![Box::new(is_named)])).build()
}

fn named(batch: &RecordBatch, event: &str) -> Result<BooleanArray, ArrowError> {
    let (types, names) = (strings(batch, "type")?, strings(batch, "name")?);
    let is_named =
        |(type_name, name): (Option<&str>, Option<&str>)| type_name == Some("track") && name == Some(event);
    Ok(types.iter().zip(names.iter()).map(|pair| Some(is_named(pair))).collect())
}

fn strings<'a>(batch: &'a RecordBatch, column: &str) -> Result<&'a StringArray, ArrowError> {
    let strings = batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
    strings.ok_or_else(|| ArrowError::SchemaError(format!("the column `{column}` is no string column")))
}
