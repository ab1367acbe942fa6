//! Past units randomised again and again, as an experiment's analysis would see them.

mod table;

pub use table::render;

use super::{Amount, logged::LoggedPast};
use crate::{
    build::build,
    project::{Problems, UnknownExperiment},
};
use edgewise_analysis::{
    rows::ImportError,
    simulate::{
        Configured, Past, PastColumns, Question, SimulateError, Simulation, Split, sequential::Peeking,
        simulate, split::SplitError,
    },
};
use edgewise_core::{Ruleset, RulesetError};
use edgewise_stats::{Alpha, AlphaError, plan::EffectError};
use std::{
    borrow::Cow,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Request {
    /// The past units.
    pub units: PastUnits,
    /// The variants.
    pub variants: Variants,
    /// The share of the units that enters each run.
    pub entering: f64,
    /// The level; none: the experiment's, or 0.05.
    pub alpha: Option<Alpha>,
    /// How often the units are randomised.
    pub runs: NonZeroU64,
    /// Which random numbers.
    pub seed: u64,
    /// What is planted into the treatments.
    pub effect: Option<Amount>,
    /// How the experiment is looked at before its end.
    pub peeking: Option<Peeking>,
    /// How many threads work.
    pub threads: NonZeroUsize,
}

/// Where the past units come from.
#[derive(Clone, Debug)]
pub enum PastUnits {
    /// A table of one row a unit.
    Table {
        /// The file.
        file: PathBuf,
        /// What stands where in it.
        columns: PastColumns,
    },
    /// The project's own log, in which they were found already.
    Log(LoggedPast),
}

/// Where the variants come from.
#[derive(Clone, Debug)]
pub enum Variants {
    /// Names and weights, the control's first.
    Weights(Vec<(String, f64)>),
    /// An experiment of a project, with the very buckets that its lock gives it.
    Experiment {
        /// The project's folder.
        project: PathBuf,
        /// The experiment's id.
        id: String,
    },
}

/// Why there is no simulation.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SimulationError {
    /// The project is not as it must be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] Problems),
    /// The project has no such experiment.
    #[error(transparent)]
    Unknown(#[from] UnknownExperiment),
    /// The experiment is in no ruleset.
    #[error("the experiment `{0}` is not in the project's ruleset, so it has no allocation yet")]
    #[diagnostic(help("take it out of the state `draft`, or name variants by --weights"))]
    NotBuilt(String),
    /// The project's ruleset cannot be read.
    #[error(transparent)]
    Ruleset(#[from] RulesetError),
    /// The table is not as it must be.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The level is none.
    #[error(transparent)]
    Alpha(#[from] AlphaError),
    /// The effect is none.
    #[error("--effect: {0}")]
    Effect(#[from] EffectError),
    /// Units cannot be split so.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// There is no simulation.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
}

/// Simulates what was asked for. `progress` is told how many runs are done.
///
/// # Errors
/// Where something cannot be read, or is not as it must be; each error names the place and the way out.
pub fn run(request: &Request, progress: &(dyn Fn(u64) + Sync)) -> Result<Simulation, SimulationError> {
    let (split, alpha) = split(request)?;
    let (metric, past) = match &request.units {
        PastUnits::Table { file, columns } => (&columns.metric, Cow::Owned(Past::read(file, columns)?)),
        PastUnits::Log(LoggedPast { metric, past }) => (metric, Cow::Borrowed(past)),
    };
    let question = Question {
        metric,
        past: &past,
        split: &split,
        alpha,
        runs: request.runs,
        seed: request.seed,
        effect: request.effect.map(Amount::effect).transpose()?,
        peeking: request.peeking.clone(),
        threads: request.threads,
    };
    let analysis = Configured {
        metric: metric.clone(),
        kind: past.kind(),
        alpha,
        variants: split.variants().to_vec(),
        shares: split.shares(),
    };
    Ok(simulate(&question, &analysis, progress)?)
}

fn split(request: &Request) -> Result<(Split, Alpha), SimulationError> {
    match &request.variants {
        Variants::Weights(weights) => {
            Ok((Split::of_weights(weights, request.entering)?, request.alpha.unwrap_or_default()))
        }
        Variants::Experiment { project, id } => {
            let built = build(project)?;
            let plan = built.project.plan(id)?;
            let ruleset = Ruleset::read(built.ruleset)?;
            let experiment =
                ruleset.find_experiment(id).ok_or_else(|| SimulationError::NotBuilt(id.clone()))?;
            let alpha = request.alpha.map_or_else(|| Alpha::new(plan.alpha), Ok)?;
            Ok((Split::of_experiment(experiment, &plan.control, request.entering)?, alpha))
        }
    }
}
