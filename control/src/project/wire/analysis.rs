//! What an experiment measures, and how it is decided.

use super::{Amount, TextOr, WhereFile};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an experiment measures.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsFile {
    /// What decides.
    #[serde(default)]
    pub primary: Vec<TextOr<MeasuredFile>>,
    /// What informs.
    #[serde(default)]
    pub secondary: Vec<TextOr<MeasuredFile>>,
    /// What must not get worse.
    #[serde(default)]
    pub guardrails: Vec<TextOr<MeasuredFile>>,
}

/// A metric, and what is asked of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredFile {
    /// The metric's id.
    pub metric: String,
    /// The smallest relative change that is worth detecting: `2%`.
    pub minimum_effect: Option<Amount>,
    /// What a variant's own value has to be for the experiment to succeed: `"> 0.05"`.
    pub success: Option<String>,
    /// Of a guardrail: how much worse than the control it may get: `2%`.
    pub maximum_degradation: Option<Amount>,
    /// Of a guardrail with `maximum_degradation`: the level of its interval, `95%`. Without it: one minus `alpha`.
    pub confidence: Option<Amount>,
}

/// What has to hold before anything is decided.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionFile {
    /// When it is decided, after the first exposure: `14d`, which it also is without being said.
    pub horizon: Option<String>,
    /// Days that it has to run at least. 7 unless said otherwise.
    pub minimum_days: Option<f64>,
    /// Units that each variant needs at least. 1,000 unless said otherwise.
    pub minimum_units: Option<u64>,
    /// The relative change below which a difference is not worth shipping. 1 % unless said otherwise.
    pub minimum_effect: Option<Amount>,
    /// How several variants share `alpha` on the primary metric.
    pub multiplicity: Option<MultiplicityFile>,
}

/// How several variants share `alpha` on the primary metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MultiplicityFile {
    /// Holm's step-down: holds whatever the dependence.
    Holm,
    /// Hochberg's step-up.
    Hochberg,
    /// Dunnett's: several variants against one control.
    Dunnett,
    /// Not at all: each comparison has alpha for itself.
    None,
}

/// How an experiment may be looked at before its horizon: `tightest_at`, or `spending` with `planned_units`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequentialFile {
    /// At any time: the number of units in all at which the sequence is tightest.
    pub tightest_at: Option<u64>,
    /// At looks that spend alpha: how.
    pub spending: Option<SpendingFile>,
    /// With `spending`: units in all at the horizon.
    pub planned_units: Option<u64>,
    /// With `spending: hwang_shih_decani`: their gamma. Below 0 spends late, like O'Brien and Fleming at -4.
    pub gamma: Option<f64>,
}

/// How alpha is spent over the looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpendingFile {
    /// Little at first: Lan and DeMets (1983), like O'Brien and Fleming.
    ObrienFleming,
    /// Evenly: Lan and DeMets (1983), like Pocock.
    Pocock,
    /// Hwang, Shih and DeCani (1990), with `gamma`.
    HwangShihDecani,
}

/// What Bayesian answers start from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorsFile {
    /// What each variant's rate or mean is expected to be.
    pub mean: f64,
    /// How many units that expectation is worth.
    pub strength: f64,
}

/// The event that makes a unit count.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerFile {
    /// The name of the event. It has to be one that the variant can neither cause nor prevent.
    pub event: String,
    /// What its properties must be; all of it.
    #[serde(default, rename = "where")]
    pub filters: WhereFile,
}
