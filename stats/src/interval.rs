//! An interval with two finite ends.

use serde::Serialize;

use crate::{Absent, Estimate};

/// A confidence interval: two finite ends in order, in the unit of what it bounds.
///
/// ```
/// # use edgewise_stats::{mean, Alpha, Moments};
/// let moments = Moments::from_values([1.0, 2.0, 3.0])?;
/// let interval = mean(&moments, Alpha::default()).interval?;
/// assert!(interval.contains(2.0) && !interval.contains(5.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// The interval between two ends, which are put in order.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if an end is NaN or infinite.
    pub fn new(one: f64, other: f64) -> Estimate<Self> {
        if one.is_finite() && other.is_finite() {
            Ok(Self { lower: one.min(other), upper: one.max(other) })
        } else {
            Err(Absent::OutOfRange)
        }
    }

    /// The lower end.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// Whether `value` lies in the interval, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}
