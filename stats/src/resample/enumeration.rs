//! The bootstrap distribution without chance: every possible resample of a few units.

use crate::{
    Estimate, Fraction, QuantileMethod, Sample, SampleError,
    moments::{count, integer},
};

/// The most units whose resamples are enumerated: 12 units have 1,352,078 different ones.
pub const MAX_UNITS: usize = 12;

/// The exact bootstrap distribution of a statistic: its value in each of the nⁿ equally likely resamples.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactBootstrap {
    outcomes: Sample,
}

/// Enumerates all resamples of up to [`MAX_UNITS`] units.
///
/// A resample is n units drawn with replacement in order, each of the nⁿ orders equally likely. The C(2n − 1, n) different
/// sets are visited once each, with the number of orders n! / Π cᵢ! that give them. The statistic gets each set's values,
/// n of them, in the order of `values`.
///
/// Source: Fisher & Hall (1991), "Bootstrap algorithms for small samples", Journal of Statistical Planning and Inference
/// 27(2).
///
/// # Errors
///
/// [`EnumerationError`] for no units or more than [`MAX_UNITS`]; where a value or a statistic is not finite.
///
/// ```
/// use edgewise_stats::resample::enumerate;
///
/// // The 27 resamples of three units.
/// let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
/// let exact = enumerate(&[1.0, 2.0, 6.0], mean)?;
/// assert!((exact.mean() - 3.0).abs() < 1e-15 && (exact.variance() - 14.0 / 9.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn enumerate(
    values: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
) -> Result<ExactBootstrap, EnumerationError> {
    let n = values.len();
    if n == 0 || n > MAX_UNITS {
        return Err(EnumerationError::Units { given: n });
    }
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(EnumerationError::Values(SampleError::NotFinite {
            index: index as u64,
            given: values[index],
        }));
    }
    let mut outcomes = Vec::new();
    let mut drawn = Vec::with_capacity(n);
    // Nondecreasing lists of indices: each set of n indices once.
    let mut set = vec![0_usize; n];
    loop {
        drawn.clear();
        drawn.extend(set.iter().map(|&index| values[index]));
        let value = statistic(&drawn);
        if !value.is_finite() {
            return Err(EnumerationError::Statistic { given: value });
        }
        outcomes.push((value, orders(&set)));
        let Some(place) = set.iter().rposition(|&index| index + 1 < n) else { break };
        let next = set[place] + 1;
        set[place..].fill(next);
    }
    let outcomes = Sample::from_counts(&outcomes).map_err(EnumerationError::Values)?;
    Ok(ExactBootstrap { outcomes })
}

/// n! / Π cᵢ!, the orders of a nondecreasing list of at most 12 indices.
fn orders(set: &[usize]) -> u64 {
    let mut orders = 1;
    let mut equal = 0;
    for (i, index) in set.iter().enumerate() {
        equal = if i > 0 && set[i - 1] == *index { equal + 1 } else { 1 };
        // Multiplied to n! and divided by each cᵢ! on the way; binomial coefficients keep it whole.
        orders = orders * (i as u64 + 1) / equal;
    }
    orders
}

impl ExactBootstrap {
    /// How many resamples: nⁿ.
    pub fn resamples(&self) -> u64 {
        self.outcomes.n()
    }

    /// The different values with the number of resamples that have them, ascending.
    pub fn outcomes(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + '_ {
        self.outcomes.counts()
    }

    /// The mean over all resamples.
    pub fn mean(&self) -> f64 {
        let n = count(self.resamples());
        self.outcomes().map(|(value, orders)| value * (count(orders) / n)).sum()
    }

    /// The variance over all resamples (divided by nⁿ, because they are all there are): the exact square of the
    /// bootstrap's standard error.
    pub fn variance(&self) -> f64 {
        let (n, mean) = (count(self.resamples()), self.mean());
        self.outcomes().map(|(value, orders)| (value - mean) * (value - mean) * (count(orders) / n)).sum()
    }

    /// The quantile over all resamples, each counted; percentile intervals use [`QuantileMethod::Linear`].
    ///
    /// # Errors
    ///
    /// None for a distribution that was enumerated; the type is that of [`Sample::quantile`].
    ///
    /// ```
    /// use edgewise_stats::{Fraction, QuantileMethod, resample::enumerate};
    ///
    /// let exact = enumerate(&[1.0, 2.0, 6.0], |values| values.iter().sum::<f64>() / 3.0)?;
    /// assert!((exact.quantile(Fraction::new(0.025)?, QuantileMethod::Linear)? - 1.216_666_667).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quantile(&self, level: Fraction, method: QuantileMethod) -> Estimate<f64> {
        self.outcomes.quantile(level, method)
    }

    /// The share of resamples below a value, those equal to it counted half: what BCa's bias correction is made of.
    pub fn share_below(&self, value: f64) -> f64 {
        let twice = |outcome: f64| u128::from(outcome < value) + u128::from(outcome <= value);
        let sum: u128 = self.outcomes().map(|(outcome, orders)| twice(outcome) * u128::from(orders)).sum();
        integer(sum) / (2.0 * count(self.resamples()))
    }
}

/// Why resamples cannot be enumerated.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnumerationError {
    /// No units, or too many.
    #[error("{given} units were given; from 1 to 12 can be enumerated: draw resamples instead")]
    Units {
        /// How many were given.
        given: usize,
    },
    /// The values are no sample.
    #[error(transparent)]
    Values(SampleError),
    /// The statistic of a resample is not finite.
    #[error("the statistic of a resample is {given}: it must be finite for every resample")]
    Statistic {
        /// What it was.
        given: f64,
    },
}
