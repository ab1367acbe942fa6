//! Non-negative numbers beyond the range of a float: sums of squares of numbers that a float still holds.

/// `significand · 4^exponent`, the significand in [1, 4), or zero.
///
/// Powers of four, so that the root is a float times a power of two. Each operation rounds its significand exactly as
/// floats of unbounded range would: within the range of a float all results are those of plain arithmetic, to the last
/// bit, and a change of unit by a power of two changes only the exponent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scaled {
    significand: f64,
    exponent: i32,
}

impl Scaled {
    /// `number · 4^exponent`; none unless the number is finite and not negative.
    pub(crate) fn new(number: f64, exponent: i32) -> Option<Self> {
        if number == 0.0 {
            return Some(Self::default());
        }
        if !(number > 0.0 && number.is_finite()) {
            return None;
        }
        // In [1/2, 1) · 2^power.
        let (fraction, power) = libm::frexp(number);
        let fours = (power - 1).div_euclid(2);
        let significand = libm::ldexp(fraction, power - 2 * fours);
        Some(Self { significand, exponent: exponent + fours })
    }

    /// The square; none of NaN or an infinity.
    pub(crate) fn square(number: f64) -> Option<Self> {
        let (fraction, power) = libm::frexp(number);
        Self::new(fraction * fraction, power)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.significand == 0.0
    }

    /// The sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return if self.is_zero() { other } else { self };
        }
        let exponent = self.exponent.max(other.exponent);
        let sum = self.shifted(exponent) + other.shifted(exponent);
        Self::new(sum, exponent).unwrap_or_default()
    }

    /// The sum of all.
    pub(crate) fn sum(numbers: impl Iterator<Item = Self>) -> Self {
        numbers.fold(Self::default(), Self::plus)
    }

    /// The product with a finite factor that is not negative; zero of any other.
    pub(crate) fn times(self, factor: f64) -> Self {
        self.multiplied(Self::new(factor, 0).unwrap_or_default())
    }

    /// The product of both.
    pub(crate) fn multiplied(self, other: Self) -> Self {
        let exponent = self.exponent + other.exponent;
        Self::new(self.significand * other.significand, exponent).unwrap_or_default()
    }

    /// The quotient by a divisor above 0; zero for any other.
    pub(crate) fn over(self, divisor: f64) -> Self {
        match Self::new(divisor, 0) {
            Some(divisor) if !divisor.is_zero() => {
                Self::new(self.significand / divisor.significand, self.exponent - divisor.exponent)
                    .unwrap_or_default()
            }
            _ => Self::default(),
        }
    }

    /// The quotient as a float: NaN for 0/0, infinite or 0 beyond a float's range.
    pub(crate) fn ratio(self, other: Self) -> f64 {
        let quotient = self.significand / other.significand;
        libm::ldexp(quotient, 2 * (self.exponent - other.exponent))
    }

    /// The square root; none where it is above 0 but no normal float.
    pub(crate) fn root(self) -> Option<f64> {
        normal_or_zero(libm::ldexp(self.significand.sqrt(), self.exponent), self.is_zero())
    }

    /// The number as a float; none where it is above 0 but no normal float.
    pub(crate) fn get(self) -> Option<f64> {
        normal_or_zero(libm::ldexp(self.significand, 2 * self.exponent), self.is_zero())
    }

    /// The number in units of 4^exponent; 0 or infinite beyond a float's range.
    pub(crate) fn shifted(self, exponent: i32) -> f64 {
        libm::ldexp(self.significand, 2 * (self.exponent - exponent))
    }

    /// The exponent of four.
    pub(crate) fn exponent(self) -> i32 {
        self.exponent
    }
}

fn normal_or_zero(number: f64, zero: bool) -> Option<f64> {
    (zero || number.is_normal()).then_some(number)
}

/// A running sum of products of two deviations in one unit 2^exponent, which follows the data's own magnitude.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    /// 2^−exponent; 0 as long as there has been no deviation.
    inverse: f64,
    exponent: i32,
}

/// A deviation larger than this, in units, makes a larger unit: its square is far from overflow, and what was summed in
/// the old unit is, if it is not lost, far below a rounding error of it.
const LARGE: f64 = 2.582_249_878_086_908_6e120; // 2^400

impl Unit {
    pub(crate) fn none() -> Self {
        Self { inverse: 0.0, exponent: 0 }
    }

    /// Makes the unit fit a deviation; returns what sums of squares in the old unit must be multiplied by (root first:
    /// the factor of one of the two deviations).
    pub(crate) fn fit(&mut self, deviation: f64) -> Option<f64> {
        // A unit that is not there yet fits nothing but 0; infinities and NaN change nothing and stay visible.
        let fits = deviation == 0.0 || (self.inverse > 0.0 && (deviation * self.inverse).abs() <= LARGE);
        if fits || !deviation.is_finite() {
            return None;
        }
        let (_, power) = libm::frexp(deviation);
        // The unit and its inverse stay normal floats.
        let exponent = (power - 1).clamp(-1000, 1000);
        let factor = if self.inverse > 0.0 { libm::ldexp(1.0, self.exponent - exponent) } else { 1.0 };
        *self = Self { inverse: libm::ldexp(1.0, -exponent), exponent };
        Some(factor)
    }

    /// A deviation in this unit.
    pub(crate) fn of(&self, deviation: f64) -> f64 {
        deviation * self.inverse
    }

    pub(crate) fn exponent(&self) -> i32 {
        self.exponent
    }
}

#[cfg(test)]
mod tests {
    use super::Scaled;

    fn scaled(number: f64) -> Scaled {
        Scaled::new(number, 0).unwrap_or_default()
    }

    #[test]
    fn is_plain_arithmetic_within_the_range_of_a_float() {
        for (a, b) in [(3.7, 0.2), (1e-9, 7.0), (1e20, 1e-20), (0.0, 4.0), (123.456, 123.456)] {
            let bits = |x: f64| x.to_bits();
            assert_eq!(scaled(a).get().map(bits), Some(bits(a)));
            assert_eq!(scaled(a).plus(scaled(b)).get().map(bits), Some(bits(a + b)));
            assert_eq!(scaled(a).times(b).get().map(bits), Some(bits(a * b)));
            assert_eq!(scaled(a).over(b).get().map(bits), Some(bits(a / b)));
            assert_eq!(scaled(a).root().map(bits), Some(bits(a.sqrt())));
            assert_eq!(bits(scaled(a).ratio(scaled(b))), bits(a / b));
            assert_eq!(Scaled::square(a).and_then(Scaled::get).map(bits), Some(bits(a * a)));
        }
    }

    #[test]
    fn squares_go_beyond_the_range_of_a_float() {
        for number in [1.7e308, 1e300, 1e-300, f64::MIN_POSITIVE] {
            let square = Scaled::square(number).unwrap_or_default();
            assert_eq!(square.get(), None);
            assert_eq!(square.root().map(|root| (root / number - 1.0).abs() < 1e-15), Some(true));
        }
        assert_eq!(Scaled::square(f64::INFINITY), None);
        assert_eq!(Scaled::new(-1.0, 0), None);
    }
}
