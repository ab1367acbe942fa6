//! Tables that are already one row a unit: what a warehouse or a published data set holds.

mod reading;
mod spread;

use crate::{
    aggregate,
    analyze::{Progress, Stage},
    assignments::UnitsByEpoch,
    balance,
    conclude::{self, conclude, entries::Entries, signals::Signals},
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Measured, Rules, estimate, units_of},
    plan::{Decision, Direction, Metric, MetricKind, Plan, PlannedMetric, Role, Silent, ValueSource},
    results::{
        Exclusion, Health, Kind, MetricResult, Provenance, Results, SCHEMA_VERSION, SampleRatioChecks,
        Severity, SourceKind, VariantSummary, Warning, WarningCode,
    },
    rows::{self, ImportError},
    sql::UnitTable,
    verify::Shares,
};
use datafusion::arrow::array::RecordBatch;
use edgewise_stats::{Alpha, decide::Gates};
use reading::Reading;
use std::{collections::BTreeMap, path::Path};

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
    /// The column that decides; none: all of them inform, and nothing is decided.
    pub primary: Option<Primary>,
}

/// The column that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primary {
    /// One of the columns of numbers.
    pub column: String,
    /// Whether more is better.
    pub direction: Direction,
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
    rows: RecordBatch,
}

/// The table's name in the engine.
const TABLE: &str = "units";

/// What such a table can be checked for: it says nothing of exposures, events and days.
const CHECKED: [Health; 3] = [Health::SampleRatio, Health::TwoVariants, Health::Plausibility];

impl Units {
    /// Reads a CSV, NDJSON or Parquet file.
    ///
    /// A row without a unit or a variant is left out and counted, and so is a unit's second row. A missing number
    /// leaves its unit out of that metric.
    ///
    /// # Errors
    /// Where the file or a column is not there, a cell is no number or no boolean, or no row has the control.
    pub fn read(file: &Path, columns: Columns) -> Result<Self, ImportError> {
        let numbers = || columns.binary.iter().chain(&columns.continuous);
        if let Some(primary) =
            columns.primary.as_ref().filter(|primary| !numbers().any(|column| *column == primary.column))
        {
            return Err(ImportError::NoColumn {
                file: file.to_owned(),
                column: primary.column.clone(),
                given: numbers().cloned().collect(),
            });
        }
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

    /// Compares the variants on every column, and decides where somebody said by which one.
    ///
    /// # Errors
    /// Where the engine fails, or `alpha` is no level.
    pub async fn analyze(
        &self,
        engine: &dyn Engine,
        alpha: Alpha,
        progress: Progress<'_>,
    ) -> Result<Results, AnalysisError> {
        let plan = self.plan(alpha);
        engine.register(TABLE, Source::batches(self.rows.schema(), vec![self.rows.clone()])).await?;
        let frame = Frame {
            variants: &self.variants,
            alpha,
            units: &self.counts,
            shares: &self.shares,
            rules: Rules::of(&plan),
        };
        let mut metrics = Vec::new();
        progress(Stage::Measuring { metrics: plan.metrics.len() });
        for (index, planned) in plan.metrics.iter().enumerate() {
            let number_column = number_column(index);
            let table = UnitTable { table: TABLE, number_column: &number_column };
            let sums = aggregate::sums_of_units(engine, &table).await?;
            let mut metric = estimate(&frame, &Self::measured(planned), &sums, None);
            if metric.kind == Kind::Continuous {
                metric.distribution = spread::distribution(&self.rows, &number_column, &self.variants);
            }
            metrics.push(metric);
        }
        let mut results = self.results(alpha, metrics);
        let (entries, signals) = (Entries::default(), Signals::default());
        let facts = conclude::Facts {
            plan: &plan,
            shares: &self.shares,
            entries: &entries,
            signals: &signals,
            looks: None,
        };
        conclude(&mut results, &facts)?;
        results.health.retain(|check| CHECKED.contains(&check.check));
        Ok(results)
    }

    /// What is analysed: each column a metric, and no days to wait for.
    fn plan(&self, alpha: Alpha) -> Plan {
        let binary = self.columns.binary.iter().map(|column| (column, MetricKind::Binary));
        let continuous = |column| (column, MetricKind::Continuous { value: ValueSource::Value });
        let planned = |(column, kind): (&String, MetricKind)| {
            let primary = self.columns.primary.as_ref().filter(|primary| primary.column == *column);
            let metric = Metric {
                silent: Silent::Exclude,
                direction: primary.map_or(Direction::Increase, |primary| primary.direction),
                ..Metric::new(column, kind, column)
            };
            PlannedMetric::new(metric, if primary.is_some() { Role::Primary } else { Role::Secondary })
        };
        let all = binary.chain(self.columns.continuous.iter().map(continuous));
        let plan = Plan::new(
            &self.name,
            &self.columns.unit,
            &self.columns.control,
            self.variants.clone(),
            all.map(planned).collect(),
            alpha.get(),
        );
        let gates = Gates { days: 0.0, ..Gates::default() };
        Plan { decision: Decision { horizon_days: Some(0), gates, ..Decision::default() }, ..plan }
    }

    /// Of columns that decide nothing nobody said whether more is better.
    fn measured(planned: &PlannedMetric) -> Measured<'_> {
        let direction = (planned.role == Role::Primary).then_some(planned.metric.direction);
        Measured { direction, ..Measured::from(planned) }
    }

    fn results(&self, alpha: Alpha, metrics: Vec<MetricResult>) -> Results {
        let sample_ratio = balance::test(&self.counts, &self.shares, &self.variants);
        let variants: Vec<_> = self.variants.iter().map(|variant| self.summary(variant)).collect();
        let mut warnings = Vec::new();
        warnings.extend(balance::warn(&sample_ratio, "all units"));
        warnings.extend(balance::warn_of_units_in_two_variants(&variants));
        warnings.extend(self.has_floats.then(floating_point));
        warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        Results {
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
            looks: None,
            growth: Vec::new(),
            dimensions: Vec::new(),
            health: Vec::new(),
            provenance: Provenance::new(None, Vec::new()),
        }
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

/// What the allocation promised.
pub(crate) fn shares(allocation: &BTreeMap<String, f64>, variants: &[String]) -> Result<Shares, ImportError> {
    balance::shares_of(allocation, variants).ok_or_else(|| ImportError::BadAllocation {
        given: allocation.iter().map(|(variant, share)| format!("{variant}={share}")).collect(),
        variants: variants.to_vec(),
    })
}

fn number_column(index: usize) -> String {
    format!("number_{index}")
}
