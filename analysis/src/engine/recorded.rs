//! A warehouse that people ask for us: the statements are written down, and its answers are brought back in a file.

use super::{Engine, EngineError, Source, answer, bindings::Bindings};
use datafusion::arrow::array::RecordBatch;
use edgewise_core::Digest;
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::value::RawValue;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

const NAME: &str = "warehouse";

/// The column that says which statement a row answers.
const KEY: &str = "query_key";

/// Hexadecimal digits of a statement's key: a handful of statements, told apart by 64 bits.
const KEY_DIGITS: usize = 16;

/// Answers that were brought back, and the statements that are still open.
///
/// A statement is known by its text. One that was not answered is written down and answered with no rows, so that an
/// analysis comes to the others; what it says is to be thrown away then. Where a statement follows from an answer,
/// such as one with a cap, it is asked once the answer is there.
#[derive(Debug, Default)]
pub struct Recorded {
    bindings: Bindings,
    answers: BTreeMap<String, RecordBatch>,
    open: Mutex<Vec<Statement>>,
}

/// A statement for the warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// By which its rows are known.
    pub key: String,
    /// One `select`, whose first column is the key.
    pub sql: String,
}

impl Recorded {
    /// Reads answers: a JSON object a line, its members the columns of the statement. Numbers may be given as numbers
    /// or as texts; neither becomes a float.
    ///
    /// # Errors
    /// Where a line is no object, or lacks the key.
    pub fn read(answers: &str) -> Result<Self, AnswersError> {
        let mut rows: BTreeMap<String, Vec<BTreeMap<String, Option<String>>>> = BTreeMap::new();
        for (index, line) in answers.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let failed = |what: String| AnswersError { line: index + 1, what };
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line)
                .map_err(|error| failed(format!("it is no JSON object: {error}")))?;
            let mut row: BTreeMap<String, Option<String>> =
                object.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), text(&value))).collect();
            let key = row.remove(KEY).flatten();
            let key =
                key.ok_or_else(|| failed(format!("it has no `{KEY}`: keep the statement's first column")))?;
            rows.entry(key).or_default().push(row);
        }
        let batch = |(key, rows): (String, Vec<BTreeMap<String, Option<String>>>)| {
            let columns: Vec<String> =
                rows.first().map_or_else(Vec::new, |row| row.keys().cloned().collect());
            let cells =
                rows.iter().map(|row| columns.iter().map(|name| row.get(name).cloned().flatten()).collect());
            let batch = answer::batch(NAME, &columns, &cells.collect::<Vec<_>>());
            Ok((key, batch.map_err(|error| AnswersError { line: 1, what: error.message })?))
        };
        let answers = rows.into_iter().map(batch).collect::<Result<_, AnswersError>>()?;
        Ok(Self { answers, ..Self::default() })
    }

    /// The statements that were asked and have no answer, in the order in which they were asked.
    pub fn open(&self) -> Vec<Statement> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask(&self, sql: &str) -> Vec<RecordBatch> {
        let sql = self.bindings.resolve(sql);
        let mut key = Digest::of(&[sql.as_bytes()]).to_string();
        key.truncate(KEY_DIGITS);
        if let Some(answer) = self.answers.get(&key) {
            return vec![answer.clone()];
        }
        let statement =
            Statement { sql: format!("select '{key}' as {KEY}, answer.*\nfrom (\n{sql}\n) answer"), key };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.contains(&statement) {
            open.push(statement);
        }
        Vec::new()
    }
}

/// The text of a JSON value; none for null.
fn text(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        // A text that is one stays one; anything else is left as it is spelled.
        raw => Some(serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())),
    }
}

impl Engine for Recorded {
    fn name(&self) -> &'static str {
        NAME
    }

    fn register<'a>(&'a self, name: &'a str, _source: Source) -> BoxFuture<'a, Result<(), EngineError>> {
        let message = format!(
            "the rows of `{name}` are here and not in the warehouse: name its tables with --warehouse-table"
        );
        let error = EngineError { engine: NAME, task: "take over a table".to_owned(), message };
        futures::future::ready(Err(error)).boxed()
    }

    fn bind<'a>(&'a self, name: &'a str, select: &'a str) -> BoxFuture<'a, Result<(), EngineError>> {
        self.bindings.bind(name, select);
        futures::future::ready(Ok(())).boxed()
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Vec<RecordBatch>, EngineError>> {
        futures::future::ready(Ok(self.ask(sql))).boxed()
    }
}

/// Answers that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the answers: {what}")]
pub struct AnswersError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// The systems that the statements are written for. The statements are the same for all of them; what a session has to
/// be told first is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    PostgreSql,
    /// ClickHouse.
    ClickHouse,
    /// DuckDB.
    DuckDb,
    /// Apache Spark.
    Spark,
    /// Apache DataFusion, and Ballista.
    DataFusion,
}

impl Dialect {
    /// What a session has to be told before the statements.
    pub const fn preamble(self) -> &'static str {
        match self {
            Self::PostgreSql => "set time zone 'UTC';\nset standard_conforming_strings = on;\n",
            Self::ClickHouse => "set join_use_nulls = 1;\nset session_timezone = 'UTC';\n",
            Self::DuckDb => "set timezone = 'UTC';\n",
            Self::Spark => "set spark.sql.session.timeZone = UTC;\nset spark.sql.ansi.enabled = true;\n",
            Self::DataFusion => "",
        }
    }

    /// Statements as a script: run it and bring every row back as a JSON object a line.
    pub fn script(self, statements: &[Statement]) -> String {
        let of = |statement: &Statement| format!("\n-- {}\n{};\n", statement.key, statement.sql);
        format!("{}{}", self.preamble(), statements.iter().map(of).collect::<String>())
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PostgreSql => "postgresql",
            Self::ClickHouse => "clickhouse",
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::DataFusion => "datafusion",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::AsArray as _;

    #[test]
    fn what_has_no_answer_is_asked_once() {
        let engine = Recorded::default();
        assert!(engine.ask("select 1 as one").is_empty());
        assert!(engine.ask("select 1 as one").is_empty());
        let [statement] = engine.open().try_into().unwrap();
        assert!(statement.sql.contains(&format!("'{}' as query_key", statement.key)), "{statement:?}");

        let answers = format!(
            "{{\"query_key\": \"{}\", \"ONE\": 1, \"sum\": 12345678901234567890123456789012345678}}\n",
            statement.key
        );
        let engine = Recorded::read(&answers).unwrap();
        let answer = engine.ask("select 1 as one");
        assert!(engine.open().is_empty());
        let sum = answer[0].column_by_name("sum").unwrap().as_string::<i32>().value(0);
        assert_eq!(sum, "12345678901234567890123456789012345678", "no digit is lost to a float");
        assert!(answer[0].column_by_name("one").is_some(), "Snowflake shouts its names");
    }

    #[test]
    fn a_line_that_is_no_answer_is_named() {
        let error = Recorded::read("{\"query_key\": \"a\"}\n{\"x\": 1}\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.to_string().contains("query_key"), "{error}");
        assert_eq!(Recorded::read("[]").unwrap_err().line, 1);
    }
}
