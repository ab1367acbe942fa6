//! When each unit triggered first.

use super::{
    LinksByColumn,
    filter::{Filtered, Properties},
    links_by_column,
};
use crate::{engine::Source, error::AnalysisError, identities::LinkTable, plan::Trigger};
use datafusion::{
    arrow::{
        array::{
            Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray,
        },
        compute::filter_record_batch,
        datatypes::TimestampMicrosecondType,
        error::ArrowError,
    },
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter},
        },
        errors::ParquetError,
    },
};
use std::{collections::HashMap, fs::File, path::Path};

/// Unit to its first triggering event at or after its entry, in microseconds since the Unix epoch.
pub(super) fn first_triggers(
    entries: &HashMap<&str, i64>,
    trigger: &Trigger,
    unit: &str,
    events: &Source,
    links: &[LinkTable],
) -> Result<HashMap<String, i64>, AnalysisError> {
    let mut first = First {
        entries,
        trigger,
        properties: Properties::of(&events.schema, trigger)?,
        own: format!("unit_{unit}"),
        links: links_by_column(links),
        moments: HashMap::new(),
    };
    for path in &events.files {
        first.read(path).map_err(|error| AnalysisError::Arrow(error.into()))?;
    }
    for batch in &events.batches {
        first.see(&filter_record_batch(batch, &named(batch, &trigger.event)?)?)?;
    }
    Ok(first.moments)
}

struct First<'a> {
    entries: &'a HashMap<&'a str, i64>,
    trigger: &'a Trigger,
    properties: Properties,
    own: String,
    links: LinksByColumn,
    moments: HashMap<String, i64>,
}

impl First<'_> {
    fn read(&mut self, path: &Path) -> Result<(), ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let filtered = self.properties.columns(&self.trigger.filters);
        let mut wanted = vec!["type", "name", "ts", self.own.as_str()];
        wanted.extend(self.links.iter().map(|(column, _)| column.as_str()));
        wanted.extend(filtered.iter().map(String::as_str));
        let columns =
            |names: &[&str]| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        let event = self.trigger.event.clone();
        let is_named = ArrowPredicateFn::new(columns(&["type", "name"]), move |batch| named(&batch, &event));
        let projection = columns(&wanted);
        let filter = RowFilter::new(vec![Box::new(is_named)]);
        for batch in builder.with_projection(projection).with_row_filter(filter).build()? {
            self.see(&batch?)?;
        }
        Ok(())
    }

    /// Takes rows that all have the event's name.
    fn see(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let moments: &TimestampMicrosecondArray = batch
            .column_by_name("ts")
            .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
            .ok_or_else(|| ArrowError::SchemaError("the column `ts` holds no moments".to_owned()))?;
        let strings = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let own = strings(&self.own);
        let linked: Vec<_> = self.links.iter().map(|(column, links)| (strings(column), links)).collect();
        let filters = Filtered::new(&self.trigger.filters, self.properties, batch);
        for row in 0..batch.num_rows() {
            let Some(unit) = unit_of(own, &linked, row) else { continue };
            let moment = moments.value(row);
            if self.entries.get(unit).is_none_or(|entry| moment < *entry)
                || self.moments.get(unit).is_some_and(|known| *known <= moment)
                || !filters.pass(row)
            {
                continue;
            }
            self.moments.insert(unit.to_owned(), moment);
        }
        Ok(())
    }
}

fn unit_of<'a>(
    own: Option<&'a StringArray>,
    linked: &[(Option<&'a StringArray>, &'a HashMap<String, String>)],
    row: usize,
) -> Option<&'a str> {
    let at = |column: &'a StringArray| column.is_valid(row).then(|| column.value(row));
    own.and_then(at)
        .or_else(|| linked.iter().find_map(|(column, links)| links.get(at((*column)?)?).map(String::as_str)))
}

fn named(batch: &RecordBatch, event: &str) -> Result<BooleanArray, ArrowError> {
    let (types, names) = (super::text(batch, "type")?, super::text(batch, "name")?);
    let pairs = types.iter().zip(names.iter());
    Ok(pairs.map(|(type_name, name)| Some(type_name == Some("track") && name == Some(event))).collect())
}
