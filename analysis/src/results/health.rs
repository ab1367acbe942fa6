//! What was checked before anything is relied on.

use serde::Serialize;

/// One check, whether it found something or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// Which check.
    pub check: Health,
    /// What it found.
    pub state: HealthState,
    /// In words, with the numbers.
    pub what: String,
}

/// The checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The variants got the units that the allocation promised.
    SampleRatio,
    /// They still did so day by day.
    SampleRatioByDay,
    /// Replay confirms the exposures, evenly.
    Verification,
    /// No unit was in two variants without a reason.
    TwoVariants,
    /// Leaving out the buckets that a new allocation moved changes nothing.
    MovedBuckets,
    /// Units that never triggered show no effect.
    Untriggered,
    /// Bots and other excluded units are even.
    Exclusions,
    /// No day is without events, or has a spike.
    DailyEvents,
    /// The error rate did not jump.
    ErrorRate,
    /// The variants were alike before the experiment.
    CovariateBalance,
    /// No effect is too good to be true (Twyman's law).
    Plausibility,
    /// The effect does not wear off from one day of entry to the next.
    Novelty,
    /// The effect is not that of the first days after exposure alone.
    NoveltySinceExposure,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Nothing.
    Passed,
    /// There is not enough to check by.
    NotChecked,
    /// Something to look at.
    Caution,
    /// Results cannot be relied on.
    Failed,
}
