//! Parquet files whose columns have the types of events, taken a batch at a time: what a row at a time costs most of an
//! analysis.

use super::{Imported, Request, mapping::Field, mapping::Mapping, table::event_batch};
use crate::{
    assignments::Sighting,
    balance,
    decimal::Decimal,
    rows::{ImportError, Place},
    verify::{Unverifiable, Verdict},
};
use datafusion::{
    arrow::{
        array::{
            Array as _, ArrayRef, AsArray as _, BooleanArray, Decimal128Array, RecordBatch, StringArray,
        },
        compute::{cast, filter_record_batch},
        datatypes::{DataType, Float64Type, Schema, TimeUnit, TimestampMicrosecondType},
    },
    parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
};
use std::{fs::File, path::Path};
use uuid::Uuid;

/// Rows a batch.
const ROWS: usize = 1 << 16;

/// Reads a file, if it is one of those; answers whether it was.
///
/// A float becomes the decimal of its shortest spelling, rounded once to six places, half to even, as it does in a file
/// that is read by rows.
pub(super) fn read(
    imported: &mut Imported,
    request: &Request,
    (index, file, mapping): (u64, &Path, &Mapping),
    unit: &str,
) -> Result<bool, ImportError> {
    if file.extension().is_none_or(|extension| extension != "parquet") {
        return Ok(false);
    }
    let Ok(opened) = File::open(file) else { return Ok(false) };
    let Ok(builder) = ParquetRecordBatchReaderBuilder::try_new(opened) else { return Ok(false) };
    if !suits(builder.schema(), mapping) {
        return Ok(false);
    }
    let given: Vec<&String> = builder.schema().fields().iter().map(|field| field.name()).collect();
    let wanted = mapping.columns();
    let roots = wanted.iter().filter_map(|column| given.iter().position(|name| name == column));
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.collect::<Vec<_>>());
    let reader = builder.with_projection(mask).with_batch_size(ROWS).build();
    let reader = reader.map_err(|error| ImportError::Arrow(error.into()))?;
    let mut line = 0;
    for batch in reader {
        let batch = batch?;
        let columns = Columns::of(&batch, mapping, unit, Place { file, line: line + 1 })?;
        imported.has_floats |= columns.has_floats;
        imported.batch(request, &columns, (index, line))?;
        line += batch.num_rows() as u64;
    }
    Ok(true)
}

/// Whether each column has the type of its field. Ids and properties are read by rows.
fn suits(schema: &Schema, mapping: &Mapping) -> bool {
    mapping.fields().all(|(field, column)| {
        let Ok(column) = schema.field_with_name(column) else { return false };
        let is_text = |data_type: &DataType| {
            matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        match (field, column.data_type()) {
            (Field::Id | Field::Property(_), _) => false,
            (Field::Ts, data_type) => matches!(data_type, DataType::Timestamp(..)),
            (Field::Value, data_type) => matches!(data_type, DataType::Float32 | DataType::Float64),
            (_, DataType::Dictionary(_, values)) => is_text(values),
            (_, data_type) => is_text(data_type),
        }
    })
}

/// The columns of a batch, in the types of events. What is not mapped is none.
struct Columns {
    ts: ArrayRef,
    unit: StringArray,
    kind: Option<StringArray>,
    name: Option<StringArray>,
    value: Option<Decimal128Array>,
    experiment: Option<StringArray>,
    variant: Option<StringArray>,
    has_floats: bool,
}

impl Columns {
    fn of(batch: &RecordBatch, mapping: &Mapping, unit: &str, place: Place<'_>) -> Result<Self, ImportError> {
        let column = |field: &Field| {
            mapping.position(field).and_then(|(_, column)| Some((column, batch.column_by_name(column)?)))
        };
        let text = |field: &Field| -> Result<Option<StringArray>, ImportError> {
            let Some((_, column)) = column(field) else { return Ok(None) };
            Ok(Some(cast(column, &DataType::Utf8)?.as_string::<i32>().clone()))
        };
        let needed =
            |field: &str| ImportError::BadMapping(format!("the mapping has no column for `{field}`"));
        let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let ts = cast(column(&Field::Ts).ok_or_else(|| needed("ts"))?.1, &moment)?;
        if ts.null_count() > 0 {
            return Err(place.bad_row("a moment is missing in this row or one of the next 65,536"));
        }
        let value = column(&Field::Value).map(|(name, column)| decimals(column, name, place)).transpose()?;
        Ok(Self {
            ts,
            unit: text(&Field::Unit(unit.to_owned()))?.ok_or_else(|| needed("units"))?,
            kind: text(&Field::Type)?,
            name: text(&Field::Name)?,
            has_floats: value.is_some(),
            value,
            experiment: text(&Field::Experiment)?,
            variant: text(&Field::Variant)?,
        })
    }
}

/// A row's text; none where it is missing or empty.
fn at(texts: Option<&StringArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| !texts.is_null(row)).map(|texts| texts.value(row)).filter(|text| !text.is_empty())
}

fn decimals(column: &ArrayRef, name: &str, place: Place<'_>) -> Result<Decimal128Array, ImportError> {
    let floats = cast(column, &DataType::Float64)?;
    let floats = floats.as_primitive::<Float64Type>();
    let mut numbers = Vec::with_capacity(floats.len());
    for (row, float) in floats.iter().enumerate() {
        let number = match float {
            None => None,
            Some(float) if float.is_nan() => None,
            Some(float) => Some(millionths(float).ok_or_else(|| ImportError::BadCell {
                file: place.file.to_owned(),
                line: place.line + row as u64,
                column: name.to_owned(),
                given: format!("`{float}`"),
                allowed: "a number within ±999999999999.999999".to_owned(),
            })?),
        };
        numbers.push(number.map(i128::from));
    }
    let scale = Decimal::SCALE.cast_signed();
    Ok(Decimal128Array::from(numbers).with_precision_and_scale(Decimal::PRECISION, scale)?)
}

/// Below this, no two decimals of six places are the same float, so that one which is this float is its shortest
/// spelling. Origin: floats below 2³² are at most 2⁻²⁰ < 10⁻⁶ apart.
const TOLD_APART: f64 = 4_294_967_296.0;

/// The float's shortest spelling in millionths, rounded half to even.
fn millionths(float: f64) -> Option<i64> {
    let rounded = (float * 1e6).round();
    if float.abs() < TOLD_APART && (rounded / 1e6).to_bits() == float.to_bits() {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and below 2^52")]
        return Some(rounded as i64);
    }
    Decimal::from_json(&format!("{float:e}")).ok().map(Decimal::millionths)
}

impl Imported {
    fn batch(
        &mut self,
        request: &Request,
        columns: &Columns,
        (file, line): (u64, u64),
    ) -> Result<(), ImportError> {
        let moments = columns.ts.as_primitive::<TimestampMicrosecondType>();
        let mut kinds: Vec<Option<&'static str>> = Vec::with_capacity(columns.unit.len());
        for row in 0..columns.unit.len() {
            let mut kept = None;
            if request.is_over(moments.value(row)) {
                kinds.push(None);
                continue;
            }
            if let Some(unit) = at(Some(&columns.unit), row) {
                let variant = at(columns.variant.as_ref(), row);
                let name = at(columns.name.as_ref(), row);
                match (at(columns.kind.as_ref(), row), variant, name) {
                    (Some("exposure"), _, _) | (None, Some(_), _) => {
                        let experiment = at(columns.experiment.as_ref(), row);
                        let place = Uuid::from_u64_pair(file, line + row as u64);
                        self.sighting(request, (unit, variant, experiment), moments.value(row), place);
                    }
                    (Some("track"), _, _) | (None, None, Some(_)) => kept = Some("track"),
                    (Some("feedback"), _, _) => kept = Some("feedback"),
                    (Some("error"), _, _) => kept = Some("error"),
                    (Some(_) | None, _, _) => self.left_out.other_types += 1,
                }
            } else {
                self.left_out.without_unit += 1;
            }
            kinds.push(kept);
        }
        if kinds.iter().all(Option::is_none) {
            return Ok(());
        }
        let is_kept: BooleanArray = kinds.iter().map(|kind| Some(kind.is_some())).collect();
        // No two rows have an id in common, and none is asked for.
        let kinds: StringArray = kinds.iter().map(|kind| Some(kind.unwrap_or_default())).collect();
        let events = event_batch(
            self.table.schema(),
            (kinds, columns.ts.clone()),
            (columns.name.as_ref(), &columns.unit, columns.value.as_ref()),
        )?;
        self.table.write_batch(&filter_record_batch(&events, &is_kept)?)
    }

    fn sighting(
        &mut self,
        request: &Request,
        (unit, variant, experiment): (&str, Option<&str>, Option<&str>),
        ts_us: i64,
        id: Uuid,
    ) {
        if experiment.is_some_and(|experiment| experiment != request.experiment) {
            self.left_out.other_experiments += 1;
            return;
        }
        let Some(variant) = variant else {
            self.left_out.without_variant += 1;
            return;
        };
        if !self.variants.contains(variant) {
            self.variants.insert(variant.to_owned());
        }
        self.first.see(&Sighting {
            id,
            ts_us,
            unit,
            variant,
            epoch: balance::EPOCH,
            bucket: None,
            verdict: Verdict::Unverifiable(Unverifiable::NoRuleset),
            // A file with properties is read by rows.
            attributes: &vec![None; request.dimensions.len()],
            is_bot: false,
            by_fallback: false,
            is_bucket_moved: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the reading of the shortest spelling.
        #[test]
        fn floats_become_their_shortest_spelling(digits in -10_i64.pow(15)..10_i64.pow(15), places in 0_i32..12) {
            #[allow(clippy::cast_precision_loss, reason = "any float will do")]
            let float = digits as f64 / 10_f64.powi(places);
            let spelled = Decimal::from_json(&format!("{float:e}")).ok().map(Decimal::millionths);
            prop_assert_eq!(millionths(float), spelled);
        }
    }
}
