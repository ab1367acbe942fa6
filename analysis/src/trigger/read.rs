//! When each unit triggered first.

use super::{Events, LinksByColumn, filter::pass, links_by_column};
use crate::{
    error::AnalysisError,
    event::{Body, Event},
    identities::LinkTable,
    plan::Trigger,
    rows::ImportError,
    scan::{Scan, take_all},
};
use datafusion::{
    arrow::{
        array::{
            Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray, StringViewArray,
            TimestampMicrosecondArray,
        },
        compute::{and, cast, filter_record_batch, kernels::cmp::eq},
        datatypes::{DataType, TimestampMicrosecondType},
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
use std::{collections::HashMap, fs::File, num::NonZeroUsize, path::Path, sync::Arc, thread};

/// Unit to its first triggering event at or after its entry, in microseconds since the Unix epoch.
pub(super) fn first_triggers(
    entries: &HashMap<&str, i64>,
    trigger: &Trigger,
    unit: &str,
    events: Events<'_>,
    links: &[LinkTable],
) -> Result<HashMap<String, i64>, AnalysisError> {
    let has_raw = match events {
        Events::Logged(source) => source.schema.field_with_name("raw").is_ok(),
        Events::Imported(_) => false,
    };
    if !trigger.filters.is_empty() && !has_raw {
        return Err(AnalysisError::TriggerFilters { event: trigger.event.clone() });
    }
    let mut first = First {
        entries,
        trigger,
        own: format!("unit_{unit}"),
        links: links_by_column(links),
        moments: HashMap::new(),
    };
    match events {
        Events::Logged(source) => {
            for path in &source.files {
                first.read(path).map_err(|error| AnalysisError::Arrow(error.into()))?;
            }
            for batch in &source.batches {
                first.see(&filter_record_batch(batch, &named(batch, &trigger.event)?)?)?;
            }
        }
        Events::Imported(scan) => first.scan(scan)?,
    }
    Ok(first.moments)
}

struct First<'a> {
    entries: &'a HashMap<&'a str, i64>,
    trigger: &'a Trigger,
    own: String,
    links: LinksByColumn,
    moments: HashMap<String, i64>,
}

impl First<'_> {
    fn read(&mut self, path: &Path) -> Result<(), ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let mut wanted = vec!["type", "name", "ts", self.own.as_str()];
        wanted.extend(self.links.iter().map(|(column, _)| column.as_str()));
        wanted.extend((!self.trigger.filters.is_empty()).then_some("raw"));
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

    fn scan(&mut self, scan: &dyn Scan) -> Result<(), ImportError> {
        let columns = ["type", "name", "ts", self.own.as_str()];
        let most = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        take_all(scan.readers(&columns, most)?, |batch| {
            let is = |column: usize, text: &str| {
                eq(&cast(batch.column(column), &DataType::Utf8View)?, &StringViewArray::new_scalar(text))
            };
            let is_named = and(&is(0, "track")?, &is(1, &self.trigger.event)?)?;
            let named = filter_record_batch(batch, &is_named)?;
            let unit = cast(named.column(3), &DataType::Utf8)?;
            let of_unit = [("ts", Arc::clone(named.column(2))), (self.own.as_str(), unit)];
            Ok(self.see(&RecordBatch::try_from_iter_with_nullable(
                of_unit.map(|(name, column)| (name, column, true)),
            )?)?)
        })
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
        let raw = strings("raw");
        for row in 0..batch.num_rows() {
            let Some(unit) = unit_of(own, &linked, row) else { continue };
            let moment = moments.value(row);
            if self.entries.get(unit).is_none_or(|entry| moment < *entry)
                || self.moments.get(unit).is_some_and(|known| *known <= moment)
                || !self.passes(raw, row)
            {
                continue;
            }
            self.moments.insert(unit.to_owned(), moment);
        }
        Ok(())
    }

    fn passes(&self, raw: Option<&StringArray>, row: usize) -> bool {
        if self.trigger.filters.is_empty() {
            return true;
        }
        let event = raw.and_then(|raw| Event::parse(raw.value(row).as_bytes()).ok());
        matches!(event.map(|event| event.body), Some(Body::Track(track)) if pass(&self.trigger.filters, &track.properties))
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
