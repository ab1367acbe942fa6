//! What a project asks of its lock.

use super::Run;
use crate::project::Share;
use edgewise_core::document::Strategy;
use std::collections::BTreeMap;

/// Everything of a project that decides who gets what, for all its tenants and environments at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// What a ruleset is called (`production`, `acme/production`) and the seed that it draws with.
    pub seeds: BTreeMap<String, u64>,
    /// Every experiment of the project, drafts and archived ones too, in any order. Whatever is not among them counts
    /// as removed.
    pub experiments: Vec<ExperimentDemand>,
    /// Every layer, implicit ones too, in any order.
    pub layers: Vec<LayerDemand>,
    /// Every holdout, in any order.
    pub holdouts: Vec<HoldoutDemand>,
}

/// What an experiment asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentDemand {
    /// Its id and iteration.
    pub run: Run,
    /// What its units are hashed with.
    pub salt: String,
    /// The unit type that is drawn.
    pub unit: String,
    /// How the variant is drawn.
    pub strategy: Strategy,
    /// Whether it is in the document.
    pub standing: Standing,
    /// What the variants are to get.
    pub weights: Weights,
    /// The same where a tenant or an environment overrides it, by the name of that scope.
    pub scoped: BTreeMap<String, Weights>,
    /// The share of a layer that it is to have. None: its slots, if it has any, are free for others.
    pub claim: Option<SlotClaim>,
    /// The ids of the holdouts that bind it, unless they are newer than its run.
    pub holdouts: Vec<String>,
}

/// Whether an experiment is in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is, and has not started: it gets what it lacks, and holdouts that come before its start bind it.
    Ahead,
    /// It is (running, paused, frozen, completed or graduated), and gets what it lacks.
    Serving,
    /// It is not (a draft, stopped, archived): it keeps what it has and gets nothing.
    Resting,
}

/// What the variants of an experiment are to get.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Of one draw: variant and share. Shares sum to the whole, here and below.
    Variants(Vec<(String, Share)>),
    /// Of one draw for each factor: factor, and its levels and their shares.
    Factors(Vec<(String, Vec<(String, Share)>)>),
    /// Of one draw whose shares follow what was learnt.
    Bandit {
        /// The least that every variant gets, whatever was learnt.
        floor: Share,
        /// The shares until weights are published: see [`Lock::publish`](super::Lock::publish).
        weights: Vec<(String, Share)>,
    },
}

/// A share of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotClaim {
    /// The layer's id.
    pub layer: String,
    /// How much of it, rounded down to whole slots.
    pub share: Share,
}

/// A layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerDemand {
    /// Its id.
    pub id: String,
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is drawn.
    pub unit: String,
    /// The part of another layer that it divides further.
    pub within: Option<Within>,
}

/// The part of a layer that nested layers divide.
#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    /// The id of the outer layer.
    pub layer: String,
    /// How much of it; the same for all layers of the domain.
    pub share: Share,
    /// What the part is called: the layers that name the same domain have the very same slots. A layer that is alone
    /// in its part names itself.
    pub domain: String,
}

/// A holdout. Its share is not here: it is the lower part of an entry draw, so that raising it only adds units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldoutDemand {
    /// Its id.
    pub id: String,
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is drawn.
    pub unit: String,
}

/// The id of the implicit layer that `exclusive:` puts the experiments of a unit type into. No layer that somebody
/// writes has it: ids have no slash.
pub fn exclusive_layer(unit: &str) -> String {
    format!("exclusive/{unit}")
}

impl Weights {
    /// The names of the factors, sorted; empty where there is one draw.
    pub(super) fn factors(&self) -> Vec<&str> {
        let Self::Factors(factors) = self else { return Vec::new() };
        let mut names: Vec<_> = factors.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
