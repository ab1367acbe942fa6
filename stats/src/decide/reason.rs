//! Why a recommendation is what it is.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// One reason, in words for people and as a code for machines.
///
/// Serialised as `{"reason": code, "because": …}`. Treatments are counted from 0 in the order that they were given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The sample-ratio test failed.
    #[error(
        "the variants did not get the units that the allocation promised, so no result can be believed: find the cause first"
    )]
    SampleRatioViolated,
    /// The sample ratio could not be tested.
    #[error("the sample ratio could not be tested, so nothing is decided: wait for units in every variant")]
    SampleRatioUntested,
    /// The declared horizon has not come.
    #[error(
        "the experiment has run {days:.1} of {horizon:.1} days; a result before its horizon does not hold its level"
    )]
    BeforeHorizon {
        /// Days run.
        days: f64,
        /// Days declared.
        horizon: f64,
    },
    /// No boundary of the sequential design has been crossed.
    #[error("no boundary has been crossed at this look: the next look decides")]
    NoBoundaryCrossed,
    /// A gate asks for more days.
    #[error("the experiment has run {days:.1} days; at least {needed:.1} are asked for")]
    TooFewDays {
        /// Days run.
        days: f64,
        /// Days asked for.
        needed: f64,
    },
    /// A gate asks for more units.
    #[error("the smallest variant has {units} units; at least {needed} are asked for")]
    TooFewUnits {
        /// Units of the smallest variant.
        units: u64,
        /// Units asked for.
        needed: u64,
    },
    /// A treatment is significantly better.
    #[error("treatment {treatment} is significantly better on the primary metric (p = {p:.2e}, adjusted)")]
    Better {
        /// Which treatment.
        treatment: usize,
        /// Its adjusted p value.
        p: f64,
    },
    /// A treatment is significantly worse.
    #[error("treatment {treatment} is significantly worse on the primary metric (p = {p:.2e}, adjusted)")]
    Worse {
        /// Which treatment.
        treatment: usize,
        /// Its adjusted p value.
        p: f64,
    },
    /// A treatment crossed its boundary.
    #[error("treatment {treatment} crossed its boundary at this look")]
    CrossedBoundary {
        /// Which treatment.
        treatment: usize,
    },
    /// A treatment crossed its futility boundary.
    #[error("treatment {treatment} is futile: it crossed the lower boundary at this look")]
    Futile {
        /// Which treatment.
        treatment: usize,
    },
    /// Better, but by less than is worth shipping.
    #[error(
        "treatment {treatment} gains {gain:.3}, less than the lift of {needed:.3} that is worth shipping"
    )]
    TooSmall {
        /// Which treatment.
        treatment: usize,
        /// The lift in the better direction.
        gain: f64,
        /// The lift asked for.
        needed: f64,
    },
    /// The whole interval of the lift is below what is worth shipping.
    #[error(
        "treatment {treatment} gains at most {most:.3}, less than the lift of {needed:.3} that is worth shipping"
    )]
    NotWorthIt {
        /// Which treatment.
        treatment: usize,
        /// The upper end of its gain.
        most: f64,
        /// The lift asked for.
        needed: f64,
    },
    /// Neither better nor worse.
    #[error("treatment {treatment} is neither significantly better nor worse on the primary metric")]
    NotSignificant {
        /// Which treatment.
        treatment: usize,
    },
    /// The primary metric could not be tested.
    #[error("treatment {treatment} could not be tested on the primary metric: {absent}")]
    Untested {
        /// Which treatment.
        treatment: usize,
        /// Why.
        absent: crate::Absent,
    },
    /// A guardrail is beyond its margin.
    #[error("treatment {treatment} harms the guardrail `{metric}` by more than its margin")]
    GuardrailBreached {
        /// Which treatment.
        treatment: usize,
        /// Which metric.
        metric: String,
    },
    /// A guardrail is not known to be safe.
    #[error(
        "treatment {treatment}: the guardrail `{metric}` is not known to be safe; shipping needs all safe"
    )]
    GuardrailNotSafe {
        /// Which treatment.
        treatment: usize,
        /// Which metric.
        metric: String,
    },
}

impl Reason {
    /// The reason as a stable word for machines, e.g. `before_horizon`.
    ///
    /// ```
    /// assert_eq!(edgewise_stats::decide::Reason::NoBoundaryCrossed.code(), "no_boundary_crossed");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::SampleRatioViolated => "sample_ratio_violated",
            Self::SampleRatioUntested => "sample_ratio_untested",
            Self::BeforeHorizon { .. } => "before_horizon",
            Self::NoBoundaryCrossed => "no_boundary_crossed",
            Self::TooFewDays { .. } => "too_few_days",
            Self::TooFewUnits { .. } => "too_few_units",
            Self::Better { .. } => "better",
            Self::Worse { .. } => "worse",
            Self::CrossedBoundary { .. } => "crossed_boundary",
            Self::Futile { .. } => "futile",
            Self::TooSmall { .. } => "too_small",
            Self::NotWorthIt { .. } => "not_worth_it",
            Self::NotSignificant { .. } => "not_significant",
            Self::Untested { .. } => "untested",
            Self::GuardrailBreached { .. } => "guardrail_breached",
            Self::GuardrailNotSafe { .. } => "guardrail_not_safe",
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Reason", 2)?;
        object.serialize_field("reason", self.code())?;
        object.serialize_field("because", &self.to_string())?;
        object.end()
    }
}
