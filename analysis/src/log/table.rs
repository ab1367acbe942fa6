//! Events with columns for the properties that somebody asks for.

use super::{
    LogError,
    columns::{Gathered, LeftOut, UNIT_PREFIX, align, event_fields, prefixed, value_type},
    sealed::{Guarded, SealedFile},
};
use crate::{
    engine,
    event::{Event, PropertyValue},
    property::{PropertyColumn, PropertyKind},
};
use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray as _, Decimal128Builder, RecordBatch, StringBuilder},
        datatypes::{DataType, Field, Schema, SchemaRef},
        error::ArrowError,
    },
    parquet::{
        arrow::{ArrowWriter, ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::properties::WriterProperties,
    },
};
use std::{collections::BTreeSet, fs::File, path::Path, sync::Arc};
use tempfile::NamedTempFile;

/// A table of events. It holds temporary files: drop it after the engine is done with its source.
#[derive(Debug)]
pub struct Table {
    source: engine::Source,
    gathered: Vec<NamedTempFile>,
}

impl Table {
    /// The table, for an engine: `id, type, ts, received_at, tenant, name, value`, the columns of units, and those of
    /// the properties that were asked for.
    pub fn source(&self) -> engine::Source {
        self.source.clone()
    }

    /// How many files lacked a column, so that their properties were gathered from the events' own text.
    pub fn gathered(&self) -> usize {
        self.gathered.len()
    }
}

/// The table over sealed segments and the rest: a file's own columns where it has all that is wanted, a temporary copy
/// with the missing ones where not.
pub(super) fn with_properties<'a>(
    files: impl Iterator<Item = &'a SealedFile>,
    rest: &Gathered,
    unit_types: &BTreeSet<String>,
    wanted: &BTreeSet<PropertyColumn>,
) -> Result<Table, LogError> {
    let schema = schema(unit_types, wanted);
    let (mut paths, mut gathered) = (Vec::new(), Vec::new());
    for file in files {
        let missing = missing(wanted, |column| has(file, column), file.footer.left_out);
        if missing.is_empty() {
            paths.push(file.path.clone());
            continue;
        }
        let copy = NamedTempFile::new().map_err(LogError::io("make a temporary file for", &file.path))?;
        write(&file.path, &copy, &schema, &missing)
            .map_err(LogError::parquet("gather the properties of", &file.path))?;
        paths.push(copy.path().to_owned());
        gathered.push(copy);
    }
    let has = |column: &PropertyColumn| match column.kind {
        PropertyKind::Number => rest.layout.numbers.contains(&column.property),
        PropertyKind::Text => rest.layout.texts.contains(&column.property),
    };
    let missing = missing(wanted, has, rest.left_out);
    let batches = rest.batches.iter().map(|batch| with_columns(batch, &schema, &missing));
    let batches =
        batches.collect::<Result<_, _>>().map_err(LogError::parquet("gather the properties of", "log"))?;
    Ok(Table { source: engine::Source { schema, files: paths, batches }, gathered })
}

fn schema(unit_types: &BTreeSet<String>, wanted: &BTreeSet<PropertyColumn>) -> SchemaRef {
    let mut fields = event_fields();
    fields.extend(prefixed(UNIT_PREFIX, unit_types, &DataType::Utf8));
    fields.extend(wanted.iter().map(|column| {
        let data_type = match column.kind {
            PropertyKind::Number => value_type(),
            PropertyKind::Text => DataType::Utf8,
        };
        Field::new(column.name(), data_type, true)
    }));
    Arc::new(Schema::new(fields))
}

fn has(file: &SealedFile, column: &PropertyColumn) -> bool {
    match column.kind {
        PropertyKind::Number => file.layout.numbers.contains(&column.property),
        PropertyKind::Text => file.layout.texts.contains(&column.property),
    }
}

/// The wanted columns that rows lack though they may have values for them: nothing was left out means that a property
/// without a column has no values.
fn missing(
    wanted: &BTreeSet<PropertyColumn>,
    has: impl Fn(&PropertyColumn) -> bool,
    left_out: LeftOut,
) -> Vec<&PropertyColumn> {
    let left_out = |column: &PropertyColumn| match column.kind {
        PropertyKind::Number => left_out.numbers,
        PropertyKind::Text => left_out.texts,
    };
    wanted.iter().filter(|column| left_out(column) && !has(column)).collect()
}

/// Copies what the schema asks for, with the missing columns made from the events' own text.
fn write(
    path: &Path,
    copy: &NamedTempFile,
    schema: &SchemaRef,
    missing: &[&PropertyColumn],
) -> Result<(), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = schema.fields().iter().map(|field| field.name().as_str()).chain(["raw"]);
    let projection = ProjectionMask::columns(builder.parquet_schema(), names);
    let quick =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
    let mut writer = ArrowWriter::try_new(copy.reopen()?, Arc::clone(schema), Some(quick))?;
    for batch in Guarded::from(builder.with_projection(projection).build()?) {
        writer.write(&with_columns(&batch?, schema, missing)?)?;
    }
    writer.close()?;
    Ok(())
}

/// The batch with the columns of the schema: its own, those that are missing made from `raw`, null elsewhere.
fn with_columns(
    batch: &RecordBatch,
    schema: &SchemaRef,
    missing: &[&PropertyColumn],
) -> Result<RecordBatch, ArrowError> {
    if missing.is_empty() {
        return align(batch, schema);
    }
    let raw = batch.column_by_name("raw").and_then(|column| column.as_string_opt::<i32>());
    let raw =
        raw.ok_or_else(|| ArrowError::SchemaError("the column `raw` is no string column".to_owned()))?;
    let mut made: Vec<Made> = missing.iter().map(|column| Made::new(column.kind)).collect();
    for text in raw {
        let event = text.and_then(|text| Event::parse(text.as_bytes()).ok());
        let properties = event.as_ref().and_then(|event| event.body.properties());
        for (column, made) in missing.iter().zip(&mut made) {
            let value = properties.and_then(|properties| properties.get(&column.property));
            made.append(value.and_then(|raw| PropertyValue::of(raw)));
        }
    }
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    let mut arrays = batch.columns().to_vec();
    for (column, made) in missing.iter().zip(made) {
        fields.push(Arc::new(schema.field_with_name(&column.name())?.clone()));
        arrays.push(made.finish());
    }
    align(&RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?, schema)
}

/// A column in the making.
enum Made {
    Numbers(Decimal128Builder),
    Texts(StringBuilder),
}

impl Made {
    fn new(kind: PropertyKind) -> Self {
        match kind {
            PropertyKind::Number => Self::Numbers(Decimal128Builder::new().with_data_type(value_type())),
            PropertyKind::Text => Self::Texts(StringBuilder::new()),
        }
    }

    fn append(&mut self, value: Option<PropertyValue>) {
        match (self, value) {
            (Self::Numbers(numbers), Some(PropertyValue::Number(number))) => {
                numbers.append_value(i128::from(number.millionths()));
            }
            (Self::Numbers(numbers), _) => numbers.append_null(),
            (Self::Texts(texts), Some(PropertyValue::Text(text))) => texts.append_value(text),
            (Self::Texts(texts), _) => texts.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Numbers(mut numbers) => Arc::new(numbers.finish()),
            Self::Texts(mut texts) => Arc::new(texts.finish()),
        }
    }
}
