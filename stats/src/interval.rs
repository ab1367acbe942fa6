//! An interval with one or two finite ends.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{Absent, Estimate};

/// A confidence or credible interval: two ends in order, in the unit of what it bounds.
///
/// An end is infinite only where the interval is one-sided by design ([`Interval::at_least`], [`Interval::at_most`]);
/// it is serialised as `null`. What has no bound for want of data is [`Absent`] instead.
///
/// ```
/// # use edgewise_stats::{Alpha, Moments, compare::mean};
/// let moments = Moments::from_values([1.0, 2.0, 3.0])?;
/// let interval = mean(&moments, Alpha::default()).interval?;
/// assert!(interval.contains(2.0) && !interval.contains(5.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// The interval between two finite ends, which are put in order.
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

    /// From `lower` to infinity.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if `lower` is NaN or infinite.
    pub fn at_least(lower: f64) -> Estimate<Self> {
        if lower.is_finite() { Ok(Self { lower, upper: f64::INFINITY }) } else { Err(Absent::OutOfRange) }
    }

    /// From minus infinity to `upper`.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if `upper` is NaN or infinite.
    pub fn at_most(upper: f64) -> Estimate<Self> {
        if upper.is_finite() { Ok(Self { lower: f64::NEG_INFINITY, upper }) } else { Err(Absent::OutOfRange) }
    }

    /// The lower end; minus infinity if the interval has only an upper one.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end; infinity if the interval has only a lower one.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// Whether `value` lies in the interval, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let end = |end: f64| end.is_finite().then_some(end);
        let mut object = serializer.serialize_struct("Interval", 2)?;
        object.serialize_field("lower", &end(self.lower))?;
        object.serialize_field("upper", &end(self.upper))?;
        object.end()
    }
}
