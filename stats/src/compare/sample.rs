//! The values of one variant in order, for what ranks and quantiles need.

/// The values of one variant, sorted, equal ones counted together.
///
/// From a list of values, or from counts by value, as an engine groups them: a million units with few distinct values
/// are a short list. All values are finite; −0 is 0. Sorting takes O(n log n) once, whatever is asked afterwards.
///
/// ```
/// use edgewise_stats::compare::Sample;
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

/// The most units of a sample: twice the number of pairs of two samples then fits into 128 bits.
const MOST: u64 = 1 << 62;

impl Sample {
    /// The sample of a list of values, in any order.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite.
    pub fn from_values(values: impl IntoIterator<Item = f64>) -> Result<Self, SampleError> {
        Self::from_counts(values.into_iter().map(|value| (value, 1)))
    }

    /// The sample of values with the numbers of units that have them, in any order; values may repeat.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite; [`SampleError::TooMany`] beyond 2^62 units.
    pub fn from_counts(counts: impl IntoIterator<Item = (f64, u64)>) -> Result<Self, SampleError> {
        let mut pairs: Vec<(f64, u64)> = Vec::new();
        for ((value, count), index) in counts.into_iter().zip(0..) {
            if !value.is_finite() {
                return Err(SampleError::NotFinite { index, given: value });
            }
            if count > 0 {
                // −0 + 0 is 0.
                pairs.push((value + 0.0, count));
            }
        }
        pairs.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let mut sample = Self::default();
        for (value, count) in pairs {
            let through = sample.n().checked_add(count).filter(|n| *n <= MOST).ok_or(SampleError::TooMany)?;
            if sample.values.last().is_some_and(|last| last.to_bits() == value.to_bits()) {
                sample.through.pop();
            } else {
                sample.values.push(value);
            }
            sample.through.push(through);
        }
        Ok(sample)
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.through.last().copied().unwrap_or(0)
    }

    /// The values in ascending order, each once, with the numbers of units that have them.
    pub fn counts(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let before = [0].into_iter().chain(self.through.iter().copied());
        self.values
            .iter()
            .zip(&self.through)
            .zip(before)
            .map(|((&value, &through), before)| (value, through - before))
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

    /// The distinct values, ascending.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many units have the value at the same place or a smaller one.
    pub(super) fn through(&self) -> &[u64] {
        &self.through
    }
}

/// Why values are no sample.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A value is NaN or infinite.
    #[error("value {index} is {given}: only finite numbers can be ranked; exclude the unit and count it")]
    NotFinite {
        /// The value's place in the list, from 0.
        index: u64,
        /// The value.
        given: f64,
    },
    /// More units than can be counted in pairs.
    #[error("there are more than 2^62 units: check the counts, which are probably sums of something else")]
    TooMany,
}
