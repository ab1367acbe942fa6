//! Gathering exposures in any order into one record a unit.

use super::{
    Assignments, Sighting, Trust,
    counted::{Counted, Tally},
    names::{Names, Profiles},
    record::{First, Record},
    table::{Row, Rows, schema},
    units::Units,
};
use crate::{scan::side_by_side, verify::Verdict};
use datafusion::arrow::{
    array::{BooleanArray, RecordBatch},
    error::ArrowError,
};
use std::{collections::HashSet, hint::black_box, thread};
use uuid::Uuid;

/// Gathers exposures in any order into one record a unit.
#[derive(Debug)]
pub struct FirstExposures {
    trust: Trust,
    dimensions: usize,
    /// None where no id comes twice.
    ids: Option<HashSet<Uuid>>,
    names: Names,
    profiles: Profiles,
    units: Units,
    /// By the number of the unit.
    records: Vec<Record>,
    verdicts: Tally<(u32, Verdict)>,
    repetitions: u64,
}

impl FirstExposures {
    /// Nothing seen yet; exposures come with the values of so many attributes.
    pub fn new(trust: Trust, dimensions: usize) -> Self {
        Self {
            trust,
            dimensions,
            ids: Some(HashSet::new()),
            names: Names::default(),
            profiles: Profiles::default(),
            units: Units::default(),
            records: Vec::new(),
            verdicts: Tally::default(),
            repetitions: 0,
        }
    }

    /// The same for exposures of which no two have one id, so that none needs to be remembered.
    pub fn with_unique_ids(trust: Trust, dimensions: usize) -> Self {
        Self { ids: None, ..Self::new(trust, dimensions) }
    }

    /// Looks up units of exposures that come next, a few dozen at a time: so waits for memory overlap.
    pub fn look_ahead<'a>(&self, units: impl Iterator<Item = &'a str>) {
        self.units.look_ahead(units);
    }

    /// Takes one exposure.
    pub fn see(&mut self, sighting: &Sighting<'_>) {
        if self.ids.as_mut().is_some_and(|ids| !ids.insert(sighting.id)) {
            self.repetitions += 1;
            return;
        }
        let seen = First {
            ts_us: sighting.ts_us,
            id: sighting.id,
            variant: self.names.intern(sighting.variant),
            epoch: self.names.intern(sighting.epoch),
            bucket: sighting.bucket,
            verdict: sighting.verdict,
            profile: self.profiles.intern(sighting.attributes, &mut self.names),
            is_bot: sighting.is_bot,
            by_fallback: sighting.by_fallback,
            is_bucket_moved: sighting.is_bucket_moved,
        };
        self.verdicts.add((seen.variant, seen.verdict));
        let counts = self.trust.admits(seen.verdict);
        match self.units.find_or_add(sighting.unit).and_then(|number| self.records.get_mut(number)) {
            None => self.records.push(Record::new(seen, counts)),
            Some(record) => record.see(seen, counts),
        }
    }

    /// The table and the counts.
    ///
    /// # Errors
    /// Where Arrow cannot hold the table.
    pub fn finish(self, experiment: &str) -> Result<Assignments, ArrowError> {
        let threads = side_by_side().get().min(self.records.len() / UNITS_A_THREAD + 1);
        let order = self.units.in_order(threads);
        let parts: Vec<&[usize]> = order.chunks(order.len().div_ceil(threads).max(1)).collect();
        let gathered = if let [all] = parts.as_slice() {
            vec![self.gather(all, experiment)]
        } else {
            thread::scope(|scope| {
                let own = &self;
                let gather = |part| scope.spawn(move || own.gather(part, experiment));
                let threads: Vec<_> = parts.into_iter().map(gather).collect();
                // Nothing in there panics; if it did, that is passed on.
                let joined = |thread: thread::ScopedJoinHandle<'_, _>| match thread.join() {
                    Ok(gathered) => gathered,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                threads.into_iter().map(joined).collect()
            })
        };
        let (mut batches, mut bucket_moved, mut counted) = (Vec::new(), Vec::new(), Counted::default());
        for part in gathered {
            let (rows, moved, counts) = part?;
            batches.extend(rows);
            bucket_moved.extend(moved);
            counted.merge(counts);
        }
        let mut counts = counted.named(&self.names);
        counts.repetitions = self.repetitions;
        for ((variant, verdict), count) in self.verdicts.into_counts() {
            counts.verdicts.entry(self.names.text(variant)).or_default().insert(verdict, count);
        }
        Ok(Assignments { schema: schema(self.dimensions), batches, bucket_moved, counts })
    }

    /// The rows of some units, and what they add up to.
    fn gather(&self, units: &[usize], experiment: &str) -> Result<Gathered, ArrowError> {
        let (names, mut counted) = (&self.names, Counted::default());
        let mut rows = Rows::new(experiment, self.dimensions);
        for (index, &number) in units.iter().enumerate() {
            if index % AT_ONCE == 0 {
                let next = units.get(index..units.len().min(index + AT_ONCE)).unwrap_or_default();
                let moment =
                    |number: &usize| self.records.get(*number).map_or(0, |record| record.first().ts_us);
                black_box(next.iter().fold(0, |all, number| all ^ moment(number)));
                self.units.look_at(next);
            }
            let Some(record) = self.records.get(number) else { continue };
            counted.add(record, self.trust);
            let first = record.first();
            if first.is_bot {
                continue;
            }
            rows.push(&Row {
                unit: self.units.get(number),
                epoch: names.get(first.epoch),
                bucket: first.bucket,
                variant: names.get(first.variant),
                first_us: first.ts_us,
                verdict: first.verdict,
                is_bucket_moved: first.is_bucket_moved,
                attribute: &|index| self.profiles.value(first.profile, index).map(|value| names.get(value)),
            })?;
        }
        let (batches, bucket_moved) = rows.finish()?;
        Ok((batches, bucket_moved, counted))
    }
}

/// Batches, for each of their rows whether its bucket was moved, and counts.
type Gathered = (Vec<RecordBatch>, Vec<BooleanArray>, Counted);

/// Units that are looked at before they are gathered, in an order that memory does not know. Origin: more than a
/// processor waits for at once, and few enough to stay in its nearest cache.
const AT_ONCE: usize = 64;

/// Fewer units are gathered sooner by one thread. Origin: about ten milliseconds of work.
const UNITS_A_THREAD: usize = 50_000;
