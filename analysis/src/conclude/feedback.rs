//! The answers of a feedback metric together: its family is known by the ids of its members.

use crate::{
    plan::{Denominator, Metric, MetricKind, Plan, PlannedMetric},
    results::{AnswersOfVariant, Feedback, MetricResult},
};

/// Puts the answers beside each metric that counts the positive ones, where the neutral and the negative ones are
/// measured as well.
pub fn break_down(plan: &Plan, metrics: &mut [MetricResult]) {
    let heads: Vec<&Metric> = plan.metrics.iter().map(|planned| &planned.metric).collect();
    for head in heads {
        let Some(family) = family(&plan.metrics, head) else { continue };
        let answers = answers(metrics, family);
        if let Some(result) = metrics.iter_mut().find(|result| result.metric == head.id) {
            result.feedback = answers;
        }
    }
}

/// The ids of the metrics that count positive, neutral and negative answers among the same ones.
fn family<'a>(planned: &'a [PlannedMetric], head: &'a Metric) -> Option<[&'a str; 3]> {
    let all = among(head)?;
    let member = |name: &str| {
        let id = format!("{}.{name}", head.id);
        let member = planned.iter().map(|planned| &planned.metric).find(|metric| metric.id == id)?;
        (among(member)? == all).then_some(member.id.as_str())
    };
    Some([&head.id, member("neutral")?, member("negative")?])
}

/// What a share of events is a share of; none for other metrics.
fn among(metric: &Metric) -> Option<&Denominator> {
    match &metric.kind {
        MetricKind::Ratio { value: None, denominator } if denominator.value.is_none() => Some(denominator),
        _ => None,
    }
}

fn answers(metrics: &[MetricResult], family: [&str; 3]) -> Option<Feedback> {
    let [positive, neutral, negative] = family.map(|id| metrics.iter().find(|result| result.metric == id));
    let (positive, neutral, negative) = (positive?, neutral?, negative?);
    let of_variant = |place: usize| {
        let totals = |metric: &MetricResult| metric.variants.get(place)?.totals;
        let own = totals(positive)?;
        Some(AnswersOfVariant {
            variant: positive.variants[place].variant.clone(),
            answers: whole(own.denominator),
            positive: whole(own.numerator),
            neutral: whole(totals(neutral)?.numerator),
            negative: whole(totals(negative)?.numerator),
        })
    };
    let variants = (0..positive.variants.len()).map(of_variant).collect::<Option<Vec<_>>>()?;
    (!variants.is_empty()).then_some(Feedback { variants })
}

/// Events are counted in whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float stops at the ends of the integer's range"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}
