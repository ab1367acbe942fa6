//! The analysis plan: what an experiment measures and how, fixed before its first exposure.

mod decision;
mod filter;
mod kind;
mod metric;
mod sequential;

pub use decision::{Decision, Guardrail, Multiplicity, Priors};
pub use filter::{Comparator, Filter, FilterValue};
pub use kind::{Denominator, MetricKind, Step, ValueSource};
pub use metric::{Cap, Direction, EventType, Metric, Silent};
pub use sequential::{SequentialPlan, SpendingFunction};

use edgewise_core::Digest;
use serde::{Deserialize, Serialize};

/// What is analysed of one experiment. Its canonical JSON is what the plan digest in a ruleset is taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The experiment's id.
    pub experiment: String,
    /// The assignment unit type; events are joined on the unit's id of this type.
    pub unit: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// All variants, the control among them.
    pub variants: Vec<String>,
    /// The metrics, the primary ones first.
    pub metrics: Vec<PlannedMetric>,
    /// Two-sided error rate of each test and one minus the level of each interval; 0.05 unless said otherwise.
    pub alpha: f64,
    /// How it may be looked at before its horizon. None: it is decided once, at the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential: Option<SequentialPlan>,
    /// What has to hold before anything is decided.
    #[serde(default, skip_serializing_if = "Decision::is_default")]
    pub decision: Decision,
    /// Attributes at exposure that results are split by. They inform and never decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// Only units that had such an event at or after their first exposure count, from that event on: triggered
    /// analysis. The event must be one that the variant cannot cause or prevent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// How long after a metric's window has passed its events may still arrive: a unit counts once that time is over,
    /// and what arrives later does not count. None: events count whenever they arrive, and a unit counts once its
    /// window has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness_seconds: Option<u64>,
}

/// The event that makes a unit count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The `name` of the event.
    pub event: String,
    /// What its properties must be; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
}

impl Plan {
    /// A plan that is decided once, by nothing but what is said here.
    pub fn new(
        experiment: impl Into<String>,
        unit: impl Into<String>,
        control: impl Into<String>,
        variants: Vec<String>,
        metrics: Vec<PlannedMetric>,
        alpha: f64,
    ) -> Self {
        Self {
            experiment: experiment.into(),
            unit: unit.into(),
            control: control.into(),
            variants,
            metrics,
            alpha,
            sequential: None,
            decision: Decision::default(),
            dimensions: Vec::new(),
            trigger: None,
            lateness_seconds: None,
        }
    }

    /// What a ruleset commits to: the digest of the plan's JSON, whose fields stand in the order of this type.
    pub fn digest(&self) -> Digest {
        // Texts, numbers and lists of them: nothing here fails to become JSON.
        Digest::of(&[&serde_json::to_vec(self).unwrap_or_default()])
    }
}

/// A metric and its part in the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedMetric {
    /// What is measured.
    pub metric: Metric,
    /// What it is measured for.
    pub role: Role,
    /// The smallest relative change that is worth detecting, above 0; current power is power at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_effect: Option<f64>,
    /// Of a guardrail: how much worse it may get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardrail: Option<Guardrail>,
    /// What the interval of the treatment's own value must satisfy for the experiment to succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<edgewise_stats::decide::Criterion>,
}

impl PlannedMetric {
    /// A metric in a role, with nothing else said.
    pub fn new(metric: Metric, role: Role) -> Self {
        Self { metric, role, minimum_effect: None, guardrail: None, success: None }
    }
}

/// What a metric is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides.
    Primary,
    /// Informs.
    Secondary,
    /// Must not get worse.
    Guardrail,
}
