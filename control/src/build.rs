//! From a project folder to ruleset bytes, with the lock in between.

mod demand;
mod document;

pub use demand::demand;
pub use document::document;

use crate::{
    lock::{self, Change, Holder, Lock, Subject, UpdateError},
    project::{Experiment, Problem, Problems, Project, Scope, Text, shown},
};
use edgewise_core::{
    CompileError, Digest, Ruleset, compile_for,
    document::{Audience, Document},
};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

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

/// For whom a ruleset is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Where it runs and whose it is.
    pub scope: Scope,
    /// Who gets to see it.
    pub audience: Audience,
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

/// Reads a folder, follows its lock and compiles the ruleset of the workspace's own environment and tenant for servers.
/// Nothing is written.
pub fn build(folder: &Path) -> Result<Build, Problems> {
    build_for(folder, &Target::default())
}

/// Reads a folder, follows its lock and compiles a ruleset. Nothing is written.
pub fn build_for(folder: &Path, target: &Target) -> Result<Build, Problems> {
    let followed = Followed::load(folder)?;
    followed.compile(target)
}

/// A project and the lock that follows it: what every one of its rulesets is compiled from.
#[derive(Clone, Debug)]
pub struct Followed {
    folder: PathBuf,
    /// The project that was read.
    pub project: Project,
    lock: Lock,
    changes: Vec<Change>,
    locked: Locked,
    warnings: Vec<Problem>,
}

impl Followed {
    /// Reads a folder and follows its lock.
    pub fn load(folder: &Path) -> Result<Self, Problems> {
        let (project, mut warnings) = Project::load_with_warnings(folder)?;
        let failed = |problem| Problems::new(shown(folder), vec![problem]);
        let found = read_lock(folder)?;
        let serving = project.experiments.values().any(Experiment::in_document);
        if found.is_none() && serving {
            warnings.push(no_lock());
        }
        let before = found.clone().unwrap_or_default();
        let (lock, changes) =
            before.follow(&demand(&project)).map_err(|error| failed(unfollowed(folder, &error)))?;
        warnings.extend(demand::unbound(&project, &lock));
        let locked = match found {
            None => Locked::Missing,
            Some(found) if found != lock => Locked::Behind,
            Some(_) => Locked::UpToDate,
        };
        Ok(Self { folder: folder.to_owned(), project, lock, changes, locked, warnings })
    }

    /// Compiles the ruleset of a target.
    pub fn compile(&self, target: &Target) -> Result<Build, Problems> {
        let failed = |problem| Problems::new(shown(&self.folder), vec![problem]);
        let scope = self
            .project
            .workspace
            .scope(&target.scope)
            .map_err(|error| failed(Problem::error(error.to_string()).help(&error.advice)))?;
        let document = document(&self.project, &self.lock, &scope);
        let ruleset = compile_for(&document, target.audience)
            .map_err(|error| failed(refused(&self.folder, &scope, &error)))?;
        let digest =
            Ruleset::read(&ruleset).map_err(|error| failed(Problem::error(error.to_string())))?.digest();
        Ok(Build {
            project: self.project.clone(),
            document,
            ruleset,
            digest,
            lock: self.lock.clone(),
            changes: self.changes.clone(),
            locked: self.locked,
            warnings: self.warnings.clone(),
        })
    }
}

/// What a scope is called, in the lock and to people: `acme/production`.
pub fn called(scope: &Scope) -> String {
    let environment = scope.environment.as_deref().unwrap_or("default");
    match &scope.tenant {
        Some(tenant) => format!("{tenant}/{environment}"),
        None => environment.to_owned(),
    }
}

/// The folder's lock. None: it has none.
pub fn read_lock(folder: &Path) -> Result<Option<Lock>, Problems> {
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

/// What the lock cannot follow, at the place in the experiment's file that asks for it.
fn unfollowed(folder: &Path, error: &UpdateError) -> Problem {
    let problem = Problem::error(error.to_string()).help(error.help());
    let holder = match error {
        UpdateError::LayerFull(full) => Some(&full.holder),
        UpdateError::NoShare { holder, .. } => Some(holder),
        _ => None,
    };
    let (experiment, fields, label): (_, &[&str], _) = match (error, holder) {
        (UpdateError::Redrawn { subject: Subject::Experiment(id), property, .. }, _) => match *property {
            "salt" => (id, &["salt", "was", "id"], "this makes the salt"),
            "unit type" => (id, &["unit", "id"], "another unit"),
            "source" => (id, &["strategy", "id"], "drawn from something else"),
            _ => (id, &["factors", "variants"], "other factors"),
        },
        (UpdateError::Weights { experiment, .. }, _) => (experiment, &["variants", "factors"], "these"),
        (_, Some(Holder::Experiment(id))) => (id, &["layer", "exclusive"], "asks for this"),
        _ => return problem,
    };
    match Project::place(folder, "experiments", experiment, fields) {
        Some((text, span)) => problem.at(&text, span, label),
        None => problem,
    }
}

/// What the compiler refuses, at the place in the file that the document's place comes from.
fn refused(folder: &Path, scope: &Scope, error: &CompileError) -> Problem {
    let problem = Problem::error(format!("the ruleset of {} cannot be compiled: {error}", called(scope)));
    let place = error.place.as_str();
    let found = place.split_once('[').and_then(|(kind, rest)| {
        let (id, field) = rest.split_once(']')?;
        let field = field.trim_start_matches('.').split(['[', '.']).next().unwrap_or_default();
        Project::place(folder, kind, id, &[field, "id"])
    });
    match found {
        Some((text, span)) => problem.at(&text, span, "here"),
        None => problem,
    }
}

fn no_lock() -> Problem {
    let message =
        format!("there is no {}: every experiment gets its buckets as if for the first time", lock::FILE);
    Problem::warning(message).help(
        "on a first build that is right: commit the file that `edgewise build` writes; if the project has been \
         served before, restore its lock, or units may change their variants",
    )
}
