//! Telling each exposure once.

use crate::event::Exposure;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

/// A first exposure is all that the analysis asks for; this many are remembered …
const CAPACITY: usize = 10_000;

/// … and for this long, so that a unit that stays is heard of again now and then.
const AGE: Duration = Duration::from_mins(10);

/// Bounded: the oldest are forgotten first, and telling an exposure twice is harmless.
#[derive(Debug, Default)]
pub(crate) struct ExposureWindow {
    seen_at: HashMap<Arc<Key>, Instant>,
    oldest_first: VecDeque<(Arc<Key>, Instant)>,
}

/// Unit type, unit, experiment, variant, epoch.
type Key = [String; 5];

impl ExposureWindow {
    /// Whether this exposure is new to the window; it is remembered from now on.
    pub(crate) fn admit(&mut self, exposure: &Exposure, now: Instant) -> bool {
        let Exposure { unit_type, unit, experiment, variant, epoch, .. } = exposure;
        let key = Arc::new([unit_type, unit, experiment, variant, epoch].map(Clone::clone));
        if self.seen_at.get(&key).is_some_and(|seen_at| now.duration_since(*seen_at) < AGE) {
            return false;
        }
        self.seen_at.insert(Arc::clone(&key), now);
        self.oldest_first.push_back((key, now));
        while self.oldest_first.len() > CAPACITY {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        let Some((key, at)) = self.oldest_first.pop_front() else { return };
        // What was seen again since then is remembered further on.
        if self.seen_at.get(&key) == Some(&at) {
            self.seen_at.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;
    use jiff::Timestamp;

    fn exposure(unit: usize) -> Exposure {
        Exposure {
            ruleset: String::new(),
            evaluated_at: Timestamp::UNIX_EPOCH,
            unit_type: "user".to_owned(),
            unit: unit.to_string(),
            kind: Kind::Experiment,
            experiment: "voice".to_owned(),
            variant: "large".to_owned(),
            reason: "assigned",
            bucket: None,
            epoch: "0123456789abcdef".to_owned(),
            attributes: serde_json::Map::new(),
            sticky: Vec::new(),
            nonce: None,
            counter: None,
            propensity: None,
        }
    }

    #[test]
    fn an_exposure_is_new_again_after_ten_minutes() {
        let (mut window, start) = (ExposureWindow::default(), Instant::now());
        assert!(window.admit(&exposure(1), start));
        assert!(!window.admit(&exposure(1), start + AGE.saturating_sub(Duration::from_millis(1))));
        assert!(window.admit(&exposure(2), start));
        assert!(window.admit(&exposure(1), start + AGE));
        assert!(!window.admit(&exposure(1), start + AGE + AGE / 2));
    }

    #[test]
    fn the_oldest_are_forgotten_first_and_the_window_stays_bounded() {
        let (mut window, start) = (ExposureWindow::default(), Instant::now());
        for unit in 0..=CAPACITY {
            assert!(window.admit(&exposure(unit), start));
        }
        assert!(window.admit(&exposure(0), start), "forgotten");
        assert!(!window.admit(&exposure(CAPACITY), start), "remembered");
        assert_eq!(window.seen_at.len(), CAPACITY);
        assert_eq!(window.oldest_first.len(), CAPACITY);
    }
}
