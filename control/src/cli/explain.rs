//! `edgewise explain`: why a context gets what it gets, step by step.

use super::{
    answer::{self, Answer},
    output,
};
use edgewise_analysis::context::JsonContext;
use edgewise_control::project::advice;
use edgewise_core::{Experiment, Flag, Reason, Ruleset, Source, Trace, TraceStep};
use jiff::Timestamp;
use miette::miette;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The ruleset that `edgewise build` wrote
    ruleset: PathBuf,
    /// The time of the question (RFC 3339)
    #[arg(long, value_name = "RFC3339", value_parser = answer::now)]
    now: Timestamp,
    /// Unit ids and attributes as a JSON object
    #[arg(long, value_name = "JSON")]
    context: String,
    /// Only this experiment
    #[arg(long, value_name = "ID", conflicts_with = "flag")]
    experiment: Option<String>,
    /// This flag instead of experiments
    #[arg(long, value_name = "ID")]
    flag: Option<String>,
    /// The form of the explanation
    #[arg(long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

/// The form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Sentences for people
    Table,
    /// One JSON text
    Json,
}

/// What an experiment answers and why.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    answer: Answer,
    steps: Trace,
}

/// What a flag's value is and why.
#[derive(Serialize)]
struct ExplainedFlag {
    flag: String,
    value: Box<RawValue>,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment: Option<Answer>,
    steps: Trace,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let ruleset = answer::ruleset(&args.ruleset)?;
    let object = answer::context(&args.context).map_err(|error| miette!("--context: {error}"))?;
    let context = JsonContext::new(&ruleset, &object);
    let now = args.now.as_millisecond();
    if let Some(id) = &args.flag {
        let explained = explain_flag(&ruleset, find_flag(&ruleset, id)?, &context, now)?;
        match args.output {
            Form::Json => output::print_json(&explained)?,
            Form::Table => print_flag(&explained)?,
        }
    } else {
        let experiments = answer::experiments(&ruleset, args.experiment.as_deref())?;
        let explained: Vec<_> =
            experiments.into_iter().map(|experiment| explain(experiment, &context, now)).collect();
        match (args.output, &explained[..]) {
            (Form::Json, [only]) if args.experiment.is_some() => output::print_json(only)?,
            (Form::Json, all) => output::print_json(&all)?,
            (Form::Table, all) => all.iter().try_for_each(print_experiment)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(experiment: Experiment<'_>, context: &JsonContext<'_>, now: i64) -> Explained {
    let mut steps = Trace::default();
    let assignment = experiment.assign(context, now, &mut steps);
    Explained { answer: Answer::new(experiment, assignment, context), steps }
}

fn find_flag<'r>(ruleset: &'r Ruleset<Vec<u8>>, id: &str) -> miette::Result<Flag<'r>> {
    ruleset.find_flag(id).ok_or_else(|| {
        let help = advice(id, "flags", ruleset.flags().map(Flag::id));
        miette!(help = help, "the ruleset holds no flag `{id}`")
    })
}

fn explain_flag(
    ruleset: &Ruleset<Vec<u8>>,
    flag: Flag<'_>,
    context: &JsonContext<'_>,
    now: i64,
) -> miette::Result<ExplainedFlag> {
    let mut steps = Trace::default();
    let evaluation = flag.evaluate(context, now, &mut steps);
    let (source, rule) = match evaluation.source {
        Source::Experiment => ("experiment", None),
        Source::Rule(rule) => ("rule", Some(rule)),
        Source::Default => ("default", None),
    };
    let assignment = evaluation.assignment.and_then(|(index, assignment)| {
        let experiment = ruleset.experiment(index)?;
        Some(Answer::new(experiment, assignment, context))
    });
    let value = RawValue::from_string(evaluation.value.to_owned())
        .map_err(|error| miette!("the ruleset's value of `{}` is no JSON: {error}", flag.id()))?;
    Ok(ExplainedFlag { flag: flag.id().to_owned(), value, source, rule, assignment, steps })
}

fn print_experiment(explained: &Explained) -> miette::Result<()> {
    let answer = &explained.answer;
    let variant = answer.variant.as_deref().unwrap_or("no variant");
    output::print(&format!("{}: {variant} ({})", answer.experiment, answer.reason))?;
    print_steps(&explained.steps)?;
    let exposure = if answer.exposure { "using it is an exposure" } else { "using it is no exposure" };
    output::print(&format!("  → {variant}, because {}; {exposure}\n", because(answer.reason)))
}

fn print_flag(explained: &ExplainedFlag) -> miette::Result<()> {
    let source = match (explained.source, explained.rule) {
        ("experiment", _) => "from the experiment that overrides it".to_owned(),
        ("rule", Some(rule)) => format!("from its rule {}", rule + 1),
        _ => "its default".to_owned(),
    };
    output::print(&format!("{}: {} ({source})", explained.flag, explained.value))?;
    print_steps(&explained.steps)?;
    output::print(&format!("  → {}, {source}", explained.value))
}

fn print_steps(steps: &Trace) -> miette::Result<()> {
    steps.steps().iter().try_for_each(|step| output::print(&format!("  {}", sentence(step))))
}

/// A step as a line to read.
fn sentence(step: &TraceStep) -> String {
    match step {
        TraceStep::Experiment { experiment, epoch } => format!("experiment  {experiment}, epoch {epoch}"),
        TraceStep::Serving { refusal: None, .. } => "serving     yes".into(),
        TraceStep::Serving { refusal: Some(refusal), .. } => format!("serving     no: {}", because(refusal)),
        TraceStep::Unit { unit_type, unit } => format!("unit        {unit_type} is {unit}"),
        TraceStep::Test { test, saw, truth } => {
            format!("test        {test} is {truth}: the context holds {saw}")
        }
        TraceStep::Targeting { truth } => format!("targeting   {truth}"),
        TraceStep::Ramp { bucket, below, enters } => {
            format!(
                "ramp        entry bucket {bucket} {} {below}: {}",
                if *enters { "<" } else { ">=" },
                entry(*enters)
            )
        }
        TraceStep::Variant { bucket, variant: Some(variant) } => {
            format!("variant     bucket {bucket} belongs to {variant}")
        }
        TraceStep::Variant { bucket, variant: None } => {
            format!("variant     bucket {bucket} belongs to nobody")
        }
        TraceStep::Rule { rule, truth } => format!("rule {:<6} its condition is {truth}", rule + 1),
        TraceStep::Rollout { rule, bucket: Some(bucket), below, enters } => {
            let sign = if *enters { "<" } else { ">=" };
            format!("rule {:<6} entry bucket {bucket} {sign} {below}: {}", rule + 1, entry(*enters))
        }
        TraceStep::Rollout { rule, bucket: None, .. } => {
            format!("rule {:<6} its rollout has no unit to draw", rule + 1)
        }
    }
}

fn entry(enters: bool) -> &'static str {
    if enters { "enters" } else { "stays out" }
}

/// A reason as the end of a sentence.
fn because(reason: &str) -> &'static str {
    let reasons: [(Reason, &str); 11] = [
        (Reason::Assigned, "the bucket belongs to it"),
        (Reason::UnknownExperiment, "the ruleset holds no such experiment"),
        (Reason::Paused, "the experiment is paused"),
        (Reason::NotStarted, "the experiment has not started"),
        (Reason::Ended, "the experiment has ended"),
        (Reason::MissingUnit, "the context holds no id of the experiment's unit type"),
        (Reason::InvalidUnit, "the unit id is not a text of 1 to 1,024 bytes or a whole number"),
        (Reason::NotTargeted, "the targeting is false for this context"),
        (Reason::TargetingUnknown, "the targeting cannot be decided: the context lacks what it asks about"),
        (Reason::NotInRamp, "the ramp has not reached the unit's entry bucket"),
        (Reason::Unallocated, "the bucket belongs to no variant"),
    ];
    reasons
        .into_iter()
        .find(|(known, _)| known.as_str() == reason)
        .map_or("of a reason unknown here", |(_, text)| text)
}
