//! The event model: what clients send, parsed once into checked types.
//!
//! An event is one JSON object. [`Event::parse`] checks its shape and nothing else: whether an experiment exists and
//! whether an exposure replays is for the analysis to find out, which has the rulesets. What a newer client adds
//! under names unknown here is let through and kept, since the log stores the event's own text.
//!
//! The same shape is published as JSON Schema: [`EVENT_SCHEMA`]. A test holds the two against each other.

mod attribute;
mod error;
mod exposure;
mod fields;
mod measurement;
mod sticky;

pub use attribute::AttributeValue;
pub use error::EventError;
pub use exposure::{Exposure, ExposureKind, HELD_OUT, MAX_COUNTER, OPEN};
pub use measurement::{Failure, Measurement, Properties, PropertyValue};
pub use sticky::StickyRecord;

pub use fields::parse_timestamp;

use crate::decimal::Decimal;
use fields::{Fields, Kind};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The JSON Schema (2020-12) of an event.
pub const EVENT_SCHEMA: &str = include_str!("../schema/event.schema.json");

/// The longest event that is taken, in bytes of JSON: half of what a message of an edge queue may hold, so that an
/// event always fits through one (Cloudflare Queues: 128 KB).
pub const MAX_EVENT_BYTES: usize = 64 * 1024;
/// The longest unit id, in bytes of UTF-8: what assignment hashes.
pub const MAX_UNIT_BYTES: usize = 1024;
/// The longest id or name, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 256;
/// The longest name of a unit type, in bytes: it names a column.
pub const MAX_UNIT_TYPE_BYTES: usize = 64;
/// The most units that one event may name.
pub const MAX_UNITS: usize = 16;
/// The most sticky records of one exposure: with names of usual lengths no more fit into an event.
pub const MAX_STICKY_RECORDS: usize = 512;
/// The longest nonce, in bytes of UTF-8: it is hashed in place of a unit's id.
pub const MAX_NONCE_BYTES: usize = MAX_UNIT_BYTES;

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Made by the client and unchanged over retries: two events with the same id are the same event.
    pub id: Uuid,
    /// When it happened, by the client's clock, to the microsecond.
    pub ts: Timestamp,
    /// Whose event it is, where a workspace serves several tenants.
    pub tenant: Option<String>,
    /// Unit type to id: whatever was known when it happened. Of an exposure the ids that the context held, since a
    /// replay hands them in again.
    pub units: BTreeMap<String, String>,
    /// What happened.
    pub body: Body,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Body {
    /// A unit met the variant that it was assigned.
    Exposure(Exposure),
    /// A unit did something that metrics count.
    Track(Measurement),
    /// A unit said what it thinks.
    Feedback(Measurement),
    /// Something failed for a unit.
    Error(Failure),
    /// The event's units are one and the same person or thing.
    Identify,
}

impl Body {
    /// The event's `type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Exposure(_) => "exposure",
            Self::Track(_) => "track",
            Self::Feedback(_) => "feedback",
            Self::Error(_) => "error",
            Self::Identify => "identify",
        }
    }

    /// The event's `name`, which exposures and `identify` have none of.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Track(event) | Self::Feedback(event) => Some(&event.name),
            Self::Error(event) => Some(&event.name),
            Self::Exposure(_) | Self::Identify => None,
        }
    }

    /// The event's `value`.
    pub fn value(&self) -> Option<Decimal> {
        match self {
            Self::Track(event) | Self::Feedback(event) => event.value,
            Self::Error(_) | Self::Exposure(_) | Self::Identify => None,
        }
    }

    /// The event's `properties`, which exposures and `identify` have none of.
    pub fn properties(&self) -> Option<&Properties> {
        match self {
            Self::Track(event) | Self::Feedback(event) => Some(&event.properties),
            Self::Error(event) => Some(&event.properties),
            Self::Exposure(_) | Self::Identify => None,
        }
    }
}

impl Event {
    /// Reads an event from bytes that hold one JSON object.
    ///
    /// ```
    /// use edgewise_analysis::event::{Body, Event};
    ///
    /// let event = Event::parse(br#"{"id": "019ab3f0-5c00-7000-8000-000000000001", "type": "track",
    ///     "ts": "2026-11-21T08:00:00.000Z", "units": {"user": "u_42"}, "name": "purchase", "value": 19.99}"#)?;
    /// let Body::Track(purchase) = event.body else { unreachable!() };
    /// assert_eq!(purchase.value.unwrap().to_string(), "19.990000");
    ///
    /// let refused = Event::parse(br#"{"id": "019ab3f0-5c00-7000-8000-000000000001", "type": "track",
    ///     "ts": "2026-11-21T08:00:00.000Z", "units": {"user": 42}, "name": "purchase"}"#).unwrap_err();
    /// assert_eq!(refused.code(), "wrong_type");
    /// assert_eq!(refused.field(), Some("units.user"));
    /// # Ok::<(), edgewise_analysis::event::EventError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        let raw =
            serde_json::from_slice::<&RawValue>(bytes).map_err(|error| EventError::malformed(&error))?;
        Self::from_raw(raw)
    }

    /// Reads an event from JSON whose extent is known already: an element of a batch.
    pub fn from_raw(raw: &RawValue) -> Result<Self, EventError> {
        let bytes = raw.get().len();
        if bytes > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge { bytes });
        }
        let fields = Fields::of_event(raw)?;
        let id = fields.uuid_v7("id", "made by the client, unchanged over retries")?;
        let type_name = fields.one_of("type", &["exposure", "track", "feedback", "error", "identify"])?;
        let ts = fields.timestamp("ts")?;
        let tenant = fields.optional_text("tenant", MAX_NAME_BYTES)?;
        let mut units = units(&fields)?;
        let body = match type_name {
            "exposure" => Body::Exposure(Exposure::from_fields(&fields, &mut units)?),
            "track" => Body::Track(Measurement::from_fields(&fields)?),
            "feedback" => Body::Feedback(Measurement::feedback(&fields)?),
            "error" => Body::Error(Failure::from_fields(&fields)?),
            _ if units.len() < 2 => {
                return Err(EventError::bad_value(
                    "units",
                    format!("{} unit", units.len()),
                    "two or more units, since identify says that they are the same",
                ));
            }
            _ => Body::Identify,
        };
        Ok(Self { id, ts, tenant, units, body })
    }
}

/// The id under which a malformed event can be named to its sender, if it has any.
pub fn claimed_id(raw: &RawValue) -> Option<String> {
    let fields = Fields::of_event(raw).ok()?;
    let id = fields.optional_text("id", MAX_NAME_BYTES).ok()?;
    id.filter(|id| !id.is_empty())
}

/// The field `units`: type to id, at least one.
fn units(fields: &Fields<'_>) -> Result<BTreeMap<String, String>, EventError> {
    let raw = fields.required("units", Kind::Object, r#"such as {"user": "u_42"}"#)?;
    let units = Fields::of("units", raw)?;
    let mut ids = BTreeMap::new();
    for (unit_type, _) in units.iter() {
        check_unit_type(&units.path(unit_type), unit_type)?;
        ids.insert(unit_type.to_owned(), units.text(unit_type, MAX_UNIT_BYTES, "a unit id")?);
    }
    if ids.is_empty() || ids.len() > MAX_UNITS {
        let given = format!("{} units", ids.len());
        return Err(EventError::bad_value("units", given, &format!("1 to {MAX_UNITS} units")));
    }
    Ok(ids)
}

/// A unit type names a column: a letter or `_`, then letters, digits and `_`.
fn check_unit_type(field: &str, unit_type: &str) -> Result<(), EventError> {
    let mut bytes = unit_type.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let fits = unit_type.len() <= MAX_UNIT_TYPE_BYTES;
    if starts && fits && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(());
    }
    let allowed = format!(
        "a unit type of letters, digits and _, not starting with a digit, of at most {MAX_UNIT_TYPE_BYTES} bytes"
    );
    Err(EventError::bad_value(field, unit_type.to_owned(), &allowed))
}

#[cfg(test)]
mod tests;
