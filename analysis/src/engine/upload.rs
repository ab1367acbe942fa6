//! The rows of a source, and how PostgreSQL's `copy` and ClickHouse's `TabSeparated` spell them: both alike.

use super::{EngineError, Source};
use datafusion::{
    arrow::{
        array::{Array, AsArray as _, RecordBatch, new_null_array},
        compute::cast,
        datatypes::{DataType, SchemaRef, TimestampMicrosecondType},
        error::ArrowError,
    },
    parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
};
use std::{fmt::Write as _, fs::File, sync::Arc};

/// Hands each batch of a source to `take`, with exactly the source's columns.
pub(super) fn batches<E: From<UploadError>>(
    source: &Source,
    mut take: impl FnMut(RecordBatch) -> Result<(), E>,
) -> Result<(), E> {
    for path in &source.files {
        let failed = |error: &dyn std::fmt::Display| UploadError(format!("{}: {error}", path.display()));
        let file = File::open(path).map_err(|error| failed(&error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(&error))?;
        for batch in reader.build().map_err(|error| failed(&error))? {
            let batch = batch.and_then(|batch| align(&batch, &source.schema));
            take(batch.map_err(|error| failed(&error))?)?;
        }
    }
    source.batches.iter().cloned().try_for_each(take)
}

/// Why the rows of a source cannot be sent.
#[derive(Debug)]
pub(super) struct UploadError(String);

impl UploadError {
    pub(super) fn by(self, engine: &'static str) -> EngineError {
        EngineError { engine, task: "take over a table".to_owned(), message: self.0 }
    }
}

/// A batch with the columns of the schema; null where it has none.
fn align(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<datafusion::arrow::datatypes::Field>| match batch.column_by_name(field.name()) {
        Some(column) => cast(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
    };
    let columns = schema.fields().iter().map(column).collect::<Result<_, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns)
}

/// A batch as lines of fields parted by tabs, null as `\N`.
pub(super) fn tab_separated(batch: &RecordBatch) -> Result<String, UploadError> {
    let failed = |error: ArrowError| UploadError(error.to_string());
    let columns = batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut lines = String::new();
    for row in 0..batch.num_rows() {
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                lines.push('\t');
            }
            let texts = column.as_string::<i32>();
            if texts.is_null(row) {
                lines.push_str("\\N");
            } else {
                escape(texts.value(row), &mut lines);
            }
        }
        lines.push('\n');
    }
    Ok(lines)
}

/// A column as texts. Moments are spelled without a zone, in UTC, with six places.
fn texts(column: &Arc<dyn Array>) -> Result<Arc<dyn Array>, ArrowError> {
    let DataType::Timestamp(..) = column.data_type() else { return cast(column, &DataType::Utf8) };
    let micros = DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Microsecond, None);
    let moments = cast(column, &micros)?;
    let text = |moment: Option<i64>| {
        let moment = jiff::Timestamp::from_microsecond(moment?).ok()?;
        Some(moment.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string())
    };
    let texts = moments.as_primitive::<TimestampMicrosecondType>().iter().map(text);
    Ok(Arc::new(texts.collect::<datafusion::arrow::array::StringArray>()))
}

fn escape(text: &str, into: &mut String) {
    for letter in text.chars() {
        match letter {
            '\\' => into.push_str("\\\\"),
            '\t' => into.push_str("\\t"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            _ => into.push(letter),
        }
    }
}

/// The columns of a table to make, as `name type`, with the engine's own word for each type.
pub(super) fn columns(
    schema: &SchemaRef,
    type_of: impl Fn(&DataType, bool) -> Option<String>,
) -> Result<String, UploadError> {
    let mut columns = String::new();
    for field in schema.fields() {
        let unknown = || UploadError(format!("a column `{}` of type {}", field.name(), field.data_type()));
        let type_name = type_of(field.data_type(), field.is_nullable()).ok_or_else(unknown)?;
        let comma = if columns.is_empty() { "" } else { ", " };
        let name = field.name().replace('"', "\"\"");
        // Writing to a text does not fail.
        let _ = write!(columns, "{comma}\"{name}\" {type_name}");
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Decimal128Array, StringArray, TimestampMicrosecondArray};

    #[test]
    fn fields_are_escaped_and_null_is_told_from_nothing() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a\tb\\c\nd"), None, Some("")]));
        let numbers = Decimal128Array::from(vec![Some(-1_500_000), None, Some(1)]);
        let numbers: ArrayRef = Arc::new(numbers.with_precision_and_scale(18, 6).unwrap());
        let moments = TimestampMicrosecondArray::from(vec![Some(1_767_571_200_000_001), None, Some(0)]);
        let moments: ArrayRef = Arc::new(moments.with_timezone("UTC"));
        let batch = RecordBatch::try_from_iter([("a", texts), ("b", numbers), ("c", moments)]).unwrap();
        assert_eq!(
            tab_separated(&batch).unwrap(),
            "a\\tb\\\\c\\nd\t-1.500000\t2026-01-05 00:00:00.000001\n\\N\t\\N\t\\N\n\t0.000001\t1970-01-01 00:00:00.000000\n"
        );
    }
}
