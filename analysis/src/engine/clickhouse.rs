//! ClickHouse, by its HTTP interface: the queries run where the rows are, and a few rows a variant come back.

use super::{
    EngineError, Source,
    answer::{self, Row},
    bindings::Bindings,
    server::Server,
    upload,
};
use datafusion::arrow::{array::RecordBatch, datatypes::DataType};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

const NAME: &str = "ClickHouse";

/// How long the server keeps a session, and with it the temporary tables, after its last query: its default.
const SESSION_SECONDS: u64 = 3600;

/// The port of the HTTP interface where an address says none.
const PORT: u16 = 8123;

/// What makes ClickHouse read the portable text as the others do: joins that find nothing give null, null stays null in
/// a cast, and days are those of UTC.
const SETTINGS: &str = "join_use_nulls=1&cast_keep_nullable=1&session_timezone=UTC&prefer_column_name_to_alias=0&format_csv_null_representation=%5CN";

/// A session on a ClickHouse server. Tables that are registered are temporary: they are gone with the session.
pub struct ClickHouse {
    agent: ureq::Agent,
    url: Arc<str>,
    user: String,
    password: String,
    bindings: Bindings,
}

impl ClickHouse {
    /// A session by the server's address, `clickhouse://user:password@host:8123/database`. `user` and `password` are for
    /// an address that has none. The connection is not encrypted: over a network that is not trusted, go through a
    /// tunnel.
    ///
    /// # Errors
    /// Where the address is none. The message does not repeat it, since it may hold a password.
    pub fn connect(address: &str, user: Option<&str>, password: Option<&str>) -> Result<Self, EngineError> {
        let refused = || EngineError {
            engine: NAME,
            task: "connect".to_owned(),
            message: "its address is not of the form clickhouse://user:password@host:8123/database"
                .to_owned(),
        };
        let rest = address.strip_prefix("clickhouse://").ok_or_else(refused)?;
        let (own, rest) = match rest.rsplit_once('@') {
            Some((own, rest)) => (Some(own), rest),
            None => (None, rest),
        };
        let (own_user, own_password) = match own.map(|own| own.split_once(':').unwrap_or((own, ""))) {
            Some((user, password)) => (Some(user), Some(password).filter(|password| !password.is_empty())),
            None => (None, None),
        };
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.starts_with(':') || database.contains(['/', '?', '&', '#']) {
            return Err(refused());
        }
        let port = if host.contains(':') { String::new() } else { format!(":{PORT}") };
        let database = if database.is_empty() { "default" } else { database };
        let session = Uuid::now_v7().simple();
        let url = format!(
            "http://{host}{port}/?database={database}&session_id=edgewise-{session}&session_timeout={SESSION_SECONDS}&{SETTINGS}"
        );
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .build();
        Ok(Self {
            agent: config.into(),
            url: url.into(),
            user: own_user.or(user).unwrap_or("default").to_owned(),
            password: own_password.or(password).unwrap_or_default().to_owned(),
            bindings: Bindings::default(),
        })
    }

    /// Sends a statement, with rows behind it where it takes some. The answer is text.
    async fn send(&self, task: String, body: String) -> Result<String, EngineError> {
        let (agent, url) = (self.agent.clone(), Arc::clone(&self.url));
        let (user, password) = (self.user.clone(), self.password.clone());
        let failed = move |message: String| EngineError { engine: NAME, task: task.clone(), message };
        let answered = tokio::task::spawn_blocking(move || {
            let request = agent.post(&*url).header("X-ClickHouse-User", user);
            let mut answer = request.header("X-ClickHouse-Key", password).send(body)?;
            let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string()?;
            Ok::<_, ureq::Error>((answer.status(), text))
        });
        match answered.await {
            Ok(Ok((status, text))) if status.is_success() => Ok(text),
            Ok(Ok((status, text))) => Err(failed(format!("{status}: {}", text.trim()))),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

impl Server for ClickHouse {
    const NAME: &'static str = NAME;

    fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    async fn take_over(&self, name: &str, source: Source) -> Result<(), EngineError> {
        let task = format!("make the table {name}");
        let columns = upload::columns(&source.schema, type_name).map_err(|error| error.by(NAME))?;
        self.send(task.clone(), format!("drop temporary table if exists {name}")).await?;
        self.send(task.clone(), format!("create temporary table {name} ({columns}) engine = Memory")).await?;
        let mut inserts = Vec::new();
        upload::batches(&source, |batch| {
            inserts.push(upload::tab_separated(&batch)?);
            Ok::<_, upload::UploadError>(())
        })
        .map_err(|error| error.by(NAME))?;
        for lines in inserts {
            let insert = format!("insert into {name} format TabSeparated\n{lines}");
            self.send(task.clone(), insert).await?;
        }
        Ok(())
    }

    async fn rows(&self, sql: String) -> Result<Vec<RecordBatch>, EngineError> {
        let sql = format!("{sql}\nformat CSVWithNames");
        let text = self.send("run a query".to_owned(), sql).await?;
        let (columns, rows) = parse(&text).map_err(|error| EngineError {
            engine: NAME,
            task: "read an answer".to_owned(),
            message: error.to_string(),
        })?;
        Ok(vec![answer::batch(NAME, &columns, &rows)?])
    }
}

/// ClickHouse's word for a type: null has to be allowed.
fn type_name(data_type: &DataType, nullable: bool) -> Option<String> {
    let name = match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "String".to_owned(),
        DataType::Int32 => "Int32".to_owned(),
        DataType::Int64 => "Int64".to_owned(),
        DataType::Boolean => "Bool".to_owned(),
        DataType::Timestamp(..) => "DateTime64(6, 'UTC')".to_owned(),
        DataType::Decimal128(precision, scale) => format!("Decimal({precision}, {scale})"),
        _ => return None,
    };
    Some(if nullable { format!("Nullable({name})") } else { name })
}

/// The names and the rows of an answer; `\N` is null.
fn parse(text: &str) -> Result<(Vec<String>, Vec<Row>), csv::Error> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let columns = reader.headers()?.iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| {
        let cell = |cell: &str| (cell != "\\N").then(|| cell.to_owned());
        Ok(record?.iter().map(cell).collect())
    });
    Ok((columns, rows.collect::<Result<_, csv::Error>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let session =
            ClickHouse::connect("clickhouse://me:se:cret@localhost:9999/shop", None, Some("other")).unwrap();
        assert!(
            session.url.starts_with("http://localhost:9999/?database=shop&session_id=edgewise-"),
            "{}",
            session.url
        );
        assert_eq!((session.user.as_str(), session.password.as_str()), ("me", "se:cret"));
        let session = ClickHouse::connect("clickhouse://localhost", Some("me"), Some("secret")).unwrap();
        assert!(session.url.starts_with("http://localhost:8123/?database=default&"), "{}", session.url);
        assert_eq!((session.user.as_str(), session.password.as_str()), ("me", "secret"));
        for wrong in
            ["localhost:8123", "https://secret@localhost", "clickhouse://", "clickhouse://secret@host/a&b=c"]
        {
            let error = ClickHouse::connect(wrong, None, None).err().unwrap().to_string();
            assert!(error.contains("clickhouse://user:password@host:8123/database"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn null_is_told_from_nothing() {
        let (columns, rows) = parse("\"a\",\"b\"\n\"x,\"\"y\",\\N\n\"\",1.5\n").unwrap();
        assert_eq!(columns, ["a", "b"]);
        assert_eq!(rows[0], [Some("x,\"y".to_owned()), None]);
        assert_eq!(rows[1], [Some(String::new()), Some("1.5".to_owned())]);
    }
}
