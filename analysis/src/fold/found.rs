//! The units that one thread finds among all.

use super::{
    Stop,
    shard::Shard,
    texts::Texts,
    units::{Group, Names, SHARDS, moments, shard_of},
};
use crate::{hash::hash, scan::Reader, sql::EventTable};
use datafusion::arrow::array::RecordBatch;
use std::collections::HashMap;

/// The units of some of the shards.
pub(super) struct Found {
    seed: u64,
    /// It takes the shards whose place leaves the first of these when divided by the other.
    turn: (usize, usize),
    pub(super) shards: Vec<Shard>,
    pub(super) groups: Groups,
    /// The values of each column that units are split by.
    pub(super) slices: Vec<Names>,
}

impl Found {
    /// None yet.
    pub(super) fn new(seed: u64, turn: (usize, usize), slices: usize) -> Self {
        Self {
            seed,
            turn,
            shards: (0..SHARDS).map(|_| Shard::new(slices)).collect(),
            groups: Groups::default(),
            slices: (0..slices).map(|_| Names::default()).collect(),
        }
    }

    /// Reads the table of assignments: its columns in the order of [`Units::read`](super::units::Units::read).
    pub(super) fn read(mut self, readers: Vec<Reader>, events: &EventTable<'_>) -> Result<Self, Stop> {
        for batch in readers.into_iter().flatten() {
            self.take(&batch?, events)?;
        }
        Ok(self)
    }

    fn take(&mut self, batch: &RecordBatch, events: &EventTable<'_>) -> Result<(), Stop> {
        let text = |place: usize| Texts::of(batch.column(place)).ok_or(Stop::Unknown);
        let (experiments, verdicts, ids) = (text(0)?, text(1)?, text(2)?);
        let (variants, epochs, days) = (text(3)?, text(4)?, text(5)?);
        let moments = moments(batch.column(6)).ok_or(Stop::Unknown)?;
        let slices = (7..batch.num_columns()).map(text).collect::<Result<Vec<_>, _>>()?;
        for (row, moment) in moments.iter().enumerate() {
            let id = ids.get(row).ok_or(Stop::Unknown)?;
            let hash = hash(id.as_bytes(), self.seed);
            if shard_of(hash) % self.turn.1 != self.turn.0 {
                continue;
            }
            let counts = experiments.get(row) == Some(events.experiment)
                && verdicts.get(row).is_some_and(|verdict| events.verdicts.contains(&verdict));
            if !counts {
                continue;
            }
            let key = [&variants, &epochs, &days].map(|texts| texts.get(row).unwrap_or_default());
            let shard = &mut self.shards[shard_of(hash)];
            shard.add(hash, id, *moment, self.seed)?;
            shard.groups.push(self.groups.place(key));
            for ((column, texts), values) in shard.slices.iter_mut().zip(&slices).zip(&mut self.slices) {
                column.push(values.place(texts.get(row).unwrap_or_default()));
            }
        }
        Ok(())
    }
}

/// Numbers the groups.
#[derive(Default)]
pub(super) struct Groups {
    names: [Names; 3],
    places: HashMap<[u32; 3], u32>,
    all: Vec<[u32; 3]>,
}

impl Groups {
    fn place(&mut self, key: [&str; 3]) -> u32 {
        let [variants, epochs, days] = &mut self.names;
        let key = [variants.place(key[0]), epochs.place(key[1]), days.place(key[2])];
        *self.places.entry(key).or_insert_with(|| {
            self.all.push(key);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// The place of each among others, to which those are added that are not there.
    pub(super) fn renumbered(&self, others: &mut Self) -> Vec<u32> {
        self.all.iter().map(|key| others.place(self.texts(key))).collect()
    }

    /// The groups by their places.
    pub(super) fn finish(&self) -> Vec<Group> {
        let group = |key: &[u32; 3]| {
            let [variant, epoch, day] = self.texts(key).map(str::to_owned);
            Group { variant, epoch, day }
        };
        self.all.iter().map(group).collect()
    }

    fn texts(&self, [variant, epoch, day]: &[u32; 3]) -> [&str; 3] {
        [(0, variant), (1, epoch), (2, day)].map(|(of, place)| self.names[of].texts[*place as usize].as_str())
    }
}
