//! What all metrics of an analysis share.

use crate::{
    assignments::UnitsByEpoch,
    plan::{Multiplicity, Plan, Priors, Role, SequentialPlan},
    verify::Shares,
};
use edgewise_stats::Alpha;

/// What all metrics of an analysis share.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The variants, the control first.
    pub variants: &'a [String],
    /// The level.
    pub alpha: Alpha,
    /// The units that count.
    pub units: &'a UnitsByEpoch,
    /// What the allocation promised.
    pub shares: &'a Shares,
    /// What stands beside the comparisons.
    pub rules: Rules,
}

/// What stands beside the comparisons of all metrics; by default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// How the experiment may be looked at before its horizon.
    pub sequential: Option<SequentialPlan>,
    /// How many looks a group-sequential design is supposed to have: one a day up to its horizon.
    pub looks: u32,
    /// Whether Bayesian answers stand beside the others; they take most of the time of a comparison.
    pub beliefs: bool,
    /// What Bayesian answers on primary metrics start from.
    pub priors: Option<Priors>,
    /// How several variants share alpha.
    pub multiplicity: Multiplicity,
    /// How many guardrails share the error of a stop at any time.
    pub guardrails: usize,
    /// The lift that is worth shipping: what power on a primary metric is computed at where its own smallest effect is
    /// not declared.
    pub worth_shipping: Option<f64>,
}

impl Rules {
    /// The rules of a plan.
    pub fn of(plan: &Plan) -> Self {
        Self {
            sequential: plan.sequential,
            looks: plan.decision.horizon_days().div_ceil(7) * 7,
            beliefs: true,
            priors: plan.decision.priors,
            multiplicity: plan.decision.multiplicity,
            guardrails: plan.metrics.iter().filter(|planned| planned.role == Role::Guardrail).count(),
            worth_shipping: Some(plan.decision.gates.lift).filter(|lift| *lift > 0.0),
        }
    }
}
