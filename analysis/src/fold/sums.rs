//! From the units' slots to the sums of their numbers.

use super::{
    Folded, View,
    number::{MOST_NUMBERS, Numbers},
    part::{Part, merged},
    plan::{Planned, micros},
    ranks,
    shard::Shard,
    units::Slice,
};
use crate::{
    decimal::Decimal,
    moments::Sums,
    plan::Cap,
    sql::{Limits, Measure, Span},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, thread};

/// Which units count yet, and by what their sums are split.
pub(super) struct Grouping<'f> {
    folded: &'f Folded,
    watermark_us: i64,
    /// The place of the column that sums are split by.
    slice: Option<usize>,
    slices: usize,
}

/// The sums of each metric; none where there are too many groups to hold, or no such column.
pub(super) fn sums<'f>(
    folded: &'f Folded,
    metrics: &[&'f Planned],
    view: View<'_>,
) -> Vec<Option<Vec<Sums>>> {
    let Some(grouping) = Grouping::new(folded, view) else { return vec![None; metrics.len()] };
    let asked: Vec<Asked<'_>> = metrics.iter().map(|planned| Asked::new(&grouping, planned)).collect();
    if grouping.bytes(metrics.len()) > folded.limits.memory {
        return vec![None; metrics.len()];
    }
    let groups = grouping.count();
    let of_shards = grouping.spread(|shards| {
        let mut parts = vec![Part::default(); groups * metrics.len()];
        for shard in shards {
            grouping.take(shard, &asked, groups, &mut parts);
        }
        parts
    });
    let mut parts = merged(of_shards);
    let of_metric = |(asked, parts): (&Asked<'_>, &mut [Part])| {
        for part in &mut *parts {
            part.add_empty(&asked.of_empty, &asked.limits);
        }
        Some(grouping.read(asked.planned, parts))
    };
    asked.iter().zip(parts.chunks_mut(groups.max(1))).map(of_metric).collect()
}

/// A metric whose sums are wanted, and what is the same for all units.
struct Asked<'f> {
    planned: &'f Planned,
    limits: Vec<Limits>,
    open_from: i64,
    /// The slots that its numbers come of, with what they hold of a unit without events.
    empty: Vec<(usize, i64)>,
    /// The numbers of such a unit: most units have no event of most metrics, and theirs are added up at once.
    of_empty: Numbers,
}

impl<'f> Asked<'f> {
    fn new(grouping: &Grouping<'f>, planned: &'f Planned) -> Self {
        let empty = &grouping.folded.plan.empty;
        let Planned { metric, recipe, .. } = planned;
        Self {
            planned,
            limits: grouping.limits(planned),
            open_from: grouping.open_from(planned),
            empty: recipe.reads().into_iter().map(|slot| (slot, empty[slot])).collect(),
            of_empty: recipe.numbers(empty, metric.silent),
        }
    }

    fn is_empty(&self, slots: &[i64]) -> bool {
        self.empty.iter().all(|(slot, empty)| slots[*slot] == *empty)
    }
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

    fn take(&self, shard: &Shard, metrics: &[Asked<'_>], groups: usize, parts: &mut [Part]) {
        let width = self.folded.plan.empty.len();
        for place in 0..shard.count() {
            let (group, entry) = (self.of(shard, place), shard.entry(place));
            let slots = &shard.slots[place * width..(place + 1) * width];
            for (m, asked) in metrics.iter().enumerate() {
                if entry >= asked.open_from {
                    continue;
                }
                let part = &mut parts[m * groups + group];
                if asked.is_empty(slots) {
                    part.units_empty += 1;
                } else {
                    let numbers = asked.planned.recipe.numbers(slots, asked.planned.metric.silent);
                    part.add(&numbers, &asked.limits, 1);
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
                for place in shard.entered_before(open) {
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
                for place in shard.entered_before(open) {
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
