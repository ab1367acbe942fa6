//! `edgewise weights`: the weights that a bandit has learnt, published into the lock.

mod given;
mod refused;
mod show;

use super::{answer, build::write, output};
use edgewise_control::{
    build::{demand, read_lock},
    lock::{self, Change, Entry, Lock, Range, Run, UpdateError},
    project::{Experiment, Project, Scope, advice, shown, wire::Status},
};
use jiff::Timestamp;
use miette::miette;
use refused::Refused;
use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project folder: the one that holds edgewise.yaml
    folder: PathBuf,
    /// The id of the bandit
    experiment: String,
    /// The share of each variant, together the whole: a percentage, a decimal or a fraction
    #[arg(value_name = "VARIANT=SHARE", required_unless_present = "show", conflicts_with = "show")]
    weights: Vec<String>,
    /// The environment that they are for; without it and --tenant, all that have no weights of their own
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The tenant that they are for
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Print the floor, the ranges and the weights published last, and change nothing
    #[arg(long, conflicts_with = "dry_run")]
    show: bool,
    /// Say which buckets would move, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The time by which it is known whether the experiment has ended (RFC 3339); this moment unless said otherwise
    #[arg(long, value_name = "RFC3339", value_parser = answer::now)]
    now: Option<Timestamp>,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let project = Project::load(&args.folder)?;
    let experiment = find(&project, &args.experiment)?;
    let bandit = experiment.bandit.as_ref().ok_or_else(|| Refused::NoBandit(experiment.id.clone()))?;
    let scope = scope(&project, experiment, args)?;
    let run = Run { experiment: experiment.id.clone(), iteration: experiment.iteration };
    let lock = read_lock(&args.folder)?;
    let known = lock.as_ref().is_some_and(|lock| lock.entry(&run).is_some());
    // What has ranges can be shown whatever has become of it.
    if !(args.show && known) {
        is_drawn(experiment, args.now.unwrap_or_else(Timestamp::now))?;
    }
    let lock = lock.ok_or(Refused::NoLock)?;
    let entry = lock.entry(&run).ok_or_else(|| Refused::NotBuilt(run.clone()))?;
    if args.show {
        show::print(&run, entry, scope.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    let weights = given::read(&args.weights, experiment, bandit.floor)?;
    is_built(&project, &lock, &run)?;
    let (published, changes) = lock
        .publish(&run, scope.as_deref(), &weights)
        .map_err(|error| miette!(help = error.help(), "{error}"))?;
    let path = args.folder.join(lock::FILE);
    if !args.dry_run && published != lock {
        write(&path, published.write().as_bytes())?;
    }
    let after = published.entry(&run).unwrap_or(entry);
    report_moves(&run, &changes, entry, after, scope.as_deref())?;
    output::print(&match (args.dry_run, published == lock) {
        (true, _) => format!("{}: not written, this was a dry run", shown(&path)),
        (false, true) => format!("{}: unchanged, these weights hold already", shown(&path)),
        (false, false) => format!("{}: written; commit it and run `edgewise build`", shown(&path)),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn find<'p>(project: &'p Project, id: &str) -> Result<&'p Experiment, Refused> {
    project.experiments.get(id).ok_or_else(|| Refused::NoExperiment {
        id: id.to_owned(),
        advice: advice(id, "experiments", project.experiments.keys().map(String::as_str)),
    })
}

/// What the lock calls the tenant and the environment that were asked for; None: neither was.
fn scope(project: &Project, experiment: &Experiment, args: &Args) -> miette::Result<Option<String>> {
    let workspace = &project.workspace;
    let asked = Scope { environment: args.environment.clone(), tenant: args.tenant.clone() };
    workspace.scope(&asked).map_err(|error| miette!(help = error.advice.clone(), "{error}"))?;
    let limits = [
        ("environment", &asked.environment, &experiment.environments),
        ("tenant", &asked.tenant, &experiment.tenants),
    ];
    for (kind, name, allowed) in limits {
        if let Some(name) = name.as_ref().filter(|name| !allowed.is_empty() && !allowed.contains(name)) {
            return Err(Refused::NotServedIn {
                experiment: experiment.id.clone(),
                kind,
                name: name.clone(),
                allowed: allowed.join(", "),
            }
            .into());
        }
    }
    Ok(match (asked.tenant, asked.environment) {
        (None, None) => None,
        (Some(tenant), Some(environment)) => Some(format!("{tenant}/{environment}")),
        (Some(name), None) | (None, Some(name)) => {
            let is_environment =
                workspace.environments.contains_key(&name) || workspace.environment.as_ref() == Some(&name);
            let is_tenant = workspace.tenants.contains(&name) || workspace.tenant.as_ref() == Some(&name);
            if is_environment && is_tenant {
                return Err(Refused::TwoScopes(name).into());
            }
            Some(name)
        }
    })
}

/// Refuses experiments that draw nobody, now or ever again.
fn is_drawn(experiment: &Experiment, now: Timestamp) -> Result<(), Refused> {
    let id = experiment.id.clone();
    let over = |status| Err(Refused::Over { experiment: experiment.id.clone(), status });
    match experiment.status {
        Status::Draft => Err(Refused::Draft(id)),
        Status::Paused => Err(Refused::Paused(id)),
        Status::Completed => over("completed"),
        Status::Stopped => over("stopped"),
        Status::Graduated => over("graduated"),
        Status::Archived => over("archived"),
        Status::Scheduled | Status::Running => {
            match experiment.end.filter(|end| *end <= now.as_millisecond()) {
                None => Ok(()),
                Some(end) => Err(Refused::Ended {
                    experiment: id,
                    end: Timestamp::from_millisecond(end)
                        .map_or_else(|_| end.to_string(), |end| end.to_string()),
                }),
            }
        }
    }
}

/// Refuses a run whose file was changed since the last build, so that nothing moves but by these weights.
fn is_built(project: &Project, lock: &Lock, run: &Run) -> miette::Result<()> {
    let mut demand = demand(project);
    // What the experiment alone asks for: the state of the others is no reason to refuse.
    demand.layers.clear();
    demand.experiments.retain(|experiment| experiment.run == *run);
    for experiment in &mut demand.experiments {
        experiment.claim = None;
    }
    match lock.follow(&demand) {
        Ok((followed, _)) if followed.entry(run) == lock.entry(run) => Ok(()),
        Ok(_) => Err(Refused::Behind(run.clone()).into()),
        // The weights published last fit neither these variants nor this floor any more: others are the way out.
        Err(UpdateError::Weights { .. }) => Ok(()),
        Err(error) => Err(miette!(help = error.help(), "{error}")),
    }
}

/// Says how many buckets move, and from which variant to which.
fn report_moves(
    run: &Run,
    changes: &[Change],
    before: &Entry,
    after: &Entry,
    scope: Option<&str>,
) -> miette::Result<()> {
    if changes.is_empty() {
        return output::print(&format!("{run}: no bucket changes its variant"));
    }
    for change in changes {
        output::print(&change.to_string())?;
    }
    for ((from, to), buckets) in moves(before.draw_in(scope).ranges(), after.draw_in(scope).ranges()) {
        output::print(&format!("  {from} to {to}: {buckets} buckets, {}", lock::percent(buckets)))?;
    }
    let others: Vec<_> = after.scopes.keys().map(String::as_str).collect();
    if scope.is_none() && !others.is_empty() {
        output::print(&format!("  nobody in {}: weights of its own hold there", others.join(", ")))?;
    }
    Ok(())
}

/// How many buckets go from which variant to which.
fn moves<'r>(before: &'r [Range], after: &'r [Range]) -> BTreeMap<(&'r str, &'r str), u32> {
    let mut moves = BTreeMap::new();
    for old in before {
        for new in after.iter().filter(|new| new.owner != old.owner) {
            let buckets = old.end.min(new.end).saturating_sub(old.start.max(new.start));
            if buckets > 0 {
                *moves.entry((old.owner.as_str(), new.owner.as_str())).or_default() += buckets;
            }
        }
    }
    moves
}
