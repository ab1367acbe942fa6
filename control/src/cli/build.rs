//! `edgewise build`: a project to a ruleset.

use super::{keys, output};
use edgewise_control::{
    build::{Build, Locked, Target, build_for},
    lock,
    project::{Experiment, Scope, shown, wire::Status},
};
use edgewise_core::{Digest, Ruleset, document};
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project folder: the one that holds edgewise.yaml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where the ruleset goes
    #[arg(short, long, value_name = "FILE", default_value = "ruleset.edgewise")]
    output: PathBuf,
    /// The environment to build for; without it, the workspace's own
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The tenant to build for; without it, the workspace's own
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Who gets to see the ruleset
    #[arg(long, value_enum, default_value_t = Audience::Server)]
    audience: Audience,
    /// Where the document that the ruleset is compiled from goes, as JSON
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The private key that the ruleset is signed with, as `edgewise keys new` makes it
    #[arg(long, value_name = "KEYFILE", env = "EDGEWISE_SIGNING_KEY")]
    sign: Option<PathBuf>,
}

/// Who gets to see a ruleset.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Audience {
    /// Everything
    Server,
    /// Nothing that is for servers only, and private literals as keyed hashes
    Client,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let scope = Scope { environment: args.environment.clone(), tenant: args.tenant.clone() };
    let audience = match args.audience {
        Audience::Server => document::Audience::Server,
        Audience::Client => document::Audience::Client,
    };
    let mut build = build_for(&args.folder, &Target { scope, audience })?;
    if let Some(key) = &args.sign {
        build.ruleset = keys::signed(&build.ruleset, key)?;
    }
    let before = digest_of(&args.output);
    // The lock first: a ruleset whose ranges nobody has kept must not get out.
    let lock = args.folder.join(lock::FILE);
    if build.locked != Locked::UpToDate {
        write(&lock, build.lock.write().as_bytes())?;
    }
    write(&args.output, &build.ruleset)?;
    if let Some(path) = &args.document {
        let mut json = serde_json::to_string_pretty(&build.document).into_diagnostic()?;
        json.push('\n');
        write(path, json.as_bytes())?;
    }
    report(&build, &args.output, before, &lock)?;
    output::warn(build.warnings);
    Ok(ExitCode::SUCCESS)
}

/// The digest of the ruleset that is about to be overwritten, if there is a good one.
fn digest_of(path: &Path) -> Option<Digest> {
    Ruleset::read(fs::read(path).ok()?).ok().map(|ruleset| ruleset.digest())
}

/// Writes a file whole or not at all: a reader never sees half of it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> miette::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}

fn report(build: &Build, output: &Path, before: Option<Digest>, lock: &Path) -> miette::Result<()> {
    let news = match before {
        Some(before) if before == build.digest => "unchanged".to_owned(),
        Some(before) => format!("was {before}"),
        None => "new".to_owned(),
    };
    output::print(&format!(
        "{}: {} bytes, digest {} ({news})",
        shown(output),
        build.ruleset.len(),
        build.digest
    ))?;
    for change in &build.changes {
        output::print(&format!("  {change}"))?;
    }
    for experiment in build.project.experiments.values() {
        if let Some(left_out) = left_out(&build.document, experiment) {
            output::print(&format!("  {}: {left_out}, left out", experiment.id))?;
        }
    }
    match build.locked {
        Locked::UpToDate => output::print(&format!("{}: unchanged, no unit moves", shown(lock))),
        Locked::Missing | Locked::Behind => output::print(&format!("{}: written; commit it", shown(lock))),
    }
}

/// Why an experiment of the project is not in the document.
fn left_out(document: &document::Document, experiment: &Experiment) -> Option<String> {
    if document.experiments.iter().any(|served| served.id == experiment.id) {
        return None;
    }
    Some(if experiment.in_document() {
        "of another environment or tenant".to_owned()
    } else {
        match experiment.status {
            Status::Stopped => "stopped".to_owned(),
            Status::Archived => "archived".to_owned(),
            _ => "a draft".to_owned(),
        }
    })
}
