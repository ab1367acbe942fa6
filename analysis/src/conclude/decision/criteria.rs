//! Success criteria: what the interval of a variant's own value must satisfy.

use crate::{
    conclude::words::number,
    plan::Plan,
    results::{MetricResult, ReasonInWords, Results, VariantSummary},
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

/// All criteria of all treatments, in words.
pub(super) fn in_words(plan: &Plan, results: &Results) -> Vec<ReasonInWords> {
    let treatments = results.variants.iter().enumerate().skip(1);
    let of_variant = |(place, variant): (usize, &VariantSummary)| -> Vec<ReasonInWords> {
        let reason = |judged: Judged| ReasonInWords {
            text: format!("`{}`: {}", variant.variant, judged.text),
            variant: Some(variant.variant.clone()),
            metric: Some(judged.metric),
        };
        judge(plan, &results.metrics, place).into_iter().map(reason).collect()
    };
    treatments.flat_map(of_variant).collect()
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
