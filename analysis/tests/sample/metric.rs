//! A metric and its comparisons.

use super::{
    Shape, Sort,
    beside::{distribution, power},
    noise::Noise,
    quantity::{alone, approximate, compare, widened},
    series::{days, since_exposure},
};
use edgewise_analysis::{
    plan::{Direction, Role, Silent},
    results::{
        AbsentCode, AbsentMetric, AdjustedP, Bayesian, Covariate, EventCounts, GuardrailResult, Kind,
        MetricComparison, MetricResult, MetricVariant, Sequential, SequentialMethod, Severity, Warning,
        WarningCode,
    },
};
use edgewise_stats::{Comparison, decide::GuardrailState};

pub(super) fn metric(shape: &Shape, sort: &Sort, counts: &[u64], noise: &mut Noise) -> MetricResult {
    let others = || shape.variants.iter().enumerate().skip(1);
    let arm =
        |place: usize| -> f64 { sort.base * (1.0 + if place == 0 { 0.0 } else { sort.lifts[place - 1] }) };
    let full: Vec<Comparison> =
        others().map(|(place, _)| compare(sort, (counts[0], arm(0)), (counts[place], arm(place)))).collect();
    let mut result = MetricResult {
        metric: sort.name.clone(),
        role: sort.role,
        kind: sort.kind,
        direction: Some(sort.direction),
        window_seconds: Some(7 * 86_400),
        silent: Silent::Zero,
        events: Some(EventCounts {
            seen: 40_000,
            not_exposed: 812,
            before_exposure: 1_204,
            after_window: 377,
            ..EventCounts::default()
        }),
        absent: None,
        variants: shape
            .variants
            .iter()
            .enumerate()
            .map(|(place, name)| MetricVariant {
                variant: name.clone(),
                n: counts[place],
                silent_units: counts[place] / 3,
                immature_units: 204,
                mean: alone(sort, counts[place], arm(place)),
                standard_deviation: (!sort.is_rate()).then_some(sort.deviation),
                totals: None,
            })
            .collect(),
        comparisons: others()
            .zip(full)
            .map(|((_, name), full)| comparison(sort, name, full, shape.variants.len() - 1))
            .collect(),
        sample_ratio: None,
        warnings: Vec::new(),
        funnel: None,
        days: days(shape, sort, noise),
        since_exposure: (sort.role == Role::Primary).then(|| since_exposure(shape, sort, noise)),
        feedback: None,
        distribution: (!sort.is_rate()).then(|| distribution(shape, sort, counts)),
        power: None,
    };
    // A smallest effect that is worth detecting is planned for what decides and what protects.
    result.power = (sort.role != Role::Secondary).then(|| power(counts[0]));
    result
}

fn comparison(sort: &Sort, name: &str, full: Comparison, family: usize) -> MetricComparison {
    let (difference, lift) = (full.difference, full.lift);
    let p = full.test.unwrap().p;
    let mut all = MetricComparison::plain(name, 2, full.clone());
    all.adjusted_p = (sort.role != Role::Guardrail).then(|| AdjustedP {
        p: (p * approximate(family as u64)).min(1.0),
        procedure: if sort.role == Role::Primary { "holm" } else { "benjamini_hochberg" },
        family,
    });
    let gain = difference.estimate.unwrap() / difference.standard_error.unwrap();
    let gain = if sort.direction == Direction::Increase { gain } else { -gain };
    all.bayesian = Some(Bayesian {
        model: if sort.is_rate() { "beta_binomial" } else { "normal" },
        probability_better: 1.0 / (1.0 + (-1.702 * gain).exp()),
        expected_loss: Some(difference.standard_error.unwrap() * 0.04),
        expected_loss_of_control: Some(difference.estimate.unwrap().abs()),
        difference: difference.interval.ok(),
        lift: lift.interval.ok(),
    });
    if sort.role == Role::Primary {
        all.sequential = Some(Sequential {
            method: SequentialMethod::Anytime,
            difference: widened(&difference, 1.6),
            lift: widened(&lift, 1.6),
            p: Ok((p * 9.0).min(1.0)),
            crossed: widened(&lift, 1.6).interval.is_ok_and(|interval| !interval.contains(0.0)),
            information: None,
            boundary: None,
        });
    }
    if sort.kind == Kind::Continuous {
        let sharpened =
            Comparison { difference: widened(&difference, 0.78), lift: widened(&lift, 0.78), ..full.clone() };
        all.covariate = Some(Covariate {
            seconds: 14 * 86_400,
            comparison: sharpened,
            variance_reduction: Some(0.38),
            balance: None,
        });
    }
    if sort.kind == Kind::Count {
        all.rate = Some(full);
    }
    if sort.role == Role::Guardrail {
        let interval = lift.interval.unwrap();
        let margin = 0.03;
        let (least, most) = if sort.direction == Direction::Decrease {
            (interval.lower(), interval.upper())
        } else {
            (-interval.upper(), -interval.lower())
        };
        let state = match (most < margin, least > margin, least > 0.0) {
            (true, ..) => GuardrailState::Safe,
            (_, true, _) => GuardrailState::Breached,
            (_, _, true) => GuardrailState::Harmful,
            _ => GuardrailState::Undecided,
        };
        all.guardrail = Some(GuardrailResult {
            maximum_degradation: margin,
            state: Some(state),
            state_at_any_time: Some(GuardrailState::Undecided),
        });
    }
    all
}

pub(crate) fn absent(name: &str) -> MetricResult {
    MetricResult {
        metric: name.to_owned(),
        role: Role::Secondary,
        kind: Kind::Count,
        direction: Some(Direction::Decrease),
        window_seconds: None,
        silent: Silent::Zero,
        events: Some(EventCounts::default()),
        absent: Some(AbsentMetric {
            absent: AbsentCode::NoEvents,
            because: format!(
                "there is no event for `{name}`: check that the code sends `track` events of the name that the metric is made of"
            ),
        }),
        variants: Vec::new(),
        comparisons: Vec::new(),
        sample_ratio: None,
        warnings: vec![Warning {
            warning: WarningCode::MetricWithoutEvents,
            severity: Severity::Caution,
            what: format!("there is no event for `{name}`"),
            why: "an estimate that cannot be computed is left out, not taken for zero",
            action: "mend what is named above and analyse again",
        }],
        funnel: None,
        days: Vec::new(),
        since_exposure: None,
        feedback: None,
        distribution: None,
        power: None,
    }
}
