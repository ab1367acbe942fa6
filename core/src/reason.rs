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
    /// Experiments are switched off as a whole.
    SwitchedOff = 11,
    /// The unit stands on the experiment's list, or somebody with the right to do so set its variant. No exposure.
    Forced = 12,
    /// A holdout holds the unit out of the experiment.
    HeldOut = 13,
    /// Another experiment or flag does not answer what this one requires.
    PrerequisiteNotMet = 14,
    /// An experiment of higher priority with a common flag takes the unit.
    Masked = 15,
    /// The experiment is decided, and this is the winner. No exposure.
    Graduated = 16,
    /// The experiment is decided, and the unit keeps the control to compare with. No exposure of the experiment.
    HeldBack = 17,
    /// In its layer the unit belongs to somebody else: by its bucket, or by a sticky record.
    NotInSlot = 18,
    /// The unit has the variant that it had before. Using the answer is an exposure, unless the experiment is over.
    Sticky = 19,
    /// The experiment takes no new units in, and this one is new.
    NotEnrolling = 20,
    /// A rule of the experiment placed the unit. No exposure, because nothing was drawn.
    Placed = 21,
    /// The experiment draws from a nonce or a counter, and the host gave none.
    MissingDraw = 22,
}

impl Reason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 23] = [
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
        Self::SwitchedOff,
        Self::Forced,
        Self::HeldOut,
        Self::PrerequisiteNotMet,
        Self::Masked,
        Self::Graduated,
        Self::HeldBack,
        Self::NotInSlot,
        Self::Sticky,
        Self::NotEnrolling,
        Self::Placed,
        Self::MissingDraw,
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
            Self::SwitchedOff => "switched_off",
            Self::Forced => "forced",
            Self::HeldOut => "held_out",
            Self::PrerequisiteNotMet => "prerequisite_not_met",
            Self::Masked => "masked",
            Self::Graduated => "graduated",
            Self::HeldBack => "held_back",
            Self::NotInSlot => "not_in_slot",
            Self::Sticky => "sticky",
            Self::NotEnrolling => "not_enrolling",
            Self::Placed => "placed",
            Self::MissingDraw => "missing_draw",
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
