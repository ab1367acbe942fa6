//! Reading an experiment's exposures: replayed, counted, first one of each unit kept.

mod dimensions;
mod fallback;
mod gathered;
mod judged;
mod kept;
mod others;
mod rulesets;
mod warnings;

use crate::{
    assignments::{Assignments, Trust},
    bots::Bots,
    engine::Source,
    error::AnalysisError,
    identities::{Identities, LinkTable},
    incremental::State,
    log::{self, Repeats},
    plan::Plan,
    results::{Exclusion, SourceKind, Warning},
    trigger,
    verify::{Rulesets, Shares},
};
use datafusion::arrow::array::RecordBatch;
use gathered::Gathered;
use judged::Judge;
use std::collections::BTreeSet;

/// An experiment's exposures as one table, with what was left out of it.
#[derive(Debug)]
pub struct Observed {
    /// Where they come from.
    pub source: SourceKind,
    /// Which verdicts count.
    pub trust: Trust,
    /// The first exposures; of a triggered analysis those of the units that triggered, from then on.
    pub assignments: Assignments,
    /// Of a triggered analysis: the units that did not, from their first exposure on.
    pub untriggered: Vec<RecordBatch>,
    /// By which metric events that name only another id find their unit.
    pub links: Vec<LinkTable>,
    /// What the allocations promised.
    pub shares: Shares,
    /// The digests of the rulesets that its exposures name and that are known, sorted.
    pub rulesets: Vec<String>,
    /// The events that came again and are not among the rows any more.
    pub repeats: Repeats,
    /// Which run of the experiment it is.
    pub iteration: Option<u32>,
    /// What was left out on the way.
    pub exclusions: Vec<Exclusion>,
    /// What to know about it.
    pub warnings: Vec<Warning>,
}

impl Observed {
    /// The exposures in a data folder, each replayed on the ruleset that it names.
    ///
    /// What the plan calls its experiment may be a holdout, whose variants are its arms. `known` are the experiments of
    /// the project: exposures of others that no ruleset holds either are counted as unknown. `state` keeps what the
    /// replay of sealed segments found, for the next run; it changes nothing but the time that takes.
    ///
    /// # Errors
    /// Where the folder, or that of `state`, cannot be read.
    pub fn from_log(
        source: &log::Source,
        rulesets: &Rulesets,
        plan: &Plan,
        known: &BTreeSet<String>,
        bots: &Bots,
        state: Option<&State>,
    ) -> Result<Self, AnalysisError> {
        let judge = Judge::new(rulesets, plan, known, bots);
        let iteration = judge.iteration;
        let identities = Identities::gather(source, &plan.unit)?;
        let gathered = gather(source, &judge, Gathered::new(&identities, plan), plan, state)?;
        let Gathered { first, others, fallbacks, units_of_calls, named, unreadable, .. } = gathered;
        let unreadable = unreadable + source.reading().unreadable;
        let mut assignments = first.finish(&plan.experiment)?;
        // The log drops them, and does not say of which experiment they were.
        assignments.counts.repetitions += source.repeats().of("exposure", None);
        let links = identities.tables(&fallbacks.types(), &fallbacks.alone(), &assignments.entries())?;
        let mut exclusions = others.exclusions(unreadable).to_vec();
        exclusions.push(fallbacks.exclusion(&plan.unit));
        exclusions.push(warnings::bots_left_out(&assignments.counts));
        exclusions.retain(|exclusion| exclusion.count > 0);
        let mut warnings: Vec<Warning> = fallbacks.warn(plan).into_iter().collect();
        warnings.extend((units_of_calls > 0).then(|| rulesets::calls_drawn(plan)));
        warnings.extend(rulesets::plan_changed(rulesets, plan, iteration));
        warnings.extend(rulesets::defective_rulesets(rulesets.defective()));
        warnings.extend(warnings::damaged_log(source.damaged()));
        warnings.extend(warnings::uneven_verification(&assignments.counts, &plan.variants));
        warnings.extend(warnings::uneven_bots(&assignments.counts, &plan.variants));
        warnings.extend(warnings::drawn_twice(&assignments.counts, &plan.unit));
        let mut named: Vec<String> = named.iter().map(ToString::to_string).collect();
        named.sort_unstable();
        let observed = Self {
            source: SourceKind::Log,
            trust: Trust::Verified,
            assignments,
            untriggered: Vec::new(),
            links,
            shares: match iteration {
                Some(iteration) => rulesets.shares(&plan.experiment, iteration),
                None => rulesets.holdout_shares(&plan.experiment),
            },
            rulesets: named,
            repeats: source.repeats().clone(),
            iteration,
            warnings,
            exclusions,
        };
        let events = Source {
            schema: source.schema(),
            files: source.parquet_files().to_vec(),
            batches: source.batches().to_vec(),
        };
        observed.triggered(plan, trigger::Events::Logged(&events))
    }

    /// Takes the units that triggered, where the plan has a trigger.
    ///
    /// # Errors
    /// Where the events cannot be read, or have no properties to filter by.
    pub fn triggered(self, plan: &Plan, events: trigger::Events<'_>) -> Result<Self, AnalysisError> {
        let Some(trigger) = &plan.trigger else { return Ok(self) };
        let verdicts = self.trust.verdicts();
        let triggered = trigger::apply(self.assignments, trigger, plan, events, &self.links, verdicts)?;
        Ok(Self { assignments: triggered.assignments, untriggered: triggered.complement, ..self })
    }
}

/// All exposures of the log; those of sealed segments as they were kept, where they were.
fn gather<'i>(
    source: &log::Source,
    judge: &Judge<'_>,
    mut gathered: Gathered<'i>,
    plan: &Plan,
    state: Option<&State>,
) -> Result<Gathered<'i>, AnalysisError> {
    let mut kept = state.map(|state| state.exposures(&plan.experiment, judge.digest())).transpose()?;
    for (content, mut exposures) in source.segments() {
        if let (Some(kept), Some(content)) = (&mut kept, content) {
            let part = match kept.read(content, plan.dimensions.len())? {
                Some(part) => part,
                None => kept.keep(content, kept::Part::judged(judge, exposures, plan.dimensions.len())?)?,
            };
            part.hand_to(&mut gathered)?;
            continue;
        }
        for logged in exposures.by_ref() {
            gathered.take(judge.judge(&logged?));
        }
        gathered.unreadable += exposures.unreadable();
    }
    if let Some(kept) = kept {
        kept.forget_others()?;
    }
    Ok(gathered)
}
