//! What is counted of all events together.

use std::collections::BTreeMap;

/// What is counted of all events together, by one thread or by all.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By the class's place.
    pub(super) classes: Vec<OfClass>,
    /// By the hit's place.
    pub(super) hits: Vec<OfHit>,
    /// Events of units that count, by the day of their arrival.
    days: BTreeMap<i64, OfDay>,
    /// The days that came last, each at the place that its number says.
    recent: Vec<(i64, OfDay)>,
    /// When the last event arrived.
    pub(super) latest: Option<i64>,
    /// By slot: whether a sum did not fit, or a value had too many digits.
    pub(super) overflowed: Vec<bool>,
}

/// Events of a class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfClass {
    pub(super) seen: u64,
    pub(super) without_unit: u64,
    pub(super) not_exposed: u64,
}

/// Events of a class that do not count in some time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfHit {
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) too_late: u64,
}

/// Events of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OfDay {
    pub(super) events: u64,
    pub(super) errors: u64,
}

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// So many days that follow each other have places of their own.
const RECENT: i64 = 64;

impl Tally {
    pub(super) fn new(classes: usize, hits: usize, slots: usize) -> Self {
        let recent = (0..RECENT).map(|place| (place, OfDay::default())).collect();
        Self {
            classes: vec![OfClass::default(); classes],
            hits: vec![OfHit::default(); hits],
            recent,
            overflowed: vec![false; slots],
            ..Self::default()
        }
    }

    /// Counts an event by the day of its arrival.
    pub(super) fn arrived(&mut self, received_us: i64, is_error: bool) {
        let day = received_us.div_euclid(DAY);
        let place = usize::try_from(day.rem_euclid(RECENT)).unwrap_or(0);
        let (known, counts) = &mut self.recent[place];
        if *known != day {
            self.days.entry(*known).or_default().add(*counts);
            (*known, *counts) = (day, OfDay::default());
        }
        counts.add(OfDay { events: 1, errors: u64::from(is_error) });
    }

    /// The days with events: each in days since the Unix epoch.
    pub(super) fn days(&self) -> BTreeMap<i64, OfDay> {
        let mut days = self.days.clone();
        for (day, counts) in &self.recent {
            days.entry(*day).or_default().add(*counts);
        }
        days.retain(|_, counts| counts.events > 0);
        days
    }

    /// Both together.
    pub(super) fn add(&mut self, other: &Self) {
        for (own, other) in self.classes.iter_mut().zip(&other.classes) {
            own.seen += other.seen;
            own.without_unit += other.without_unit;
            own.not_exposed += other.not_exposed;
        }
        for (own, other) in self.hits.iter_mut().zip(&other.hits) {
            own.before += other.before;
            own.after += other.after;
            own.too_late += other.too_late;
        }
        for (day, counts) in other.days() {
            self.days.entry(day).or_default().add(counts);
        }
        self.latest = self.latest.max(other.latest);
        for (own, other) in self.overflowed.iter_mut().zip(&other.overflowed) {
            *own |= other;
        }
    }
}

impl OfDay {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.errors += other.errors;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_far_apart_are_counted_by_themselves() {
        let mut tally = Tally::new(0, 0, 0);
        let arrivals = [0, 64, 0, -64, 64, 1, 0, -1];
        for (index, day) in arrivals.into_iter().enumerate() {
            tally.arrived(day * DAY + 5, index == 1);
        }
        let mut all = Tally::new(0, 0, 0);
        all.add(&tally);
        all.add(&tally);
        let counted: Vec<(i64, u64, u64)> =
            all.days().into_iter().map(|(day, counts)| (day, counts.events, counts.errors)).collect();
        assert_eq!(counted, [(-64, 2, 0), (-1, 2, 0), (0, 6, 0), (1, 2, 0), (64, 4, 2)]);
    }
}
