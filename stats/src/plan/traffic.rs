//! From units to days.

use serde::Serialize;

use crate::{Absent, Estimate, moments::count};

/// How many new units an experiment gets.
///
/// ```
/// use edgewise_stats::plan::Traffic;
///
/// // 8,000 new units a day, a quarter of them in the experiment, and a metric that takes 7 days to mature.
/// let traffic = Traffic::per_day(8_000.0)?.with_share(0.25)?.with_window(7.0)?;
/// assert_eq!(traffic.days(30_000)?, 22.0);
/// assert_eq!(traffic.days_in_whole_weeks(30_000)?, 28);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Traffic {
    per_day: f64,
    share: f64,
    window: f64,
}

/// Days of a week: the horizon of an experiment is whole weeks, so that each weekday counts alike.
const WEEK: f64 = 7.0;

impl Traffic {
    /// So many *new* eligible units a day; those who come back are not new.
    ///
    /// # Errors
    ///
    /// [`TrafficError`] unless it is finite and above 0.
    pub fn per_day(units: f64) -> Result<Self, TrafficError> {
        if units > 0.0 && units.is_finite() {
            Ok(Self { per_day: units, share: 1.0, window: 0.0 })
        } else {
            Err(TrafficError::PerDay { given: units })
        }
    }

    /// This share of them is in the experiment; 1 where it is not said.
    ///
    /// # Errors
    ///
    /// [`TrafficError`] unless it is above 0 and at most 1.
    pub fn with_share(self, share: f64) -> Result<Self, TrafficError> {
        if share > 0.0 && share <= 1.0 {
            Ok(Self { share, ..self })
        } else {
            Err(TrafficError::Share { given: share })
        }
    }

    /// A unit's metric is known so many days after it entered; 0 where it is not said.
    ///
    /// # Errors
    ///
    /// [`TrafficError`] unless it is finite and at least 0.
    pub fn with_window(self, days: f64) -> Result<Self, TrafficError> {
        if days >= 0.0 && days.is_finite() {
            Ok(Self { window: days, ..self })
        } else {
            Err(TrafficError::Window { given: days })
        }
    }

    /// Days until so many units have entered and matured.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if there is no such number.
    pub fn days(&self, units: u64) -> Estimate<f64> {
        crate::estimate::finite(count(units) / self.share / self.per_day + self.window)
    }

    /// [`days`](Self::days) rounded up to whole weeks.
    ///
    /// # Errors
    ///
    /// Those of [`days`](Self::days).
    pub fn days_in_whole_weeks(&self, units: u64) -> Estimate<u64> {
        let days = (self.days(units)? / WEEK).ceil() * WEEK;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive and checked to be within range"
        )]
        if days < 9e15 { Ok(days as u64) } else { Err(Absent::OutOfRange) }
    }

    /// The units that have entered and matured after so many days.
    pub fn units_after(&self, days: f64) -> u64 {
        let units = (days - self.window).max(0.0) * self.per_day * self.share;
        // A cast from a float stops at the ends of the integer's range; NaN becomes 0.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is what is wanted")]
        let units = units as u64;
        units
    }
}

/// Why numbers are no traffic.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrafficError {
    /// The units of a day.
    #[error("the traffic is {given} new units a day; it must be finite and above 0")]
    PerDay {
        /// What was given.
        given: f64,
    },
    /// The share of them.
    #[error("the share of the traffic is {given}; it must be above 0 and at most 1: write 0.25 for 25 %")]
    Share {
        /// What was given.
        given: f64,
    },
    /// The days until a metric has matured.
    #[error("the window is {given} days; it must be finite and at least 0")]
    Window {
        /// What was given.
        given: f64,
    },
}
