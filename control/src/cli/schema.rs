//! `edgewise schema`: the JSON Schema of what files and events may hold.

use super::output;
use edgewise_analysis::event::EVENT_SCHEMA;
use edgewise_control::project::wire::{
    ExperimentFile, FlagFile, HoldoutFile, LayerFile, MetricFile, SegmentFile, WorkspaceFile,
};
use schemars::schema_for;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to describe
    #[arg(value_enum)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// experiments/*.yaml
    Experiment,
    /// metrics/*.yaml
    Metric,
    /// flags/*.yaml
    Flag,
    /// segments/*.yaml
    Segment,
    /// layers/*.yaml
    Layer,
    /// holdouts/*.yaml
    Holdout,
    /// edgewise.yaml
    Workspace,
    /// What an SDK sends
    Event,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    match args.kind {
        Kind::Experiment => output::print_json(&schema_for!(ExperimentFile)),
        Kind::Metric => output::print_json(&schema_for!(MetricFile)),
        Kind::Flag => output::print_json(&schema_for!(FlagFile)),
        Kind::Segment => output::print_json(&schema_for!(SegmentFile)),
        Kind::Layer => output::print_json(&schema_for!(LayerFile)),
        Kind::Holdout => output::print_json(&schema_for!(HoldoutFile)),
        Kind::Workspace => output::print_json(&schema_for!(WorkspaceFile)),
        Kind::Event => output::print(EVENT_SCHEMA.trim_end()),
    }?;
    Ok(ExitCode::SUCCESS)
}
