//! From the files to a project: everything that only shows when the files are seen together.

mod experiment;
mod flag;
mod metric;
mod time;
mod together;
mod weight;

use super::{
    Project, Workspace,
    folder::{File, Files, Folder},
    problem::Problem,
    spelling,
    wire::{Amount, WorkspaceFile},
    yaml::Place,
};
use crate::expression;
use edgewise_core::{
    BUCKETS,
    document::{Condition, ValueType},
};
use std::collections::{BTreeMap, BTreeSet};

/// The names that files may use of each other.
struct Names<'f> {
    /// None: the workspace could not be read, so that no unit is known to be wrong.
    units: Option<&'f [String]>,
    metrics: BTreeSet<&'f str>,
    /// None: the flag's file could not be read.
    flags: BTreeMap<&'f str, Option<ValueType>>,
}

/// Checks all files and appends what is wrong. None: there is no workspace to speak of.
pub(super) fn check(folder: &Folder, problems: &mut Vec<Problem>) -> Option<Project> {
    let names = names(folder);
    unique(&folder.metrics, "metric", |file| &file.id, problems);
    unique(&folder.flags, "flag", |file| &file.id, problems);
    unique(&folder.experiments, "experiment", |file| &file.id, problems);
    let metrics = folder.metrics.read.iter().filter_map(|file| metric::check(file, problems));
    let metrics = metrics.map(|metric| (metric.id.clone(), metric)).collect();
    let flags = folder.flags.read.iter().filter_map(|file| flag::check(file, &names, problems));
    let flags = flags.map(|flag| (flag.id.clone(), flag)).collect();
    let mut experiments = Vec::new();
    for file in &folder.experiments.read {
        experiments.extend(experiment::check(file, &names, problems).map(|experiment| (file, experiment)));
    }
    together::check(&experiments, problems);
    let experiments =
        experiments.into_iter().map(|(_, experiment)| (experiment.id.clone(), experiment)).collect();
    let workspace = folder.workspace.as_ref()?;
    twice(
        &workspace.wire.units,
        |index| workspace.place().key("units").item(index),
        workspace,
        "unit",
        problems,
    );
    if folder.experiments.read.is_empty() && folder.flags.read.is_empty() {
        empty(workspace, problems);
    }
    Some(Project { workspace: checked(&workspace.wire), experiments, metrics, flags })
}

fn names(folder: &Folder) -> Names<'_> {
    let metrics = folder.metrics.read.iter().map(|file| file.wire.id.as_str());
    let flags = folder
        .flags
        .read
        .iter()
        .map(|file| (file.wire.id.as_str(), Some(flag::value_type(file.wire.value_type))));
    Names {
        units: folder.workspace.as_ref().map(|file| file.wire.units.as_slice()),
        metrics: metrics.chain(folder.metrics.broken.iter().map(String::as_str)).collect(),
        flags: folder.flags.broken.iter().map(|id| (id.as_str(), None)).chain(flags).collect(),
    }
}

fn checked(file: &WorkspaceFile) -> Workspace {
    Workspace {
        seed: file.seed.clone(),
        units: file.units.clone(),
        tenant: file.tenant.clone(),
        environment: file.environment.clone(),
    }
}

fn empty(workspace: &File<WorkspaceFile>, problems: &mut Vec<Problem>) {
    if problems.iter().any(Problem::is_error) {
        return;
    }
    let message = format!("{} stands alone: there is no experiment and no flag", workspace.text.name);
    let advice = "write experiments/<id>.yaml or flags/<id>.yaml; `edgewise schema experiment` prints what may stand there";
    problems.push(Problem::error(message).help(advice));
}

/// Reports every file whose id an earlier file of its kind has.
fn unique<T>(files: &Files<T>, kind: &str, id: impl Fn(&T) -> &String, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for file in &files.read {
        let id = id(&file.wire);
        match seen.get(id.as_str()) {
            Some(first) => problems.push(
                file.error(
                    file.place().key("id"),
                    format!("the {kind} `{id}` is already in {first}"),
                    "the same id",
                )
                .help("give one of them another id, or remove one of the files"),
            ),
            None => drop(seen.insert(id, &file.text.name)),
        }
    }
}

/// Reports every name that stood in the list before.
fn twice<'f, T>(
    list: &[String],
    place: impl Fn(usize) -> Place<'f>,
    file: &File<T>,
    kind: &str,
    problems: &mut Vec<Problem>,
) {
    for (index, name) in list.iter().enumerate() {
        if let Some(first) = list[..index].iter().position(|other| other == name) {
            let problem =
                file.error(place(index), format!("the {kind} `{name}` is listed twice"), "again here");
            problems.push(problem.at(&file.text, place(first).span(), "first here").help("keep one of them"));
        }
    }
}

impl Names<'_> {
    /// The named unit type or the default one. None: reported, or the workspace is broken.
    fn unit<T>(
        &self,
        given: Option<&String>,
        place: Place<'_>,
        file: &File<T>,
        problems: &mut Vec<Problem>,
    ) -> Option<String> {
        let units = self.units?;
        match given {
            None => units.first().cloned(),
            Some(unit) if units.contains(unit) => Some(unit.clone()),
            Some(unit) => {
                let advice =
                    spelling::advice(unit, "units of edgewise.yaml", units.iter().map(String::as_str));
                problems.push(
                    file.error(place, format!("there is no unit `{unit}`"), "unknown unit").help(advice),
                );
                None
            }
        }
    }
}

/// Lowers an expression at a place of a file.
fn condition<T>(
    source: &str,
    place: Place<'_>,
    file: &File<T>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Condition> {
    match expression::lower(source, names.units.unwrap_or_default()) {
        Ok(condition) => Some(condition),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| {
                let span = place.part(&file.text.text, error.span.clone());
                let problem = Problem::error(error.kind.to_string()).at(&file.text, span, error.kind.label());
                problem.help(error.kind.help())
            }));
            None
        }
    }
}

/// Reads a share of at most the whole and turns it into buckets, rounded down: never more than was said.
fn buckets<T>(amount: &Amount, place: Place<'_>, file: &File<T>, problems: &mut Vec<Problem>) -> Option<u32> {
    let share = weight::share(amount, place, file, problems)?;
    let buckets = share.of(BUCKETS).ok().and_then(|(buckets, _)| u32::try_from(buckets).ok());
    match buckets {
        Some(buckets) if share <= super::Share::WHOLE => Some(buckets),
        _ => {
            let problem = file.error(place, format!("{share} is more than everyone"), "more than 100%");
            let advice = match amount.0.trim().parse::<f64>() {
                Ok(number) if number <= 100.0 => format!("write `{number}%` if percent are meant"),
                _ => "write at most `100%`".to_owned(),
            };
            problems.push(problem.help(advice));
            None
        }
    }
}
