//! Whether an event's properties are what filters ask for.

use crate::{
    decimal::Decimal,
    error::AnalysisError,
    event::{Event, PropertyValue},
    plan::{Comparator, Filter, FilterValue, Trigger},
    property::PropertyColumn,
};
use datafusion::arrow::{
    array::{Array as _, AsArray as _, Decimal128Array, RecordBatch, StringArray},
    datatypes::{Decimal128Type, Schema},
};
use std::cmp::Ordering;

/// Where the properties of events stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Properties {
    /// In the event's own text, as the log has it.
    Text,
    /// In columns of their own.
    Columns,
}

impl Properties {
    /// Where a table has them.
    ///
    /// # Errors
    /// Where the table lacks one that the trigger asks for.
    pub(super) fn of(schema: &Schema, trigger: &Trigger) -> Result<Self, AnalysisError> {
        if schema.field_with_name("raw").is_ok() {
            return Ok(Self::Text);
        }
        let mut columns = trigger.filters.iter().filter_map(Filter::column);
        match columns.find(|column| schema.field_with_name(&column.name()).is_err()) {
            None => Ok(Self::Columns),
            Some(missing) => Err(AnalysisError::TriggerFilters {
                event: trigger.event.clone(),
                property: missing.property,
            }),
        }
    }

    /// The columns that filters are told by.
    pub(super) fn columns(self, filters: &[Filter]) -> Vec<String> {
        match self {
            _ if filters.is_empty() => Vec::new(),
            Self::Text => vec!["raw".to_owned()],
            Self::Columns => filters.iter().map(column_of).collect(),
        }
    }
}

/// Filters, and the columns of a batch that they are told by.
pub(super) struct Filtered<'a> {
    filters: &'a [Filter],
    raw: Option<&'a StringArray>,
    /// Of each filter.
    columns: Vec<Column<'a>>,
}

/// What a filter compares in each row.
enum Column<'a> {
    Missing,
    Numbers(&'a Decimal128Array),
    Texts(&'a StringArray),
}

impl<'a> Filtered<'a> {
    pub(super) fn new(filters: &'a [Filter], properties: Properties, batch: &'a RecordBatch) -> Self {
        let column = |filter: &Filter| {
            let Some(column) = batch.column_by_name(&column_of(filter)) else { return Column::Missing };
            let numbers = column.as_primitive_opt::<Decimal128Type>().map(Column::Numbers);
            numbers.or_else(|| column.as_string_opt::<i32>().map(Column::Texts)).unwrap_or(Column::Missing)
        };
        match properties {
            Properties::Text => {
                let raw = batch.column_by_name("raw").and_then(|raw| raw.as_string_opt::<i32>());
                Self { filters, raw, columns: Vec::new() }
            }
            Properties::Columns => Self { filters, raw: None, columns: filters.iter().map(column).collect() },
        }
    }

    /// Whether the event in a row passes all filters. A property that is missing, or of another kind, does not pass.
    pub(super) fn pass(&self, row: usize) -> bool {
        if self.filters.is_empty() {
            return true;
        }
        if let Some(raw) = self.raw {
            return Event::parse(raw.value(row).as_bytes()).is_ok_and(|event| pass(self.filters, &event));
        }
        let mut pairs = self.filters.iter().zip(&self.columns);
        pairs.len() == self.filters.len() && pairs.all(|(filter, column)| passes(filter, column.at(row)))
    }
}

impl Column<'_> {
    fn at(&self, row: usize) -> Option<PropertyValue> {
        match self {
            Self::Numbers(numbers) if numbers.is_valid(row) => {
                let millionths = i64::try_from(numbers.value(row)).ok()?;
                Decimal::from_millionths(millionths).map(PropertyValue::Number)
            }
            Self::Texts(texts) if texts.is_valid(row) => {
                Some(PropertyValue::Text(texts.value(row).to_owned()))
            }
            Self::Missing | Self::Numbers(_) | Self::Texts(_) => None,
        }
    }
}

fn column_of(filter: &Filter) -> String {
    filter.column().as_ref().map_or_else(|| "value".to_owned(), PropertyColumn::name)
}

/// Whether an event passes all filters.
fn pass(filters: &[Filter], event: &Event) -> bool {
    filters.iter().all(|filter| {
        let of_property =
            || event.body.properties()?.get(&filter.property).and_then(|raw| PropertyValue::of(raw));
        let given =
            if filter.is_of_value() { event.body.value().map(PropertyValue::Number) } else { of_property() };
        passes(filter, given)
    })
}

fn passes(filter: &Filter, given: Option<PropertyValue>) -> bool {
    match (given, &filter.value) {
        (Some(PropertyValue::Text(given)), FilterValue::Text(wanted)) => match filter.is {
            Comparator::Equal => given == *wanted,
            Comparator::NotEqual => given != *wanted,
            Comparator::Above | Comparator::AtLeast | Comparator::Below | Comparator::AtMost => false,
        },
        (Some(PropertyValue::Number(given)), FilterValue::Number(wanted)) => {
            let Ok(wanted) = Decimal::from_json(wanted) else { return false };
            let order = given.cmp(&wanted);
            match filter.is {
                Comparator::Equal => order == Ordering::Equal,
                Comparator::NotEqual => order != Ordering::Equal,
                Comparator::Above => order == Ordering::Greater,
                Comparator::AtLeast => order != Ordering::Less,
                Comparator::Below => order == Ordering::Less,
                Comparator::AtMost => order != Ordering::Greater,
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filter(property: &str, is: Comparator, value: FilterValue) -> Filter {
        Filter { property: property.to_owned(), is, value }
    }

    #[test]
    fn a_property_that_is_missing_or_of_another_kind_does_not_pass() {
        let text = |text: &str| FilterValue::Text(text.to_owned());
        let number = |number: &str| FilterValue::Number(number.to_owned());
        let event = json!({
            "id": "019ab3f0-5c00-7000-8000-000000000001", "type": "track", "name": "visit", "value": 7,
            "ts": "2026-01-05T10:00:00Z", "units": {"user": "u"},
            "properties": {"page": "cart", "items": 3.0, "member": true, "value": "much"},
        });
        let event = Event::parse(event.to_string().as_bytes()).unwrap();
        for (filter, expected) in [
            (filter("page", Comparator::Equal, text("cart")), true),
            (filter("page", Comparator::NotEqual, text("cart")), false),
            (filter("page", Comparator::NotEqual, text("home")), true),
            (filter("page", Comparator::Above, text("a")), false),
            (filter("ghost", Comparator::NotEqual, text("home")), false),
            (filter("items", Comparator::Equal, number("3")), true),
            (filter("items", Comparator::Above, number("3")), false),
            (filter("items", Comparator::AtMost, number("3")), true),
            (filter("items", Comparator::Equal, text("3")), false),
            (filter("page", Comparator::Equal, number("3")), false),
            (filter("member", Comparator::Equal, text("true")), true),
            // A number called `value` is the event's own; a text is a property like any other.
            (filter("value", Comparator::AtLeast, number("7")), true),
            (filter("value", Comparator::Above, number("7")), false),
            (filter("value", Comparator::Equal, text("much")), true),
        ] {
            assert_eq!(pass(std::slice::from_ref(&filter), &event), expected, "{filter:?}");
        }
    }
}
