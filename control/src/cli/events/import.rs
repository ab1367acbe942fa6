//! `edgewise events import`.

use super::Data;
use crate::cli::output;
use edgewise_analysis::log::{Batch, Compaction, ImportedLine, Limits, Log, parse_line};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use miette::{Context as _, IntoDiagnostic as _};
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Lines that are stored with one sync.
const GROUP: usize = 4096;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// The file of events, one a line: of `edgewise events export`, or plain ones; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    let mut lines = open(&args.file)?;
    let (log, _) = Log::open(&args.data.path, Limits::default()).into_diagnostic()?;
    let now = Timestamp::now();
    let mut import = Import { log, day: day(now), group: Vec::new(), counts: Counts::default() };
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).into_diagnostic()? > 0 {
        if !line.trim_ascii().is_empty() {
            import.add(parse_line(line.trim_ascii()), now)?;
        }
        line.clear();
    }
    let counts = import.finish()?;
    output::print(&format!(
        "{} events stored, {} that were there already, {} refused",
        counts.accepted.saturating_sub(counts.repeated),
        counts.duplicate + counts.repeated,
        counts.rejected
    ))?;
    if counts.rejected > 0 {
        output::say("the refused ones are in rejected.ndjson, each with its reason");
    }
    Ok(if counts.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> miette::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file =
        File::open(path).into_diagnostic().wrap_err_with(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 18, file)))
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// Lines on their way into the log; those of a group arrived on one day.
struct Import {
    log: Log,
    day: Date,
    group: Vec<(Timestamp, Batch)>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    accepted: u64,
    duplicate: u64,
    repeated: u64,
    rejected: u64,
}

impl Import {
    fn add(&mut self, line: ImportedLine, now: Timestamp) -> miette::Result<()> {
        let received_at = line.received_at.unwrap_or(now);
        if day(received_at) != self.day || self.group.len() >= GROUP {
            self.store()?;
            self.day = day(received_at);
        }
        self.counts.rejected += line.batch.rejects.len() as u64;
        self.group.push((received_at, line.batch));
        Ok(())
    }

    fn store(&mut self) -> miette::Result<()> {
        for receipt in self.log.restore(self.day, &self.group).into_diagnostic()? {
            self.counts.accepted += receipt.accepted as u64;
            self.counts.duplicate += receipt.duplicate.len() as u64;
        }
        self.group.clear();
        Ok(())
    }

    /// Stores what is left, and compacts, which tells the events that were in the folder before.
    fn finish(mut self) -> miette::Result<Counts> {
        self.store()?;
        self.log.seal();
        let mut compaction = Compaction::new(self.log.folder().clone());
        for segment in self.log.take_sealed() {
            self.counts.repeated += compaction.compact(segment).into_diagnostic()?.repeated;
        }
        Ok(self.counts)
    }
}
