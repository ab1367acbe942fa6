//! Numerator and denominator of each unit.

use crate::SampleError;

/// The numerator and the denominator of each of one variant's units, for a metric that is a ratio of two sums.
///
/// The order in which the units come does not matter. All numbers are finite; there may be no units.
///
/// ```
/// use edgewise_stats::resample::RatioSample;
///
/// // Clicks and views of three users.
/// let sample = RatioSample::from_rows(&[[1.0, 10.0], [0.0, 4.0], [3.0, 6.0]])?;
/// assert_eq!(sample.n(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RatioSample {
    rows: Vec<[f64; 2]>,
}

impl RatioSample {
    /// The sample of rows of (numerator, denominator), one per unit.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`]; its index counts both numbers of every row.
    pub fn from_rows(rows: &[[f64; 2]]) -> Result<Self, SampleError> {
        if let Some(index) = rows.iter().flatten().position(|value| !value.is_finite()) {
            return Err(SampleError::NotFinite { index: index as u64, given: rows[index / 2][index % 2] });
        }
        let mut rows: Vec<[f64; 2]> = rows.iter().map(|row| row.map(|value| 0.0 + value)).collect();
        rows.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        Ok(Self { rows })
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The rows, in order of their numerators.
    pub fn rows(&self) -> &[[f64; 2]] {
        &self.rows
    }
}
