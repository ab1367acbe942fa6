//! Numbers as people read them.

use crate::results::Kind;
use edgewise_stats::Interval;

/// How a metric's numbers are written: rates as per cent and their differences as percentage points, means as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    is_rate: bool,
}

impl Amount {
    /// That of a kind of metric.
    pub const fn of(kind: Kind) -> Self {
        Self { is_rate: matches!(kind, Kind::Binary | Kind::Funnel) }
    }

    /// A variant's own rate or mean.
    pub fn own(self, value: f64) -> String {
        if self.is_rate { format!("{}%", plain(value * 100.0)) } else { plain(value) }
    }

    /// A difference without its unit, for where the [`unit`](Self::unit) follows an interval.
    pub fn difference(self, value: f64) -> String {
        signed(if self.is_rate { value * 100.0 } else { value })
    }

    /// What stands behind differences.
    pub const fn unit(self) -> &'static str {
        if self.is_rate { " pp" } else { "" }
    }
}

/// A relative change in per cent, with its sign: `+4.210%` of 0.0421.
pub fn lift(value: f64) -> String {
    format!("{}%", signed(value * 100.0))
}

/// A share in per cent, to two places: `19.02%` of 0.1902.
pub fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

/// Four significant digits, or all digits before the point where these are more.
pub fn plain(value: f64) -> String {
    significant(value, 4)
}

/// So many significant digits, or all digits before the point where these are more, in groups of three.
pub fn significant(value: f64, digits: u8) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // Beyond these ends a row of digits says less than a power of ten.
    if !(1e-9..1e15).contains(&value.abs()) {
        return format!("{value:.*e}", usize::from(digits.saturating_sub(1)));
    }
    let digits_before = value.abs().log10().floor() + 1.0;
    let places = (f64::from(digits) - digits_before).clamp(0.0, 12.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12")]
    let places = places as usize;
    let text = format!("{value:.places$}");
    match text.split_once('.') {
        Some((before, after)) => format!("{}.{after}", grouped(before)),
        None => grouped(&text),
    }
}

/// A number with its sign, to four digits.
pub fn signed(value: f64) -> String {
    let text = plain(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A p value: four places, or its power of ten where it is below 0.0001.
pub fn p_value(p: f64) -> String {
    if p < 0.0001 { format!("{p:.1e}") } else { format!("{p:.4}") }
}

/// A count in groups of three digits.
pub fn thousands(count: u64) -> String {
    grouped(&count.to_string())
}

/// `[lower, upper]`.
pub fn ends(interval: &Interval, format: impl Fn(f64) -> String) -> String {
    format!("[{}, {}]", format(interval.lower()), format(interval.upper()))
}

/// A span of time in its largest whole unit: `7 days`, `36 hours`, `90 seconds`.
pub fn duration(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (count, name) = whole.map_or((seconds, "second"), |(unit, name)| (seconds / unit, name));
    format!("{} {name}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// A count as a number on an axis; counts above 2^53 are rounded.
#[expect(clippy::cast_precision_loss, reason = "for reading and drawing")]
pub(crate) fn approximate(count: u64) -> f64 {
    count as f64
}

/// An integer's digits in groups of three, its sign before them.
fn grouped(integer: &str) -> String {
    let (sign, digits) = integer.strip_prefix('-').map_or(("", integer), |digits| ("-", digits));
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    text.push_str(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_four_digits() {
        assert_eq!(plain(51.872_435), "51.87");
        assert_eq!(plain(0.000_123_456), "0.0001235");
        assert_eq!(plain(123_456.7), "123,457");
        assert_eq!(plain(-1_234.5), "-1,234");
        assert_eq!(plain(0.0), "0");
        assert_eq!(plain(-3.2e-12), "-3.200e-12");
        assert_eq!(plain(6.02e23), "6.020e23");
        assert_eq!(significant(9.8765, 3), "9.88");
        assert_eq!(signed(-0.82), "-0.8200");
        assert_eq!(signed(0.82), "+0.8200");
    }

    #[test]
    fn shares_probabilities_and_counts() {
        assert_eq!(percent(0.190_201), "19.02%");
        assert_eq!(percent(0.95), "95%");
        assert_eq!(percent(0.0), "0%");
        assert_eq!(lift(-0.0421), "-4.210%");
        assert_eq!(p_value(0.008_61), "0.0086");
        assert_eq!(p_value(3.2e-9), "3.2e-9");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn rates_are_per_cent_and_their_differences_points() {
        let rate = Amount::of(Kind::Binary);
        assert_eq!(
            (rate.own(0.1297), rate.difference(0.0304), rate.unit()),
            ("12.97%".into(), "+3.040".into(), " pp")
        );
        let mean = Amount::of(Kind::Count);
        assert_eq!(
            (mean.own(12.42), mean.difference(-2.0), mean.unit()),
            ("12.42".into(), "-2.000".into(), "")
        );
    }

    #[test]
    fn spans_are_named_by_their_largest_whole_unit() {
        let spans = [
            (86_400, "1 day"),
            (129_600, "36 hours"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (0, "0 seconds"),
        ];
        for (seconds, expected) in spans {
            assert_eq!(duration(seconds), expected);
        }
    }
}
