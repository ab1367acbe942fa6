//! Printing: results to standard output in the form that was asked for, everything else to standard error.

use comfy_table::{Table, presets};
use miette::IntoDiagnostic as _;
use serde::Serialize;
use std::{
    io::{self, ErrorKind, Write as _},
    process::exit,
};

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// A table for people
    Table,
    /// One JSON text
    Json,
    /// One JSON object a line
    Ndjson,
}

/// Prints one line of results. A reader that has gone away, such as `head`, ends the program quietly.
pub(crate) fn print(line: &str) -> miette::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        written => written.into_diagnostic(),
    }
}

/// Prints one result as a line of JSON.
pub(crate) fn print_ndjson(result: &impl Serialize) -> miette::Result<()> {
    print(&serde_json::to_string(result).into_diagnostic()?)
}

/// Prints results as one JSON text.
pub(crate) fn print_json(results: &impl Serialize) -> miette::Result<()> {
    print(&serde_json::to_string_pretty(results).into_diagnostic()?)
}

/// Prints a table.
pub(crate) fn print_table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> miette::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    print(&table.to_string())
}

/// Says something that is no result.
#[allow(clippy::print_stderr, reason = "this is the rim where the command line speaks")]
pub(crate) fn say(message: &str) {
    eprintln!("{message}");
}

/// Prints warnings as they are printed for errors: with the place and the way out.
pub(crate) fn warn(problems: Vec<edgewise_control::project::Problem>) {
    for problem in problems {
        say(&format!("{:?}", miette::Report::new(problem)));
    }
}
