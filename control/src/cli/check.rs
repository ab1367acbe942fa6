//! `edgewise check`: what is wrong with a project.

use super::output;
use edgewise_control::{
    build::{Followed, Locked, Target},
    project::{Experiment, Project, Scope, wire::Status},
};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project folder: the one that holds edgewise.yaml
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let followed = Followed::load(&args.folder)?;
    let build = followed.compile(&Target::default())?;
    let others = followed.project.workspace.scopes();
    for scope in others.iter().skip(1) {
        followed.compile(&Target { scope: scope.clone(), ..Target::default() })?;
    }
    output::print(&format!(
        "ok: {} experiments, {} metrics, {} flags; the ruleset has {} bytes",
        counts(&build.project),
        build.project.metrics.len(),
        build.project.flags.len(),
        build.ruleset.len()
    ))?;
    if others.len() > 1 {
        let names: Vec<_> = others.iter().skip(1).map(called).collect();
        output::print(&format!("    also compiled for {}", names.join(", ")))?;
    }
    for experiment in build.project.experiments.values() {
        if let Some(design) = design(experiment) {
            output::print(&format!("    {}: {design}", experiment.id))?;
        }
    }
    if build.locked == Locked::Behind {
        output::say("edgewise.lock is not up to date: run `edgewise build` and commit it");
    }
    output::warn(build.warnings);
    Ok(ExitCode::SUCCESS)
}

/// `2 running, 0 paused and 1 draft`, and what else there is.
fn counts(project: &Project) -> String {
    let with = |status| project.experiments.values().filter(|experiment| experiment.status == status).count();
    let always = [(Status::Running, "running"), (Status::Paused, "paused"), (Status::Draft, "draft")];
    let others = [
        (Status::Scheduled, "scheduled"),
        (Status::Completed, "completed"),
        (Status::Stopped, "stopped"),
        (Status::Graduated, "graduated"),
        (Status::Archived, "archived"),
    ];
    let others = others.into_iter().filter(|(status, _)| with(*status) > 0);
    let all: Vec<_> =
        always.into_iter().chain(others).map(|(status, name)| format!("{} {name}", with(status))).collect();
    match all.split_last() {
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

fn called(scope: &Scope) -> String {
    format!("`{}`", edgewise_control::build::called(scope))
}

/// How many cells a factorial design has, and what its fraction cannot tell apart.
fn design(experiment: &Experiment) -> Option<String> {
    if experiment.factors.is_empty() {
        return None;
    }
    let cells = experiment.cells.len();
    Some(match &experiment.fraction {
        None => format!("a full factorial design of {} factors, {cells} cells", experiment.factors.len()),
        Some(fraction) => {
            let factors = experiment.factors.len() + fraction.generators.len();
            let told = match fraction.resolution {
                3 => "main effects look like interactions of two factors",
                4 => {
                    "main effects look like interactions of three factors, and interactions of two like each other"
                }
                _ => {
                    "main effects and interactions of two factors can be told apart, if those of three or more are nil"
                }
            };
            format!(
                "a fraction of a factorial design of {factors} factors, {cells} cells, by {}: resolution {}; {told}",
                fraction.generators.join(", "),
                roman(fraction.resolution)
            )
        }
    })
}

/// Resolutions are written in Roman numerals; an experiment has at most 16 factors.
fn roman(mut number: u32) -> String {
    let mut text = String::new();
    for (value, sign) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
        while number >= value {
            text.push_str(sign);
            number -= value;
        }
    }
    text
}
