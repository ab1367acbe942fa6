//! The workspace.

use super::twice;
use crate::{
    expression::{self, Known},
    project::{
        Switches, Workspace,
        folder::File,
        problem::Problem,
        valid::{identifier, is_seed},
        wire::{EnvironmentFile, SwitchesFile, TextOr, WorkspaceFile},
        yaml::Place,
    },
};

/// Checks the workspace's file; None if something is wrong.
pub(super) fn check(file: &File<WorkspaceFile>, problems: &mut Vec<Problem>) -> Option<Workspace> {
    let before = problems.len();
    let wire = &file.wire;
    let place = file.place();
    twice(&wire.units, |index| place.key("units").item(index), file, "unit", problems);
    twice(&wire.tenants, |index| place.key("tenants").item(index), file, "tenant", problems);
    let names: Vec<_> = wire.environments.iter().map(|name| environment_id(name).to_owned()).collect();
    twice(&names, |index| place.key("environments").item(index), file, "environment", problems);
    for (index, environment) in wire.environments.iter().enumerate() {
        let place = place.key("environments").item(index);
        match environment {
            TextOr::Text(name) => valid("id", identifier(name, &()), place, file, problems),
            TextOr::Mapping(mapping) => {
                valid("id", identifier(&mapping.id, &()), place.key("id"), file, problems);
                let seed = mapping.seed.as_ref().map_or(Ok(()), |seed| is_seed(seed, &()));
                valid("seed", seed, place.key("seed"), file, problems);
            }
        }
    }
    let private: Vec<_> = wire
        .private
        .iter()
        .enumerate()
        .map(|(index, name)| attribute(name, place.key("private").item(index), file, problems))
        .collect();
    let private = private.into_iter().collect::<Option<Vec<_>>>()?;
    (problems.len() == before).then(|| Workspace {
        seed: wire.seed.clone(),
        units: wire.units.clone(),
        tenant: wire.tenant.clone(),
        environment: wire.environment.clone(),
        environments: wire
            .environments
            .iter()
            .map(|environment| (environment_id(environment).to_owned(), environment_seed(environment)))
            .collect(),
        tenants: wire.tenants.clone(),
        switches: switches(wire.switches),
        private,
    })
}

/// What builds call an environment.
pub(super) fn environment_id(environment: &TextOr<EnvironmentFile>) -> &str {
    match environment {
        TextOr::Text(name) => name,
        TextOr::Mapping(mapping) => &mapping.id,
    }
}

fn environment_seed(environment: &TextOr<EnvironmentFile>) -> Option<String> {
    match environment {
        TextOr::Text(_) => None,
        TextOr::Mapping(mapping) => mapping.seed.clone(),
    }
}

fn switches(wire: SwitchesFile) -> Switches {
    let on = |switch: Option<bool>| switch.unwrap_or(true);
    Switches {
        experiments: on(wire.experiments),
        flags: on(wire.flags),
        analysis: on(wire.analysis),
        guardrails: on(wire.guardrails),
    }
}

fn valid(
    field: &str,
    checked: garde::Result,
    place: Place<'_>,
    file: &File<WorkspaceFile>,
    problems: &mut Vec<Problem>,
) {
    let Err(error) = checked else { return };
    let (wrong, advice) = error.message().split_once("; ").unwrap_or((error.message(), ""));
    problems.push(file.error(place, format!("`{field}` {wrong}"), wrong).help(advice));
}

/// The path of a private attribute.
fn attribute(
    name: &str,
    place: Place<'_>,
    file: &File<WorkspaceFile>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<String>> {
    match expression::attribute(name, &Known { units: &file.wire.units, segments: &[] }) {
        Ok(path) => Some(path),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| {
                let span = place.part(&file.text.text, error.span.clone());
                let problem = Problem::error(error.kind.to_string()).at(&file.text, span, error.kind.label());
                problem.help("write an attribute's name: `email`, `account.tier`, `attr(\"any name\")`")
            }));
            None
        }
    }
}
