//! Exposures: that a unit met its variant, with all that a replay of the assignment needs.

use super::{
    EventError, MAX_NAME_BYTES, MAX_UNIT_BYTES, check_unit_type,
    fields::{Fields, Kind},
};
use edgewise_core::{BUCKETS, Digest, Epoch};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A unit met the variant that it was assigned.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// What assigned the unit.
    pub kind: ExposureKind,
    /// The experiment's id.
    pub experiment: String,
    /// The variant's id.
    pub variant: String,
    /// The variant bucket that was drawn, below [`BUCKETS`].
    pub bucket: u32,
    /// The allocation in force when the unit was drawn.
    pub epoch: Epoch,
    /// The ruleset that was asked.
    pub ruleset: Digest,
    /// The time that the ruleset was asked with.
    pub evaluated_at: Timestamp,
    /// The assignment unit type.
    pub unit_type: String,
    /// The id that was hashed.
    pub unit: String,
    /// Canonical attribute name to what the context held, for the experiment's replay list.
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// What assigned an exposed unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExposureKind {
    /// An experiment's allocation.
    Experiment,
}

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
    /// Something that no condition compares, such as an array: `{}`.
    Other,
}

impl Exposure {
    /// Reads the fields of an exposure, and adds its unit to the event's units where it is not there yet.
    pub(super) fn from_fields(
        fields: &Fields<'_>,
        units: &mut BTreeMap<String, String>,
    ) -> Result<Self, EventError> {
        fields.one_of("kind", &["experiment"])?;
        fields.one_of("reason", &["assigned"])?;
        let exposure = Self {
            kind: ExposureKind::Experiment,
            experiment: fields.text("experiment", MAX_NAME_BYTES, "the experiment's id")?,
            variant: fields.text("variant", MAX_NAME_BYTES, "the variant's id")?,
            bucket: fields.whole_below("bucket", BUCKETS)?,
            epoch: fields.spelled("epoch", "an epoch: 16 lower-case hexadecimal digits")?,
            ruleset: fields.spelled("ruleset", "a ruleset's digest: 32 lower-case hexadecimal digits")?,
            evaluated_at: fields.timestamp("evaluated_at")?,
            unit_type: fields.text("unit_type", MAX_NAME_BYTES, "the assignment unit type")?,
            unit: fields.text("unit", MAX_UNIT_BYTES, "the id that was hashed")?,
            attributes: attributes(fields)?,
        };
        check_unit_type("unit_type", &exposure.unit_type)?;
        let known = units.entry(exposure.unit_type.clone()).or_insert_with(|| exposure.unit.clone());
        if *known != exposure.unit {
            let allowed = format!("the same id as `units.{}`, which is `{known}`", exposure.unit_type);
            return Err(EventError::bad_value("unit", exposure.unit, &allowed));
        }
        Ok(exposure)
    }
}

/// The field `attributes`: canonical name to value.
fn attributes(fields: &Fields<'_>) -> Result<BTreeMap<String, AttributeValue>, EventError> {
    let raw = fields.required(
        "attributes",
        Kind::Object,
        "the attributes that the experiment's conditions look at",
    )?;
    let attributes = Fields::of("attributes", raw)?;
    attributes.iter().map(|(name, raw)| Ok((name.to_owned(), attribute(&attributes, name, raw)?))).collect()
}

fn attribute(attributes: &Fields<'_>, name: &str, raw: &RawValue) -> Result<AttributeValue, EventError> {
    const ALLOWED: &str = "a boolean, a finite number, a string, null for absent, or {} for anything else";
    match Kind::of(raw) {
        Kind::Null => Ok(AttributeValue::Absent),
        Kind::Bool => Ok(AttributeValue::Bool(raw.get() == "true")),
        // The standard library rounds correctly; serde_json, as built here, may be a last place off, which a replay sees.
        Kind::Number => match raw.get().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(AttributeValue::Number(number)),
            _ => Err(attributes.bad_value(name, raw.get().to_owned(), ALLOWED)),
        },
        Kind::String => attributes.decode(name, raw).map(AttributeValue::String),
        Kind::Object if raw.get().trim_start_matches('{').trim_start() == "}" => Ok(AttributeValue::Other),
        Kind::Object => Err(attributes.bad_value(name, raw.get().to_owned(), ALLOWED)),
        Kind::Array => Err(attributes.wrong_type(name, Kind::Array, ALLOWED.to_owned())),
    }
}
