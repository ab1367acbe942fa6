//! Triggered analysis, and the test of who never triggered.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often, findings,
    findings_over,
};
use datafusion::arrow::array::AsArray as _;
use edgewise_analysis::{
    assignments::Assignments,
    engine::Source,
    plan::{Plan, Trigger},
    trigger::{Events, Triggered, apply},
};

fn triggered(assignments: Assignments, events: &Source) -> Triggered {
    let plan = Plan::new("x", "user", "control", Vec::new(), Vec::new(), 0.05);
    let trigger = Trigger { event: "open_cart".to_owned(), filters: Vec::new() };
    apply(assignments, &trigger, &plan, Events::Logged(events), &[], &["verified"]).unwrap()
}

/// Units who open the cart or do not; the treatment may make those open it who buy anyway.
fn carts(seed: u64, more_of_the_treated: f64) -> (Assignments, Source) {
    let mut lab = Lab::new(seed);
    let mut chance = Chance::new(seed + 1);
    for trial in 0..TRIALS {
        for index in 0..200 {
            let unit = format!("u{index}");
            let treated = chance.happens(0.5);
            lab.expose(trial, &unit, &Seen::new(if treated { "treatment" } else { "control" }, "e", START));
            let buys = chance.happens(0.3);
            let opens = chance.happens(0.4 + if treated && buys { more_of_the_treated } else { 0.0 });
            if opens {
                lab.other_event(trial, &unit, "open_cart", START + DAY);
            }
            // Before the exposure nothing triggers, whatever it is.
            lab.other_event(trial, &unit, "open_cart", START - 1);
            if buys {
                lab.event(trial, &unit, 100 + chance.below(400), START + 2 * DAY);
            }
        }
    }
    lab.finish()
}

#[test]
fn a_trigger_that_the_variant_leaves_alone_leaves_nothing_behind() {
    let (assignments, events) = carts(28, 0.0);
    let exposed = assignments.counts.admitted_by_variant().values().sum::<u64>();
    let triggered = triggered(assignments, &events);
    let counted = triggered.assignments.counts.admitted_by_variant().values().sum::<u64>();
    assert_eq!(counted + triggered.assignments.counts.untriggered.values().sum::<u64>(), exposed);
    assert!(counted < exposed / 2, "{counted} of {exposed} opened the cart after their exposure");
    let days = triggered.assignments.batches[0].column_by_name("entry_day").unwrap();
    assert_eq!(days.as_string::<i32>().value(0), "2026-01-06", "they count from the trigger on");

    let how = How::revenue();
    assert_as_often_as_promised(findings(&triggered.assignments, &events, &how));
    assert_as_often_as_promised(findings_over(&triggered.complement, &triggered.assignments, &events, &how));
}

#[test]
fn a_trigger_that_the_variant_causes_shows_in_who_never_triggered() {
    let (assignments, events) = carts(30, 0.4);
    let triggered = triggered(assignments, &events);
    assert_too_often(findings(&triggered.assignments, &events, &How::revenue()));
    let complement = findings_over(&triggered.complement, &triggered.assignments, &events, &How::revenue());
    assert_too_often(complement);
}
