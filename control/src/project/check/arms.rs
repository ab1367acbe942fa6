//! The arms of an experiment: variants with their shares, or the levels of a factor.

use super::{Names, flag, weight};
use crate::project::{
    Share, Variant,
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, VariantFile},
    yaml::Place,
};
use std::collections::BTreeMap;

/// The index of the one arm that is the control. None: reported.
pub(super) fn control(
    file: &File<ExperimentFile>,
    arms: &[VariantFile],
    list: Place<'_>,
    kind: &str,
    problems: &mut Vec<Problem>,
) -> Option<usize> {
    let controls: Vec<_> = (0..arms.len()).filter(|index| arms[*index].control).collect();
    if let [control] = controls[..] {
        return Some(control);
    }
    let problem = match controls[..] {
        [] => file
            .error(list, format!("no {kind} is the control"), "one of these must be")
            .help(format!("write `control: true` at the {kind} that the others are compared with")),
        _ => controls
            .iter()
            .fold(
                Problem::error(format!("{} {kind}s say that they are the control", controls.len())),
                |problem, index| {
                    let span = list.item(*index).key("control").span();
                    problem.at(&file.text, span, format!("`{}`", arms[*index].id))
                },
            )
            .help("keep `control: true` at the one that the others are compared with"),
    };
    problems.push(problem);
    None
}

/// Each arm with its share and what it overrides.
pub(super) fn check(
    file: &File<ExperimentFile>,
    arms: &[VariantFile],
    list: Place<'_>,
    kind: &str,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Variant>> {
    let ids: Vec<_> = arms.iter().map(|arm| arm.id.clone()).collect();
    super::twice(&ids, |index| list.item(index).key("id"), file, kind, problems);
    let shares = weight::shares(file, arms, list, problems);
    let overrides: Vec<_> = arms
        .iter()
        .enumerate()
        .map(|(index, arm)| overrides(file, arm, list.item(index).key("overrides"), names, problems))
        .collect();
    let shares: Vec<Share> = shares?;
    let arms = arms.iter().zip(shares).zip(overrides);
    Some(arms.map(|((arm, weight), overrides)| Variant { id: arm.id.clone(), weight, overrides }).collect())
}

fn overrides(
    file: &File<ExperimentFile>,
    arm: &VariantFile,
    overrides: Place<'_>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let mut checked = BTreeMap::new();
    for (id, value) in &arm.overrides {
        let place = overrides.key(id);
        match names.flags.get(id.as_str()) {
            Some(Some(wanted)) => {
                if names.hidden_flags.contains(id.as_str()) && !file.wire.server_only {
                    problems.push(super::hidden(file, place.name(), "flag", id));
                }
                let value = flag::value(value, *wanted, id, place, file, problems);
                checked.extend(value.map(|value| (id.clone(), value)));
            }
            Some(None) => {}
            None => {
                let problem = Problem::error(format!("there is no flag `{id}`")).at(
                    &file.text,
                    place.name(),
                    "unknown flag",
                );
                problems.push(problem.help(match spelling::nearest(id, names.flags.keys().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write flags/{id}.yaml with `id`, `type` and `default`"),
                }));
            }
        }
    }
    checked
}
