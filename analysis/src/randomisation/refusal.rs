//! Why a comparison is not tested by redrawing it.

use serde::Serialize;

/// Why a comparison is not tested by redrawing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "refused")]
pub enum Refusal {
    /// The plan counts units from an event on.
    #[error(
        "units count only from the event `{event}` on, and nothing shows that the variant neither causes nor prevents it: test an experiment that counts from the first exposure"
    )]
    Triggered {
        /// The event's name.
        event: String,
    },
    /// The exposures were not replayed.
    #[error(
        "the exposures were not replayed on a ruleset, so nobody knows how the units were drawn: analyse the log of `edgewise serve`"
    )]
    NotVerified,
    /// The units that came to be exposed are not those that the allocation promised.
    #[error(
        "the variants did not get the units that the allocation promised, so being exposed depends on the variant: find out why before anything is compared"
    )]
    SampleRatioMismatch,
    /// The weights followed the outcomes.
    #[error(
        "a bandit learnt the weights from the outcomes, so a redraw would have changed the epochs themselves: weigh by the propensities instead"
    )]
    Adaptive,
    /// Calls were drawn, not units.
    #[error(
        "calls were drawn, not units, so a unit has no variant to draw again: draw units, by `strategy: hash`"
    )]
    CallsDrawn,
    /// An epoch is in no ruleset.
    #[error(
        "no ruleset in the data folder holds the epoch {epoch}, so nobody knows how its units were drawn: put the ruleset back"
    )]
    UnknownAllocation {
        /// The epoch.
        epoch: String,
    },
    /// The exact sums could not hold the numbers.
    #[error(
        "the units' numbers are too large for exact sums of their products: measure the metric in a larger unit"
    )]
    TooLarge,
    /// The metric is no function of sums over units.
    #[error(
        "a {kind} is not redrawn: test a mean, a rate or a ratio, such as whether a unit reaches the limit or the last step"
    )]
    Metric {
        /// What the metric is.
        kind: &'static str,
    },
}
