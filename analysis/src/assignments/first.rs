//! Gathering exposures in any order into one record a unit.

use super::{
    Assignments, Counts, Sighting, Trust, UnitsByEpoch,
    names::{Names, Profiles},
    record::{First, Record},
    table::{Row, Rows, schema},
};
use crate::verify::Verdict;
use datafusion::arrow::error::ArrowError;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Gathers exposures in any order into one record a unit.
#[derive(Debug)]
pub struct FirstExposures {
    trust: Trust,
    dimensions: usize,
    ids: HashSet<Uuid>,
    names: Names,
    profiles: Profiles,
    units: HashMap<Box<str>, Record>,
    verdicts: BTreeMap<u32, BTreeMap<Verdict, u64>>,
    repetitions: u64,
}

impl FirstExposures {
    /// Nothing seen yet; exposures come with the values of so many attributes.
    pub fn new(trust: Trust, dimensions: usize) -> Self {
        Self {
            trust,
            dimensions,
            ids: HashSet::new(),
            names: Names::default(),
            profiles: Profiles::default(),
            units: HashMap::new(),
            verdicts: BTreeMap::new(),
            repetitions: 0,
        }
    }

    /// Takes one exposure.
    pub fn see(&mut self, sighting: &Sighting<'_>) {
        if !self.ids.insert(sighting.id) {
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
        *self.verdicts.entry(seen.variant).or_default().entry(seen.verdict).or_default() += 1;
        let admitted = self.trust.admits(seen.verdict).then_some(seen);
        match self.units.get_mut(sighting.unit) {
            None => {
                self.units.insert(sighting.unit.into(), Record::new(seen, admitted));
            }
            Some(record) => record.see(seen, admitted),
        }
    }

    /// The table and the counts.
    ///
    /// # Errors
    /// Where Arrow cannot hold the table.
    pub fn finish(self, experiment: &str) -> Result<Assignments, ArrowError> {
        let mut units: Vec<(Box<str>, Record)> = self.units.into_iter().collect();
        units.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let names = &self.names;
        let mut counts = Counts {
            repetitions: self.repetitions,
            verdicts: self.verdicts.into_iter().map(|(variant, by)| (names.text(variant), by)).collect(),
            ..Counts::default()
        };
        let mut rows = Rows::new(experiment, self.dimensions);
        for (unit, record) in &units {
            counts.add(record, names, self.trust);
            let first = record.first();
            if first.is_bot {
                continue;
            }
            rows.push(&Row {
                unit,
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
        Ok(Assignments { schema: schema(self.dimensions), batches, bucket_moved, counts })
    }
}

impl Counts {
    fn add(&mut self, record: &Record, names: &Names, trust: Trust) {
        let count = |units: &mut UnitsByEpoch, first: &First| {
            *units
                .entry(names.text(first.variant))
                .or_default()
                .entry(names.text(first.epoch))
                .or_default() += 1;
        };
        count(&mut self.claimed, &record.claimed);
        let of_first = |units: &mut BTreeMap<String, u64>, applies: bool| {
            if applies {
                *units.entry(names.text(record.first().variant)).or_default() += 1;
            }
        };
        let of_claimed = |units: &mut BTreeMap<String, u64>, applies: bool| {
            if applies {
                *units.entry(names.text(record.claimed.variant)).or_default() += 1;
            }
        };
        of_claimed(&mut self.mismatched, record.any_mismatched);
        of_claimed(&mut self.unverifiable, record.any_unverifiable);
        if record.first().is_bot {
            of_first(&mut self.bots, true);
            return;
        }
        if let Some(first) = &record.admitted {
            count(&mut self.admitted, first);
            of_first(&mut self.in_moved_buckets, first.is_bucket_moved);
        }
        // A replay that confirms both variants, each in its epoch, proves that the allocation changed between them.
        let moved = trust == Trust::Verified && record.is_moved();
        of_first(&mut self.moved, moved);
        of_first(&mut self.in_two_variants, !moved && record.claimed_in_two);
        of_first(&mut self.drawn_twice, !moved && record.drawn_twice);
    }
}
