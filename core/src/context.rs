//! What a host knows about whom it asks for: unit ids and attributes, by their index in the ruleset.

use crate::{
    Ruleset,
    format::{f64_at, u32_at},
};

/// The longest unit id, in bytes.
pub const UNIT_ID_BYTES: usize = 1024;

/// The value of one attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The context does not hold the attribute.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// A number; NaN makes every comparison unknown.
    Number(f64),
    /// UTF-8 text. Conditions look at its bytes only.
    String(&'a [u8]),
    /// The context holds the attribute, but as something that no condition can look into.
    Other,
}

/// The id of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit<'a> {
    /// The context holds no id of this unit type.
    Missing,
    /// What the context holds is no id.
    Invalid,
    /// 1 to [`UNIT_ID_BYTES`] bytes.
    Id(&'a [u8]),
}

impl<'a> Unit<'a> {
    /// The unit of this id, or [`Unit::Invalid`] where it is empty or too long. Nothing is ever hashed truncated.
    #[must_use]
    pub const fn new(id: &'a [u8]) -> Self {
        if id.is_empty() || id.len() > UNIT_ID_BYTES { Self::Invalid } else { Self::Id(id) }
    }
}

/// Unit ids and attributes, by their index in the ruleset that is asked.
pub trait Context {
    /// The id of the unit type with this index; see [`Ruleset::unit_types`].
    fn unit(&self, unit_type: usize) -> Unit<'_>;

    /// The value of the attribute with this index; see [`Ruleset::attributes`].
    fn attribute(&self, attribute: usize) -> Value<'_>;
}

/// A context of two slices. What lies beyond a slice is missing.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    /// One for each unit type of the ruleset.
    pub units: &'a [Unit<'a>],
    /// One for each attribute of the ruleset.
    pub attributes: &'a [Value<'a>],
}

impl Context for Attributes<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.units.get(unit_type).copied().unwrap_or(Unit::Missing)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.attributes.get(attribute).copied().unwrap_or(Value::Absent)
    }
}

/// The size of one record of an [`EncodedContext`].
pub const RECORD_BYTES: usize = 16;

/// A context read in place from bytes that a host wrote: the way across the WebAssembly boundary.
///
/// One record of [`RECORD_BYTES`] for each unit type, then one for each attribute, in the order of their indices;
/// the strings follow anywhere behind. Integers are little-endian. What lies beyond the bytes is missing.
///
/// | bytes of a record | what |
/// |---|---|
/// | 0 | tag: 0 missing, 1 `false`, 2 `true`, 3 number, 4 string or id, 5 anything else or no id |
/// | 4..8 | the string's length in bytes |
/// | 8..16 | the number (`f64`), or in 8..12 where the string begins, counted from the first record |
#[derive(Clone, Copy, Debug)]
pub struct EncodedContext<'a> {
    bytes: &'a [u8],
    unit_types: usize,
}

impl<'a> EncodedContext<'a> {
    /// The context that `bytes` encode for `ruleset`.
    #[must_use]
    pub fn new<B: AsRef<[u8]>>(bytes: &'a [u8], ruleset: &Ruleset<B>) -> Self {
        Self { bytes, unit_types: ruleset.unit_type_count() }
    }

    fn record(&self, index: usize) -> Value<'a> {
        let at = index.saturating_mul(RECORD_BYTES);
        let Some(record) = self.bytes.get(at..at.saturating_add(RECORD_BYTES)) else {
            return Value::Absent;
        };
        match record.first() {
            Some(1) => Value::Bool(false),
            Some(2) => Value::Bool(true),
            Some(3) => Value::Number(f64_at(record, 8)),
            Some(4) => {
                let start = u32_at(record, 8) as usize;
                let end = start.saturating_add(u32_at(record, 4) as usize);
                self.bytes.get(start..end).map_or(Value::Other, Value::String)
            }
            Some(5..) => Value::Other,
            Some(0) | None => Value::Absent,
        }
    }
}

impl Context for EncodedContext<'_> {
    #[inline]
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match self.record(unit_type) {
            Value::Absent => Unit::Missing,
            Value::String(id) => Unit::new(id),
            Value::Bool(_) | Value::Number(_) | Value::Other => Unit::Invalid,
        }
    }

    #[inline]
    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.record(self.unit_types.saturating_add(attribute))
    }
}
