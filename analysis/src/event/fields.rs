//! The fields of a JSON object, each read as the type that it must have.

use super::EventError;
use crate::decimal::Decimal;
use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};
use uuid::Uuid;

/// The fields of one object, by name, their values still JSON.
pub(super) struct Fields<'a> {
    /// Path of the object within the event; empty for the event itself.
    object: &'a str,
    by_name: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

/// What JSON calls the type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The type of a value: its first byte tells.
    pub(super) fn of(raw: &RawValue) -> Self {
        match raw.get().as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    /// Its name with the article, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl<'a> Fields<'a> {
    /// The event's own fields.
    pub(super) fn of_event(raw: &'a RawValue) -> Result<Self, EventError> {
        match Kind::of(raw) {
            Kind::Object => Self::of("", raw),
            other => Err(EventError::NotAnObject { given: other.name() }),
        }
    }

    /// The fields of an object that stands in the event at the path `object`.
    pub(super) fn of(object: &'a str, raw: &'a RawValue) -> Result<Self, EventError> {
        let Pairs { by_name, twice } =
            serde_json::from_str(raw.get()).map_err(|error| EventError::malformed(&error))?;
        let fields = Self { object, by_name };
        match twice {
            Some(name) => Err(EventError::DuplicateField { field: fields.path(&name) }),
            None => Ok(fields),
        }
    }

    /// The fields and their values, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.by_name.iter().map(|(name, raw)| (name.as_ref(), *raw))
    }

    /// Where a field of this object stands in the event, as messages name it.
    pub(super) fn path(&self, name: &str) -> String {
        if self.object.is_empty() { name.to_owned() } else { format!("{}.{name}", self.object) }
    }

    /// A field that must be there and of the given type.
    pub(super) fn required(
        &self,
        name: &str,
        kind: Kind,
        expected: &str,
    ) -> Result<&'a RawValue, EventError> {
        let expected = || format!("{}, {expected}", kind.name());
        let raw = *self
            .by_name
            .get(name)
            .ok_or_else(|| EventError::MissingField { field: self.path(name), expected: expected() })?;
        let given = Kind::of(raw);
        if given == kind { Ok(raw) } else { Err(self.wrong_type(name, given, expected())) }
    }

    /// A field that may be left out; null is as good as left out.
    pub(super) fn optional(&self, name: &str) -> Option<&'a RawValue> {
        self.by_name.get(name).copied().filter(|raw| Kind::of(raw) != Kind::Null)
    }

    /// A string of 1 to `max` bytes.
    pub(super) fn text(&self, name: &str, max: usize, what: &str) -> Result<String, EventError> {
        let raw = self.required(name, Kind::String, &format!("{what} of 1 to {max} bytes"))?;
        self.check_text(name, raw, max)
    }

    /// A string of 1 to `max` bytes, or none.
    pub(super) fn optional_text(&self, name: &str, max: usize) -> Result<Option<String>, EventError> {
        let Some(raw) = self.optional(name) else { return Ok(None) };
        match Kind::of(raw) {
            Kind::String => self.check_text(name, raw, max).map(Some),
            other => Err(self.wrong_type(name, other, format!("a string of 1 to {max} bytes, or left out"))),
        }
    }

    /// One of a few strings.
    pub(super) fn one_of(&self, name: &str, allowed: &[&'static str]) -> Result<&'static str, EventError> {
        let among = format!("one of {}", allowed.join(", "));
        let raw = self.required(name, Kind::String, &among)?;
        let given = self.decode(name, raw)?;
        let found = allowed.iter().find(|allowed| **allowed == given).copied();
        found.ok_or_else(|| self.bad_value(name, given, &among))
    }

    /// A UUID of version 7.
    pub(super) fn uuid_v7(&self, name: &str, what: &str) -> Result<Uuid, EventError> {
        let allowed = format!("a UUID of version 7, {what}");
        let raw = self.required(name, Kind::String, &allowed)?;
        let given = self.decode(name, raw)?;
        // 36 characters: the hyphenated form, of the several that the library reads.
        let uuid =
            Uuid::parse_str(&given).ok().filter(|uuid| given.len() == 36 && uuid.get_version_num() == 7);
        uuid.ok_or_else(|| self.bad_value(name, given, &allowed))
    }

    /// An RFC 3339 time, to the microsecond.
    pub(super) fn timestamp(&self, name: &str) -> Result<Timestamp, EventError> {
        const ALLOWED: &str = "an RFC 3339 time, such as 2026-11-21T08:00:00.000Z";
        let raw = self.required(name, Kind::String, ALLOWED)?;
        let given = self.decode(name, raw)?;
        parse_timestamp(&given).ok_or_else(|| self.bad_value(name, given, ALLOWED))
    }

    /// What a string spells in its own way: a digest, an epoch.
    pub(super) fn spelled<T: FromStr>(&self, name: &str, allowed: &str) -> Result<T, EventError> {
        let raw = self.required(name, Kind::String, allowed)?;
        let given = self.decode(name, raw)?;
        given.parse().map_err(|_| self.bad_value(name, given, allowed))
    }

    /// A whole number from 0 to `max`, written as such.
    pub(super) fn whole<T: TryFrom<u64>>(&self, name: &str, max: u64) -> Result<T, EventError> {
        let raw = self.required(name, Kind::Number, &whole_up_to(max))?;
        self.check_whole(name, raw, max)
    }

    /// A whole number from 0 to `max`, or none.
    pub(super) fn optional_whole<T: TryFrom<u64>>(
        &self,
        name: &str,
        max: u64,
    ) -> Result<Option<T>, EventError> {
        let Some(raw) = self.optional(name) else { return Ok(None) };
        match Kind::of(raw) {
            Kind::Number => self.check_whole(name, raw, max).map(Some),
            other => Err(self.wrong_type(name, other, format!("{}, or left out", whole_up_to(max)))),
        }
    }

    /// A number from 0 to 1, or none.
    pub(super) fn optional_share(&self, name: &str) -> Result<Option<f64>, EventError> {
        const ALLOWED: &str = "a number from 0 to 1, or left out";
        let Some(raw) = self.optional(name) else { return Ok(None) };
        let given = Kind::of(raw);
        if given != Kind::Number {
            return Err(self.wrong_type(name, given, ALLOWED.to_owned()));
        }
        let share = raw.get().parse().ok().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| self.bad_value(name, raw.get().to_owned(), ALLOWED))
    }

    /// A number that fits a value column, or none. Null is refused: it is what JavaScript makes of NaN.
    pub(super) fn optional_decimal(&self, name: &str) -> Result<Option<Decimal>, EventError> {
        let Some(raw) = self.by_name.get(name).copied() else { return Ok(None) };
        match Kind::of(raw) {
            Kind::Number => match Decimal::from_json(raw.get()) {
                Ok(decimal) => Ok(Some(decimal)),
                Err(_) => Err(self.bad_value(name, raw.get().to_owned(), "between ±999999999999.999999")),
            },
            Kind::Null => Err(self.wrong_type(
                name,
                Kind::Null,
                "a finite number, or left out: JSON has no NaN or Infinity, JavaScript writes null for them"
                    .to_owned(),
            )),
            other => Err(self.wrong_type(name, other, "a number, or left out".to_owned())),
        }
    }

    /// The text that a JSON string stands for.
    pub(super) fn decode(&self, name: &str, raw: &RawValue) -> Result<String, EventError> {
        serde_json::from_str(raw.get()).map_err(|_| {
            self.bad_value(
                name,
                raw.get().to_owned(),
                "text: surrogates (\\ud800 to \\udfff) come in pairs only",
            )
        })
    }

    pub(super) fn wrong_type(&self, name: &str, given: Kind, expected: String) -> EventError {
        EventError::WrongType { field: self.path(name), given: given.name(), expected }
    }

    pub(super) fn bad_value(&self, name: &str, given: String, allowed: &str) -> EventError {
        EventError::bad_value(&self.path(name), given, allowed)
    }

    fn check_whole<T: TryFrom<u64>>(&self, name: &str, raw: &RawValue, max: u64) -> Result<T, EventError> {
        let number = raw.get().parse().ok().filter(|number| *number <= max);
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| self.bad_value(name, raw.get().to_owned(), &whole_up_to(max)))
    }

    fn check_text(&self, name: &str, raw: &RawValue, max: usize) -> Result<String, EventError> {
        let text = self.decode(name, raw)?;
        if (1..=max).contains(&text.len()) {
            return Ok(text);
        }
        Err(self.bad_value(name, text, &format!("of 1 to {max} bytes")))
    }
}

fn whole_up_to(max: u64) -> String {
    format!("a whole number from 0 to {max}")
}

/// Reads an RFC 3339 time and cuts it to the microsecond; none for any other text.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    // The library reads more than RFC 3339: a blank for the T, names of time zones, dates without separators.
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let shaped = separators.iter().all(|(at, separator)| bytes.get(*at) == Some(separator));
    let bare = bytes.iter().all(|byte| byte.is_ascii_digit() || b"-+:.TZ".contains(byte));
    if !(shaped && bare) {
        return None;
    }
    let timestamp = text.parse::<Timestamp>().ok()?;
    Timestamp::from_microsecond(timestamp.as_nanosecond().div_euclid(1000).try_into().ok()?).ok()
}

/// The names and values of an object, and the first name that stands there twice.
struct Pairs<'a> {
    by_name: BTreeMap<Cow<'a, str>, &'a RawValue>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut by_name, mut twice) = (BTreeMap::new(), None);
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            if by_name.contains_key(&name) {
                twice.get_or_insert_with(|| name.to_string());
            }
            by_name.insert(name, value);
        }
        Ok(Pairs { by_name, twice })
    }
}

/// A field's name, borrowed from the text unless it is written with escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
