//! Success criteria: a value that a variant's metric, or its lift, must reach.

use serde::{Deserialize, Serialize};

use crate::Interval;

/// `>`, `>=`, `<` or `<=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// Above the threshold.
    #[serde(rename = ">")]
    Above,
    /// The threshold or above.
    #[serde(rename = ">=")]
    AtLeast,
    /// Below the threshold.
    #[serde(rename = "<")]
    Below,
    /// The threshold or below.
    #[serde(rename = "<=")]
    AtMost,
}

/// What is known of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CriterionState {
    /// Every value in the interval meets it.
    Met,
    /// No value in the interval meets it.
    Missed,
    /// Some do and some do not: wait.
    Undecided,
}

/// A comparison with a fixed threshold, judged by an interval at the confidence that was asked for.
///
/// ```
/// use edgewise_stats::{Alpha, Proportion, compare::rate, decide::{Criterion, CriterionState, Operator}};
///
/// let completed = Criterion { operator: Operator::AtLeast, threshold: 0.85 };
/// let interval = |successes, n| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(rate(&Proportion::new(successes, n)?, Alpha::default()).interval?)
/// };
/// assert_eq!(completed.judge(&interval(90, 100)?), CriterionState::Undecided);
/// assert_eq!(completed.judge(&interval(900, 1_000)?), CriterionState::Met);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// How the value must compare with the threshold.
    pub operator: Operator,
    /// The threshold, in the unit of what it is compared with.
    pub threshold: f64,
}

impl Criterion {
    /// Whether an interval meets the criterion as a whole, misses it as a whole, or neither. A threshold of NaN decides
    /// nothing.
    pub fn judge(&self, interval: &Interval) -> CriterionState {
        let meets = |value: f64| match self.operator {
            Operator::Above => value > self.threshold,
            Operator::AtLeast => value >= self.threshold,
            Operator::Below => value < self.threshold,
            Operator::AtMost => value <= self.threshold,
        };
        match (meets(interval.lower()), meets(interval.upper())) {
            _ if self.threshold.is_nan() => CriterionState::Undecided,
            (true, true) => CriterionState::Met,
            (false, false) => CriterionState::Missed,
            _ => CriterionState::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Criterion, CriterionState, Operator};
    use crate::Interval;

    #[test]
    fn the_ends_belong_to_the_interval() {
        let judge = |operator, threshold| {
            Interval::new(1.0, 2.0).map(|interval| Criterion { operator, threshold }.judge(&interval))
        };
        assert_eq!(judge(Operator::AtLeast, 1.0), Ok(CriterionState::Met));
        assert_eq!(judge(Operator::Above, 1.0), Ok(CriterionState::Undecided));
        assert_eq!(judge(Operator::Above, 2.0), Ok(CriterionState::Missed));
        assert_eq!(judge(Operator::AtMost, 2.0), Ok(CriterionState::Met));
        assert_eq!(judge(Operator::Below, 1.0), Ok(CriterionState::Missed));
        assert_eq!(judge(Operator::Below, f64::NAN), Ok(CriterionState::Undecided));
    }
}
