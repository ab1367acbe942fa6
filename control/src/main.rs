//! The binary `edgewise`: reads its arguments, runs one command, prints what went wrong and how to mend it.

mod cli;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(report) => cli::fail(&report),
    }
}
