//! When the collector is asked again.

use std::time::Duration;

/// After 1, 2, 4, … seconds, half of it at random, at most a minute.
const BASE: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_mins(1);

/// How long to wait after so many failures in a row, the last one counted: never less than the collector asks for.
///
/// `random` is anything between 0 and 1.
pub(crate) fn pause(failures: u32, asked_for: Duration, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let ceiling = BASE.saturating_mul(doubled).min(CAP);
    asked_for.max(ceiling.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses = |random| {
            [1, 2, 3, 7, 8, 1000].map(|failures| pause(failures, Duration::ZERO, random).as_millis())
        };
        assert_eq!(pauses(1.0), [1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
        assert_eq!(pauses(0.0), [500, 1_000, 2_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn what_the_collector_asks_for_is_the_least() {
        assert_eq!(pause(1, Duration::from_secs(90), 0.5), Duration::from_secs(90));
        assert_eq!(pause(2, Duration::from_secs(1), 1.0), Duration::from_secs(2));
    }
}
