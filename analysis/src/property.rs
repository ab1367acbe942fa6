//! Metrics over a property of events: the column that holds it.

use crate::log::{NUMBER_PREFIX, TEXT_PREFIX};

/// What of a property a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyKind {
    /// Its numbers: `decimal(18, 6)`, exact from the event's text, rounded once, half to even. Null where the property
    /// is no number that fits.
    Number,
    /// Its strings, and its booleans as `true` and `false`. Null where the property is neither.
    Text,
}

/// A property as a column of a table of events: the event's `properties.<property>`, whatever the event's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyColumn {
    /// The property's name.
    pub property: String,
    /// What of it.
    pub kind: PropertyKind,
}

impl PropertyColumn {
    /// The column's name: `number_<property>` or `text_<property>`.
    pub fn name(&self) -> String {
        let prefix = match self.kind {
            PropertyKind::Number => NUMBER_PREFIX,
            PropertyKind::Text => TEXT_PREFIX,
        };
        format!("{prefix}{}", self.property)
    }
}
