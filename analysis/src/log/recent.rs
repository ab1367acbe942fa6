//! The ids that came in last.

use std::collections::{HashSet, VecDeque};
use uuid::Uuid;

/// A bounded window of ids: what a client sends again soon after is told from what is new.
#[derive(Debug)]
pub(super) struct RecentIds {
    capacity: usize,
    known: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

impl RecentIds {
    /// A window of at most `capacity` ids.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, known: HashSet::new(), order: VecDeque::new() }
    }

    /// Whether the id is new; from now on it is not.
    pub(super) fn insert(&mut self, id: Uuid) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Takes back the last `count` insertions that were new.
    pub(super) fn forget_last(&mut self, count: usize) {
        for id in self.order.split_off(self.order.len().saturating_sub(count)) {
            self.known.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets_the_oldest_and_takes_back_the_newest() {
        let id = Uuid::from_u128;
        let mut recent = RecentIds::new(2);
        assert!(recent.insert(id(1)) && recent.insert(id(2)));
        assert!(!recent.insert(id(1)), "within the window it is known");
        assert!(recent.insert(id(3)), "pushes 1 out");
        assert!(recent.insert(id(1)), "so 1 is new again, and pushes 2 out");
        recent.forget_last(1);
        assert!(!recent.insert(id(3)));
        assert!(recent.insert(id(1)), "it was taken back");
    }
}
