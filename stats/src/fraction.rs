//! A number strictly between 0 and 1.

use serde::{Deserialize, Serialize};

/// A fraction strictly between 0 and 1: a rate to plan for, a power, a share of the traffic, a quantile's level.
///
/// The level of a test has its own type, [`Alpha`](crate::Alpha).
///
/// ```
/// use edgewise_stats::Fraction;
///
/// assert_eq!(Fraction::new(0.8)?.get(), 0.8);
/// assert!(Fraction::new(80.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Fraction(f64);

impl Fraction {
    /// Checks a fraction.
    ///
    /// # Errors
    ///
    /// [`FractionError`] unless `0 < fraction < 1` (NaN included).
    pub fn new(fraction: f64) -> Result<Self, FractionError> {
        if fraction > 0.0 && fraction < 1.0 {
            Ok(Self(fraction))
        } else {
            Err(FractionError { given: fraction })
        }
    }

    /// The fraction, in (0, 1).
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Fraction {
    type Error = FractionError;

    fn try_from(fraction: f64) -> Result<Self, FractionError> {
        Self::new(fraction)
    }
}

impl From<Fraction> for f64 {
    fn from(fraction: Fraction) -> f64 {
        fraction.0
    }
}

/// The fraction is not strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the fraction is {given}; it must lie strictly between 0 and 1: write 0.8 for 80 %")]
pub struct FractionError {
    /// What was given.
    pub given: f64,
}
