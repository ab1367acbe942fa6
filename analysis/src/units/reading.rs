//! The table in the making: row by row, each unit once.

use super::{Columns, Units, number_column, shares};
use crate::{
    assignments::UnitsByEpoch,
    balance::EPOCH,
    decimal::Decimal,
    results::Exclusion,
    rows::{Cell, ImportError, Place},
};
use datafusion::arrow::{
    array::{ArrayRef, Decimal128Builder, RecordBatch, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

/// The table in the making.
pub(super) struct Reading {
    /// Unit to the number of its variant.
    seen: HashMap<Box<str>, usize>,
    variants: Vec<String>,
    units: StringBuilder,
    variant_names: StringBuilder,
    epochs: StringBuilder,
    days: StringBuilder,
    numbers: Vec<Decimal128Builder>,
    counts: UnitsByEpoch,
    in_two_variants: BTreeMap<String, u64>,
    without_unit: u64,
    without_variant: u64,
    repeated: u64,
    first_repeated: Option<(u64, String)>,
    has_floats: bool,
}

impl Reading {
    pub(super) fn new(columns: &Columns) -> Self {
        let number = || Decimal128Builder::new().with_data_type(number_type());
        Self {
            seen: HashMap::new(),
            variants: Vec::new(),
            units: StringBuilder::new(),
            variant_names: StringBuilder::new(),
            epochs: StringBuilder::new(),
            days: StringBuilder::new(),
            numbers: (0..columns.binary.len() + columns.continuous.len()).map(|_| number()).collect(),
            counts: UnitsByEpoch::new(),
            in_two_variants: BTreeMap::new(),
            without_unit: 0,
            without_variant: 0,
            repeated: 0,
            first_repeated: None,
            has_floats: false,
        }
    }

    pub(super) fn row(
        &mut self,
        columns: &Columns,
        place: Place<'_>,
        cells: &[Cell<'_>],
    ) -> Result<(), ImportError> {
        let [unit, variant, numbers @ ..] = cells else { return Ok(()) };
        let Some(unit) = name_of(place, &columns.unit, unit)? else {
            self.without_unit += 1;
            return Ok(());
        };
        let Some(variant) = name_of(place, &columns.variant, variant)? else {
            self.without_variant += 1;
            return Ok(());
        };
        // All cells are read, so that what is wrong in a row that does not count is told as well.
        let values = self.values(columns, place, numbers)?;
        let number = self.variant_number(variant);
        if let Some(first) = self.seen.get(unit).copied() {
            self.repeat(place, unit, first, number);
            return Ok(());
        }
        self.seen.insert(unit.into(), number);
        self.units.append_value(unit);
        self.variant_names.append_value(variant);
        self.epochs.append_value(EPOCH);
        // Such a table does not say when its units came.
        self.days.append_value("");
        for (column, value) in self.numbers.iter_mut().zip(values) {
            column.append_option(value.map(|value| i128::from(value.millionths())));
        }
        *self.counts.entry(variant.to_owned()).or_default().entry(EPOCH.to_owned()).or_default() += 1;
        Ok(())
    }

    fn values(
        &mut self,
        columns: &Columns,
        place: Place<'_>,
        cells: &[Cell<'_>],
    ) -> Result<Vec<Option<Decimal>>, ImportError> {
        let binary = columns.binary.iter().map(|column| (column, true));
        let all = binary.chain(columns.continuous.iter().map(|column| (column, false)));
        let mut values = Vec::with_capacity(cells.len());
        for ((column, is_binary), cell) in all.zip(cells) {
            self.has_floats |= !is_binary && matches!(cell, Cell::Float(_));
            values.push(match cell {
                cell if cell.is_missing_number() => None,
                cell if is_binary => Some(binary_value(place, column, cell)?),
                cell => Some(
                    cell.number()
                        .map_err(|error| place.bad_cell(column, cell, format!("a number: {error}")))?,
                ),
            });
        }
        Ok(values)
    }

    fn variant_number(&mut self, variant: &str) -> usize {
        self.variants.iter().position(|known| known == variant).unwrap_or_else(|| {
            self.variants.push(variant.to_owned());
            self.variants.len() - 1
        })
    }

    fn repeat(&mut self, place: Place<'_>, unit: &str, first: usize, now: usize) {
        self.repeated += 1;
        self.first_repeated.get_or_insert_with(|| (place.line, unit.to_owned()));
        if first != now {
            *self.in_two_variants.entry(self.variants[first].clone()).or_default() += 1;
        }
    }

    pub(super) fn finish(mut self, file: &Path, columns: Columns) -> Result<Units, ImportError> {
        if self.seen.is_empty() {
            return Err(ImportError::NoRows);
        }
        self.variants.sort_by_key(|variant| (*variant != columns.control, variant.clone()));
        if self.variants.first() != Some(&columns.control) {
            return Err(ImportError::NoControl { control: columns.control, variants: self.variants });
        }
        let shares = shares(&columns.allocation, &self.variants)?;
        Ok(Units {
            name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            exclusions: self.exclusions(&columns),
            rows: self.batch()?,
            columns,
            shares,
            variants: self.variants,
            counts: self.counts,
            in_two_variants: self.in_two_variants,
            has_floats: self.has_floats,
        })
    }

    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.units.finish()),
            Arc::new(self.variant_names.finish()),
            Arc::new(self.epochs.finish()),
            Arc::new(self.days.finish()),
        ];
        columns.extend(self.numbers.iter_mut().map(|numbers| Arc::new(numbers.finish()) as ArrayRef));
        RecordBatch::try_new(schema(self.numbers.len()), columns)
    }

    fn exclusions(&self, columns: &Columns) -> Vec<Exclusion> {
        let repeated = match &self.first_repeated {
            Some((line, unit)) => {
                format!("rows of units that had a row before; the first is `{unit}` in line {line}")
            }
            None => String::new(),
        };
        let all = [
            Exclusion {
                exclusion: "missing_unit",
                count: self.without_unit,
                what: format!("rows without a unit in the column `{}`", columns.unit),
                action: "see why the table has them",
            },
            Exclusion {
                exclusion: "missing_variant",
                count: self.without_variant,
                what: format!("rows without a variant in the column `{}`", columns.variant),
                action: "see why the table has them",
            },
            Exclusion {
                exclusion: "repeated_unit",
                count: self.repeated,
                what: repeated,
                action: "make the table one row a unit: sum up the metrics, keep the first variant",
            },
        ];
        all.into_iter().filter(|exclusion| exclusion.count > 0).collect()
    }
}

/// A unit or a variant; none where it is missing.
fn name_of<'c>(place: Place<'_>, column: &str, cell: &'c Cell<'_>) -> Result<Option<&'c str>, ImportError> {
    match cell {
        Cell::Missing => Ok(None),
        Cell::Bool(true) => Ok(Some("true")),
        Cell::Bool(false) => Ok(Some("false")),
        cell => cell.text().map(Some).ok_or_else(|| place.bad_cell(column, cell, "text or a whole number")),
    }
}

fn binary_value(place: Place<'_>, column: &str, cell: &Cell<'_>) -> Result<Decimal, ImportError> {
    let value = cell.boolean().ok_or_else(|| place.bad_cell(column, cell, "true, false, 1 or 0"))?;
    Ok(Decimal::from_millionths(if value { 1_000_000 } else { 0 }).unwrap_or_default())
}

fn schema(numbers: usize) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields = vec![text("unit"), text("variant"), text("epoch"), text("entry_day")];
    fields.extend((0..numbers).map(|index| Field::new(number_column(index), number_type(), true)));
    Arc::new(Schema::new(fields))
}

fn number_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}
