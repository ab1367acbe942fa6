//! Units in two variants for reasons that no allocation explains: two hosts that know one person by different ids at
//! first, code that draws anew.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, arms, assert_as_often_as_promised, assert_too_often,
    findings, findings_over, significant,
};
use datafusion::arrow::{array::BooleanArray, compute::filter_record_batch};
use edgewise_analysis::{
    assignments::unit_rows,
    balance::warn_of_units_in_two_variants,
    evenness::p_of_even_shares,
    results::{Severity, VariantSummary},
};
use std::collections::HashSet;

/// One in five is treated; a third comes back, is drawn again, and buys more than the others.
#[test]
fn they_are_kept_and_as_many_cross_over_in_either_direction() {
    let mut lab = Lab::new(5);
    let mut chance = Chance::new(6);
    let mut seen_in_two = HashSet::new();
    for trial in 0..TRIALS {
        for index in 0..200 {
            let unit = format!("u{index}");
            let mut draw = || if chance.happens(0.2) { "treatment" } else { "control" };
            let (first, second) = (draw(), draw());
            let returns = chance.happens(1.0 / 3.0);
            lab.expose(trial, &unit, &Seen::new(first, "e", START));
            if returns {
                lab.expose(trial, &unit, &Seen::new(second, "e", START + DAY));
            }
            if returns && first != second {
                seen_in_two.insert(format!("{trial}/{unit}"));
            }
            if chance.happens(if returns { 0.9 } else { 0.2 }) {
                lab.event(trial, &unit, 100 + chance.below(400), START + 2 * DAY);
            }
        }
    }
    let (assignments, events) = lab.finish();
    let counts = &assignments.counts;
    assert_eq!(counts.in_two_variants.values().sum::<u64>(), seen_in_two.len() as u64, "each is counted");
    assert_as_often_as_promised(findings(&assignments, &events, &How::revenue()));
    let dropped: Vec<_> = assignments
        .batches
        .iter()
        .map(|batch| {
            let kept = unit_rows(batch).unwrap().map(|row| Some(!seen_in_two.contains(row.unit)));
            filter_record_batch(batch, &kept.collect::<BooleanArray>()).unwrap()
        })
        .collect();
    assert_too_often(findings_over(&dropped, &assignments, &events, &How::revenue()));

    // Whether something is behind it is told by the direction, not by the share: four in five of the treated cross over.
    let (all, two) = (counts.admitted_by_variant(), &counts.in_two_variants);
    let alarms = (0..TRIALS).filter(|trial| {
        let summary = |arm: &String| VariantSummary {
            variant: arm.clone(),
            is_control: false,
            units: all[arm],
            exposures: None,
            units_moved: 0,
            units_in_two_variants: two.get(arm).copied().unwrap_or(0),
        };
        let warning = warn_of_units_in_two_variants(&arms(*trial).each_ref().map(summary));
        warning.is_some_and(|warning| warning.severity == Severity::Invalid)
    });
    assert!(alarms.count() <= 3, "an alarm at p < 0.001 comes about once in a thousand experiments");
    let by_share = (0..TRIALS).filter_map(|trial| p_of_even_shares(two, &all, &arms(trial)));
    assert_too_often(significant(by_share));
}
