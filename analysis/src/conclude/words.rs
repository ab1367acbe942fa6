//! Numbers in sentences.

use edgewise_stats::{Estimate, Interval};

/// A share as a percentage with one decimal, or as many as two digits need: `12.3 %`, `0.012 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    let digits = if size >= 1.0 || size == 0.0 {
        1
    } else if size >= 0.1 {
        2
    } else {
        3
    };
    format!("{percent:.digits$} %")
}

/// The same with its sign: `+12.3 %`.
pub(super) fn signed_percent(share: f64) -> String {
    if share > 0.0 { format!("+{}", percent(share)) } else { percent(share) }
}

/// A lift with its interval: `+12.3 % (+4.1 % to +20.9 %)`.
pub(super) fn lift(estimate: f64, interval: Estimate<Interval>) -> String {
    let ends = interval.map(|interval| {
        format!(" ({} to {})", signed_percent(interval.lower()), signed_percent(interval.upper()))
    });
    format!("{}{}", signed_percent(estimate), ends.unwrap_or_default())
}

/// A p value: three decimals, below a thousandth two digits.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 { format!("p = {p:.1e}") } else { format!("p = {p:.3}") }
}

/// A number in its unit, with four digits.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1_000.0 || size == 0.0 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

/// Days: `1 day`, `3.5 days`, `14 days`.
pub(super) fn days(days: f64) -> String {
    let rounded = (days * 10.0).round() / 10.0;
    if (rounded - 1.0).abs() < f64::EPSILON {
        "1 day".to_owned()
    } else if rounded.fract() == 0.0 {
        format!("{rounded:.0} days")
    } else {
        format!("{rounded:.1} days")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        assert_eq!(percent(0.123_45), "12.3 %");
        assert_eq!(percent(-0.001_23), "-0.12 %");
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(signed_percent(0.05), "+5.0 %");
        assert_eq!(p_value(0.04), "p = 0.040");
        assert_eq!(p_value(1.8e-6), "p = 1.8e-6");
        assert_eq!(
            (days(1.0), days(3.54), days(14.0)),
            ("1 day".into(), "3.5 days".into(), "14 days".into())
        );
    }
}
