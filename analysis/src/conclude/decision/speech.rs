//! A recommendation in words, with the names and the numbers that it is about.

use super::Run;
use crate::{
    conclude::words::{self, days, lift, p_value, percent, signed_percent},
    plan::{Direction, Plan, Role},
    results::{MetricComparison, MetricResult, ReasonInWords, Results},
};
use edgewise_stats::decide::{Action, Reason, Recommendation};

/// Says reasons with the names and the numbers that they are about.
pub(super) struct Speaker<'a> {
    pub(super) plan: &'a Plan,
    pub(super) results: &'a Results,
    pub(super) primary: &'a MetricResult,
}

impl Speaker<'_> {
    /// The action in one sentence.
    pub(super) fn summary(&self, recommendation: &Recommendation, run: Run) -> String {
        let control = &self.results.control;
        match recommendation.action {
            Action::Continue { days_left, power } => {
                let power = power.map_or_else(
                    |_| String::new(),
                    |power| format!("; the power to see {} is {} now", self.minimum_effect(), percent(power)),
                );
                let left = if days_left > 0.0 {
                    format!("{} are left of {}", days(days_left), days(run.horizon))
                } else {
                    "a gate is not passed yet".to_owned()
                };
                format!("Continue: {left}{power}.")
            }
            Action::ShipTreatment { treatment } => {
                format!("Ship `{}`: {}.", self.variant(treatment), self.measured(treatment))
            }
            Action::ShipControl => {
                format!("Keep `{control}`: no variant is better by what is worth shipping.")
            }
            Action::Stop => {
                format!(
                    "Stop, and go back to `{control}`: every variant harms a guardrail by more than is tolerated."
                )
            }
            Action::Inconclusive if recommendation.reasons.iter().any(is_about_sample_ratio) => {
                "Nothing can be decided: the variants did not get the units that the allocation promised."
                    .to_owned()
            }
            Action::Inconclusive => {
                format!(
                    "Nothing is decided on `{}`: no variant is known to be better and safe.",
                    self.primary.metric
                )
            }
        }
    }

    /// A reason in words.
    pub(super) fn in_words(&self, reason: &Reason) -> ReasonInWords {
        let metric = &self.primary.metric;
        let about = |treatment: usize, metric: &str, text: String| ReasonInWords {
            variant: Some(self.variant(treatment).to_owned()),
            metric: Some(metric.to_owned()),
            text,
        };
        let name = |treatment: usize| self.variant(treatment);
        match reason {
            Reason::BeforeHorizon { days: run, horizon } => about_all(format!(
                "{} of {} have passed; a result before the horizon does not hold its level",
                days(*run),
                days(*horizon)
            )),
            Reason::TooFewDays { days: run, needed } => {
                about_all(format!("{} have passed, and at least {} are asked for", days(*run), days(*needed)))
            }
            Reason::Better { treatment, p } => about(
                *treatment,
                metric,
                format!(
                    "`{}` is significantly better: {}, {} after adjustment",
                    name(*treatment),
                    self.measured(*treatment),
                    p_value(*p)
                ),
            ),
            Reason::Worse { treatment, p } => about(
                *treatment,
                metric,
                format!(
                    "`{}` is significantly worse: {}, {} after adjustment",
                    name(*treatment),
                    self.measured(*treatment),
                    p_value(*p)
                ),
            ),
            Reason::CrossedBoundary { treatment } => about(
                *treatment,
                metric,
                format!(
                    "`{}` crossed its sequential boundary: {}",
                    name(*treatment),
                    self.measured(*treatment)
                ),
            ),
            Reason::TooSmall { treatment, gain, needed } => about(
                *treatment,
                metric,
                format!(
                    "`{}` gains {}, less than the {} that is worth shipping",
                    name(*treatment),
                    percent(*gain),
                    percent(*needed)
                ),
            ),
            Reason::NotWorthIt { treatment, most, needed } => about(
                *treatment,
                metric,
                format!(
                    "`{}` gains at most {}, less than the {} that is worth shipping",
                    name(*treatment),
                    percent(*most),
                    percent(*needed)
                ),
            ),
            Reason::NotSignificant { treatment } => about(
                *treatment,
                metric,
                format!(
                    "`{}` is neither significantly better nor worse: {}",
                    name(*treatment),
                    self.measured(*treatment)
                ),
            ),
            Reason::Untested { treatment, absent } => about(
                *treatment,
                metric,
                format!("`{}` could not be tested on `{metric}`: {absent}", name(*treatment)),
            ),
            Reason::Futile { treatment } => {
                about(*treatment, metric, format!("`{}` will hardly be shown to be better", name(*treatment)))
            }
            Reason::GuardrailBreached { treatment, metric } => about(
                *treatment,
                metric,
                format!(
                    "`{}` harms the guardrail `{metric}`: {}",
                    name(*treatment),
                    self.guarded(metric, *treatment)
                ),
            ),
            Reason::GuardrailNotSafe { treatment, metric } => {
                about(*treatment, metric, self.not_safe(metric, *treatment))
            }
            other => about_all(other.to_string()),
        }
    }

    /// A treatment by its place among the variants without the control.
    fn variant(&self, treatment: usize) -> &str {
        self.primary.comparisons.get(treatment).map_or("", |comparison| comparison.variant.as_str())
    }

    /// `signup` +12.3 % (+4.1 % to +20.9 %), or the difference where there is no lift.
    fn measured(&self, treatment: usize) -> String {
        let Some(comparison) = self.primary.comparisons.get(treatment) else { return String::new() };
        format!("`{}` {}", self.primary.metric, effect(comparison))
    }

    fn guarded(&self, metric: &str, treatment: usize) -> String {
        let comparison = self.comparison(metric, treatment);
        let Some((comparison, guarded)) = comparison.and_then(|of| Some((of, of.guardrail?))) else {
            return "its margin is not known".to_owned();
        };
        let margin = percent(guarded.maximum_degradation);
        format!("{}, where {margin} worse is tolerated", effect(comparison))
    }

    fn not_safe(&self, metric: &str, treatment: usize) -> String {
        let name = self.variant(treatment);
        let Some(comparison) = self.comparison(metric, treatment) else {
            return format!(
                "`{name}`: the guardrail `{metric}` has no estimate, and shipping needs all of them safe"
            );
        };
        let role =
            self.plan.metrics.iter().find(|planned| planned.metric.id == metric).map(|planned| planned.role);
        match (role, comparison.guardrail) {
            (Some(Role::Guardrail), Some(guarded)) if guarded.maximum_degradation <= 0.0 => format!(
                "`{name}` harms the guardrail `{metric}`: {}; declare how much worse it may get",
                effect(comparison)
            ),
            (Some(Role::Guardrail), Some(_)) => format!(
                "`{name}`: the guardrail `{metric}` is not known to be safe: {}",
                self.guarded(metric, treatment)
            ),
            (Some(Role::Guardrail), None) => {
                format!(
                    "`{name}`: the guardrail `{metric}` has no state, and shipping needs all of them safe"
                )
            }
            _ => format!("`{name}` does not meet the success criterion of `{metric}`"),
        }
    }

    fn comparison(&self, metric: &str, treatment: usize) -> Option<&MetricComparison> {
        let metric = self.results.metrics.iter().find(|result| result.metric == metric)?;
        metric.comparisons.get(treatment)
    }

    fn minimum_effect(&self) -> String {
        let minimum = self.primary.power.as_ref().map_or(0.0, |power| power.minimum_effect);
        let sign = if self.primary.direction == Some(Direction::Decrease) { -1.0 } else { 1.0 };
        signed_percent(sign * minimum)
    }
}

fn is_about_sample_ratio(reason: &Reason) -> bool {
    matches!(reason, Reason::SampleRatioViolated | Reason::SampleRatioUntested)
}

fn effect(comparison: &MetricComparison) -> String {
    let deciding = comparison.deciding();
    match (deciding.lift.estimate, deciding.difference.estimate) {
        (Ok(estimate), _) => lift(estimate, deciding.lift.interval),
        (_, Ok(difference)) => {
            let ends = deciding.difference.interval.map(|interval| {
                format!(" ({} to {})", words::number(interval.lower()), words::number(interval.upper()))
            });
            format!("differs by {}{}", words::number(difference), ends.unwrap_or_default())
        }
        (Err(absent), _) => absent.to_string(),
    }
}

fn about_all(text: String) -> ReasonInWords {
    ReasonInWords { variant: None, metric: None, text }
}
