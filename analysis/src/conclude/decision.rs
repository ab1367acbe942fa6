//! What to do now: the evidence, the recommendation, and the reasons in words.

use super::{
    criteria, health,
    words::{self, days, lift, p_value, percent, signed_percent},
};
use crate::{
    balance::INVALID_BELOW,
    plan::{Direction, Plan, Role},
    results::{Decided, HealthState, MetricComparison, MetricResult, ReasonInWords, Results},
};
use edgewise_stats::{
    Absent, Alpha, Estimate,
    decide::{
        Action, CriterionState, Evidence, Finding, GuardrailState, Horizon, Look, Reason, Recommendation,
        TreatmentEvidence, recommend,
    },
    trust::SampleRatio,
};

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
    if health::forbids(&results.health) && !is_violated(&results.sample_ratio.before_exclusions) {
        let recommendation = recommend(&evidence(plan, results, primary, alpha, run)?);
        return Some(forbidden(plan, results, primary, &recommendation, run));
    }
    if primary.comparisons.is_empty() {
        return Some(without_estimates(primary, run));
    }
    let recommendation = recommend(&evidence(plan, results, primary, alpha, run)?);
    let mut in_words: Vec<ReasonInWords> = recommendation
        .reasons
        .iter()
        .map(|reason| Speaker { plan, results, primary }.in_words(reason))
        .collect();
    in_words.extend(criteria_in_words(plan, results));
    let summary = Speaker { plan, results, primary }.summary(&recommendation, run);
    Some(Decided { recommendation, summary, in_words })
}

fn evidence(
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
        .map(|metric| {
            let guarded = metric.comparisons.get(place - 1).and_then(|comparison| comparison.guardrail);
            let breached = Some(GuardrailState::Breached);
            // A breach that holds at any time may stop early; else the one of the horizon counts, at the horizon.
            let early = guarded.is_some_and(|guarded| guarded.state_at_any_time == breached);
            Finding {
                metric: metric.metric.clone(),
                state: if early { breached } else { guarded.and_then(|guarded| guarded.state) },
                at_any_time: early,
            }
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

fn is_violated(tested: &SampleRatio) -> bool {
    match tested {
        SampleRatio::Tested { p, .. } => *p < INVALID_BELOW,
        SampleRatio::Untestable(_) => false,
        _ => true,
    }
}

/// Nothing is decided on data that a check found broken, whatever they say.
fn forbidden(
    plan: &Plan,
    results: &Results,
    primary: &MetricResult,
    recommendation: &Recommendation,
    run: Run,
) -> Decided {
    let speaker = Speaker { plan, results, primary };
    let failed = results.health.iter().filter(|check| check.state == HealthState::Failed);
    let mut in_words: Vec<ReasonInWords> =
        failed.map(|check| ReasonInWords { variant: None, metric: None, text: check.what.clone() }).collect();
    let reasons: Vec<Reason> = (recommendation.reasons.iter())
        .filter(|reason| matches!(reason, Reason::SampleRatioViolated))
        .cloned()
        .collect();
    in_words.extend(reasons.iter().map(|reason| speaker.in_words(reason)));
    let _ = run;
    Decided {
        recommendation: Recommendation { action: Action::Inconclusive, reasons },
        summary: "Nothing can be decided: the data are not to be relied on. Find the cause first.".to_owned(),
        in_words,
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
        let summary = format!("Continue: the primary metric has no estimate yet, {} are left.", days(days_left));
        (Action::Continue { days_left, power: Err(Absent::NoUnits) }, summary)
    };
    Decided { recommendation: Recommendation { action, reasons: Vec::new() }, summary, in_words: vec![reason] }
}

fn criteria_in_words(plan: &Plan, results: &Results) -> Vec<ReasonInWords> {
    let treatments = results.variants.iter().enumerate().skip(1);
    treatments
        .flat_map(|(place, variant)| {
            criteria::judge(plan, &results.metrics, place)
                .into_iter()
                .map(move |judged| criteria::in_words(&judged, &variant.variant))
        })
        .collect()
}

/// Says reasons with the names and the numbers that they are about.
struct Speaker<'a> {
    plan: &'a Plan,
    results: &'a Results,
    primary: &'a MetricResult,
}

impl Speaker<'_> {
    fn summary(&self, recommendation: &Recommendation, run: Run) -> String {
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
                format!("Stop, and go back to `{control}`: every variant harms a guardrail by more than is tolerated.")
            }
            Action::Inconclusive if recommendation.reasons.iter().any(is_about_sample_ratio) => {
                "Nothing can be decided: the variants did not get the units that the allocation promised.".to_owned()
            }
            Action::Inconclusive => {
                format!("Nothing is decided on `{}`: no variant is known to be better and safe.", self.primary.metric)
            }
        }
    }

    fn in_words(&self, reason: &Reason) -> ReasonInWords {
        let metric = &self.primary.metric;
        let about = |treatment: usize, metric: &str, text: String| ReasonInWords {
            variant: Some(self.variant(treatment).to_owned()),
            metric: Some(metric.to_owned()),
            text,
        };
        let name = |treatment: usize| self.variant(treatment);
        match reason {
            Reason::BeforeHorizon { days: run, horizon } => self.about_all(format!(
                "{} of {} have passed; a result before the horizon does not hold its level",
                days(*run),
                days(*horizon)
            )),
            Reason::TooFewDays { days: run, needed } => {
                self.about_all(format!("{} have passed, and at least {} are asked for", days(*run), days(*needed)))
            }
            Reason::Better { treatment, p } => about(
                *treatment,
                metric,
                format!("`{}` is significantly better: {}, {} after adjustment", name(*treatment), self.measured(*treatment), p_value(*p)),
            ),
            Reason::Worse { treatment, p } => about(
                *treatment,
                metric,
                format!("`{}` is significantly worse: {}, {} after adjustment", name(*treatment), self.measured(*treatment), p_value(*p)),
            ),
            Reason::CrossedBoundary { treatment } => about(
                *treatment,
                metric,
                format!("`{}` crossed its sequential boundary: {}", name(*treatment), self.measured(*treatment)),
            ),
            Reason::TooSmall { treatment, gain, needed } => about(
                *treatment,
                metric,
                format!("`{}` gains {}, less than the {} that is worth shipping", name(*treatment), percent(*gain), percent(*needed)),
            ),
            Reason::NotWorthIt { treatment, most, needed } => about(
                *treatment,
                metric,
                format!("`{}` gains at most {}, less than the {} that is worth shipping", name(*treatment), percent(*most), percent(*needed)),
            ),
            Reason::NotSignificant { treatment } => about(
                *treatment,
                metric,
                format!("`{}` is neither significantly better nor worse: {}", name(*treatment), self.measured(*treatment)),
            ),
            Reason::Untested { treatment, absent } => {
                about(*treatment, metric, format!("`{}` could not be tested on `{metric}`: {absent}", name(*treatment)))
            }
            Reason::Futile { treatment } => {
                about(*treatment, metric, format!("`{}` will hardly be shown to be better", name(*treatment)))
            }
            Reason::GuardrailBreached { treatment, metric } => about(
                *treatment,
                metric,
                format!("`{}` harms the guardrail `{metric}`: {}", name(*treatment), self.guarded(metric, *treatment)),
            ),
            Reason::GuardrailNotSafe { treatment, metric } => {
                about(*treatment, metric, self.not_safe(metric, *treatment))
            }
            other => self.about_all(other.to_string()),
        }
    }

    fn about_all(&self, text: String) -> ReasonInWords {
        ReasonInWords { variant: None, metric: None, text }
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
            return format!("`{name}`: the guardrail `{metric}` has no estimate, and shipping needs all of them safe");
        };
        let role = self.plan.metrics.iter().find(|planned| planned.metric.id == metric).map(|planned| planned.role);
        match (role, comparison.guardrail) {
            (Some(Role::Guardrail), Some(_)) => format!(
                "`{name}`: the guardrail `{metric}` is not known to be safe: {}",
                self.guarded(metric, treatment)
            ),
            (Some(Role::Guardrail), None) => format!(
                "`{name}`: the guardrail `{metric}` has no margin, so it cannot be safe: declare how much worse it may get"
            ),
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
