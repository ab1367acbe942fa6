//! The values of one variant's units in order, for what ranks, quantiles and resampling need.

use std::borrow::Borrow;

use crate::{Absent, Estimate, Fraction, Moments, QuantileMethod, moments::count};

/// The values of one variant's units, sorted, each different value once with its units counted.
///
/// From a list of values, or from counts by value, as an engine groups them: a million units with few distinct values
/// are a short list. Both make the same sample, in whatever order they come. All values are finite; −0 is 0; there may be
/// none. Sorting takes O(n log n) once, whatever is asked afterwards.
///
/// ```
/// use edgewise_stats::Sample;
///
/// let listed = Sample::from_values([2.0, 1.0, 2.0])?;
/// let counted = Sample::from_counts([(2.0, 2), (1.0, 1), (7.0, 0)])?;
/// assert_eq!(listed, counted);
/// assert_eq!((listed.n(), listed.order_statistic(2)), (3, Some(2.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Ascending, each value once.
    values: Vec<f64>,
    /// How many units have this value or a smaller one.
    through: Vec<u64>,
}

impl Sample {
    /// The sample of a list of values, one a unit, in any order.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite.
    pub fn from_values(values: impl IntoIterator<Item: Borrow<f64>>) -> Result<Self, SampleError> {
        let values = values.into_iter().zip(0..).map(|(value, index)| checked(*value.borrow(), index));
        let mut values: Vec<f64> = values.collect::<Result<_, _>>()?;
        values.sort_unstable_by(f64::total_cmp);
        Self::from_ordered(values.into_iter().map(|value| (value, 1)))
    }

    /// The sample of values with the numbers of units that have them, in any order; values may repeat, and have no units.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite; [`SampleError::TooMany`] beyond 2^64 − 1 units.
    pub fn from_counts(counts: impl IntoIterator<Item: Borrow<(f64, u64)>>) -> Result<Self, SampleError> {
        let pairs = counts.into_iter().zip(0..).map(|(pair, index)| {
            let (value, units) = *pair.borrow();
            Ok((checked(value, index)?, units))
        });
        let mut pairs: Vec<(f64, u64)> = pairs.collect::<Result<_, _>>()?;
        pairs.retain(|(_, units)| *units > 0);
        pairs.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        Self::from_ordered(pairs)
    }

    fn from_ordered(counts: impl IntoIterator<Item = (f64, u64)>) -> Result<Self, SampleError> {
        let mut sample = Self::default();
        for (value, units) in counts {
            let n = sample.n().checked_add(units).ok_or(SampleError::TooMany)?;
            match (sample.values.last(), sample.through.last_mut()) {
                (Some(last), Some(through)) if last.total_cmp(&value).is_eq() => *through = n,
                _ => {
                    sample.values.push(value);
                    sample.through.push(n);
                }
            }
        }
        Ok(sample)
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.through.last().copied().unwrap_or(0)
    }

    /// How many different values.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// The different values in ascending order, with the numbers of units that have them.
    pub fn counts(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + '_ {
        (0..self.values.len())
            .map(|i| (self.values[i], self.through[i] - if i == 0 { 0 } else { self.through[i - 1] }))
    }

    /// The value of a rank, from 1 for the smallest to n; none beyond.
    pub fn order_statistic(&self, rank: u64) -> Option<f64> {
        if rank == 0 {
            return None;
        }
        let place = self.through.partition_point(|through| *through < rank);
        self.values.get(place).copied()
    }

    /// How many units have this value or a smaller one.
    pub fn rank(&self, value: f64) -> u64 {
        let place = self.values.partition_point(|other| *other <= value);
        if place == 0 { 0 } else { self.through[place - 1] }
    }

    /// The quantile of a level, in the values' unit.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`].
    ///
    /// ```
    /// use edgewise_stats::{Fraction, QuantileMethod, Sample};
    ///
    /// let sample = Sample::from_values([1.0, 2.0, 3.0, 4.0])?;
    /// let median = Fraction::new(0.5)?;
    /// assert_eq!(sample.quantile(median, QuantileMethod::InvertedCdf)?, 2.0);
    /// assert_eq!(sample.quantile(median, QuantileMethod::Linear)?, 2.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quantile(&self, level: Fraction, method: QuantileMethod) -> Estimate<f64> {
        let place = method.place(level, self.n())?;
        let at = |rank| self.order_statistic(rank).ok_or(Absent::NoUnits);
        let lower = at(place.rank)?;
        if place.share == 0.0 { Ok(lower) } else { place.between(lower, at(place.rank + 1)?) }
    }

    /// The moments of the units.
    ///
    /// In two passes, each value weighted with its units. Source: the corrected two-pass algorithm of Chan, Golub &
    /// LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician 37(3).
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if the spread overflows.
    ///
    /// ```
    /// use edgewise_stats::Sample;
    ///
    /// // numpy: var([1, 2, 2, 7], ddof=1)
    /// let moments = Sample::from_counts([(1.0, 1), (2.0, 2), (7.0, 1)])?.moments()?;
    /// assert!((moments.variance()? - 7.333_333_333).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn moments(&self) -> Estimate<Moments> {
        let n = self.n();
        let middle = match (self.values.first(), self.values.last()) {
            (Some(first), Some(last)) => first / 2.0 + last / 2.0,
            _ => return Ok(Moments::default()),
        };
        let mean = middle
            + self.counts().map(|(value, units)| (value - middle) * (count(units) / count(n))).sum::<f64>();
        let (mut deviations, mut squares) = (0.0, 0.0);
        for (value, units) in self.counts() {
            deviations += count(units) * (value - mean);
            squares += count(units) * ((value - mean) * (value - mean));
        }
        // Less what the rounded mean leaves.
        Moments::from_parts(n, mean, squares - deviations * (deviations / count(n)))
            .map_err(|_| Absent::OutOfRange)
    }

    /// The different values, ascending.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many units have the value at the same place or a smaller one.
    pub(crate) fn through(&self) -> &[u64] {
        &self.through
    }
}

/// A finite value, whose zero has one sign: −0 + 0 is 0.
fn checked(value: f64, index: u64) -> Result<f64, SampleError> {
    if value.is_finite() { Ok(value + 0.0) } else { Err(SampleError::NotFinite { index, given: value }) }
}

/// Why values are no sample.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A value is NaN or infinite.
    #[error(
        "value {index} is {given}: only finite numbers can be ranked or drawn; exclude the unit and count it"
    )]
    NotFinite {
        /// The value's place in the list, from 0.
        index: u64,
        /// The value.
        given: f64,
    },
    /// More units than a 64-bit number counts.
    #[error(
        "there are more than 2^64 − 1 units: check the counts, which are probably sums of something else"
    )]
    TooMany,
}
