//! The level of a test and of its interval.

use serde::{Deserialize, Serialize};

/// The two-sided significance level α of a test; its interval has the confidence level 1 − α.
///
/// A probability, strictly between 0 and 1; the default is 0.05.
///
/// ```
/// use edgewise_stats::Alpha;
///
/// assert_eq!(Alpha::default().get(), 0.05);
/// assert!(Alpha::new(0.01).is_ok());
/// assert!(Alpha::new(5.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Alpha(f64);

impl Alpha {
    /// Checks a level.
    ///
    /// # Errors
    ///
    /// [`AlphaError`] unless `0 < alpha < 1` (NaN included).
    pub fn new(alpha: f64) -> Result<Self, AlphaError> {
        if alpha > 0.0 && alpha < 1.0 { Ok(Self(alpha)) } else { Err(AlphaError { given: alpha }) }
    }

    /// The level, in (0, 1).
    pub fn get(self) -> f64 {
        self.0
    }

    /// The probability beyond one end of the interval, α / 2.
    pub(crate) fn tail(self) -> f64 {
        // The smallest positive level has no half: it stays itself, so that the tail is positive.
        (self.0 / 2.0).max(f64::from_bits(1))
    }
}

impl Default for Alpha {
    /// 0.05, the level that the experiment format documents as its default.
    fn default() -> Self {
        Self(0.05)
    }
}

impl TryFrom<f64> for Alpha {
    type Error = AlphaError;

    fn try_from(alpha: f64) -> Result<Self, AlphaError> {
        Self::new(alpha)
    }
}

impl From<Alpha> for f64 {
    fn from(alpha: Alpha) -> f64 {
        alpha.0
    }
}

/// The level is not strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("alpha is {given}; it must lie strictly between 0 and 1: write 0.05 for 5 %")]
pub struct AlphaError {
    /// What was given.
    pub given: f64,
}
