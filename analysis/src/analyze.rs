//! From an experiment's events to its results.

mod beside;
mod concluded;
mod counted;
mod dimensions;
mod events;
mod metrics;
mod other_units;
pub(crate) mod properties;
mod redrawn;

use crate::{
    bots::Bots,
    conclude::looks::Looks,
    engine::{Engine, Source},
    error::AnalysisError,
    estimate::{Frame, Rules},
    identities::with_text_column,
    import::Imported,
    incremental::State,
    log,
    moments::latest,
    observed::Observed,
    plan::{Plan, PlannedMetric},
    randomisation::Redrawing,
    results::Results,
    scan::{Copied, Table},
    sql, trigger,
    verify::Rulesets,
};
use datafusion::arrow::datatypes::Schema;
use edgewise_stats::Alpha;
pub(crate) use events::Bound;
use events::{Events, schema_without_rows};
use metrics::Units;
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
}

fn control_first(plan: &Plan) -> Vec<String> {
    let others = plan.variants.iter().filter(|variant| **variant != plan.control);
    std::iter::once(&plan.control).chain(others).cloned().collect()
}
