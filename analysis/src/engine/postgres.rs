//! PostgreSQL: the queries run where the rows are, and a few rows a variant come back.

use super::{EngineError, Source, answer, bindings::Bindings, dialect::Dialect, server::Server, upload};
use datafusion::arrow::{array::RecordBatch, datatypes::DataType};
use futures::SinkExt as _;
use std::{error::Error as _, io::Cursor, pin::pin};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

const NAME: &str = "PostgreSQL";

/// A session on a PostgreSQL server. Tables that are registered are temporary: they are gone with the session.
pub struct Postgres {
    client: Client,
    connection: JoinHandle<()>,
    bindings: Bindings,
}

impl Postgres {
    /// Connects by a connection string, `postgresql://user:password@host:port/database` or `key=value` pairs; `password`
    /// is for a string that has none. The connection is not encrypted: over a network that is not trusted, go through a
    /// tunnel.
    ///
    /// # Errors
    /// Where the string is none, or the server does not let us in. The message repeats no password.
    pub async fn connect(address: &str, password: Option<&str>) -> Result<Self, EngineError> {
        let mut config: Config = address.parse().map_err(|error| failed("connect", &error))?;
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
        }
        config.application_name("edgewise");
        let (client, connection) = config.connect(NoTls).await.map_err(|error| failed("connect", &error))?;
        // When the connection breaks, the next query says so.
        let connection = tokio::spawn(async move {
            let _ = connection.await;
        });
        let session = Self { client, connection, bindings: Bindings::default() };
        session.run("start a session", Dialect::PostgreSql.preamble()).await?;
        Ok(session)
    }

    async fn run(&self, task: &str, sql: &str) -> Result<(), EngineError> {
        self.client.batch_execute(sql).await.map_err(|error| failed(task, &error))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Server for Postgres {
    const NAME: &'static str = NAME;

    fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    async fn take_over(&self, name: &str, source: Source) -> Result<(), EngineError> {
        let task = format!("make the table {name}");
        let columns = upload::columns(&source.schema, type_name).map_err(|error| error.by(NAME))?;
        let make = format!("drop table if exists pg_temp.{name}; create temporary table {name} ({columns})");
        self.run(&task, &make).await?;
        let copy = format!("copy pg_temp.{name} from stdin");
        let sink = self.client.copy_in(&copy).await.map_err(|error| failed(&task, &error))?;
        let mut sink = pin!(sink);
        let mut batches = Vec::new();
        upload::batches(&source, |batch| {
            batches.push(batch);
            Ok::<_, upload::UploadError>(())
        })
        .map_err(|error| error.by(NAME))?;
        for batch in &batches {
            let lines = upload::tab_separated(batch).map_err(|error| error.by(NAME))?;
            sink.send(Cursor::new(lines)).await.map_err(|error| failed(&task, &error))?;
        }
        sink.finish().await.map_err(|error| failed(&task, &error))?;
        // Without counts of rows and values the planner takes a million rows for a thousand.
        self.run(&task, &format!("analyze pg_temp.{name}")).await
    }

    async fn rows(&self, sql: String) -> Result<Vec<RecordBatch>, EngineError> {
        let messages = self.client.simple_query(&sql).await;
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        for message in messages.map_err(|error| failed("run a query", &error))? {
            match message {
                SimpleQueryMessage::RowDescription(described) => {
                    columns = described.iter().map(|column| column.name().to_owned()).collect();
                }
                SimpleQueryMessage::Row(row) => {
                    rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect());
                }
                _ => {}
            }
        }
        Ok(vec![answer::batch(NAME, &columns, &rows)?])
    }
}

/// PostgreSQL's word for a type; whether it may be null is not asked.
fn type_name(data_type: &DataType, _nullable: bool) -> Option<String> {
    Some(match data_type {
        // Texts are equal and in order by their bytes, as on the other engines.
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text collate \"C\"".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "timestamp with time zone".to_owned(),
        DataType::Decimal128(precision, scale) => format!("numeric({precision}, {scale})"),
        _ => return None,
    })
}

fn failed(task: &str, error: &tokio_postgres::Error) -> EngineError {
    let cause = error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
    EngineError { engine: NAME, task: task.to_owned(), message: cause }
}
