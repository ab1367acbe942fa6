//! The `select`s that the names stand for. They follow the rules of [`sql`](crate::sql): no alias is a column of what
//! is read, since ClickHouse would take the alias.

use super::{
    ASSIGNMENTS, Asked, EVENTS, FIRSTS, ROWS, Relation, SIGHTINGS, TRIGGERS, UNTRIGGERED, Warehouse,
};
use crate::{
    assignments::attribute_column,
    import::{Field, Mapping},
    plan::EventType,
    property::{PropertyColumn, PropertyKind},
    sql::{SqlError, condition, identifier, literal, timestamp},
};
use std::fmt::Write as _;

/// A text of any length. Spark has no `varchar` without a length, and no other type of text has one name everywhere.
const TEXT: &str = "varchar(65535)";
/// The type of a unit's numbers.
const NUMBER: &str = "decimal(18, 6)";

/// Rows by what they are: `kind_key, row_count, without_moment, without_id`.
pub(super) const ROWS_BY_KIND: &str = "select row_kind as kind_key, count(*) as row_count,
  sum(case when row_ts is null then 1 else 0 end) as without_moment,
  sum(case when row_id = '' then 1 else 0 end) as without_id
from edgewise_rows group by row_kind order by row_kind";

/// Exposures by variant: `variant_key, exposure_count, repetition_count`.
pub(super) const EXPOSURES_BY_VARIANT: &str = "select seen_variant as variant_key,
  sum(case when seen_copy = 1 then 1 else 0 end) as exposure_count,
  sum(case when seen_copy = 1 then 0 else 1 end) as repetition_count
from edgewise_sightings group by seen_variant order by seen_variant";

/// Units by variant and the day on which they entered: `variant_key, day_key, unit_count, two_count, first_entry`.
pub(super) fn units_by_day(assignments: &str) -> String {
    format!(
        "select variant as variant_key, entry_day as day_key, count(*) as unit_count, sum(is_in_two) as two_count,
  min(first_ts) as first_entry
from {assignments} group by variant, entry_day order by variant, entry_day"
    )
}

impl Warehouse {
    /// Each name with its `select`, after those that it reads.
    pub(super) fn selects(&self, asked: &Asked<'_>) -> Result<Vec<(&'static str, String)>, SqlError> {
        let properties: Vec<&PropertyColumn> = asked.properties.iter().collect();
        let mut selects = vec![
            (ROWS, self.rows(&properties, asked.dimensions)?),
            (SIGHTINGS, self.sightings(asked.dimensions.len())),
            (EVENTS, self.events(&properties)?),
            (FIRSTS, self.firsts(asked.dimensions.len())?),
        ];
        match asked.trigger {
            None => selects.push((ASSIGNMENTS, format!("select * from {FIRSTS}"))),
            Some(trigger) => {
                let own = identifier(&format!("unit_{}", self.unit))?.to_string();
                let triggers = condition(EventType::Track, &trigger.event, &trigger.filters)?;
                selects.push((
                    TRIGGERS,
                    format!(
                        "select f.unit as triggered_unit, min(e.ts) as triggered_at
from {FIRSTS} f join {EVENTS} e on e.{own} = f.unit
where {triggers} and e.ts >= f.first_ts group by f.unit"
                    ),
                ));
                selects.push((ASSIGNMENTS, triggered(asked.dimensions.len())));
                selects.push((
                    UNTRIGGERED,
                    format!(
                        "select f.* from {FIRSTS} f left join {TRIGGERS} t on t.triggered_unit = f.unit
where t.triggered_unit is null"
                    ),
                ));
            }
        }
        Ok(selects)
    }

    /// All rows in the words of events, each with what it is. What is missing is the empty text.
    fn rows(&self, properties: &[&PropertyColumn], dimensions: &[String]) -> Result<String, SqlError> {
        let given = self.relations.iter();
        let given = given.map(|(relation, mapping)| self.given(relation, mapping, properties, dimensions));
        let given = given.collect::<Result<Vec<_>, _>>()?.join("\n  union all\n");
        let columns =
            numbered(properties.len(), |index| format!("given_property_{index} as row_property_{index}"))
                + &numbered(dimensions.len(), |index| {
                    format!("given_attribute_{index} as row_attribute_{index}")
                });
        // A row without a moment is told of later.
        let until = self.until.map_or_else(String::new, |until| {
            format!("\nwhere given_ts is null or given_ts <= {}", timestamp(until.as_microsecond()))
        });
        Ok(format!(
            "select given_id as row_id, given_ts as row_ts, given_unit as row_unit, given_name as row_name,
  given_variant as row_variant, given_value as row_value{columns},
  case
    when given_unit = '' then 'missing_unit'
    when given_type in ('track', 'feedback', 'error') then given_type
    when given_type = 'exposure' or (given_type = '' and given_variant <> '') then
      case when given_experiment not in ('', {experiment}) then 'other_experiment'
        when given_variant = '' then 'missing_variant' else 'exposure' end
    when given_type = '' and given_name <> '' then 'track'
    else 'other_type'
  end as row_kind
from (
{given}
) given_rows{until}",
            experiment = literal(&self.experiment)?,
        ))
    }

    /// The rows of one relation, in the types that the others have.
    fn given(
        &self,
        relation: &Relation,
        mapping: &Mapping,
        properties: &[&PropertyColumn],
        dimensions: &[String],
    ) -> Result<String, SqlError> {
        let column = |field: &Field| {
            let column = mapping.position(field).map(|(_, column)| identifier(column));
            Ok::<_, SqlError>(column.transpose()?.map(|column| format!("src.{}", column.quoted())))
        };
        let text = |field: &Field| {
            let column = column(field)?;
            Ok::<_, SqlError>(column.map_or_else(
                || format!("cast('' as {TEXT})"),
                |column| format!("coalesce(cast({column} as {TEXT}), '')"),
            ))
        };
        let nothing_or = |field: &Field, data_type: &str| {
            let column = column(field)?;
            Ok::<_, SqlError>(format!("cast({} as {data_type})", column.as_deref().unwrap_or("null")))
        };
        let mut columns = vec![
            format!("{} as given_id", text(&Field::Id)?),
            format!("{} as given_type", text(&Field::Type)?),
            format!("{} as given_ts", column(&Field::Ts)?.unwrap_or_else(|| "null".to_owned())),
            format!("{} as given_unit", text(&Field::Unit(self.unit.clone()))?),
            format!("{} as given_name", text(&Field::Name)?),
            format!("{} as given_value", nothing_or(&Field::Value, NUMBER)?),
            format!("{} as given_experiment", text(&Field::Experiment)?),
            format!("{} as given_variant", text(&Field::Variant)?),
        ];
        for (index, property) in properties.iter().enumerate() {
            let data_type = match property.kind {
                PropertyKind::Number => NUMBER,
                PropertyKind::Text => TEXT,
            };
            let given = nothing_or(&Field::Property(property.property.clone()), data_type)?;
            columns.push(format!("{given} as given_property_{index}"));
        }
        for (index, dimension) in dimensions.iter().enumerate() {
            let given = nothing_or(&Field::Property(dimension.clone()), TEXT)?;
            columns.push(format!("{given} as given_attribute_{index}"));
        }
        Ok(format!("  select {}\n  from {relation} src", columns.join(",\n    ")))
    }

    /// The exposures. One that came again with the same id is a copy.
    fn sightings(&self, dimensions: usize) -> String {
        let has_ids = self.relations.iter().any(|(_, mapping)| mapping.position(&Field::Id).is_some());
        let copy = if has_ids {
            "case when row_id = '' then 1
    else row_number() over (partition by row_id order by row_ts, row_unit, row_variant) end"
        } else {
            "1"
        };
        format!(
            "select row_unit as seen_unit, row_variant as seen_variant, row_ts as seen_ts,
  {copy} as seen_copy{attributes}
from {ROWS} where row_kind = 'exposure'",
            attributes =
                numbered(dimensions, |index| format!("row_attribute_{index} as seen_attribute_{index}")),
        )
    }

    /// The table of events, as [`EventTable`](crate::sql::EventTable) says. Nobody told when they arrived: they are in
    /// since they happened.
    fn events(&self, properties: &[&PropertyColumn]) -> Result<String, SqlError> {
        let unit = format!("unit_{}", self.unit);
        let mut columns = String::new();
        for (index, property) in properties.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = write!(columns, ",\n  row_property_{index} as {}", identifier(&property.name())?);
        }
        Ok(format!(
            "select row_id as id, row_kind as type, row_ts as ts, row_ts as received_at, row_name as name,
  row_unit as {unit}, row_value as value{columns}
from {ROWS} where row_kind in ('track', 'feedback', 'error')",
            unit = identifier(&unit)?,
        ))
    }

    /// The first exposure of each unit; of several at one moment the variant whose name comes first.
    fn firsts(&self, dimensions: usize) -> Result<String, SqlError> {
        Ok(format!(
            "select {experiment} as experiment, first_unit as unit, '' as epoch, first_variant as variant,
  first_at as first_ts, 'unverifiable' as verdict, {day} as entry_day,
  first_in_two as is_in_two{attributes}
from (
  select own_unit as first_unit, max(case when own_place = 1 then own_variant end) as first_variant,
    min(own_ts) as first_at,
    case when min(own_variant) <> max(own_variant) then 1 else 0 end as first_in_two{firsts}
  from (
    select seen_unit as own_unit, seen_variant as own_variant, seen_ts as own_ts,
      row_number() over (partition by seen_unit order by seen_ts, seen_variant{ties}) as own_place{own}
    from {SIGHTINGS} where seen_copy = 1
  ) own_places
  group by own_unit
) firsts",
            experiment = literal(&self.experiment)?,
            day = day_of("first_at"),
            attributes = numbered(dimensions, |index| {
                format!("first_attribute_{index} as {}", attribute_column(index))
            }),
            firsts = numbered(dimensions, |index| {
                format!(
                    "max(case when own_place = 1 then own_attribute_{index} end) as first_attribute_{index}"
                )
            }),
            ties = numbered(dimensions, |index| format!("seen_attribute_{index}")),
            own = numbered(dimensions, |index| format!("seen_attribute_{index} as own_attribute_{index}")),
        ))
    }
}

/// One more column for each of so many.
fn numbered(count: usize, column: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |columns, index| columns + ", " + &column(index))
}

/// The units that triggered, from then on.
fn triggered(dimensions: usize) -> String {
    let attributes = numbered(dimensions, |index| format!("f.{0} as {0}", attribute_column(index)));
    format!(
        "select f.experiment as experiment, f.unit as unit, f.epoch as epoch, f.variant as variant,
  t.triggered_at as first_ts, f.verdict as verdict, {} as entry_day, f.is_in_two as is_in_two{}
from {FIRSTS} f join {TRIGGERS} t on t.triggered_unit = f.unit",
        day_of("t.triggered_at"),
        attributes
    )
}

/// A moment's day in UTC, such as `2026-11-21`.
fn day_of(moment: &str) -> String {
    format!("cast(cast({moment} as date) as varchar(10))")
}
