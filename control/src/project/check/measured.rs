//! What an experiment measures.

use super::Names;
use crate::project::{
    folder::File,
    problem::Problem,
    spelling,
    wire::{ExperimentFile, Status},
};
use edgewise_analysis::plan::Role;

/// The metrics with their roles, primary ones first.
pub(super) fn metrics(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(Role, String)> {
    let wire = &file.wire.metrics;
    let roles = [
        ("primary", Role::Primary, &wire.primary),
        ("secondary", Role::Secondary, &wire.secondary),
        ("guardrails", Role::Guardrail, &wire.guardrails),
    ];
    let mut metrics: Vec<(Role, String)> = Vec::new();
    for (field, role, ids) in roles {
        for (index, id) in ids.iter().enumerate() {
            let place = file.place().key("metrics").key(field).item(index);
            if !names.metrics.contains(id.as_str()) {
                let problem = file.error(place, format!("there is no metric `{id}`"), "unknown metric");
                problems.push(problem.help(match spelling::nearest(id, names.metrics.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write metrics/{id}.yaml with `id`, `kind` and `event`"),
                }));
            } else if metrics.iter().any(|(_, other)| other == id) {
                let problem = file.error(place, format!("the metric `{id}` is listed twice"), "again here");
                problems.push(problem.help("a metric has one part in the decision: keep it in one list"));
            } else {
                metrics.push((role, id.clone()));
            }
        }
    }
    if metrics.is_empty() && serves(file.wire.status) && ids_given(file) == 0 {
        let message = format!("the experiment `{}` serves and measures nothing", file.wire.id);
        let warning = Problem::warning(message).at(&file.text, file.place().key("id").span(), "");
        problems.push(warning.help("add `metrics: { primary: [<metric id>] }`"));
    }
    metrics
}

fn ids_given(file: &File<ExperimentFile>) -> usize {
    let metrics = &file.wire.metrics;
    metrics.primary.len() + metrics.secondary.len() + metrics.guardrails.len()
}

fn serves(status: Status) -> bool {
    !matches!(status, Status::Draft | Status::Stopped | Status::Archived)
}
