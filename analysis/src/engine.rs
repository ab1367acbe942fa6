//! The seam between the portable SQL and what runs it.

mod answer;
#[cfg(feature = "ballista")]
pub mod ballista;
mod bindings;
pub mod clickhouse;
pub mod datafusion;
pub mod dialect;
pub mod postgres;
pub mod recorded;
mod server;
mod tables;
mod upload;

pub use tables::Tables;

use crate::scan::Table;
use ::datafusion::arrow::{array::RecordBatch, datatypes::SchemaRef};
use futures::{FutureExt as _, future::BoxFuture};
use std::{path::PathBuf, sync::Arc};

/// Runs SQL over tables that were registered by name.
///
/// The SQL of [`sql`](crate::sql) is the only text that is given to it, so an engine needs no more than that text
/// uses. Its sessions run in UTC.
pub trait Engine: Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Makes `source` the table `name`; a table of that name before is replaced.
    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>>;

    /// Makes `table` the table `name`. An engine of this process asks where its rows are when a query reads it, and not
    /// before.
    fn register_table<'a>(
        &'a self,
        name: &'a str,
        table: Arc<dyn Table>,
    ) -> BoxFuture<'a, Result<(), EngineError>> {
        async move {
            let failed = |message: String| EngineError {
                engine: self.name(),
                task: format!("read the table {name}"),
                message,
            };
            let source = table.source().map_err(|error| failed(error.to_string()))?;
            self.register(name, source).await
        }
        .boxed()
    }

    /// The tables that were registered, where this process may read them by itself instead of asking (see
    /// [`fold`](crate::fold)); none where what is asked and answered is what counts.
    fn tables(&self) -> Option<&Tables> {
        None
    }

    /// Makes a `select` over relations that the engine has by itself the table `name`.
    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>>;

    /// How often something was asked that waits for an answer which people bring. Such a question is answered with no rows; what
    /// would be asked by its answer is not to be asked yet. Engines that answer by themselves never wait.
    fn waiting(&self) -> usize {
        0
    }

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
