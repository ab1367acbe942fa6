//! Imported events as a Parquet file in the layout of the log's.

use crate::{decimal::Decimal, engine::Source, rows::ImportError};
use datafusion::{
    arrow::{
        array::{ArrayRef, Decimal128Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder},
        datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    },
    parquet::arrow::ArrowWriter,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    sync::Arc,
};
use tempfile::NamedTempFile;

/// Rows that are held in memory before they are written.
const ROWS: usize = 1 << 16;

/// Writes events, a batch at a time.
pub(super) struct EventWriter {
    file: NamedTempFile,
    schema: SchemaRef,
    properties: BTreeMap<String, String>,
    writer: Option<ArrowWriter<File>>,
    rows: Rows,
}

/// One `track` event.
pub(super) struct EventRow<'a> {
    pub(super) id: &'a str,
    pub(super) ts_us: i64,
    pub(super) name: Option<&'a str>,
    pub(super) unit: &'a str,
    pub(super) value: Option<Decimal>,
    /// In the order of the properties' names.
    pub(super) properties: &'a [Option<Decimal>],
}

#[derive(Default)]
struct Rows {
    count: usize,
    id: StringBuilder,
    ts: TimestampMicrosecondBuilder,
    name: StringBuilder,
    unit: StringBuilder,
    values: Vec<Decimal128Builder>,
}

impl EventWriter {
    pub(super) fn new(unit: &str, properties: BTreeSet<&str>) -> Result<Self, ImportError> {
        let file =
            NamedTempFile::new().map_err(|error| ImportError::Io { file: std::env::temp_dir(), error })?;
        let columns = (0..).map(|index| format!("property_{index}"));
        let properties: BTreeMap<String, String> =
            properties.into_iter().map(str::to_owned).zip(columns).collect();
        let schema = schema(unit, properties.values());
        let reopened =
            file.reopen().map_err(|error| ImportError::Io { file: file.path().to_owned(), error })?;
        let writer = ArrowWriter::try_new(reopened, Arc::clone(&schema), None).map_err(unwritable)?;
        let rows = Rows::new(properties.len());
        Ok(Self { file, schema, properties, writer: Some(writer), rows })
    }

    /// Property to its column.
    pub(super) fn properties(&self) -> &BTreeMap<String, String> {
        &self.properties
    }

    pub(super) fn write(&mut self, event: &EventRow<'_>) -> Result<(), ImportError> {
        self.rows.push(event);
        if self.rows.count >= ROWS { self.flush() } else { Ok(()) }
    }

    pub(super) fn finish(&mut self) -> Result<(), ImportError> {
        self.flush()?;
        self.writer.take().map_or(Ok(()), |writer| writer.close().map(drop).map_err(unwritable))
    }

    pub(super) fn source(&self) -> Source {
        Source {
            schema: Arc::clone(&self.schema),
            files: vec![self.file.path().to_owned()],
            batches: Vec::new(),
        }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        let rows = std::mem::replace(&mut self.rows, Rows::new(self.properties.len()));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), rows.finish())?;
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(&batch).map_err(unwritable))
    }
}

impl fmt::Debug for EventWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWriter")
            .field("file", &self.file)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl Rows {
    fn new(properties: usize) -> Self {
        let value = || Decimal128Builder::new().with_data_type(value_type());
        Self { values: (0..=properties).map(|_| value()).collect(), ..Self::default() }
    }

    fn push(&mut self, event: &EventRow<'_>) {
        self.count += 1;
        self.id.append_value(event.id);
        self.ts.append_value(event.ts_us);
        self.name.append_option(event.name);
        self.unit.append_value(event.unit);
        for (column, value) in
            self.values.iter_mut().zip(std::iter::once(&event.value).chain(event.properties))
        {
            column.append_option(value.map(|value| i128::from(value.millionths())));
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let mut types = StringBuilder::new();
        (0..self.count).for_each(|_| types.append_value("track"));
        let moments = Arc::new(self.ts.finish().with_timezone("UTC"));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(types.finish()),
            moments.clone(),
            moments,
            Arc::new(self.name.finish()),
            Arc::new(self.unit.finish()),
        ];
        columns.extend(self.values.iter_mut().map(|values| Arc::new(values.finish()) as ArrayRef));
        columns
    }
}

/// The columns of [`log::schema`](crate::log::schema) that the SQL asks for, and one for each property.
fn schema<'a>(unit: &str, properties: impl Iterator<Item = &'a String>) -> SchemaRef {
    let moment = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("ts", moment(), false),
        // Nobody told when these events arrived: they are in since they happened.
        Field::new("received_at", moment(), false),
        Field::new("name", DataType::Utf8, true),
        Field::new(format!("unit_{unit}"), DataType::Utf8, true),
        Field::new("value", value_type(), true),
    ];
    fields.extend(properties.map(|column| Field::new(column, value_type(), true)));
    Arc::new(Schema::new(fields))
}

fn value_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}

fn unwritable(error: datafusion::parquet::errors::ParquetError) -> ImportError {
    ImportError::Arrow(datafusion::arrow::error::ArrowError::from(error))
}
