//! Is a metric that must not get worse safe?

use serde::Serialize;

use crate::{Comparison, Direction, Estimate, Interval, Positive};

/// How much worse a guardrail metric may get at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// In the metric's unit.
    Absolute(Positive),
    /// As a fraction of the control's value: 0.01 is one per cent.
    Relative(Positive),
}

/// What is known of a guardrail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailState {
    /// The harm is less than the margin: its whole interval is.
    Safe,
    /// The harm is more than the margin: its whole interval is.
    Breached,
    /// There is harm, but whether more than the margin is not known: the interval excludes no harm, not the margin.
    Harmful,
    /// Neither: wait.
    Undecided,
}

/// Judges a guardrail by the interval of its harm, the difference (or lift) in the metric's worse direction.
///
/// ```text
/// h = −gain      safe: upper(h) < margin      breached: lower(h) > margin      harmful: lower(h) > 0
/// ```
///
/// The first that holds, in this order. `safe` is a test of non-inferiority at one half of the comparison's level. For
/// stops at any time the comparison's interval must be one that may be looked at at any time.
///
/// # Errors
///
/// Those of the interval.
///
/// ```
/// use edgewise_stats::{Direction, Moments, Positive, compare::{MeanOptions, compare_means},
///     decide::{GuardrailState, Margin, guardrail}};
///
/// // Latency: 200 against 203 ms, a standard deviation of 50 ms.
/// let arm = |n, mean| Moments::from_mean_and_deviation(n, mean, 50.0);
/// let state = |n| -> Result<_, Box<dyn std::error::Error>> {
///     let comparison = compare_means(&arm(n, 200.0)?, &arm(n, 203.0)?, &MeanOptions::default());
///     Ok(guardrail(&comparison, Margin::Relative(Positive::new(0.02)?), Direction::LowerIsBetter)?)
/// };
/// assert_eq!(state(100)?, GuardrailState::Undecided);
/// assert_eq!(state(5_000)?, GuardrailState::Harmful);
/// assert_eq!(state(50_000)?, GuardrailState::Safe);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn guardrail(comparison: &Comparison, margin: Margin, direction: Direction) -> Estimate<GuardrailState> {
    let (interval, margin) = match margin {
        Margin::Absolute(margin) => (comparison.difference.interval?, margin),
        Margin::Relative(margin) => (comparison.lift.interval?, margin),
    };
    Ok(state(interval, margin.get(), direction))
}

fn state(interval: Interval, margin: f64, direction: Direction) -> GuardrailState {
    let (least, most) = match direction {
        Direction::HigherIsBetter => (-interval.upper(), -interval.lower()),
        Direction::LowerIsBetter => (interval.lower(), interval.upper()),
    };
    if most < margin {
        GuardrailState::Safe
    } else if least > margin {
        GuardrailState::Breached
    } else if least > 0.0 {
        GuardrailState::Harmful
    } else {
        GuardrailState::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::{GuardrailState, state};
    use crate::{Direction, Interval};

    #[test]
    fn the_direction_mirrors_the_states() {
        for (lower, upper, expected) in [
            (-3.0, 0.9, GuardrailState::Safe),
            (0.2, 0.9, GuardrailState::Safe),
            (1.1, 4.0, GuardrailState::Breached),
            (0.5, 2.0, GuardrailState::Harmful),
            (-0.5, 2.0, GuardrailState::Undecided),
        ] {
            let of = |a, b, direction| Interval::new(a, b).map(|interval| state(interval, 1.0, direction));
            assert_eq!(of(lower, upper, Direction::LowerIsBetter), Ok(expected));
            assert_eq!(of(-upper, -lower, Direction::HigherIsBetter), Ok(expected));
        }
    }

    #[test]
    fn a_one_sided_interval_can_be_safe_or_breached_only_on_its_bounded_side() {
        let at_most = Interval::at_most(0.5).map(|interval| state(interval, 1.0, Direction::LowerIsBetter));
        assert_eq!(at_most, Ok(GuardrailState::Safe));
        let at_least = Interval::at_least(0.5).map(|interval| state(interval, 1.0, Direction::LowerIsBetter));
        assert_eq!(at_least, Ok(GuardrailState::Harmful));
    }
}
