//! Simpson's paradox: a ramp changes the mix of the variants while the world changes too.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often, findings,
    findings_without_strata,
};

/// One in ten is treated while few buy, then a half while many do.
#[test]
fn variants_are_compared_within_the_epoch_that_drew_them() {
    let mut lab = Lab::new(3);
    let mut chance = Chance::new(4);
    for trial in 0..TRIALS {
        for index in 0..150 {
            let unit = format!("u{index}");
            let (epoch, treated, rate, at) =
                if index % 2 == 0 { ("tenth", 0.1, 0.1, 0) } else { ("half", 0.5, 0.6, 7 * DAY) };
            let variant = if chance.happens(treated) { "treatment" } else { "control" };
            let at = START + at + chance.below(DAY);
            lab.expose(trial, &unit, &Seen::new(variant, epoch, at));
            if chance.happens(rate) {
                lab.event(trial, &unit, 100 + chance.below(400), at + DAY);
            }
        }
    }
    let (assignments, events) = lab.finish();
    assert_as_often_as_promised(findings(&assignments, &events, &How::revenue()));
    assert_too_often(findings_without_strata(&assignments, &events, &How::revenue()));
}
