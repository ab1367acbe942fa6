//! The seam between the portable SQL and what runs it.

mod answer;
#[cfg(feature = "ballista")]
pub mod ballista;
mod bindings;
pub mod clickhouse;
pub mod datafusion;
pub mod postgres;
pub mod recorded;
mod upload;

use ::datafusion::arrow::{array::RecordBatch, datatypes::SchemaRef};
use futures::future::BoxFuture;
use std::path::PathBuf;

/// Runs SQL over tables that were registered by name.
///
/// The SQL of [`sql`](crate::sql) is the only text that is given to it, so an engine needs no more than that text
/// uses. Its sessions run in UTC.
pub trait Engine: Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Makes `source` the table `name`; a table of that name before is replaced.
    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>>;

    /// Makes a `select` over relations that the engine has by itself the table `name`.
    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>>;

    /// The rows that `sql` gives, all of them: results here are a few rows a variant.
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>>;
}

/// Where the rows of a table are: in Parquet files, in memory, or some in each.
#[derive(Clone, Debug)]
pub struct Source {
    /// The table's columns. A column that a file lacks is null there; what a file has more is not seen.
    pub schema: SchemaRef,
    /// Parquet files.
    pub files: Vec<PathBuf>,
    /// Rows in memory; each batch has the table's schema.
    pub batches: Vec<RecordBatch>,
}

impl Source {
    /// A table in memory.
    pub fn batches(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, files: Vec::new(), batches }
    }
}

/// Why an engine gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("the {engine} engine could not {task}: {message}")]
pub struct EngineError {
    /// The engine's name.
    pub engine: &'static str,
    /// What it was to do.
    pub task: String,
    /// What it said.
    pub message: String,
}
