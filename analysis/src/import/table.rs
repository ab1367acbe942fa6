//! Imported events as a Parquet file in the layout of the log's.

use crate::{
    decimal::Decimal,
    engine::Source,
    property::{PropertyColumn, PropertyKind},
    rows::ImportError,
    scan::{Reader, Scan},
};
use datafusion::{
    arrow::{
        array::{
            Array as _, ArrayRef, Decimal128Array, Decimal128Builder, RecordBatch, StringArray,
            StringBuilder, TimestampMicrosecondBuilder, new_null_array,
        },
        datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    },
    parquet::arrow::{ArrowWriter, ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
};
use std::{collections::BTreeSet, fmt, fs::File, num::NonZeroUsize, path::PathBuf, sync::Arc};
use tempfile::NamedTempFile;

/// Rows that are held in memory before they are written.
const ROWS: usize = 1 << 16;

/// Writes events, a batch at a time.
pub(super) struct EventWriter {
    file: NamedTempFile,
    schema: SchemaRef,
    properties: BTreeSet<String>,
    writer: Option<ArrowWriter<File>>,
    rows: Rows,
}

/// One event: `track`, `feedback` or `error`.
pub(super) struct EventRow<'a> {
    pub(super) id: &'a str,
    pub(super) type_name: &'a str,
    pub(super) ts_us: i64,
    pub(super) name: Option<&'a str>,
    pub(super) unit: &'a str,
    pub(super) value: Option<Decimal>,
    /// In the order of the properties' names.
    pub(super) properties: &'a [Property<'a>],
}

/// A property as a number, as a text, or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Property<'a> {
    pub(super) number: Option<Decimal>,
    pub(super) text: Option<&'a str>,
}

#[derive(Default)]
struct Rows {
    count: usize,
    id: StringBuilder,
    type_name: StringBuilder,
    ts: TimestampMicrosecondBuilder,
    name: StringBuilder,
    unit: StringBuilder,
    values: Vec<Decimal128Builder>,
    texts: Vec<StringBuilder>,
}

impl EventWriter {
    pub(super) fn new(unit: &str, properties: BTreeSet<&str>) -> Result<Self, ImportError> {
        let file =
            NamedTempFile::new().map_err(|error| ImportError::Io { file: std::env::temp_dir(), error })?;
        let properties: BTreeSet<String> = properties.into_iter().map(str::to_owned).collect();
        let schema = schema(unit, &properties);
        let reopened =
            file.reopen().map_err(|error| ImportError::Io { file: file.path().to_owned(), error })?;
        let writer = ArrowWriter::try_new(reopened, Arc::clone(&schema), None).map_err(unwritable)?;
        let rows = Rows::new(properties.len());
        Ok(Self { file, schema, properties, writer: Some(writer), rows })
    }

    /// The properties that have columns, in their order.
    pub(super) fn properties(&self) -> &BTreeSet<String> {
        &self.properties
    }

    pub(super) fn write(&mut self, event: &EventRow<'_>) -> Result<(), ImportError> {
        self.rows.push(event);
        if self.rows.count >= ROWS { self.flush() } else { Ok(()) }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Writes a batch of [`event_batch`].
    pub(super) fn write_batch(&mut self, batch: &RecordBatch) -> Result<(), ImportError> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(batch).map_err(unwritable))
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

    pub(super) fn scan(&self) -> TableScan {
        TableScan { file: self.file.path().to_owned(), schema: Arc::clone(&self.schema) }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        let rows = std::mem::replace(&mut self.rows, Rows::new(self.properties.len()));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), rows.finish())?;
        self.write_batch(&batch)
    }
}

/// Reads the table again.
pub(super) struct TableScan {
    file: PathBuf,
    schema: SchemaRef,
}

impl Scan for TableScan {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn readers(&self, columns: &[&str], most: NonZeroUsize) -> Result<Vec<Reader>, ImportError> {
        let open = |group: usize| {
            let file =
                File::open(&self.file).map_err(|error| ImportError::Io { file: self.file.clone(), error })?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(unwritable)?;
            let groups: Vec<usize> =
                (0..builder.metadata().num_row_groups()).skip(group).step_by(most.get()).collect();
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            let reader = builder.with_projection(mask).with_row_groups(groups).build().map_err(unwritable)?;
            let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
            let order = move |batch: RecordBatch| {
                let places = names.iter().map(|name| batch.schema_ref().index_of(name));
                Ok(batch.project(&places.collect::<Result<Vec<_>, _>>()?)?)
            };
            Ok(Box::new(reader.map(move |batch| order(batch?))) as Reader)
        };
        (0..most.get()).map(open).collect()
    }
}

/// Events of columns, without ids and properties.
pub(super) fn event_batch(
    schema: &SchemaRef,
    (types, moments): (StringArray, ArrayRef),
    (names, units, values): (Option<&StringArray>, &StringArray, Option<&Decimal128Array>),
) -> Result<RecordBatch, ImportError> {
    let rows = units.len();
    let ids: StringArray = (0..rows).map(|_| Some("")).collect();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(types),
        Arc::clone(&moments),
        moments,
        names.map_or_else(|| new_null_array(&DataType::Utf8, rows), |names| Arc::new(names.clone())),
        Arc::new(units.clone()),
        values.map_or_else(|| new_null_array(&value_type(), rows), |values| Arc::new(values.clone())),
    ];
    let properties = schema.fields().iter().skip(columns.len());
    columns.extend(properties.map(|field| new_null_array(field.data_type(), rows)));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
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
        Self {
            values: (0..=properties).map(|_| value()).collect(),
            texts: (0..properties).map(|_| StringBuilder::new()).collect(),
            ..Self::default()
        }
    }

    fn push(&mut self, event: &EventRow<'_>) {
        self.count += 1;
        self.id.append_value(event.id);
        self.type_name.append_value(event.type_name);
        self.ts.append_value(event.ts_us);
        self.name.append_option(event.name);
        self.unit.append_value(event.unit);
        let numbers = event.properties.iter().map(|property| &property.number);
        for (column, value) in self.values.iter_mut().zip(std::iter::once(&event.value).chain(numbers)) {
            column.append_option(value.map(|value| i128::from(value.millionths())));
        }
        for (column, property) in self.texts.iter_mut().zip(event.properties) {
            column.append_option(property.text);
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let moments = Arc::new(self.ts.finish().with_timezone("UTC"));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.type_name.finish()),
            moments.clone(),
            moments,
            Arc::new(self.name.finish()),
            Arc::new(self.unit.finish()),
        ];
        columns.extend(self.values.iter_mut().map(|values| Arc::new(values.finish()) as ArrayRef));
        columns.extend(self.texts.iter_mut().map(|texts| Arc::new(texts.finish()) as ArrayRef));
        columns
    }
}

/// The columns of [`log::schema`](crate::log::schema) that the SQL asks for, and two for each property: its numbers and its texts.
fn schema(unit: &str, properties: &BTreeSet<String>) -> SchemaRef {
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
    let column = |property: &String, kind| PropertyColumn { property: property.clone(), kind }.name();
    let numbers = properties.iter().map(|property| column(property, PropertyKind::Number));
    fields.extend(numbers.map(|name| Field::new(name, value_type(), true)));
    let texts = properties.iter().map(|property| column(property, PropertyKind::Text));
    fields.extend(texts.map(|name| Field::new(name, DataType::Utf8, true)));
    Arc::new(Schema::new(fields))
}

fn value_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}

fn unwritable(error: datafusion::parquet::errors::ParquetError) -> ImportError {
    ImportError::Arrow(datafusion::arrow::error::ArrowError::from(error))
}
