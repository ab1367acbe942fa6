//! One variant against the control.

use super::{AbsentPart, Randomisation, estimate};
use edgewise_stats::{Comparison, Estimate, Interval, Quantity, decide::GuardrailState, sharpen::Balance};
use serde::Serialize;

/// One variant against the control on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// The variant.
    pub variant: String,
    /// How many epochs it was compared within; estimates of several are weighted together.
    pub strata: usize,
    /// Difference, lift and test; what a reader reads first. With a covariate it is still the unadjusted one.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The same, sharpened by the numbers from before the exposure (CUPED); the decision is made on it where it is.
    pub covariate: Option<Covariate>,
    /// Of counts: the event rates by the Poisson model, which holds where a unit's events do not cluster.
    pub rate: Option<Comparison>,
    /// The p value after the other variants (primary metrics) or the other metrics (secondary ones) are allowed for.
    pub adjusted_p: Option<AdjustedP>,
    /// What holds however often one looks; where the plan says that it is looked at early.
    pub sequential: Option<Sequential>,
    /// The Bayesian answer, beside the other and never in its place.
    pub bayesian: Option<Bayesian>,
    /// Of a guardrail: whether it is safe.
    pub guardrail: Option<GuardrailResult>,
    /// The test that redraws the variants of the units; where somebody asked for it. It tests the comparison without the
    /// covariate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub randomisation: Option<Randomisation>,
    /// What should stand beside the comparison and could not be computed, each with its reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<AbsentPart>,
}

impl MetricComparison {
    /// The plain comparison, with nothing beside it yet.
    pub fn plain(variant: impl Into<String>, strata: usize, comparison: Comparison) -> Self {
        Self {
            variant: variant.into(),
            strata,
            comparison,
            covariate: None,
            rate: None,
            adjusted_p: None,
            sequential: None,
            bayesian: None,
            guardrail: None,
            randomisation: None,
            absent: Vec::new(),
        }
    }

    /// The comparison that decides: the sharpened one where it has a test, and where the plain one has none either.
    pub fn deciding(&self) -> &Comparison {
        let sharpened = self.covariate.as_ref().map(|covariate| &covariate.comparison);
        sharpened.filter(|sharpened| sharpened.test.is_ok()).unwrap_or(&self.comparison)
    }
}

/// A comparison that the past of the units sharpened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Covariate {
    /// How long before the first exposure it was measured, in seconds.
    pub seconds: u64,
    /// The adjusted difference and lift; the lift is a fraction of the unadjusted control mean.
    pub comparison: Comparison,
    /// By which share the variance of the difference fell: 0.3 is 30 % less.
    pub variance_reduction: Option<f64>,
    /// Whether the variants were alike before the experiment; none where that cannot be tested.
    pub balance: Option<Balance>,
}

/// A p value that other tests are allowed for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AdjustedP {
    /// The adjusted p value.
    pub p: f64,
    /// The procedure, as [`edgewise_stats::trust`] names it: `holm`, `hochberg`, `dunnett`, `benjamini_hochberg`.
    pub procedure: &'static str,
    /// How many tests there are in the family.
    pub family: usize,
}

/// What holds however often one looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sequential {
    /// The method.
    pub method: SequentialMethod,
    /// The difference with its confidence sequence, or the interval of a group-sequential design at this look.
    pub difference: Quantity,
    /// The lift likewise.
    pub lift: Quantity,
    /// The always-valid p value; of a group-sequential design the repeated p value at this look.
    #[serde(serialize_with = "estimate::serialize")]
    pub p: Estimate<f64>,
    /// Whether a conclusion may be drawn now: of primary metrics after the other variants are allowed for.
    pub crossed: bool,
    /// Of a group-sequential design: the share of the planned information that is in.
    pub information: Option<f64>,
    /// The critical z of this look; none where nothing is left to be spent.
    pub boundary: Option<f64>,
}

/// The methods of [`Sequential`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SequentialMethod {
    /// Asymptotic confidence sequences.
    Anytime,
    /// Group-sequential boundaries by a spending function.
    GroupSequential,
}

/// The Bayesian answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bayesian {
    /// The model: `beta_binomial`, `normal`, `gamma_poisson`.
    pub model: &'static str,
    /// The probability that the variant is better than the control, in the metric's direction.
    pub probability_better: f64,
    /// What is lost on average by shipping the variant although it is worse, in the metric's unit.
    pub expected_loss: Option<f64>,
    /// What is lost on average by keeping the control although the variant is better.
    pub expected_loss_of_control: Option<f64>,
    /// The equal-tailed credible interval of the difference, at one minus alpha.
    pub difference: Option<Interval>,
    /// The equal-tailed credible interval of the lift.
    pub lift: Option<Interval>,
}

/// Whether a metric that must not get worse is safe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GuardrailResult {
    /// The largest tolerated harm, as a fraction of the control's mean; 0 where nobody declared it: then harm is told, and
    /// nothing is ever breached.
    pub maximum_degradation: f64,
    /// The state by the interval of the lift.
    pub state: Option<GuardrailState>,
    /// The state by an interval that holds at any time, its error shared by all guardrails: what may stop early.
    pub state_at_any_time: Option<GuardrailState>,
}
