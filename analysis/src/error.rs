//! Why an analysis gives no results at all.

use crate::{engine::EngineError, incremental::StateError, log::LogError, rows::ImportError, sql::SqlError};
use datafusion::arrow::error::ArrowError;
use edgewise_stats::AlphaError;

/// Why an analysis gives no results at all.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A name cannot be asked for.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The data folder cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The engine answered with other columns than it was asked for, or a table is too large for Arrow.
    #[error("a table is not as it must be: {0}")]
    Arrow(#[from] ArrowError),
    /// Somebody else's table cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The engine waits for answers that people bring.
    #[error("the warehouse has not answered all statements")]
    Unanswered,
    /// Rows of a warehouse lack what each of them must have.
    #[error("{rows} rows have no `{field}`: {}", if *field == "id" {
        "map it to a column that is never null, or leave it out of --columns where no event comes twice"
    } else {
        "map it to a column that is never null, or read a view without these rows"
    })]
    RowsWithout {
        /// How many.
        rows: u64,
        /// The field.
        field: &'static str,
    },
    /// The level of the tests is none.
    #[error(transparent)]
    Alpha(#[from] AlphaError),
    /// The folder that keeps sums between runs cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The plan's trigger filters by a property, and the events have no column of it.
    #[error(
        "the trigger `{event}` filters by the property `{property}`, and no column is mapped to it: add `properties.{property}=<column>` to --columns"
    )]
    TriggerFilters {
        /// The trigger's event.
        event: String,
        /// The property.
        property: String,
    },
}
