//! `edgewise events tail`.

use super::Data;
use crate::cli::output;
use edgewise_analysis::log::Tail;
use miette::IntoDiagnostic as _;
use std::{process::ExitCode, thread, time::Duration};

/// How often new events are looked for.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// How many of the last events
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    lines: usize,
    /// Go on with those that come, until it is stopped
    #[arg(long, short)]
    follow: bool,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    let (mut tail, last) = Tail::open(&args.data.path, args.lines).into_diagnostic()?;
    print(&last)?;
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        thread::sleep(LOOK);
        print(&tail.more().into_diagnostic()?)?;
    }
}

fn print(lines: &[Vec<u8>]) -> miette::Result<()> {
    lines.iter().try_for_each(|line| output::print(&String::from_utf8_lossy(line)))
}
