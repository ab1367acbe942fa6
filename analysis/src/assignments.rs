//! The first exposure of each unit, and what was seen on the way to it.

use crate::verify::Verdict;
use datafusion::arrow::{
    array::{ArrayRef, Int32Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder},
    compute::cast,
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// One exposure of the experiment, with its verdict.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The event's id; an id that was seen before is a repetition.
    pub id: Uuid,
    /// When the unit was exposed, in microseconds since the Unix epoch.
    pub ts_us: i64,
    /// The unit's id.
    pub unit: &'a str,
    /// The variant that the exposure claims.
    pub variant: &'a str,
    /// The allocation that the exposure claims, as drawn; empty where another system assigned it.
    pub epoch: &'a str,
    /// The bucket that the exposure claims; none where the variant did not come of one draw.
    pub bucket: Option<u32>,
    /// What the replay said.
    pub verdict: Verdict,
}

/// Which verdicts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Only what a replay confirmed.
    Verified,
    /// What could not be replayed as well, because no ruleset assigned it. Never what a replay refuted.
    Claimed,
}

impl Trust {
    /// The verdicts that count, as the table of assignments spells them.
    pub const fn verdicts(self) -> &'static [&'static str] {
        match self {
            Self::Verified => &["verified"],
            Self::Claimed => &["verified", "unverifiable"],
        }
    }

    const fn admits(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Verified => true,
            Verdict::Unverifiable(_) => matches!(self, Self::Claimed),
            Verdict::Mismatched(_) => false,
        }
    }
}

/// Gathers exposures in any order into one record a unit.
#[derive(Debug)]
pub struct FirstExposures {
    trust: Trust,
    ids: HashSet<Uuid>,
    names: Names,
    units: HashMap<Box<str>, Record>,
    verdicts: BTreeMap<u32, BTreeMap<Verdict, u64>>,
    repetitions: u64,
}

#[derive(Debug)]
struct Record {
    /// The earliest exposure, whatever its verdict.
    claimed: First,
    /// The earliest exposure that counts.
    admitted: Option<First>,
    /// Variants with their epochs that other exposures which count came from, where they are not those of the first.
    admitted_elsewhere: Vec<(u32, u32)>,
    /// Exposures of any verdict came from more than one variant.
    claimed_in_two: bool,
}

#[derive(Clone, Copy, Debug)]
struct First {
    ts_us: i64,
    id: Uuid,
    variant: u32,
    epoch: u32,
    bucket: Option<u32>,
    verdict: Verdict,
}

impl First {
    /// Earlier, and among equally early ones the smaller id, so that the order of reading decides nothing.
    fn precedes(&self, other: &Self) -> bool {
        (self.ts_us, self.id) < (other.ts_us, other.id)
    }
}

impl FirstExposures {
    /// Nothing seen yet.
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            ids: HashSet::new(),
            names: Names::default(),
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
        };
        *self.verdicts.entry(seen.variant).or_default().entry(seen.verdict).or_default() += 1;
        let admitted = self.trust.admits(seen.verdict).then_some(seen);
        match self.units.get_mut(sighting.unit) {
            None => {
                let record =
                    Record { claimed: seen, admitted, admitted_elsewhere: Vec::new(), claimed_in_two: false };
                self.units.insert(sighting.unit.into(), record);
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
        for (_, record) in &units {
            counts.add(record, names, self.trust);
        }
        let batches =
            units.chunks(BATCH).map(|rows| batch(experiment, rows, names)).collect::<Result<_, _>>()?;
        Ok(Assignments { schema: schema(), batches, counts })
    }
}

impl Record {
    fn see(&mut self, seen: First, admitted: Option<First>) {
        self.claimed_in_two |= self.claimed.variant != seen.variant;
        if seen.precedes(&self.claimed) {
            self.claimed = seen;
        }
        match (&mut self.admitted, admitted) {
            (_, None) => {}
            (slot @ None, Some(_)) => *slot = admitted,
            (Some(first), Some(next)) => {
                let (later, is_first) = if next.precedes(first) { (*first, next) } else { (next, *first) };
                *first = is_first;
                let elsewhere = (later.variant, later.epoch);
                if elsewhere != (first.variant, first.epoch) && !self.admitted_elsewhere.contains(&elsewhere)
                {
                    self.admitted_elsewhere.push(elsewhere);
                }
            }
        }
    }

    /// Whether the exposures that count came from more than one variant, and no two of these from one epoch: only a
    /// new allocation explains that.
    fn is_moved(&self) -> bool {
        let Some(first) = &self.admitted else { return false };
        let all = || self.admitted_elsewhere.iter().copied().chain([(first.variant, first.epoch)]);
        let conflict = |(variant, epoch)| all().any(|(other, within)| other != variant && within == epoch);
        all().any(|(variant, _)| variant != first.variant) && !all().any(conflict)
    }
}

/// One row a unit, and what was counted on the way.
#[derive(Debug)]
pub struct Assignments {
    /// `experiment, unit, epoch, bucket, variant, first_ts, verdict, entry_day`.
    pub schema: SchemaRef,
    /// The rows, in the order of the units' ids. A unit without an exposure that counts has the verdict of its first.
    pub batches: Vec<RecordBatch>,
    /// What was counted.
    pub counts: Counts,
}

/// Variant to epoch to a number of units.
pub type UnitsByEpoch = BTreeMap<String, BTreeMap<String, u64>>;

/// What the exposures of an experiment add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Variant as claimed to verdict to the number of exposures, repetitions left out.
    pub verdicts: BTreeMap<String, BTreeMap<Verdict, u64>>,
    /// Exposures that came with an id that had come before.
    pub repetitions: u64,
    /// Units by their first exposure, whatever its verdict.
    pub claimed: UnitsByEpoch,
    /// Units by their first exposure that counts.
    pub admitted: UnitsByEpoch,
    /// Units that count, and that a new allocation moved from the variant they were first in to another one.
    pub moved: BTreeMap<String, u64>,
    /// Units that were seen in two variants for any other reason, by the variant of their first exposure.
    pub in_two_variants: BTreeMap<String, u64>,
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
        if let Some(first) = &record.admitted {
            count(&mut self.admitted, first);
        }
        // A replay that confirms both variants, each in its epoch, proves that the allocation changed between them.
        let moved = trust == Trust::Verified && record.is_moved();
        match &record.admitted {
            Some(first) if moved => *self.moved.entry(names.text(first.variant)).or_default() += 1,
            _ if record.claimed_in_two => {
                let first = record.admitted.as_ref().unwrap_or(&record.claimed);
                *self.in_two_variants.entry(names.text(first.variant)).or_default() += 1;
            }
            _ => {}
        }
    }
}

/// Variants and epochs as small numbers: a handful of names, a million units.
#[derive(Debug, Default)]
struct Names {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    fn text(&self, number: u32) -> String {
        self.get(number).to_owned()
    }
}

/// Rows a batch: what DataFusion takes for its own.
const BATCH: usize = 8192;

/// The columns of the table.
pub fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text("experiment"),
        text("unit"),
        text("epoch"),
        Field::new("bucket", DataType::Int32, true),
        text("variant"),
        Field::new("first_ts", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        text("verdict"),
        text("entry_day"),
    ]))
}

fn batch(experiment: &str, rows: &[(Box<str>, Record)], names: &Names) -> Result<RecordBatch, ArrowError> {
    let (mut experiments, mut units, mut epochs) =
        (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut buckets, mut variants) = (Int32Builder::new(), StringBuilder::new());
    let mut times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let mut verdicts = StringBuilder::new();
    for (unit, record) in rows {
        let first = record.admitted.as_ref().unwrap_or(&record.claimed);
        experiments.append_value(experiment);
        units.append_value(unit);
        epochs.append_value(names.get(first.epoch));
        buckets.append_option(first.bucket.and_then(|bucket| i32::try_from(bucket).ok()));
        variants.append_value(names.get(first.variant));
        times.append_value(first.ts_us);
        verdicts.append_value(first.verdict.as_str());
    }
    let times: ArrayRef = Arc::new(times.finish());
    // The day in UTC, such as 2026-11-21.
    let days = cast(&cast(&times, &DataType::Date32)?, &DataType::Utf8)?;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(experiments.finish()),
        Arc::new(units.finish()),
        Arc::new(epochs.finish()),
        Arc::new(buckets.finish()),
        Arc::new(variants.finish()),
        times,
        Arc::new(verdicts.finish()),
        days,
    ];
    RecordBatch::try_new(schema(), columns)
}
