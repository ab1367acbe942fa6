//! What units do and say, and what fails for them: the events that metrics are made of.

use super::{
    EventError, MAX_NAME_BYTES,
    fields::{Fields, Kind},
};
use crate::decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Property name to value, the values still JSON.
pub type Properties = BTreeMap<String, Box<RawValue>>;

/// What a column holds of a property: a number, or a text. Other JSON (null, arrays, objects) has no column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    /// A number that fits a value column.
    Number(Decimal),
    /// A string, or `true` or `false`.
    Text(String),
}

impl PropertyValue {
    /// What a column holds of this JSON; none of null, arrays, objects, numbers beyond [`Decimal::MAX`], and strings
    /// with lone surrogates.
    pub fn of(raw: &RawValue) -> Option<Self> {
        match Kind::of(raw) {
            Kind::Number => Decimal::from_json(raw.get()).ok().map(Self::Number),
            Kind::String => serde_json::from_str(raw.get()).ok().map(Self::Text),
            Kind::Bool => Some(Self::Text(raw.get().to_owned())),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }
}

/// Something that a unit did or said, perhaps with a number.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// What it is: metrics count events by this name.
    pub name: String,
    /// Its number, if it has one.
    pub value: Option<Decimal>,
    /// What else there is to say.
    pub properties: Properties,
}

/// Something that failed for a unit.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What failed.
    pub name: String,
    /// What else there is to say.
    pub properties: Properties,
}

impl Measurement {
    pub(super) fn from_fields(fields: &Fields<'_>) -> Result<Self, EventError> {
        Ok(Self {
            name: fields.text("name", MAX_NAME_BYTES, "the event's name")?,
            value: fields.optional_decimal("value")?,
            properties: properties(fields)?,
        })
    }

    /// Reads feedback: its sentiment, where it has one, is one of three words or a score.
    pub(super) fn feedback(fields: &Fields<'_>) -> Result<Self, EventError> {
        let feedback = Self::from_fields(fields)?;
        if let Some(raw) = feedback.properties.get(SENTIMENT) {
            check_sentiment(raw)?;
        }
        Ok(feedback)
    }

    /// The number in the property `name`; none when it is absent, no number, or beyond what a value column holds.
    pub fn property(&self, name: &str) -> Option<Decimal> {
        Decimal::from_json(self.properties.get(name)?.get()).ok()
    }
}

impl Failure {
    pub(super) fn from_fields(fields: &Fields<'_>) -> Result<Self, EventError> {
        Ok(Self {
            name: fields.text("name", MAX_NAME_BYTES, "what failed")?,
            properties: properties(fields)?,
        })
    }
}

/// The property of feedback that says how a unit feels.
const SENTIMENT: &str = "sentiment";
/// Its words.
const SENTIMENTS: [&str; 3] = ["positive", "neutral", "negative"];

fn check_sentiment(raw: &RawValue) -> Result<(), EventError> {
    let field = format!("properties.{SENTIMENT}");
    let allowed = format!("one of {}, or a number", SENTIMENTS.join(", "));
    match Kind::of(raw) {
        Kind::Null | Kind::Number => Ok(()),
        Kind::String => match serde_json::from_str::<String>(raw.get()) {
            Ok(word) if SENTIMENTS.contains(&word.as_str()) => Ok(()),
            _ => Err(EventError::bad_value(&field, raw.get().trim_matches('"').to_owned(), &allowed)),
        },
        other => Err(EventError::WrongType { field, given: other.name(), expected: allowed }),
    }
}

/// The field `properties`, empty when left out.
fn properties(fields: &Fields<'_>) -> Result<Properties, EventError> {
    let Some(raw) = fields.optional("properties") else { return Ok(Properties::new()) };
    match Kind::of(raw) {
        Kind::Object => {
            let properties = Fields::of("properties", raw)?;
            Ok(properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        }
        other => Err(fields.wrong_type("properties", other, "an object, or left out".to_owned())),
    }
}
