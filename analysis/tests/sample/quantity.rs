//! Quantities by the real statistics.

use super::Sort;
use edgewise_stats::{
    Absent, Alpha, Comparison, Interval, Moments, Proportion, Quantity,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates, mean, rate},
};

pub(super) fn alone(sort: &Sort, n: u64, value: f64) -> Quantity {
    if sort.is_rate() {
        rate(&Proportion::new(count(approximate(n) * value), n).unwrap(), Alpha::default())
    } else {
        mean(&Moments::from_mean_and_deviation(n, value, sort.deviation).unwrap(), Alpha::default())
    }
}

pub(super) fn compare(sort: &Sort, control: (u64, f64), treatment: (u64, f64)) -> Comparison {
    if sort.is_rate() {
        let of = |(n, value): (u64, f64)| Proportion::new(count(approximate(n) * value), n).unwrap();
        compare_rates(&of(control), &of(treatment), &RateOptions::default())
    } else {
        let of = |(n, value): (u64, f64)| Moments::from_mean_and_deviation(n, value, sort.deviation).unwrap();
        compare_means(&of(control), &of(treatment), &MeanOptions::default())
    }
}

/// The quantity with an interval so many times as wide.
pub(super) fn widened(quantity: &Quantity, factor: f64) -> Quantity {
    let interval = quantity.interval.and_then(|interval| {
        let middle = quantity.estimate?;
        Interval::new(
            middle + (interval.lower() - middle) * factor,
            middle + (interval.upper() - middle) * factor,
        )
    });
    Quantity { interval, ..*quantity }
}

/// A quantity of which nothing can be computed.
pub(crate) fn nothing(reason: Absent) -> Quantity {
    Quantity { estimate: Err(reason), standard_error: Err(reason), interval: Err(reason) }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn approximate(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
pub(super) fn count(number: f64) -> u64 {
    number.round() as u64
}
