//! `edgewise types`: TypeScript declarations of a project's flags, experiments and units.

use super::output;
use edgewise_control::{
    project::{Project, shown},
    types::declarations,
};
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::{fs, path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project folder: the one that holds edgewise.yaml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where the declarations go, such as src/edgewise.d.ts; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let project = Project::load(&args.folder)?;
    let text = declarations(&project);
    let Some(path) = &args.out else {
        output::print(text.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    fs::write(path, text).into_diagnostic().wrap_err_with(|| format!("cannot write {}", shown(path)))?;
    output::print(&format!(
        "{}: {} flags, {} experiments, {} unit types",
        shown(path),
        project.flags.len(),
        project.experiments.len(),
        project.workspace.units.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}
