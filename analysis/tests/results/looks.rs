//! The looks of a group-sequential design.

use crate::given::{Experiment, metric, rate};
use edgewise_analysis::{
    conclude::looks::Looks,
    plan::{Role, SequentialPlan, SpendingFunction},
    results::{Kind, Results},
};
use edgewise_stats::decide::{Action, Reason};

/// A look when so many units of 20,000 are in, after the looks before it.
fn look(days: i64, units: u64, ones: (u64, u64), before: Option<Looks>) -> Results {
    let arms = vec![rate("a", ones.0, units / 2), rate("b", ones.1, units / 2)];
    let mut experiment = Experiment::new(days, vec![(metric("signup", Kind::Binary, Role::Primary), arms)]);
    experiment.plan.sequential = Some(SequentialPlan::GroupSequential {
        spending: SpendingFunction::ObrienFleming,
        planned_units: 20_000,
    });
    experiment.looks = before;
    experiment.results()
}

fn boundary(results: &Results) -> f64 {
    results.metrics[0].comparisons[0].sequential.as_ref().unwrap().boundary.unwrap()
}

#[test]
fn boundaries_are_those_of_rpact_however_often_the_same_data_are_analysed() {
    let first = look(8, 6_000, (300, 305), Some(Looks::default()));
    // rpact: O'Brien-Fleming type at 0.3, 0.7 and 1.0
    assert!((boundary(&first) - 3.928_573).abs() < 1e-6);
    let again = look(8, 6_000, (300, 305), first.looks.clone());
    assert_eq!(again.looks, first.looks, "the same information is not spent twice");
    assert_eq!(boundary(&again), boundary(&first));
    let second = look(10, 14_000, (700, 705), again.looks);
    assert!((boundary(&second) - 2.438_742).abs() < 1e-6);
    let third = look(14, 20_000, (1_000, 1_003), second.looks);
    assert!((boundary(&third) - 2.000_009).abs() < 1e-6);
    assert_eq!(third.looks.unwrap().taken.len(), 3);
}

#[test]
fn looks_come_back_from_json() {
    let taken = look(8, 6_000, (300, 305), Some(Looks::default())).looks.unwrap();
    let json = serde_json::to_string(&taken).unwrap();
    assert_eq!(serde_json::from_str::<Looks>(&json).unwrap(), taken);
}

#[test]
fn a_boundary_that_is_crossed_decides_before_the_horizon() {
    let inside = look(8, 10_000, (500, 540), Some(Looks::default()));
    assert!(matches!(inside.decision.as_ref().unwrap().recommendation.action, Action::Continue { .. }));
    assert!(inside.decision.unwrap().recommendation.reasons.contains(&Reason::NoBoundaryCrossed));
    let crossed = look(8, 10_000, (500, 650), Some(Looks::default()));
    let sequential = crossed.metrics[0].comparisons[0].sequential.as_ref().unwrap();
    assert!(sequential.crossed && sequential.p.unwrap() < 0.05);
    assert!(sequential.lift.interval.unwrap().lower() > 0.0);
    assert_eq!(crossed.decision.unwrap().recommendation.action, Action::ShipTreatment { treatment: 0 });
}

#[test]
fn the_last_look_spends_what_is_left() {
    let early = look(14, 10_000, (500, 540), Some(Looks::default()));
    // One look of all of alpha: the two-sided 5 % of a normal.
    assert!((boundary(&early) - 1.959_964).abs() < 1e-6);
    assert!(early.looks.unwrap().taken[0].last);
}

#[test]
fn looks_of_another_design_or_of_nobody_give_no_boundary() {
    let mut other = look(8, 6_000, (300, 305), Some(Looks::default())).looks.unwrap();
    other.design.as_mut().unwrap().planned_units = 10_000;
    let refused = look(10, 14_000, (700, 900), Some(other.clone()));
    assert_eq!(refused.metrics[0].comparisons[0].sequential, None);
    assert_eq!(refused.metrics[0].comparisons[0].absent[0].absent, "another_design");
    assert_eq!(refused.looks, Some(other), "nothing is spent");
    let unkept = look(10, 14_000, (700, 900), None);
    assert_eq!(unkept.metrics[0].comparisons[0].absent[0].absent, "looks_not_kept");
    assert!(matches!(unkept.decision.unwrap().recommendation.action, Action::Continue { .. }));
}

#[test]
fn fewer_units_than_at_the_look_before_are_no_look() {
    let taken = look(8, 14_000, (700, 705), Some(Looks::default())).looks;
    let older = look(8, 6_000, (300, 305), taken.clone());
    assert_eq!(older.metrics[0].comparisons[0].absent[0].absent, "no_look");
    assert_eq!(older.looks, taken);
}
