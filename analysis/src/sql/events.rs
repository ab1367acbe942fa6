//! The events, each with its unit.

use super::{
    EventTable, SqlError,
    hits::Span,
    text::{identifier, interval},
};
use std::fmt::Write as _;

/// The events, each with its unit by its own column or by a link.
pub(crate) fn rows_of(events: &EventTable<'_>) -> Result<String, SqlError> {
    let table = identifier(events.table)?;
    if events.links.is_empty() {
        return Ok(table.to_string());
    }
    let mut joins = format!("from {table} r");
    let mut units = format!("r.{}", identifier(events.unit_column)?);
    for (index, (link, column)) in events.links.iter().enumerate() {
        let (link, column) = (identifier(link)?, identifier(column)?);
        // Writing to a string does not fail.
        let _ = write!(joins, " left join {link} l{index} on r.{column} = l{index}.link_from");
        let _ = write!(units, ", l{index}.link_unit");
    }
    Ok(format!("(select r.*, coalesce({units}) as linked_unit {joins})"))
}

/// The column of the unit in [`rows_of`].
pub(crate) fn unit_of(events: &EventTable<'_>) -> Result<String, SqlError> {
    if events.links.is_empty() {
        Ok(identifier(events.unit_column)?.to_string())
    } else {
        Ok("linked_unit".to_owned())
    }
}

/// Whether an event of this time arrived after nothing changes a unit's number any more; none where it may arrive
/// whenever it does.
pub(super) fn is_too_late(events: &EventTable<'_>, span: Span) -> Option<String> {
    let Span::After { delay, window } = span else { return None };
    let closing = delay.saturating_add(window?).saturating_add(events.lateness_seconds?);
    Some(format!("e.received_at > exposed_at + {}", interval(closing)))
}
