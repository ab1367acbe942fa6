//! Runs the binary `edgewise` as a user would, with nothing of this machine's environment.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

pub(crate) fn edgewise(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs what must work and answers what it printed.
pub(crate) fn works(folder: &Path, arguments: &[&str]) -> String {
    let output = edgewise(folder, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs what must fail and answers its exit code and what it said, without the line breaks of the layout.
pub(crate) fn fails(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = edgewise(folder, arguments, "");
    let said = String::from_utf8(output.stderr).unwrap().replace('│', " ");
    (output.status.code().unwrap(), said.split_whitespace().collect::<Vec<_>>().join(" "))
}
