//! Reading an experiment's exposures: replayed, counted, first one of each unit kept.

mod dimensions;

use crate::{
    assignments::{Assignments, FirstExposures, Sighting, Trust},
    error::AnalysisError,
    log,
    plan::Plan,
    results::{Exclusion, Severity, SourceKind, Warning, WarningCode},
    verify::{Defective, Rulesets, Shares, Verdict},
};
use edgewise_core::{Experiment, Strategy};
use std::collections::BTreeSet;

/// An experiment's exposures as one table, with what was left out of it.
#[derive(Debug)]
pub struct Observed {
    /// Where they come from.
    pub source: SourceKind,
    /// Which verdicts count.
    pub trust: Trust,
    /// The first exposures.
    pub assignments: Assignments,
    /// What the allocations promised.
    pub shares: Shares,
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
    ) -> Result<Self, AnalysisError> {
        // The newest run is analysed: its units are drawn afresh, so that older runs have nothing to say about it.
        let iteration = rulesets.versions(&plan.experiment).map(Experiment::iteration).max();
        let mut first = FirstExposures::new(Trust::Verified, plan.dimensions.len());
        let mut others = Others::default();
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
            if verdict == Verdict::Verified && rulesets.iteration(exposure) != iteration {
                others.other_iterations += 1;
                continue;
            }
            if verdict == Verdict::Verified && exposure.unit_type != plan.unit {
                others.by_fallback += 1;
                continue;
            }
            let epoch = exposure.epoch.to_string();
            first.see(&Sighting {
                id: logged.id,
                ts_us: logged.ts.as_microsecond(),
                unit: &exposure.unit,
                variant: &exposure.variant,
                epoch: &epoch,
                bucket: exposure.bucket,
                verdict,
                attributes: &dimensions::values(exposure, &plan.dimensions),
            });
        }
        let unreadable = exposures.unreadable() + source.reading().unreadable;
        let mut observed = Self {
            source: SourceKind::Log,
            trust: Trust::Verified,
            assignments: first.finish(&plan.experiment)?,
            shares: match iteration {
                Some(iteration) => rulesets.shares(&plan.experiment, iteration),
                None => rulesets.holdout_shares(&plan.experiment),
            },
            iteration,
            warnings: others.warn_of_fallback(plan).into_iter().collect(),
            exclusions: others.exclusions(unreadable),
        };
        observed.warnings.extend(calls_drawn(rulesets, plan, iteration));
        observed.warnings.extend(plan_changed(rulesets, plan, iteration));
        observed.warnings.extend(defective_rulesets(rulesets.defective()));
        Ok(observed)
    }
}

/// What the log holds beside the experiment's own exposures.
#[derive(Default)]
struct Others {
    unknown: BTreeSet<String>,
    unknown_exposures: u64,
    other_iterations: u64,
    by_fallback: u64,
}

/// How many names of unknown experiments a message repeats.
const NAMED: usize = 5;

impl Others {
    fn unknown_experiment(&mut self, experiment: &str) {
        self.unknown_exposures += 1;
        if self.unknown.len() < NAMED {
            self.unknown.insert(experiment.to_owned());
        }
    }

    fn warn_of_fallback(&self, plan: &Plan) -> Option<Warning> {
        (self.by_fallback > 0).then(|| Warning {
            warning: WarningCode::FallbackUnits,
            severity: Severity::Caution,
            what: format!("{} exposures were of another unit than the {} that is counted", self.by_fallback, plan.unit),
            why: "such a unit counts only once it is known by the unit that is counted; where the variant changes who \
                  comes to be known, the variants cannot be compared",
            action: "compare how many units of each variant come to be known, or draw by a unit that is always there",
        })
    }

    fn exclusions(self, unreadable: usize) -> Vec<Exclusion> {
        let names: Vec<&str> = self.unknown.iter().map(String::as_str).collect();
        let all = [
            Exclusion {
                exclusion: "unknown_experiment",
                count: self.unknown_exposures,
                what: format!(
                    "exposures of experiments that neither the project nor a ruleset holds: {}",
                    names.join(", ")
                ),
                action: "check the ids in the code, or keep the ruleset that assigned them",
            },
            Exclusion {
                exclusion: "other_iteration",
                count: self.other_iterations,
                what: "exposures of an earlier run of the experiment, whose units were drawn otherwise"
                    .to_owned(),
                action: "",
            },
            Exclusion {
                exclusion: "fallback_unit",
                count: self.by_fallback,
                what: "exposures of units of the fallback's type, whose ids no metric is joined by"
                    .to_owned(),
                action: "let hosts hand in the experiment's own unit wherever they know it",
            },
            Exclusion {
                exclusion: "unreadable",
                count: u64::try_from(unreadable).unwrap_or(u64::MAX),
                what: "lines of the log that are no events".to_owned(),
                action: "see what wrote them; a torn last line after a crash is put into torn/ by the collector",
            },
        ];
        all.into_iter().filter(|exclusion| exclusion.count > 0).collect()
    }
}

/// A unit's calls meet several variants, and a number per unit belongs to none of them.
fn calls_drawn(rulesets: &Rulesets, plan: &Plan, iteration: Option<u32>) -> Option<Warning> {
    let mut versions =
        rulesets.versions(&plan.experiment).filter(|version| Some(version.iteration()) == iteration);
    let any = versions.any(|version| matches!(version.strategy(), Strategy::Random | Strategy::RoundRobin));
    any.then(|| Warning {
        warning: WarningCode::CallsDrawn,
        severity: Severity::Invalid,
        what: format!(
            "`{}` draws calls, not units: one {} meets several variants",
            plan.experiment, plan.unit
        ),
        why: "a number per unit mixes what all its variants did, so it is no comparison of them",
        action: "draw units, by `strategy: hash`, where units are to be compared",
    })
}

/// The rulesets committed to a plan; the project's may be another one by now.
fn plan_changed(rulesets: &Rulesets, plan: &Plan, iteration: Option<u32>) -> Option<Warning> {
    let versions =
        rulesets.versions(&plan.experiment).filter(|version| Some(version.iteration()) == iteration);
    let committed: BTreeSet<_> = versions.filter_map(Experiment::plan).collect();
    if committed.is_empty() || committed.contains(&plan.digest()) {
        return None;
    }
    Some(Warning {
        warning: WarningCode::PlanChanged,
        severity: Severity::Caution,
        what: format!("the analysis plan of `{}` is not one that its rulesets committed to", plan.experiment),
        why: "a plan that changes after data came in can be made to find anything",
        action: "analyse by the plan that was in force, or start a new iteration with the new one",
    })
}

fn defective_rulesets(defective: &[Defective]) -> Option<Warning> {
    let first = defective.first()?;
    Some(Warning {
        warning: WarningCode::DefectiveRulesets,
        severity: Severity::Caution,
        what: format!(
            "{} files among the rulesets are none; {}: {}",
            defective.len(),
            first.file.display(),
            first.error
        ),
        why: "exposures that name them cannot be replayed and do not count",
        action: "put the ruleset back as it was built",
    })
}
