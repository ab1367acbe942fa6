//! The evidence of a recommendation, from the results.

use super::{Run, criteria};
use crate::{
    balance::INVALID_BELOW,
    plan::{Direction, Plan, Role},
    results::{MetricComparison, MetricResult, Results},
};
use edgewise_stats::{
    Absent, Alpha, Estimate,
    decide::{CriterionState, Evidence, Finding, GuardrailState, Horizon, Look, TreatmentEvidence},
    trust::SampleRatio,
};

/// What the recommendation is made on; none where a level of ours is none.
pub(super) fn evidence(
    plan: &Plan,
    results: &Results,
    primary: &MetricResult,
    alpha: Alpha,
    run: Run,
) -> Option<Evidence> {
    let sequential = plan.sequential.is_some();
    Some(Evidence {
        alpha,
        direction: primary.direction.unwrap_or(Direction::Increase).into(),
        days: run.days,
        horizon: if sequential {
            Horizon::Sequential { days: run.horizon }
        } else {
            Horizon::Fixed { days: run.horizon }
        },
        sample_ratio: worse(&results.sample_ratio.before_exclusions, &results.sample_ratio.after_exclusions),
        sample_ratio_alpha: Alpha::new(INVALID_BELOW).ok()?,
        control_units: primary.variants.first().map_or(0, |control| control.n),
        treatments: (primary.comparisons.iter().zip(1..))
            .map(|(comparison, place)| treatment(plan, results, primary, comparison, place))
            .collect(),
        gates: plan.decision.gates,
        power: power(primary),
    })
}

fn treatment(
    plan: &Plan,
    results: &Results,
    primary: &MetricResult,
    comparison: &MetricComparison,
    place: usize,
) -> TreatmentEvidence {
    let deciding = comparison.deciding();
    let crossed = comparison.sequential.as_ref().is_some_and(|sequential| sequential.crossed);
    let raw = deciding.test.map(|test| test.p);
    TreatmentEvidence {
        units: primary.variants.get(place).map_or(0, |variant| variant.n),
        adjusted_p: comparison.adjusted_p.map_or(raw, |adjusted| Ok(adjusted.p)),
        primary: deciding.clone(),
        look: if crossed { Look::Crossed } else { Look::Inside },
        guardrails: findings(plan, results, place),
    }
}

/// The guardrails of a treatment. A success criterion that is not met keeps it from shipping likewise.
fn findings(plan: &Plan, results: &Results, place: usize) -> Vec<Finding> {
    let guardrails = results.metrics.iter().filter(|metric| metric.role == Role::Guardrail);
    let mut findings: Vec<Finding> = guardrails
        .filter_map(|metric| {
            let guarded = metric.comparisons.get(place - 1).and_then(|comparison| comparison.guardrail);
            let state = guarded.and_then(|guarded| guarded.state);
            let declared = guarded.is_none_or(|guarded| guarded.maximum_degradation > 0.0);
            // Without a margin nothing can be known to be safe; it keeps from shipping where it is known to be harmed.
            if !declared && state != Some(GuardrailState::Harmful) {
                return None;
            }
            let breached = Some(GuardrailState::Breached);
            // A breach that holds at any time may stop early; else the one of the horizon counts, at the horizon.
            let early = guarded.is_some_and(|guarded| guarded.state_at_any_time == breached);
            let state = if early { breached } else { state };
            Some(Finding { metric: metric.metric.clone(), state, at_any_time: early })
        })
        .collect();
    let unmet = criteria::judge(plan, &results.metrics, place)
        .into_iter()
        .filter(|judged| judged.state != Some(CriterionState::Met));
    findings.extend(unmet.map(|judged| Finding { metric: judged.metric, state: None, at_any_time: false }));
    findings
}

fn power(primary: &MetricResult) -> Estimate<f64> {
    primary.power.as_ref().and_then(|power| power.current).ok_or(Absent::TooFewUnits)
}

/// The sample ratio that is further off.
fn worse(before: &SampleRatio, after: &SampleRatio) -> SampleRatio {
    let p = |tested: &SampleRatio| match tested {
        SampleRatio::Tested { p, .. } => *p,
        SampleRatio::Untestable(_) => 2.0,
        _ => -1.0,
    };
    if p(before) < p(after) { before.clone() } else { after.clone() }
}
