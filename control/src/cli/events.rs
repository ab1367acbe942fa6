//! `edgewise events`: looks into a data folder, and looks after it.

mod compact;
mod erase;
mod export;
mod import;
mod stat;
mod tail;

use clap::Subcommand;
use edgewise_analysis::log::{Expired, Folder, expire};
use jiff::{Timestamp, tz::TimeZone};
use miette::IntoDiagnostic as _;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count what is in the folder: events by type and name, days, segments, refusals, bytes
    Stat(stat::Args),
    /// Print the last events, and those that come
    Tail(tail::Args),
    /// Turn all segments into Parquet and give up days that are too old; no collector may have the folder
    Compact(compact::Args),
    /// Write events as NDJSON or Parquet
    Export(export::Args),
    /// Store events of an export, or plain ones, one a line; no collector may have the folder
    Import(import::Args),
    /// Erase every event of a unit; no collector may have the folder
    Erase(erase::Args),
}

/// The folder that all of them look into.
#[derive(Debug, clap::Args)]
struct Data {
    /// The folder that events are kept in, as `edgewise serve --data` makes it
    #[arg(long = "data", value_name = "DIR", env = "EDGEWISE_DATA")]
    path: PathBuf,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    match &args.command {
        Command::Stat(args) => stat::run(args),
        Command::Tail(args) => tail::run(args),
        Command::Compact(args) => compact::run(args),
        Command::Export(args) => export::run(args),
        Command::Import(args) => import::run(args),
        Command::Erase(args) => erase::run(args),
    }
}

/// Reads how long events are kept, for clap: `90d`.
pub(crate) fn retain(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days > 0);
    days.ok_or_else(|| "write a number of days of at least 1, such as 90d".to_owned())
}

/// Gives up the days that lie more than so many days before today.
fn give_up(folder: &Folder, days: u32) -> miette::Result<Vec<Expired>> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    expire(folder, today, days).into_diagnostic()
}
