//! Links as tables, which SQL joins.

use crate::engine::Source;
use datafusion::arrow::{
    array::{ArrayRef, RecordBatch, StringArray},
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
        use datafusion::arrow::array::AsArray as _;
        let column = |index| self.batch.column(index).as_string::<i32>();
        let texts = |index| column(index).iter().flatten().map(str::to_owned);
        texts(0).zip(texts(1)).collect()
    }
}
