//! What has to hold before anything is decided, and how.

use edgewise_stats::decide::Gates;
use serde::{Deserialize, Serialize};

/// What has to hold before anything is decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[derive(Default)]
pub struct Decision {
    /// When a fixed design decides, in days after the first exposure: whole weeks. None: 14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<u32>,
    /// Days, units and effect that a decision needs.
    #[serde(default)]
    pub gates: Gates,
    /// How several variants share alpha on the primary metric.
    #[serde(default)]
    pub multiplicity: Multiplicity,
    /// What Bayesian answers start from. None: flat for rates, the data alone for means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priors: Option<Priors>,
}

impl Decision {
    /// The horizon where the plan names none: two whole weeks, so that each weekday counts alike.
    pub const DEFAULT_HORIZON_DAYS: u32 = 14;

    /// When a fixed design decides, in days after the first exposure.
    pub fn horizon_days(&self) -> u32 {
        self.horizon_days.unwrap_or(Self::DEFAULT_HORIZON_DAYS)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How several variants share alpha on the primary metric. Secondary metrics are adjusted by Benjamini-Hochberg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Multiplicity {
    /// Holm's step-down: holds whatever the dependence.
    #[default]
    Holm,
    /// Hochberg's step-up.
    Hochberg,
    /// Dunnett's: several variants against one control.
    Dunnett,
    /// Not at all: each comparison has alpha for itself.
    None,
}

/// What Bayesian answers start from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Priors {
    /// What each variant's rate or mean is expected to be.
    pub mean: f64,
    /// How many units that expectation is worth.
    pub strength: f64,
}

/// How much worse a guardrail may get.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// The largest tolerated harm as a fraction of the control's mean, above 0: 0.02 for 2 %.
    pub maximum_degradation: f64,
    /// Two-sided error rate of its interval. None: the plan's alpha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
}
