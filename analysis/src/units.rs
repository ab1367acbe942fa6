//! Tables that are already one row a unit: what a warehouse or a published data set holds.

use crate::{
    aggregate,
    analyze::{Progress, Stage},
    assignments::UnitsByEpoch,
    balance::{self, EPOCH},
    decimal::Decimal,
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Measured, estimate, units_of},
    plan::{Role, Silent},
    results::{
        Exclusion, Kind, Provenance, Results, SCHEMA_VERSION, SampleRatioChecks, Severity, SourceKind,
        VariantSummary, Warning, WarningCode,
    },
    rows::{self, Cell, ImportError, Place},
    sql::UnitTable,
    verify::Shares,
};
use datafusion::arrow::{
    array::{ArrayRef, Decimal128Builder, RecordBatch, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
};
use edgewise_stats::Alpha;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

/// What stands where in the table.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The column of the unit's id.
    pub unit: String,
    /// The column of the variant.
    pub variant: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// Columns of `true`, `false`, `1` or `0`.
    pub binary: Vec<String>,
    /// Columns of numbers.
    pub continuous: Vec<String>,
    /// Variant to its share of the units, in any unit. Empty: equal shares.
    pub allocation: BTreeMap<String, f64>,
}

/// A table of units, read and checked.
#[derive(Debug)]
pub struct Units {
    name: String,
    columns: Columns,
    variants: Vec<String>,
    shares: Shares,
    counts: UnitsByEpoch,
    in_two_variants: BTreeMap<String, u64>,
    exclusions: Vec<Exclusion>,
    has_floats: bool,
    source: Source,
}

/// The table's name in the engine.
const TABLE: &str = "units";

impl Units {
    /// Reads a CSV, NDJSON or Parquet file.
    ///
    /// A row without a unit or a variant is left out and counted, and so is a unit's second row. A missing number
    /// leaves its unit out of that metric.
    ///
    /// # Errors
    /// Where the file or a column is not there, a cell is no number or no boolean, or no row has the control.
    pub fn read(file: &Path, columns: Columns) -> Result<Self, ImportError> {
        let mut reading = Reading::new(&columns);
        let wanted: Vec<&str> = [&columns.unit, &columns.variant]
            .into_iter()
            .chain(&columns.binary)
            .chain(&columns.continuous)
            .map(String::as_str)
            .collect();
        rows::read(file, &wanted, &mut |place, cells| reading.row(&columns, place, cells))?;
        reading.finish(file, columns)
    }

    /// Compares the variants on every column.
    ///
    /// # Errors
    /// Where the engine fails.
    pub async fn analyze(
        &self,
        engine: &dyn Engine,
        alpha: Alpha,
        progress: Progress<'_>,
    ) -> Result<Results, AnalysisError> {
        engine.register(TABLE, self.source.clone()).await?;
        let frame = Frame { variants: &self.variants, alpha, units: &self.counts, shares: &self.shares };
        let kinds = self.columns.binary.iter().map(|column| (column, Kind::Binary));
        let kinds: Vec<_> =
            kinds.chain(self.columns.continuous.iter().map(|column| (column, Kind::Continuous))).collect();
        let mut metrics = Vec::new();
        for (index, (column, kind)) in kinds.iter().enumerate() {
            progress(Stage::Measuring { metric: column, index, of: kinds.len() });
            let number_column = number_column(index);
            let table = UnitTable { table: TABLE, number_column: &number_column };
            let sums = aggregate::sums_of_units(engine, &table).await?;
            metrics.push(estimate(&frame, &measured(column, *kind), &sums, None));
        }
        let sample_ratio = balance::test(&self.counts, &self.shares, &self.variants);
        let variants: Vec<_> = self.variants.iter().map(|variant| self.summary(variant)).collect();
        let mut warnings = Vec::new();
        warnings.extend(balance::warn(&sample_ratio, "all units"));
        warnings.extend(balance::warn_of_units_in_two_variants(&variants));
        warnings.extend(self.has_floats.then(floating_point));
        warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        Ok(Results {
            schema_version: SCHEMA_VERSION,
            experiment: self.name.clone(),
            unit: self.columns.unit.clone(),
            control: self.columns.control.clone(),
            alpha: alpha.get(),
            source: SourceKind::Units,
            iteration: None,
            watermark: None,
            variants,
            sample_ratio: SampleRatioChecks {
                before_exclusions: sample_ratio.clone(),
                after_exclusions: sample_ratio,
            },
            metrics,
            exclusions: self.exclusions.clone(),
            warnings,
            decision: None,
            growth: Vec::new(),
            dimensions: Vec::new(),
            health: Vec::new(),
            provenance: Provenance::default(),
        })
    }

    fn summary(&self, variant: &str) -> VariantSummary {
        VariantSummary {
            variant: variant.to_owned(),
            is_control: variant == self.columns.control,
            units: units_of(&self.counts, variant),
            exposures: None,
            units_moved: 0,
            units_in_two_variants: self.in_two_variants.get(variant).copied().unwrap_or(0),
        }
    }
}

fn measured(column: &str, kind: Kind) -> Measured<'_> {
    Measured {
        metric: column,
        role: Role::Secondary,
        kind,
        direction: None,
        window_seconds: None,
        silent: Silent::Exclude,
    }
}

/// Said where numbers come from floats.
pub(crate) fn floating_point() -> Warning {
    Warning {
        warning: WarningCode::FloatingPointSource,
        severity: Severity::Note,
        what: "numbers come from columns of binary floating point".to_owned(),
        why: "they are rounded to six decimals by way of their shortest decimal, so the file may not hold what was meant, and another reader may round otherwise",
        action: "store them as decimals for results that are the same to the bit everywhere",
    }
}

/// The table in the making.
struct Reading {
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
    fn new(columns: &Columns) -> Self {
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

    fn row(&mut self, columns: &Columns, place: Place<'_>, cells: &[Cell<'_>]) -> Result<(), ImportError> {
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

    fn finish(mut self, file: &Path, columns: Columns) -> Result<Units, ImportError> {
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
            source: self.source()?,
            columns,
            shares,
            variants: self.variants,
            counts: self.counts,
            in_two_variants: self.in_two_variants,
            has_floats: self.has_floats,
        })
    }

    fn source(&mut self) -> Result<Source, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.units.finish()),
            Arc::new(self.variant_names.finish()),
            Arc::new(self.epochs.finish()),
            Arc::new(self.days.finish()),
        ];
        columns.extend(self.numbers.iter_mut().map(|numbers| Arc::new(numbers.finish()) as ArrayRef));
        let schema = schema(self.numbers.len());
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        Ok(Source::batches(schema, vec![batch]))
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

/// What the allocation promised.
pub(crate) fn shares(allocation: &BTreeMap<String, f64>, variants: &[String]) -> Result<Shares, ImportError> {
    balance::shares_of(allocation, variants).ok_or_else(|| ImportError::BadAllocation {
        given: allocation.iter().map(|(variant, share)| format!("{variant}={share}")).collect(),
        variants: variants.to_vec(),
    })
}

fn schema(numbers: usize) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields = vec![text("unit"), text("variant"), text("epoch"), text("entry_day")];
    fields.extend((0..numbers).map(|index| Field::new(number_column(index), number_type(), true)));
    Arc::new(Schema::new(fields))
}

fn number_column(index: usize) -> String {
    format!("number_{index}")
}

fn number_type() -> DataType {
    DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed())
}
