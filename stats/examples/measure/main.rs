//! Times what the benchmark compares with other packages; `bench/statistics/run.py` calls it and reads its lines.
//!
//! ```sh
//! measure data FOLDER    # writes the units of two variants and their sums
//! measure time FOLDER    # prints a line of JSON per task: its name, seconds for one call, the answer
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod data;
mod tasks;

use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["data", folder] => data::write(Path::new(folder)),
        ["time", folder] => tasks::run(&data::read(Path::new(folder))?),
        _ => Err("say `data FOLDER` or `time FOLDER`".into()),
    }
}
