//! From the units' slots to the sums of their numbers.

use super::{
    Folded, View,
    number::{MOST_NUMBERS, Numbers},
    plan::{Planned, micros},
    ranks,
    units::{Shard, Slice},
};
use crate::{
    decimal::Decimal,
    moments::Sums,
    plan::Cap,
    sql::{Limits, Measure, Span},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, thread};

/// Products of so many numbers, each with itself and with those after it.
const MOST_PRODUCTS: usize = MOST_NUMBERS * (MOST_NUMBERS + 1) / 2;

/// What is added up of the units of a variant, an epoch, a day and a slice.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    units_seen: u64,
    units_counted: u64,
    units_silent: u64,
    units_too_large: u64,
    without_value: u64,
    sums: [i128; MOST_NUMBERS],
    products: [i128; MOST_PRODUCTS],
    largest: [u64; MOST_NUMBERS],
}

/// Which units count yet, and by what their sums are split.
pub(super) struct Grouping<'f> {
    folded: &'f Folded,
    watermark_us: i64,
    /// The place of the column that sums are split by.
    slice: Option<usize>,
    slices: usize,
}

/// The sums of each metric; none where there are too many groups to hold, or no such column.
pub(super) fn sums(folded: &Folded, metrics: &[&Planned], view: View<'_>) -> Vec<Option<Vec<Sums>>> {
    let Some(grouping) = Grouping::new(folded, view) else { return vec![None; metrics.len()] };
    let limits: Vec<Vec<Limits>> = metrics.iter().map(|planned| grouping.limits(planned)).collect();
    if grouping.bytes(metrics.len()) > folded.limits.memory {
        return vec![None; metrics.len()];
    }
    let of_shards = grouping.spread(|shards| {
        let mut parts = vec![Part::default(); grouping.count() * metrics.len()];
        for shard in shards {
            grouping.take(shard, metrics, &limits, &mut parts);
        }
        parts
    });
    let parts = merged(of_shards);
    let of_metric = |(planned, parts): (&&Planned, &[Part])| Some(grouping.read(planned, parts));
    metrics.iter().zip(parts.chunks(grouping.count().max(1))).map(of_metric).collect()
}

/// All threads' parts together.
pub(super) fn merged(of_threads: Vec<Vec<Part>>) -> Vec<Part> {
    let both = |mut all: Vec<Part>, more: Vec<Part>| {
        all.iter_mut().zip(more).for_each(|(part, more)| part.merge(&more));
        all
    };
    of_threads.into_iter().reduce(both).unwrap_or_default()
}

impl<'f> Grouping<'f> {
    pub(super) fn new(folded: &'f Folded, view: View<'_>) -> Option<Self> {
        let slice = match view.slice_column {
            None => None,
            Some(column) => Some(folded.units.slices.iter().position(|slice| slice.column == column)?),
        };
        let slices = slice.map_or(1, |slice| folded.units.slices[slice].values.texts.len());
        // As a timestamp in SQL: none is before the Unix epoch.
        let watermark_us = view.watermark_us.clamp(0, Timestamp::MAX.as_microsecond());
        Some(Self { folded, watermark_us, slice, slices })
    }

    /// How many groups there may be.
    pub(super) fn count(&self) -> usize {
        self.folded.units.groups.len() * self.slices
    }

    /// The bytes of the parts of so many metrics, for all threads.
    pub(super) fn bytes(&self, metrics: usize) -> usize {
        let parts = self.count().saturating_mul(metrics).saturating_mul(self.folded.limits.partitions.get());
        parts.saturating_mul(size_of::<Part>())
    }

    /// Does something with all shards, by as many threads as there may be.
    pub(super) fn spread<T: Send>(&self, work: impl Fn(&'f [Shard]) -> T + Sync) -> Vec<T> {
        let shards = &self.folded.units.shards;
        let each = shards.len().div_ceil(self.folded.limits.partitions.get()).max(1);
        thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> =
                shards.chunks(each).map(|shards| scope.spawn(move || work(shards))).collect();
            // Nothing in there panics; if it did, that is passed on.
            let joined = |thread: thread::ScopedJoinHandle<'_, T>| match thread.join() {
                Ok(answer) => answer,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            threads.into_iter().map(joined).collect()
        })
    }

    /// The group of a unit.
    pub(super) fn of(&self, shard: &Shard, place: usize) -> usize {
        let slice = self.slice.map_or(0, |slice| shard.slices[slice][place] as usize);
        shard.groups[place] as usize * self.slices + slice
    }

    /// From which entry on a unit's time has not passed, nor that in which its events may still arrive.
    pub(super) fn open_from(&self, planned: &Planned) -> i64 {
        let Some(seconds) = Span::of(&planned.metric).passed_after() else { return i64::MAX };
        let closing = seconds.saturating_add(self.folded.lateness_seconds.unwrap_or(0));
        self.watermark_us.saturating_sub(micros(closing)).saturating_add(1)
    }

    /// The numbers of a group's key in `by`: what stands for the variant and the epoch, whatever the day.
    pub(super) fn keys(&self, group: usize) -> (&'f str, &'f str, &'f str, &'f str) {
        let units = &self.folded.units;
        let own = &units.groups[group / self.slices];
        let texts = |slice: &'f Slice| slice.values.texts[group % self.slices].as_str();
        let slice = self.slice.map_or("", |slice| texts(&units.slices[slice]));
        (&own.variant, &own.epoch, &own.day, slice)
    }

    fn take(&self, shard: &Shard, metrics: &[&Planned], limits: &[Vec<Limits>], parts: &mut [Part]) {
        let (width, groups) = (self.folded.plan.empty.len(), self.count());
        let open: Vec<i64> = metrics.iter().map(|planned| self.open_from(planned)).collect();
        for (place, entry) in shard.entries.iter().enumerate() {
            let group = self.of(shard, place);
            let slots = &shard.slots[place * width..(place + 1) * width];
            for (m, planned) in metrics.iter().enumerate() {
                if *entry < open[m] {
                    let numbers = planned.recipe.numbers(slots, planned.metric.silent);
                    parts[m * groups + group].add(&numbers, &limits[m]);
                }
            }
        }
    }

    /// The parts as sums, in the order of SQL.
    pub(super) fn read(&self, planned: &Planned, parts: &[Part]) -> Vec<Sums> {
        let width = planned.recipe.width();
        let seen = parts.iter().enumerate().filter(|(_, part)| part.units_seen > 0);
        let mut sums: Vec<Sums> = seen.map(|(group, part)| part.sums(self.keys(group), width)).collect();
        sums.sort_by(|a, b| {
            let key = |sums: &Sums| [&sums.variant, &sums.epoch, &sums.day, &sums.slice].map(String::clone);
            key(a).cmp(&key(b))
        });
        sums
    }

    /// What the metric's cap means: those limits that were fixed, or the quantiles of all units' numbers.
    fn limits(&self, planned: &Planned) -> Vec<Limits> {
        let metric = &planned.metric;
        let mut measure = Measure::new(metric);
        let width = planned.recipe.width();
        match metric.cap {
            None => {}
            Some(Cap::At { lower, upper }) => {
                let limits = Limits { lower: lower.and_then(rounded), upper: upper.and_then(rounded) };
                (measure.limits, measure.limits_before) = (limits, limits);
            }
            Some(Cap::Quantiles { lower, upper }) => {
                let levels = [lower, upper].map(|level| level.and_then(rounded));
                measure.limits = self.quantiles(planned, 0, levels);
                if metric.covariate_seconds.is_some() {
                    let before = if width == MOST_NUMBERS { 2 } else { 1 };
                    measure.limits_before = self.quantiles(planned, before, levels);
                }
            }
        }
        measure.limits(width)
    }

    /// The first number of each unit within its limits, by variant.
    pub(super) fn values_by_variant(&self, planned: &Planned) -> BTreeMap<String, Vec<i64>> {
        let width = self.folded.plan.empty.len();
        let (open, limits) = (self.open_from(planned), self.limits(planned));
        let groups = &self.folded.units.groups;
        let of_shards = self.spread(|shards| {
            let mut values = vec![Vec::new(); groups.len()];
            for shard in shards {
                for (place, _) in shard.entries.iter().enumerate().filter(|(_, entry)| **entry < open) {
                    let slots = &shard.slots[place * width..(place + 1) * width];
                    let numbers = planned.recipe.numbers(slots, planned.metric.silent);
                    values[shard.groups[place] as usize].extend(numbers.limited(&limits).0[0]);
                }
            }
            values
        });
        let mut by_variant: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (group, values) in of_shards.into_iter().flat_map(|values| groups.iter().zip(values)) {
            if !values.is_empty() {
                by_variant.entry(group.variant.clone()).or_default().extend(values);
            }
        }
        by_variant
    }

    /// Nearest ranks of all units' numbers at a place.
    fn quantiles(&self, planned: &Planned, number: usize, [lower, upper]: [Option<Decimal>; 2]) -> Limits {
        let width = self.folded.plan.empty.len();
        let open = self.open_from(planned);
        let of_shards = self.spread(|shards| {
            let mut values = Vec::new();
            for shard in shards {
                for (place, _) in shard.entries.iter().enumerate().filter(|(_, entry)| **entry < open) {
                    let slots = &shard.slots[place * width..(place + 1) * width];
                    let numbers = planned.recipe.numbers(slots, planned.metric.silent);
                    let (numbers, _) = numbers.limited(&[Limits::default(); MOST_NUMBERS]);
                    values.extend(numbers[number]);
                }
            }
            values
        });
        let mut values: Vec<i64> = of_shards.concat();
        let mut at = |level: Option<Decimal>| {
            level.and_then(|level| ranks::at_level(&mut values, level)).and_then(Decimal::from_millionths)
        };
        Limits { lower: at(lower), upper: at(upper) }
    }
}

/// The shortest decimal that is this float, to six places; none that does not fit.
fn rounded(number: f64) -> Option<Decimal> {
    Decimal::from_json(&format!("{number:e}")).ok()
}

impl Part {
    /// Adds a unit.
    pub(super) fn add(&mut self, unit: &Numbers, limits: &[Limits]) {
        let (numbers, is_too_large) = unit.limited(limits);
        self.units_seen += 1;
        self.units_silent += u64::from(unit.is_silent);
        self.units_too_large += u64::from(is_too_large);
        self.without_value += unit.without_value;
        self.units_counted += u64::from(numbers[0].is_some());
        let width = limits.len();
        let mut place = 0;
        for (i, number) in numbers.iter().enumerate().take(width) {
            let Some(number) = *number else {
                place += width - i;
                continue;
            };
            self.sums[i] += i128::from(number);
            self.largest[i] = self.largest[i].max(number.unsigned_abs());
            for other in &numbers[i..width] {
                // Like the engine's, a sum of products may wrap: whoever reads the sums looks at what bounds it.
                let product = i128::from(number) * i128::from(other.unwrap_or(0));
                self.products[place] = self.products[place].wrapping_add(product);
                place += 1;
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.units_seen += other.units_seen;
        self.units_counted += other.units_counted;
        self.units_silent += other.units_silent;
        self.units_too_large += other.units_too_large;
        self.without_value += other.without_value;
        for i in 0..MOST_NUMBERS {
            self.sums[i] += other.sums[i];
            self.largest[i] = self.largest[i].max(other.largest[i]);
        }
        for (own, other) in self.products.iter_mut().zip(other.products) {
            *own = own.wrapping_add(other);
        }
    }

    fn sums(&self, (variant, epoch, day, slice): (&str, &str, &str, &str), width: usize) -> Sums {
        Sums {
            variant: variant.to_owned(),
            epoch: epoch.to_owned(),
            day: day.to_owned(),
            slice: slice.to_owned(),
            units_seen: self.units_seen,
            units_counted: self.units_counted,
            sums: self.sums[..width].to_vec(),
            products: self.products[..width * (width + 1) / 2].to_vec(),
            largest: self.largest[..width].iter().map(|largest| u128::from(*largest)).collect(),
            units_silent: self.units_silent,
            units_too_large: self.units_too_large,
            events_without_value: self.without_value,
            events_repeated: 0,
        }
    }
}
