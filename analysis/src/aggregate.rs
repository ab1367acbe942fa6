//! One metric's sums, by the engine.

use crate::{
    engine::Engine,
    error::AnalysisError,
    moments::{Sums, count},
    plan::Metric,
    results::EventCounts,
    sql::{self, EventTable, UnitTable},
};

/// The sums of a metric that is made of events, and where its events went.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn sums_of_events(
    engine: &dyn Engine,
    events: &EventTable<'_>,
    metric: &Metric,
) -> Result<(Vec<Sums>, EventCounts), AnalysisError> {
    let coverage = engine.query(&sql::coverage_of_events(events, metric)?).await?;
    let sums = Sums::read(&engine.query(&sql::sums_of_events(events, metric)?).await?, 0)?;
    let counts = EventCounts {
        seen: count(&coverage, "events_seen")?,
        without_unit: count(&coverage, "without_unit")?,
        not_exposed: count(&coverage, "not_exposed")?,
        before_exposure: count(&coverage, "before_exposure")?,
        after_window: count(&coverage, "after_window")?,
        without_value: sums.iter().map(|sums| sums.events_without_value).sum(),
        repeated: sums.iter().map(|sums| sums.events_repeated).sum(),
    };
    Ok((sums, counts))
}

/// The sums of a metric that is a column of a table with one row a unit.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn sums_of_units(engine: &dyn Engine, units: &UnitTable<'_>) -> Result<Vec<Sums>, AnalysisError> {
    Ok(Sums::read(&engine.query(&sql::sums_of_units(units)?).await?, 0)?)
}
