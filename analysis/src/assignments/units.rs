//! Units by number: a million ids in one text, found by their hashes.

use crate::hash::{hash, seed};
use std::{cmp::Ordering, hint::black_box, thread};

/// The ids of units, numbered in the order in which they came first.
#[derive(Debug)]
pub(super) struct Units {
    text: String,
    /// Where each id ends in the text.
    ends: Vec<usize>,
    /// By hash, and from there on the next free one; a power of two of them, at most half of them taken.
    slots: Vec<Slot>,
    seed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u32,
    /// The unit's number plus one; 0 where nothing is.
    taken: u32,
}

/// Slots at the beginning.
const SLOTS: usize = 16;

impl Default for Units {
    fn default() -> Self {
        Self { text: String::new(), ends: Vec::new(), slots: Vec::new(), seed: seed() }
    }
}

impl Units {
    /// The unit's number; none where it is new, and has the next one now.
    pub(super) fn find_or_add(&mut self, unit: &str) -> Option<usize> {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = self.hash(unit);
        let mut place = hash as usize;
        loop {
            place &= self.slots.len() - 1;
            let slot = self.slots.get(place).copied().unwrap_or_default();
            let Some(number) = (slot.taken as usize).checked_sub(1) else { break };
            if slot.hash == hash && self.get(number) == unit {
                return Some(number);
            }
            place += 1;
        }
        self.text.push_str(unit);
        self.ends.push(self.text.len());
        if let Some(slot) = self.slots.get_mut(place) {
            // More than 2^32 ids would not fit into memory.
            *slot = Slot { hash, taken: u32::try_from(self.ends.len()).unwrap_or(u32::MAX) };
        }
        None
    }

    /// Looks where these units will be found, or added, so that waits for memory overlap.
    pub(super) fn look_ahead<'a>(&self, units: impl Iterator<Item = &'a str>) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let slot = |unit| self.slots.get(self.hash(unit) as usize & mask).map_or(0, |slot| slot.taken);
        black_box(units.fold(0, |all, unit| all ^ slot(unit)));
    }

    /// Looks at the ids of these numbers, so that waits for memory overlap.
    pub(super) fn look_at(&self, numbers: &[usize]) {
        let end = |number: usize| self.ends.get(number).copied().unwrap_or_default();
        let text = |number: usize| self.text.as_bytes().get(end(number)).copied().unwrap_or_default();
        black_box(numbers.iter().fold(0, |all, number| all ^ end(*number)));
        black_box(numbers.iter().fold(0, |all, number| all ^ text(*number)));
    }

    fn hash(&self, unit: &str) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
        let hash = hash(unit.as_bytes(), self.seed) as u32;
        hash
    }

    /// The id of a number.
    pub(super) fn get(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).copied().unwrap_or_default();
        let start = number.checked_sub(1).map_or(0, end);
        self.text.get(start..end(number)).unwrap_or_default()
    }

    /// The numbers in the order of the ids, by so many threads.
    pub(super) fn in_order(&self, threads: usize) -> Vec<usize> {
        // Ids often begin alike: what follows the common beginning is told apart by its first eight bytes mostly.
        let common = (0..self.ends.len()).map(|number| self.get(number).as_bytes()).reduce(common_beginning);
        let common = common.map_or(0, <[u8]>::len);
        let key = |number: usize| {
            let mut key = [0; 8];
            let rest = self.get(number).as_bytes().get(common..).unwrap_or_default();
            key.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            (u64::from_be_bytes(key), number)
        };
        let mut numbers: Vec<(u64, usize)> = (0..self.ends.len()).map(key).collect();
        let order = |(a, one): &(u64, usize), (b, other): &(u64, usize)| match a.cmp(b) {
            Ordering::Equal => self.get(*one).cmp(self.get(*other)),
            order => order,
        };
        let each = numbers.len().div_ceil(threads.max(1)).max(1);
        thread::scope(|scope| {
            for part in numbers.chunks_mut(each) {
                scope.spawn(move || part.sort_unstable_by(order));
            }
        });
        // The stable sort finds parts that are in order, and merges them.
        numbers.sort_by(order);
        numbers.into_iter().map(|(_, number)| number).collect()
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(SLOTS);
        let taken = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        for slot in taken.into_iter().filter(|slot| slot.taken > 0) {
            let mut place = slot.hash as usize & (size - 1);
            while self.slots.get(place).is_some_and(|slot| slot.taken > 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = self.slots.get_mut(place) {
                *free = slot;
            }
        }
    }
}

fn common_beginning<'a>(one: &'a [u8], other: &'a [u8]) -> &'a [u8] {
    let length = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    one.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a map.
        #[test]
        fn ids_keep_their_numbers_and_come_in_order(ids in prop::collection::vec("(user-)?[ab\0ü]{0,12}", 0..200), threads in 1_usize..5) {
            let (mut units, mut naive) = (Units::default(), BTreeMap::new());
            for id in &ids {
                let next = naive.len();
                let known = naive.get(id).copied();
                prop_assert_eq!(units.find_or_add(id), known);
                let number = *naive.entry(id.clone()).or_insert(next);
                prop_assert_eq!(units.get(number), id);
            }
            prop_assert_eq!(units.in_order(threads), naive.into_values().collect::<Vec<_>>());
        }
    }
}
