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
    /// On a Ballista cluster, such as `ballista://host:50050?shared=/folder`, by a build with the feature `ballista`.
    Ballista(String),
}

/// A text is no address of an engine. It is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the engine begins with none of {}", SCHEMES.join(", "))]
pub struct EngineAddressError;

/// How addresses begin.
const SCHEMES: [&str; 4] = ["postgresql://", "postgres://", "clickhouse://", "ballista://"];

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
            Self::Ballista(address) => ballista(address).await?,
        })
    }

    /// Whether it has tables by itself. This process and a cluster only read files.
    pub fn has_tables(&self) -> bool {
        matches!(self, Self::PostgreSql(_) | Self::ClickHouse(_))
    }
}

#[cfg(feature = "ballista")]
async fn ballista(address: &str) -> Result<Box<dyn Engine>, EngineError> {
    use edgewise_analysis::engine::ballista::{Ballista, Cluster};
    let cluster = address.parse::<Cluster>().map_err(|error| ballista_failed(&error))?;
    Ok(Box::new(Ballista::connect(&cluster).await?))
}

#[cfg(not(feature = "ballista"))]
fn ballista(_address: &str) -> std::future::Ready<Result<Box<dyn Engine>, EngineError>> {
    let message = "this edgewise was built without it: build one with \
                   `cargo build --release --package edgewise-control --features ballista`";
    std::future::ready(Err(ballista_failed(&message)))
}

fn ballista_failed(message: &dyn fmt::Display) -> EngineError {
    EngineError { engine: "Ballista", task: "connect".to_owned(), message: message.to_string() }
}

impl FromStr for EngineAddress {
    type Err = EngineAddressError;

    fn from_str(text: &str) -> Result<Self, EngineAddressError> {
        match text.split_once("://") {
            Some(("postgresql" | "postgres", _)) => Ok(Self::PostgreSql(text.to_owned())),
            Some(("clickhouse", _)) => Ok(Self::ClickHouse(text.to_owned())),
            Some(("ballista", _)) => Ok(Self::Ballista(text.to_owned())),
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
            Self::Ballista(_) => "Ballista(…)",
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

    #[tokio::test]
    async fn a_cluster_has_a_folder_or_a_build_that_knows_none_says_how_to_get_one() {
        let address: EngineAddress = "ballista://host".parse().unwrap();
        let Err(error) = address.connect(Limits::of_this_machine()).await else {
            panic!("there is no folder")
        };
        let wanted = if cfg!(feature = "ballista") { "?shared=/FOLDER" } else { "--features ballista" };
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
