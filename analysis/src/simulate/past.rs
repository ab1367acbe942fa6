//! Past units, each with its number, in the order in which they arrived.

use crate::{
    decimal::Decimal,
    import::parse_moment,
    moments::{Sums, SumsError},
    results::{Exclusion, Kind},
    rows::{self, Cell, ImportError, Place},
};
use jiff::Timestamp;
use std::{collections::HashSet, ops::Range, path::Path};

/// What stands where in a table of one row a unit.
#[derive(Clone, Debug)]
pub struct PastColumns {
    /// The column of the unit's id.
    pub unit: String,
    /// The column of the metric.
    pub metric: String,
    /// What a unit's number is.
    pub kind: Kind,
    /// The column of the moment at which the unit arrived. None: the rows stand in the order of arrival.
    pub arrival: Option<String>,
}

/// Units with a number, in the order of arrival.
#[derive(Clone, Debug)]
pub struct Past {
    kind: Kind,
    /// The ids' bytes, one after the other.
    ids: Vec<u8>,
    /// Where each id ends.
    ends: Vec<usize>,
    /// Millionths.
    numbers: Vec<i64>,
    exclusions: Vec<Exclusion>,
}

impl Past {
    /// Units that come from elsewhere; those that come again are left out and counted.
    pub fn new<'a>(kind: Kind, units: impl IntoIterator<Item = (&'a str, Decimal)>) -> Self {
        let mut reading = Reading::default();
        units.into_iter().for_each(|(unit, number)| reading.take(unit, number, 0));
        reading.finish(kind)
    }

    /// Reads a CSV, NDJSON or Parquet file.
    ///
    /// A row without a unit or a number is left out and counted, and so is a unit's second row.
    ///
    /// # Errors
    /// Where the file or a column is not there, a cell is no number, boolean or moment, or no unit is left.
    pub fn read(file: &Path, columns: &PastColumns) -> Result<Self, ImportError> {
        let mut reading = Reading::default();
        let mut wanted = vec![columns.unit.as_str(), columns.metric.as_str()];
        wanted.extend(columns.arrival.as_deref());
        rows::read(file, &wanted, &mut |place, cells| reading.row(columns, place, cells))?;
        if reading.ends.is_empty() { Err(ImportError::NoRows) } else { Ok(reading.finish(columns.kind)) }
    }

    /// The same units, with what was left out before they were gathered.
    #[must_use]
    pub fn leaving_out(mut self, exclusions: impl IntoIterator<Item = Exclusion>) -> Self {
        self.exclusions.extend(exclusions);
        self
    }

    /// What a unit's number is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many units.
    pub fn units(&self) -> usize {
        self.ends.len()
    }

    /// The units' numbers in millionths, in the order of arrival.
    pub fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// What was left out.
    pub fn exclusions(&self) -> &[Exclusion] {
        &self.exclusions
    }

    /// The ids of the units at these places.
    pub(super) fn ids(&self, places: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let mut start = places.start.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.ends[places].iter().map(move |&end| &self.ids[std::mem::replace(&mut start, end)..end])
    }

    /// All units as one variant without a name.
    ///
    /// # Errors
    /// Where the exact sums cannot hold the numbers.
    pub fn total(&self) -> Result<Sums, SumsError> {
        sum_up(&self.numbers)
    }
}

/// The sums of these numbers of millionths, and whether such sums, or those of any part of them, are exact.
pub(super) fn sum_up(numbers: &[i64]) -> Result<Sums, SumsError> {
    let units = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
    let largest = numbers.iter().map(|number| u128::from(number.unsigned_abs())).max().unwrap_or(0);
    let wide = || numbers.iter().map(|&number| i128::from(number));
    let sums = Sums {
        units_seen: units,
        units_counted: units,
        sums: vec![wide().sum()],
        products: vec![wide().map(|number| number * number).sum()],
        largest: vec![largest],
        ..Sums::default()
    };
    sums.check()?;
    Ok(sums)
}

/// The table in the making.
#[derive(Default)]
struct Reading {
    seen: HashSet<Box<str>>,
    ids: Vec<u8>,
    ends: Vec<usize>,
    numbers: Vec<i64>,
    /// Microseconds since the Unix epoch; all 0 where the order of the rows counts.
    arrivals: Vec<i64>,
    without_unit: u64,
    without_number: u64,
    repeated: u64,
}

impl Reading {
    fn row(
        &mut self,
        columns: &PastColumns,
        place: Place<'_>,
        cells: &[Cell<'_>],
    ) -> Result<(), ImportError> {
        let [unit, number, arrival @ ..] = cells else { return Ok(()) };
        // All cells are read, so that what is wrong in a row that does not count is told as well.
        let value = value(place, columns, number)?;
        let arrival = match (&columns.arrival, arrival) {
            (Some(column), [cell]) => moment(place, column, cell)?,
            _ => 0,
        };
        if matches!(unit, Cell::Missing) {
            self.without_unit += 1;
            return Ok(());
        }
        let unit =
            unit.text().ok_or_else(|| place.bad_cell(&columns.unit, unit, "text or a whole number"))?;
        match value {
            Some(value) => self.take(unit, value, arrival),
            None => self.without_number += 1,
        }
        Ok(())
    }

    fn take(&mut self, unit: &str, number: Decimal, arrival: i64) {
        if !self.seen.insert(unit.into()) {
            self.repeated += 1;
            return;
        }
        self.ids.extend_from_slice(unit.as_bytes());
        self.ends.push(self.ids.len());
        self.numbers.push(number.millionths());
        self.arrivals.push(arrival);
    }

    fn finish(self, kind: Kind) -> Past {
        let exclusions = self.exclusions();
        let unsorted = Past { kind, ids: self.ids, ends: self.ends, numbers: self.numbers, exclusions };
        if self.arrivals.is_sorted() {
            return unsorted;
        }
        let mut order: Vec<usize> = (0..unsorted.units()).collect();
        order.sort_by_key(|&place| self.arrivals[place]);
        let mut sorted = Past { ids: Vec::new(), ends: Vec::new(), numbers: Vec::new(), ..unsorted.clone() };
        for place in order {
            unsorted.ids(place..place + 1).for_each(|id| sorted.ids.extend_from_slice(id));
            sorted.ends.push(sorted.ids.len());
            sorted.numbers.push(unsorted.numbers[place]);
        }
        sorted
    }

    fn exclusions(&self) -> Vec<Exclusion> {
        let all = [
            ("missing_unit", self.without_unit, "rows without a unit", "see why the table has them"),
            (
                "missing_number",
                self.without_number,
                "units without a number",
                "write 0 where nothing happened, if that is what it means",
            ),
            (
                "repeated_unit",
                self.repeated,
                "rows of units that had a row before",
                "make the table one row a unit",
            ),
        ];
        let counted = all.into_iter().filter(|(_, count, ..)| *count > 0);
        counted
            .map(|(exclusion, count, what, action)| Exclusion {
                exclusion,
                count,
                what: what.to_owned(),
                action,
            })
            .collect()
    }
}

fn value(place: Place<'_>, columns: &PastColumns, cell: &Cell<'_>) -> Result<Option<Decimal>, ImportError> {
    if cell.is_missing_number() {
        return Ok(None);
    }
    if columns.kind == Kind::Binary {
        let value = cell.boolean();
        let value = value.ok_or_else(|| place.bad_cell(&columns.metric, cell, "true, false, 1 or 0"))?;
        return Ok(Decimal::from_millionths(if value { 1_000_000 } else { 0 }));
    }
    let number = cell.number();
    number.map(Some).map_err(|error| place.bad_cell(&columns.metric, cell, format!("a number: {error}")))
}

fn moment(place: Place<'_>, column: &str, cell: &Cell<'_>) -> Result<i64, ImportError> {
    let moment = match cell {
        Cell::Time(moment) => Some(*moment),
        Cell::Text(text) => parse_moment(text),
        _ => None,
    };
    let allowed = "a moment, such as 2026-11-21T08:00:00Z or (in UTC) 2026-11-21 08:00:00";
    moment.map(Timestamp::as_microsecond).ok_or_else(|| place.bad_cell(column, cell, allowed))
}
