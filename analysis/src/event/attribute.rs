//! Attributes of an exposure: what the context held, as far as conditions can look into it.

use super::{
    EventError,
    fields::{Fields, Kind},
};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What a context held under an attribute's name.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Nothing: `null`.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// A string.
    String(String),
    /// A list of strings.
    List(Vec<String>),
    /// Something that no condition looks into, such as a list of numbers: `{}`.
    Other,
}

/// The field `attributes`: canonical name to value.
pub(super) fn read(fields: &Fields<'_>) -> Result<BTreeMap<String, AttributeValue>, EventError> {
    let what = "the attributes that the experiment's conditions look at";
    let raw = fields.required("attributes", Kind::Object, what)?;
    let attributes = Fields::of("attributes", raw)?;
    attributes.iter().map(|(name, raw)| Ok((name.to_owned(), attribute(&attributes, name, raw)?))).collect()
}

fn attribute(attributes: &Fields<'_>, name: &str, raw: &RawValue) -> Result<AttributeValue, EventError> {
    const ALLOWED: &str = "a boolean, a finite number, a string, a list of strings, null for absent, or {} for \
                           anything else";
    let refused = || attributes.bad_value(name, raw.get().to_owned(), ALLOWED);
    match Kind::of(raw) {
        Kind::Null => Ok(AttributeValue::Absent),
        Kind::Bool => Ok(AttributeValue::Bool(raw.get() == "true")),
        // The standard library rounds correctly; serde_json, as built here, may be a last place off, which a replay sees.
        Kind::Number => match raw.get().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(AttributeValue::Number(number)),
            _ => Err(refused()),
        },
        Kind::String => attributes.decode(name, raw).map(AttributeValue::String),
        Kind::Array => serde_json::from_str(raw.get()).map(AttributeValue::List).map_err(|_| refused()),
        Kind::Object if raw.get().trim_start_matches('{').trim_start() == "}" => Ok(AttributeValue::Other),
        Kind::Object => Err(refused()),
    }
}
