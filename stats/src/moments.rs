//! Count, mean and spread of a continuous metric over the units of one variant.

use serde::Serialize;

use crate::{Absent, Estimate, wide::Wide};

/// How many units, their mean, and the sum of squared deviations from that mean.
///
/// Moments of disjoint sets of units [merge](Self::merge), so that they can be computed in parts. The mean is in the
/// metric's unit; all numbers are finite and the sum of squared deviations is not negative.
///
/// ```
/// use edgewise_stats::Moments;
///
/// let moments = Moments::from_values([2.0, 4.0, 9.0])?;
/// assert_eq!((moments.n(), moments.mean()?, moments.variance()?), (3, 5.0, 13.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Moments {
    n: u64,
    mean: f64,
    squared_deviations: f64,
}

/// The largest scale of [`Moments::from_scaled_sums`]: squares then have 38 decimal places, the most that a DECIMAL(38)
/// has.
pub(crate) const MAX_SCALE: u32 = 19;

impl Moments {
    /// The moments of a list of values, in one pass.
    ///
    /// Source: Welford (1962), "Note on a method for calculating corrected sums of squares and products",
    /// Technometrics 4(3).
    ///
    /// # Errors
    ///
    /// [`MomentsError::NotFinite`] if a value is NaN or infinite; [`MomentsError::OutOfRange`] if the spread of the
    /// values overflows.
    pub fn from_values(values: impl IntoIterator<Item = f64>) -> Result<Self, MomentsError> {
        let mut moments = Self::default();
        for value in values {
            if !value.is_finite() {
                return Err(MomentsError::NotFinite { index: moments.n, given: value });
            }
            moments.n += 1;
            let deviation = value - moments.mean;
            moments.mean += deviation / count(moments.n);
            moments.squared_deviations += deviation * (value - moments.mean);
        }
        moments.checked()
    }

    /// The moments of a variant whose units were summed exactly, as integers.
    ///
    /// With values of `scale` decimal places, `sum` is Σy · 10^scale and `sum_of_squares` is Σy² · 10^(2·scale): the
    /// unscaled integers of DECIMAL sums. Forms n·Σy² − (Σy)² in 256-bit integers, so nothing cancels: the mean and the
    /// sum of squared deviations are the exact ones, but for the last digit of a float.
    ///
    /// ```
    /// use edgewise_stats::Moments;
    ///
    /// // 10000000.1 and 10000000.3, one decimal place: a sum of squares in floats would lose the spread.
    /// let (a, b) = (100_000_001_i128, 100_000_003_i128);
    /// let moments = Moments::from_scaled_sums(2, a + b, a * a + b * b, 1)?;
    /// assert_eq!((moments.mean()?, moments.variance()?), (10_000_000.2, 0.02));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MomentsError::ScaleTooLarge`] above 19; [`MomentsError::SumsOfNothing`] if `n` is 0 and a sum is not;
    /// [`MomentsError::ImpossibleSums`] if no `n` values have these sums (Σy² < 0 or n·Σy² < (Σy)²), which is how an
    /// overflow in an engine that wraps silently shows itself.
    pub fn from_scaled_sums(
        n: u64,
        sum: i128,
        sum_of_squares: i128,
        scale: u32,
    ) -> Result<Self, MomentsError> {
        if scale > MAX_SCALE {
            return Err(MomentsError::ScaleTooLarge { scale });
        }
        if n == 0 {
            return if sum == 0 && sum_of_squares == 0 {
                Ok(Self::default())
            } else {
                Err(MomentsError::SumsOfNothing { sum, sum_of_squares })
            };
        }
        let impossible = MomentsError::ImpossibleSums { n, sum, sum_of_squares };
        let squares = u128::try_from(sum_of_squares).map_err(|_| impossible)?;
        let magnitude = sum.unsigned_abs();
        let centered = Wide::product(u128::from(n), squares)
            .checked_sub(Wide::product(magnitude, magnitude))
            .ok_or(impossible)?;
        let ten_to_the_scale = 10_u128.pow(scale);
        Self {
            n,
            mean: integer(magnitude) * sign(sum) / integer(u128::from(n) * ten_to_the_scale),
            squared_deviations: centered.to_f64() / count(n) / integer(ten_to_the_scale * ten_to_the_scale),
        }
        .checked()
    }

    /// The moments of a variant that was reported as mean and standard deviation (of n − 1).
    ///
    /// # Errors
    ///
    /// [`MomentsError::NotFinite`] if a number is NaN or infinite; [`MomentsError::NegativeDeviation`];
    /// [`MomentsError::OutOfRange`] if the squared deviations overflow.
    pub fn from_mean_and_deviation(n: u64, mean: f64, standard_deviation: f64) -> Result<Self, MomentsError> {
        for (index, given) in [(0, mean), (1, standard_deviation)] {
            if !given.is_finite() {
                return Err(MomentsError::NotFinite { index, given });
            }
        }
        if standard_deviation < 0.0 {
            return Err(MomentsError::NegativeDeviation { given: standard_deviation });
        }
        if n == 0 {
            return Ok(Self::default());
        }
        let squared_deviations = standard_deviation * standard_deviation * count(n - 1);
        Self { n, mean, squared_deviations }.checked()
    }

    /// The moments of both sets of units together.
    ///
    /// Source: Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician
    /// 37(3).
    ///
    /// # Errors
    ///
    /// [`MomentsError::OutOfRange`] if the count or the spread overflows.
    pub fn merge(&self, other: &Self) -> Result<Self, MomentsError> {
        if self.n == 0 || other.n == 0 {
            return Ok(if self.n == 0 { *other } else { *self });
        }
        let n = self.n.checked_add(other.n).ok_or(MomentsError::OutOfRange)?;
        let apart = other.mean - self.mean;
        let share = count(other.n) / count(n);
        Self {
            n,
            mean: self.mean + apart * share,
            squared_deviations: self.squared_deviations
                + other.squared_deviations
                + apart * apart * count(self.n) * share,
        }
        .checked()
    }

    /// Count, mean and sum of squared deviations as they are.
    pub(crate) fn from_parts(n: u64, mean: f64, squared_deviations: f64) -> Result<Self, MomentsError> {
        if n == 0 { Ok(Self::default()) } else { Self { n, mean, squared_deviations }.checked() }
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The mean, in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`].
    pub fn mean(&self) -> Estimate<f64> {
        if self.n == 0 { Err(Absent::NoUnits) } else { Ok(self.mean) }
    }

    /// Σ(y − ȳ)², in the metric's unit squared; 0 without units.
    pub fn squared_deviations(&self) -> f64 {
        self.squared_deviations
    }

    /// The unbiased sample variance Σ(y − ȳ)² / (n − 1), in the metric's unit squared. It may be 0.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`] for a single unit.
    pub fn variance(&self) -> Estimate<f64> {
        match self.n {
            0 => Err(Absent::NoUnits),
            1 => Err(Absent::TooFewUnits),
            n => Ok(self.squared_deviations / count(n - 1)),
        }
    }

    /// The sample standard deviation, the root of the [variance](Self::variance).
    ///
    /// # Errors
    ///
    /// Those of the variance.
    pub fn standard_deviation(&self) -> Estimate<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Keeps the promise that every number is finite and the squared deviations are not negative.
    fn checked(self) -> Result<Self, MomentsError> {
        if self.mean.is_finite() && self.squared_deviations.is_finite() {
            Ok(Self { squared_deviations: self.squared_deviations.max(0.0), ..self })
        } else {
            Err(MomentsError::OutOfRange)
        }
    }
}

/// Why numbers are not the moments of anything.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentsError {
    /// A value is NaN or infinite.
    #[error("value {index} is {given}: only finite numbers can be summarised; exclude the unit and count it")]
    NotFinite {
        /// The value's place in the list, from 0.
        index: u64,
        /// The value.
        given: f64,
    },
    /// A row, or a list of sums, has another number of numbers than its fellows.
    #[error("row {index} has {given} numbers instead of {expected}: each unit needs the same numbers")]
    Width {
        /// The row's place in the list, from 0.
        index: u64,
        /// How many numbers it should have.
        expected: usize,
        /// How many it has.
        given: usize,
    },
    /// A standard deviation is negative.
    #[error("the standard deviation is {given}; it must be zero or positive")]
    NegativeDeviation {
        /// What was given.
        given: f64,
    },
    /// More decimal places than a DECIMAL's square can have.
    #[error(
        "the scale is {scale}; at most 19 decimal places are possible, because squares have twice as many"
    )]
    ScaleTooLarge {
        /// What was given.
        scale: u32,
    },
    /// Sums that are not zero over no units.
    #[error(
        "there are no units, but their sum is {sum} and their sum of squares {sum_of_squares}: both must be 0"
    )]
    SumsOfNothing {
        /// The unscaled sum.
        sum: i128,
        /// The unscaled sum of squares.
        sum_of_squares: i128,
    },
    /// No values have these sums.
    #[error(
        "no {n} values have the sum {sum} and the sum of squares {sum_of_squares} (unscaled): the engine's sums have overflowed or belong to different sets of units"
    )]
    ImpossibleSums {
        /// The number of units.
        n: u64,
        /// The unscaled sum.
        sum: i128,
        /// The unscaled sum of squares.
        sum_of_squares: i128,
    },
    /// The moments are beyond what a 64-bit float can hold.
    #[error("the values spread too far for a 64-bit number: measure the metric in a larger unit")]
    OutOfRange,
}

/// A count as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count beyond 2^53 loses less than the estimate's own error"
)]
pub(crate) fn count(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "the nearest float of an exact integer is what is wanted")]
pub(crate) fn integer(n: u128) -> f64 {
    n as f64
}

pub(crate) fn sign(n: i128) -> f64 {
    if n < 0 { -1.0 } else { 1.0 }
}
