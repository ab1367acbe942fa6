//! Exact sums from an engine, checked before anything becomes a float.

use crate::decimal::Decimal;
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use edgewise_stats::{Moments, MomentsError, Proportion, ProportionError};
use jiff::Timestamp;

const MILLION: i128 = 1_000_000;

/// What [`sql`](crate::sql) sums up for one variant in one epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The variant.
    pub variant: String,
    /// The epoch that its units were drawn in.
    pub epoch: String,
    /// Units of the variant, with a number or without.
    pub units_seen: u64,
    /// Units with a number: what the sums are over.
    pub units_counted: u64,
    /// Σy, in millionths.
    pub sum: i128,
    /// Σy², in millionths of millionths.
    pub sum_of_squares: i128,
    /// The largest |y|, in millionths.
    pub largest: u128,
    /// Units without events, or without a value in their cell.
    pub units_silent: u64,
    /// Units whose number has more than 12 digits before the point.
    pub units_too_large: u64,
    /// Events that count, but carry no value. Their value is taken for nothing.
    pub events_without_value: u64,
    /// Events that came again with the same id.
    pub events_repeated: u64,
}

/// Why sums cannot be relied on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SumsError {
    /// A unit's number does not fit its type.
    #[error(
        "{units} units have a number of more than 12 digits before the point: measure the metric in a larger unit"
    )]
    UnitTooLarge {
        /// How many.
        units: u64,
    },
    /// The sum of squares may have wrapped.
    #[error(
        "{units} units of up to ±{largest} could overflow the exact sum of squares (38 digits): measure the metric in a larger unit"
    )]
    MayOverflow {
        /// How many units were summed up.
        units: u64,
        /// The largest of them.
        largest: String,
    },
    /// A binary metric has a number beside 0 and 1.
    #[error("a binary number is 0 or 1, and {units} units add up to {sum} with squares {squares}")]
    NotBinary {
        /// How many units were summed up.
        units: u64,
        /// Their sum, in millionths.
        sum: i128,
        /// The sum of their squares.
        squares: i128,
    },
    /// The sums contradict each other: the engine is at fault.
    #[error("the engine's sums contradict each other: {0}")]
    Contradiction(#[from] MomentsError),
    /// More ones than units: the engine is at fault.
    #[error("the engine's counts contradict each other: {0}")]
    Counts(#[from] ProportionError),
}

impl Sums {
    /// Reads what an engine answered to one of the texts of [`sql`](crate::sql).
    ///
    /// # Errors
    /// Where a column is missing or of a type that holds no such number.
    pub fn read(batches: &[RecordBatch]) -> Result<Vec<Self>, ArrowError> {
        let mut sums = Vec::new();
        for batch in batches {
            let columns = Columns { batch };
            let (variants, epochs) = (columns.text("variant_key")?, columns.text("epoch_key")?);
            let (seen, counted) = (columns.count("units_seen")?, columns.count("units_counted")?);
            let (silent, too_large) = (columns.count("units_silent")?, columns.count("units_too_large")?);
            let without_value = columns.count("events_without_value")?;
            let repeated = columns.count("events_repeated")?;
            let scale = Decimal::SCALE.cast_signed();
            let sum = columns.decimal("sum_y", scale)?;
            let squares = columns.decimal("sum_yy", 2 * scale)?;
            let (least, greatest) =
                (columns.decimal("least_y", scale)?, columns.decimal("greatest_y", scale)?);
            for row in 0..batch.num_rows() {
                let bounds = [least.at(row), greatest.at(row)];
                sums.push(Self {
                    variant: variants.at(row),
                    epoch: epochs.at(row),
                    units_seen: seen.at(row),
                    units_counted: counted.at(row),
                    sum: sum.at(row),
                    sum_of_squares: squares.at(row),
                    largest: bounds.into_iter().map(i128::unsigned_abs).max().unwrap_or(0),
                    units_silent: silent.at(row),
                    units_too_large: too_large.at(row),
                    events_without_value: without_value.at(row),
                    events_repeated: repeated.at(row),
                });
            }
        }
        Ok(sums)
    }

    /// All of them together; nothing is 0. What does not fit saturates, and [`check`](Self::check) refuses it then.
    pub fn total<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        parts.fold(Self::default(), |all, part| Self {
            variant: part.variant.clone(),
            epoch: part.epoch.clone(),
            units_seen: all.units_seen.saturating_add(part.units_seen),
            units_counted: all.units_counted.saturating_add(part.units_counted),
            sum: all.sum.saturating_add(part.sum),
            sum_of_squares: all.sum_of_squares.saturating_add(part.sum_of_squares),
            largest: all.largest.max(part.largest),
            units_silent: all.units_silent.saturating_add(part.units_silent),
            units_too_large: all.units_too_large.saturating_add(part.units_too_large),
            events_without_value: all.events_without_value.saturating_add(part.events_without_value),
            events_repeated: all.events_repeated.saturating_add(part.events_repeated),
        })
    }

    /// Whether the sums are what they say: every number fit, and no sum can have wrapped.
    ///
    /// A sum of `n` squares of at most `m²` stays below 10³⁸ where `n·m²` does; the sum itself is smaller.
    ///
    /// # Errors
    /// [`SumsError::UnitTooLarge`] and [`SumsError::MayOverflow`].
    pub fn check(&self) -> Result<(), SumsError> {
        if self.units_too_large > 0 {
            return Err(SumsError::UnitTooLarge { units: self.units_too_large });
        }
        // What does not fit 128 bits is beyond 10³⁸ all the more.
        let bound = self
            .largest
            .checked_mul(self.largest)
            .and_then(|square| square.checked_mul(self.units_counted.into()));
        if bound.is_some_and(|bound| bound < 10_u128.pow(38)) {
            return Ok(());
        }
        let largest = i64::try_from(self.largest).ok().and_then(Decimal::from_millionths);
        Err(SumsError::MayOverflow {
            units: self.units_counted,
            largest: largest
                .map_or_else(|| format!("{} millionths", self.largest), |largest| largest.to_string()),
        })
    }

    /// Count, mean and spread.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where no numbers have these sums.
    pub fn moments(&self) -> Result<Moments, SumsError> {
        self.check()?;
        Ok(Moments::from_scaled_sums(
            self.units_counted,
            self.sum,
            self.sum_of_squares,
            Decimal::SCALE.into(),
        )?)
    }

    /// How many of the units have the number 1; all others must have 0.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where there are other numbers.
    pub fn proportion(&self) -> Result<Proportion, SumsError> {
        self.check()?;
        // Numbers with Σy = Σy² = whole, between 0 and 1 in size, and as many ones as that, are all 0 or 1.
        let ones = u64::try_from(self.sum / MILLION).ok().filter(|_| {
            self.sum % MILLION == 0
                && self.sum_of_squares == self.sum * MILLION
                && self.largest <= MILLION.unsigned_abs()
        });
        let Some(ones) = ones else {
            return Err(SumsError::NotBinary {
                units: self.units_counted,
                sum: self.sum,
                squares: self.sum_of_squares / MILLION,
            });
        };
        Ok(Proportion::new(ones, self.units_counted)?)
    }
}

/// One row of counts by column name, as [`coverage_of_events`](crate::sql::coverage_of_events) answers.
///
/// # Errors
/// Where the column is missing or counts nothing.
pub(crate) fn count(batches: &[RecordBatch], column: &str) -> Result<u64, ArrowError> {
    let mut total = 0;
    for batch in batches {
        let counts = Columns { batch }.count(column)?;
        total += (0..batch.num_rows()).map(|row| counts.at(row)).sum::<u64>();
    }
    Ok(total)
}

/// The moment that [`latest_arrival`](crate::sql::latest_arrival) answers; none where there are no events.
///
/// # Errors
/// Where the column is missing or holds no moment.
pub(crate) fn latest(batches: &[RecordBatch]) -> Result<Option<Timestamp>, ArrowError> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut latest = None;
    for batch in batches {
        let column = Columns { batch }.column("latest_arrival", &wanted)?;
        let moments = column.as_primitive::<TimestampMicrosecondType>().iter().flatten();
        latest = latest.max(moments.max());
    }
    Ok(latest.and_then(|moment| Timestamp::from_microsecond(moment).ok()))
}

/// The columns of a batch, cast to the types that are wanted: engines differ in what they make of a `count`.
struct Columns<'a> {
    batch: &'a RecordBatch,
}

impl Columns<'_> {
    fn column(&self, name: &str, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let column = self.batch.column_by_name(name);
        let column =
            column.ok_or_else(|| ArrowError::SchemaError(format!("the engine answered without {name}")))?;
        cast(column, data_type)
    }

    fn text(&self, name: &str) -> Result<Text, ArrowError> {
        self.column(name, &DataType::Utf8).map(Text)
    }

    fn count(&self, name: &str) -> Result<Count, ArrowError> {
        self.column(name, &DataType::Int64).map(Count)
    }

    fn decimal(&self, name: &str, scale: i8) -> Result<Number, ArrowError> {
        self.column(name, &DataType::Decimal128(38, scale)).map(Number)
    }
}

struct Text(ArrayRef);
struct Count(ArrayRef);
struct Number(ArrayRef);

impl Text {
    fn at(&self, row: usize) -> String {
        self.0.as_string::<i32>().value(row).to_owned()
    }
}

impl Count {
    /// A sum over no rows is null, and counts nothing.
    fn at(&self, row: usize) -> u64 {
        let counts = self.0.as_primitive::<Int64Type>();
        if counts.is_null(row) { 0 } else { u64::try_from(counts.value(row)).unwrap_or(0) }
    }
}

impl Number {
    /// A sum over no numbers is null; there are no units then, and no mean.
    fn at(&self, row: usize) -> i128 {
        let numbers = self.0.as_primitive::<Decimal128Type>();
        if numbers.is_null(row) { 0 } else { numbers.value(row) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_largest_sum_that_fits() {
        // 10^12 − 10^−6, the largest number: its square in millionths of millionths is just below 10^36.
        let largest = 999_999_999_999_999_999;
        let sums = |units_counted| Sums { units_counted, largest, ..Sums::default() };
        assert_eq!(sums(100).check(), Ok(()));
        let refused = sums(101).check().unwrap_err();
        assert_eq!(refused, SumsError::MayOverflow { units: 101, largest: "999999999999.999999".to_owned() });
        let huge = Sums { units_counted: u64::MAX, largest: u128::MAX, ..Sums::default() };
        assert!(huge.check().is_err());
    }

    #[test]
    fn a_binary_number_is_0_or_1() {
        let binary = Sums {
            units_counted: 10,
            sum: 3 * MILLION,
            sum_of_squares: 3 * MILLION * MILLION,
            largest: MILLION.unsigned_abs(),
            ..Sums::default()
        };
        assert_eq!(binary.proportion().unwrap(), Proportion::new(3, 10).unwrap());
        // 0.5, 0.5 and 2: Σy is whole, Σy² is not Σy.
        let other = Sums { sum_of_squares: 9 * MILLION * MILLION / 2, largest: 2_000_000, ..binary.clone() };
        assert!(matches!(other.proportion(), Err(SumsError::NotBinary { .. })));
        let negative = Sums { sum: -MILLION, sum_of_squares: MILLION * MILLION, ..binary };
        assert!(matches!(negative.proportion(), Err(SumsError::NotBinary { .. })));
    }

    #[test]
    fn sums_that_contradict_each_other_are_refused() {
        // Two numbers that add up to 10 have squares of at least 50.
        let sums = Sums {
            units_counted: 2,
            sum: 10 * MILLION,
            sum_of_squares: 49 * MILLION * MILLION,
            largest: 7_000_000,
            ..Sums::default()
        };
        assert!(matches!(sums.moments(), Err(SumsError::Contradiction(_))));
    }
}
