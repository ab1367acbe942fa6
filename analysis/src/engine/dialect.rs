//! Statements as a script for one system. The statements are the same for all of them; what a session has to be told
//! first, and how rows are printed as JSON, is not.

use super::recorded::Statement;
use std::{fmt, str::FromStr};

/// A system that statements are written for.
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
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::PostgreSql, Self::ClickHouse, Self::DuckDb, Self::Spark, Self::DataFusion];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::ClickHouse => "clickhouse",
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::DataFusion => "datafusion",
        }
    }

    /// How a script is run, so that each row becomes a JSON object a line.
    pub const fn command(self) -> &'static str {
        match self {
            Self::PostgreSql => "psql -XqAt -f statements.sql > answers.ndjson",
            Self::ClickHouse => "clickhouse client --queries-file statements.sql > answers.ndjson",
            Self::DuckDb => "duckdb -jsonlines shop.duckdb < statements.sql > answers.ndjson",
            Self::Spark => "spark-sql -S -f statements.sql > answers.ndjson",
            Self::DataFusion => "datafusion-cli -q --format nd-json -f statements.sql > answers.ndjson",
        }
    }

    /// Statements as a script: run it and bring every row back as a JSON object a line.
    pub fn script(self, statements: &[Statement]) -> String {
        let of =
            |statement: &Statement| format!("\n-- {}\n{};\n", statement.key, self.in_json(&statement.sql));
        let head = format!("-- {}: each row is a line of JSON, as by\n--   {}\n", self, self.command());
        format!("{head}{}{}", self.preamble(), statements.iter().map(of).collect::<String>())
    }

    /// What a session has to be told before the statements.
    pub(super) const fn preamble(self) -> &'static str {
        match self {
            Self::PostgreSql => POSTGRESQL,
            Self::ClickHouse => {
                "set join_use_nulls = 1;\nset cast_keep_nullable = 1;\nset session_timezone = 'UTC';\n"
            }
            Self::DuckDb => "set timezone = 'UTC';\n",
            Self::Spark => {
                "set spark.sql.session.timeZone = UTC;\nset spark.sql.ansi.enabled = true;\nset spark.sql.ansi.doubleQuotedIdentifiers = true;\n"
            }
            Self::DataFusion => "",
        }
    }

    /// The statement with its rows as JSON, where that is a matter of the statement.
    fn in_json(self, sql: &str) -> String {
        match self {
            Self::PostgreSql => format!("select row_to_json(line) from (\n{sql}\n) line"),
            Self::Spark => format!("select to_json(struct(*)) from (\n{sql}\n) line"),
            Self::ClickHouse => format!("{sql}\nformat JSONEachRow"),
            Self::DuckDb | Self::DataFusion => sql.to_owned(),
        }
    }
}

/// Moments are read and written in UTC, and a backslash in a literal is a letter.
///
/// Tables that a statement makes by itself have no statistics: PostgreSQL takes one row for any number of them, and
/// then sorts and groups all events again for each unit. Every join here compares keys of many rows, for which hashing
/// and merging are right; and to compile hundreds of columns takes longer than to compute them.
const POSTGRESQL: &str = "set time zone 'UTC';
set standard_conforming_strings = on;
set enable_nestloop = off;
set jit = off;
";

/// A text names no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no dialect; there are postgresql, clickhouse, duckdb, spark, datafusion")]
pub struct DialectError(String);

impl FromStr for Dialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, DialectError> {
        let named = Self::ALL.into_iter().find(|dialect| dialect.as_str() == text);
        named.ok_or_else(|| DialectError(text.to_owned()))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_has_all_statements_and_says_how_to_run_it() {
        let statement = |key: &str| Statement { key: key.to_owned(), sql: format!("select '{key}'") };
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
            let script = dialect.script(&[statement("k1"), statement("k2")]);
            assert!(script.contains("select 'k1'") && script.contains("select 'k2'"), "{script}");
            assert!(script.contains(dialect.command()), "{script}");
        }
        let error = "snowflake".parse::<Dialect>().unwrap_err().to_string();
        assert!(error.contains("postgresql, clickhouse"), "{error}");
    }
}
