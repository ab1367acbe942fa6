//! `edgewise events compact`.

use super::{Data, give_up, retain};
use crate::cli::output;
use edgewise_analysis::log::{Compaction, Limits, Log, LogError};
use miette::IntoDiagnostic as _;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// Delete the events of arrival days older than this; their rulesets stay
    #[arg(long, value_name = "DAYS", value_parser = retain)]
    retain: Option<u32>,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    if !args.data.path.is_dir() {
        return Err(LogError::NoFolder(args.data.path.clone())).into_diagnostic();
    }
    let (mut log, recovery) = Log::open(&args.data.path, Limits::default()).into_diagnostic()?;
    for torn in recovery.torn {
        output::say(&format!(
            "segment {}: {} bytes of a cut line are in {}",
            torn.segment,
            torn.bytes,
            torn.kept.display()
        ));
    }
    let mut compaction = Compaction::new(log.folder().clone());
    for segment in log.take_sealed() {
        let compacted = compaction.compact(segment).into_diagnostic()?;
        output::print(&format!(
            "segment {segment}: {} events compacted, {} dropped that had come before, {} unreadable lines put aside",
            compacted.events, compacted.repeated, compacted.unreadable
        ))?;
    }
    if let Some(days) = args.retain {
        for expired in give_up(log.folder(), days)? {
            output::print(&format!(
                "{}: deleted, {} segments, {} bytes",
                expired.day, expired.segments, expired.bytes
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
