//! How many units of a variant had the outcome.

use serde::Serialize;

use crate::{Absent, Estimate};

/// Successes among the units of one variant: never more successes than units.
///
/// ```
/// use edgewise_stats::Proportion;
///
/// let converted = Proportion::new(81, 263)?;
/// assert_eq!((converted.successes(), converted.n()), (81, 263));
/// assert!(Proportion::new(264, 263).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Proportion {
    successes: u64,
    n: u64,
}

impl Proportion {
    /// `successes` among `n` units; `n` may be 0 (no units yet).
    ///
    /// # Errors
    ///
    /// [`ProportionError`] if there are more successes than units.
    pub fn new(successes: u64, n: u64) -> Result<Self, ProportionError> {
        if successes <= n { Ok(Self { successes, n }) } else { Err(ProportionError { successes, n }) }
    }

    /// Units with the outcome.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// Units without it.
    pub fn failures(&self) -> u64 {
        self.n - self.successes
    }

    /// All units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Successes / units, in [0, 1].
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`] if there are none.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count beyond 2^53 loses less than the estimate's own error"
    )]
    pub fn rate(&self) -> Estimate<f64> {
        if self.n == 0 { Err(Absent::NoUnits) } else { Ok(self.successes as f64 / self.n as f64) }
    }

    /// The units of both, together. Counts stop at the largest 64-bit number.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let successes = self.successes.saturating_add(other.successes);
        let failures = self.failures().saturating_add(other.failures());
        Self { successes, n: successes.saturating_add(failures) }
    }
}

/// More successes than units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{successes} successes among {n} units: a unit counts once, so there can be at most as many successes as units"
)]
pub struct ProportionError {
    /// The successes that were given.
    pub successes: u64,
    /// The units that were given.
    pub n: u64,
}
