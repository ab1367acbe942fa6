//! Whether an event's properties are what filters ask for.

use crate::{
    decimal::Decimal,
    event::Properties,
    plan::{Comparator, Filter, FilterValue},
};
use std::cmp::Ordering;

/// Whether the properties pass all filters. A property that is missing, or of another kind, does not pass.
pub(super) fn pass(filters: &[Filter], properties: &Properties) -> bool {
    filters.iter().all(|filter| passes(filter, properties).unwrap_or(false))
}

fn passes(filter: &Filter, properties: &Properties) -> Option<bool> {
    let given = properties.get(&filter.property)?.get();
    match &filter.value {
        FilterValue::Text(wanted) => {
            let given = match given {
                "true" | "false" => given.to_owned(),
                text => serde_json::from_str::<String>(text).ok()?,
            };
            match filter.is {
                Comparator::Equal => Some(given == *wanted),
                Comparator::NotEqual => Some(given != *wanted),
                _ => None,
            }
        }
        FilterValue::Number(wanted) => {
            let (given, wanted) = (Decimal::from_json(given).ok()?, Decimal::from_json(wanted).ok()?);
            let order = given.millionths().cmp(&wanted.millionths());
            Some(match filter.is {
                Comparator::Equal => order == Ordering::Equal,
                Comparator::NotEqual => order != Ordering::Equal,
                Comparator::Above => order == Ordering::Greater,
                Comparator::AtLeast => order != Ordering::Less,
                Comparator::Below => order == Ordering::Less,
                Comparator::AtMost => order != Ordering::Greater,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn properties(of: &[(&str, &str)]) -> Properties {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        of.iter().map(|(name, text)| ((*name).to_owned(), raw(text))).collect()
    }

    fn filter(property: &str, is: Comparator, value: FilterValue) -> Filter {
        Filter { property: property.to_owned(), is, value }
    }

    #[test]
    fn a_property_that_is_missing_or_of_another_kind_does_not_pass() {
        let text = |text: &str| FilterValue::Text(text.to_owned());
        let number = |number: &str| FilterValue::Number(number.to_owned());
        let given = properties(&[("page", r#""cart""#), ("items", "3.0"), ("member", "true")]);
        for (filter, expected) in [
            (filter("page", Comparator::Equal, text("cart")), true),
            (filter("page", Comparator::NotEqual, text("cart")), false),
            (filter("page", Comparator::NotEqual, text("home")), true),
            (filter("ghost", Comparator::NotEqual, text("home")), false),
            (filter("items", Comparator::Equal, number("3")), true),
            (filter("items", Comparator::Above, number("3")), false),
            (filter("items", Comparator::AtMost, number("3")), true),
            (filter("items", Comparator::Equal, text("3")), false),
            (filter("page", Comparator::Equal, number("3")), false),
            (filter("member", Comparator::Equal, text("true")), true),
        ] {
            assert_eq!(pass(std::slice::from_ref(&filter), &given), expected, "{filter:?}");
        }
    }
}
