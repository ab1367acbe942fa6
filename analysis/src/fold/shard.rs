//! Some of the units, found by their ids.
//!
//! There are more units than a processor's caches hold, so what an event costs is how often it waits for memory. A unit's
//! record has all that is needed to know it and to place an event in its time, and no record lies across two lines of the
//! cache; and many events are looked up together, so that their waits overlap.

use super::Stop;
use crate::hash::hash;
use std::hint::black_box;

/// Some of the units, by place.
#[derive(Default)]
pub(super) struct Shard {
    /// By hash: the upper half of it, and one more than the unit's place; 0 where nothing is.
    table: Vec<u64>,
    units: Vec<Unit>,
    /// What follows the heads of the ids, one after another.
    rests: Vec<u8>,
    pub(super) groups: Vec<u32>,
    /// For each column that units are split by.
    pub(super) slices: Vec<Vec<u32>>,
    /// A row of slots for each unit.
    pub(super) slots: Vec<i64>,
    /// Whether an event's type was error, at or after the entry.
    pub(super) has_failed: Vec<bool>,
    /// Lists of values, each with its unit.
    pub(super) lists: Vec<List>,
}

/// Values of units' events.
#[derive(Default)]
pub(super) struct List {
    pub(super) units: Vec<u32>,
    pub(super) values: Vec<i64>,
}

/// A unit's id, and when it counts from, in microseconds since the Unix epoch.
#[repr(align(32))]
struct Unit {
    entry: i64,
    /// Where the rest of the id begins.
    rest: u32,
    length: u32,
    /// The first bytes of the id, and zeros where it is shorter.
    head: [u8; HEAD],
}

/// What of an id is in its unit's record.
const HEAD: usize = 16;

/// A row of a batch, and the hash of its unit.
pub(super) type Placed = (u32, u64);

impl Shard {
    /// Empty, split by so many columns.
    pub(super) fn new(slices: usize) -> Self {
        Self { slices: vec![Vec::new(); slices], ..Self::default() }
    }

    pub(super) fn count(&self) -> usize {
        self.units.len()
    }

    /// The bytes by which units are found.
    pub(super) fn bytes(&self) -> usize {
        8 * self.table.len() + size_of::<Unit>() * self.units.capacity() + self.rests.capacity()
    }

    /// When a unit counts from, in microseconds since the Unix epoch.
    pub(super) fn entry(&self, place: usize) -> i64 {
        self.units[place].entry
    }

    /// The places of units whose time began before this moment.
    pub(super) fn entered_before(&self, moment: i64) -> impl Iterator<Item = usize> {
        let entered = self.units.iter().enumerate().filter(move |(_, unit)| unit.entry < moment);
        entered.map(|(place, _)| place)
    }

    /// The places of the units that rows are of, by their ids.
    pub(super) fn find_all<'i>(
        &self,
        rows: &[Placed],
        id_of: impl Fn(usize) -> Option<&'i str>,
        places: &mut Vec<Option<usize>>,
    ) {
        places.clear();
        let Some(mask) = self.table.len().checked_sub(1) else {
            places.resize(rows.len(), None);
            return;
        };
        // All entries of the table are asked for before the first record is, and all records before the first is compared:
        // so many waits for memory overlap.
        places.extend(rows.iter().map(|(_, hash)| {
            let entry = self.table[low_half(*hash) & mask];
            let is_like = entry >> 32 == hash >> 32 && entry != 0;
            is_like.then(|| low_half(entry) - 1)
        }));
        black_box(places.iter().flatten().fold(0, |all, place| all ^ self.units[*place].entry));
        for (place, (row, hash)) in places.iter_mut().zip(rows) {
            *place = id_of(*row as usize).and_then(|id| match *place {
                Some(likely) if self.is(likely, id.as_bytes()) => Some(likely),
                // Another one has its place in the table.
                _ => self.find(*hash, id),
            });
        }
    }

    /// The place of a unit.
    fn find(&self, hash: u64, id: &str) -> Option<usize> {
        // The table is never full, so that there is an end to it.
        let mask = self.table.len().checked_sub(1)?;
        let mut at = low_half(hash) & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                return None;
            }
            if entry >> 32 == hash >> 32 {
                let place = low_half(entry) - 1;
                if self.is(place, id.as_bytes()) {
                    return Some(place);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether the unit of a place has this id.
    fn is(&self, place: usize, id: &[u8]) -> bool {
        let unit = &self.units[place];
        unit.length as usize == id.len()
            && unit.head == head(id)
            && (id.len() <= HEAD || self.rest(unit) == &id[HEAD..])
    }

    fn rest(&self, unit: &Unit) -> &[u8] {
        let length = (unit.length as usize).saturating_sub(HEAD);
        &self.rests[unit.rest as usize..unit.rest as usize + length]
    }

    /// Adds a unit that is new; one that is there already is too much.
    pub(super) fn add(&mut self, hash: u64, id: &str, entry: i64, seed: u64) -> Result<(), Stop> {
        if self.find(hash, id).is_some() {
            return Err(Stop::Unknown);
        }
        if (self.count() + 1) * 2 > self.table.len() {
            self.grow(seed);
        }
        let id = id.as_bytes();
        let short = |number: usize| u32::try_from(number).map_err(|_| Stop::Unknown);
        let (rest, length) = (short(self.rests.len())?, short(id.len())?);
        self.rests.extend_from_slice(id.get(HEAD..).unwrap_or_default());
        self.units.push(Unit { entry, rest, length, head: head(id) });
        short(self.count())?;
        self.insert(hash, self.count() - 1);
        Ok(())
    }

    fn grow(&mut self, seed: u64) {
        self.table = vec![0; (self.table.len() * 2).max(64)];
        let mut id = Vec::new();
        for place in 0..self.count() {
            let unit = &self.units[place];
            id.clear();
            id.extend_from_slice(&unit.head[..(unit.length as usize).min(HEAD)]);
            id.extend_from_slice(self.rest(unit));
            let hash = hash(&id, seed);
            self.insert(hash, place);
        }
    }

    fn insert(&mut self, hash: u64, place: usize) {
        let mask = self.table.len() - 1;
        let mut at = low_half(hash) & mask;
        while self.table[at] != 0 {
            at = (at + 1) & mask;
        }
        // Places fit 32 bits, or they would not have been added.
        self.table[at] = (hash >> 32 << 32) | (place as u64 + 1);
    }
}

fn head(id: &[u8]) -> [u8; HEAD] {
    if let Some(head) = id.first_chunk() {
        return *head;
    }
    let mut head = [0; HEAD];
    head[..id.len()].copy_from_slice(id);
    head
}

#[expect(clippy::cast_possible_truncation, reason = "the half that is wanted")]
fn low_half(bits: u64) -> usize {
    bits as u32 as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list. Hashes of few values meet in the table.
        #[test]
        fn units_are_found_by_their_ids(ids in prop::collection::vec("[ab\0]{0,3}(0123456789abcdef)?[ab]{0,2}", 0..200), seed in 0_u64..9) {
            let (mut shard, mut naive) = (Shard::default(), Vec::<String>::new());
            for (id, entry) in ids.iter().zip(0..) {
                let added = shard.add(hash(id.as_bytes(), seed), id, entry, seed);
                prop_assert_eq!(added.is_err(), naive.contains(id));
                if added.is_ok() {
                    naive.push(id.clone());
                }
            }
            let asked: Vec<String> = ids.iter().flat_map(|id| [id.clone(), format!("{id}\0"), format!("{id}a")]).collect();
            let rows: Vec<Placed> = (0..).zip(asked.iter().map(|id| hash(id.as_bytes(), seed))).collect();
            let mut places = Vec::new();
            shard.find_all(&rows, |row| Some(asked[row].as_str()), &mut places);
            let expected: Vec<Option<usize>> = asked.iter().map(|id| naive.iter().position(|known| known == id)).collect();
            prop_assert_eq!(places, expected);
            prop_assert_eq!(shard.count(), naive.len());
        }
    }
}
