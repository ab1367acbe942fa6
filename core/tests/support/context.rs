//! A JSON object as a context: names that are unit types are unit ids, everything else is an attribute.

use edgewise_core::{Context, RECORD_BYTES, Ruleset, Unit, Value};
use serde_json::Value as Json;

/// The greatest integer that JavaScript holds exactly, 2^53 - 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Unit ids and attributes of one JSON object, by their index in one ruleset.
#[derive(Debug)]
pub(crate) struct JsonContext<'a> {
    units: Vec<UnitId>,
    attributes: Vec<Value<'a>>,
}

/// What a JSON value is as a unit id.
#[derive(Debug, PartialEq)]
pub(crate) enum UnitId {
    Missing,
    Invalid,
    Id(String),
}

impl<'a> JsonContext<'a> {
    /// The part of a JSON object that the ruleset looks at.
    pub(crate) fn new<B: AsRef<[u8]>>(json: &'a Json, ruleset: &Ruleset<B>) -> Self {
        let units = ruleset.unit_types().map(|name| UnitId::of(json.get(name))).collect();
        let attributes = ruleset.attributes().map(|attribute| value(json, attribute.path())).collect();
        Self { units, attributes }
    }

    /// The same context as the bytes that [`edgewise_core::EncodedContext`] reads.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; (self.units.len() + self.attributes.len()) * RECORD_BYTES];
        let units = (0..self.units.len()).map(|index| match self.unit(index) {
            Unit::Missing => Value::Absent,
            Unit::Invalid => Value::Other,
            Unit::Id(id) => Value::String(id),
        });
        for (index, value) in units.chain(self.attributes.iter().copied()).enumerate() {
            let record = encode(value, &mut bytes);
            bytes[index * RECORD_BYTES..][..RECORD_BYTES].copy_from_slice(&record);
        }
        bytes
    }
}

impl Context for JsonContext<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match &self.units[unit_type] {
            UnitId::Missing => Unit::Missing,
            UnitId::Invalid => Unit::Invalid,
            UnitId::Id(id) => Unit::new(id.as_bytes()),
        }
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.attributes[attribute]
    }
}

impl UnitId {
    /// A string of 1 to 1,024 bytes as it is, a safe integer as its decimal; anything else is no id.
    pub(crate) fn of(json: Option<&Json>) -> Self {
        match json {
            None | Some(Json::Null) => Self::Missing,
            Some(Json::String(id)) if (1..=1024).contains(&id.len()) => Self::Id(id.clone()),
            Some(Json::Number(number)) => Self::of_number(number.as_f64().unwrap_or(f64::NAN)),
            Some(_) => Self::Invalid,
        }
    }

    fn of_number(number: f64) -> Self {
        if number.fract() != 0.0 || number.is_nan() || number.abs() > MAX_SAFE_INTEGER {
            return Self::Invalid;
        }
        // Adding 0 makes -0 a plain 0; a whole number is written without a point.
        Self::Id(format!("{}", number + 0.0))
    }
}

/// What lies at the end of a path of object keys.
fn value<'a, 'n>(json: &'a Json, path: impl Iterator<Item = &'n str>) -> Value<'a> {
    let found = path.into_iter().try_fold(json, |json, name| json.as_object()?.get(name));
    match found {
        None | Some(Json::Null) => Value::Absent,
        Some(Json::Bool(value)) => Value::Bool(*value),
        Some(Json::Number(number)) => number.as_f64().map_or(Value::Other, Value::Number),
        Some(Json::String(text)) => Value::String(text.as_bytes()),
        Some(Json::Array(_) | Json::Object(_)) => Value::Other,
    }
}

/// One record; a string is appended to `bytes`.
fn encode(value: Value<'_>, bytes: &mut Vec<u8>) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    match value {
        Value::Absent => {}
        Value::Bool(value) => record[0] = 1 + u8::from(value),
        Value::Number(number) => {
            record[0] = 3;
            record[8..16].copy_from_slice(&number.to_le_bytes());
        }
        Value::String(text) => {
            record[0] = 4;
            record[4..8].copy_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
            record[8..12].copy_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(text);
        }
        Value::Other => record[0] = 5,
    }
    record
}
