//! Bots, told by what was known at exposure and not by what was done after it.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, arms, assert_as_often_as_promised, assert_too_often,
    findings, findings_over, significant,
};
use datafusion::arrow::{array::BooleanArray, compute::filter_record_batch};
use edgewise_analysis::{assignments::unit_rows, evenness::p_of_even_shares};
use std::collections::{BTreeMap, HashSet};

/// The treatment needs more clicks for the same purchase. A twentieth are bots, whose agent says so, and click a lot.
#[test]
fn whoever_clicks_a_lot_is_no_bot_for_that() {
    let mut lab = Lab::new(14);
    let mut chance = Chance::new(15);
    let (mut busy, mut busy_by_variant) = (HashSet::new(), BTreeMap::<String, u64>::new());
    for trial in 0..TRIALS {
        for index in 0..200 {
            let unit = format!("u{index}");
            let treated = chance.happens(0.5);
            let variant = if treated { "treatment" } else { "control" };
            let is_bot = chance.happens(0.05);
            lab.expose(trial, &unit, &Seen { is_bot, ..Seen::new(variant, "e", START) });
            let interest = chance.uniform();
            if !is_bot && chance.happens(interest) {
                lab.event(trial, &unit, 100 + chance.below(400), START + DAY);
            }
            let clicks = if is_bot { 100.0 } else { 20.0 * interest * if treated { 1.5 } else { 1.0 } };
            if clicks > 18.0 {
                busy.insert(format!("{trial}/{unit}"));
                *busy_by_variant.entry(format!("{trial}/{variant}")).or_default() += 1;
            }
        }
    }
    let (assignments, events) = lab.finish();
    assert_as_often_as_promised(findings(&assignments, &events, &How::revenue()));
    let counts = &assignments.counts;
    let all = counts.claimed_by_variant();
    assert_eq!(all.values().sum::<u64>(), TRIALS * 200, "before the exclusion there are all of them");
    let left_out: u64 = counts.bots.values().sum();
    assert_eq!(counts.admitted_by_variant().values().sum::<u64>(), TRIALS * 200 - left_out);

    // The alternative: whoever clicks a lot is a bot.
    let without_busy: Vec<_> = assignments
        .batches
        .iter()
        .map(|batch| {
            let kept = unit_rows(batch).unwrap().map(|row| Some(!busy.contains(row.unit)));
            filter_record_batch(batch, &kept.collect::<BooleanArray>()).unwrap()
        })
        .collect();
    assert_too_often(findings_over(&without_busy, &assignments, &events, &How::revenue()));

    // Their shares tell the two apart. Fisher's exact test finds less than 5 %, never more.
    let of_bots = (0..TRIALS).filter_map(|trial| p_of_even_shares(&counts.bots, &all, &arms(trial)));
    let by_chance = significant(of_bots);
    assert!(by_chance <= TRIALS * 8 / 100, "bots at exposure are even: {by_chance} of {TRIALS} are not");
    let of_busy = (0..TRIALS).filter_map(|trial| p_of_even_shares(&busy_by_variant, &all, &arms(trial)));
    assert_too_often(significant(of_busy));
}
