//! The one portable SQL: from events to a number per unit, from those to exact sums.
//!
//! The same text runs on DataFusion, Ballista, DuckDB, ClickHouse, PostgreSQL and Spark. What keeps it portable:
//!
//! - no alias is equal to a column of any table (ClickHouse resolves it the other way round);
//! - ids are strings; durations are `interval '604800' second`; sessions run in UTC;
//! - no function beyond `count`, `sum`, `min`, `max` and `coalesce`;
//! - a unit's number is `decimal(18, 6)`, so that sums are exact and two runs give the same bits; its square is
//!   `decimal(18, 6) * decimal(19, 6)`, which all of them give 38 digits (18 × 18 digits fails on two of them);
//! - sums wrap silently on two engines, so every sum comes with the count and the extremes that bound it;
//!   [`moments`](crate::moments) refuses what could have wrapped.
//!
//! Nothing statistical happens here.

use crate::{
    decimal::Decimal,
    plan::{Metric, MetricKind, Silent},
};
use std::fmt;

const PRECISION: u8 = Decimal::PRECISION;
const SCALE: u8 = Decimal::SCALE;

/// The first exposures: `experiment, unit, epoch, bucket, variant, first_ts, verdict, entry_day`; see
/// [`assignments`](crate::assignments).
pub const ASSIGNMENTS: &str = "assignments";

/// Which units count, and which metric events.
#[derive(Clone, Debug)]
pub struct EventTable<'a> {
    /// The table of metric events: `id, type, ts, name`, and the columns of unit and value.
    pub table: &'a str,
    /// The column of the unit's id in that table.
    pub unit_column: &'a str,
    /// The column of the number that a continuous metric sums up.
    pub value_column: &'a str,
    /// The experiment, as the assignments name it.
    pub experiment: &'a str,
    /// The verdicts whose exposures count.
    pub verdicts: &'a [&'a str],
    /// Units count from the moment that their window has passed this moment, in microseconds since the Unix epoch.
    pub watermark_us: i64,
}

/// A table that is one row a unit: `unit, variant, epoch, entry_day` and a `decimal(18, 6)` column for each metric.
#[derive(Clone, Copy, Debug)]
pub struct UnitTable<'a> {
    /// The table.
    pub table: &'a str,
    /// The metric's column; null where the unit has no number.
    pub number_column: &'a str,
}

/// Sums of a metric that is made of events. The columns are those of [`crate::moments::Sums`].
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn sums_of_events(events: &EventTable<'_>, metric: &Metric) -> Result<String, SqlError> {
    let exposed = exposed(events, metric.window_seconds)?;
    let relevant = relevant(metric)?;
    let table = identifier(events.table)?;
    let unit_column = identifier(events.unit_column)?;
    let value_column = identifier(events.value_column)?;
    let window = window("e.ts", metric.window_seconds);
    let number = number_of_events(metric);
    Ok(format!(
        "with {exposed},
hits as (
  select exposed_unit as hit_unit, e.id as hit_id, min(e.{value_column}) as hit_value, count(*) as hit_copies
  from exposed join {table} e on e.{unit_column} = exposed_unit
  where {relevant} and e.ts >= exposed_at{window}
  group by exposed_unit, e.id
),
totals as (
  select hit_unit as total_unit, sum(hit_value) as total, count(*) as total_hits,
    count(hit_value) as total_values, sum(hit_copies) as total_copies
  from hits group by hit_unit
),
wide as (
  select exposed_variant, exposed_epoch, exposed_day, {number} as wide_number,
    case when total_hits is null then 1 else 0 end as is_silent,
    coalesce(total_hits, 0) as unit_hits, coalesce(total_values, 0) as unit_values,
    coalesce(total_copies, 0) as unit_copies
  from exposed left join totals on total_unit = exposed_unit
),
{numbers}
{sums}",
        numbers = numbers(
            "wide",
            ["exposed_variant", "exposed_epoch", "exposed_day"],
            "wide_number",
            "is_silent, unit_hits, unit_values, unit_copies"
        ),
        sums = sums("sum(is_silent)", "sum(unit_hits - unit_values)", "sum(unit_copies - unit_hits)"),
    ))
}

/// Sums of a metric that is a column of a table with one row a unit. The columns are those of [`sums_of_events`].
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn sums_of_units(units: &UnitTable<'_>) -> Result<String, SqlError> {
    let (table, column) = (identifier(units.table)?, identifier(units.number_column)?);
    Ok(format!(
        "with wide as (
  select variant as wide_variant, epoch as wide_epoch, entry_day as wide_day, {column} as wide_number,
    case when {column} is null then 1 else 0 end as is_silent
  from {table}
),
{numbers}
{sums}",
        numbers = numbers("wide", ["wide_variant", "wide_epoch", "wide_day"], "wide_number", "is_silent"),
        sums = sums("sum(is_silent)", "0", "0"),
    ))
}

/// Where the metric's events went: how many there are, and why the others do not count. One row:
/// `events_seen, without_unit, not_exposed, before_exposure, after_window`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn coverage_of_events(events: &EventTable<'_>, metric: &Metric) -> Result<String, SqlError> {
    let exposed = exposed(events, None)?;
    let relevant = relevant(metric)?;
    let table = identifier(events.table)?;
    let unit_column = identifier(events.unit_column)?;
    let after = metric.window_seconds.map_or_else(
        || "0".to_owned(),
        |seconds| format!("sum(case when e.ts >= exposed_at + {} then 1 else 0 end)", interval(seconds)),
    );
    Ok(format!(
        "with {exposed}
select count(*) as events_seen,
  sum(case when e.{unit_column} is null then 1 else 0 end) as without_unit,
  sum(case when e.{unit_column} is not null and exposed_unit is null then 1 else 0 end) as not_exposed,
  sum(case when e.ts < exposed_at then 1 else 0 end) as before_exposure,
  {after} as after_window
from {table} e left join exposed on e.{unit_column} = exposed_unit
where {relevant}"
    ))
}

/// When the last event arrived, whatever its type: one row, `latest_arrival`.
///
/// # Errors
/// Where a name cannot be written so that every engine reads it alike.
pub fn latest_arrival(table: &str) -> Result<String, SqlError> {
    Ok(format!("select max(e.received_at) as latest_arrival from {} e", identifier(table)?))
}

/// The units that count. Where there is a window, only those for which it has passed.
fn exposed(events: &EventTable<'_>, window_seconds: Option<u64>) -> Result<String, SqlError> {
    let experiment = literal(events.experiment)?;
    let verdicts =
        events.verdicts.iter().map(|verdict| literal(verdict)).collect::<Result<Vec<_>, _>>()?.join(", ");
    let mature = window_seconds.map_or_else(String::new, |seconds| {
        format!(" and first_ts + {} <= {}", interval(seconds), timestamp(events.watermark_us))
    });
    Ok(format!(
        "exposed as (
  select unit as exposed_unit, variant as exposed_variant, epoch as exposed_epoch, entry_day as exposed_day,
    first_ts as exposed_at
  from {ASSIGNMENTS}
  where experiment = {experiment} and verdict in ({verdicts}){mature}
)"
    ))
}

fn relevant(metric: &Metric) -> Result<String, SqlError> {
    Ok(format!("e.type = 'track' and e.name = {}", literal(&metric.event)?))
}

fn window(column: &str, window_seconds: Option<u64>) -> String {
    window_seconds
        .map_or_else(String::new, |seconds| format!(" and {column} < exposed_at + {}", interval(seconds)))
}

/// A unit's number. Null leaves the unit out.
fn number_of_events(metric: &Metric) -> String {
    let silent = match metric.silent {
        Silent::Zero => "0",
        Silent::Exclude => "null",
    };
    match metric.kind {
        MetricKind::Binary => {
            format!("cast(case when total_hits > 0 then 1 else {silent} end as decimal(38, {SCALE}))")
        }
        _ => {
            format!("coalesce(cast(total as decimal(38, {SCALE})), cast({silent} as decimal(38, {SCALE})))")
        }
    }
}

/// The units' numbers in their final type. One that does not fit is null here and marked.
fn numbers(from: &str, [variant, epoch, day]: [&str; 3], number: &str, others: &str) -> String {
    let limit = format!("cast('1{}' as decimal(38, {SCALE}))", "0".repeat(usize::from(PRECISION - SCALE)));
    format!(
        "numbers as (
  select {variant} as variant_key, {epoch} as epoch_key, {day} as day_key,
    case when {number} > -{limit} and {number} < {limit} then cast({number} as decimal({PRECISION}, {SCALE})) end as y,
    case when {number} <= -{limit} or {number} >= {limit} then 1 else 0 end as is_too_large,
    {others}
  from {from}
)"
    )
}

/// The sums of each variant in each epoch, by the day of entry.
fn sums(silent: &str, without_value: &str, repeated: &str) -> String {
    let wide = PRECISION + 1;
    let squares = 2 * SCALE;
    format!(
        "select variant_key, epoch_key, day_key, '' as slice_key, count(*) as units_seen_0, count(y) as units_counted_0,
  sum(cast(y as decimal(38, {SCALE}))) as sum_0_1,
  sum(cast(cast(y as decimal({PRECISION}, {SCALE})) * cast(y as decimal({wide}, {SCALE})) as decimal(38, {squares}))) as product_0_1_1,
  min(y) as least_0_1, max(y) as greatest_0_1,
  {silent} as units_silent_0, sum(is_too_large) as units_too_large_0,
  {without_value} as events_without_value_0, {repeated} as events_repeated_0
from numbers group by variant_key, epoch_key, day_key order by variant_key, epoch_key, day_key"
    )
}

fn interval(seconds: u64) -> String {
    format!("interval '{seconds}' second")
}

/// A moment as every engine reads it in a session that runs in UTC.
fn timestamp(microseconds: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(microseconds).unwrap_or(jiff::Timestamp::MAX);
    format!("timestamp '{}'", moment.strftime("%Y-%m-%d %H:%M:%S%.6f"))
}

/// A string literal. ClickHouse and Spark read a backslash in it as an escape, the others do not.
fn literal(text: &str) -> Result<String, SqlError> {
    if text.contains('\\') || text.chars().any(char::is_control) {
        return Err(SqlError { name: text.to_owned() });
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// A column or table name, quoted where it is not plain.
fn identifier(name: &str) -> Result<Identifier<'_>, SqlError> {
    let odd = |letter: char| letter == '"' || letter == '`' || letter == '\\' || letter.is_control();
    if name.is_empty() || name.chars().any(odd) {
        Err(SqlError { name: name.to_owned() })
    } else {
        Ok(Identifier(name))
    }
}

struct Identifier<'a>(&'a str);

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |(index, byte): (usize, u8)| {
            byte.is_ascii_lowercase() || byte == b'_' || (index > 0 && byte.is_ascii_digit())
        };
        if self.0.bytes().enumerate().all(plain) { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0) }
    }
}

/// A name that not every engine would read alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name {name:?} holds a backslash, a double quote or a control character: rename it, so that every engine reads it alike"
)]
pub struct SqlError {
    /// The name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ValueSource;

    fn metric(event: &str) -> Metric {
        Metric {
            window_seconds: Some(604_800),
            ..Metric::new("m", MetricKind::Continuous { value: ValueSource::Value }, event)
        }
    }

    fn events() -> EventTable<'static> {
        EventTable {
            table: "events",
            unit_column: "unit_user",
            value_column: "value",
            experiment: "x",
            verdicts: &["verified"],
            watermark_us: 1_767_571_200_000_000,
        }
    }

    /// The columns of the tables that a query reads. An alias that is one of them means something else on ClickHouse.
    const COLUMNS: [&str; 19] = [
        "experiment",
        "unit",
        "epoch",
        "bucket",
        "variant",
        "first_ts",
        "verdict",
        "entry_day",
        "id",
        "type",
        "ts",
        "received_at",
        "tenant",
        "name",
        "value",
        "raw",
        "unit_user",
        "number_0",
        "exposure_type",
    ];

    #[test]
    fn no_alias_is_a_column() {
        let texts = [
            sums_of_events(&events(), &metric("purchase")).unwrap(),
            coverage_of_events(&events(), &metric("purchase")).unwrap(),
            sums_of_units(&UnitTable { table: "units", number_column: "number_0" }).unwrap(),
        ];
        for text in &texts {
            let words: Vec<&str> =
                text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            let aliases = words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]);
            for alias in aliases {
                assert!(!COLUMNS.contains(&alias), "the alias {alias} is a column in\n{text}");
            }
        }
    }

    #[test]
    fn names_are_quoted_or_refused() {
        assert!(sums_of_events(&events(), &metric("it's")).unwrap().contains("e.name = 'it''s'"));
        assert_eq!(sums_of_events(&events(), &metric("a\\b")), Err(SqlError { name: "a\\b".to_owned() }));
        let odd = EventTable { unit_column: "unit_App User", ..events() };
        assert!(sums_of_events(&odd, &metric("p")).unwrap().contains("e.\"unit_App User\" = exposed_unit"));
        let worse = EventTable { unit_column: "unit\"; drop", ..events() };
        assert!(sums_of_events(&worse, &metric("p")).is_err());
    }

    #[test]
    fn moments_in_time_are_spelled_exactly() {
        assert_eq!(timestamp(1_767_571_200_000_001), "timestamp '2026-01-05 00:00:00.000001'");
    }
}
