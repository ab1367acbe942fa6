//! From an experiment's events to its results.

mod properties;

use crate::{
    aggregate::{self, Measured, Numbers},
    assignments::Counts,
    balance,
    bots::Bots,
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Rules, absent_metric, estimate, estimate_quantile, units_of},
    import::Imported,
    log,
    moments::latest,
    observed::Observed,
    plan::{Metric, MetricKind, Plan, PlannedMetric},
    results::{
        AbsentCode, AbsentMetric, Exclusion, Exposures, MetricResult, Provenance, Results, SCHEMA_VERSION,
        SampleRatioChecks, Severity, VariantSummary, Warning, WarningCode,
    },
    sql::{self, ASSIGNMENTS, EventTable},
    verify::{Rulesets, Verdict},
};
use edgewise_stats::Alpha;
use jiff::Timestamp;
use properties::{columns_of, properties_of};
use std::collections::BTreeSet;

/// How far an analysis is.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// Exposures are read and replayed.
    Verifying,
    /// Metrics are summed up.
    Measuring {
        /// How many.
        metrics: usize,
    },
}

/// Whom an analysis tells how far it is.
pub type Progress<'a> = &'a (dyn Fn(Stage) + Sync);

/// The table of events, as [`sql`] asks for it.
const EVENTS: &str = "events";

/// Analyses an experiment by the project's own event log.
///
/// `known` are the ids of all experiments of the project.
///
/// # Errors
/// Where the folder cannot be read, a name cannot be asked for, or the engine fails.
pub async fn analyze_log(
    engine: &dyn Engine,
    source: &log::Source,
    rulesets: &Rulesets,
    plan: &Plan,
    known: &BTreeSet<String>,
    progress: Progress<'_>,
) -> Result<Results, AnalysisError> {
    progress(Stage::Verifying);
    let observed = Observed::from_log(source, rulesets, plan, known, &Bots::default())?;
    let table = source.with_properties(&properties_of(plan))?;
    engine.register(EVENTS, table.source()).await?;
    // Sealed segments and what follows them hold no id twice.
    let results = Analysis { engine, plan, observed, has_unique_ids: true, mapped: None, progress };
    results.run().await
}

/// Analyses an experiment by events that another system collected: exposures are counted as they are claimed.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub async fn analyze_events(
    engine: &dyn Engine,
    imported: &Imported,
    observed: Observed,
    plan: &Plan,
    progress: Progress<'_>,
) -> Result<Results, AnalysisError> {
    progress(Stage::Verifying);
    engine.register(EVENTS, imported.events()).await?;
    let mapped = Some(imported.properties());
    Analysis { engine, plan, observed, has_unique_ids: false, mapped, progress }.run().await
}

struct Analysis<'a> {
    engine: &'a dyn Engine,
    plan: &'a Plan,
    observed: Observed,
    has_unique_ids: bool,
    /// The properties that a column is mapped to; none where every event says its own.
    mapped: Option<&'a BTreeSet<String>>,
    progress: Progress<'a>,
}

impl Analysis<'_> {
    async fn run(self) -> Result<Results, AnalysisError> {
        let alpha = Alpha::new(self.plan.alpha)?;
        let variants = control_first(self.plan);
        let counts = &self.observed.assignments.counts;
        let assignments = Source::batches(
            self.observed.assignments.schema.clone(),
            self.observed.assignments.batches.clone(),
        );
        self.engine.register(ASSIGNMENTS, assignments).await?;
        let watermark = latest(&self.engine.query(&sql::latest_arrival(EVENTS)?).await?)?;
        let frame = Frame {
            variants: &variants,
            alpha,
            units: &counts.admitted,
            shares: &self.observed.shares,
            rules: Rules::of(self.plan),
        };
        let metrics = self.metrics(&frame, watermark).await?;
        Ok(self.results(&variants, watermark, metrics))
    }

    /// The metrics in the plan's order.
    async fn metrics(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = EventTable {
            table: EVENTS,
            unit_column: &unit_column,
            has_unique_ids: self.has_unique_ids,
            experiment: &self.plan.experiment,
            verdicts: self.observed.trust.verdicts(),
            watermark_us: watermark.map_or(i64::MIN, Timestamp::as_microsecond),
            trigger: self.plan.trigger.as_ref(),
            slice_column: None,
        };
        let any_units = frame.variants.iter().any(|variant| units_of(frame.units, variant) > 0);
        // Without units there is nothing to join, and the log may lack the unit's column.
        let is_measured = |planned: &&PlannedMetric| any_units && self.not_mapped(&planned.metric).is_none();
        let metrics: Vec<&Metric> =
            self.plan.metrics.iter().filter(is_measured).map(|planned| &planned.metric).collect();
        (self.progress)(Stage::Measuring { metrics: metrics.len() });
        let mut measured = aggregate::measure(self.engine, &events, &metrics).await?.into_iter();
        let result = |planned: &PlannedMetric| match self.not_mapped(&planned.metric) {
            Some(absent) => absent_metric(&planned.into(), absent),
            None if !any_units => estimate(frame, &planned.into(), &[], None),
            None => measured.next().map_or_else(
                || estimate(frame, &planned.into(), &[], None),
                |measured| estimated(frame, planned, measured),
            ),
        };
        Ok(self.plan.metrics.iter().map(result).collect())
    }

    /// Why a metric cannot be measured, where nobody said which column holds a property.
    fn not_mapped(&self, metric: &Metric) -> Option<AbsentMetric> {
        let mapped = self.mapped?;
        let columns = columns_of(metric);
        let missing = columns.iter().find(|column| !mapped.contains(&column.property))?;
        let because = format!(
            "`{}` asks for the property `{}`, and no column is mapped to it: add `properties.{1}=<column>` to --columns",
            metric.id, missing.property
        );
        Some(AbsentMetric { absent: AbsentCode::Refused, because })
    }

    fn results(
        self,
        variants: &[String],
        watermark: Option<Timestamp>,
        metrics: Vec<MetricResult>,
    ) -> Results {
        let counts = &self.observed.assignments.counts;
        let summaries: Vec<_> =
            variants.iter().map(|variant| summary(counts, variant, variant == &self.plan.control)).collect();
        let sample_ratio = SampleRatioChecks {
            before_exclusions: balance::test(&counts.claimed, &self.observed.shares, variants),
            after_exclusions: balance::test(&counts.admitted, &self.observed.shares, variants),
        };
        let mut exclusions = self.observed.exclusions;
        exclusions.extend(exposures_left_out(counts, variants, self.observed.trust.verdicts()));
        let mut warnings = self.observed.warnings;
        warnings.extend(balance::warn(&sample_ratio.before_exclusions, "all exposed units"));
        if sample_ratio.before_exclusions != sample_ratio.after_exclusions {
            warnings.extend(balance::warn(&sample_ratio.after_exclusions, "the units that count"));
        }
        warnings.extend(balance::warn_of_units_in_two_variants(&summaries));
        warnings.extend(no_units(&summaries, &self.plan.experiment));
        warnings.extend(units_moved(&summaries));
        warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        Results {
            schema_version: SCHEMA_VERSION,
            experiment: self.plan.experiment.clone(),
            unit: self.plan.unit.clone(),
            control: self.plan.control.clone(),
            alpha: self.plan.alpha,
            source: self.observed.source,
            iteration: self.observed.iteration,
            watermark,
            variants: summaries,
            sample_ratio,
            metrics,
            exclusions,
            warnings,
            decision: None,
            growth: Vec::new(),
            dimensions: Vec::new(),
            health: Vec::new(),
            provenance: Provenance::default(),
        }
    }
}

fn estimated(frame: &Frame<'_>, planned: &PlannedMetric, measured: Measured) -> MetricResult {
    match (measured.numbers, &planned.metric.kind) {
        (Numbers::Quantiles(quantiles), MetricKind::Quantile { level, .. }) => {
            let arms: Vec<_> = quantiles.iter().map(|quantile| quantile.arm(*level)).collect();
            estimate_quantile(frame, &planned.into(), &arms, Some(measured.events))
        }
        (Numbers::Sums(sums), _) => estimate(frame, &planned.into(), &sums, Some(measured.events)),
        (Numbers::Quantiles(_), _) => estimate(frame, &planned.into(), &[], Some(measured.events)),
    }
}

fn control_first(plan: &Plan) -> Vec<String> {
    let others = plan.variants.iter().filter(|variant| **variant != plan.control);
    std::iter::once(&plan.control).chain(others).cloned().collect()
}

fn summary(counts: &Counts, variant: &str, is_control: bool) -> VariantSummary {
    let mut exposures = Exposures::default();
    for (verdict, count) in counts.verdicts.get(variant).into_iter().flatten() {
        exposures.total += count;
        match verdict {
            Verdict::Verified => exposures.verified += count,
            Verdict::Mismatched(cause) => *exposures.mismatched.entry(*cause).or_default() += count,
            Verdict::Unverifiable(cause) => *exposures.unverifiable.entry(*cause).or_default() += count,
        }
    }
    exposures.verified_share = share(exposures.verified, exposures.total);
    VariantSummary {
        variant: variant.to_owned(),
        is_control,
        units: units_of(&counts.admitted, variant),
        exposures: Some(exposures),
        units_moved: counts.moved.get(variant).copied().unwrap_or(0),
        units_in_two_variants: counts.in_two_variants.get(variant).copied().unwrap_or(0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits than a float has")]
fn share(some: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}

/// The exposures that do not count, by the cause.
fn exposures_left_out(counts: &Counts, variants: &[String], verdicts: &[&str]) -> Vec<Exclusion> {
    let mut exclusions = Vec::new();
    let mut exclude = |exclusion, count, what: String, action| {
        if count > 0 {
            exclusions.push(Exclusion { exclusion, count, what, action });
        }
    };
    exclude(
        "repeated_exposure",
        counts.repetitions,
        "exposures that came again with the same id".to_owned(),
        "",
    );
    let all = |wanted: fn(Verdict) -> bool| -> u64 {
        let counted = counts.verdicts.values().flatten();
        counted.filter(|(verdict, _)| wanted(**verdict)).map(|(_, count)| count).sum()
    };
    exclude(
        "mismatched_exposure",
        all(|verdict| matches!(verdict, Verdict::Mismatched(_))),
        "exposures that their own ruleset answers otherwise; the causes are listed by variant".to_owned(),
        "look for hosts that change an answer or a context after the ruleset was asked",
    );
    if !verdicts.contains(&"unverifiable") {
        exclude(
            "unverifiable_exposure",
            all(|verdict| matches!(verdict, Verdict::Unverifiable(_))),
            "exposures whose ruleset, or that of their sticky record, is not in the data folder".to_owned(),
            "put the ruleset's file into the data folder's rulesets/ and analyse again",
        );
    }
    let foreign = counts.admitted.keys().filter(|variant| !variants.contains(variant));
    let names: Vec<&str> = foreign.map(String::as_str).collect();
    exclude(
        "variant_not_in_plan",
        names.iter().map(|variant| units_of(&counts.admitted, variant)).sum(),
        format!("units of variants that the plan does not name: {}", names.join(", ")),
        "add them to the experiment's variants, or analyse by the plan that was in force",
    );
    exclusions
}

fn no_units(variants: &[VariantSummary], experiment: &str) -> Option<Warning> {
    variants.iter().all(|variant| variant.units == 0).then(|| Warning {
        warning: WarningCode::NoUnits,
        severity: Severity::Invalid,
        what: format!("no exposure of `{experiment}` counts"),
        why: "without units there is nothing to estimate",
        action: "check that the code exposes units and ships its events; what came but does not count is listed as an exclusion",
    })
}

fn units_moved(variants: &[VariantSummary]) -> Option<Warning> {
    let moved: u64 = variants.iter().map(|variant| variant.units_moved).sum();
    (moved > 0).then(|| Warning {
        warning: WarningCode::UnitsMoved,
        severity: Severity::Note,
        what: format!("{moved} units were moved to another variant by a new allocation"),
        why: "they are analysed in their first variant, within the epoch they were drawn in; leaving them out would bias the comparison",
        action: "avoid new allocations while an experiment runs: a ramp only ever adds units",
    })
}
