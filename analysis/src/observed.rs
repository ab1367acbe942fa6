//! Reading an experiment's exposures: replayed, counted, first one of each unit kept.

mod dimensions;
mod fallback;
mod others;
mod rulesets;
mod warnings;

use crate::{
    assignments::{Assignments, FirstExposures, Sighting, Trust},
    bots::Bots,
    engine::Source,
    error::AnalysisError,
    identities::{Identities, LinkTable},
    log::{self, Repeats},
    plan::Plan,
    results::{Exclusion, SourceKind, Warning},
    trigger,
    verify::{Rulesets, Shares, Verdict},
};
use datafusion::arrow::array::RecordBatch;
use edgewise_core::Experiment;
use fallback::Fallbacks;
use others::Others;
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

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
    /// the project: exposures of others that no ruleset holds either are counted as unknown.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn from_log(
        source: &log::Source,
        rulesets: &Rulesets,
        plan: &Plan,
        known: &BTreeSet<String>,
        bots: &Bots,
    ) -> Result<Self, AnalysisError> {
        // The newest run is analysed: its units are drawn afresh, so that older runs have nothing to say about it.
        let iteration = rulesets.versions(&plan.experiment).map(Experiment::iteration).max();
        let moved = iteration.map(|iteration| rulesets.moved_buckets(&plan.experiment, iteration));
        let draws_calls = rulesets::draws_calls(rulesets, plan, iteration);
        let identities = Identities::gather(source, &plan.unit)?;
        let mut first = FirstExposures::new(Trust::Verified, plan.dimensions.len());
        let (mut others, mut fallbacks, mut units_of_calls) =
            (Others::default(), Fallbacks::default(), 0_u64);
        let mut named = HashSet::new();
        let mut exposures = source.exposures();
        for logged in exposures.by_ref() {
            let logged = logged?;
            let exposure = &logged.exposure;
            if exposure.experiment != plan.experiment {
                if !known.contains(&exposure.experiment) && !rulesets.know(&exposure.experiment) {
                    others.unknown_experiment(&exposure.experiment);
                }
                continue;
            }
            let verdict = rulesets.replay(exposure, &logged.units);
            if rulesets.holds(exposure.ruleset) {
                named.insert(exposure.ruleset);
            }
            if verdict == Verdict::Verified && rulesets.iteration(exposure) != iteration {
                others.other_iterations += 1;
                continue;
            }
            let ts_us = logged.ts.as_microsecond();
            let own = logged.units.get(&plan.unit);
            let is_a_call = draws_calls && own.is_some() && own == exposure.nonce.as_ref();
            units_of_calls += u64::from(draws_calls && !is_a_call);
            let by_fallback = !is_a_call && exposure.unit_type != plan.unit;
            let unit = match own {
                Some(call) if is_a_call => Cow::Borrowed(call.as_str()),
                _ if !by_fallback => Cow::Borrowed(exposure.unit.as_str()),
                _ => match fallbacks.unit(&identities, exposure, ts_us) {
                    Some(unit) => unit,
                    None => continue,
                },
            };
            let epoch = exposure.epoch.to_string();
            first.see(&Sighting {
                id: logged.id,
                ts_us,
                unit: &unit,
                variant: &exposure.variant,
                epoch: &epoch,
                bucket: exposure.bucket,
                verdict,
                attributes: &dimensions::values(exposure, &plan.dimensions),
                is_bot: bots.tell(exposure, &logged.units),
                by_fallback,
                is_bucket_moved: moved.as_ref().is_some_and(|moved| moved.hold(exposure.unit.as_bytes())),
            });
        }
        let unreadable = exposures.unreadable() + source.reading().unreadable;
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
