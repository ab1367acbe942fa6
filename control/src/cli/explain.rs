//! `edgewise explain`: why a context gets what it gets, step by step.

use super::{
    answer::{self, Answer},
    directives::{DirectiveArgs, Directives, Told},
    keys, output, steps,
};
use edgewise_analysis::context::JsonContext;
use edgewise_control::{project::advice, ruleset::key::PublicKey};
use edgewise_core::{Experiment, Flag, Ruleset, Source, Trace};
use jiff::Timestamp;
use miette::miette;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The ruleset that `edgewise build` wrote
    ruleset: PathBuf,
    /// The public key that the ruleset has to be signed with: base64, or the file of `edgewise keys new`
    #[arg(long, value_name = "KEY", value_parser = keys::public, env = "EDGEWISE_PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// The time of the question (RFC 3339)
    #[arg(long, value_name = "RFC3339", value_parser = answer::now)]
    now: Timestamp,
    /// Unit ids and attributes as a JSON object
    #[arg(long, value_name = "JSON")]
    context: String,
    #[command(flatten)]
    directives: DirectiveArgs,
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
    let ruleset = answer::ruleset(&args.ruleset, args.public_key.as_ref())?;
    let object = answer::context(&args.context).map_err(|error| miette!("--context: {error}"))?;
    let context = JsonContext::new(&ruleset, &object);
    let directives = Directives::read(&args.directives, &ruleset)?;
    let told = Told { context: &context, directives: &directives };
    let asking = Asking { ruleset: &ruleset, told, now: args.now.as_millisecond() };
    if let Some(id) = &args.flag {
        let explained = asking.flag(find_flag(&ruleset, id)?)?;
        match args.output {
            Form::Json => output::print_json(&explained)?,
            Form::Table => print_flag(&explained)?,
        }
    } else {
        let experiments = answer::experiments(&ruleset, args.experiment.as_deref())?;
        let explained: Vec<_> =
            experiments.into_iter().map(|experiment| asking.experiment(experiment)).collect();
        match (args.output, &explained[..]) {
            (Form::Json, [only]) if args.experiment.is_some() => output::print_json(only)?,
            (Form::Json, all) => output::print_json(&all)?,
            (Form::Table, all) => all.iter().try_for_each(print_experiment)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find_flag<'r>(ruleset: &'r Ruleset<Vec<u8>>, id: &str) -> miette::Result<Flag<'r>> {
    ruleset.find_flag(id).ok_or_else(|| {
        let help = advice(id, "flags", ruleset.flags().map(Flag::id));
        miette!(help = help, "the ruleset holds no flag `{id}`")
    })
}

/// Whom is asked, for whom, and when.
struct Asking<'a> {
    ruleset: &'a Ruleset<Vec<u8>>,
    told: Told<'a>,
    now: i64,
}

impl Asking<'_> {
    fn experiment(&self, experiment: Experiment<'_>) -> Explained {
        let mut steps = Trace::default();
        let assignment = experiment.assign(&self.told, self.now, &mut steps);
        Explained { answer: Answer::new(self.ruleset, experiment, assignment, self.told.context), steps }
    }

    fn flag(&self, flag: Flag<'_>) -> miette::Result<ExplainedFlag> {
        let mut steps = Trace::default();
        let evaluation = flag.evaluate(&self.told, self.now, &mut steps);
        let (source, rule) = match evaluation.source {
            Source::Experiment => ("experiment", None),
            Source::Rule(rule) => ("rule", Some(rule)),
            Source::Default => ("default", None),
        };
        let assignment = evaluation.assignment.and_then(|(index, assignment)| {
            let experiment = self.ruleset.experiment(index)?;
            Some(Answer::new(self.ruleset, experiment, assignment, self.told.context))
        });
        let value = RawValue::from_string(evaluation.json().to_owned())
            .map_err(|error| miette!("the ruleset's value of `{}` is no JSON: {error}", flag.id()))?;
        Ok(ExplainedFlag { flag: flag.id().to_owned(), value, source, rule, assignment, steps })
    }
}

fn print_experiment(explained: &Explained) -> miette::Result<()> {
    let answer = &explained.answer;
    let variant = answer.variant.as_deref().unwrap_or("no variant");
    output::print(&format!("{}: {variant} ({})", answer.experiment, answer.reason))?;
    print_steps(&explained.steps)?;
    let exposure = if answer.exposure { "using it is an exposure" } else { "using it is no exposure" };
    output::print(&format!("  → {variant}, because {}; {exposure}\n", steps::because(answer.reason)))
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
    steps.steps().iter().try_for_each(|step| output::print(&format!("  {}", steps::sentence(step))))
}
