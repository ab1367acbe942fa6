//! What a row is: an exposure, an event, or neither.

use super::{left_out::Reason, mapping::Field};
use crate::rows::ImportError;

/// One row, its cells by what they mean.
pub(super) trait Row {
    /// A cell as a name or an id; none where it is missing or empty.
    ///
    /// # Errors
    /// Where it is no text.
    fn text(&self, cell: TextCell) -> Result<Option<&str>, ImportError>;
}

/// A cell that holds a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextCell {
    Id,
    Type,
    Unit,
    Name,
    Experiment,
    Variant,
}

impl TextCell {
    pub(super) const ALL: [Self; 6] =
        [Self::Id, Self::Type, Self::Unit, Self::Name, Self::Experiment, Self::Variant];

    /// The field of the mapping, for this unit type.
    pub(super) fn field(self, unit: &str) -> Field {
        match self {
            Self::Id => Field::Id,
            Self::Type => Field::Type,
            Self::Unit => Field::Unit(unit.to_owned()),
            Self::Name => Field::Name,
            Self::Experiment => Field::Experiment,
            Self::Variant => Field::Variant,
        }
    }
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A unit met a variant.
    Exposure,
    /// An event of this type.
    Event(&'static str),
    /// Nothing of these.
    Other,
}

impl Class {
    /// A row is an exposure or a `track`, `feedback` or `error` event as its type says; where it has no type, it is an
    /// exposure if it has a variant and an event if it has a name.
    ///
    /// # Errors
    /// Where one of these is no text.
    pub(super) fn of(row: &impl Row) -> Result<Self, ImportError> {
        let has = |cell| row.text(cell).map(|text| text.is_some());
        Ok(match row.text(TextCell::Type)? {
            Some("exposure") => Self::Exposure,
            Some("track") => Self::Event("track"),
            Some("feedback") => Self::Event("feedback"),
            Some("error") => Self::Event("error"),
            None if has(TextCell::Variant)? => Self::Exposure,
            None if has(TextCell::Name)? => Self::Event("track"),
            Some(_) | None => Self::Other,
        })
    }
}

/// Which rows a reading gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Events,
    /// Those of this experiment, and where no column says of which.
    Exposures(String),
}

impl Kept {
    /// Whether a reading gives the row: its type, or why the row is in no reading; none where it is in another one.
    ///
    /// # Errors
    /// Where a cell is no text.
    pub(super) fn keeps(&self, row: &impl Row) -> Result<Choice, ImportError> {
        if row.text(TextCell::Unit)?.is_none() {
            return Ok(Choice::LeftOut(Reason::WithoutUnit));
        }
        match (Class::of(row)?, self) {
            (Class::Other, _) => Ok(Choice::LeftOut(Reason::OtherType)),
            (Class::Event(type_name), Self::Events) => Ok(Choice::Kept(type_name)),
            (Class::Exposure, Self::Exposures(experiment)) => {
                if row.text(TextCell::Experiment)?.is_some_and(|named| named != experiment) {
                    return Ok(Choice::LeftOut(Reason::OtherExperiment));
                }
                let has_variant = row.text(TextCell::Variant)?.is_some();
                Ok(if has_variant {
                    Choice::Kept("exposure")
                } else {
                    Choice::LeftOut(Reason::WithoutVariant)
                })
            }
            (Class::Event(_), Self::Exposures(_)) | (Class::Exposure, Self::Events) => Ok(Choice::Elsewhere),
        }
    }
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is given, as this type.
    Kept(&'static str),
    /// Another reading gives it.
    Elsewhere,
    /// It is in no reading.
    LeftOut(Reason),
}
