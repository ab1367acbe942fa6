//! Results without summing up again what cannot change any more.
//!
//! A cohort is what the units that entered on one day add up to. It is frozen once its last unit's window and the plan's
//! allowance for late events have passed: what arrives later does not count, in a full run either. Frozen sums are kept
//! in a folder, one file a metric, and only the cohorts that are still open are summed up from the log.
//!
//! With the sums goes a digest of the cohort's units (who, in which variant and epoch, since when, and which other ids
//! stand for them). Where a late exposure, another ruleset, a new link or an erased unit changes any of that, the cohort
//! is summed up again.
//!
//! What the replay of exposures found is kept as well, one file a sealed segment, since such a segment never changes but
//! for what is erased of it: only the exposures of new segments are read and replayed.
//!
//! So any number of runs over a growing log gives what one run over the whole log gives, to the bit.

mod cohorts;
mod exposures;
mod state;

pub use cohorts::{Cohort, cohorts};
pub(crate) use exposures::Kept;
pub use state::{State, StateError};

use crate::{
    aggregate,
    assignments::Assignments,
    engine::{Engine, Source},
    error::AnalysisError,
    fold::Folded,
    identities::LinkTable,
    moments::Sums,
    plan::{Cap, Metric, MetricKind},
    sql::EventTable,
};
use edgewise_core::Digest;
use state::Frozen;
use std::collections::{BTreeMap, BTreeSet};

/// The table of the units of open cohorts.
const OPEN: &str = "assignments_open";

/// What a run took from the folder, and what it summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reused {
    /// Cohorts whose sums were in the folder.
    pub frozen: usize,
    /// Cohorts that were summed up.
    pub summed: usize,
}

/// The sums of one metric: frozen ones from the folder, the others by a fold of the events or by the engine; what can be
/// frozen now is kept.
///
/// # Errors
/// Where the folder cannot be read or written, or the engine fails.
pub async fn sums(
    state: &State,
    (folded, engine): (Option<&Folded>, &dyn Engine),
    assignments: &Assignments,
    links: &[LinkTable],
    events: &EventTable<'_>,
    metric: &Metric,
) -> Result<(Vec<Sums>, Reused), AnalysisError> {
    let Some(closing_seconds) = closing_seconds(metric, events.lateness_seconds) else {
        let sums = aggregate::sums_folded(folded, engine, events, metric).await?;
        return Ok((sums, Reused::default()));
    };
    let key = key(events, metric);
    let known = state.read(&key)?;
    let cohorts = cohorts(assignments, links)?;
    let is_closed =
        |cohort: &Cohort| cohort.ends_us.saturating_add(micros(closing_seconds)) <= events.watermark_us;
    let (frozen, open): (Vec<&Cohort>, Vec<&Cohort>) = cohorts
        .iter()
        .partition(|cohort| known.get(&cohort.day).is_some_and(|frozen| frozen.units == cohort.digest));
    let open_days: BTreeSet<&str> = open.iter().map(|cohort| cohort.day.as_str()).collect();
    let mut sums: Vec<Sums> = frozen
        .iter()
        .filter_map(|cohort| known.get(&cohort.day))
        .flat_map(|frozen| frozen.sums.clone())
        .collect();
    let reused = Reused { frozen: frozen.len(), summed: open.len() };
    let fresh = if open.is_empty() {
        Vec::new()
    } else if folded.is_some_and(|folded| folded.knows(metric)) {
        // Sums are by day, and no unit's number depends on another's.
        let mut all = aggregate::sums_folded(folded, engine, events, metric).await?;
        all.retain(|sums| open_days.contains(sums.day.as_str()));
        all
    } else {
        let units = Source::batches(assignments.schema.clone(), assignments.of_days(&open_days)?);
        engine.register(OPEN, units).await?;
        aggregate::sums_of_metric(engine, &EventTable { assignments: OPEN, ..*events }, metric).await?
    };
    let mut kept: BTreeMap<String, Frozen> =
        known.into_iter().filter(|(day, _)| frozen.iter().any(|cohort| cohort.day == *day)).collect();
    for cohort in open.into_iter().filter(|cohort| is_closed(cohort)) {
        let of_day = fresh.iter().filter(|sums| sums.day == cohort.day).cloned().collect();
        kept.insert(cohort.day.clone(), Frozen { units: cohort.digest, sums: of_day });
    }
    state.write(&key, &kept)?;
    sums.extend(fresh);
    sums.sort_by(|a, b| (&a.variant, &a.epoch, &a.day).cmp(&(&b.variant, &b.epoch, &b.day)));
    Ok((sums, reused))
}

/// How long after its units' entry a cohort changes no more; none where it always may: without a window or an allowance,
/// and where a unit's number depends on all the others.
fn closing_seconds(metric: &Metric, lateness_seconds: Option<u64>) -> Option<u64> {
    let depends_on_others = matches!(metric.kind, MetricKind::Quantile { .. })
        || matches!(metric.cap, Some(Cap::Quantiles { .. }));
    if depends_on_others {
        return None;
    }
    Some(metric.window_seconds?.saturating_add(metric.delay_seconds).saturating_add(lateness_seconds?))
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

/// What frozen sums are of: the experiment, the metric and how its events are read.
fn key(events: &EventTable<'_>, metric: &Metric) -> Digest {
    let metric = serde_json::to_vec(metric).unwrap_or_default();
    let columns =
        format!("{:?}", (events.experiment, events.unit_column, events.verdicts, events.lateness_seconds));
    Digest::of(&[columns.as_bytes(), &metric])
}
