//! What is decided, and in which words.

use crate::given::{Experiment, metric, rate, sums};
use edgewise_analysis::{
    moments::Sums,
    plan::{Direction, Guardrail, PlannedMetric, Role, SequentialPlan},
    results::{Decided, Kind, Results},
};
use edgewise_stats::decide::{Action, Criterion, GuardrailState, Operator, Reason};

fn signup() -> PlannedMetric {
    metric("signup", Kind::Binary, Role::Primary)
}

/// The control has 1,000 of 10,000.
fn arms(treatment: u64) -> Vec<Sums> {
    vec![rate("a", 1_000, 10_000), rate("b", treatment, 10_000)]
}

fn decided(results: &Results) -> &Decided {
    results.decision.as_ref().unwrap()
}

fn action(results: &Results) -> Action {
    decided(results).recommendation.action
}

fn said(results: &Results) -> String {
    decided(results).in_words.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn before_the_horizon_the_answer_is_continue_with_days_and_power() {
    let results = Experiment::new(9, vec![(signup(), arms(1_150))]).results();
    let Action::Continue { days_left, power } = action(&results) else { panic!("{:?}", action(&results)) };
    assert!((days_left - 5.0).abs() < 1e-9);
    // At the lift of 1 % that is worth shipping, not at the 15 % that are seen.
    assert!(power.unwrap() < 0.1, "{power:?}");
    let summary = &decided(&results).summary;
    assert!(
        summary.starts_with("Continue: 5 days are left of 14 days; the power to see +1.0 % is "),
        "{summary}"
    );
    assert_eq!(
        said(&results),
        "9 days of 14 days have passed; a result before the horizon does not hold its level"
    );
}

#[test]
fn at_the_horizon_a_better_variant_ships_in_words_with_numbers() {
    let results = Experiment::new(14, vec![(signup(), arms(1_150))]).results();
    assert_eq!(action(&results), Action::ShipTreatment { treatment: 0 });
    assert_eq!(decided(&results).summary, "Ship `b`: `signup` +15.0 % (+6.2 % to +24.6 %).");
    let text = said(&results);
    assert!(text.starts_with("`b` is significantly better: `signup` +15.0 %"), "{text}");
    assert!(text.contains("after adjustment"), "{text}");
    assert_eq!(decided(&results).in_words[0].variant.as_deref(), Some("b"));
    assert_eq!(decided(&results).in_words[0].metric.as_deref(), Some("signup"));
}

#[test]
fn a_horizon_is_whole_weeks() {
    let mut experiment = Experiment::new(10, vec![(signup(), arms(1_150))]);
    experiment.plan.decision.horizon_days = Some(10);
    let Action::Continue { days_left, .. } = action(&experiment.results()) else {
        panic!("ten days are no weeks")
    };
    assert!((days_left - 4.0).abs() < 1e-9);
}

#[test]
fn a_worse_variant_keeps_the_control() {
    let results = Experiment::new(14, vec![(signup(), arms(850))]).results();
    assert_eq!(action(&results), Action::ShipControl);
    assert!(said(&results).starts_with("`b` is significantly worse: `signup` -15.0 %"), "{}", said(&results));
}

#[test]
fn the_direction_of_a_metric_turns_the_verdict() {
    let mut latency = signup();
    latency.metric.direction = Direction::Decrease;
    assert_eq!(
        action(&Experiment::new(14, vec![(latency.clone(), arms(850))]).results()),
        Action::ShipTreatment { treatment: 0 }
    );
    let results = Experiment::new(14, vec![(latency, arms(1_150))]).results();
    assert_eq!(action(&results), Action::ShipControl);
    let bayesian = results.metrics[0].comparisons[0].bayesian.as_ref().unwrap();
    assert!(bayesian.probability_better < 0.01, "{}", bayesian.probability_better);
}

#[test]
fn nothing_is_known_where_nothing_is_significant() {
    let results = Experiment::new(14, vec![(signup(), arms(1_020))]).results();
    assert_eq!(action(&results), Action::Inconclusive);
    assert!(said(&results).starts_with("`b` is neither significantly better nor worse: `signup` +2.0 %"));
}

#[test]
fn a_failed_sample_ratio_never_decides() {
    // 10,000 against 10,600 under equal shares: p = 3e-5.
    let lost = vec![rate("a", 1_000, 10_000), rate("b", 1_300, 10_600)];
    for days in [9, 14, 40] {
        for sequential in [None, Some(SequentialPlan::Anytime { tightest_at: 20_000 })] {
            let mut experiment = Experiment::new(days, vec![(signup(), lost.clone())]);
            experiment.plan.sequential = sequential;
            let results = experiment.results();
            assert_eq!(action(&results), Action::Inconclusive);
            assert_eq!(decided(&results).recommendation.reasons, [Reason::SampleRatioViolated]);
            assert!(
                said(&results).contains("10000 of 10300 expected, 10600 of 10300 expected"),
                "{}",
                said(&results)
            );
        }
    }
}

#[test]
fn too_few_units_or_days_decide_nothing() {
    let few = vec![rate("a", 50, 500), rate("b", 100, 500)];
    let results = Experiment::new(14, vec![(signup(), few)]).results();
    assert!(matches!(action(&results), Action::Continue { .. }));
    assert!(
        said(&results).contains("the smallest variant has 500 units; at least 1000 are asked for"),
        "{}",
        said(&results)
    );
    let mut experiment = Experiment::new(3, vec![(signup(), arms(1_400))]);
    experiment.plan.sequential = Some(SequentialPlan::Anytime { tightest_at: 20_000 });
    let results = experiment.results();
    assert!(results.metrics[0].comparisons[0].sequential.as_ref().unwrap().crossed);
    assert!(matches!(action(&results), Action::Continue { .. }));
    assert!(
        said(&results).contains("3 days have passed, and at least 7 days are asked for"),
        "{}",
        said(&results)
    );
}

#[test]
fn a_crossed_sequence_ships_before_the_horizon() {
    let mut experiment = Experiment::new(9, vec![(signup(), arms(1_300))]);
    experiment.plan.sequential = Some(SequentialPlan::Anytime { tightest_at: 20_000 });
    let results = experiment.results();
    assert_eq!(action(&results), Action::ShipTreatment { treatment: 0 });
    assert!(
        said(&results).starts_with("`b` crossed its sequential boundary: `signup` +30.0 %"),
        "{}",
        said(&results)
    );
}

/// A latency of 200 ms in the control, and this much in the treatment.
fn latency(treatment: i64) -> (PlannedMetric, Vec<Sums>) {
    let mut planned = metric("latency", Kind::Continuous, Role::Guardrail);
    planned.metric.direction = Direction::Decrease;
    planned.guardrail = Some(Guardrail { maximum_degradation: 0.02, alpha: None });
    let spread =
        |mean: i64| -> Vec<Vec<i64>> { (0..10_000).map(|i| vec![mean - 20 + (i * 7) % 41]).collect() };
    (planned, vec![sums("a", &spread(200)), sums("b", &spread(treatment))])
}

#[test]
fn shipping_needs_safe_guardrails_and_a_breach_stops() {
    let with = |days, latency| Experiment::new(days, vec![(signup(), arms(1_150)), latency]).results();
    let safe = with(14, latency(200));
    assert_eq!(action(&safe), Action::ShipTreatment { treatment: 0 });
    let guarded = safe.metrics[1].comparisons[0].guardrail.unwrap();
    assert_eq!(guarded.state, Some(GuardrailState::Safe));
    let breached = with(14, latency(210));
    assert_eq!(action(&breached), Action::Stop);
    assert!(said(&breached).contains("`b` harms the guardrail `latency`: +5.0 %"), "{}", said(&breached));
    assert!(said(&breached).contains("where 2.0 % worse is tolerated"), "{}", said(&breached));
    // Two weeks before the horizon by the bound that holds at any time.
    assert_eq!(action(&with(3, latency(210))), Action::Stop);
}

#[test]
fn a_guardrail_without_a_margin_keeps_from_shipping_where_it_is_harmed() {
    let with = |treatment| {
        let (mut planned, sums) = latency(treatment);
        planned.guardrail = None;
        Experiment::new(14, vec![(signup(), arms(1_150)), (planned, sums)]).results()
    };
    let unharmed = with(200);
    assert_eq!(action(&unharmed), Action::ShipTreatment { treatment: 0 });
    assert_eq!(unharmed.metrics[1].comparisons[0].guardrail.unwrap().maximum_degradation, 0.0);
    let harmed = with(210);
    assert_eq!(harmed.metrics[1].comparisons[0].guardrail.unwrap().state, Some(GuardrailState::Harmful));
    assert_eq!(action(&harmed), Action::Inconclusive);
    assert!(said(&harmed).contains("`b` harms the guardrail `latency`: +5.0 %"), "{}", said(&harmed));
}

#[test]
fn success_criteria_keep_from_shipping_until_they_are_met() {
    let with = |threshold| {
        let mut planned = signup();
        planned.success = Some(Criterion { operator: Operator::AtLeast, threshold });
        Experiment::new(14, vec![(planned, arms(1_150))]).results()
    };
    let met = with(0.1);
    assert_eq!(action(&met), Action::ShipTreatment { treatment: 0 });
    assert!(said(&met).contains("`b`: the success criterion `signup` >= 0.1000 is met"), "{}", said(&met));
    for (threshold, word) in [(0.115, "is not decided yet"), (0.2, "is missed")] {
        let unmet = with(threshold);
        assert_eq!(action(&unmet), Action::Inconclusive);
        assert!(
            said(&unmet).contains("`b` does not meet the success criterion of `signup`"),
            "{}",
            said(&unmet)
        );
        assert!(said(&unmet).contains(word), "{}", said(&unmet));
    }
}

#[test]
fn without_a_primary_metric_nothing_decides_and_without_its_events_one_waits() {
    let secondary = metric("signup", Kind::Binary, Role::Secondary);
    assert_eq!(Experiment::new(14, vec![(secondary, arms(1_150))]).results().decision, None);
    let mut refused = arms(1_150);
    refused[0].sums[0] += 1;
    let results = Experiment::new(9, vec![(signup(), refused)]).results();
    assert!(matches!(action(&results), Action::Continue { .. }));
    assert!(said(&results).starts_with("the primary metric `signup` has no estimate"), "{}", said(&results));
}

#[test]
fn growth_counts_each_day_and_tells_how_long_80_percent_take() {
    let results = Experiment::new(14, vec![(signup(), arms(1_020))]).results();
    assert_eq!(results.growth.len(), 14);
    assert_eq!(results.growth[0].day, "2026-03-02");
    assert_eq!(results.growth[13].all["a"], 10_000);
    let power = results.metrics[0].power.as_ref().unwrap();
    let (needed, days) = (power.units_for_80.unwrap() as f64, power.days_for_80.unwrap());
    // 714 new units of each variant a day.
    assert!((days - (needed - 10_000.0) / 714.0).abs() < 0.01, "{days}");
}
