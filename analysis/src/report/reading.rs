//! What a comparison says, in one word: better, worse, changed, or nothing that can be told.

use crate::{
    plan::Direction,
    results::{MetricComparison, MetricResult},
};
use edgewise_stats::Absent;

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// It differs from the control, in the direction that is better.
    Better,
    /// It differs in the other one.
    Worse,
    /// It differs, and nobody said which way is better.
    Changed,
    /// It cannot be told from the control.
    Unclear,
    /// There is no test, for this reason.
    Untested(Absent),
}

impl Reading {
    /// Reads by what may be concluded now: the boundary of a design that is looked at early, else the p value that the
    /// other tests are allowed for, else the test's own.
    pub(super) fn of(metric: &MetricResult, comparison: &MetricComparison, alpha: f64) -> Self {
        let deciding = comparison.deciding();
        let p = comparison.adjusted_p.map(|adjusted| adjusted.p);
        let p = p.map_or_else(|| deciding.test.map(|test| test.p), Ok);
        let differs = match (&comparison.sequential, p) {
            (Some(sequential), _) => sequential.crossed,
            (None, Ok(p)) => p < alpha,
            (None, Err(absent)) => return Self::Untested(absent),
        };
        match (differs, deciding.difference.estimate, metric.direction) {
            (_, Err(absent), _) => Self::Untested(absent),
            (false, ..) => Self::Unclear,
            (true, _, None) => Self::Changed,
            (true, Ok(difference), Some(direction)) => {
                let is_more = difference > 0.0;
                if is_more == (direction == Direction::Increase) { Self::Better } else { Self::Worse }
            }
        }
    }

    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Changed => "changed",
            Self::Unclear => "no clear difference",
            Self::Untested(_) => "not tested",
        }
    }
}
