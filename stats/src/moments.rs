//! Count, mean and spread of a continuous metric over the units of one variant.

use serde::Serialize;

use crate::{
    Absent, Estimate,
    scaled::{Scaled, Unit},
    wide::Wide,
};

/// How many units, their mean, and the sum of squared deviations from that mean.
///
/// Moments of disjoint sets of units [merge](Self::merge), so that they can be computed in parts. The mean is in the
/// metric's unit; all numbers are finite and the sum of squared deviations is not negative. It is kept with an exponent
/// of its own, so that values of 1e300 or 1e-300, whose squares no float holds, are summarised like any others: a change
/// of unit by a power of two changes no other bit.
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
    #[serde(serialize_with = "or_null")]
    squared_deviations: Scaled,
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
        let (mut n, mut mean, mut squares) = (0, 0.0, 0.0);
        let mut unit = Unit::none();
        for value in values {
            if !value.is_finite() {
                return Err(MomentsError::NotFinite { index: n, given: value });
            }
            n += 1;
            let before = value - mean;
            mean += before / count(n);
            let after = value - mean;
            if n > 1 {
                if let Some(factor) = unit.fit(before) {
                    squares = squares * factor * factor;
                }
                squares += unit.of(before) * unit.of(after);
            }
        }
        // Rounding may leave the square of a value that is its own mean slightly below 0.
        Self::new(n, mean, Scaled::new(if squares < 0.0 { 0.0 } else { squares }, unit.exponent()))
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
        let squares = centered.to_f64() / count(n) / integer(ten_to_the_scale * ten_to_the_scale);
        let mean = integer(magnitude) * sign(sum) / integer(u128::from(n) * ten_to_the_scale);
        Self::from_parts(n, mean, squares)
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
        Self::new(n, mean, Scaled::square(standard_deviation).map(|square| square.times(count(n - 1))))
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
        let between =
            Scaled::square(apart).ok_or(MomentsError::OutOfRange)?.times(count(self.n)).times(share);
        let within = self.squared_deviations.plus(other.squared_deviations);
        Self::new(n, self.mean + apart * share, Some(within.plus(between)))
    }

    /// Count, mean and sum of squared deviations as they are; 0 for a sum below it.
    pub(crate) fn from_parts(n: u64, mean: f64, squared_deviations: f64) -> Result<Self, MomentsError> {
        let squares = if squared_deviations < 0.0 { 0.0 } else { squared_deviations };
        if n == 0 { Ok(Self::default()) } else { Self::new(n, mean, Scaled::new(squares, 0)) }
    }

    /// Keeps the promise that every number is finite and the squared deviations are not negative.
    pub(crate) fn new(n: u64, mean: f64, squared_deviations: Option<Scaled>) -> Result<Self, MomentsError> {
        match squared_deviations {
            Some(squared_deviations) if mean.is_finite() => Ok(Self { n, mean, squared_deviations }),
            _ => Err(MomentsError::OutOfRange),
        }
    }

    /// Σ(y − ȳ)², whatever its range.
    pub(crate) fn squares(&self) -> Scaled {
        self.squared_deviations
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
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if it is not 0 but no normal 64-bit number either.
    pub fn squared_deviations(&self) -> Estimate<f64> {
        self.squared_deviations.get().ok_or(Absent::OutOfRange)
    }

    /// The unbiased sample variance Σ(y − ȳ)² / (n − 1), in the metric's unit squared. It may be 0.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`] for a single unit; [`Absent::OutOfRange`] if it is not 0 but no
    /// normal 64-bit number either: then the [standard deviation](Self::standard_deviation) still may be one.
    pub fn variance(&self) -> Estimate<f64> {
        self.scaled_variance()?.get().ok_or(Absent::OutOfRange)
    }

    /// The sample standard deviation, the root of the [variance](Self::variance).
    ///
    /// ```
    /// use edgewise_stats::{Absent, Moments};
    ///
    /// let moments = Moments::from_values([1e300, 2e300, 3e300])?;
    /// assert!((moments.standard_deviation()? / 1e300 - 1.0).abs() < 1e-15);
    /// assert_eq!(moments.variance(), Err(Absent::OutOfRange));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`] for a single unit; [`Absent::OutOfRange`] if it is not 0 but no
    /// normal 64-bit number either.
    pub fn standard_deviation(&self) -> Estimate<f64> {
        self.scaled_variance()?.root().ok_or(Absent::OutOfRange)
    }

    /// The variance, whatever its range.
    fn scaled_variance(&self) -> Estimate<Scaled> {
        match self.n {
            0 => Err(Absent::NoUnits),
            1 => Err(Absent::TooFewUnits),
            n => Ok(self.squared_deviations.over(count(n - 1))),
        }
    }
}

/// The number, or null where it is beyond the range of a float.
fn or_null<S: serde::Serializer>(number: &Scaled, serializer: S) -> Result<S::Ok, S::Error> {
    number.get().serialize(serializer)
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
