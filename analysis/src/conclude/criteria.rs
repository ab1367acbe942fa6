//! Success criteria: what the interval of a variant's own value must satisfy.

use super::words::number;
use crate::{
    plan::Plan,
    results::{MetricResult, ReasonInWords},
};
use edgewise_stats::decide::{Criterion, CriterionState, Operator};

/// One criterion of one variant.
pub(super) struct Judged {
    /// The metric.
    pub metric: String,
    /// What its interval says; none where there is no interval.
    pub state: Option<CriterionState>,
    /// In words.
    pub text: String,
}

/// The plan's criteria for the variant at this place among all, the control being at 0.
pub(super) fn judge(plan: &Plan, metrics: &[MetricResult], variant: usize) -> Vec<Judged> {
    let declared = plan.metrics.iter().filter_map(|planned| Some((planned, planned.success?)));
    declared
        .filter_map(|(planned, criterion)| {
            let metric = metrics.iter().find(|metric| metric.metric == planned.metric.id)?;
            Some(of_metric(metric, criterion, variant))
        })
        .collect()
}

/// As a reason of a decision.
pub(super) fn in_words(judged: &Judged, variant: &str) -> ReasonInWords {
    ReasonInWords {
        variant: Some(variant.to_owned()),
        metric: Some(judged.metric.clone()),
        text: format!("`{variant}`: {}", judged.text),
    }
}

fn of_metric(metric: &MetricResult, criterion: Criterion, variant: usize) -> Judged {
    let wanted = format!("{} {}", sign(criterion.operator), number(criterion.threshold));
    let interval = metric.variants.get(variant).and_then(|own| own.mean.interval.ok());
    let state = interval.map(|interval| criterion.judge(&interval));
    let what = match state {
        Some(CriterionState::Met) => "is met",
        Some(CriterionState::Missed) => "is missed",
        Some(CriterionState::Undecided) => "is not decided yet",
        None => "cannot be judged, because there is no interval",
    };
    let reach = interval.map_or_else(String::new, |interval| {
        format!(": its interval is {} to {}", number(interval.lower()), number(interval.upper()))
    });
    let text = format!("the success criterion `{}` {wanted} {what}{reach}", metric.metric);
    Judged { metric: metric.metric.clone(), state, text }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Above => ">",
        Operator::AtLeast => ">=",
        Operator::Below => "<",
        Operator::AtMost => "<=",
    }
}
