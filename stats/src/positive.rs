//! A finite number above 0.

use serde::{Deserialize, Serialize};

/// A finite number above 0: a standard deviation to plan for, a prior's strength, a margin.
///
/// ```
/// use edgewise_stats::Positive;
///
/// assert_eq!(Positive::new(2.5)?.get(), 2.5);
/// assert!(Positive::new(0.0).is_err() && Positive::new(f64::INFINITY).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Positive(f64);

impl Positive {
    /// Checks a number.
    ///
    /// # Errors
    ///
    /// [`PositiveError`] unless it is finite and above 0.
    pub fn new(number: f64) -> Result<Self, PositiveError> {
        if number > 0.0 && number.is_finite() {
            Ok(Self(number))
        } else {
            Err(PositiveError { given: number })
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Positive {
    type Error = PositiveError;

    fn try_from(number: f64) -> Result<Self, PositiveError> {
        Self::new(number)
    }
}

impl From<Positive> for f64 {
    fn from(number: Positive) -> f64 {
        number.0
    }
}

/// The number is not finite and above 0.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the number is {given}; it must be finite and above 0")]
pub struct PositiveError {
    /// What was given.
    pub given: f64,
}
