//! `edgewise build`: a project to a ruleset.

use super::output;
use edgewise_control::{
    build::{Build, Locked, build},
    lock::{self, Change},
    project::{shown, wire::Status},
};
use edgewise_core::{BUCKETS, Digest, Ruleset};
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
    /// Where the document that the ruleset is compiled from goes, as JSON
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let build = build(&args.folder)?;
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
fn write(path: &Path, bytes: &[u8]) -> miette::Result<()> {
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
        output::print(&format!("  {}", sentence(change)))?;
    }
    let drafts = build.project.experiments.values().filter(|experiment| experiment.status == Status::Draft);
    for draft in drafts {
        output::print(&format!("  {}: a draft, left out", draft.id))?;
    }
    match build.locked {
        Locked::UpToDate => output::print(&format!("{}: unchanged, no unit moves", shown(lock))),
        Locked::Missing | Locked::Behind => output::print(&format!("{}: written; commit it", shown(lock))),
    }
}

fn sentence(change: &Change) -> String {
    match change {
        Change::New(run) => format!("{run}: first allocation"),
        Change::Renamed { from, to } => format!("{to}: renamed from {from}, no unit moves"),
        Change::Moved { run, buckets } => {
            let percent = f64::from(*buckets) * 100.0 / f64::from(BUCKETS);
            format!("{run}: {buckets} buckets change their variant, {percent:.4}% of the units")
        }
    }
}
