//! Runs cases that other people's software computed against this crate.
//!
//! ```sh
//! cargo run --package edgewise-stats --example oracle -- vectors/stats/*.json
//! ```
//!
//! A file is an object with a list `cases`; a case has `id`, `function`, `inputs`, `expected`, `tolerance` (`rel`, `abs`),
//! `source` and `notes`. Prints a line per case and a tally; functions that are not known are named. The exit code is 0
//! only if every case was met, so a case of an unknown function counts as a miss.

#![allow(clippy::disallowed_methods, reason = "a command may round as the platform does")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod functions;
mod suite;

use std::{collections::BTreeMap, env, path::PathBuf, process::ExitCode};

use suite::{Outcome, Suite};

fn main() -> ExitCode {
    let files: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        eprintln!("name the files of cases to run, for example vectors/stats/*.json");
        return ExitCode::from(2);
    }
    let suite = match Suite::read(&files) {
        Ok(suite) => suite,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (mut met, mut missed) = (0, 0);
    let mut unknown = BTreeMap::new();
    for case in suite.cases() {
        match suite.run(case) {
            Outcome::Met => {
                met += 1;
                println!("met      {} ({})", case.id, case.function);
            }
            Outcome::Missed(differences) => {
                missed += 1;
                println!("MISSED   {} ({})", case.id, case.function);
                for difference in differences {
                    println!("           {difference}");
                }
            }
            Outcome::Unknown => {
                *unknown.entry(case.function.clone()).or_insert(0) += 1;
                println!("UNKNOWN  {} ({})", case.id, case.function);
            }
        }
    }
    let of_unknown: usize = unknown.values().sum();
    println!("\n{met} met, {missed} missed, {of_unknown} of functions that are not known");
    for (function, cases) in &unknown {
        println!("  not known: {function} ({cases})");
    }
    if missed == 0 && of_unknown == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
