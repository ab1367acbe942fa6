//! Exact shares: percent, decimals and fractions without rounding.

use std::{cmp::Ordering, fmt};
use thiserror::Error;

/// A non-negative rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    numerator: u128,
    denominator: u128,
}

/// Why something is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShareError {
    /// Neither `12.5%` nor `0.125` nor `1/8`.
    #[error("is no percentage, decimal or fraction")]
    NotAShare,
    /// Below 0.
    #[error("is negative")]
    Negative,
    /// More digits than are read exactly.
    #[error("has more than {MOST_DIGITS} digits")]
    TooLong,
    /// Divided by 0.
    #[error("divides by zero")]
    ZeroDenominator,
    /// Fractions whose common denominator does not fit in 128 bits.
    #[error("cannot be added exactly to the others: the common denominator is too large")]
    TooFine,
}

/// Digits before and after the point together. Two such denominators still multiply within 128 bits.
const MOST_DIGITS: usize = 15;

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// All of it.
    pub const WHOLE: Self = Self { numerator: 1, denominator: 1 };

    /// A whole number.
    pub const fn whole(number: u32) -> Self {
        Self { numerator: number as u128, denominator: 1 }
    }

    /// `numerator / denominator`.
    pub fn fraction(numerator: u128, denominator: u128) -> Result<Self, ShareError> {
        if denominator == 0 {
            return Err(ShareError::ZeroDenominator);
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Reads `33.34%`, `0.3334` or `1/3`.
    pub fn read(text: &str) -> Result<Self, ShareError> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(ShareError::Negative);
        }
        if let Some((numerator, denominator)) = text.split_once('/') {
            let numerator = decimal(numerator.trim(), 1)?;
            let denominator = decimal(denominator.trim(), 1)?;
            return numerator.divided_by(denominator);
        }
        match text.strip_suffix('%') {
            Some(percent) => decimal(percent.trim_end(), 100),
            None => decimal(text, 1),
        }
    }

    /// The exact sum.
    pub fn plus(self, other: Self) -> Result<Self, ShareError> {
        let divisor = greatest_common_divisor(self.denominator, other.denominator);
        let scale = other.denominator / divisor;
        let scaled = |number: u128, by: u128| number.checked_mul(by).ok_or(ShareError::TooFine);
        let mine = scaled(self.numerator, scale)?;
        let others = scaled(other.numerator, self.denominator / divisor)?;
        let numerator = mine.checked_add(others).ok_or(ShareError::TooFine)?;
        Self::fraction(numerator, scaled(self.denominator, scale)?)
    }

    /// The exact difference, never below zero.
    pub fn minus(self, other: Self) -> Result<Self, ShareError> {
        let denominator = self.denominator.checked_mul(other.denominator).ok_or(ShareError::TooFine)?;
        let mine = self.numerator.checked_mul(other.denominator).ok_or(ShareError::TooFine)?;
        let others = other.numerator.checked_mul(self.denominator).ok_or(ShareError::TooFine)?;
        Self::fraction(mine.saturating_sub(others), denominator)
    }

    /// The exact product.
    pub fn times(self, other: Self) -> Result<Self, ShareError> {
        let numerator = self.numerator.checked_mul(other.numerator).ok_or(ShareError::TooFine)?;
        let denominator = self.denominator.checked_mul(other.denominator).ok_or(ShareError::TooFine)?;
        Self::fraction(numerator, denominator)
    }

    /// The exact quotient.
    pub fn divided_by(self, other: Self) -> Result<Self, ShareError> {
        if other.numerator == 0 {
            return Err(ShareError::ZeroDenominator);
        }
        let numerator = self.numerator.checked_mul(other.denominator).ok_or(ShareError::TooFine)?;
        let denominator = self.denominator.checked_mul(other.numerator).ok_or(ShareError::TooFine)?;
        Self::fraction(numerator, denominator)
    }

    /// As a floating-point number: that of the decimal that was written, where its parts have at most fifteen digits.
    #[expect(clippy::cast_precision_loss, reason = "rounded where they are longer")]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// How many of `number` things this share is, rounded down, and the exact rest, below 1.
    pub fn of(self, number: u32) -> Result<(u128, Self), ShareError> {
        let product = self.numerator.checked_mul(u128::from(number)).ok_or(ShareError::TooFine)?;
        let rest = Self::fraction(product % self.denominator, self.denominator)?;
        Ok((product / self.denominator, rest))
    }

    /// The exact sum of all.
    pub fn sum(shares: impl IntoIterator<Item = Self>) -> Result<Self, ShareError> {
        shares.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

/// Reads digits with an optional point and divides them by `divisor`.
fn decimal(text: &str, divisor: u128) -> Result<Share, ShareError> {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let digits = || before.bytes().chain(after.bytes());
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
        return Err(ShareError::NotAShare);
    }
    if digits().count() > MOST_DIGITS {
        return Err(ShareError::TooLong);
    }
    let numerator = digits().fold(0, |sum, digit| sum * 10 + u128::from(digit - b'0'));
    let scale = after.bytes().fold(1, |scale: u128, _| scale * 10);
    Share::fraction(numerator, scale * divisor)
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Share {
    /// Compares by continued fractions, which never overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        let mut order = Ordering::Equal;
        let mut flipped = false;
        while order == Ordering::Equal {
            order = (a.numerator / a.denominator).cmp(&(b.numerator / b.denominator));
            let rests = (a.numerator % a.denominator, b.numerator % b.denominator);
            if order == Ordering::Equal {
                match rests {
                    (0, 0) => break,
                    (0, _) => order = Ordering::Less,
                    (_, 0) => order = Ordering::Greater,
                    (rest_a, rest_b) => {
                        a = Self { numerator: a.denominator, denominator: rest_a };
                        b = Self { numerator: b.denominator, denominator: rest_b };
                        flipped = !flipped;
                    }
                }
            }
        }
        if flipped { order.reverse() } else { order }
    }
}

/// As a percentage where that is exact within the digits that are read, else as a fraction.
impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.denominator;
        while rest.is_multiple_of(2) {
            rest /= 2;
        }
        while rest.is_multiple_of(5) {
            rest /= 5;
        }
        let scale = 10_u128.pow(12);
        match self.numerator.checked_mul(100 * scale) {
            Some(scaled) if rest == 1 && scaled.is_multiple_of(self.denominator) => {
                let scaled = scaled / self.denominator;
                let (whole, decimals) = (scaled / scale, scaled % scale);
                let decimals = format!("{decimals:012}");
                match decimals.trim_end_matches('0') {
                    "" => write!(formatter, "{whole}%"),
                    decimals => write!(formatter, "{whole}.{decimals}%"),
                }
            }
            _ if self.denominator == 1 => write!(formatter, "{}", self.numerator),
            _ => write!(formatter, "{}/{}", self.numerator, self.denominator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(text: &str) -> Share {
        Share::read(text).unwrap()
    }

    #[test]
    fn percent_decimals_and_fractions_are_read_exactly() {
        assert_eq!(share("25%"), share("0.25"));
        assert_eq!(share("1/4"), share(".25"));
        assert_eq!(share("0.5 %"), share("1/200"));
        assert_eq!(share("1.5/3"), share("50%"));
        for (text, error) in [
            ("", ShareError::NotAShare),
            ("half", ShareError::NotAShare),
            ("1e3", ShareError::NotAShare),
            ("-1%", ShareError::Negative),
            ("1/0", ShareError::ZeroDenominator),
            ("0.1234567890123456", ShareError::TooLong),
        ] {
            assert_eq!(Share::read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn thirds_written_as_percentages_sum_only_if_they_do() {
        let sum = |shares: [&str; 3]| Share::sum(shares.map(share)).unwrap();
        assert_eq!(sum(["33.33%", "33.33%", "33.34%"]), Share::WHOLE);
        assert_eq!(sum(["1/3", "1/3", "1/3"]), Share::WHOLE);
        assert_eq!(sum(["33.33%", "33.33%", "33.33%"]).to_string(), "99.99%");
        assert_eq!(sum(["1/3", "1/3", "1/6"]).to_string(), "5/6");
    }

    #[test]
    fn shares_of_a_number_keep_their_rest() {
        assert_eq!(share("1/3").of(1_000_000).unwrap(), (333_333, share("1/3")));
        assert_eq!(Share::WHOLE.of(7).unwrap(), (7, Share::ZERO));
    }

    proptest! {
        #[test]
        fn order_agrees_with_cross_multiplication(a in 0_u64.., b in 1_u64.., c in 0_u64.., d in 1_u64..) {
            let left = Share::fraction(a.into(), b.into()).unwrap();
            let right = Share::fraction(c.into(), d.into()).unwrap();
            let crossed = (u128::from(a) * u128::from(d)).cmp(&(u128::from(c) * u128::from(b)));
            prop_assert_eq!(left.cmp(&right), crossed);
        }
    }
}
