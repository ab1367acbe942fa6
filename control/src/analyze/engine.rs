//! Which engine runs the SQL: the embedded one, or a server by its address.

use edgewise_analysis::engine::{
    Engine, EngineError,
    clickhouse::ClickHouse,
    datafusion::{DataFusion, Limits},
    postgres::Postgres,
};
use std::{env, fmt, str::FromStr};

/// Where the SQL runs. An address may hold a password, so that nothing prints it.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum EngineAddress {
    /// In this process.
    #[default]
    Embedded,
    /// On a PostgreSQL server, such as `postgresql://user@host:5432/shop`.
    PostgreSql(String),
    /// On a ClickHouse server by its HTTP interface, such as `clickhouse://user@host:8123/shop`.
    ClickHouse(String),
}

/// A text is no address of an engine. It is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the engine begins with none of {}", SCHEMES.join(", "))]
pub struct EngineAddressError;

/// How addresses begin.
const SCHEMES: [&str; 3] = ["postgresql://", "postgres://", "clickhouse://"];

/// The environment's password of PostgreSQL, as psql reads it.
const POSTGRESQL_PASSWORD: &str = "PGPASSWORD";
/// The environment's user and password of ClickHouse, as its client reads them.
const CLICKHOUSE: [&str; 2] = ["CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD"];

impl EngineAddress {
    /// Connects. What an address does not say of user and password, the environment does.
    ///
    /// # Errors
    /// Where the address is none, the server does not let us in, or the embedded engine does not start.
    pub async fn connect(&self, limits: Limits) -> Result<Box<dyn Engine>, EngineError> {
        let from_environment = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Ok(match self {
            Self::Embedded => Box::new(DataFusion::new(limits)?),
            Self::PostgreSql(address) => {
                Box::new(Postgres::connect(address, from_environment(POSTGRESQL_PASSWORD).as_deref()).await?)
            }
            Self::ClickHouse(address) => {
                let [user, password] = CLICKHOUSE.map(from_environment);
                Box::new(ClickHouse::connect(address, user.as_deref(), password.as_deref())?)
            }
        })
    }
}

impl FromStr for EngineAddress {
    type Err = EngineAddressError;

    fn from_str(text: &str) -> Result<Self, EngineAddressError> {
        match text.split_once("://") {
            Some(("postgresql" | "postgres", _)) => Ok(Self::PostgreSql(text.to_owned())),
            Some(("clickhouse", _)) => Ok(Self::ClickHouse(text.to_owned())),
            _ => Err(EngineAddressError),
        }
    }
}

impl fmt::Debug for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "Embedded",
            Self::PostgreSql(_) => "PostgreSql(…)",
            Self::ClickHouse(_) => "ClickHouse(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_and_nothing_prints_the_rest() {
        let address: EngineAddress = "postgresql://me:secret@host/shop".parse().unwrap();
        assert_eq!(address, EngineAddress::PostgreSql("postgresql://me:secret@host/shop".to_owned()));
        assert_eq!(format!("{address:?}"), "PostgreSql(…)");
        assert!(matches!("clickhouse://host".parse(), Ok(EngineAddress::ClickHouse(_))));
        for wrong in ["", "host:5432", "mysql://me:secret@host", "https://host"] {
            let error = wrong.parse::<EngineAddress>().unwrap_err().to_string();
            assert!(error.contains("clickhouse://") && !error.contains("secret"), "{error}");
        }
    }
}
