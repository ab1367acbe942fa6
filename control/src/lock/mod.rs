//! `edgewise.lock`: which buckets each variant of each experiment has.
//!
//! Weights say how many buckets a variant has, the lock which ones. It is written by `edgewise build` and committed:
//! with it, a change of weights moves as few units as can be, and everything else moves nobody. Experiments that are
//! paused, drafts or gone stay in it, so that they find their units again. A ramp is not part of it: entry has a draw
//! of its own.

mod allocate;
mod text;

pub use allocate::{Range, TooFineError, allocate, moved};
pub use text::LockError;

use crate::project::{Experiment, Project, wire::Status};
use std::collections::{BTreeMap, BTreeSet};

/// The file's name in a project folder.
pub const FILE: &str = "edgewise.lock";

/// All allocations that a project has ever had, but for earlier weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<Run, Entry>,
}

/// One iteration of one experiment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The experiment's id.
    pub experiment: String,
    /// From 1.
    pub iteration: u32,
}

/// What a [`Run`] draws with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What units are hashed with.
    pub salt: String,
    /// Disjoint, in the order of their starts, together all buckets.
    pub ranges: Vec<Range>,
}

/// What a build did to one experiment's allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its first allocation.
    New(Run),
    /// It goes by another id now.
    Renamed {
        /// What it was.
        from: Run,
        /// What it is.
        to: Run,
    },
    /// Some buckets changed hands.
    Moved {
        /// Whose.
        run: Run,
        /// How many, of 1,000,000.
        buckets: u32,
    },
}

/// Why a lock cannot follow a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The experiment would be drawn afresh although id and iteration are the same.
    #[error(
        "`{experiment}` was drawn with the salt {locked:?} and would now be drawn with {given:?}: every unit would move"
    )]
    SaltChanged {
        /// The experiment's id.
        experiment: String,
        /// The salt in the lock.
        locked: String,
        /// The salt in the project.
        given: String,
    },
    /// The weights cannot be turned into buckets.
    #[error("the weights of `{experiment}`: {source}")]
    Weights {
        /// The experiment's id.
        experiment: String,
        /// Why.
        source: TooFineError,
    },
}

impl UpdateError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::SaltChanged { .. } => {
                "bring `was:` or `salt:` back, or raise `iteration:` to start over on purpose"
            }
            Self::Weights { .. } => "write percentages or decimals",
        }
    }
}

impl Run {
    fn of(experiment: &Experiment) -> Self {
        Self { experiment: experiment.id.clone(), iteration: experiment.iteration }
    }
}

impl Lock {
    /// The allocation of a run.
    pub fn entry(&self, run: &Run) -> Option<&Entry> {
        self.entries.get(run)
    }

    /// The allocation of an experiment as it is in the project.
    pub fn of(&self, experiment: &Experiment) -> Option<&Entry> {
        self.entry(&Run::of(experiment))
    }

    /// The lock after a build of the project, and what the build changed in it. Drafts get no buckets, and keep those
    /// that they had.
    pub fn follow(&self, project: &Project) -> Result<(Self, Vec<Change>), UpdateError> {
        let mut lock = self.clone();
        let mut changes = Vec::new();
        let current: BTreeSet<Run> = project.experiments.values().map(Run::of).collect();
        for experiment in project.experiments.values().filter(|experiment| experiment.status != Status::Draft)
        {
            changes.extend(lock.rename(experiment, &current));
            changes.extend(lock.reallocate(experiment)?);
        }
        Ok((lock, changes))
    }

    /// Takes over the entry that has the experiment's salt and belongs to no experiment any more.
    fn rename(&mut self, experiment: &Experiment, current: &BTreeSet<Run>) -> Option<Change> {
        let to = Run::of(experiment);
        if self.entries.contains_key(&to) {
            return None;
        }
        let orphan = |(run, entry): &(&Run, &Entry)| entry.salt == experiment.salt && !current.contains(*run);
        let from = self.entries.iter().find(orphan)?.0.clone();
        let entry = self.entries.remove(&from)?;
        self.entries.insert(to.clone(), entry);
        Some(Change::Renamed { from, to })
    }

    fn reallocate(&mut self, experiment: &Experiment) -> Result<Option<Change>, UpdateError> {
        let run = Run::of(experiment);
        let before = self.entries.get(&run);
        if let Some(entry) = before.filter(|entry| entry.salt != experiment.salt) {
            return Err(UpdateError::SaltChanged {
                experiment: run.experiment,
                locked: entry.salt.clone(),
                given: experiment.salt.clone(),
            });
        }
        let weights: Vec<_> =
            experiment.variants.iter().map(|variant| (variant.id.as_str(), variant.weight)).collect();
        let held = before.map_or(&[][..], |entry| &entry.ranges);
        let ranges = allocate(&weights, held)
            .map_err(|source| UpdateError::Weights { experiment: run.experiment.clone(), source })?;
        let change = match before {
            None => Some(Change::New(run.clone())),
            Some(entry) if entry.ranges == ranges => None,
            Some(entry) => Some(Change::Moved { run: run.clone(), buckets: moved(&entry.ranges, &ranges) }),
        };
        self.entries.insert(run, Entry { salt: experiment.salt.clone(), ranges });
        Ok(change)
    }
}
