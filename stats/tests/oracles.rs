//! Every case of `vectors/stats/*.json`, and of further files that the environment names: values that other people's
//! software computed, each with its source and tolerance.
//!
//! `EDGEWISE_ORACLES` may list more files, separated as in PATH. A function that is not known is a failure.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]

#[path = "../examples/oracle/functions/mod.rs"]
mod functions;
#[path = "../examples/oracle/suite.rs"]
mod suite;

use std::{env, error::Error, fs, path::Path};

use suite::{Outcome, Suite};

#[test]
fn every_case_is_reproduced() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/stats"))? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.extend(env::var_os("EDGEWISE_ORACLES").iter().flat_map(env::split_paths));

    let suite = Suite::read(&files)?;
    let missed: Vec<String> = (suite.cases().iter())
        .filter_map(|case| match suite.run(case) {
            Outcome::Met => None,
            Outcome::Unknown => Some(format!("{}: the function {} is not known", case.id, case.function)),
            Outcome::Missed(differences) => Some(format!("{}: {}", case.id, differences.join("; "))),
        })
        .collect();
    let cases = suite.cases().len();
    assert!(missed.is_empty(), "{} of {cases} cases:\n{}", missed.len(), missed.join("\n"));
    assert!(cases > 1_200, "only {cases} cases: files are missing");
    Ok(())
}
