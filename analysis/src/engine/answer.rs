//! What a server answers, as rows of text: every number is cast by who reads it.

use super::EngineError;
use datafusion::arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray},
    datatypes::{DataType, Field, Schema},
};
use std::sync::Arc;

/// A row of texts; none is null.
pub(super) type Row = Vec<Option<String>>;

/// Rows of text as one batch, whose columns are all nullable strings.
pub(super) fn batch(
    engine: &'static str,
    columns: &[String],
    rows: &[Row],
) -> Result<RecordBatch, EngineError> {
    let fields = columns.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let column = |index: usize| {
        let texts = rows.iter().map(|row| row.get(index).and_then(Option::as_deref));
        Arc::new(texts.collect::<StringArray>()) as ArrayRef
    };
    let arrays = (0..columns.len()).map(column).collect();
    // Without columns a batch would not know how many rows it has.
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays, &options)
        .map_err(|error| EngineError {
            engine,
            task: "read an answer".to_owned(),
            message: error.to_string(),
        })
}
