//! Why an experiment answered as it did.

use core::fmt;

/// Why a unit got its variant, or why it got none. The codes and texts never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Reason {
    /// The unit was drawn into the variant. Using the answer is an exposure.
    Assigned = 0,
    /// The ruleset holds no experiment of this id: it may be a draft, or the ruleset may be of another time.
    UnknownExperiment = 1,
    /// The experiment is paused.
    Paused = 2,
    /// The experiment's start lies ahead.
    NotStarted = 3,
    /// The experiment's end has passed.
    Ended = 4,
    /// The context holds no id of the experiment's unit type.
    MissingUnit = 5,
    /// The context's id is no string of 1 to 1,024 bytes and no integer.
    InvalidUnit = 6,
    /// The targeting condition is false for this context.
    NotTargeted = 7,
    /// The targeting condition can be decided neither way: an attribute is missing or of another type.
    TargetingUnknown = 8,
    /// The ramp has not reached the unit yet.
    NotInRamp = 9,
    /// The unit's bucket belongs to no variant.
    Unallocated = 10,
}

impl Reason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 11] = [
        Self::Assigned,
        Self::UnknownExperiment,
        Self::Paused,
        Self::NotStarted,
        Self::Ended,
        Self::MissingUnit,
        Self::InvalidUnit,
        Self::NotTargeted,
        Self::TargetingUnknown,
        Self::NotInRamp,
        Self::Unallocated,
    ];

    /// The number that crosses the JavaScript boundary.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The text that stands in events and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::UnknownExperiment => "unknown_experiment",
            Self::Paused => "paused",
            Self::NotStarted => "not_started",
            Self::Ended => "ended",
            Self::MissingUnit => "missing_unit",
            Self::InvalidUnit => "invalid_unit",
            Self::NotTargeted => "not_targeted",
            Self::TargetingUnknown => "targeting_unknown",
            Self::NotInRamp => "not_in_ramp",
            Self::Unallocated => "unallocated",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_codes() {
        for (code, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(reason.code()), code);
        }
    }
}
