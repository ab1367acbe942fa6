//! `edgewise report`: an experiment's results as a page or a text that one can hand on.

use super::{analyze::Source, output};
use edgewise_analysis::{report, results::Results};
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Write an experiment's results as one HTML file that needs no network, as Markdown or as JSON
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// The file to write; without it, standard output in the form of --format
    #[arg(long, value_name = "FILE", required_unless_present = "format")]
    out: Option<PathBuf>,
    /// The form; else that of the file's extension: .html, .md or .json
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A page for browsers and printers
    Html,
    /// The same as text
    Markdown,
    /// What `edgewise analyze --output json` prints
    Json,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    // A form that is none is told before anything is computed.
    let format = args.format.map_or_else(|| Format::of(args.out.as_deref()), Ok)?;
    let results = args.source.results()?;
    let text = format.write(&results)?;
    match &args.out {
        None => output::print(text.trim_end())?,
        Some(out) => {
            fs::write(out, &text)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot write {}", out.display()))?;
            output::say(&format!(
                "{}: {} bytes",
                out.display(),
                report::number::thousands(text.len() as u64)
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Format {
    fn of(out: Option<&Path>) -> miette::Result<Self> {
        let name = out.map(|out| out.display().to_string()).unwrap_or_default();
        let extension = out.and_then(Path::extension).and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("md" | "markdown") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            _ => Err(miette!(
                help = "name it .html, .md or .json, or give --format",
                "`{name}` does not say in which form the report is to be written"
            )),
        }
    }

    fn write(self, results: &Results) -> miette::Result<String> {
        match self {
            Self::Html => Ok(report::html(results)),
            Self::Markdown => Ok(report::markdown(results)),
            Self::Json => Ok(serde_json::to_string_pretty(results).into_diagnostic()? + "\n"),
        }
    }
}
