//! `edgewise events export`.

use super::Data;
use crate::cli::output;
use edgewise_analysis::log::{Days, Source};
use jiff::civil::Date;
use miette::{Context as _, IntoDiagnostic as _};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// The first arrival day
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// The last arrival day
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// What to write: stored lines, which `edgewise events import` takes back as they were, or one Parquet file
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// The file to write; standard output where it is left out
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Ndjson,
    Parquet,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    let source = Source::open(&args.data.path).into_diagnostic()?;
    for damaged in source.damaged() {
        output::say(&format!("{} is left out: {}", damaged.path.display(), damaged.reason));
    }
    let days = Days { from: args.from, to: args.to };
    let mut to = open(args.output.as_deref())?;
    let count = match args.format {
        Format::Ndjson => source.export_lines(days, &mut to),
        Format::Parquet => source.export_parquet(days, &mut to),
    }
    .into_diagnostic()?;
    to.flush().into_diagnostic()?;
    output::say(&format!("{count} events"));
    Ok(if source.damaged().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: Option<&Path>) -> miette::Result<Box<dyn Write + Send>> {
    let Some(path) = path else { return Ok(Box::new(BufWriter::new(io::stdout()))) };
    let file = File::create(path).into_diagnostic();
    Ok(Box::new(BufWriter::new(file.wrap_err_with(|| format!("cannot write {}", path.display()))?)))
}
