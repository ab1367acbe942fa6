//! The units that count, found by their ids.
//!
//! They are spread over shards by the hash of their ids, so that threads seldom want the same one, and what belongs to a
//! shard is close together in memory.

use super::{
    Stop,
    found::{Found, Groups},
    hash::hash,
    plan::Plan,
};
use crate::{
    scan::{Reader, Scan},
    sql::EventTable,
};
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _},
    datatypes::TimestampMicrosecondType,
};
use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    num::NonZeroUsize,
    thread,
};

/// How many shards there are, as a power of two: more than most machines have cores.
const SHARD_BITS: u32 = 6;
/// How many shards there are.
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

/// Texts that are looked at, one after the other. Origin: a few variants and epochs.
const LOOKED_AT: usize = 4;

/// All units that count.
pub(super) struct Units {
    /// What hashes begin with. It differs from run to run, and no number depends on it.
    seed: u64,
    pub(super) shards: Vec<Shard>,
    /// The variants, epochs and days, as units name them by place.
    pub(super) groups: Vec<Group>,
    /// The columns that units are split by.
    pub(super) slices: Vec<Slice>,
}

/// A variant's units of one epoch and day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) variant: String,
    pub(super) epoch: String,
    pub(super) day: String,
}

/// A column that units are split by, and its values.
pub(super) struct Slice {
    pub(super) column: String,
    pub(super) values: Names,
}

/// Some of the units, by place.
#[derive(Default)]
pub(super) struct Shard {
    /// By hash: the upper half of it, and one more than the unit's place; 0 where nothing is.
    table: Vec<u64>,
    /// The ids one after another, and where each ends.
    ids: Vec<u8>,
    ends: Vec<u32>,
    /// When each counts from, in microseconds since the Unix epoch.
    pub(super) entries: Vec<i64>,
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

/// Texts by their places.
#[derive(Default)]
pub(super) struct Names {
    pub(super) texts: Vec<String>,
    places: HashMap<String, u32>,
}

impl Names {
    /// The place of a text, which is a new one where it was not there.
    pub(super) fn place(&mut self, text: &str) -> u32 {
        // A handful of texts is looked at sooner than hashed.
        let first = (0..).zip(self.texts.iter().take(LOOKED_AT)).find(|(_, known)| *known == text);
        if let Some((place, _)) = first {
            return place;
        }
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}

impl Units {
    /// Reads the table of assignments, by as many threads as there may be: each finds the units of some of the shards.
    pub(super) fn read(
        assignments: &dyn Scan,
        events: &EventTable<'_>,
        slices: &[String],
        threads: NonZeroUsize,
    ) -> Result<Self, Stop> {
        let own = ["experiment", "verdict", "unit", "variant", "epoch", "entry_day", "first_ts"];
        let columns: Vec<&str> = own.into_iter().chain(slices.iter().map(String::as_str)).collect();
        let seed = RandomState::new().hash_one(());
        let readers: Vec<Vec<Reader>> = (0..threads.get())
            .map(|_| assignments.readers(&columns, NonZeroUsize::MIN))
            .collect::<Result<_, _>>()?;
        let found: Vec<Result<Found, Stop>> = thread::scope(|scope| {
            let find = |(index, readers)| {
                let found = Found::new(seed, (index, threads.get()), slices.len());
                scope.spawn(move || found.read(readers, events))
            };
            let threads: Vec<_> = readers.into_iter().enumerate().map(find).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or(Err(Stop::Unknown))).collect()
        });
        let of_column = |column: &String| Slice { column: column.clone(), values: Names::default() };
        let slices = slices.iter().map(of_column).collect();
        let mut units = Self { seed, shards: Vec::new(), groups: Vec::new(), slices };
        units.shards.resize_with(SHARDS, Shard::default);
        let mut groups = Groups::default();
        for found in found {
            units.take(found?, &mut groups);
        }
        units.groups = groups.finish();
        Ok(units)
    }

    /// Takes what a thread found, and names it by the places of all threads' groups and values.
    fn take(&mut self, found: Found, groups: &mut Groups) {
        let group_of = found.groups.renumbered(groups);
        let renumbered = |(all, own): (&mut Slice, &Names)| {
            own.texts.iter().map(|text| all.values.place(text)).collect::<Vec<u32>>()
        };
        let value_of: Vec<Vec<u32>> = self.slices.iter_mut().zip(&found.slices).map(renumbered).collect();
        let own = self.shards.iter_mut().zip(found.shards).filter(|(_, found)| found.count() > 0);
        for (shard, found) in own {
            *shard = found;
            shard.groups.iter_mut().for_each(|group| *group = group_of[*group as usize]);
            for (values, value_of) in shard.slices.iter_mut().zip(&value_of) {
                values.iter_mut().for_each(|value| *value = value_of[*value as usize]);
            }
        }
    }

    /// The hash of an id.
    pub(super) fn hash(&self, id: &str) -> u64 {
        hash(id.as_bytes(), self.seed)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.shards.iter().map(Shard::count).sum()
    }

    /// The bytes that they take, with so many slots each.
    pub(super) fn bytes(&self, plan: &Plan) -> usize {
        let ids: usize = self.shards.iter().map(|shard| shard.ids.capacity() + 8 * shard.table.len()).sum();
        // An entry, an end, a group, whether it failed, and the slots and slices.
        let each = 8 + 4 + 4 + 1 + 4 * self.slices.len() + 8 * plan.empty.len();
        self.count().saturating_mul(each).saturating_add(ids)
    }

    /// Makes room for what a plan keeps.
    pub(super) fn make_room(&mut self, plan: &Plan) {
        for shard in &mut self.shards {
            shard.slots = plan.empty.repeat(shard.count());
            shard.has_failed = vec![false; shard.count()];
            shard.lists.resize_with(plan.lists, List::default);
        }
    }
}

/// The shard of a hash.
pub(super) fn shard_of(hash: u64) -> usize {
    usize::try_from(hash >> (u64::BITS - SHARD_BITS)).unwrap_or(0)
}

/// A column of moments without nulls, in microseconds since the Unix epoch.
pub(super) fn moments(column: &ArrayRef) -> Option<&[i64]> {
    let moments = column.as_primitive_opt::<TimestampMicrosecondType>()?;
    (datafusion::arrow::array::Array::null_count(moments) == 0).then(|| moments.values().as_ref())
}

impl Shard {
    /// Empty, split by so many columns.
    pub(super) fn new(slices: usize) -> Self {
        Self { slices: vec![Vec::new(); slices], ..Self::default() }
    }

    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The place of a unit.
    pub(super) fn find(&self, hash: u64, id: &str) -> Option<usize> {
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
                if self.id(place) == id.as_bytes() {
                    return Some(place);
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn id(&self, place: usize) -> &[u8] {
        let from = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.ids[from as usize..self.ends[place] as usize]
    }

    /// Adds a unit that is new; one that is there already is too much.
    pub(super) fn add(&mut self, hash: u64, id: &str, seed: u64) -> Result<(), Stop> {
        if self.find(hash, id).is_some() {
            return Err(Stop::Unknown);
        }
        if (self.count() + 1) * 2 > self.table.len() {
            self.grow(seed);
        }
        self.ids.extend_from_slice(id.as_bytes());
        self.ends.push(u32::try_from(self.ids.len()).map_err(|_| Stop::Unknown)?);
        self.insert(hash, self.count() - 1);
        Ok(())
    }

    fn grow(&mut self, seed: u64) {
        self.table = vec![0; (self.table.len() * 2).max(64)];
        for place in 0..self.count() {
            let hash = hash(self.id(place), seed);
            self.insert(hash, place);
        }
    }

    fn insert(&mut self, hash: u64, place: usize) {
        let mask = self.table.len() - 1;
        let mut at = low_half(hash) & mask;
        while self.table[at] != 0 {
            at = (at + 1) & mask;
        }
        // Places fit 32 bits, for ends do.
        self.table[at] = (hash >> 32 << 32) | (place as u64 + 1);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the half that is wanted")]
fn low_half(bits: u64) -> usize {
    bits as u32 as usize
}
