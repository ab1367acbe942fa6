//! What servers have in common: tables that they take over, names that stand for what they have, and queries.

use super::{Engine, EngineError, Source, bindings::Bindings};
use datafusion::arrow::array::RecordBatch;
use futures::{FutureExt as _, future::BoxFuture};

/// A session on a server that runs the SQL where the rows are.
pub(super) trait Server: Send + Sync {
    /// What it is called.
    const NAME: &'static str;

    /// The names that stand for a `select`.
    fn bindings(&self) -> &Bindings;

    /// Makes a temporary table of these rows; one of that name before is replaced.
    fn take_over(&self, name: &str, source: Source) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// The rows that a text without such names gives.
    fn rows(&self, sql: String) -> impl Future<Output = Result<Vec<RecordBatch>, EngineError>> + Send;
}

impl<S: Server> Engine for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        async move {
            self.bindings().unbind(name);
            self.take_over(name, source).await
        }
        .boxed()
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        self.bindings().bind(name, select);
        futures::future::ready(Ok(())).boxed()
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        self.rows(self.bindings().resolve(sql)).boxed()
    }
}
