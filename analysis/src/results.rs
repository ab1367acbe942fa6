//! What an analysis answers: numbers with their uncertainty, and everything that was left out, with its reason.
//!
//! An estimate that cannot be computed is absent with the reason in its place, never 0 and never p = 1.

mod comparison;
mod decision;
mod dimension;
mod distribution;
mod estimate;
mod feedback;
mod funnel;
mod health;
mod power;
mod provenance;
mod randomisation;
mod series;
mod since_exposure;
mod warning;

pub use comparison::{
    AdjustedP, Bayesian, Covariate, GuardrailResult, MetricComparison, Sequential, SequentialMethod,
};
pub use decision::{Decided, ReasonInWords};
pub use dimension::{Dimension, Slice};
pub use distribution::{Bin, Distribution, LevelAt, VariantDistribution};
pub use estimate::AbsentPart;
pub use feedback::{AnswersOfVariant, Feedback};
pub use funnel::{Funnel, FunnelStep, StepOfVariant};
pub use health::{Health, HealthCheck, HealthState};
pub use power::{CurvePoint, Power, PowerLooks};
pub use provenance::Provenance;
pub use randomisation::Randomisation;
pub use series::{CumulativeLift, DayOfVariant, MetricDay, UnitsOfDay};
pub use since_exposure::{DaySince, LiftOfDay, SinceExposure, TrendOfVariant};
pub use warning::{Exclusion, Severity, Warning, WarningCode};

use crate::{
    conclude::looks::Looks,
    plan::{Direction, Role, Silent},
    verify::{Mismatch, Unverifiable},
};
use edgewise_stats::{Quantity, trust::SampleRatio};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of this layout. It rises when a field changes its name, place or meaning, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// The results of one experiment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The experiment's id, or the name of the file that was analysed.
    pub experiment: String,
    /// What is randomised and counted.
    pub unit: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// The two-sided level of each test, and one minus the level of each interval.
    pub alpha: f64,
    /// Where the numbers come from.
    pub source: SourceKind,
    /// Which run of the experiment this is; none where no ruleset says.
    pub iteration: Option<u32>,
    /// Up to when events are in: the arrival of the last one. Tables of units have none.
    pub watermark: Option<Timestamp>,
    /// The variants, the control first.
    pub variants: Vec<VariantSummary>,
    /// Whether the variants got the units that the allocation promised.
    pub sample_ratio: SampleRatioChecks,
    /// The metrics, in the plan's order.
    pub metrics: Vec<MetricResult>,
    /// What was left out, how much of it, and why.
    pub exclusions: Vec<Exclusion>,
    /// What to know before relying on the results.
    pub warnings: Vec<Warning>,
    /// What to do now, with its reasons; none where nothing decides: without a primary metric, and for tables of units.
    pub decision: Option<Decided>,
    /// The looks of a group-sequential design with the one that was taken now; none where nobody keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks: Option<Looks>,
    /// New units by the day of their first exposure, rising; empty for tables of units.
    pub growth: Vec<UnitsOfDay>,
    /// The results within the values of attributes at exposure. They inform and never decide.
    pub dimensions: Vec<Dimension>,
    /// What was checked before anything is relied on, whether it found something or not.
    pub health: Vec<HealthCheck>,
    /// By what these results can be computed again.
    pub provenance: Provenance,
}

/// Where the numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The project's own event log.
    Log,
    /// Events that another system collected.
    Events,
    /// A table of one row a unit.
    Units,
}

/// One variant's units and exposures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantSummary {
    /// The variant's id.
    pub variant: String,
    /// Whether the others are compared with it.
    pub is_control: bool,
    /// Units that count.
    pub units: u64,
    /// The exposures that claim this variant; none for a table of units.
    pub exposures: Option<Exposures>,
    /// Units that count, and that a new allocation moved to another variant later. They stay in this one.
    pub units_moved: u64,
    /// Units that were in another variant as well, for no reason that the allocation explains.
    pub units_in_two_variants: u64,
}

/// What replay says about the exposures that claim one variant. Repetitions are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Exposures {
    /// All of them.
    pub total: u64,
    /// The ruleset gives the same answer.
    pub verified: u64,
    /// The ruleset gives another answer, by what differs.
    pub mismatched: BTreeMap<Mismatch, u64>,
    /// There is no ruleset to ask, by the cause.
    pub unverifiable: BTreeMap<Unverifiable, u64>,
    /// Verified ones among all; none where there are no exposures.
    pub verified_share: Option<f64>,
}

impl Exposures {
    /// Whether replay has an answer for any of them. Without one they are not verifiable, which is no failure.
    pub fn is_verifiable(&self) -> bool {
        self.verified > 0 || !self.mismatched.is_empty()
    }
}

/// The sample-ratio test before and after what was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleRatioChecks {
    /// Over each unit's first exposure, whatever its verdict. The same as below where nothing is left out.
    pub before_exclusions: SampleRatio,
    /// Over the units that count.
    pub after_exclusions: SampleRatio,
}

/// One metric's results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricResult {
    /// The metric's id.
    pub metric: String,
    /// What it is measured for.
    pub role: Role,
    /// What a unit's number is.
    pub kind: Kind,
    /// Whether more is better; none where nobody said.
    pub direction: Option<Direction>,
    /// How long after its first exposure a unit's events count.
    pub window_seconds: Option<u64>,
    /// What a unit without events, or without a value in its cell, means.
    pub silent: Silent,
    /// Where the metric's events went; none for a table of units.
    pub events: Option<EventCounts>,
    /// Why there is no estimate at all.
    pub absent: Option<AbsentMetric>,
    /// Each variant's own numbers, the control first. Empty where the metric is absent.
    pub variants: Vec<MetricVariant>,
    /// The other variants against the control. Empty where the metric is absent.
    pub comparisons: Vec<MetricComparison>,
    /// The sample-ratio test over the units that this metric counts, where these are not all units.
    pub sample_ratio: Option<SampleRatio>,
    /// What to know before relying on this metric.
    pub warnings: Vec<Warning>,
    /// Of a funnel: its steps.
    pub funnel: Option<Funnel>,
    /// The units by the day of their first exposure, each measured in its whole window. Empty where nobody asked.
    pub days: Vec<MetricDay>,
    /// The units by the days since their first exposure, for what decides; none where fewer than three days have passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_exposure: Option<SinceExposure>,
    /// Of a feedback metric, where its neutral and negative answers are measured too: how many of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    /// How the units' numbers are spread. None where nobody asked, and for numbers that are 0 or 1.
    pub distribution: Option<Distribution>,
    /// What the experiment can find on this metric; none without a smallest effect that is worth detecting.
    pub power: Option<Power>,
}

/// What a unit's number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 0 or 1: rates, compared by the two-proportion z test with the pooled rate.
    Binary,
    /// Any number: means, compared by Welch's t test with Student's t.
    Continuous,
    /// How many: means as for [`Continuous`](Self::Continuous), and beside them event rates by the Poisson model.
    Count,
    /// A quotient of two totals, compared by the delta method.
    Ratio,
    /// A quantile of the events' values, with intervals that know the units.
    Quantile,
    /// Which step of a funnel is reached: the rate of the last one.
    Funnel,
}

/// One variant's numbers on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricVariant {
    /// The variant's id.
    pub variant: String,
    /// Units with a number.
    pub n: u64,
    /// Units without events, or without a value in their cell.
    pub silent_units: u64,
    /// Units whose window has not passed yet, and which are left out therefore.
    pub immature_units: u64,
    /// The mean or the rate over all these units.
    pub mean: Quantity,
    /// The spread of the units' numbers; none where there are fewer than two, or for rates.
    pub standard_deviation: Option<f64>,
    /// Of a ratio: what is divided by what, over all these units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
}

/// The two totals of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Totals {
    /// What is divided.
    pub numerator: f64,
    /// What it is divided by.
    pub denominator: f64,
}

/// Where a metric's events went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventCounts {
    /// Events of the metric's name in the data.
    pub seen: u64,
    /// Of these: they name no unit of the experiment's unit type.
    pub without_unit: u64,
    /// Their unit has no exposure that counts.
    pub not_exposed: u64,
    /// They happened before their unit's first exposure.
    pub before_exposure: u64,
    /// They happened when their unit's window had passed.
    pub after_window: u64,
    /// They happened in their unit's window, but arrived when the plan's allowance for late events was over.
    pub too_late: u64,
    /// They count, but carry no value, and a value is what the metric sums up.
    pub without_value: u64,
    /// They came again with the same id.
    pub repeated: u64,
}

/// Why a metric has no estimate at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbsentMetric {
    /// A stable word for machines.
    pub absent: AbsentCode,
    /// What was seen, and what to do.
    pub because: String,
}

/// The reasons of [`AbsentMetric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentCode {
    /// The data hold no event of the metric's name.
    NoEvents,
    /// There are events, but none of a unit that counts, in its time.
    NoEventsOfExposedUnits,
    /// No unit counts.
    NoUnits,
    /// No unit's window has passed.
    NoMatureUnits,
    /// The exact sums cannot hold the numbers, or contradict the metric's kind.
    Refused,
}
