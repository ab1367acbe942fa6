//! What stands beside a comparison: the sharpened one, Bayesian answers, what holds at any time, whether a guardrail is
//! safe.

use super::{
    Frame,
    anytime::{self, Look},
    arms::{Arms, Compared, Prior},
    bayesian,
};
use crate::{
    moments::Sums,
    plan::{Guardrail, Role, SequentialPlan},
    results::{AbsentPart, Covariate, GuardrailResult, Kind, MetricComparison, Sequential, SequentialMethod},
};
use edgewise_stats::{
    Absent, Alpha, Comparison, Direction, Estimate, Positive, Quantity,
    bayes::BayesOptions,
    decide::{GuardrailState, Margin, guardrail},
    sharpen::Adjustment,
};

/// What is asked of the comparisons of one metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub direction: Option<Direction>,
    pub covariate_seconds: Option<u64>,
    pub prior: Option<Prior>,
    pub role: Role,
    pub guardrail: Option<Guardrail>,
}

impl Asked {
    /// Whether the units' numbers have a covariate beside them.
    pub(super) fn has_covariate(&self, kind: Kind, sums: &[&Sums]) -> bool {
        let needed = match kind {
            Kind::Ratio => 4,
            Kind::Binary | Kind::Continuous | Kind::Count => 3,
            Kind::Quantile | Kind::Funnel => return false,
        };
        self.covariate_seconds.is_some() && sums.iter().all(|sums| sums.width() >= needed)
    }
}

/// A variant against the control, with everything that the metric's kind and the plan ask for beside it.
pub(super) fn compare(
    frame: &Frame<'_>,
    asked: &Asked,
    arms: &dyn Arms,
    treatment: usize,
) -> MetricComparison {
    let mut result = plain(frame, asked, arms, treatment);
    let control = arms.own(0, frame.alpha);
    let units = control.n.saturating_add(arms.own(treatment, frame.alpha).n);
    if frame.rules.beliefs {
        let direction = asked.direction.unwrap_or_default();
        let options = BayesOptions { alpha: frame.alpha, direction, ..BayesOptions::default() };
        let prior = bayesian::mean_prior(asked.prior, &control);
        let posteriors = arms.posteriors(treatment, asked.prior);
        let answer = bayesian::answer(result.deciding(), posteriors, prior, &options);
        result.bayesian = bayesian::record(answer, &mut result.absent);
    }
    if let Some(SequentialPlan::Anytime { .. }) = frame.rules.sequential {
        let look = anytime::look(result.deciding(), units, frame.alpha, &frame.rules);
        result.sequential = Some(sequential(&look, frame.alpha));
    }
    if asked.role == Role::Guardrail {
        result.guardrail = Some(guarded(frame, asked, arms, treatment, units, &mut result.absent));
    }
    result
}

/// A variant against the control, by what its kind has: the plain comparison, the sharpened one, event rates.
pub(super) fn plain(frame: &Frame<'_>, asked: &Asked, arms: &dyn Arms, treatment: usize) -> MetricComparison {
    let compared = arms.compare(treatment, frame.alpha);
    let mut result =
        MetricComparison::plain(frame.variants[treatment].clone(), compared.strata, compared.comparison);
    if let Some(seconds) = asked.covariate_seconds {
        let adjustment = compared.adjustment.unwrap_or(Err(Absent::NoSuchNumber));
        result.covariate = present(&mut result.absent, "covariate", adjustment)
            .map(|adjustment| covariate(seconds, adjustment, &mut result.absent));
    }
    result.rate = compared.rate.and_then(|rate| present(&mut result.absent, "rate", rate));
    result
}

/// The value, or nothing and its reason among the absent parts.
fn present<T>(absent: &mut Vec<AbsentPart>, part: &'static str, estimate: Estimate<T>) -> Option<T> {
    estimate.map_err(|reason| absent.push(AbsentPart::new(part, reason))).ok()
}

fn covariate(seconds: u64, adjustment: Adjustment, absent: &mut Vec<AbsentPart>) -> Covariate {
    Covariate {
        seconds,
        comparison: adjustment.adjusted,
        variance_reduction: present(absent, "covariate.variance_reduction", adjustment.variance_reduction),
        balance: present(absent, "covariate.balance", adjustment.balance),
    }
}

fn sequential(look: &Look, alpha: Alpha) -> Sequential {
    Sequential {
        method: SequentialMethod::Anytime,
        difference: look.difference,
        lift: look.lift,
        p: look.p,
        crossed: look.p.is_ok_and(|p| p <= alpha.get()),
        information: None,
        boundary: None,
    }
}

fn guarded(
    frame: &Frame<'_>,
    asked: &Asked,
    arms: &dyn Arms,
    treatment: usize,
    units: u64,
    absent: &mut Vec<AbsentPart>,
) -> GuardrailResult {
    let Some(planned) = asked.guardrail else {
        return without_margin(frame, asked, arms, treatment, absent);
    };
    let alpha = planned.alpha.and_then(|alpha| Alpha::new(alpha).ok()).unwrap_or(frame.alpha);
    let margin = Positive::new(planned.maximum_degradation).map(Margin::Relative);
    let margin = margin.map_err(|_| Absent::OutOfRange);
    let compared = arms.compare(treatment, alpha);
    let deciding = deciding(&compared);
    let better = asked.direction.unwrap_or_default();
    let state = margin.and_then(|margin| guardrail(deciding, margin, better));
    // All guardrails together err at any time with the one's level.
    let shared = alpha.get() / approximate(frame.rules.guardrails.max(1));
    let at_any_time = || -> Estimate<GuardrailState> {
        let shared = Alpha::new(shared).map_err(|_| Absent::OutOfRange)?;
        let lift = anytime::look(deciding, units, shared, &frame.rules).lift;
        guardrail(&Comparison { lift, ..deciding.clone() }, margin?, better)
    };
    GuardrailResult {
        maximum_degradation: planned.maximum_degradation,
        state: present(absent, "guardrail.state", state),
        state_at_any_time: present(absent, "guardrail.state_at_any_time", at_any_time()),
    }
}

/// Nobody said how much worse the metric may get: it is told whether it is harmed at all.
fn without_margin(
    frame: &Frame<'_>,
    asked: &Asked,
    arms: &dyn Arms,
    treatment: usize,
    absent: &mut Vec<AbsentPart>,
) -> GuardrailResult {
    let margin = Positive::new(f64::MIN_POSITIVE).map(Margin::Relative).map_err(|_| Absent::OutOfRange);
    let compared = arms.compare(treatment, frame.alpha);
    let better = asked.direction.unwrap_or_default();
    let state = margin.and_then(|margin| guardrail(deciding(&compared), margin, better));
    // Beyond a margin of nothing is harm, and there is no margin to breach.
    let state =
        state.map(|state| if state == GuardrailState::Breached { GuardrailState::Harmful } else { state });
    GuardrailResult {
        maximum_degradation: 0.0,
        state: present(absent, "guardrail.state", state),
        state_at_any_time: None,
    }
}

/// The comparison that decides, as [`MetricComparison::deciding`].
fn deciding(compared: &Compared) -> &Comparison {
    let sharpened = compared.adjustment.as_ref().and_then(|adjustment| adjustment.as_ref().ok());
    let sharpened = sharpened.map(|adjustment| &adjustment.adjusted);
    sharpened.filter(|sharpened| sharpened.test.is_ok()).unwrap_or(&compared.comparison)
}

fn approximate(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// A quantity of which nothing is known.
pub(super) fn absent_quantity(reason: Absent) -> Quantity {
    Quantity { estimate: Err(reason), standard_error: Err(reason), interval: Err(reason) }
}
