//! The command line: one file a command, each with its arguments and what it does with them.

mod analyze;
mod answer;
mod assign;
mod build;
mod check;
mod directives;
mod events;
mod explain;
mod keys;
mod moment;
mod output;
mod planning;
mod power;
mod report;
mod ruleset;
mod sample_size;
mod schema;
mod serve;
mod simulate;
mod steps;
mod types;
mod verdict;
mod warehouse;
mod weights;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Experiments compiled into a ruleset, assigned at the edge, verified and analysed.
#[derive(Debug, Parser)]
#[command(name = "edgewise", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a folder of experiments, metrics and flags and say what is wrong with it
    Check(check::Args),
    /// Compile the folder into a ruleset
    Build(build::Args),
    /// Answer which variant contexts get from a ruleset
    Assign(assign::Args),
    /// Say step by step why a context gets the variant that it gets
    Explain(explain::Args),
    /// Check, write down and compare rulesets
    Ruleset(ruleset::Args),
    /// Publish the weights that a bandit has learnt, or show those that hold
    Weights(weights::Args),
    /// Make keys to sign rulesets with
    Keys(keys::Args),
    /// Write TypeScript declarations of the folder's flags, experiments and units
    Types(types::Args),
    /// Print the JSON Schema of a kind of file, or of events
    Schema(schema::Args),
    /// Serve the ruleset and collect events
    Serve(serve::Args),
    /// Look into the folder of events: count, follow, compact, export, import, erase
    Events(events::Args),
    /// Compute an experiment's results from its events
    Analyze(analyze::Args),
    /// Export results with their proof, and check such a verdict
    Verdict(verdict::Args),
    /// Write an experiment's results as a page or a text that one can hand on
    Report(report::Args),
    /// Say how many units it takes to see an effect, and how long
    SampleSize(sample_size::Args),
    /// Say with which power so many units see an effect, and the smallest effect that they see
    Power(power::Args),
    /// Randomise past units again and again: how often the analysis errs, and how often it finds an effect
    Simulate(simulate::Args),
}

impl Cli {
    /// Runs the command that was asked for.
    pub(crate) fn run(self) -> miette::Result<ExitCode> {
        match self.command {
            Command::Check(args) => check::run(&args),
            Command::Build(args) => build::run(&args),
            Command::Assign(args) => assign::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Ruleset(args) => ruleset::run(&args),
            Command::Weights(args) => weights::run(&args),
            Command::Keys(args) => keys::run(&args),
            Command::Types(args) => types::run(&args),
            Command::Schema(args) => schema::run(&args),
            Command::Serve(args) => serve::run(&args),
            Command::Events(args) => events::run(&args),
            Command::Analyze(args) => analyze::run(&args),
            Command::Verdict(args) => verdict::run(&args),
            Command::Report(args) => report::run(&args),
            Command::SampleSize(args) => sample_size::run(&args),
            Command::Power(args) => power::run(&args),
            Command::Simulate(args) => simulate::run(&args),
        }
    }
}

/// Prints what went wrong, to standard error, and answers the exit code 1.
#[allow(clippy::print_stderr, reason = "this is the rim where the command line speaks")]
pub(crate) fn fail(report: &miette::Report) -> ExitCode {
    eprintln!("{report:?}");
    ExitCode::FAILURE
}
