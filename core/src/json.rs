//! What a host hands in as JSON: unit ids and attributes.

use crate::{Context, Ruleset, Unit, Value};
use serde_json::{Map, Number, Value as Json};
use std::{
    borrow::Cow,
    string::{String, ToString as _},
    vec::Vec,
};

/// The largest integer that JavaScript counts exactly, 2⁵³ − 1: the largest integer unit id.
const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// A JSON object as a context for one ruleset.
///
/// Members named like a unit type are unit ids: a string of 1 to 1,024 bytes as it is, an integer within
/// ±(2⁵³ − 1) as its decimal; null is missing, anything else invalid. Attributes are found by their paths through
/// nested objects: booleans, numbers, strings and lists of strings as they are, null is absent, an object or any other
/// array is present but comparable with nothing. What a host says beside the object (sticky records and the like) is
/// not part of it.
///
/// ```
/// # #[cfg(feature = "compile")] {
/// use edgewise_core::{Context as _, Ruleset, Unit, compile, json::JsonContext};
///
/// let document = serde_json::from_str(r#"{"seed": "9f86d081884c7d65", "units": ["user", "device"]}"#)?;
/// let ruleset = Ruleset::read(compile(&document)?)?;
/// let json = serde_json::from_str(r#"{"user": 42}"#)?;
///
/// let context = JsonContext::new(&ruleset, &json);
/// assert_eq!(context.unit(0), Unit::Id(b"42"));
/// assert_eq!(context.unit(1), Unit::Missing);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonContext<'a> {
    units: Vec<UnitId<'a>>,
    attributes: Vec<Held<'a>>,
}

#[derive(Clone, Debug)]
enum UnitId<'a> {
    Missing,
    Invalid,
    Text(Cow<'a, str>),
}

/// The value of an attribute: borrowed, or made for the ruleset.
#[derive(Clone, Debug)]
pub enum Held<'a> {
    /// As the source has it.
    As(Value<'a>),
    /// The bytes of a [`Value::List`].
    List(Vec<u8>),
}

impl<'a> JsonContext<'a> {
    /// The context that `object` is for `ruleset`. What the ruleset does not mention is not looked at.
    pub fn new<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, object: &'a Map<String, Json>) -> Self {
        Self {
            units: ruleset.unit_types().map(|name| UnitId::of(object.get(name))).collect(),
            attributes: ruleset
                .attributes()
                .map(|attribute| value_of(walk(object, attribute.path())))
                .collect(),
        }
    }

    /// The id that the unit type with this index is drawn by, as text; none where it is missing or invalid.
    pub fn unit_id(&self, unit_type: usize) -> Option<&str> {
        match self.unit(unit_type) {
            Unit::Id(id) => std::str::from_utf8(id).ok(),
            Unit::Missing | Unit::Invalid => None,
        }
    }
}

impl Context for JsonContext<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match self.units.get(unit_type) {
            None | Some(UnitId::Missing) => Unit::Missing,
            Some(UnitId::Invalid) => Unit::Invalid,
            Some(UnitId::Text(id)) => Unit::new(id.as_bytes()),
        }
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.attributes.get(attribute).map_or(Value::Absent, Held::value)
    }
}

impl Held<'_> {
    /// A list of strings; with anything else among them ([`None`]) nothing that a condition can look into.
    pub fn list<'i>(items: impl Iterator<Item = Option<&'i str>>) -> Self {
        let mut bytes = Vec::new();
        for item in items {
            let Some(item) = item else { return Self::As(Value::Other) };
            let Ok(length) = u32::try_from(item.len()) else { return Self::As(Value::Other) };
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(item.as_bytes());
        }
        Self::List(bytes)
    }

    /// What a condition sees.
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::As(value) => *value,
            Self::List(bytes) => Value::List(bytes),
        }
    }
}

impl<'a> UnitId<'a> {
    fn of(json: Option<&'a Json>) -> Self {
        match json {
            None | Some(Json::Null) => Self::Missing,
            Some(Json::String(id)) => Self::Text(Cow::Borrowed(id)),
            Some(Json::Number(number)) => {
                safe_integer(number).map_or(Self::Invalid, |id| Self::Text(id.to_string().into()))
            }
            Some(Json::Bool(_) | Json::Array(_) | Json::Object(_)) => Self::Invalid,
        }
    }
}

/// The integer that a JSON number is, where JavaScript would tell it from its neighbours. `1.0` is 1 and `-0` is 0.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked before")]
#[allow(clippy::cast_precision_loss, reason = "2⁵³ − 1 is exact in f64")]
fn safe_integer(number: &Number) -> Option<i64> {
    let integer = match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => integer,
        (None, Some(float)) if float.fract() == 0.0 && float.abs() <= MAX_SAFE_INTEGER as f64 => float as i64,
        (None, _) => return None,
    };
    (integer.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs()).then_some(integer)
}

fn value_of(json: Option<&Json>) -> Held<'_> {
    match json {
        None | Some(Json::Null) => Held::As(Value::Absent),
        Some(Json::Bool(value)) => Held::As(Value::Bool(*value)),
        Some(Json::Number(number)) => Held::As(number.as_f64().map_or(Value::Other, Value::Number)),
        Some(Json::String(text)) => Held::As(Value::String(text.as_bytes())),
        Some(Json::Array(items)) => Held::list(items.iter().map(Json::as_str)),
        Some(Json::Object(_)) => Held::As(Value::Other),
    }
}

/// What stands at the end of a path of member names; none where an object on the way is missing.
pub fn walk<'a, 'p>(
    object: &'a Map<String, Json>,
    mut path: impl Iterator<Item = &'p str>,
) -> Option<&'a Json> {
    let first = object.get(path.next()?)?;
    path.try_fold(first, |json, segment| json.as_object()?.get(segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::{borrow::ToOwned as _, format};

    fn unit(json: &Json) -> String {
        match UnitId::of(Some(json)) {
            UnitId::Missing => "missing".to_owned(),
            UnitId::Invalid => "invalid".to_owned(),
            UnitId::Text(text) => match Unit::new(text.as_bytes()) {
                Unit::Id(id) => format!("id {}", std::str::from_utf8(id).unwrap()),
                other => format!("{other:?}").to_lowercase(),
            },
        }
    }

    #[test]
    fn integers_become_decimals_and_nothing_is_rounded() {
        assert_eq!(unit(&json!(42)), "id 42");
        assert_eq!(unit(&json!(-7)), "id -7");
        assert_eq!(unit(&json!(1.0)), "id 1");
        assert_eq!(unit(&serde_json::from_str("-0").unwrap()), "id 0");
        assert_eq!(unit(&json!(9_007_199_254_740_991_i64)), "id 9007199254740991");
        assert_eq!(unit(&json!(9_007_199_254_740_992_i64)), "invalid");
        assert_eq!(unit(&json!(u64::MAX)), "invalid");
        assert_eq!(unit(&json!(1.5)), "invalid");
        assert_eq!(unit(&json!(1e300)), "invalid");
    }

    #[test]
    fn ids_are_1_to_1024_bytes() {
        assert_eq!(unit(&json!("Zoë")), "id Zoë");
        assert_eq!(unit(&json!("")), "invalid");
        assert_eq!(unit(&json!("x".repeat(1024))), format!("id {}", "x".repeat(1024)));
        assert_eq!(unit(&json!("x".repeat(1025))), "invalid");
        assert_eq!(unit(&json!(null)), "missing");
        assert_eq!(unit(&json!(true)), "invalid");
        assert_eq!(unit(&json!(["u"])), "invalid");
    }

    #[test]
    fn paths_walk_objects_only() {
        let json = json!({"app": {"version": "2.5.1"}, "list": [1], "none": null});
        let object = json.as_object().unwrap();
        let is = |path: &[&str], value: Value<'_>| {
            assert_eq!(value_of(walk(object, path.iter().copied())).value(), value, "{path:?}");
        };
        is(&["app", "version"], Value::String(b"2.5.1"));
        is(&["app"], Value::Other);
        is(&["app", "version", "major"], Value::Absent);
        is(&["list", "0"], Value::Absent);
        is(&["none"], Value::Absent);
        is(&["none", "deeper"], Value::Absent);
    }

    #[test]
    fn lists_of_strings_are_lists_and_others_are_nothing_to_look_into() {
        let is = |json: Json, value: Value<'_>| assert_eq!(value_of(Some(&json)).value(), value, "{json}");
        is(json!(["a", "Zoë", ""]), Value::List(b"\x01\0\0\0a\x04\0\0\0Zo\xc3\xab\0\0\0\0"));
        is(json!([]), Value::List(b""));
        is(json!(["a", 1]), Value::Other);
        is(json!([["a"]]), Value::Other);
    }
}
