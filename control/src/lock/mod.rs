//! `edgewise.lock`: everything that decides who gets what and that the project's own files do not say.
//!
//! Weights say how many buckets a variant has, the lock which ones; shares of a layer say how many slots, the lock
//! which ones. It is written by `edgewise build` and committed: with it, a change of weights or shares moves as few
//! units as can be, and everything else moves nobody.
//!
//! - A build hands in a [`Demand`], all that the project asks for, and gets the lock that [`Lock::follow`]s it.
//! - **Runs.** Ranges belong to a [`Run`], an iteration of an experiment: the next iteration is allocated afresh, the
//!   old ones stay. Runs that are paused, decided or gone stay in the lock for good, so that they find their units
//!   again. A run is known by its salt, so that a rename that keeps the salt keeps the ranges.
//! - **Scopes.** There is one lock for all tenants and environments. Ranges are the same in all of them but where the
//!   project overrides weights, or weights were published for one: there they begin from the project's own and go
//!   their own way, until the override is taken back. Slots are never overridden: an experiment that serves in one
//!   environment holds its slots in all.
//! - **Slots** of a layer belong to experiments, whatever their iteration, and to nested layers. Free ones are taken
//!   lowest first, the last ones given up first. Whoever is in the project keeps its slots; whoever is not keeps them
//!   only until somebody needs them.
//! - **Holdouts.** A run is bound by the holdouts that were there when it started, and by no newer one. How much a
//!   holdout holds out is not in the lock, nor is a ramp: entry has a draw of its own, whose lower part is in.
//! - **What draws**: salts, unit types and fingerprints of the seeds are in it, so that a change that would draw every
//!   unit afresh is refused unless it is meant.
//!
//! The module reads no file and knows no clock.

mod allocate;
mod bandit;
mod buckets;
mod change;
mod demand;
mod draw;
mod error;
mod follow;
mod layer;
mod rename;
mod text;

pub use allocate::{WeightsError, moved};
pub use bandit::{Bandit, PublishError};
pub use buckets::Buckets;
pub use change::Change;
pub use demand::{
    Demand, ExperimentDemand, HoldoutDemand, LayerDemand, SlotClaim, Standing, Weights, Within,
    exclusive_layer,
};
pub use draw::Draw;
pub use error::{FullLayer, Subject, UpdateError, percent};
pub use layer::{Holder, Layer};
pub use text::{Flaw, LockError};

use edgewise_core::document::{BucketRange, Strategy};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The file's name in a project folder.
pub const FILE: &str = "edgewise.lock";

/// What a project remembers: see the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// By the name of the ruleset, a fingerprint of its seed.
    seeds: BTreeMap<String, u64>,
    holdouts: BTreeMap<String, Origin>,
    layers: BTreeMap<String, Layer>,
    entries: BTreeMap<Run, Entry>,
}

/// One iteration of one experiment. Written `checkout@2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The experiment's id.
    pub experiment: String,
    /// From 1.
    pub iteration: u32,
}

/// Half-open buckets and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first bucket.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The id of a variant, or the name of a factor's level.
    pub owner: String,
}

/// What a hash is made of, apart from seed and unit id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is drawn. None: an older version did not write it down.
    pub unit: Option<String>,
}

/// What is hashed for the draw of the variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The unit's id.
    #[default]
    Unit,
    /// A nonce of the call.
    Nonce,
    /// Nothing: a counter of the host decides.
    Counter,
}

/// What a [`Run`] draws with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the draw comes from.
    pub origin: Origin,
    /// What is hashed with the salt.
    pub source: Source,
    /// The salts of the holdouts that bind the run.
    pub holdouts: BTreeSet<String>,
    /// The ranges wherever none of `scopes` has its own.
    pub everywhere: Draw,
    /// The ranges of the tenants and environments that have their own.
    pub scopes: BTreeMap<String, Draw>,
}

impl Lock {
    /// What a run draws with.
    pub fn entry(&self, run: &Run) -> Option<&Entry> {
        self.entries.get(run)
    }

    /// The slots that an experiment or a domain of nested layers has in a layer, sorted and disjoint.
    pub fn slots(&self, layer: &str, holder: &Holder) -> Option<&[BucketRange]> {
        Some(self.layers.get(layer)?.holders.get(holder)?.ranges())
    }

    /// Whether a holdout was there when the run started, so that it binds the run.
    pub fn binds(&self, run: &Run, holdout: &str) -> bool {
        let salt = self.holdouts.get(holdout).map(|origin| &origin.salt);
        salt.is_some_and(|salt| self.entries.get(run).is_some_and(|entry| entry.holdouts.contains(salt)))
    }
}

impl Entry {
    /// The draw in the first of these scopes that has its own, else the project's.
    pub fn draw(&self, scopes: &[&str]) -> &Draw {
        scopes.iter().find_map(|scope| self.scopes.get(*scope)).unwrap_or(&self.everywhere)
    }

    /// The draw that is in force in a scope: its own; else, of `acme/staging`, that of `staging`, then that of `acme`;
    /// else the project's, which None asks for.
    pub fn draw_in(&self, scope: Option<&str>) -> &Draw {
        let Some(scope) = scope else { return &self.everywhere };
        match scope.split_once('/') {
            Some((tenant, environment)) => self.draw(&[scope, environment, tenant]),
            None => self.draw(&[scope]),
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.experiment, self.iteration)
    }
}

impl From<Strategy> for Source {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            // A context rule places units without a draw; those that it leaves are drawn as ever.
            Strategy::Hash | Strategy::Context => Self::Unit,
            Strategy::Random => Self::Nonce,
            Strategy::RoundRobin => Self::Counter,
        }
    }
}

impl Source {
    /// What the file and messages call it.
    fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Nonce => "nonce",
            Self::Counter => "counter",
        }
    }
}
