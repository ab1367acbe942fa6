//! What a host knows about whom it asks for: unit ids and attributes, by their index in the ruleset.

use crate::Epoch;

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
    /// A list of strings: each one's length as `u32`, little-endian, and then its bytes.
    List(&'a [u8]),
    /// The context holds the attribute, but as something that no condition can look into.
    Other,
}

/// What a host kept of an earlier answer: the unit's variant in one iteration of an experiment.
///
/// It is valid while the ruleset holds this iteration of the experiment with this variant, and the experiment is
/// sticky. A host hands in what it has; names that the ruleset does not know it leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sticky {
    /// The index of the experiment.
    pub experiment: usize,
    /// The iteration that the unit was drawn in.
    pub iteration: u32,
    /// The index of the variant.
    pub variant: usize,
    /// The epoch that the unit was drawn in.
    pub epoch: Epoch,
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
    /// The id of the unit type with this index; see [`Ruleset::unit_types`](crate::Ruleset::unit_types).
    fn unit(&self, unit_type: usize) -> Unit<'_>;

    /// The value of the attribute with this index; see [`Ruleset::attributes`](crate::Ruleset::attributes).
    fn attribute(&self, attribute: usize) -> Value<'_>;

    /// The unit's sticky records, one after the other from 0. Of the valid ones in a layer the first counts.
    #[inline]
    fn sticky(&self, _nth: usize) -> Option<Sticky> {
        None
    }

    /// The variant, by index, that the unit gets in the experiment with this index because somebody with the right to
    /// do so says it.
    #[inline]
    fn forced(&self, _experiment: usize) -> Option<usize> {
        None
    }

    /// What the host made up for this one call, for experiments that randomise calls.
    #[inline]
    fn nonce(&self) -> Option<&[u8]> {
        None
    }

    /// How many calls of the experiment with this index came before, for experiments that take variants in turn.
    #[inline]
    fn counter(&self, _experiment: usize) -> Option<u64> {
        None
    }
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
