//! Which events count, by a property.

use crate::property::{PropertyColumn, PropertyKind};
use serde::{Deserialize, Serialize};

/// A property of an event, compared with a constant. An event without the property does not pass, whatever is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The property's name. `value`, compared with a number, is the event's own value.
    pub property: String,
    /// How it is compared.
    pub is: Comparator,
    /// What it is compared with.
    pub value: FilterValue,
}

impl Filter {
    /// Whether what is compared is the event's own value.
    pub fn is_of_value(&self) -> bool {
        self.property == "value" && matches!(self.value, FilterValue::Number(_))
    }

    /// The column of the property; none where the event's own value is compared.
    pub fn column(&self) -> Option<PropertyColumn> {
        let kind = match self.value {
            FilterValue::Text(_) => PropertyKind::Text,
            FilterValue::Number(_) => PropertyKind::Number,
        };
        (!self.is_of_value()).then(|| PropertyColumn { property: self.property.clone(), kind })
    }
}

/// How a property is compared. Texts know only [`Equal`](Self::Equal) and [`NotEqual`](Self::NotEqual).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparator {
    /// The same.
    #[serde(rename = "=")]
    Equal,
    /// Another one.
    #[serde(rename = "!=")]
    NotEqual,
    /// Larger.
    #[serde(rename = ">")]
    Above,
    /// Larger or the same.
    #[serde(rename = ">=")]
    AtLeast,
    /// Smaller.
    #[serde(rename = "<")]
    Below,
    /// Smaller or the same.
    #[serde(rename = "<=")]
    AtMost,
}

impl Comparator {
    /// The sign, which SQL spells alike but for `<>`.
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

/// What a property is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterValue {
    /// A text, or `true` and `false`.
    Text(String),
    /// The text of a number, as a [`Decimal`](crate::decimal::Decimal) reads it.
    Number(String),
}
