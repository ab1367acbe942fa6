//! Estimates as cells and words: the number, its interval, or why there is none.

use crate::report::{
    document::Cell,
    number::{self, Amount},
};
use edgewise_stats::{Absent, Estimate, Interval, Quantity};

/// The sign of typography for the one of keyboards. Only for texts that are a number.
pub(super) fn minus(number: &str) -> String {
    number.replace('-', "\u{2212}")
}

/// A relative change: `+8.21%`.
pub(super) fn lift(value: f64) -> String {
    minus(&format!("{}%", signed(value * 100.0, 2)))
}

/// A difference with its unit: `+3.04 pp`.
pub(super) fn difference(amount: Amount, value: f64) -> String {
    let scaled = if amount.unit().is_empty() { value } else { value * 100.0 };
    minus(&format!("{}{}", signed(scaled, if amount.unit().is_empty() { 12 } else { 3 }), amount.unit()))
}

/// A variant's own number: `12.97%`.
pub(super) fn own(amount: Amount, value: f64) -> String {
    minus(&amount.own(value))
}

/// Three digits, but no more places than that, unless nothing would be left.
fn signed(value: f64, most_places: usize) -> String {
    let digits = number::significant(value, 3);
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    let cut = format!("{value:.most_places$}");
    let text = if places > most_places && cut.contains(|letter| matches!(letter, '1'..='9')) {
        cut
    } else if places > most_places {
        number::significant(value, 1)
    } else {
        digits
    };
    if value > 0.0 { format!("+{text}") } else { text }
}

/// `+1.2% to +7.0%`; of an interval without one of its ends `at least +1.2%`.
pub(super) fn interval(interval: &Interval, format: impl Fn(f64) -> String) -> String {
    match (interval.lower().is_finite(), interval.upper().is_finite()) {
        (true, false) => format!("at least {}", format(interval.lower())),
        (false, true) => format!("at most {}", format(interval.upper())),
        _ => format!("{} to {}", format(interval.lower()), format(interval.upper())),
    }
}

/// The estimate over its interval, or why there is none.
pub(super) fn quantity(quantity: &Quantity, format: impl Fn(f64) -> String) -> Cell {
    match (quantity.estimate, &quantity.interval) {
        (Ok(estimate), Ok(ends)) => Cell::over(format(estimate), interval(ends, format)),
        (Ok(estimate), Err(absent)) => Cell::over(format(estimate), no_interval(*absent)),
        (Err(absent), _) => missing("no estimate", absent),
    }
}

/// The p value, or why there is none.
pub(super) fn p(estimate: Estimate<f64>) -> Cell {
    match estimate {
        Ok(p) => Cell::from(minus(&number::p_value(p))),
        Err(absent) => missing("no p value", absent),
    }
}

/// What is not there, over its reason.
pub(super) fn missing(what: &str, absent: Absent) -> Cell {
    Cell::over(what, absent.to_string())
}

pub(super) fn no_interval(absent: Absent) -> String {
    format!("no interval: {absent}")
}
