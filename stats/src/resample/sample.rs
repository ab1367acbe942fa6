//! The values of one variant's units.

use super::quantile_rule::QuantileRule;
use crate::{Absent, Estimate, Fraction, Moments, moments::count};

/// The values of one variant's units, in order of size: each different value once, with its units counted.
///
/// Made from single values or from grouped counts (value, units), as engines deliver them; both make the same sample, and
/// the order in which they come does not matter. All values are finite; there may be none.
///
/// ```
/// use edgewise_stats::resample::Sample;
///
/// let sample = Sample::from_values(&[3.0, 1.0, 3.0, 2.0])?;
/// assert_eq!(sample, Sample::from_counts(&[(3.0, 2), (1.0, 1), (2.0, 1)])?);
/// assert_eq!((sample.n(), sample.order_statistic(3)), (4, Some(3.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The different values, ascending.
    values: Vec<f64>,
    /// How many units have at most the value at the same place.
    ends: Vec<u64>,
}

impl Sample {
    /// The sample of a list of values, one per unit.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`].
    pub fn from_values(values: &[f64]) -> Result<Self, SampleError> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(SampleError::NotFinite { index, given: values[index] });
        }
        // 0.0 + (−0.0) is 0.0: zeros have one sign.
        let mut sorted: Vec<f64> = values.iter().map(|value| 0.0 + value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self::from_ordered(sorted.into_iter().map(|value| (value, 1)))
    }

    /// The sample of grouped counts: values, each with how many units have it. A value may come more than once, and with
    /// no units.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`]; [`SampleError::TooManyUnits`] if the counts overflow.
    pub fn from_counts(counts: &[(f64, u64)]) -> Result<Self, SampleError> {
        if let Some(index) = counts.iter().position(|(value, _)| !value.is_finite()) {
            return Err(SampleError::NotFinite { index, given: counts[index].0 });
        }
        let mut sorted: Vec<(f64, u64)> = counts
            .iter()
            .map(|&(value, units)| (0.0 + value, units))
            .filter(|&(_, units)| units > 0)
            .collect();
        sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        Self::from_ordered(sorted)
    }

    fn from_ordered(groups: impl IntoIterator<Item = (f64, u64)>) -> Result<Self, SampleError> {
        let mut sample = Self::default();
        let mut n = 0_u64;
        for (value, units) in groups {
            n = n.checked_add(units).ok_or(SampleError::TooManyUnits)?;
            match (sample.values.last(), sample.ends.last_mut()) {
                (Some(last), Some(end)) if last.total_cmp(&value).is_eq() => *end = n,
                _ => {
                    sample.values.push(value);
                    sample.ends.push(n);
                }
            }
        }
        Ok(sample)
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// How many different values.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// The different values with their units, ascending.
    pub fn groups(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + '_ {
        (0..self.values.len())
            .map(|i| (self.values[i], self.ends[i] - if i == 0 { 0 } else { self.ends[i - 1] }))
    }

    /// The `rank`-th smallest value, ranks from 1; none unless 1 ≤ `rank` ≤ n.
    pub fn order_statistic(&self, rank: u64) -> Option<f64> {
        if rank == 0 {
            return None;
        }
        self.values.get(self.ends.partition_point(|&end| end < rank)).copied()
    }

    /// The quantile of a level.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`].
    ///
    /// ```
    /// use edgewise_stats::{Fraction, resample::{QuantileRule, Sample}};
    ///
    /// let sample = Sample::from_values(&[1.0, 2.0, 3.0, 4.0])?;
    /// let median = Fraction::new(0.5)?;
    /// assert_eq!(sample.quantile(median, QuantileRule::NearestRank)?, 2.0);
    /// assert_eq!(sample.quantile(median, QuantileRule::Linear)?, 2.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quantile(&self, level: Fraction, rule: QuantileRule) -> Estimate<f64> {
        let place = rule.place(level, self.n())?;
        let at = |rank| self.order_statistic(rank).ok_or(Absent::NoUnits);
        let low = at(place.rank)?;
        if place.weight == 0.0 { Ok(low) } else { Ok(place.between(low, at(place.rank + 1)?)) }
    }

    /// The moments of the units.
    ///
    /// In two passes, with the value's units as weights. [`Absent::OutOfRange`] if the spread overflows.
    pub fn moments(&self) -> Estimate<Moments> {
        let n = self.n();
        let middle = match (self.values.first(), self.values.last()) {
            (Some(first), Some(last)) => first / 2.0 + last / 2.0,
            _ => return Ok(Moments::default()),
        };
        let mean = middle
            + self.groups().map(|(value, units)| (value - middle) * (count(units) / count(n))).sum::<f64>();
        let (mut deviations, mut squares) = (0.0, 0.0);
        for (value, units) in self.groups() {
            deviations += count(units) * (value - mean);
            squares += count(units) * ((value - mean) * (value - mean));
        }
        // What the rounded mean leaves. Source: the corrected two-pass algorithm of Chan, Golub & LeVeque (1983).
        Moments::from_parts(n, mean, squares - deviations * (deviations / count(n)))
            .map_err(|_| Absent::OutOfRange)
    }
}

/// Why values are not a sample.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A value is NaN or infinite.
    #[error("value {index} is {given}: only finite numbers can be resampled; exclude the unit and count it")]
    NotFinite {
        /// The value's place in the list, from 0.
        index: usize,
        /// The value.
        given: f64,
    },
    /// More units than a 64-bit number counts.
    #[error("the counts add up to more than 2^64 − 1 units: they are not counts of units")]
    TooManyUnits,
}
