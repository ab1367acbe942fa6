//! Exposures that replay refutes: even among the variants, or no verdict.

use crate::lab::{Chance, DAY, Lab, START, Seen, TRIALS, arms, assert_too_often, significant};
use edgewise_analysis::{
    evenness::p_of_even_shares,
    verify::{Mismatch, Verdict},
};
use std::collections::BTreeMap;

/// One client in eight is broken, and sends six exposures that replay refutes; the others send six that it confirms.
#[test]
fn units_are_compared_since_their_exposures_fail_together() {
    let mut lab = Lab::new(26);
    let mut chance = Chance::new(27);
    for trial in 0..TRIALS {
        for index in 0..60 {
            let variant = if chance.happens(0.5) { "treatment" } else { "control" };
            let verdict =
                if chance.happens(0.125) { Verdict::Mismatched(Mismatch::Bucket) } else { Verdict::Verified };
            for time in 0..6 {
                let seen = Seen::new(variant, "e", START + time * DAY);
                lab.expose_with(trial, &format!("u{index}"), &seen, verdict);
            }
        }
    }
    let (assignments, _) = lab.finish();
    let counts = &assignments.counts;
    let all = counts.claimed_by_variant();
    let by_unit = (0..TRIALS).filter_map(|trial| p_of_even_shares(&counts.mismatched, &all, &arms(trial)));
    // Fisher's exact test finds less than 5 %, never more.
    let by_unit = significant(by_unit);
    assert!(by_unit <= TRIALS * 8 / 100, "{by_unit} of {TRIALS}");

    // The alternative: every exposure by itself.
    let exposures = |wanted: fn(&Verdict) -> bool| -> BTreeMap<String, u64> {
        let of = |by: &BTreeMap<Verdict, u64>| {
            by.iter().filter(|(verdict, _)| wanted(verdict)).map(|(_, n)| n).sum()
        };
        counts.verdicts.iter().map(|(variant, by)| (variant.clone(), of(by))).collect()
    };
    let (refuted, sent) = (exposures(|verdict| *verdict != Verdict::Verified), exposures(|_| true));
    assert_too_often(significant(
        (0..TRIALS).filter_map(|trial| p_of_even_shares(&refuted, &sent, &arms(trial))),
    ));
}
