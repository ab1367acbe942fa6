//! Computes a fixed set of results with every module and compares the bits of every number with those of
//! `vectors/stats/bits.txt`: they are the same on every platform, on any run and at any number of threads.
//!
//! ```sh
//! cargo run --package edgewise-stats --example bits             # prints each area's digest
//! BLESS=1 cargo run --package edgewise-stats --example bits     # prints what the file should be
//! node stats/examples/bits/run.mjs                              # the same in WebAssembly
//! ```
//!
//! The exit code is 0, or the line of the first area in the file that differs: WebAssembly alone can say no more.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod areas;
mod digest;
mod golden;

use std::{env, error::Error, process::ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // There are no threads in WebAssembly.
    let threads: &[usize] = if cfg!(target_family = "wasm") { &[1] } else { &[1, 2, 3] };
    let computed = areas::compute(threads)?;
    if env::var_os("BLESS").is_some() {
        print!("{}", golden::text(&computed));
        return Ok(ExitCode::SUCCESS);
    }
    for area in &computed {
        println!("{:016x}  {} ({})", area.digest, area.name, area.threads());
    }
    let differences = golden::differences(&computed);
    for (_, difference) in &differences {
        eprintln!("{difference}");
    }
    Ok(differences
        .first()
        .map_or(ExitCode::SUCCESS, |&(line, _)| ExitCode::from(u8::try_from(line).unwrap_or(u8::MAX))))
}
