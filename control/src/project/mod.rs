//! A project: a folder of experiments, metrics and flags, read and checked as a whole.

mod check;
mod folder;
mod problem;
mod share;
mod spelling;
mod valid;
pub mod wire;
mod yaml;

pub use problem::{Problem, Problems};
pub use share::{Share, ShareError};

pub use folder::shown;
pub use spelling::advice;

pub(crate) use problem::Text;

use edgewise_analysis::plan::{Metric, Plan, PlannedMetric, Role};
use edgewise_core::document::{Condition, FlagRule, RampStage, ValueType};
use std::{collections::BTreeMap, path::Path};
use thiserror::Error;
use wire::Status;

/// Everything in a project folder, checked: whatever names something else names something that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// What all experiments have in common.
    pub workspace: Workspace,
    /// The experiments by id, drafts among them.
    pub experiments: BTreeMap<String, Experiment>,
    /// The metrics by id.
    pub metrics: BTreeMap<String, Metric>,
    /// The flags by id.
    pub flags: BTreeMap<String, Flag>,
}

/// What all experiments of a project have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// 16 lower-case hexadecimal digits.
    pub seed: String,
    /// The unit types; the first is the default.
    pub units: Vec<String>,
    /// Whose experiments these are.
    pub tenant: Option<String>,
    /// Where they run.
    pub environment: Option<String>,
}

/// One experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// What code and events call it.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Whether it serves.
    pub status: Status,
    /// Which run of it this is, from 1.
    pub iteration: u32,
    /// What its units are hashed with.
    pub salt: String,
    /// Whether another experiment may have the same salt.
    pub share_salt: bool,
    /// The unit type that is drawn.
    pub unit: String,
    /// Milliseconds since the Unix epoch, inclusive.
    pub start: Option<i64>,
    /// Milliseconds since the Unix epoch, exclusive.
    pub end: Option<i64>,
    /// Who may enter.
    pub targeting: Option<Condition>,
    /// Which share of them enters, over time. Empty: all.
    pub ramp: Vec<RampStage>,
    /// What is compared, in the order of the file.
    pub variants: Vec<Variant>,
    /// The variant that the others are compared with.
    pub control: String,
    /// The ids of what is measured, and what for; primary ones first.
    pub metrics: Vec<(Role, String)>,
    /// Two-sided error rate of each test.
    pub alpha: f64,
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What code and events call it.
    pub id: String,
    /// Its exact share; those of all variants sum to the whole.
    pub weight: Share,
    /// Flag id to JSON text.
    pub overrides: BTreeMap<String, String>,
}

/// A flag.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// What code calls it.
    pub id: String,
    /// What rollouts hash the unit with.
    pub salt: String,
    /// The type of every value.
    pub value_type: ValueType,
    /// JSON text.
    pub default: String,
    /// Tried in this order.
    pub rules: Vec<FlagRule>,
}

/// An experiment was asked for that the project does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no experiment `{experiment}`; {advice}")]
pub struct UnknownExperiment {
    /// What was asked for.
    pub experiment: String,
    /// What was probably meant, or what there is.
    pub advice: String,
}

impl Project {
    /// Reads and checks a folder. The error is everything that is wrong with it, in the order of files and lines.
    pub fn load(folder: &Path) -> Result<Self, Problems> {
        Self::load_with_warnings(folder).map(|(project, _)| project)
    }

    /// Like [`Project::load`], with what works but is hardly meant.
    pub fn load_with_warnings(folder: &Path) -> Result<(Self, Vec<Problem>), Problems> {
        let mut problems = Vec::new();
        let files = folder::Folder::read(folder, &mut problems);
        let project = check::check(&files, &mut problems);
        problems.sort_by(|one, other| one.order().cmp(&other.order()));
        match project {
            Some(project) if !problems.iter().any(Problem::is_error) => Ok((project, problems)),
            _ => Err(Problems::new(shown(folder), problems)),
        }
    }

    /// What is analysed of an experiment, and how.
    pub fn plan(&self, experiment: &str) -> Result<Plan, UnknownExperiment> {
        let Some(found) = self.experiments.get(experiment) else {
            let advice = advice(experiment, "experiments", self.experiments.keys().map(String::as_str));
            return Err(UnknownExperiment { experiment: experiment.to_owned(), advice });
        };
        let metrics = found.metrics.iter().filter_map(|(role, id)| {
            let metric = self.metrics.get(id)?.clone();
            Some(PlannedMetric { metric, role: *role })
        });
        Ok(Plan {
            experiment: found.id.clone(),
            unit: found.unit.clone(),
            control: found.control.clone(),
            variants: found.variants.iter().map(|variant| variant.id.clone()).collect(),
            metrics: metrics.collect(),
            alpha: found.alpha,
        })
    }
}
