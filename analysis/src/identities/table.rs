//! Links as tables, which SQL joins.

use crate::engine::Source;
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _, RecordBatch, StringArray, new_null_array},
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
};
use std::{collections::BTreeMap, sync::Arc};

/// The ids of one unit type with the units that they stand for: `link_from, link_unit`, both strings, `link_from`
/// unique.
#[derive(Clone, Debug)]
pub struct LinkTable {
    /// The unit type of `link_from`.
    pub unit_type: String,
    batch: RecordBatch,
}

impl LinkTable {
    pub(super) fn new(unit_type: &str, links: &BTreeMap<&str, String>) -> Result<Self, ArrowError> {
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let schema = Arc::new(Schema::new(vec![text("link_from"), text("link_unit")]));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(links.keys())),
            Arc::new(StringArray::from_iter_values(links.values())),
        ];
        Ok(Self { unit_type: unit_type.to_owned(), batch: RecordBatch::try_new(schema, columns)? })
    }

    /// A table of no ids.
    ///
    /// # Errors
    /// Where Arrow cannot hold it.
    pub fn empty(unit_type: &str) -> Result<Self, ArrowError> {
        Self::new(unit_type, &BTreeMap::new())
    }

    /// What the engine calls it.
    pub fn name(&self) -> String {
        format!("links_{}", self.unit_type)
    }

    /// The column of events that `link_from` is compared with.
    pub fn column(&self) -> String {
        format!("unit_{}", self.unit_type)
    }

    /// The table, for an engine.
    pub fn source(&self) -> Source {
        Source::batches(self.batch.schema(), vec![self.batch.clone()])
    }

    /// The rows, in the order of `link_from`.
    pub fn links(&self) -> Vec<(String, String)> {
        let column = |index| self.batch.column(index).as_string::<i32>();
        let texts = |index| column(index).iter().flatten().map(str::to_owned);
        texts(0).zip(texts(1)).collect()
    }
}

/// The table with a column of texts of this name, null where nobody wrote it: a log in which nobody is known yet has no
/// column of users.
///
/// # Errors
/// Where Arrow cannot hold a batch.
pub fn with_text_column(source: Source, name: &str) -> Result<Source, ArrowError> {
    if source.schema.field_with_name(name).is_ok() {
        return Ok(source);
    }
    let field = Arc::new(Field::new(name, DataType::Utf8, true));
    let schema =
        Arc::new(Schema::new(source.schema.fields().iter().cloned().chain([field]).collect::<Vec<_>>()));
    let widen = |batch: &RecordBatch| {
        let nulls = new_null_array(&DataType::Utf8, batch.num_rows());
        let columns = batch.columns().iter().cloned().chain([nulls]).collect();
        RecordBatch::try_new(Arc::clone(&schema), columns)
    };
    let batches = source.batches.iter().map(widen).collect::<Result<_, _>>()?;
    Ok(Source { schema, files: source.files, batches })
}
