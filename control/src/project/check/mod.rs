//! From the files to a project: everything that only shows when the files are seen together.

mod analysis;
mod arms;
mod claim;
mod experiment;
mod factorial;
mod filter;
mod flag;
mod life;
mod measured;
mod metric;
mod ramp;
mod targeting;
mod time;
mod together;
mod traffic;
mod weight;
mod workspace;

use super::{
    Holdout, Layer, Project, Share,
    folder::{File, Files, Folder},
    problem::Problem,
    spelling,
    wire::{Amount, WorkspaceFile},
    yaml::Place,
};
use crate::expression::{self, Known};
use edgewise_core::{
    BUCKETS,
    document::{Condition, ValueType},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// The names that files may use of each other. None in a map: the file could not be read, or something is wrong in it.
struct Names<'f> {
    /// None: the workspace could not be read, so that no unit is known to be wrong.
    units: Option<&'f [String]>,
    /// None: as for units.
    environments: Option<BTreeSet<&'f str>>,
    /// None: as for units.
    tenants: Option<BTreeSet<&'f str>>,
    metrics: BTreeSet<String>,
    /// Metrics that are capped at quantiles, which move as units come in.
    moving_caps: BTreeSet<&'f str>,
    flags: BTreeMap<&'f str, Option<ValueType>>,
    hidden_flags: BTreeSet<&'f str>,
    segments: Vec<String>,
    hidden_segments: BTreeSet<&'f str>,
    layers: BTreeMap<String, Option<Layer>>,
    holdouts: BTreeMap<String, Option<Holdout>>,
}

/// Checks all files and appends what is wrong. None: there is no workspace to speak of.
pub(super) fn check(folder: &Folder, problems: &mut Vec<Problem>) -> Option<Project> {
    let mut names = names(folder);
    unique(&folder.metrics, "metric", |file| &file.id, problems);
    unique(&folder.flags, "flag", |file| &file.id, problems);
    unique(&folder.segments, "segment", |file| &file.id, problems);
    unique(&folder.layers, "layer", |file| &file.id, problems);
    unique(&folder.holdouts, "holdout", |file| &file.id, problems);
    unique(&folder.experiments, "experiment", |file| &file.id, problems);
    let metrics = folder.metrics.read.iter().filter_map(|file| metric::check(file, problems));
    let metrics = metrics.map(|family| (family.head.id.clone(), family)).collect();
    members_of_others(folder, problems);
    let segments: Vec<_> = folder
        .segments
        .read
        .iter()
        .filter_map(|file| Some((file, traffic::segment(file, &names, problems)?)))
        .collect();
    traffic::segment_cycles(&segments, problems);
    for file in &folder.layers.read {
        let layer = traffic::layer(file, &folder.layers.read, &names, problems);
        names.layers.insert(file.wire.id.clone(), layer);
    }
    for file in &folder.holdouts.read {
        let holdout = traffic::holdout(file, &names, problems);
        names.holdouts.insert(file.wire.id.clone(), holdout);
    }
    let flags = folder.flags.read.iter().filter_map(|file| flag::check(file, &names, problems));
    let flags = flags.map(|flag| (flag.id.clone(), flag)).collect();
    let mut experiments = Vec::new();
    for file in &folder.experiments.read {
        experiments.extend(experiment::check(file, &names, problems).map(|experiment| (file, experiment)));
    }
    let mut layers: BTreeMap<_, _> =
        names.layers.iter().filter_map(|(id, layer)| Some((id.clone(), layer.clone()?))).collect();
    layers.extend(experiments.iter().filter_map(|(file, experiment)| {
        let claim = experiment.layer.as_ref().filter(|_| file.wire.exclusive.is_some())?;
        Some((claim.layer.clone(), implicit(&claim.layer, &experiment.unit)))
    }));
    let written = folder.experiments.read.iter().map(|file| file.wire.id.as_str());
    let written: BTreeSet<_> = written.chain(folder.experiments.broken.iter().map(String::as_str)).collect();
    together::check(&experiments, &layers, &written, problems);
    one_name(folder, &written, problems);
    let file = folder.workspace.as_ref()?;
    let workspace = workspace::check(file, problems);
    if folder.experiments.read.is_empty() && folder.flags.read.is_empty() {
        empty(file, problems);
    }
    Some(Project {
        workspace: workspace?,
        segments: segments.into_iter().map(|(_, segment)| (segment.id.clone(), segment)).collect(),
        layers,
        holdouts: names.holdouts.into_iter().filter_map(|(id, holdout)| Some((id, holdout?))).collect(),
        experiments: experiments
            .into_iter()
            .map(|(_, experiment)| (experiment.id.clone(), experiment))
            .collect(),
        metrics,
        flags,
    })
}

fn names(folder: &Folder) -> Names<'_> {
    let metrics = folder.metrics.read.iter().map(|file| &file.wire);
    let members = metrics.clone().flat_map(metric::members);
    let moving = metrics.clone().filter(|file| metric::is_capped_at_quantiles(file));
    let flags = || folder.flags.read.iter().map(|file| &file.wire);
    let types = flags().map(|flag| (flag.id.as_str(), Some(flag::value_type(flag.value_type))));
    let segments = || folder.segments.read.iter().map(|file| &file.wire);
    let workspace = folder.workspace.as_ref().map(|file| &file.wire);
    let layers = folder.layers.read.iter().map(|file| &file.wire.id).chain(&folder.layers.broken);
    let holdouts = folder.holdouts.read.iter().map(|file| &file.wire.id).chain(&folder.holdouts.broken);
    Names {
        units: workspace.map(|file| file.units.as_slice()),
        environments: workspace.map(|file| {
            let others = file.environments.iter().map(workspace::environment_id);
            others.chain(file.environment.as_deref()).collect()
        }),
        tenants: workspace.map(|file| file.tenants.iter().chain(&file.tenant).map(String::as_str).collect()),
        metrics: metrics
            .map(|file| file.id.clone())
            .chain(members)
            .chain(folder.metrics.broken.iter().cloned())
            .collect(),
        moving_caps: moving.map(|file| file.id.as_str()).collect(),
        flags: folder.flags.broken.iter().map(|id| (id.as_str(), None)).chain(types).collect(),
        hidden_flags: flags().filter(|flag| flag.server_only).map(|flag| flag.id.as_str()).collect(),
        segments: segments()
            .map(|segment| segment.id.clone())
            .chain(folder.segments.broken.clone())
            .collect(),
        hidden_segments: segments()
            .filter(|segment| segment.server_only)
            .map(|segment| segment.id.as_str())
            .collect(),
        layers: layers.map(|id| (id.clone(), None)).collect(),
        holdouts: holdouts.map(|id| (id.clone(), None)).collect(),
    }
}

/// The layer of a unit type's exclusive experiments, which nobody declares.
fn implicit(id: &str, unit: &str) -> Layer {
    Layer {
        id: id.to_owned(),
        salt: format!("layer:{id}"),
        unit: unit.to_owned(),
        within: None,
        slots_of: None,
    }
}

/// Reports holdouts that are called like an experiment: events name both in one field.
fn one_name(folder: &Folder, experiments: &BTreeSet<&str>, problems: &mut Vec<Problem>) {
    for file in folder.holdouts.read.iter().filter(|file| experiments.contains(file.wire.id.as_str())) {
        let message = format!("`{}` is an experiment's id, too", file.wire.id);
        let problem = file.error(file.place().key("id"), message, "the same id");
        problems.push(problem.help("events name experiments and holdouts in one field: give it another id"));
    }
}

/// Reports metrics that are called like one which comes with another.
fn members_of_others(folder: &Folder, problems: &mut Vec<Problem>) {
    let files = &folder.metrics.read;
    for file in files {
        let id = &file.wire.id;
        let of = files.iter().find(|other| metric::members(&other.wire).any(|member| member == *id));
        if let Some(other) = of {
            let message = format!("`{id}` comes with the metric `{}` of {}", other.wire.id, other.text.name);
            let problem = file.error(file.place().key("id"), message, "the same id");
            problems.push(problem.help("give one of them another id, or remove this file"));
        }
    }
}

/// What browsers must not see, used by something that they see.
fn hidden<T>(file: &File<T>, span: Range<usize>, kind: &str, id: &str) -> Problem {
    let message = format!("the {kind} `{id}` is for servers only, and this is not");
    let problem = Problem::error(message).at(&file.text, span, "for servers only");
    problem.help("add `server_only: true` here, or remove it there")
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
    /// The unit type where none is named.
    fn default_unit(&self) -> Option<&str> {
        self.units?.first().map(String::as_str)
    }

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

/// Lowers an expression at a place of a file; `may_hide` says whether it stands where browsers do not see it.
fn condition<T>(
    source: &str,
    place: Place<'_>,
    may_hide: bool,
    file: &File<T>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Condition> {
    let known = Known { units: names.units.unwrap_or_default(), segments: &names.segments };
    match expression::lower(source, &known) {
        Ok(condition) => {
            let used = traffic::used(&condition).into_iter().collect::<BTreeSet<_>>();
            for id in used.intersection(&names.hidden_segments).filter(|_| !may_hide) {
                problems.push(hidden(file, place.span(), "segment", id));
            }
            Some(condition)
        }
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

/// Reads a share of more than nothing and at most the whole.
fn above_nothing<T>(
    amount: &Amount,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<Share> {
    let share = weight::share(amount, place, file, problems)?;
    match buckets(amount, place, file, problems)? {
        0 => {
            let problem =
                file.error(place, format!("{share} is nobody"), "less than one bucket of 1,000,000");
            problems.push(problem.help("write at least `0.0001%`, or remove it"));
            None
        }
        _ => Some(share),
    }
}

/// Reads a share of at most the whole and turns it into buckets, rounded down: never more than was said.
fn buckets<T>(amount: &Amount, place: Place<'_>, file: &File<T>, problems: &mut Vec<Problem>) -> Option<u32> {
    let share = weight::share(amount, place, file, problems)?;
    let buckets = share.of(BUCKETS).ok().and_then(|(buckets, _)| u32::try_from(buckets).ok());
    match buckets {
        Some(buckets) if share <= Share::WHOLE => Some(buckets),
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
