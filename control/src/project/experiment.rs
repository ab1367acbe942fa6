//! One experiment of a project, checked.

use super::{Share, wire::Status};
use edgewise_analysis::plan::{Decision, Guardrail, Role, SequentialPlan, Trigger};
use edgewise_core::document::{
    Condition, Forced, Graduation, Placement, Prerequisite, RampStage, State, Strategy,
};
use edgewise_stats::decide::Criterion;
use std::collections::{BTreeMap, BTreeSet};

/// One experiment.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own in the file")]
pub struct Experiment {
    /// What code and events call it.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where it is in its life.
    pub status: Status,
    /// Paused: units that were enrolled keep their variant.
    pub freeze: bool,
    /// Which run of it this is, from 1.
    pub iteration: u32,
    /// What its units are hashed with.
    pub salt: String,
    /// Whether another experiment may have the same salt.
    pub share_salt: bool,
    /// The unit type that is drawn.
    pub unit: String,
    /// The unit type that is drawn where the context holds none of `unit`.
    pub fallback: Option<String>,
    /// The environments that it is built for. Empty: all, and the build for none.
    pub environments: Vec<String>,
    /// The tenants that it is built for. Empty: all, and the build for none.
    pub tenants: Vec<String>,
    /// Whether browsers must not see it.
    pub server_only: bool,
    /// Who has a flag that several experiments override.
    pub priority: i32,
    /// Whether units may be missing that a higher experiment takes.
    pub allow_masking: bool,
    /// Whether hosts keep a unit's variant.
    pub sticky: bool,
    /// Milliseconds since the Unix epoch, inclusive.
    pub start: Option<i64>,
    /// Milliseconds since the Unix epoch, exclusive.
    pub end: Option<i64>,
    /// Units that get a variant by name.
    pub forced: Vec<Forced>,
    /// The ids of the holdouts that bind it.
    pub holdouts: Vec<String>,
    /// What has to hold of other experiments and flags.
    pub prerequisites: Vec<Prerequisite>,
    /// Who gets what once it is decided: where the status is graduated.
    pub graduation: Option<GraduationShare>,
    /// Its share of a layer, of its own or the implicit one of exclusive experiments.
    pub layer: Option<Claim>,
    /// Who may enter.
    pub targeting: Option<Condition>,
    /// Which share of them enters, over time. Empty: all.
    pub ramp: Vec<RampStage>,
    /// How the variant is drawn.
    pub strategy: Strategy,
    /// Who is placed instead of drawn, in this order.
    pub placements: Vec<Placement>,
    /// What is compared, in the order of the file; with factors the cells, in the order of [`Experiment::cells`].
    pub variants: Vec<Variant>,
    /// What is drawn on its own each. Empty: the variant is drawn as one.
    pub factors: Vec<Factor>,
    /// With factors: the variant of each combination of levels, the last factor's level running fastest.
    pub cells: Vec<String>,
    /// Of a fraction of a factorial design: what is not told apart.
    pub fraction: Option<Fraction>,
    /// Weights that a bandit learns.
    pub bandit: Option<Bandit>,
    /// The variant that the others are compared with.
    pub control: String,
    /// What is measured, and what for; primary ones first.
    pub metrics: Vec<Measured>,
    /// Two-sided error rate of each test.
    pub alpha: f64,
    /// How it is looked at and decided.
    pub analysis: Analysis,
}

/// A metric of an experiment, and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The metric's id. Of a family the head's stands for all of it.
    pub metric: String,
    /// What it is measured for; what comes with it informs.
    pub role: Role,
    /// The smallest relative change that is worth detecting.
    pub minimum_effect: Option<f64>,
    /// Of a guardrail: how much worse it may get.
    pub guardrail: Option<Guardrail>,
    /// What a variant's own value has to be for the experiment to succeed.
    pub success: Option<Criterion>,
}

impl Measured {
    /// A metric in a role, of which nothing else is asked.
    pub fn new(metric: impl Into<String>, role: Role) -> Self {
        Self { metric: metric.into(), role, minimum_effect: None, guardrail: None, success: None }
    }
}

/// How an experiment is looked at and decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// How it may be looked at before its horizon. None: it is decided once.
    pub sequential: Option<SequentialPlan>,
    /// What has to hold before anything is decided.
    pub decision: Decision,
    /// Attributes that results are split by: exposures carry them.
    pub dimensions: Vec<Dimension>,
    /// The event that makes a unit count.
    pub trigger: Option<Trigger>,
    /// How many seconds after a metric's window has passed its events may still arrive. None: whenever they do.
    pub lateness_seconds: Option<u64>,
}

/// An attribute that results are split by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its canonical name, under which exposures carry it.
    pub name: String,
    /// Its path.
    pub path: Vec<String>,
}

/// A share of a layer. The lock says which slots it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The layer's id.
    pub layer: String,
    /// How much of it, more than nothing and at most the whole.
    pub share: Share,
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What code and events call it.
    pub id: String,
    /// Its exact share; those of all variants sum to the whole. Of a cell the product of its levels' shares.
    pub weight: Share,
    /// Flag id to JSON text.
    pub overrides: BTreeMap<String, String>,
}

/// One factor of a factorial design: its levels are drawn independently of those of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its name.
    pub id: String,
    /// At least two, in the order of the file.
    pub levels: Vec<Level>,
}

/// One level of a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Its name.
    pub id: String,
    /// Its exact share; those of all levels sum to the whole.
    pub weight: Share,
}

/// Which fraction of a two-level factorial design is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// The relations, such as `C = A*B`.
    pub generators: Vec<String>,
    /// The length of the shortest word of the defining relation: with III main effects look like interactions of two
    /// factors, with IV like those of three, with V interactions of two look like those of three.
    pub resolution: u32,
}

/// Weights that a bandit learns, by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandit {
    /// What every variant keeps whatever is learnt, in ranges that never move.
    pub floor: Share,
}

/// What a graduated experiment answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraduationShare {
    /// The id of the variant that everyone gets.
    pub winner: String,
    /// How many of the 1,000,000 buckets keep the control. None: nobody does.
    pub hold_back: Option<u32>,
}

impl Experiment {
    /// Its state in documents. None: it is in none.
    pub fn state(&self) -> Option<State> {
        match self.status {
            Status::Draft | Status::Stopped | Status::Archived => None,
            Status::Scheduled | Status::Running => Some(State::Running),
            Status::Paused if self.freeze => Some(State::Frozen),
            Status::Paused => Some(State::Paused),
            Status::Completed => Some(State::Completed),
            Status::Graduated => Some(State::Graduated),
        }
    }

    /// Whether documents hold it.
    pub fn in_document(&self) -> bool {
        self.state().is_some()
    }

    /// The id of the holdout that keeps the control after it has graduated.
    pub fn hold_back_id(&self) -> String {
        format!("hold-back/{}", self.id)
    }

    /// Its graduation as documents have it.
    pub fn document_graduation(&self) -> Option<Graduation> {
        let graduation = self.graduation.as_ref()?;
        let hold_back = graduation.hold_back.map(|_| self.hold_back_id());
        Some(Graduation { winner: graduation.winner.clone(), hold_back })
    }

    /// The flags that any variant names: the experiment claims them for all its units.
    pub fn claims(&self) -> BTreeSet<&str> {
        self.variants.iter().flat_map(|variant| variant.overrides.keys()).map(String::as_str).collect()
    }
}
