//! From a project folder to ruleset bytes, with the lock in between.

use crate::{
    lock::{self, Change, Lock},
    project::{Experiment, Flag, Problem, Problems, Project, Text, shown, wire::Status},
};
use edgewise_core::{
    Digest, Ruleset, compile,
    document::{self, AllocationRange, Document, State},
};
use std::{fs, io::ErrorKind, path::Path};

/// What a build makes, before anything is written.
#[derive(Clone, Debug)]
pub struct Build {
    /// The project that was read.
    pub project: Project,
    /// The document that the ruleset was compiled from.
    pub document: Document,
    /// The ruleset's bytes.
    pub ruleset: Vec<u8>,
    /// The ruleset's name in events.
    pub digest: Digest,
    /// The lock as it has to be kept.
    pub lock: Lock,
    /// What differs between this lock and the one in the folder.
    pub changes: Vec<Change>,
    /// How the folder's lock compares with it.
    pub locked: Locked,
    /// What works but is hardly meant.
    pub warnings: Vec<Problem>,
}

/// How a folder's lock compares with the one that a build needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    /// There is none.
    Missing,
    /// It has to be written.
    Behind,
    /// They are equal.
    UpToDate,
}

/// Reads a folder, follows its lock and compiles its ruleset. Nothing is written.
pub fn build(folder: &Path) -> Result<Build, Problems> {
    let (project, mut warnings) = Project::load_with_warnings(folder)?;
    let failed = |problem| Problems::new(shown(folder), vec![problem]);
    let found = read_lock(folder)?;
    let serving = project.experiments.values().any(|experiment| experiment.status != Status::Draft);
    if found.is_none() && serving {
        warnings.push(no_lock());
    }
    let before = found.clone().unwrap_or_default();
    let (lock, changes) = before
        .follow(&project)
        .map_err(|error| failed(Problem::error(error.to_string()).help(error.help())))?;
    let document = document(&project, &lock);
    let ruleset = compile(&document).map_err(|error| failed(Problem::error(error.to_string())))?;
    let digest = Ruleset::read(&ruleset).map_err(|error| failed(Problem::error(error.to_string())))?.digest();
    let locked = match found {
        None => Locked::Missing,
        Some(found) if found != lock => Locked::Behind,
        Some(_) => Locked::UpToDate,
    };
    Ok(Build { project, document, ruleset, digest, lock, changes, locked, warnings })
}

/// The document of a project. Drafts are left out; every other experiment has its ranges from the lock.
pub fn document(project: &Project, lock: &Lock) -> Document {
    let serving = project.experiments.values().filter(|experiment| experiment.status != Status::Draft);
    Document {
        seed: project.workspace.seed.clone(),
        tenant: project.workspace.tenant.clone(),
        environment: project.workspace.environment.clone(),
        units: project.workspace.units.clone(),
        experiments: serving.map(|experiment| of_experiment(project, lock, experiment)).collect(),
        flags: project.flags.values().map(of_flag).collect(),
    }
}

fn of_experiment(project: &Project, lock: &Lock, experiment: &Experiment) -> document::Experiment {
    let variant = |variant: &crate::project::Variant| document::Variant {
        id: variant.id.clone(),
        control: variant.id == experiment.control,
        overrides: variant.overrides.clone(),
    };
    let range = |range: &lock::Range| AllocationRange {
        start: range.start,
        end: range.end,
        variant: range.variant.clone(),
    };
    document::Experiment {
        id: experiment.id.clone(),
        iteration: experiment.iteration,
        salt: experiment.salt.clone(),
        share_salt: experiment.share_salt,
        unit: experiment.unit.clone(),
        state: if experiment.status == Status::Paused { State::Paused } else { State::Running },
        start: experiment.start,
        end: experiment.end,
        targeting: experiment.targeting.clone(),
        ramp: experiment.ramp.clone(),
        variants: experiment.variants.iter().map(variant).collect(),
        allocation: lock
            .of(experiment)
            .map(|entry| entry.ranges.iter().map(range).collect())
            .unwrap_or_default(),
        plan: project.plan(&experiment.id).ok().map(|plan| plan.digest().to_string()),
    }
}

fn of_flag(flag: &Flag) -> document::Flag {
    document::Flag {
        id: flag.id.clone(),
        salt: flag.salt.clone(),
        value_type: flag.value_type,
        default: flag.default.clone(),
        rules: flag.rules.clone(),
    }
}

/// The folder's lock. None: it has none.
fn read_lock(folder: &Path) -> Result<Option<Lock>, Problems> {
    let path = folder.join(lock::FILE);
    let name = shown(&path);
    let failed = |problem| Problems::new(shown(folder), vec![problem]);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(Problem::error(format!("cannot read {name}: {error}")))),
        Ok(text) => text,
    };
    Lock::read(&text).map(Some).map_err(|error| {
        let problem = Problem::error(format!("{name} cannot be used: {error}")).help(error.help());
        failed(match error.line(&text) {
            Some(line) => problem.at(&Text { name, text: text.into() }, line, "here"),
            None => problem,
        })
    })
}

fn no_lock() -> Problem {
    let message =
        format!("there is no {}: every experiment gets its buckets as if for the first time", lock::FILE);
    Problem::warning(message).help(
        "on a first build that is right: commit the file that `edgewise build` writes; if the project has been \
         served before, restore its lock, or units may change their variants",
    )
}
