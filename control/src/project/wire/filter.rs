//! Which events count, by their properties.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Property to what it must be: `{ tool: search, amount: { ">=": 10 } }`. All of it has to hold.
pub type WhereFile = BTreeMap<String, ConditionFile>;

/// What a property must be.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionFile {
    /// This constant, or a comparison as a text: `">= 10"`.
    Constant(ConstantFile),
    /// Comparisons with constants, all of which hold: `{ ">=": 10, "<": 20 }`.
    Comparisons(BTreeMap<ComparatorFile, ConstantFile>),
}

/// What a property is compared with. Of a number the digits stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstantFile {
    /// Text, `true` or `false`.
    Text(String),
    /// A number.
    Number(f64),
}

/// How a property is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum ComparatorFile {
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

impl ComparatorFile {
    /// All of them, those first that begin like shorter ones.
    pub const ALL: [Self; 6] =
        [Self::NotEqual, Self::AtLeast, Self::AtMost, Self::Equal, Self::Above, Self::Below];

    /// As files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

impl<'de> Deserialize<'de> for ConditionFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Condition)
    }
}

struct Condition;

impl<'de> Visitor<'de> for Condition {
    type Value = ConditionFile;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a constant or a mapping of comparisons")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Constant.visit_str(text).map(ConditionFile::Constant)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Constant.visit_bool(value).map(ConditionFile::Constant)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Constant.visit_u64(number).map(ConditionFile::Constant)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Constant.visit_i64(number).map(ConditionFile::Constant)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Constant.visit_f64(number).map(ConditionFile::Constant)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(entries)).map(ConditionFile::Comparisons)
    }
}

impl<'de> Deserialize<'de> for ConstantFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Constant)
    }
}

struct Constant;

impl Visitor<'_> for Constant {
    type Value = ConstantFile;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, a number, `true` or `false`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ConstantFile::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(ConstantFile::Text(value.to_string()))
    }

    #[expect(clippy::cast_precision_loss, reason = "the digits are taken from the file")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(ConstantFile::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "the digits are taken from the file")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(ConstantFile::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(ConstantFile::Number(number))
    }
}

impl JsonSchema for ConditionFile {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "A constant, a comparison as a text (\">= 10\"), or comparisons that all hold: { \">=\": 10, \"<\": 20 }",
            "type": ["string", "number", "boolean", "object"],
            "propertyNames": { "enum": ["=", "!=", ">", ">=", "<", "<="] },
            "additionalProperties": { "type": ["string", "number", "boolean"] }
        })
    }
}
