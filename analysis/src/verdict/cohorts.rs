//! The assignments of a verdict: counted, so that no unit is named, and as a table again.

use crate::{
    assignments::{attribute_column, day_of, schema},
    plan::Plan,
};
use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, Int32Array, RecordBatch, StringArray, StringBuilder,
        TimestampMicrosecondArray,
    },
    datatypes::TimestampMicrosecondType,
    error::ArrowError,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    iter::repeat_n,
    sync::Arc,
};

/// Units that the results do not tell apart: of one variant, epoch, verdict and day, with the same attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// The variant of their first exposure.
    pub variant: String,
    /// The epoch that drew them.
    pub epoch: String,
    /// What the replay said: `verified`, `mismatched` or `unverifiable`.
    pub verdict: String,
    /// Their values of the plan's dimensions, in the plan's order; null where there was none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Option<String>>,
    /// The moment from which on the first of them counts; all of them came on this day, in UTC.
    pub first: Timestamp,
    /// How many there are.
    pub units: u64,
}

/// Variant, epoch, verdict, day, attributes.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str, Vec<Option<&'a str>>);

/// The cohorts of a table of assignments, in the order of their variants, epochs, verdicts and days.
pub(super) fn of_table(batches: &[RecordBatch], dimensions: usize) -> Vec<Cohort> {
    let mut cohorts: BTreeMap<Key<'_>, (i64, u64)> = BTreeMap::new();
    for batch in batches {
        let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let times = batch.column_by_name("first_ts");
        let times = times.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
        let (Some(variants), Some(epochs), Some(verdicts), Some(days), Some(times)) =
            (text("variant"), text("epoch"), text("verdict"), text("entry_day"), times)
        else {
            continue;
        };
        let attributes: Vec<Option<&StringArray>> =
            (0..dimensions).map(|index| text(&attribute_column(index))).collect();
        for row in 0..batch.num_rows() {
            let attributes = attributes.iter().map(|column| attribute(*column, row)).collect();
            let key =
                (variants.value(row), epochs.value(row), verdicts.value(row), days.value(row), attributes);
            let moment = times.value(row);
            match cohorts.entry(key) {
                Entry::Vacant(entry) => _ = entry.insert((moment, 1)),
                Entry::Occupied(mut entry) => {
                    let (first, units) = entry.get_mut();
                    *first = moment.min(*first);
                    *units += 1;
                }
            }
        }
    }
    let cohort = |((variant, epoch, verdict, _, attributes), (first, units)): (Key<'_>, _)| Cohort {
        variant: variant.to_owned(),
        epoch: epoch.to_owned(),
        verdict: verdict.to_owned(),
        attributes: attributes.into_iter().map(|value| value.map(ToOwned::to_owned)).collect(),
        first: Timestamp::from_microsecond(first).unwrap_or_default(),
        units,
    };
    cohorts.into_iter().map(cohort).collect()
}

fn attribute(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

/// A table of so many units without ids and buckets: all that is counted on it is as on the one that it stands for.
///
/// # Errors
/// Where Arrow cannot hold it.
pub(super) fn to_table(cohorts: &[Cohort], plan: &Plan) -> Result<Vec<RecordBatch>, ArrowError> {
    cohorts.iter().map(|cohort| cohort.batch(plan)).collect()
}

impl Cohort {
    fn batch(&self, plan: &Plan) -> Result<RecordBatch, ArrowError> {
        let units = usize::try_from(self.units).unwrap_or(usize::MAX);
        let text =
            |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(repeat_n(text, units))) };
        let moment = self.first.as_microsecond();
        let mut columns: Vec<ArrayRef> = vec![
            text(&plan.experiment),
            text(""),
            text(&self.epoch),
            Arc::new(Int32Array::new_null(units)),
            text(&self.variant),
            Arc::new(TimestampMicrosecondArray::from_value(moment, units).with_timezone("UTC")),
            text(&self.verdict),
            text(&day_of(moment)),
        ];
        columns.extend((0..plan.dimensions.len()).map(|index| -> ArrayRef {
            let mut values = StringBuilder::new();
            values.extend(repeat_n(self.attributes.get(index).and_then(Option::as_deref), units));
            Arc::new(values.finish())
        }));
        RecordBatch::try_new(schema(plan.dimensions.len()), columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cohorts_are_counted_as_they_were() {
        let mut plan = Plan::new("tone", "user", "a", vec!["a".into(), "b".into()], Vec::new(), 0.05);
        plan.dimensions = vec!["country".into()];
        let cohort = |variant: &str, country: Option<&str>, day: &str, units| Cohort {
            variant: variant.into(),
            epoch: "e1".into(),
            verdict: "verified".into(),
            attributes: vec![country.map(str::to_owned)],
            first: format!("2026-01-{day}T23:59:59.999999Z").parse().unwrap(),
            units,
        };
        let cohorts = vec![
            cohort("a", None, "05", 3),
            cohort("a", Some("IN"), "05", 1),
            cohort("a", Some("IN"), "06", 2),
            cohort("b", Some(""), "05", 4),
        ];
        let batches = to_table(&cohorts, &plan).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 10);
        assert_eq!(of_table(&batches, 1), cohorts);
    }
}
