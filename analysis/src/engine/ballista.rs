//! A Ballista cluster: DataFusion on many machines, with the tables as Parquet files that all of them can read.

use super::{Engine, EngineError, Source, datafusion::file_url};
use crate::scan::Table;
use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::{
    arrow::array::RecordBatch,
    error::DataFusionError,
    execution::SessionStateBuilder,
    parquet::{
        arrow::ArrowWriter,
        file::reader::{FileReader as _, SerializedFileReader},
    },
    prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext},
};
use futures::{FutureExt as _, future::BoxFuture};
use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::net::TcpStream;

const NAME: &str = "Ballista";

const SCHEME: &str = "ballista://";
const SHARED: &str = "?shared=";

/// Where a scheduler listens unless it is told otherwise: the default of `ballista-scheduler --bind-port`.
const SCHEDULER_PORT: u16 = 50_050;

/// What is ours in the shared folder is read by executors that may run as other users, and written by us alone, whatever
/// the umask.
const FOLDER: u32 = 0o755;
const FILE: u32 = 0o644;

/// Where a cluster is, written `ballista://host:port?shared=/folder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    scheduler: String,
    shared: PathBuf,
}

impl FromStr for Cluster {
    type Err = ClusterError;

    /// Reads the URL. Without a port it is 50050. The folder is everything after `?shared=`, as it is spelled.
    fn from_str(url: &str) -> Result<Self, ClusterError> {
        let rest = url.strip_prefix(SCHEME).ok_or_else(|| ClusterError::Scheme(url.to_owned()))?;
        let (host, shared) = rest.split_once(SHARED).ok_or_else(|| ClusterError::NoFolder(url.to_owned()))?;
        let host = host.trim_end_matches('/');
        // The colons of an IPv6 address stand in brackets.
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let port = port.map_or(Ok(SCHEDULER_PORT), str::parse::<u16>);
        let port = port.map_err(|_| ClusterError::Host(host.to_owned()))?;
        if name.is_empty() || name.contains(['/', '?', '#', '@']) {
            return Err(ClusterError::Host(host.to_owned()));
        }
        if !Path::new(shared).is_absolute() {
            return Err(ClusterError::Relative(shared.to_owned()));
        }
        Ok(Self { scheduler: format!("{name}:{port}"), shared: PathBuf::from(shared) })
    }
}

/// A text that names no cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// It begins otherwise.
    #[error("{0:?} names no Ballista cluster: write ballista://HOST:PORT?shared=/FOLDER")]
    Scheme(String),
    /// It lacks the folder.
    #[error(
        "{0:?} names no folder: add ?shared=/FOLDER, one that the scheduler and the executors see under the same path"
    )]
    NoFolder(String),
    /// Its host or its port is none.
    #[error("{0:?} is no HOST:PORT of a Ballista scheduler, such as 10.0.0.5:50050")]
    Host(String),
    /// Its folder depends on where who reads it stands.
    #[error(
        "the shared folder {0:?} is no absolute path, and every machine of the cluster has to see the same one"
    )]
    Relative(String),
}

/// A session on a cluster.
///
/// Executors see no memory of ours. Tables in memory become files in a folder of the session below the shared one, and
/// files that lie elsewhere are copied there; the folder is gone with the session. Files below the shared folder are read
/// where they are.
pub struct Ballista {
    session: SessionContext,
    cluster: Cluster,
    own: TempDir,
    written: AtomicU64,
    held: Mutex<BTreeMap<String, Held>>,
}

/// A table that was registered.
struct Held {
    /// How many rows it has, by what is read of it here.
    rows: usize,
    /// Its files are read only with a query, and may be gone with it.
    _table: Option<Arc<dyn Table>>,
}

impl Ballista {
    /// Starts a session.
    ///
    /// # Errors
    /// Where nobody listens at the scheduler's address, or the shared folder cannot be written to.
    pub async fn connect(cluster: &Cluster) -> Result<Self, EngineError> {
        let connected = TcpStream::connect(&cluster.scheduler).await.map_err(|error| EngineError {
            engine: NAME,
            task: format!("connect to {}", cluster.scheduler),
            message: format!("{error}; is ballista-scheduler running there?"),
        })?;
        drop(connected);
        let shared = cluster.shared.canonicalize().map_err(|error| cluster.no_folder(&error))?;
        let cluster = Cluster { shared, scheduler: cluster.scheduler.clone() };
        let own = own_folder(&cluster.shared).map_err(|error| cluster.no_folder(&error))?;
        // The adaptive planner of 55.0.0 fails at the ranks of quantiles: "Expects PARTITION BY expression to be ordered".
        let mut config = SessionConfig::new_with_ballista().with_ballista_adaptive_query_planner(false);
        config.options_mut().execution.parquet.pushdown_filters = true;
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let session = SessionContext::remote_with_state(&format!("df://{}", cluster.scheduler), state)
            .await
            .map_err(|error| cluster.failed("start a session", &error))?;
        Ok(Self { session, cluster, own, written: AtomicU64::new(0), held: Mutex::default() })
    }

    async fn hold(
        &self,
        name: &str,
        source: &Source,
        table: Option<Arc<dyn Table>>,
    ) -> Result<(), EngineError> {
        let held = async {
            let (rows, frame) = self.table(source).await?;
            self.name_table(name, frame)?;
            Ok(rows)
        };
        let rows = held.await.map_err(|error| self.cluster.failed(&reading(name), &error))?;
        self.held().insert(name.to_owned(), Held { rows, _table: table });
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses tables in a query of which the cluster sees more or fewer rows than we do: a scheduler passes over files
    /// that it does not see. A name in a text or in a longer name has one too many counted, which does no harm.
    async fn check_rows(&self, sql: &str) -> Result<(), EngineError> {
        let named = |held: &BTreeMap<String, Held>| -> Vec<(String, usize)> {
            let named = held.iter().filter(|(name, _)| sql.contains(name.as_str()));
            named.map(|(name, held)| (name.clone(), held.rows)).collect()
        };
        let named = named(&self.held());
        for (name, rows) in named {
            let seen = async { self.session.table(name.as_str()).await?.count().await };
            let seen = seen.await.map_err(|error| self.cluster.failed(&reading(&name), &error))?;
            if seen != rows {
                let message =
                    format!("the scheduler sees {seen} of its {rows} rows {}", self.cluster.needs());
                return Err(EngineError { engine: NAME, task: reading(&name), message });
            }
        }
        Ok(())
    }

    /// How many rows there are, and the rows.
    async fn table(&self, source: &Source) -> Result<(usize, DataFrame), DataFusionError> {
        let mut files = Vec::new();
        for file in &source.files {
            files.push(self.in_reach(file)?);
        }
        // One file at least, if it is empty: there is no table over none.
        if files.is_empty() || source.batches.iter().any(|batch| batch.num_rows() > 0) {
            files.push(self.write(source)?);
        }
        let urls = files.iter().map(|file| file_url(file)).collect::<Result<Vec<_>, _>>()?;
        let rows = files.iter().map(|file| rows_in(file)).sum::<Result<usize, _>>()?;
        let options =
            ParquetReadOptions { file_extension: "", schema: Some(&source.schema), ..Default::default() };
        Ok((rows, self.session.read_parquet(urls, options).await?))
    }

    /// The file itself where it lies below the shared folder, a copy where not.
    fn in_reach(&self, file: &Path) -> io::Result<PathBuf> {
        let file = file.canonicalize()?;
        if file.starts_with(&self.cluster.shared) {
            return Ok(file);
        }
        // Not `fs::copy`, which would copy who may read it.
        let (path, mut copy) = self.create()?;
        io::copy(&mut File::open(file)?, &mut copy)?;
        Ok(path)
    }

    fn write(&self, source: &Source) -> Result<PathBuf, DataFusionError> {
        let (path, file) = self.create()?;
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&source.schema), None)?;
        for batch in &source.batches {
            writer.write(batch)?;
        }
        writer.close()?;
        Ok(path)
    }

    /// A new file in the session's folder.
    fn create(&self) -> io::Result<(PathBuf, File)> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let path = self.own.path().join(format!("{number}.parquet"));
        let file = File::create_new(&path)?;
        file.set_permissions(Permissions::from_mode(FILE))?;
        Ok((path, file))
    }

    fn name_table(&self, name: &str, table: DataFrame) -> Result<(), DataFusionError> {
        self.session.deregister_table(name)?;
        self.session.register_table(name, table.into_view())?;
        Ok(())
    }
}

fn reading(name: &str) -> String {
    format!("read the table {name}")
}

/// By its footer.
fn rows_in(file: &Path) -> Result<usize, DataFusionError> {
    let rows = SerializedFileReader::new(File::open(file)?)?.metadata().file_metadata().num_rows();
    usize::try_from(rows).map_err(|error| DataFusionError::External(Box::new(error)))
}

fn own_folder(shared: &Path) -> io::Result<TempDir> {
    let own = tempfile::Builder::new().prefix("edgewise-").tempdir_in(shared)?;
    fs::set_permissions(own.path(), Permissions::from_mode(FOLDER))?;
    Ok(own)
}

impl Engine for Ballista {
    fn name(&self) -> &'static str {
        NAME
    }

    fn register<'a>(&'a self, name: &'a str, source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        async move { self.hold(name, &source, None).await }.boxed()
    }

    fn register_table<'a>(
        &'a self,
        name: &'a str,
        table: Arc<dyn Table>,
    ) -> BoxFuture<'a, Result<(), EngineError>> {
        async move {
            let source = table.source().map_err(|error| EngineError {
                engine: NAME,
                task: reading(name),
                message: error.to_string(),
            })?;
            self.hold(name, &source, Some(table)).await
        }
        .boxed()
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        async move {
            self.check_rows(select).await?;
            let table = self.session.sql(select).await.and_then(|rows| self.name_table(name, rows));
            table.map_err(|error| self.cluster.failed(&reading(name), &error))?;
            self.held().remove(name);
            Ok(())
        }
        .boxed()
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        async move {
            self.check_rows(sql).await?;
            let rows = async { self.session.sql(sql).await?.collect().await };
            rows.await.map_err(|error| self.cluster.failed("run a query", &error))
        }
        .boxed()
    }
}

impl Cluster {
    /// What the cluster said, and what it needs: a folder that it does not see it only calls a missing file.
    fn failed(&self, task: &str, error: &DataFusionError) -> EngineError {
        let message = format!("{} {}", error.strip_backtrace(), self.needs());
        EngineError { engine: NAME, task: task.to_owned(), message }
    }

    fn needs(&self) -> String {
        format!(
            "(the scheduler and every executor have to see {} under this very path)",
            self.shared.display()
        )
    }

    fn no_folder(&self, error: &io::Error) -> EngineError {
        let message = format!(
            "{}: {error}; it has to be a folder that we write to and the cluster reads",
            self.shared.display()
        );
        EngineError { engine: NAME, task: "use the shared folder".to_owned(), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_read_from_its_url() {
        let read = |url: &str| url.parse::<Cluster>().map(|cluster| (cluster.scheduler, cluster.shared));
        let folder = |scheduler: &str, path: &str| Ok((scheduler.to_owned(), PathBuf::from(path)));
        assert_eq!(read("ballista://10.0.0.5:1234?shared=/data"), folder("10.0.0.5:1234", "/data"));
        assert_eq!(read("ballista://cluster?shared=/a b&c%20d"), folder("cluster:50050", "/a b&c%20d"));
        assert_eq!(read("ballista://[::1]/?shared=/data"), folder("[::1]:50050", "/data"));
        assert_eq!(read("ballista://[::1]:7?shared=/data"), folder("[::1]:7", "/data"));

        let scheme = "df://cluster?shared=/data";
        assert_eq!(read(scheme), Err(ClusterError::Scheme(scheme.to_owned())));
        assert_eq!(
            read("ballista://cluster:1"),
            Err(ClusterError::NoFolder("ballista://cluster:1".to_owned()))
        );
        assert_eq!(read("ballista://c?shared=data"), Err(ClusterError::Relative("data".to_owned())));
        assert_eq!(read("ballista://c?shared="), Err(ClusterError::Relative(String::new())));
        for host in ["", ":1", "c:", "c:65536", "user@c", "c/d"] {
            let url = format!("ballista://{host}?shared=/data");
            assert_eq!(read(&url), Err(ClusterError::Host(host.to_owned())), "{url}");
        }
    }

    #[tokio::test]
    async fn a_scheduler_that_is_not_there_is_named() {
        // Bound and let go: nobody listens there.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let cluster: Cluster = format!("ballista://{address}?shared=/").parse().unwrap();
        let Err(error) = Ballista::connect(&cluster).await else { panic!("nobody listens at {address}") };
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        assert!(error.to_string().contains("ballista-scheduler"), "{error}");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let folder = tempfile::tempdir().unwrap().path().join("gone");
        let url = format!("ballista://{}?shared={}", listener.local_addr().unwrap(), folder.display());
        let Err(error) = Ballista::connect(&url.parse().unwrap()).await else { panic!("there is no folder") };
        assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    }
}
