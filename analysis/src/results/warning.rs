//! Warnings and exclusions as types: what was seen, why it matters, what to do.

use serde::Serialize;

/// What to know before relying on a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable word for machines.
    pub warning: WarningCode,
    /// How much it takes away.
    pub severity: Severity,
    /// What was seen.
    pub what: String,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// How much a warning takes away from a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Decide with care.
    Caution,
    /// Do not decide by these results.
    Invalid,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The variants did not get the units that the allocation promised.
    SampleRatioMismatch,
    /// A variant's exposures fail to replay more often than another's.
    UnevenVerification,
    /// The exposures were not replayed.
    NotVerified,
    /// Units were in two variants, for no reason that the allocation explains.
    UnitsInTwoVariants,
    /// A new allocation moved units; they are analysed where they were first.
    UnitsMoved,
    /// Units were drawn by the experiment's fallback before they were known.
    FallbackUnits,
    /// Units met another variant when they came to be known: the fallback and they were drawn apart.
    DrawnTwice,
    /// Bots are not the same share of every variant.
    UnevenBots,
    /// Sums are to be kept between runs, and none of them is ever final.
    NothingFrozen,
    /// The experiment draws calls, which numbers per unit do not compare.
    CallsDrawn,
    /// The metric has no events.
    MetricWithoutEvents,
    /// Events lack the value that the metric sums up.
    EventsWithoutValue,
    /// Units whose window has not passed are left out.
    ImmatureUnits,
    /// The metric is refused.
    MetricRefused,
    /// Numbers came from binary floating point.
    FloatingPointSource,
    /// There is nothing to analyse.
    NoUnits,
    /// Files of the log are damaged, and left out.
    DamagedLog,
    /// Files among the rulesets are none.
    DefectiveRulesets,
    /// The variants differed before the experiment.
    CovariateImbalance,
    /// The effect is not the same for all values of an attribute.
    EffectDiffers,
    /// The plan of the project is not the one that the rulesets committed to.
    PlanChanged,
}

/// What was left out of an analysis, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// A stable word for machines.
    pub exclusion: &'static str,
    /// How many.
    pub count: u64,
    /// Of what, and why they do not count.
    pub what: String,
    /// What to do about it; empty where it is as it should be.
    pub action: &'static str,
}
