//! Units without events: 0, or left out, and then it is tested whether they are the same share of all variants.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often, findings,
    results, sums,
};
use edgewise_analysis::plan::{Metric, Silent};
use edgewise_stats::trust::SampleRatio;

/// The treatment brings some who look and do not buy: what is bought stays as it is.
#[test]
fn who_is_silent_is_zero_or_is_tested() {
    let mut lab = Lab::new(7);
    let mut chance = Chance::new(8);
    for trial in 0..TRIALS {
        for index in 0..300 {
            let unit = format!("u{index}");
            let treated = chance.happens(0.5);
            let variant = if treated { "treatment" } else { "control" };
            lab.expose(trial, &unit, &Seen::new(variant, "e", START));
            if chance.happens(0.3) {
                lab.event(trial, &unit, 100 + chance.below(400), START + DAY);
            } else if treated && chance.happens(0.5) {
                lab.event(trial, &unit, 0, START + DAY);
            }
        }
    }
    let (assignments, events) = lab.finish();
    let zero = How::revenue();
    assert_as_often_as_promised(findings(&assignments, &events, &zero));
    let exclude = How { metric: Metric { silent: Silent::Exclude, ..zero.metric.clone() }, ..How::revenue() };
    assert_too_often(findings(&assignments, &events, &exclude));
    // And the test of who is left in says so.
    let (sums, _) = sums(&assignments.batches, &assignments, &events, &exclude);
    let told = results(&sums, &assignments, &exclude);
    let mismatched = told
        .iter()
        .filter(|result| matches!(&result.sample_ratio, Some(SampleRatio::Tested { p, .. }) if *p < 0.05));
    let mismatched = mismatched.count() as u64;
    assert!(mismatched > TRIALS * 9 / 10, "the included units' ratio is off in {mismatched}");
}
