//! The units that count, found by their ids.
//!
//! They are spread over shards by the hash of their ids, so that threads seldom want the same one, and what belongs to a
//! shard is close together in memory.

use super::{
    Stop,
    found::{Found, Groups},
    plan::Plan,
    shard::{List, Shard},
};
use crate::{
    hash::{hash, seed},
    scan::{Reader, Scan},
    sql::EventTable,
};
use datafusion::arrow::{
    array::{ArrayRef, AsArray as _},
    datatypes::TimestampMicrosecondType,
};
use std::{collections::HashMap, num::NonZeroUsize, thread};

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
        let seed = seed();
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
            for group in &mut shard.groups {
                *group = group_of[*group as usize];
            }
            for (values, value_of) in shard.slices.iter_mut().zip(&value_of) {
                for value in values {
                    *value = value_of[*value as usize];
                }
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
        // A group, whether it failed, and the slots and slices.
        let each = 4 + 1 + 4 * self.slices.len() + 8 * plan.empty.len();
        let found: usize = self.shards.iter().map(Shard::bytes).sum();
        self.count().saturating_mul(each).saturating_add(found)
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
