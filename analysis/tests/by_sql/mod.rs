//! An engine that nobody reads past: everything is asked of it in SQL.

use datafusion::arrow::array::RecordBatch;
use edgewise_analysis::engine::{Engine, EngineError, Source, datafusion::DataFusion};
use futures::future::BoxFuture;

/// The embedded engine, which lets nobody read its tables.
pub(crate) struct BySql(pub(crate) DataFusion);

impl Engine for BySql {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        self.0.register(name, source)
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        self.0.bind(name, select)
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        self.0.query(sql)
    }
}
