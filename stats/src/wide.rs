//! Unsigned 256-bit integers: just enough to form n·Σy² − (Σy)² without rounding.

use std::cmp::Ordering;

/// `high · 2^128 + low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    /// The exact product.
    pub(crate) fn product(a: u128, b: u128) -> Self {
        let half = |x: u128| (x >> 64, x & u128::from(u64::MAX));
        let ((a1, a0), (b1, b0)) = (half(a), half(b));
        // a·b = a1·b1·2^128 + (a1·b0 + a0·b1)·2^64 + a0·b0; no partial product exceeds 128 bits.
        let (middle, carry) = (a1 * b0).overflowing_add(a0 * b1);
        let (low, carry_low) = (a0 * b0).overflowing_add(middle << 64);
        let high = a1 * b1 + (middle >> 64) + (u128::from(carry) << 64) + u128::from(carry_low);
        Self { high, low }
    }

    /// The exact sum; none if it would exceed 256 bits.
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.checked_add(other.high)?.checked_add(u128::from(carry))?;
        Some(Self { high, low })
    }

    /// The exact difference; none if it would be negative.
    pub(crate) fn checked_sub(self, other: Self) -> Option<Self> {
        if self.cmp(&other) == Ordering::Less {
            return None;
        }
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Some(Self { high: self.high - other.high - u128::from(borrow), low })
    }

    /// The nearest float, ties to even.
    #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest float is what this does")]
    pub(crate) fn to_f64(self) -> f64 {
        if self.high == 0 {
            return self.low as f64;
        }
        let shift = self.high.leading_zeros();
        let (top, rest) = if shift == 0 {
            (self.high, self.low)
        } else {
            (self.high << shift | self.low >> (128 - shift), self.low << shift)
        };
        // The lowest bit stands for all bits below it, so that the conversion rounds once and correctly.
        let sticky = top | u128::from(rest != 0);
        sticky as f64 * libm::exp2(f64::from(128 - shift))
    }

    fn cmp(&self, other: &Self) -> Ordering {
        (self.high, self.low).cmp(&(other.high, other.low))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test may round as the platform does")]
mod tests {
    use super::Wide;

    #[test]
    fn product_of_the_largest_numbers() {
        // (2^128 − 1)² = 2^256 − 2^129 + 1
        assert_eq!(Wide::product(u128::MAX, u128::MAX), Wide { high: u128::MAX - 1, low: 1 });
    }

    #[test]
    fn a_difference_of_one_survives_beyond_128_bits() {
        // (2^100 + 1)² − 2^100·(2^100 + 2) = 1
        let x = 1_u128 << 100;
        let one = Wide::product(x + 1, x + 1).checked_sub(Wide::product(x, x + 2));
        assert_eq!(one, Some(Wide { high: 0, low: 1 }));
        assert_eq!(Wide::product(x, x + 2).checked_sub(Wide::product(x + 1, x + 1)), None);
    }

    #[test]
    fn rounds_once() {
        assert_eq!(Wide::product(1 << 127, 4).to_f64().to_bits(), 2_f64.powi(129).to_bits());
        // 2^192 + 2^139 is half way between two floats (spacing 2^140) and goes to the even one; one more goes up.
        let half_way = Wide { high: (1 << 64) + (1 << 11), low: 0 };
        assert_eq!(half_way.to_f64().to_bits(), 2_f64.powi(192).to_bits());
        let above = Wide { low: 1, ..half_way };
        assert_eq!(above.to_f64().to_bits(), (2_f64.powi(192) + 2_f64.powi(140)).to_bits());
    }
}
