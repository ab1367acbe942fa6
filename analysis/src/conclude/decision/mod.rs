//! What to do now: the evidence, the recommendation, and the reasons in words.

mod criteria;
mod evidence;
mod speech;

use super::{health, words::days};
use crate::{
    plan::{Plan, Role},
    results::{Decided, Health, HealthState, MetricResult, ReasonInWords, Results},
};
use edgewise_stats::{
    Absent, Alpha,
    decide::{Action, Reason, Recommendation, recommend},
};
use evidence::evidence;
use speech::Speaker;

/// How long the experiment has run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Days from the first exposure to the watermark.
    pub days: f64,
    /// When it decides, in whole weeks.
    pub horizon: f64,
}

impl Run {
    /// Whether the horizon has come.
    pub(super) fn is_over(self) -> bool {
        self.days >= self.horizon
    }
}

/// The horizon in days, rounded up to whole weeks, so that each weekday counts alike.
pub(super) fn horizon(plan: &Plan) -> f64 {
    f64::from(plan.decision.horizon_days().div_ceil(7)) * 7.0
}

/// What to do, by the first primary metric; none without one.
pub(super) fn decide(plan: &Plan, results: &Results, alpha: Alpha, run: Run) -> Option<Decided> {
    let primary = results.metrics.iter().find(|metric| metric.role == Role::Primary)?;
    if health::forbids(&results.health) {
        return Some(forbidden(results));
    }
    if primary.comparisons.is_empty() {
        return Some(without_estimates(primary, run));
    }
    let recommendation = recommend(&evidence(plan, results, primary, alpha, run)?);
    let speaker = Speaker { plan, results, primary };
    let mut in_words: Vec<ReasonInWords> =
        recommendation.reasons.iter().map(|reason| speaker.in_words(reason)).collect();
    in_words.extend(criteria::in_words(plan, results));
    let summary = speaker.summary(&recommendation, run);
    Some(Decided { recommendation, summary, in_words })
}

/// Nothing is decided on data that a check found broken, whatever they say.
fn forbidden(results: &Results) -> Decided {
    let failed = || results.health.iter().filter(|check| check.state == HealthState::Failed);
    let is_ratio =
        failed().any(|check| matches!(check.check, Health::SampleRatio | Health::SampleRatioByDay));
    let in_words =
        failed().map(|check| ReasonInWords { variant: None, metric: None, text: check.what.clone() });
    Decided {
        recommendation: Recommendation {
            action: Action::Inconclusive,
            reasons: if is_ratio { vec![Reason::SampleRatioViolated] } else { Vec::new() },
        },
        summary: if is_ratio {
            "Nothing can be decided: the variants did not get the units that the allocation promised. Find the cause first."
        } else {
            "Nothing can be decided: the data are not to be relied on. Find the cause first."
        }
        .to_owned(),
        in_words: in_words.collect(),
    }
}

/// The primary metric has no estimate: wait, or give up at the horizon.
fn without_estimates(primary: &MetricResult, run: Run) -> Decided {
    let because = primary.absent.as_ref().map_or("it has no variants", |absent| absent.because.as_str());
    let reason = ReasonInWords {
        variant: None,
        metric: Some(primary.metric.clone()),
        text: format!("the primary metric `{}` has no estimate: {because}", primary.metric),
    };
    let (action, summary) = if run.is_over() {
        (Action::Inconclusive, "Nothing can be decided: the primary metric has no estimate.".to_owned())
    } else {
        let days_left = run.horizon - run.days;
        let summary =
            format!("Continue: the primary metric has no estimate yet, {} are left.", days(days_left));
        (Action::Continue { days_left, power: Err(Absent::NoUnits) }, summary)
    };
    Decided {
        recommendation: Recommendation { action, reasons: Vec::new() },
        summary,
        in_words: vec![reason],
    }
}
