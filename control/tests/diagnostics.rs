//! What `edgewise check` says about the bad projects in `tests/diagnostics`, word for word.
//!
//! After a change of a message, `UPDATE_EXPECTED=1 cargo test -p edgewise-control --test diagnostics` writes the
//! expected texts anew; the difference is then read like any other change.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn every_diagnostic_is_as_expected() {
    let cases = cases();
    assert!(cases.len() > 30, "the folder of cases was found: {}", cases.len());
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut different = Vec::new();
    for case in cases {
        let said = check(&case.join("project"));
        let path = case.join("expected.txt");
        if update {
            fs::write(&path, &said).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != said {
            different.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Exit code, standard output and standard error of a check.
fn check(project: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .arg("check")
        .current_dir(project)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (without_size(&text(output.stdout)), text(output.stderr));
    format!("exit {}\n{stdout}{stderr}", output.status.code().unwrap())
}

/// The size of a ruleset is the format's, and no matter of what is said about a project.
fn without_size(said: &str) -> String {
    let Some((before, after)) = said.split_once("the ruleset has ") else { return said.to_owned() };
    format!(
        "{before}the ruleset has … {}",
        after.trim_start_matches(|digit: char| digit.is_ascii_digit()).trim_start()
    )
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}
