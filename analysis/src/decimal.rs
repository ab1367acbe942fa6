//! Numbers with exactly six decimal places, taken from the text of a JSON number.
//!
//! A value goes from the text that a client sent to a `DECIMAL(18, 6)` column without ever being a float, so that
//! sums over it are exact and two engines agree on every bit.

use std::fmt;

/// A number with six decimal places and at most twelve digits before them, as a `DECIMAL(18, 6)` column holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// Digits in all: the column type's precision.
    pub const PRECISION: u8 = 18;
    /// Digits after the point: the column type's scale.
    pub const SCALE: u8 = 6;
    /// The largest number, 999,999,999,999.999999; its negative is the smallest.
    pub const MAX: Decimal = Decimal(999_999_999_999_999_999);

    /// A number of millionths; none beyond ±[`Decimal::MAX`].
    pub fn from_millionths(millionths: i64) -> Option<Self> {
        (millionths.unsigned_abs() <= Self::MAX.0.unsigned_abs()).then_some(Self(millionths))
    }

    /// The number in millionths: what the column stores.
    pub fn millionths(self) -> i64 {
        self.0
    }

    /// Reads the text of a JSON number, exactly, and rounds it once: to six places, half to even.
    ///
    /// ```
    /// use edgewise_analysis::decimal::Decimal;
    ///
    /// assert_eq!(Decimal::from_json("19.99")?.millionths(), 19_990_000);
    /// assert_eq!(Decimal::from_json("1.0000005")?.to_string(), "1.000000");
    /// assert_eq!(Decimal::from_json("1.0000015")?.to_string(), "1.000002");
    /// # Ok::<(), edgewise_analysis::decimal::DecimalError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, DecimalError> {
        let number = Number::scan(text).ok_or(DecimalError::NotANumber)?;
        let millionths = number.round_to(i64::from(Self::SCALE)).ok_or(DecimalError::OutOfRange)?;
        Self::from_millionths(millionths).ok_or(DecimalError::OutOfRange)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(formatter, "{sign}{}.{:06}", magnitude / 1_000_000, magnitude % 1_000_000)
    }
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not what JSON calls a number.
    #[error("it is not a JSON number, such as 12, -0.5 or 1e3")]
    NotANumber,
    /// More than twelve digits before the point.
    #[error("it lies outside ±999999999999.999999, which is as far as values go")]
    OutOfRange,
}

/// A JSON number taken apart: `WHOLE.FRACTION × 10^exponent`.
struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Number<'a> {
    /// The parts of `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`; none for any other text.
    fn scan(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (whole, rest) = split_digits(rest);
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with(b"0")) {
            return None;
        }
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => match split_digits(rest) {
                ([], _) => return None,
                parts => parts,
            },
            rest => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', b'-', digits @ ..] => -exponent(digits)?,
            [b'e' | b'E', b'+', digits @ ..] | [b'e' | b'E', digits @ ..] => exponent(digits)?,
            _ => return None,
        };
        Some(Self { negative, whole, fraction, exponent })
    }

    /// The number times `10^places`, rounded half to even; none when it has more than eighteen digits.
    fn round_to(&self, places: i64) -> Option<i64> {
        let mut digits = self.whole.iter().chain(self.fraction).copied().peekable();
        let mut point = i64::try_from(self.whole.len()).ok()?.saturating_add(self.exponent);
        while digits.next_if_eq(&b'0').is_some() {
            point = point.saturating_sub(1);
        }
        if digits.peek().is_none() {
            return Some(0);
        }
        let kept = point.saturating_add(places);
        if kept > i64::from(Decimal::PRECISION) {
            return None;
        }
        if kept < 0 {
            return Some(0);
        }
        let mut magnitude = 0_i64;
        for _ in 0..kept {
            magnitude = magnitude * 10 + i64::from(digits.next().unwrap_or(b'0') - b'0');
        }
        let next = digits.next().unwrap_or(b'0');
        let beyond_half =
            next > b'5' || (next == b'5' && (magnitude % 2 == 1 || digits.any(|digit| digit != b'0')));
        magnitude += i64::from(beyond_half);
        Some(if self.negative { -magnitude } else { magnitude })
    }
}

/// The leading digits, and what follows them.
fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// The digits of an exponent; one beyond ±10^18 means the same as any other so large.
fn exponent(digits: &[u8]) -> Option<i64> {
    const FAR: i64 = 1_000_000_000_000_000_000;
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(FAR))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millionths(text: &str) -> Result<i64, DecimalError> {
        Decimal::from_json(text).map(Decimal::millionths)
    }

    #[test]
    fn texts_become_millionths() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e999999999999999999999999", 0),
            ("12", 12_000_000),
            ("-12.5", -12_500_000),
            ("0.1", 100_000),
            ("0.000001", 1),
            ("1e3", 1_000_000_000),
            ("1E+3", 1_000_000_000),
            ("2500e-3", 2_500_000),
            ("999999999999.999999", 999_999_999_999_999_999),
            ("1e-99999999999999999999", 0),
        ] {
            assert_eq!(millionths(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (text, expected) in [
            ("0.0000005", 0),
            ("0.0000015", 2),
            ("0.0000025", 2),
            ("-0.0000015", -2),
            ("-0.0000025", -2),
            ("0.00000050000000000000000000001", 1),
            ("0.00000049999999999999999999999", 0),
            ("5e-7", 0),
            ("5e-8", 0),
            ("15e-7", 2),
        ] {
            assert_eq!(millionths(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn numbers_that_the_column_cannot_hold_are_refused() {
        for text in ["1000000000000", "-1e12", "999999999999.9999995", "1e999999999999999999999"] {
            assert_eq!(millionths(text), Err(DecimalError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn what_json_does_not_call_a_number_is_refused() {
        for text in [
            "", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1.5.5", "0x10", "NaN", "Infinity", " 1", "1 ",
            "1e5x",
        ] {
            assert_eq!(millionths(text), Err(DecimalError::NotANumber), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_reads_back(value in -999_999_999_999_999_999_i64..=999_999_999_999_999_999) {
            let decimal = Decimal::from_millionths(value).unwrap();
            prop_assert_eq!(Decimal::from_json(&decimal.to_string()), Ok(decimal));
        }

        /// Against integer division with remainder, which is another way to the same number.
        #[test]
        fn rounding_is_integer_division_half_to_even(digits in -10_i64.pow(15)..10_i64.pow(15), down in 6_u32..15) {
            let divisor = 10_i64.pow(down - 6);
            let (floor, rest) = (digits.div_euclid(divisor), digits.rem_euclid(divisor));
            let up = 2 * rest > divisor || (2 * rest == divisor && floor % 2 != 0);
            prop_assert_eq!(millionths(&format!("{digits}e-{down}")), Ok(floor + i64::from(up)));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Decimal::from_json(&text);
        }
    }
}
