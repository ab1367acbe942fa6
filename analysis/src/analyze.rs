//! From an experiment's events to its results.

mod beside;
mod counted;
mod dimensions;
pub(crate) mod properties;

use crate::{
    aggregate::{self, Measured, Numbers},
    assignments::attribute_column,
    balance,
    bots::Bots,
    conclude::{
        self, conclude,
        entries::Entries,
        looks::Looks,
        signals::{self, Signals},
        since_exposure::metrics_by_day,
    },
    decimal::Decimal,
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Rules, absent_metric, estimate, estimate_quantile, units_of},
    fold::{Folded, fold},
    identities::{LinkTable, with_text_column},
    import::Imported,
    incremental::{self, State},
    log,
    moments::latest,
    observed::Observed,
    plan::{Metric, MetricKind, Plan, PlannedMetric, Role},
    property::PropertyKind,
    randomisation::{Redrawing, redraw},
    results::{
        AbsentCode, AbsentMetric, HealthCheck, MetricResult, Provenance, Results, SCHEMA_VERSION,
        SampleRatioChecks,
    },
    scan::{Copied, Table},
    sensitivity,
    sql::{self, ASSIGNMENTS, EventTable},
    trigger,
    verify::Rulesets,
};
use counted::{exposures_left_out, no_units, nothing_frozen, summary, units_moved};
use datafusion::arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use edgewise_stats::Alpha;
use jiff::Timestamp;
use properties::columns_of;
pub(crate) use properties::properties_of;
use std::{collections::BTreeSet, sync::Arc};

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

/// The units outside the buckets that different allocations gave to different variants.
const OUTSIDE_MOVED_BUCKETS: &str = "assignments_outside_moved_buckets";
/// The units that never triggered.
const UNTRIGGERED: &str = "assignments_untriggered";

/// The table of events, as [`sql`] asks for it.
const EVENTS: &str = "events";

/// What an analysis of a log does beside what the plan says.
#[derive(Debug, Default)]
pub struct Options {
    /// Who is a bot.
    pub bots: Bots,
    /// Where sums that cannot change any more are kept between runs. None: everything is summed up again.
    pub state: Option<State>,
    /// The looks that a group-sequential design has taken.
    pub looks: Option<Looks>,
    /// How comparisons are tested by redrawing the variants. None: they are not.
    pub redrawing: Option<Redrawing>,
}

/// Analyses an experiment by the project's own event log.
///
/// `known` are the ids of all experiments of the project.
///
/// # Errors
/// Where the folder cannot be read, a name cannot be asked for, the folder of kept sums cannot be used, or the engine
/// fails.
pub async fn analyze_log(
    engine: &dyn Engine,
    source: &log::Source,
    rulesets: &Rulesets,
    plan: &Plan,
    known: &BTreeSet<String>,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Results, AnalysisError> {
    progress(Stage::Verifying);
    let observed = Observed::from_log(source, rulesets, plan, known, &options.bots, options.state.as_ref())?;
    analyze_observed(engine, Some(source), observed, plan, options, progress).await
}

/// Analyses an experiment whose exposures were read: by the log, or without one where the engine knows the answers.
///
/// # Errors
/// Where a name cannot be asked for, or the engine fails.
pub async fn analyze_observed(
    engine: &dyn Engine,
    source: Option<&log::Source>,
    observed: Observed,
    plan: &Plan,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Results, AnalysisError> {
    // Keeps the temporary files of properties that some segment has no column of.
    let table = source.map(|source| source.with_properties(&properties_of(plan))).transpose()?;
    let rows = table.as_ref().map_or_else(
        || Source::batches(schema_without_rows(&observed, plan), Vec::new()),
        log::Table::source,
    );
    let events = Events {
        table: Arc::new(with_text_column(rows, &format!("unit_{}", plan.unit))?),
        // Sealed segments and what follows them hold no id twice.
        has_unique_ids: true,
        mapped: None,
        bound: None,
    };
    Analysis::new(engine, plan, observed, options, progress, events)?.run().await
}

/// The columns that are asked for where the engine knows the answers, and no row is there.
fn schema_without_rows(observed: &Observed, plan: &Plan) -> SchemaRef {
    let linked = observed.links.iter().map(LinkTable::column);
    let texts = linked.map(|column| Field::new(column, DataType::Utf8, true));
    let properties = properties_of(plan).into_iter().map(|column| {
        let data_type = match column.kind {
            PropertyKind::Number => DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE.cast_signed()),
            PropertyKind::Text => DataType::Utf8,
        };
        Field::new(column.name(), data_type, true)
    });
    let own = log::schema(&BTreeSet::new());
    let own = own.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(own.chain(texts).chain(properties).collect::<Vec<_>>()))
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
    let table = Arc::new(Copied::new(imported.scan()));
    let observed = observed.triggered(plan, trigger::Events::Imported(&*table))?;
    if !imported.has_unique_ids() {
        // Only engines drop what came twice. What is wrong in a file is told by the file here, not by the engine.
        table.source()?;
    }
    let options = Options::default();
    let events = Events {
        table,
        has_unique_ids: imported.has_unique_ids(),
        mapped: Some(imported.properties()),
        bound: None,
    };
    let mut results = Analysis::new(engine, plan, observed, &options, progress, events)?.run().await?;
    // Whoever reads the events counts what is left out of them.
    results.exclusions.splice(0..0, imported.exclusions()?);
    Ok(results)
}

/// Tables that the engine has under names of their own, and what is known of them.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) events: &'static str,
    pub(crate) assignments: &'static str,
    /// Of a triggered analysis: the units that never triggered.
    pub(crate) untriggered: &'static str,
    pub(crate) has_unique_ids: bool,
    /// The properties that a column is mapped to.
    pub(crate) properties: BTreeSet<String>,
    pub(crate) entries: Entries,
}

/// Analyses an experiment whose exposures and events the engine has: no row of them is here.
///
/// # Errors
/// Where a name cannot be asked for or the engine fails.
pub(crate) async fn analyze_bound(
    engine: &dyn Engine,
    bound: &Bound,
    observed: Observed,
    plan: &Plan,
    progress: Progress<'_>,
) -> Result<Results, AnalysisError> {
    let options = Options::default();
    let events = Events {
        table: Arc::new(Source::batches(Arc::new(Schema::empty()), Vec::new())),
        has_unique_ids: bound.has_unique_ids,
        mapped: Some(&bound.properties),
        bound: Some(bound),
    };
    Analysis::new(engine, plan, observed, &options, progress, events)?.run().await
}

/// The table of events, and what is known of it.
struct Events<'a> {
    table: Arc<dyn Table>,
    has_unique_ids: bool,
    /// The properties that a column is mapped to; none where every event says its own.
    mapped: Option<&'a BTreeSet<String>>,
    /// None where the engine is to take over the rows.
    bound: Option<&'a Bound>,
}

impl Events<'_> {
    fn name(&self) -> &'static str {
        self.bound.map_or(EVENTS, |bound| bound.events)
    }

    fn assignments(&self) -> &'static str {
        self.bound.map_or(ASSIGNMENTS, |bound| bound.assignments)
    }
}

struct Analysis<'a> {
    engine: &'a dyn Engine,
    plan: &'a Plan,
    observed: Observed,
    looks: Option<&'a Looks>,
    redrawing: Option<&'a Redrawing>,
    progress: Progress<'a>,
    state: Option<&'a State>,
    events: Events<'a>,
    /// The tables by which events find their unit, with the columns that they are joined by.
    links: Vec<(String, String)>,
}

/// The units that metrics are measured over.
#[derive(Clone, Copy)]
struct Units<'u> {
    /// The table that holds them.
    table: &'u str,
    /// The fold over them, where there is one already.
    folded: Option<&'u Folded>,
    /// Where their sums are kept between runs.
    state: Option<&'u State>,
}

impl<'a> Analysis<'a> {
    fn new(
        engine: &'a dyn Engine,
        plan: &'a Plan,
        mut observed: Observed,
        options: &'a Options,
        progress: Progress<'a>,
        events: Events<'a>,
    ) -> Result<Self, AnalysisError> {
        observed.assignments = observed.assignments.with_attributes(plan.dimensions.len())?;
        let links = observed.links.iter().map(|table| (table.name(), table.column())).collect();
        let (looks, state, redrawing) =
            (options.looks.as_ref(), options.state.as_ref(), options.redrawing.as_ref());
        Ok(Self { engine, plan, observed, looks, redrawing, progress, state, events, links })
    }

    async fn run(self) -> Result<Results, AnalysisError> {
        let alpha = Alpha::new(self.plan.alpha)?;
        let variants = control_first(self.plan);
        let counts = &self.observed.assignments.counts;
        if self.events.bound.is_none() {
            self.register_tables().await?;
        }
        (self.progress)(Stage::Measuring { metrics: self.plan.metrics.len() });
        let folded = self.fold()?;
        let folded = folded.as_ref();
        let watermark = match folded {
            Some(folded) => folded.latest_arrival(),
            None => latest(&self.engine.query(&sql::latest_arrival(self.events.name())?).await?)?,
        };
        let frame = Frame {
            variants: &variants,
            alpha,
            units: &counts.admitted,
            shares: &self.observed.shares,
            rules: Rules::of(self.plan),
        };
        let planned: Vec<&PlannedMetric> = self.plan.metrics.iter().collect();
        let units = Units { table: self.events.assignments(), folded, state: self.state };
        let mut metrics = self.metrics(&frame, &planned, watermark, units).await?;
        self.beside_estimates(folded, &frame, watermark, &mut metrics).await?;
        if let Some(redrawing) = self.redrawing {
            self.redraw(&frame, redrawing, watermark, &mut metrics).await?;
        }
        let (dimensions, warnings) = self.dimensions(folded, &frame, watermark).await?;
        let signals = self.signals(folded, watermark).await?;
        let health = self.over_other_units(&frame, watermark, &metrics).await?;
        let mut results = self.concluded(&variants, watermark, metrics, health, &signals)?;
        results.dimensions = dimensions;
        results.warnings.extend(warnings);
        results.warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        Ok(results)
    }

    /// One scan of the events for all metrics, by whatever they are split. Without units there is nothing to measure.
    fn fold(&self) -> Result<Option<Folded>, AnalysisError> {
        let any_units = !self.observed.assignments.counts.admitted.is_empty();
        let is_measured = |planned: &&PlannedMetric| any_units && self.not_mapped(&planned.metric).is_none();
        let planned: Vec<&PlannedMetric> = self.plan.metrics.iter().filter(is_measured).collect();
        let metrics: Vec<&Metric> = planned.iter().map(|planned| &planned.metric).collect();
        // How many days have passed since the first exposure is known once the events are read.
        let days: Vec<PlannedMetric> =
            planned.iter().flat_map(|planned| metrics_by_day(planned, u64::MAX)).collect();
        let all: Vec<&Metric> =
            metrics.iter().copied().chain(days.iter().map(|planned| &planned.metric)).collect();
        let slices: Vec<String> = (0..self.plan.dimensions.len()).map(attribute_column).collect();
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, None, None);
        match fold(self.engine, &events, &all, &slices)? {
            // Single days take as much memory as all the rest.
            None if !days.is_empty() => fold(self.engine, &events, &metrics, &slices),
            folded => Ok(folded),
        }
    }

    async fn register_tables(&self) -> Result<(), AnalysisError> {
        self.engine.register_table(EVENTS, Arc::clone(&self.events.table)).await?;
        for table in &self.observed.links {
            self.engine.register(&table.name(), table.source()).await?;
        }
        self.register_units(ASSIGNMENTS, self.observed.assignments.batches.clone()).await
    }

    async fn register_units(&self, table: &str, batches: Vec<RecordBatch>) -> Result<(), AnalysisError> {
        let units = Source::batches(self.observed.assignments.schema.clone(), batches);
        Ok(self.engine.register(table, units).await?)
    }

    /// The primary metrics again over other units: without the moved buckets, and of those that never triggered.
    async fn over_other_units(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        metrics: &[MetricResult],
    ) -> Result<Vec<HealthCheck>, AnalysisError> {
        let assignments = &self.observed.assignments;
        let moved: u64 = assignments.counts.in_moved_buckets.values().sum();
        let mut health = Vec::new();
        if moved > 0 {
            self.register_units(OUTSIDE_MOVED_BUCKETS, assignments.outside_moved_buckets()?).await?;
            let without = self.primary_metrics(frame, watermark, OUTSIDE_MOVED_BUCKETS).await?;
            let all = metrics.iter().filter(|metric| metric.role == Role::Primary).cloned();
            health.push(sensitivity::without_moved_buckets(&all.collect::<Vec<_>>(), &without, moved));
        }
        if self.plan.trigger.is_some() {
            if self.events.bound.is_none() {
                self.register_units(UNTRIGGERED, self.observed.untriggered.clone()).await?;
            }
            let units = self.events.bound.map_or(UNTRIGGERED, |bound| bound.untriggered);
            let untriggered = self.primary_metrics(frame, watermark, units).await?;
            health.push(sensitivity::complement(&untriggered, assignments.counts.untriggered.values().sum()));
        }
        Ok(health)
    }

    async fn primary_metrics(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        units: &str,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let is_primary = |planned: &&PlannedMetric| planned.role == Role::Primary;
        let planned: Vec<&PlannedMetric> = self.plan.metrics.iter().filter(is_primary).collect();
        self.metrics(frame, &planned, watermark, Units { table: units, folded: None, state: None }).await
    }

    /// What is counted beside the metrics. Without units there is nothing to join, and the log may lack their column.
    async fn signals(
        &self,
        folded: Option<&Folded>,
        watermark: Option<Timestamp>,
    ) -> Result<Signals, AnalysisError> {
        if self.observed.assignments.counts.admitted.is_empty() {
            return Ok(Signals::default());
        }
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = self.table(&unit_column, watermark, None);
        signals::count((folded, self.engine), &events, &self.observed).await
    }

    fn concluded(
        self,
        variants: &[String],
        watermark: Option<Timestamp>,
        metrics: Vec<MetricResult>,
        health: Vec<HealthCheck>,
        signals: &Signals,
    ) -> Result<Results, AnalysisError> {
        let assignments = &self.observed.assignments;
        let entries = match self.events.bound {
            Some(bound) => bound.entries.clone(),
            None => Entries::read(&assignments.batches, self.observed.trust.verdicts())?,
        };
        let (plan, looks, shares) = (self.plan, self.looks, self.observed.shares.clone());
        let mut results = self.results(variants, watermark, metrics, health);
        let facts = conclude::Facts { plan, shares: &shares, entries: &entries, signals, looks };
        conclude(&mut results, &facts)?;
        Ok(results)
    }

    /// Puts the tests that redraw the variants beside the comparisons.
    async fn redraw(
        &self,
        frame: &Frame<'_>,
        redrawing: &Redrawing,
        watermark: Option<Timestamp>,
        metrics: &mut [MetricResult],
    ) -> Result<(), AnalysisError> {
        let (plan, observed) = (self.plan, &self.observed);
        let unit_column = format!("unit_{}", plan.unit);
        let events = self.table(&unit_column, watermark, None);
        let ratio = balance::test(&observed.assignments.counts.admitted, &observed.shares, frame.variants);
        for (planned, result) in plan.metrics.iter().zip(metrics) {
            let admitted = redrawing.admits(plan, observed.trust, &ratio);
            redraw(self.engine, &events, &planned.metric, plan, redrawing, admitted, result).await?;
        }
        Ok(())
    }

    /// These metrics in their order.
    async fn metrics(
        &self,
        frame: &Frame<'_>,
        planned: &[&PlannedMetric],
        watermark: Option<Timestamp>,
        units: Units<'_>,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let unit_column = format!("unit_{}", self.plan.unit);
        let events = EventTable { assignments: units.table, ..self.table(&unit_column, watermark, None) };
        // Without units there is nothing to join, and the log may lack the unit's column.
        let any_units = frame.variants.iter().any(|variant| units_of(frame.units, variant) > 0);
        let is_measured = |planned: &&&PlannedMetric| any_units && self.not_mapped(&planned.metric).is_none();
        let metrics: Vec<&Metric> =
            planned.iter().filter(is_measured).map(|planned| &planned.metric).collect();
        let mut measured = self.measured(&events, &metrics, units).await?;
        for (measured, metric) in measured.iter_mut().zip(&metrics) {
            measured.count_repeats(&self.observed.repeats, metric);
        }
        let mut measured = measured.into_iter();
        let result = |planned: &&PlannedMetric| match self.not_mapped(&planned.metric) {
            Some(absent) => absent_metric(&(*planned).into(), absent),
            None => match any_units.then(|| measured.next()).flatten() {
                Some(measured) => estimated(frame, planned, measured),
                None => estimate(frame, &(*planned).into(), &[], None),
            },
        };
        Ok(planned.iter().map(result).collect())
    }

    /// The events, as they are joined to the units that count.
    fn table<'t>(
        &'t self,
        unit_column: &'t str,
        watermark: Option<Timestamp>,
        slice_column: Option<&'t str>,
    ) -> EventTable<'t> {
        EventTable {
            table: self.events.name(),
            unit_column,
            assignments: self.events.assignments(),
            has_unique_ids: self.events.has_unique_ids,
            experiment: &self.plan.experiment,
            verdicts: self.observed.trust.verdicts(),
            watermark_us: watermark.map_or(i64::MIN, Timestamp::as_microsecond),
            links: &self.links,
            lateness_seconds: self.plan.lateness_seconds,
            slice_column,
        }
    }

    /// All metrics together; where sums are kept between runs, each by itself, since each has its own days to sum up.
    async fn measured(
        &self,
        events: &EventTable<'_>,
        metrics: &[&Metric],
        Units { folded, state, .. }: Units<'_>,
    ) -> Result<Vec<Measured>, AnalysisError> {
        let Some(state) = state else {
            return match folded {
                Some(_) => aggregate::measure_folded(folded, self.engine, events, metrics).await,
                None => aggregate::measure(self.engine, events, metrics).await,
            };
        };
        let mut all = Vec::with_capacity(metrics.len());
        let coverage = aggregate::coverage(folded, self.engine, events, metrics).await?;
        for (&metric, coverage) in metrics.iter().zip(coverage) {
            if matches!(metric.kind, MetricKind::Quantile { .. }) {
                all.extend(aggregate::measure_folded(folded, self.engine, events, &[metric]).await?);
                continue;
            }
            let (assignments, links) = (&self.observed.assignments, &self.observed.links);
            let (sums, _) =
                incremental::sums(state, (folded, self.engine), assignments, links, events, metric).await?;
            all.push(Measured::new(Numbers::Sums(sums), coverage));
        }
        Ok(all)
    }

    /// Why a metric cannot be measured, where nobody said which column holds a property.
    fn not_mapped(&self, metric: &Metric) -> Option<AbsentMetric> {
        let mapped = self.events.mapped?;
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
        health: Vec<HealthCheck>,
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
        warnings.extend(self.state.and_then(|_| nothing_frozen(self.plan)));
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
            looks: None,
            growth: Vec::new(),
            dimensions: Vec::new(),
            health,
            provenance: Provenance::new(Some(self.plan.digest().to_string()), self.observed.rulesets),
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
