//! Units whose window has not passed, and events that arrive late.

use crate::lab::{
    Chance, DAY, HOUR, How, Lab, START, Seen, TRIALS, assert_as_often_as_promised, assert_too_often,
    findings, sums,
};
use edgewise_analysis::plan::Metric;

const DAY_SECONDS: u64 = 86_400;

fn within_days(days: u64, watermark_us: i64, lateness_seconds: Option<u64>) -> How<'static> {
    let revenue = How::revenue();
    let metric = Metric { window_seconds: Some(days * DAY_SECONDS), ..revenue.metric.clone() };
    How { metric, watermark_us, lateness_seconds, ..revenue }
}

/// The treatment makes people buy sooner, not more: within four days all is the same.
#[test]
fn units_count_once_their_window_has_passed() {
    let mut lab = Lab::new(9);
    let mut chance = Chance::new(10);
    let now = START + 8 * DAY;
    for trial in 0..TRIALS {
        for index in 0..200 {
            let unit = format!("u{index}");
            let treated = chance.happens(0.5);
            let variant = if treated { "treatment" } else { "control" };
            let at = START + chance.below(8 * DAY);
            lab.expose(trial, &unit, &Seen::new(variant, "e", at));
            let bought = at + chance.below(if treated { DAY / 2 } else { 4 * DAY });
            let is_in = bought < now;
            if chance.happens(0.6) && is_in {
                lab.event(trial, &unit, 100 + chance.below(400), bought);
            }
        }
    }
    let (assignments, events) = lab.finish();
    assert_as_often_as_promised(findings(&assignments, &events, &within_days(4, now, None)));
    // The alternative: everybody counts with what is in by now.
    assert_too_often(findings(&assignments, &events, &within_days(4, now + 365 * DAY, None)));
}

/// The treatment's client ships its events once a day; of both, one event in twenty takes a week.
#[test]
fn late_events_are_waited_for_and_then_count_no_more() {
    let mut lab = Lab::new(11);
    let mut chance = Chance::new(12);
    let now = START + 3 * DAY;
    for trial in 0..TRIALS {
        for index in 0..200 {
            let unit = format!("u{index}");
            let treated = chance.happens(0.5);
            let variant = if treated { "treatment" } else { "control" };
            let at = START + chance.below(3 * DAY);
            lab.expose(trial, &unit, &Seen::new(variant, "e", at));
            if !chance.happens(0.8) {
                continue;
            }
            let bought = at + chance.below(DAY);
            let mut delay = if treated { DAY / 2 + chance.below(DAY / 2) } else { HOUR / 60 };
            if chance.happens(0.05) {
                delay = 7 * DAY;
            }
            // What is not in yet is not in the log.
            if bought + delay <= now {
                lab.late_event(trial, &unit, 280 + chance.below(40), bought, bought + delay);
            }
        }
    }
    let (assignments, events) = lab.finish();
    let patient = within_days(1, now, Some(DAY_SECONDS));
    assert_as_often_as_promised(findings(&assignments, &events, &patient));
    // The alternative: a unit counts as soon as its window has passed.
    assert_too_often(findings(&assignments, &events, &within_days(1, now, None)));
}

/// What arrives when the allowance is over does not count, however often one looks, and is told.
#[test]
fn what_comes_too_late_is_told() {
    let mut lab = Lab::new(13);
    for (index, delay) in [0, 2 * DAY - 1, 2 * DAY, 2 * DAY + 1, 9 * DAY].into_iter().enumerate() {
        let unit = format!("u{index}");
        lab.expose(0, &unit, &Seen::new("control", "e", START));
        lab.late_event(0, &unit, 100, START, START + delay);
    }
    let (assignments, events) = lab.finish();
    for watermark in [START + 2 * DAY, START + 20 * DAY] {
        let (sums, counts) =
            sums(&assignments.batches, &assignments, &events, &within_days(1, watermark, Some(DAY_SECONDS)));
        assert_eq!(sums[0].sums, [3_000_000], "three are in when window and allowance are over");
        assert_eq!(counts.too_late, 2);
    }
    let open = within_days(1, START + 2 * DAY - 1, Some(DAY_SECONDS));
    let (sums, _) = sums(&assignments.batches, &assignments, &events, &open);
    assert_eq!(sums.iter().map(|sums| sums.units_counted).sum::<u64>(), 0, "nobody counts yet");
}
