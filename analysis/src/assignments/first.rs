//! Gathering exposures in any order into one record a unit.

use super::{
    Assignments, Counts, Sighting, Trust, UnitsByEpoch,
    names::{Names, Profiles},
    record::{First, Record},
    table::{Row, Rows, schema},
    units::Units,
};
use crate::verify::Verdict;
use datafusion::arrow::error::ArrowError;
use std::collections::{BTreeMap, HashSet};
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
        let (names, mut counted) = (&self.names, Counted::default());
        let mut rows = Rows::new(experiment, self.dimensions);
        for number in self.units.in_order() {
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
        let mut counts = counted.named(names);
        counts.repetitions = self.repetitions;
        for ((variant, verdict), count) in self.verdicts.0 {
            counts.verdicts.entry(names.text(variant)).or_default().insert(verdict, count);
        }
        Ok(Assignments { schema: schema(self.dimensions), batches, bucket_moved, counts })
    }
}

/// How often each of a few keys came.
#[derive(Debug)]
struct Tally<K>(Vec<(K, u64)>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Tally<K> {
    fn add(&mut self, key: K) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => self.0.push((key, 1)),
        }
    }
}

/// [`Counts`] of units, by the numbers of variants and epochs.
#[derive(Default)]
struct Counted {
    claimed: Tally<(u32, u32)>,
    admitted: Tally<(u32, u32)>,
    mismatched: Tally<u32>,
    unverifiable: Tally<u32>,
    bots: Tally<u32>,
    moved: Tally<u32>,
    in_two_variants: Tally<u32>,
    drawn_twice: Tally<u32>,
    in_moved_buckets: Tally<u32>,
}

impl Counted {
    fn add(&mut self, record: &Record, trust: Trust) {
        let (claimed, first) = (&record.claimed, record.first());
        self.claimed.add((claimed.variant, claimed.epoch));
        if record.any_mismatched {
            self.mismatched.add(claimed.variant);
        }
        if record.any_unverifiable {
            self.unverifiable.add(claimed.variant);
        }
        if first.is_bot {
            self.bots.add(first.variant);
            return;
        }
        if let Some(admitted) = record.admitted() {
            self.admitted.add((admitted.variant, admitted.epoch));
            if admitted.is_bucket_moved {
                self.in_moved_buckets.add(admitted.variant);
            }
        }
        // A replay that confirms both variants, each in its epoch, proves that the allocation changed between them.
        if trust == Trust::Verified && record.is_moved() {
            self.moved.add(first.variant);
            return;
        }
        if record.claimed_in_two {
            self.in_two_variants.add(first.variant);
        }
        if record.drawn_twice {
            self.drawn_twice.add(first.variant);
        }
    }

    fn named(self, names: &Names) -> Counts {
        let by_epoch = |units: Tally<(u32, u32)>| {
            let mut by_variant = UnitsByEpoch::new();
            for ((variant, epoch), count) in units.0 {
                by_variant.entry(names.text(variant)).or_default().insert(names.text(epoch), count);
            }
            by_variant
        };
        let by_variant = |units: Tally<u32>| -> BTreeMap<String, u64> {
            units.0.into_iter().map(|(variant, count)| (names.text(variant), count)).collect()
        };
        Counts {
            claimed: by_epoch(self.claimed),
            admitted: by_epoch(self.admitted),
            mismatched: by_variant(self.mismatched),
            unverifiable: by_variant(self.unverifiable),
            bots: by_variant(self.bots),
            moved: by_variant(self.moved),
            in_two_variants: by_variant(self.in_two_variants),
            drawn_twice: by_variant(self.drawn_twice),
            in_moved_buckets: by_variant(self.in_moved_buckets),
            ..Counts::default()
        }
    }
}
