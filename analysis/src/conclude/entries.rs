//! When the units came: by the day of their first exposure, and by their attributes then.

use crate::{
    assignments::{UnitsByEpoch, day_of},
    balance,
    results::UnitsOfDay,
    verify::Shares,
};
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, TimestampMicrosecondType},
    error::ArrowError,
};
use edgewise_stats::trust::Arm;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The units that count, by the day of their first exposure in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// The first exposure of all.
    pub first: Option<Timestamp>,
    /// Day, such as `2026-11-21`, to the units that entered on it.
    pub by_day: BTreeMap<String, UnitsByEpoch>,
}

const DAY_US: i64 = 86_400_000_000;

impl Entries {
    /// Reads the table of [`assignments`](crate::assignments); rows with other verdicts do not count.
    ///
    /// # Errors
    /// Where a column is missing or of another type.
    pub fn read(assignments: &[RecordBatch], verdicts: &[&str]) -> Result<Self, ArrowError> {
        // A few variants and epochs, and as many days: a million units are counted without looking for names in maps.
        let mut groups: Vec<(String, String, BTreeMap<i64, u64>)> = Vec::new();
        let mut first: Option<i64> = None;
        for batch in assignments {
            let times = column(batch, "first_ts", None)?;
            let times = times.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(not_microseconds)?;
            for (row, variant, epoch) in Rows::of(batch, verdicts)?.iter() {
                let moment = times.value(row);
                first = Some(first.map_or(moment, |first| first.min(moment)));
                let day = moment.div_euclid(DAY_US);
                match groups.iter_mut().find(|(known, within, _)| known == variant && within == epoch) {
                    Some((_, _, days)) => *days.entry(day).or_default() += 1,
                    None => groups.push((variant.to_owned(), epoch.to_owned(), BTreeMap::from([(day, 1)]))),
                }
            }
        }
        let mut by_day: BTreeMap<String, UnitsByEpoch> = BTreeMap::new();
        for (variant, epoch, days) in groups {
            for (day, units) in days {
                let of_day = by_day.entry(day_of(day.saturating_mul(DAY_US))).or_default();
                of_day.entry(variant.clone()).or_default().insert(epoch.clone(), units);
            }
        }
        Ok(Self { first: first.and_then(|moment| Timestamp::from_microsecond(moment).ok()), by_day })
    }

    /// New units and all units, day by day from the first to the last; a day without any is there too.
    pub fn growth(&self, variants: &[String]) -> Vec<UnitsOfDay> {
        let mut all: BTreeMap<String, u64> = variants.iter().map(|variant| (variant.clone(), 0)).collect();
        let days = days_between(&self.by_day);
        let of_day = |day: String| {
            let units = self.by_day.get(&day);
            let new: BTreeMap<String, u64> = variants
                .iter()
                .map(|variant| (variant.clone(), units.map_or(0, |units| units_of(units, variant))))
                .collect();
            for (variant, new) in &new {
                *all.entry(variant.clone()).or_default() += new;
            }
            UnitsOfDay { day, new, all: all.clone() }
        };
        days.into_iter().map(of_day).collect()
    }

    /// Each day's units with what the allocations of that day expect.
    pub fn arms_by_day(&self, shares: &Shares, variants: &[String]) -> Vec<(&str, Vec<Arm>)> {
        let arms = |units| balance::arms(units, shares, variants);
        self.by_day.iter().map(|(day, units)| (day.as_str(), arms(units))).collect()
    }
}

/// The units that count by the value of an attribute at their first exposure; the empty text where it was not there.
///
/// # Errors
/// Where a column is missing or of another type.
pub fn units_by_value(
    assignments: &[RecordBatch],
    verdicts: &[&str],
    attribute_column: &str,
) -> Result<BTreeMap<String, UnitsByEpoch>, ArrowError> {
    let mut by_value: BTreeMap<String, UnitsByEpoch> = BTreeMap::new();
    for batch in assignments {
        let values = column(batch, attribute_column, Some(&DataType::Utf8))?;
        let values = values.as_string::<i32>();
        for (row, variant, epoch) in Rows::of(batch, verdicts)?.iter() {
            let value = if values.is_null(row) { "" } else { values.value(row) };
            match by_value.get_mut(value) {
                Some(units) => count(units, variant, epoch),
                None => count(by_value.entry(value.to_owned()).or_default(), variant, epoch),
            }
        }
    }
    Ok(by_value)
}

/// The rows that count.
struct Rows<'v> {
    variants: ArrayRef,
    epochs: ArrayRef,
    found: ArrayRef,
    verdicts: &'v [&'v str],
}

impl<'v> Rows<'v> {
    fn of(batch: &RecordBatch, verdicts: &'v [&'v str]) -> Result<Self, ArrowError> {
        let text = |name| column(batch, name, Some(&DataType::Utf8));
        Ok(Self { variants: text("variant")?, epochs: text("epoch")?, found: text("verdict")?, verdicts })
    }

    /// Row, variant and epoch of each.
    fn iter(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let [found, variants, epochs] =
            [&self.found, &self.variants, &self.epochs].map(AsArray::as_string::<i32>);
        // Most rows have the verdict of the one before.
        let mut last = (None, false);
        let mut counts = move |verdict| {
            if last.0 != Some(verdict) {
                last = (Some(verdict), self.verdicts.contains(&verdict));
            }
            last.1
        };
        (0..variants.len())
            .filter(move |&row| counts(found.value(row)))
            .map(move |row| (row, variants.value(row), epochs.value(row)))
    }
}

fn column(batch: &RecordBatch, name: &str, wanted: Option<&DataType>) -> Result<ArrayRef, ArrowError> {
    let missing = || ArrowError::SchemaError(format!("the table of assignments has no column {name}"));
    let column = batch.column_by_name(name).ok_or_else(missing)?;
    wanted.map_or_else(|| Ok(column.clone()), |wanted| cast(column, wanted))
}

fn not_microseconds() -> ArrowError {
    ArrowError::SchemaError("the first exposures are not in microseconds".to_owned())
}

fn count(units: &mut UnitsByEpoch, variant: &str, epoch: &str) {
    // Looked up before anything is copied: there are a handful of names, and a million units.
    match units.get_mut(variant).and_then(|by_epoch| by_epoch.get_mut(epoch)) {
        Some(count) => *count += 1,
        None => *units.entry(variant.to_owned()).or_default().entry(epoch.to_owned()).or_default() += 1,
    }
}

fn units_of(units: &UnitsByEpoch, variant: &str) -> u64 {
    units.get(variant).into_iter().flat_map(BTreeMap::values).sum()
}

/// The days from the first to the last, without gaps.
pub(super) fn days_between<T>(days: &BTreeMap<String, T>) -> Vec<String> {
    let ends = days.keys().next().zip(days.keys().next_back());
    let parsed = ends.and_then(|(first, last)| {
        Some((first.parse::<jiff::civil::Date>().ok()?, last.parse::<jiff::civil::Date>().ok()?))
    });
    let Some((first, last)) = parsed else { return days.keys().cloned().collect() };
    let next = |day: &jiff::civil::Date| day.tomorrow().ok().filter(|day| *day <= last);
    std::iter::successors(Some(first), next).map(|day| day.to_string()).collect()
}
