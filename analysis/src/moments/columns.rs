//! Reading an engine's answer: a few rows of numbered columns.

use super::Sums;
use crate::decimal::Decimal;
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use jiff::Timestamp;

impl Sums {
    /// Reads the sums of one of the metrics that a text of [`sql`](crate::sql) asks for; `metric` is its place there.
    ///
    /// # Errors
    /// Where a column is missing or of a type that holds no such number.
    pub fn read(batches: &[RecordBatch], metric: usize) -> Result<Vec<Self>, ArrowError> {
        let mut sums = Vec::new();
        for batch in batches {
            let columns = SumsColumns::of(&Columns { batch }, metric)?;
            // Where no unit's window has passed there is nothing yet.
            sums.extend((0..batch.num_rows()).map(|row| columns.at(row)).filter(|sums| sums.units_seen > 0));
        }
        // A server orders texts by its own language, and rows that were brought back by hand have no order.
        sums.sort_by(|a, b| a.keys().cmp(&b.keys()));
        Ok(sums)
    }
}

impl Sums {
    fn keys(&self) -> [&str; 4] {
        [&self.variant, &self.epoch, &self.day, &self.slice]
    }
}

/// One metric's columns.
struct SumsColumns {
    variants: Text,
    epochs: Text,
    days: Text,
    slices: Text,
    seen: Count,
    counted: Count,
    silent: Count,
    too_large: Count,
    without_value: Count,
    repeated: Count,
    sums: Vec<Number>,
    products: Vec<Number>,
    bounds: Vec<[Number; 2]>,
}

impl SumsColumns {
    fn of(columns: &Columns<'_>, metric: usize) -> Result<Self, ArrowError> {
        let scale = Decimal::SCALE.cast_signed();
        let count = |what: &str| columns.count(&format!("{what}_{metric}"));
        let width = (1..=columns.batch.num_columns())
            .take_while(|i| columns.has(&format!("sum_{metric}_{i}")))
            .count();
        let sums = (1..=width).map(|i| columns.decimal(&format!("sum_{metric}_{i}"), scale));
        let pairs = (1..=width).flat_map(|i| (i..=width).map(move |j| (i, j)));
        let products = pairs.map(|(i, j)| columns.decimal(&format!("product_{metric}_{i}_{j}"), 2 * scale));
        let bounds = (1..=width).map(|i| {
            let bound = |end: &str| columns.decimal(&format!("{end}_{metric}_{i}"), scale);
            Ok([bound("least")?, bound("greatest")?])
        });
        Ok(Self {
            variants: columns.text("variant_key")?,
            epochs: columns.text("epoch_key")?,
            days: columns.text("day_key")?,
            slices: columns.text("slice_key")?,
            seen: count("units_seen")?,
            counted: count("units_counted")?,
            silent: count("units_silent")?,
            too_large: count("units_too_large")?,
            without_value: count("events_without_value")?,
            repeated: count("events_repeated")?,
            sums: sums.collect::<Result<_, _>>()?,
            products: products.collect::<Result<_, _>>()?,
            bounds: bounds.collect::<Result<_, ArrowError>>()?,
        })
    }

    fn at(&self, row: usize) -> Sums {
        let largest = |bounds: &[Number; 2]| {
            bounds.iter().map(|bound| bound.at(row).unsigned_abs()).max().unwrap_or_default()
        };
        Sums {
            variant: self.variants.at(row),
            epoch: self.epochs.at(row),
            day: self.days.at(row),
            slice: self.slices.at(row),
            units_seen: self.seen.at(row),
            units_counted: self.counted.at(row),
            sums: self.sums.iter().map(|sum| sum.at(row)).collect(),
            products: self.products.iter().map(|product| product.at(row)).collect(),
            largest: self.bounds.iter().map(largest).collect(),
            units_silent: self.silent.at(row),
            units_too_large: self.too_large.at(row),
            events_without_value: self.without_value.at(row),
            events_repeated: self.repeated.at(row),
        }
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
    let wanted = moment_type();
    let mut latest = None;
    for batch in batches {
        let column = Columns { batch }.column("latest_arrival", &wanted)?;
        let moments = column.as_primitive::<TimestampMicrosecondType>().iter().flatten();
        latest = latest.max(moments.max());
    }
    Ok(latest.and_then(|moment| Timestamp::from_microsecond(moment).ok()))
}

fn moment_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of a batch, cast to the types that are wanted: engines differ in what they make of a `count`.
struct Columns<'a> {
    batch: &'a RecordBatch,
}

impl Columns<'_> {
    fn has(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some()
    }

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
    /// What is not there is empty.
    fn at(&self, row: usize) -> String {
        let texts = self.0.as_string::<i32>();
        if texts.is_null(row) { String::new() } else { texts.value(row).to_owned() }
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

    fn get(&self, row: usize) -> Option<Decimal> {
        let numbers = self.0.as_primitive::<Decimal128Type>();
        let number = (!numbers.is_null(row)).then(|| numbers.value(row))?;
        Decimal::from_millionths(i64::try_from(number).ok()?)
    }
}

/// The only row's number in a column; none where it is null, or there is no row.
///
/// # Errors
/// Where the column is missing or holds no such number.
pub(crate) fn decimal(batches: &[RecordBatch], column: &str) -> Result<Option<Decimal>, ArrowError> {
    let scale = Decimal::SCALE.cast_signed();
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    Ok(Columns { batch }.decimal(column, scale)?.get(0))
}

/// The rows of an answer, one by one.
pub(crate) fn rows(batches: &[RecordBatch]) -> Vec<Row<'_>> {
    let places = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    places.map(|(batch, row)| Row { columns: Columns { batch }, row }).collect()
}

/// One row, its cells by column name. What is missing is empty, none or 0.
pub(crate) struct Row<'a> {
    columns: Columns<'a>,
    row: usize,
}

impl Row<'_> {
    pub(crate) fn text(&self, column: &str) -> String {
        self.columns.text(column).map(|texts| texts.at(self.row)).unwrap_or_default()
    }

    pub(crate) fn count(&self, column: &str) -> u64 {
        self.columns.count(column).map(|counts| counts.at(self.row)).unwrap_or_default()
    }

    pub(crate) fn moment(&self, column: &str) -> Option<Timestamp> {
        let moments = self.columns.column(column, &moment_type()).ok()?;
        let moments = moments.as_primitive::<TimestampMicrosecondType>();
        let moment = moments.is_valid(self.row).then(|| moments.value(self.row))?;
        Timestamp::from_microsecond(moment).ok()
    }

    pub(crate) fn decimal(&self, column: &str) -> Option<Decimal> {
        self.columns.decimal(column, Decimal::SCALE.cast_signed()).ok()?.get(self.row)
    }
}
