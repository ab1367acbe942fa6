//! TypeScript declarations of a project: a misspelt flag, experiment or variant does not compile.
//!
//! The npm package `edgewise` declares empty interfaces `FlagTypes`, `ExperimentTypes` and `UnitTypes`; the generated
//! file fills them in for one project, by module augmentation. Drafts are declared as well: their code is written
//! before they start. Experiments that are stopped or archived are not: their code is to go.

mod shape;

use crate::project::{Experiment, Flag, Project, wire::Status};
use edgewise_core::document::ValueType;
use serde_json::Value;
use shape::Shape;
use std::fmt::Write as _;

/// The declarations of a project, as the text of a `.d.ts` file: the same text for the same project.
pub fn declarations(project: &Project) -> String {
    let flags = project.flags.values().map(|flag| member(&flag.id, &value_type(project, flag)));
    let experiments = living(project).map(experiment);
    let units = project.workspace.units.iter().map(|unit| member(unit, "UnitId"));
    let mut text = String::from(
        "// Written by `edgewise types`: write it again when flags, experiments or unit types change.\n\
         import type { UnitId } from \"edgewise\";\n\n\
         declare module \"edgewise\" {\n",
    );
    interface(&mut text, "Flag id to the type of its values.", "FlagTypes", flags);
    interface(&mut text, "Experiment id to the ids of its variants.", "ExperimentTypes", experiments);
    interface(&mut text, "The unit types.", "UnitTypes", units);
    text.push_str("}\n");
    text
}

/// The experiments that code may still ask for, or soon will.
fn living(project: &Project) -> impl Iterator<Item = &Experiment> {
    project
        .experiments
        .values()
        .filter(|experiment| !matches!(experiment.status, Status::Stopped | Status::Archived))
}

fn interface(text: &mut String, about: &str, name: &str, members: impl Iterator<Item = String>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  /** {about} */\n  interface {name} {{");
    members.for_each(|member| text.push_str(&member));
    text.push_str("  }\n");
}

fn experiment(experiment: &Experiment) -> String {
    let ids: Vec<_> = experiment.variants.iter().map(|variant| quoted(&variant.id)).collect();
    let about = experiment.name.as_deref().map(comment).unwrap_or_default();
    format!("{about}{}", member(&experiment.id, &ids.join(" | ")))
}

fn member(id: &str, written_type: &str) -> String {
    format!("    readonly {}: {written_type};\n", quoted(id))
}

/// The TypeScript type of a flag's values. That of objects is what all values in the project have in common.
fn value_type(project: &Project, flag: &Flag) -> String {
    match flag.value_type {
        ValueType::Boolean => "boolean".to_owned(),
        ValueType::Number => "number".to_owned(),
        ValueType::String => "string".to_owned(),
        ValueType::Object => values(project, flag).collect::<Shape>().to_string(),
    }
}

/// Every value that the flag can have: its default, its rules' values, and what variants override it with.
fn values<'p>(project: &'p Project, flag: &'p Flag) -> impl Iterator<Item = Value> + 'p {
    let variants = living(project).flat_map(|experiment| &experiment.variants);
    let overrides = variants.filter_map(|variant| variant.overrides.get(&flag.id));
    let rules = flag.rules.iter().map(|rule| &rule.value);
    // A checked project holds JSON texts only.
    [&flag.default]
        .into_iter()
        .chain(rules)
        .chain(overrides)
        .filter_map(|text| serde_json::from_str(text).ok())
}

/// A name for people, on the line above what it names.
fn comment(name: &str) -> String {
    let line: Vec<_> = name.split_whitespace().collect();
    format!("    /** {} */\n", line.join(" ").replace("*/", "*\u{200b}/"))
}

/// A text as TypeScript writes it, which JSON's way is part of.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
