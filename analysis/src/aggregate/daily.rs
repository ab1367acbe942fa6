//! When events came.

use crate::{
    engine::Engine,
    error::AnalysisError,
    moments::rows,
    sql::{self, EventTable},
};

/// Events of units that count, which arrived on one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DailyEvents {
    /// The day in UTC, such as `2026-11-21`.
    pub day: String,
    /// The variant of their units.
    pub variant: String,
    /// Their type: `track`, `feedback` or `error`.
    pub event_type: String,
    /// Their name.
    pub name: String,
    /// How many.
    pub events: u64,
}

/// Counts the events of all units that count by day, variant, type and name, in this order.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn daily_events(
    engine: &dyn Engine,
    events: &EventTable<'_>,
) -> Result<Vec<DailyEvents>, AnalysisError> {
    let batches = engine.query(&sql::daily_events(events)?).await?;
    let mut all: Vec<DailyEvents> = rows(&batches)
        .iter()
        .map(|row| DailyEvents {
            day: row.text("day_key"),
            variant: row.text("variant_key"),
            event_type: row.text("type_key"),
            name: row.text("name_key"),
            events: row.count("event_count"),
        })
        .collect();
    all.sort();
    Ok(all)
}
