//! What experiments do to each other: one salt for two, one flag for two.

use crate::project::{
    Experiment,
    folder::File,
    problem::Problem,
    wire::{ExperimentFile, Status},
};
use std::collections::BTreeSet;

/// Checks every pair of experiments.
pub(super) fn check(experiments: &[(&File<ExperimentFile>, Experiment)], problems: &mut Vec<Problem>) {
    for (index, (file, experiment)) in experiments.iter().enumerate() {
        for (other_file, other) in &experiments[..index] {
            if experiment.id == other.id {
                continue;
            }
            salts(file, experiment, other_file, other, problems);
            flags(file, experiment, other_file, other, problems);
        }
    }
}

fn salts(
    file: &File<ExperimentFile>,
    experiment: &Experiment,
    other_file: &File<ExperimentFile>,
    other: &Experiment,
    problems: &mut Vec<Problem>,
) {
    if experiment.salt != other.salt || experiment.share_salt && other.share_salt {
        return;
    }
    let message = format!(
        "`{}` and `{}` ({}) have the same salt {:?}, so that units get their variants in step",
        experiment.id, other.id, other_file.text.name, experiment.salt
    );
    let field =
        ["salt", "was", "id"].into_iter().find(|field| file.place().text_of(field).is_some()).unwrap_or("id");
    let advice =
        "give one of them another id, `was` or `salt`; if it is meant, write `share_salt: true` in both";
    problems.push(file.error(file.place().key(field), message, "this makes the salt").help(advice));
}

fn flags(
    file: &File<ExperimentFile>,
    experiment: &Experiment,
    other_file: &File<ExperimentFile>,
    other: &Experiment,
    problems: &mut Vec<Problem>,
) {
    if experiment.status == Status::Draft || other.status == Status::Draft {
        return;
    }
    let theirs = claims(other);
    for flag in claims(experiment).intersection(&theirs) {
        let variants = file.place().key("variants");
        let first =
            experiment.variants.iter().position(|variant| variant.overrides.contains_key(*flag)).unwrap_or(0);
        let name = variants.item(first).key("overrides").key(flag).name();
        let message = format!(
            "`{}` and `{}` ({}) both override the flag `{flag}`, and a unit can be in both",
            experiment.id, other.id, other_file.text.name
        );
        let advice = "one would hide the other: override different flags, compare all values in one experiment, or \
                      make one of them a draft";
        problems.push(Problem::error(message).at(&file.text, name, "overridden here").help(advice));
    }
}

/// The flags that any variant names: the experiment claims them for all its units.
fn claims(experiment: &Experiment) -> BTreeSet<&str> {
    experiment.variants.iter().flat_map(|variant| variant.overrides.keys()).map(String::as_str).collect()
}
