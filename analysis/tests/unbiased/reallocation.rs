//! A new allocation in mid-experiment moves units; who comes back is seen in two variants.

use crate::lab::{
    Chance, DAY, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often, findings,
    findings_over,
};
use datafusion::arrow::{
    array::{BooleanArray, RecordBatch},
    compute::filter_record_batch,
};
use edgewise_analysis::assignments::unit_rows;
use std::collections::HashSet;

/// Half and half in the first week, one in ten control in the second. Who comes back buys more.
#[test]
fn moved_units_are_kept_where_they_were_first() {
    let mut lab = Lab::new(1);
    let mut chance = Chance::new(2);
    let mut seen_in_two = HashSet::new();
    let mut moved = 0;
    for trial in 0..TRIALS {
        for index in 0..150 {
            let unit = format!("u{index}");
            let bucket = chance.uniform();
            let of_first = if bucket < 0.5 { "control" } else { "treatment" };
            let of_second = if bucket < 0.1 { "control" } else { "treatment" };
            let is_bucket_moved = of_first != of_second;
            let (in_first, in_second) = match chance.below(3) {
                0 => (true, false),
                1 => (true, true),
                _ => (false, true),
            };
            let mut expose = |variant, epoch, at| {
                lab.expose(trial, &unit, &Seen { is_bucket_moved, ..Seen::new(variant, epoch, at) });
            };
            if in_first {
                expose(of_first, "first", START + chance.below(7 * DAY));
            }
            if in_second {
                expose(of_second, "second", START + 7 * DAY + chance.below(7 * DAY));
            }
            if in_first && in_second && is_bucket_moved {
                seen_in_two.insert(format!("{trial}/{unit}"));
                moved += 1;
            }
            let rate = if in_first && in_second { 0.9 } else { 0.2 };
            if chance.happens(rate) {
                lab.event(trial, &unit, 100 + chance.below(400), START + 20 * DAY);
            }
        }
    }
    let (assignments, events) = lab.finish();
    assert_eq!(assignments.counts.moved.values().sum::<u64>(), moved, "each of them is counted");
    assert_eq!(assignments.counts.in_two_variants.values().sum::<u64>(), 0, "the allocation explains it");

    let how = How::revenue();
    assert_as_often_as_promised(findings(&assignments, &events, &how));
    // The sensitivity check leaves out the buckets, of all variants and epochs.
    let outside = assignments.outside_moved_buckets().unwrap();
    assert!(outside.iter().map(RecordBatch::num_rows).sum::<usize>() < 20_000);
    assert_as_often_as_promised(findings_over(&outside, &assignments, &events, &how));

    // The alternative: whoever was seen in two variants is left out.
    let dropped: Vec<_> = assignments
        .batches
        .iter()
        .map(|batch| {
            let kept = unit_rows(batch).unwrap().map(|row| Some(!seen_in_two.contains(row.unit)));
            filter_record_batch(batch, &kept.collect::<BooleanArray>()).unwrap()
        })
        .collect();
    assert_too_often(findings_over(&dropped, &assignments, &events, &how));
}
