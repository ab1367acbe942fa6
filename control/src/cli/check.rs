//! `edgewise check`: what is wrong with a project.

use super::output;
use edgewise_control::{
    build::{Locked, build},
    project::wire::Status,
};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project folder: the one that holds edgewise.yaml
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let build = build(&args.folder)?;
    let with =
        |status| build.project.experiments.values().filter(|experiment| experiment.status == status).count();
    let (running, paused, drafts) = (with(Status::Running), with(Status::Paused), with(Status::Draft));
    output::print(&format!(
        "ok: {running} running, {paused} paused and {drafts} draft experiments, {} metrics, {} flags; the ruleset has {} bytes",
        build.project.metrics.len(),
        build.project.flags.len(),
        build.ruleset.len()
    ))?;
    if build.locked == Locked::Behind {
        output::say("edgewise.lock is not up to date: run `edgewise build` and commit it");
    }
    output::warn(build.warnings);
    Ok(ExitCode::SUCCESS)
}
