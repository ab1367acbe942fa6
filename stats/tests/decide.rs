//! What is recommended, and that nothing is decided where nothing may be.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Alpha, Direction, Moments, Proportion,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates},
    decide::{
        Action, Evidence, Finding, Gates, GuardrailState, Horizon, Look, Reason, TreatmentEvidence, recommend,
    },
    trust::{Arm, sample_ratio},
};

/// 10 % of 10,000 against `converted` of 10,000, after 14 of 14 days.
fn evidence(converted: &[u64]) -> Evidence {
    let control = Proportion::new(1_000, 10_000).unwrap();
    let treatments: Vec<_> = converted
        .iter()
        .map(|&successes| {
            let treatment = Proportion::new(successes, 10_000).unwrap();
            let primary = compare_rates(&control, &treatment, &RateOptions::default());
            TreatmentEvidence {
                units: 10_000,
                adjusted_p: primary.test.map(|test| test.p),
                primary,
                look: Look::Inside,
                guardrails: Vec::new(),
            }
        })
        .collect();
    let arms = vec![Arm::new(10_000, 1.0).unwrap(); converted.len() + 1];
    Evidence {
        alpha: Alpha::default(),
        direction: Direction::HigherIsBetter,
        days: 14.0,
        horizon: Horizon::Fixed { days: 14.0 },
        sample_ratio: sample_ratio(&arms),
        sample_ratio_alpha: Alpha::new(0.001).unwrap(),
        control_units: 10_000,
        treatments,
        gates: Gates::default(),
        power: Ok(0.8),
    }
}

fn finding(state: GuardrailState, at_any_time: bool) -> Finding {
    Finding { metric: "latency".to_owned(), state: Some(state), at_any_time }
}

fn codes(evidence: &Evidence) -> Vec<&'static str> {
    recommend(evidence).reasons.iter().map(Reason::code).collect()
}

#[test]
fn the_best_of_several_significant_treatments_ships() {
    let recommendation = recommend(&evidence(&[1_120, 1_200, 1_010]));
    assert_eq!(recommendation.action, Action::ShipTreatment { treatment: 1 });
}

#[test]
fn better_is_not_higher_for_a_latency() {
    let arm = |mean| Moments::from_mean_and_deviation(10_000, mean, 50.0).unwrap();
    let compared = |treatment| compare_means(&arm(200.0), &arm(treatment), &MeanOptions::default());
    let decide = |treatment: f64, direction| {
        let mut evidence = evidence(&[1_000]);
        let primary = compared(treatment);
        evidence.direction = direction;
        evidence.treatments[0].adjusted_p = primary.test.map(|test| test.p);
        evidence.treatments[0].primary = primary;
        recommend(&evidence).action
    };
    assert_eq!(decide(190.0, Direction::LowerIsBetter), Action::ShipTreatment { treatment: 0 });
    assert_eq!(decide(190.0, Direction::HigherIsBetter), Action::ShipControl);
    assert_eq!(decide(210.0, Direction::LowerIsBetter), Action::ShipControl);
    assert_eq!(decide(210.0, Direction::HigherIsBetter), Action::ShipTreatment { treatment: 0 });
}

#[test]
fn nothing_is_decided_on_a_violated_sample_ratio() {
    let mut violated = evidence(&[1_300]);
    violated.sample_ratio = sample_ratio(&[Arm::new(10_000, 0.5).unwrap(), Arm::new(10_700, 0.5).unwrap()]);
    assert_eq!(recommend(&violated).action, Action::Inconclusive);
    assert_eq!(codes(&violated), ["sample_ratio_violated"]);
    violated.sample_ratio = sample_ratio(&[Arm::new(10_000, 1.0).unwrap(), Arm::new(1, 0.0).unwrap()]);
    assert_eq!(codes(&violated), ["sample_ratio_violated"]);
    violated.sample_ratio = sample_ratio(&[]);
    assert_eq!(codes(&violated), ["sample_ratio_untested"]);
}

#[test]
fn before_the_horizon_and_short_of_a_gate_it_goes_on() {
    let mut early = evidence(&[1_300]);
    early.days = 10.0;
    assert_eq!(recommend(&early).action, Action::Continue { days_left: 4.0, power: Ok(0.8) });
    assert_eq!(codes(&early), ["before_horizon"]);

    let mut short = evidence(&[1_300]);
    short.horizon = Horizon::Fixed { days: 3.0 };
    short.days = 3.0;
    assert_eq!(recommend(&short).action, Action::Continue { days_left: 4.0, power: Ok(0.8) });
    assert_eq!(codes(&short), ["too_few_days"]);

    let mut small = evidence(&[1_300]);
    small.treatments[0].units = 999;
    assert_eq!(codes(&small), ["too_few_units"]);
}

#[test]
fn a_sequential_design_decides_by_its_boundary_and_not_by_its_p_value() {
    let mut sequential = evidence(&[1_300]);
    sequential.horizon = Horizon::Sequential { days: 28.0 };
    assert_eq!(codes(&sequential), ["no_boundary_crossed"]);
    sequential.treatments[0].look = Look::Crossed;
    assert_eq!(recommend(&sequential).action, Action::ShipTreatment { treatment: 0 });
    sequential.treatments[0].look = Look::Futile;
    assert_eq!(recommend(&sequential).action, Action::ShipControl);
    // The last look, still inside: significant at 5 % but not by the design.
    sequential.treatments[0].look = Look::Inside;
    sequential.days = 28.0;
    assert_eq!(recommend(&sequential).action, Action::Inconclusive);
}

#[test]
fn a_breached_guardrail_stops_only_by_an_interval_that_may_be_looked_at() {
    let mut early = evidence(&[1_300]);
    early.days = 5.0;
    early.treatments[0].guardrails = vec![finding(GuardrailState::Breached, true)];
    assert_eq!(recommend(&early).action, Action::Stop);
    early.treatments[0].guardrails = vec![finding(GuardrailState::Breached, false)];
    assert!(matches!(recommend(&early).action, Action::Continue { .. }));
    early.days = 14.0;
    assert_eq!(recommend(&early).action, Action::Stop);
}

#[test]
fn one_breached_treatment_leaves_the_others() {
    let mut two = evidence(&[1_300, 1_200]);
    two.treatments[0].guardrails = vec![finding(GuardrailState::Breached, true)];
    let recommendation = recommend(&two);
    assert_eq!(recommendation.action, Action::ShipTreatment { treatment: 1 });
    assert!(codes(&two).contains(&"guardrail_breached"));
}

#[test]
fn shipping_needs_every_guardrail_safe() {
    for state in [GuardrailState::Undecided, GuardrailState::Harmful] {
        let mut guarded = evidence(&[1_300]);
        guarded.treatments[0].guardrails = vec![finding(GuardrailState::Safe, false), finding(state, false)];
        assert_eq!(recommend(&guarded).action, Action::Inconclusive);
        assert_eq!(codes(&guarded), ["better", "guardrail_not_safe"]);
    }
    let mut unknown = evidence(&[1_300]);
    unknown.treatments[0].guardrails =
        vec![Finding { metric: "latency".to_owned(), state: None, at_any_time: false }];
    assert_eq!(recommend(&unknown).action, Action::Inconclusive);
}

#[test]
fn a_treatment_that_is_surely_not_worth_it_leaves_the_control() {
    let mut demanding = evidence(&[1_000]);
    demanding.gates.lift = 0.15;
    assert_eq!(recommend(&demanding).action, Action::ShipControl);
    assert_eq!(codes(&demanding), ["not_worth_it"]);
    demanding.gates.lift = 0.05;
    assert_eq!(recommend(&demanding).action, Action::Inconclusive);
    assert_eq!(codes(&demanding), ["not_significant"]);
}

#[test]
fn a_significant_gain_below_what_is_worth_shipping_is_inconclusive() {
    let mut demanding = evidence(&[1_120]);
    demanding.gates.lift = 0.15;
    assert_eq!(recommend(&demanding).action, Action::Inconclusive);
    assert_eq!(codes(&demanding), ["better", "too_small"]);
}

#[test]
fn what_could_not_be_tested_is_inconclusive_with_its_reason() {
    let mut untested = evidence(&[0]);
    let none = Proportion::new(0, 10_000).unwrap();
    untested.treatments[0].primary = compare_rates(&none, &none, &RateOptions::default());
    untested.treatments[0].adjusted_p = untested.treatments[0].primary.test.map(|test| test.p);
    assert_eq!(recommend(&untested).action, Action::Inconclusive);
    assert_eq!(codes(&untested), ["untested"]);
    let words = serde_json::to_value(recommend(&untested)).unwrap();
    assert_eq!(words["action"]["action"], "inconclusive");
    assert!(words["reasons"][0]["because"].as_str().unwrap().contains("every unit has the same value"));
}

#[test]
fn no_treatments_decide_nothing_in_a_panic() {
    assert_eq!(recommend(&evidence(&[])).action, Action::Inconclusive);
}
