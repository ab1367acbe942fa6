//! `edgewise assign`: which variant contexts get.

use super::{
    answer::{self, Answer},
    directives::{DirectiveArgs, Directives, Told},
    keys,
    output::{self, Output},
};
use edgewise_analysis::context::JsonContext;
use edgewise_control::ruleset::key::PublicKey;
use edgewise_core::{Experiment, Ruleset, Silent};
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::{
    io::{self, BufRead as _, IsTerminal as _},
    path::PathBuf,
    process::ExitCode,
};

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
    /// Unit ids and attributes as a JSON object; without it, contexts are read from standard input, one a line
    #[arg(long, value_name = "JSON")]
    context: Option<String>,
    #[command(flatten)]
    directives: DirectiveArgs,
    /// Only this experiment
    #[arg(long, value_name = "ID")]
    experiment: Option<String>,
    /// The form of the answers
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let ruleset = answer::ruleset(&args.ruleset, args.public_key.as_ref())?;
    let experiments = answer::experiments(&ruleset, args.experiment.as_deref())?;
    let directives = Directives::read(&args.directives, &ruleset)?;
    let asking = Asking { ruleset: &ruleset, experiments, directives, now: args.now.as_millisecond() };
    let mut printer = Printer { output: args.output, kept: Vec::new() };
    let bad = match &args.context {
        Some(context) => {
            let answers = asking.answers(context).map_err(|error| miette!("--context: {error}"))?;
            answers.into_iter().try_for_each(|answer| printer.take(answer))?;
            0
        }
        None => from_stdin(&asking, &mut printer)?,
    };
    printer.finish()?;
    match bad {
        0 => Ok(ExitCode::SUCCESS),
        bad => Err(miette!(
            help = "mend these lines and ask again for them; the other lines were answered",
            "{bad} of the lines could not be read"
        )),
    }
}

struct Asking<'r> {
    ruleset: &'r Ruleset<Vec<u8>>,
    experiments: Vec<Experiment<'r>>,
    directives: Directives,
    now: i64,
}

impl Asking<'_> {
    fn answers(&self, context: &str) -> Result<Vec<Answer>, String> {
        let object = answer::context(context)?;
        let context = JsonContext::new(self.ruleset, &object);
        let told = Told { context: &context, directives: &self.directives };
        let answer = |experiment: &Experiment<'_>| {
            let assignment = experiment.assign(&told, self.now, &mut Silent);
            Answer::new(self.ruleset, *experiment, assignment, &context)
        };
        Ok(self.experiments.iter().map(answer).collect())
    }
}

/// Answers every line, says which ones are no contexts, and counts those.
fn from_stdin(asking: &Asking<'_>, printer: &mut Printer) -> miette::Result<u64> {
    if io::stdin().is_terminal() {
        output::say(
            "reading contexts from the terminal, one JSON object a line, up to Ctrl-D; --context takes one",
        );
    }
    let mut bad = 0;
    for (line, number) in io::stdin().lock().split(b'\n').zip(1_u64..) {
        let line = line.into_diagnostic().wrap_err("cannot read standard input")?;
        // Never repaired: an id with other bytes would be another unit.
        let answers = match std::str::from_utf8(&line) {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => asking.answers(line),
            Err(_) => Err("this is no UTF-8 text; write the line as UTF-8".to_owned()),
        };
        match answers {
            Ok(answers) => {
                for answer in answers {
                    printer.take(Answer { line: Some(number), ..answer })?;
                }
            }
            Err(error) => {
                bad += 1;
                output::say(&format!("line {number}: {error}"));
            }
        }
    }
    Ok(bad)
}

/// Prints lines at once; tables and JSON texts need all answers first.
struct Printer {
    output: Output,
    kept: Vec<Answer>,
}

impl Printer {
    fn take(&mut self, answer: Answer) -> miette::Result<()> {
        match self.output {
            Output::Ndjson => output::print_ndjson(&answer),
            Output::Table | Output::Json => {
                self.kept.push(answer);
                Ok(())
            }
        }
    }

    fn finish(self) -> miette::Result<()> {
        match self.output {
            Output::Ndjson => Ok(()),
            Output::Json => output::print_json(&self.kept),
            Output::Table => table(self.kept),
        }
    }
}

fn table(answers: Vec<Answer>) -> miette::Result<()> {
    let many = answers.iter().any(|answer| answer.line.is_some());
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let row = |answer: Answer| {
        [
            or_dash(answer.line.map(|line| line.to_string())),
            answer.experiment,
            or_dash(answer.unit),
            or_dash(answer.variant),
            answer.reason.to_owned(),
            or_dash(answer.bucket.map(|bucket| bucket.to_string())),
            answer.exposure.to_string(),
        ]
    };
    let rows: Vec<_> = answers.into_iter().map(row).collect();
    let header = ["line", "experiment", "unit", "variant", "reason", "bucket", "exposure"];
    if many {
        return output::print_table(header, rows);
    }
    let [_, header @ ..] = header;
    output::print_table(header, rows.into_iter().map(|[_, row @ ..]| row).collect())
}
