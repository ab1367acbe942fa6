//! The embedded engine: DataFusion in this process, in bounded memory, spilling to disk.

use super::{Engine, EngineError, Source, Tables};
use crate::scan::Table;
use datafusion::{
    arrow::array::RecordBatch,
    error::DataFusionError,
    execution::{
        SessionStateBuilder, disk_manager::DiskManagerBuilder, memory_pool::FairSpillPool,
        runtime_env::RuntimeEnvBuilder,
    },
    prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext},
};
use futures::{FutureExt as _, future::BoxFuture};
use std::{fmt::Write as _, num::NonZeroUsize, path::Path, sync::Arc};
use tokio::sync::Mutex;

const NAME: &str = "DataFusion";

/// How much of the machine a query may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What sorts, joins and aggregations may hold in memory, in bytes. Beyond it they spill to temporary files.
    pub memory: usize,
    /// How many threads work on a query.
    pub partitions: NonZeroUsize,
}

impl Limits {
    /// 768 MiB, so that a whole process stays under 1 GiB, and every core.
    pub fn of_this_machine() -> Self {
        Self {
            memory: 768 << 20,
            partitions: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// A thread's share of memory is divided by this for the merging of spilled rows. A query of
/// [`sql`](crate::sql) sorts in at most four places at once, and merging needs less than sorting.
const SHARE_TO_MERGE: usize = 16;

/// The embedded engine.
pub struct DataFusion {
    session: SessionContext,
    tables: Tables,
    /// One query at a time makes the tables that it is the first to read.
    making: Mutex<()>,
}

impl DataFusion {
    /// An engine without tables.
    ///
    /// # Errors
    /// Where the directory for spilling cannot be made.
    pub fn new(limits: Limits) -> Result<Self, EngineError> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory)))
            .with_disk_manager_builder(DiskManagerBuilder::default())
            .build_arc()
            .map_err(|error| failed("start", &error))?;
        let mut config = SessionConfig::new()
            .with_target_partitions(limits.partitions.get())
            .with_information_schema(false)
            // What each sort keeps free to merge what it spilled: the default, 10 MB, is more than all of a small limit.
            .with_sort_spill_reservation_bytes(limits.memory / limits.partitions.get() / SHARE_TO_MERGE);
        // Tables say their own string type; views of strings would make a file's columns differ from a batch's.
        config.options_mut().execution.parquet.schema_force_view_types = false;
        config.options_mut().execution.parquet.pushdown_filters = true;
        Ok(Self {
            session: SessionContext::new_with_config_rt(config, runtime),
            tables: Tables::new(limits),
            making: Mutex::default(),
        })
    }

    async fn table(&self, source: Source) -> Result<DataFrame, DataFusionError> {
        let rows = if source.batches.is_empty() {
            self.session.read_batch(RecordBatch::new_empty(Arc::clone(&source.schema)))?
        } else {
            self.session.read_batches(source.batches)?
        };
        if source.files.is_empty() {
            return Ok(rows);
        }
        let urls = source.files.iter().map(|file| file_url(file)).collect::<Result<Vec<_>, _>>()?;
        let options =
            ParquetReadOptions { file_extension: "", schema: Some(&source.schema), ..Default::default() };
        self.session.read_parquet(urls, options).await?.union(rows)
    }

    /// Makes the tables that a query reads, where none did before.
    async fn make_tables(&self, sql: &str) -> Result<(), EngineError> {
        let _one_at_a_time = self.making.lock().await;
        for (name, table) in self.tables.missing(sql) {
            let failed = |error: &DataFusionError| failed(&format!("read the table {name}"), error);
            let source = table.source().map_err(|error| failed(&DataFusionError::External(error.into())))?;
            let rows = self.table(source).await.map_err(|error| failed(&error))?;
            self.session.deregister_table(&name).map_err(|error| failed(&error))?;
            self.session.register_table(&name, rows.into_view()).map_err(|error| failed(&error))?;
            self.tables.made(&name, &table);
        }
        Ok(())
    }

    /// Hash joins do not spill. Where they do not fit, the query runs again with joins that sort and spill.
    async fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, DataFusionError> {
        match self.session.sql(sql).await?.collect().await {
            Err(error) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) => {
                let mut state = SessionStateBuilder::new_from_existing(self.session.state()).build();
                state.config_mut().options_mut().optimizer.prefer_hash_join = false;
                SessionContext::new_with_state(state).sql(sql).await?.collect().await
            }
            answer => answer,
        }
    }
}

impl Engine for DataFusion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        self.register_table(name, Arc::new(source))
    }

    fn register_table<'a>(
        &'a self,
        name: &'a str,
        table: Arc<dyn Table>,
    ) -> BoxFuture<'a, Result<(), EngineError>> {
        self.tables.hold(name, table);
        async { Ok(()) }.boxed()
    }

    fn tables(&self) -> Option<&Tables> {
        Some(&self.tables)
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        async move {
            let failed = |error| failed(&format!("read the table {name}"), &error);
            self.make_tables(select).await?;
            self.tables.forget(name);
            let rows = self.session.sql(select).await.map_err(failed)?;
            self.session.deregister_table(name).map_err(failed)?;
            self.session.register_table(name, rows.into_view()).map_err(failed)?;
            Ok(())
        }
        .boxed()
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        async move {
            self.make_tables(sql).await?;
            self.rows(sql).await.map_err(|error| failed("run a query", &error))
        }
        .boxed()
    }
}

fn failed(task: &str, error: &DataFusionError) -> EngineError {
    EngineError { engine: NAME, task: task.to_owned(), message: error.strip_backtrace() }
}

/// A path as a URL, so that `*`, `?` and `[` in it mean themselves.
pub(super) fn file_url(path: &Path) -> Result<String, DataFusionError> {
    let path = path.canonicalize()?;
    let mut url = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").map_err(|error| DataFusionError::External(Box::new(error)))?;
        }
    }
    Ok(url)
}
