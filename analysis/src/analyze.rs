//! From an experiment's events to its results.

use crate::{
    aggregate,
    assignments::Counts,
    balance,
    bots::Bots,
    conclude::{self, conclude, entries::Entries, looks::Looks, signals},
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Rules, absent_metric, estimate, units_of},
    identities::with_text_column,
    import::Imported,
    incremental::{self, State},
    log,
    moments::latest,
    observed::Observed,
    plan::{Metric, MetricKind, Plan, PlannedMetric, Role, ValueSource},
    property::PropertyTable,
    randomisation::{Redrawing, redraw},
    results::{
        AbsentCode, AbsentMetric, Exclusion, Exposures, HealthCheck, MetricResult, Provenance, Results,
        SCHEMA_VERSION, SampleRatioChecks, Severity, VariantSummary, Warning, WarningCode,
    },
    sensitivity,
    sql::{self, ASSIGNMENTS, EventTable},
    trigger,
    verify::{Rulesets, Verdict},
};
use datafusion::arrow::array::RecordBatch;
use edgewise_stats::Alpha;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How far an analysis is.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// Exposures are read and replayed.
    Verifying,
    /// A metric is summed up.
    Measuring {
        /// Its id.
        metric: &'a str,
        /// Its place, from 0.
        index: usize,
        /// How many there are.
        of: usize,
    },
}

/// Whom an analysis tells how far it is.
pub type Progress<'a> = &'a (dyn Fn(Stage<'_>) + Sync);

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
    let observed = Observed::from_log(source, rulesets, plan, known, &options.bots)?;
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
    let properties = source.map_or(Properties::Answered, Properties::Logged);
    let events = match source {
        Some(source) => Source {
            schema: source.schema(),
            files: source.parquet_files().to_vec(),
            batches: source.batches().to_vec(),
        },
        None => Source::batches(log::schema(&BTreeSet::new()), Vec::new()),
    };
    Analysis::new(engine, plan, observed, properties, options, progress, events)?.run().await
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
    let properties = Properties::Imported(imported);
    let options = Options::default();
    Analysis::new(engine, plan, observed, properties, &options, progress, imported.events())?.run().await
}

struct Analysis<'a> {
    engine: &'a dyn Engine,
    plan: &'a Plan,
    observed: Observed,
    properties: Properties<'a>,
    looks: Option<&'a Looks>,
    redrawing: Option<&'a Redrawing>,
    progress: Progress<'a>,
    state: Option<&'a State>,
    events: Source,
    /// The tables by which events find their unit, with the columns that they are joined by.
    links: Vec<(String, String)>,
    /// The units that never triggered, where the plan has a trigger.
    complement: Option<Complement>,
}

/// The units that never triggered.
struct Complement {
    batches: Vec<RecordBatch>,
    units: u64,
}

/// Where the numbers of events' properties are.
#[derive(Clone, Copy)]
enum Properties<'a> {
    /// In the events' own text.
    Logged(&'a log::Source),
    /// In columns of the table.
    Imported(&'a Imported),
    /// With the engine, which knows the answers.
    Answered,
}

/// Where the numbers of one metric are.
struct Numbers<'a> {
    table: &'static str,
    column: &'a str,
    /// Keeps the table's file.
    gathered: Option<PropertyTable>,
}

impl<'a> Analysis<'a> {
    fn new(
        engine: &'a dyn Engine,
        plan: &'a Plan,
        mut observed: Observed,
        properties: Properties<'a>,
        options: &'a Options,
        progress: Progress<'a>,
        events: Source,
    ) -> Result<Self, AnalysisError> {
        let events = with_text_column(events, &format!("unit_{}", plan.unit))?;
        observed.assignments = observed.assignments.with_attributes(plan.dimensions.len())?;
        let mut complement = None;
        if let Some(trigger) = &plan.trigger {
            let verdicts = observed.trust.verdicts();
            let triggered =
                trigger::apply(observed.assignments, trigger, plan, &events, &observed.links, verdicts)?;
            observed.assignments = triggered.assignments;
            complement = Some(Complement { batches: triggered.complement, units: triggered.untriggered });
        }
        let links = observed.links.iter().map(|table| (table.name(), table.column())).collect();
        let (looks, state, redrawing) =
            (options.looks.as_ref(), options.state.as_ref(), options.redrawing.as_ref());
        Ok(Self {
            engine,
            plan,
            observed,
            properties,
            looks,
            redrawing,
            progress,
            state,
            events,
            links,
            complement,
        })
    }

    async fn run(self) -> Result<Results, AnalysisError> {
        let alpha = Alpha::new(self.plan.alpha)?;
        let variants = control_first(self.plan);
        let counts = &self.observed.assignments.counts;
        self.engine.register(EVENTS, self.events.clone()).await?;
        for table in &self.observed.links {
            self.engine.register(&table.name(), table.source()).await?;
        }
        self.register_assignments(self.observed.assignments.batches.clone()).await?;
        let watermark = latest(&self.engine.query(&sql::latest_arrival(EVENTS)?).await?)?;
        let frame = Frame {
            variants: &variants,
            alpha,
            units: &counts.admitted,
            shares: &self.observed.shares,
            rules: Rules::of(self.plan),
        };
        let mut metrics = Vec::new();
        for (index, planned) in self.plan.metrics.iter().enumerate() {
            (self.progress)(Stage::Measuring {
                metric: &planned.metric.id,
                index,
                of: self.plan.metrics.len(),
            });
            metrics.push(self.metric(&frame, planned, watermark, self.state, self.redrawing).await?);
        }
        let health = self.over_other_units(&frame, watermark, &metrics).await?;
        self.concluded(&variants, watermark, metrics, health).await
    }

    async fn register_assignments(&self, batches: Vec<RecordBatch>) -> Result<(), AnalysisError> {
        let table = Source::batches(self.observed.assignments.schema.clone(), batches);
        Ok(self.engine.register(ASSIGNMENTS, table).await?)
    }

    /// The primary metrics again over other units: without the moved buckets, and of those that never triggered.
    async fn over_other_units(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
        metrics: &[MetricResult],
    ) -> Result<Vec<HealthCheck>, AnalysisError> {
        let primary = |metric: &&MetricResult| metric.role == Role::Primary;
        let assignments = &self.observed.assignments;
        let moved: u64 = assignments.counts.in_moved_buckets.values().sum();
        let mut health = Vec::new();
        if moved > 0 {
            self.register_assignments(assignments.outside_moved_buckets()?).await?;
            let without = self.primary_metrics(frame, watermark).await?;
            let all: Vec<MetricResult> = metrics.iter().filter(primary).cloned().collect();
            health.push(sensitivity::without_moved_buckets(&all, &without, moved));
        }
        if let Some(complement) = &self.complement {
            self.register_assignments(complement.batches.clone()).await?;
            let untriggered = self.primary_metrics(frame, watermark).await?;
            health.push(sensitivity::complement(&untriggered, complement.units));
        }
        Ok(health)
    }

    async fn primary_metrics(
        &self,
        frame: &Frame<'_>,
        watermark: Option<Timestamp>,
    ) -> Result<Vec<MetricResult>, AnalysisError> {
        let mut metrics = Vec::new();
        for planned in self.plan.metrics.iter().filter(|planned| planned.role == Role::Primary) {
            metrics.push(self.metric(frame, planned, watermark, None, None).await?);
        }
        Ok(metrics)
    }

    async fn concluded(
        self,
        variants: &[String],
        watermark: Option<Timestamp>,
        metrics: Vec<MetricResult>,
        health: Vec<HealthCheck>,
    ) -> Result<Results, AnalysisError> {
        let assignments = &self.observed.assignments;
        let entries = Entries::read(&assignments.batches, self.observed.trust.verdicts())?;
        let signals = signals::count(self.engine, EVENTS, self.plan, &self.observed).await?;
        let (plan, looks, shares) = (self.plan, self.looks, self.observed.shares.clone());
        let mut results = self.results(variants, watermark, metrics, health);
        let facts = conclude::Facts { plan, shares: &shares, entries: &entries, signals: &signals, looks };
        conclude(&mut results, &facts)?;
        Ok(results)
    }

    async fn metric(
        &self,
        frame: &Frame<'_>,
        planned: &PlannedMetric,
        watermark: Option<Timestamp>,
        state: Option<&State>,
        redrawing: Option<&Redrawing>,
    ) -> Result<MetricResult, AnalysisError> {
        let metric = &planned.metric;
        let unit_column = format!("unit_{}", self.plan.unit);
        let Some(numbers) = self.numbers(metric)? else {
            return Ok(absent_metric(&planned.into(), not_mapped(metric)));
        };
        if let Some(gathered) = &numbers.gathered {
            self.engine.register(numbers.table, gathered.source()).await?;
        }
        let events = EventTable {
            table: numbers.table,
            unit_column: &unit_column,
            value_column: numbers.column,
            experiment: &self.plan.experiment,
            verdicts: self.observed.trust.verdicts(),
            watermark_us: watermark.map_or(i64::MIN, Timestamp::as_microsecond),
            links: &self.links,
            lateness_seconds: self.plan.lateness_seconds,
        };
        let any_units = frame.variants.iter().any(|variant| units_of(frame.units, variant) > 0);
        // Without units there is nothing to join, and the log may lack the unit's column.
        let (sums, counts) = if any_units {
            let (engine, observed) = (self.engine, &self.observed);
            let sums = match state {
                Some(state) => {
                    let (assignments, links) = (&observed.assignments, &observed.links);
                    incremental::sums(state, engine, assignments, links, &events, metric).await?.0
                }
                None => aggregate::sums_of_metric(engine, &events, metric).await?,
            };
            let counts = aggregate::coverage(engine, &events, metric, &sums).await?;
            (sums, Some(counts))
        } else {
            (Vec::new(), None)
        };
        let mut result = estimate(frame, &planned.into(), &sums, counts);
        if let Some(redrawing) = redrawing {
            let (plan, observed) = (self.plan, &self.observed);
            let ratio = balance::test(&observed.assignments.counts.admitted, &observed.shares, frame.variants);
            let admitted = redrawing.admits(plan, observed.trust, &ratio);
            redraw(self.engine, &events, metric, plan, redrawing, admitted, &mut result).await?;
        }
        Ok(result)
    }

    /// Where the metric's numbers are; none where nobody said which column holds them.
    fn numbers(&self, metric: &Metric) -> Result<Option<Numbers<'_>>, AnalysisError> {
        let own = Numbers { table: EVENTS, column: "value", gathered: None };
        let MetricKind::Continuous { value: ValueSource::Property(property) } = &metric.kind else {
            return Ok(Some(own));
        };
        Ok(match self.properties {
            Properties::Logged(log) => {
                let gathered = PropertyTable::gather(log, &metric.event, property)?;
                Some(Numbers { table: PROPERTY, gathered: Some(gathered), ..own })
            }
            Properties::Answered => Some(Numbers { table: PROPERTY, ..own }),
            Properties::Imported(imported) => {
                imported.properties().get(property).map(|column| Numbers { column, ..own })
            }
        })
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
            provenance: Provenance::default(),
        }
    }
}

fn not_mapped(metric: &Metric) -> AbsentMetric {
    let because = format!(
        "`{}` sums up a property, and no column is mapped to it: add `properties.<name>=<column>` to --columns",
        metric.id
    );
    AbsentMetric { absent: AbsentCode::Refused, because }
}

/// The table of a property's numbers.
const PROPERTY: &str = "property_values";

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
