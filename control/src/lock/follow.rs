//! The lock after a build.

use super::{
    Change, Demand, Draw, Entry, ExperimentDemand, Lock, Origin, Run, Standing, Subject, UpdateError,
    Weights, WeightsError, layer,
    rename::{self, Salts, renames},
};
use edgewise_core::Key;
use std::collections::{BTreeMap, BTreeSet};

/// What fingerprints of seeds are made with: they tell two seeds apart and do not give them away.
const FINGERPRINT: &str = "edgewise.lock";

impl Lock {
    /// The lock after a build of a project that asks for all this, and what the build changed in it.
    ///
    /// Equal inputs give equal locks, and following the same demand again changes nothing. The order of the demand's
    /// lists means nothing.
    pub fn follow(&self, demand: &Demand) -> Result<(Self, Vec<Change>), UpdateError> {
        let mut lock = self.clone();
        lock.check_seeds(&demand.seeds)?;
        let mut changes = lock.follow_holdouts(demand)?;
        let renamed = lock.renamed_experiments(demand);
        changes.extend(layer::follow(&mut lock.layers, demand, &renamed)?);
        changes.extend(lock.rename_runs(&renamed));
        let mut serving: Vec<_> =
            demand.experiments.iter().filter(|experiment| experiment.standing != Standing::Resting).collect();
        serving.sort_by_key(|experiment| &experiment.run);
        for experiment in serving {
            changes.extend(lock.allocate(experiment)?);
        }
        changes.extend(layer::share_out(&mut lock.layers, demand)?);
        Ok((lock, changes))
    }

    fn check_seeds(&mut self, seeds: &BTreeMap<String, u64>) -> Result<(), UpdateError> {
        for (ruleset, seed) in seeds {
            let fingerprint = Key::derive(*seed, FINGERPRINT).hash(ruleset.as_bytes()).to_u64();
            let locked = self.seeds.entry(ruleset.clone()).or_insert(fingerprint);
            if *locked != fingerprint {
                return Err(UpdateError::OtherSeed { ruleset: ruleset.clone() });
            }
        }
        Ok(())
    }

    fn follow_holdouts(&mut self, demand: &Demand) -> Result<Vec<Change>, UpdateError> {
        let locked = self.holdouts.iter().map(|(id, origin)| (id.clone(), [origin.salt.clone()].into()));
        let wanted = demand.holdouts.iter().map(|holdout| (holdout.id.clone(), holdout.salt.clone()));
        let renamed = renames(&locked.collect(), &wanted.collect());
        let renamed = rename::apply(renamed, &mut self.holdouts);
        for holdout in &demand.holdouts {
            let given = Origin { salt: holdout.salt.clone(), unit: Some(holdout.unit.clone()) };
            let locked = self.holdouts.entry(holdout.id.clone()).or_insert_with(|| given.clone());
            locked.follow(&given, || Subject::Holdout(holdout.id.clone()))?;
        }
        Ok(renamed.into_iter().map(|(from, to)| Change::RenamedHoldout { from, to }).collect())
    }

    /// The experiments that go by another id now, with all their iterations.
    fn renamed_experiments(&self, demand: &Demand) -> Vec<(String, String)> {
        let mut locked = Salts::new();
        for (run, entry) in &self.entries {
            let salt = without_iteration(&entry.origin.salt, run).to_owned();
            locked.entry(run.experiment.clone()).or_default().insert(salt);
        }
        let wanted = demand.experiments.iter().map(|experiment| {
            let salt = without_iteration(&experiment.salt, &experiment.run);
            (experiment.run.experiment.clone(), salt.to_owned())
        });
        renames(&locked, &wanted.collect())
    }

    fn rename_runs(&mut self, experiments: &[(String, String)]) -> Vec<Change> {
        let new_id =
            |run: &Run| experiments.iter().find(|(from, _)| *from == run.experiment).map(|(_, to)| to);
        let renamed = self.entries.keys().filter_map(|run| {
            let to = Run { experiment: new_id(run)?.clone(), iteration: run.iteration };
            Some((run.clone(), to))
        });
        let renamed = rename::apply(renamed.collect(), &mut self.entries);
        renamed.into_iter().map(|(from, to)| Change::Renamed { from, to }).collect()
    }

    /// Brings the ranges of an experiment up to date.
    fn allocate(&mut self, experiment: &ExperimentDemand) -> Result<Vec<Change>, UpdateError> {
        let salts: BTreeSet<_> = experiment
            .holdouts
            .iter()
            .filter_map(|holdout| Some(self.holdouts.get(holdout)?.salt.clone()))
            .collect();
        let run = &experiment.run;
        let Some(entry) = self.entries.get_mut(run) else {
            self.entries.insert(run.clone(), Entry::first(experiment, salts)?);
            return Ok(vec![Change::New(run.clone())]);
        };
        entry.check(experiment)?;
        if experiment.standing == Standing::Ahead {
            entry.holdouts = salts;
        } else {
            // A holdout that let a run go is a new one to it, should it ever come back.
            entry.holdouts.retain(|salt| salts.contains(salt));
        }
        entry.follow(experiment)
    }
}

/// What the salts of all iterations of an experiment have in common.
fn without_iteration<'s>(salt: &'s str, run: &Run) -> &'s str {
    salt.strip_suffix(&format!("@{}", run.iteration)).unwrap_or(salt)
}

impl Origin {
    /// Takes the unit type over where none was written down; refuses anything that differs.
    pub(super) fn follow(&mut self, given: &Self, subject: impl Fn() -> Subject) -> Result<(), UpdateError> {
        let refused = |property, locked: &str, given: &str| {
            let (locked, given) = (locked.to_owned(), given.to_owned());
            Err(UpdateError::Redrawn { subject: subject(), property, locked, given })
        };
        if self.salt != given.salt {
            return refused("salt", &self.salt, &given.salt);
        }
        match (&self.unit, &given.unit) {
            (Some(locked), Some(given)) if locked != given => refused("unit type", locked, given),
            (None, Some(_)) => {
                self.unit.clone_from(&given.unit);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Entry {
    fn first(experiment: &ExperimentDemand, holdouts: BTreeSet<String>) -> Result<Self, UpdateError> {
        let everywhere =
            Draw::first(&experiment.weights).map_err(|source| of_weights(experiment, None, source))?;
        let mut entry = Self {
            origin: Origin { salt: experiment.salt.clone(), unit: Some(experiment.unit.clone()) },
            source: experiment.strategy.into(),
            holdouts,
            everywhere,
            scopes: BTreeMap::new(),
        };
        entry.follow(experiment)?;
        Ok(entry)
    }

    /// Refuses what would draw the run afresh.
    fn check(&mut self, experiment: &ExperimentDemand) -> Result<(), UpdateError> {
        let subject = || Subject::Experiment(experiment.run.experiment.clone());
        let given = Origin { salt: experiment.salt.clone(), unit: Some(experiment.unit.clone()) };
        self.origin.follow(&given, subject)?;
        let refused = |property, locked: &str, given: &str| {
            let (locked, given) = (locked.to_owned(), given.to_owned());
            Err(UpdateError::Redrawn { subject: subject(), property, locked, given })
        };
        let source = experiment.strategy.into();
        if self.source != source {
            return refused("source", self.source.name(), source.name());
        }
        let (locked, given) = (self.everywhere.factors(), experiment.weights.factors());
        if locked != given {
            return refused("factors", &locked.join(", "), &given.join(", "));
        }
        Ok(())
    }

    /// Brings all draws up to date. A scope that is overridden for the first time begins from the ranges that were in
    /// force; one that is no longer overridden goes back to the project's, but where weights were published for it.
    fn follow(&mut self, experiment: &ExperimentDemand) -> Result<Vec<Change>, UpdateError> {
        let run = &experiment.run;
        let before = self.everywhere.clone();
        self.everywhere =
            before.follow(&experiment.weights).map_err(|source| of_weights(experiment, None, source))?;
        let mut changes = Change::moved(run, None, &before, &self.everywhere);
        let mut scopes = std::mem::take(&mut self.scopes);
        for (scope, weights) in &experiment.scoped {
            let held = scopes.remove(scope).unwrap_or_else(|| before.unpublished());
            let draw = self.in_scope(experiment, scope, &held, weights)?;
            changes.extend(Change::moved(run, Some(scope), &held, &draw));
            self.scopes.insert(scope.clone(), draw);
        }
        for (scope, held) in scopes {
            let draw = if held.is_published() {
                let draw = self.in_scope(experiment, &scope, &held, &experiment.weights)?;
                self.scopes.insert(scope.clone(), draw.clone());
                draw
            } else {
                self.everywhere.clone()
            };
            changes.extend(Change::moved(run, Some(&scope), &held, &draw));
        }
        Ok(changes)
    }

    fn in_scope(
        &self,
        experiment: &ExperimentDemand,
        scope: &str,
        held: &Draw,
        weights: &Weights,
    ) -> Result<Draw, UpdateError> {
        let (common, given) = (self.everywhere.factors(), weights.factors());
        if common != given {
            return Err(UpdateError::Redrawn {
                subject: Subject::Experiment(format!("{} in {scope}", experiment.run.experiment)),
                property: "factors",
                locked: common.join(", "),
                given: given.join(", "),
            });
        }
        held.follow(weights).map_err(|source| of_weights(experiment, Some(scope), source))
    }
}

fn of_weights(experiment: &ExperimentDemand, scope: Option<&str>, source: WeightsError) -> UpdateError {
    UpdateError::Weights {
        experiment: experiment.run.experiment.clone(),
        scope: scope.map(str::to_owned),
        source: Box::new(source),
    }
}
