//! What an exposure's context held under an attribute's name, as text.

use crate::event::{AttributeValue, Exposure};

/// The value for each of the dimensions; none where it was absent, or nothing that a condition looks into.
pub(super) fn values(exposure: &Exposure, dimensions: &[String]) -> Vec<Option<String>> {
    dimensions.iter().map(|name| exposure.attributes.get(name).and_then(text)).collect()
}

fn text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Absent | AttributeValue::Other => None,
        AttributeValue::Bool(value) => Some(value.to_string()),
        AttributeValue::Number(value) => Some(value.to_string()),
        AttributeValue::String(text) => Some(text.clone()),
        AttributeValue::List(items) => Some(items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_people_write_them() {
        assert_eq!(text(&AttributeValue::Number(3.0)).as_deref(), Some("3"));
        assert_eq!(text(&AttributeValue::Number(0.5)).as_deref(), Some("0.5"));
        assert_eq!(text(&AttributeValue::Bool(true)).as_deref(), Some("true"));
        let list = AttributeValue::List(vec!["new".to_owned(), "trial".to_owned()]);
        assert_eq!(text(&list).as_deref(), Some("new, trial"));
        assert_eq!(text(&AttributeValue::Absent), None);
        assert_eq!(text(&AttributeValue::Other), None);
    }
}
