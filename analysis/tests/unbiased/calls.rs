//! What is drawn is what is counted: calls where calls are drawn, users where users are.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often, findings,
};

/// Calls of a user. Some users buy at most of their calls, the others at few.
const CALLS: usize = 10;

fn lab(seed: u64, mut variant_of: impl FnMut(&mut Chance, &'static str) -> &'static str) -> Lab {
    let mut lab = Lab::new(seed);
    let mut chance = Chance::new(seed + 1);
    for trial in 0..TRIALS {
        for user in 0..20 {
            let rate = if chance.happens(0.5) { 0.9 } else { 0.1 };
            let of_user = if chance.happens(0.5) { "treatment" } else { "control" };
            for call in 0..CALLS {
                let unit = format!("call {user}/{call}");
                let variant = variant_of(&mut chance, of_user);
                lab.expose(trial, &unit, &Seen::new(variant, "e", START));
                if chance.happens(rate) {
                    lab.event(trial, &unit, 100 + chance.below(100), START + DAY);
                }
            }
        }
    }
    lab
}

#[test]
fn calls_that_are_drawn_are_units() {
    let by_call = |chance: &mut Chance, _| if chance.happens(0.5) { "treatment" } else { "control" };
    let (assignments, events) = lab(22, by_call).finish();
    assert_as_often_as_promised(findings(&assignments, &events, &How::revenue()));
    // The alternative: users are drawn, and their calls are counted as if each had been.
    let (assignments, events) = lab(24, |_, of_user| of_user).finish();
    assert_too_often(findings(&assignments, &events, &How::revenue()));
}
