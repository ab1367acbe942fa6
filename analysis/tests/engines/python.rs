//! The engines that run in a Python of their own: chdb as a server, DuckDB as a program.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The Python that has them.
fn python() -> Command {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache"))).unwrap();
    let python = cache.join("edgewise/engines/bin/python");
    assert!(python.is_file(), "{} is missing: `scripts/test engines` installs it", python.display());
    Command::new(python)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/tests/engines").join(name)
}

/// ClickHouse's HTTP interface, on a port of its own until it is dropped.
pub(crate) struct ClickHouse {
    server: Child,
    port: String,
}

impl ClickHouse {
    /// Starts it, and runs these scripts.
    pub(crate) fn start(scripts: &[PathBuf]) -> Self {
        let mut server = python()
            .arg(script("clickhouse.py"))
            .args(scripts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "the server ends at once");
        Self { server, port: port.trim().to_owned() }
    }

    pub(crate) fn address(&self) -> String {
        format!("clickhouse://127.0.0.1:{}/default", self.port)
    }
}

impl Drop for ClickHouse {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

/// Runs a script on a database of `DuckDB`, and answers its rows as a JSON object a line.
pub(crate) fn duckdb(database: &Path, statements: &Path) -> String {
    let output = python().arg(script("duckdb_run.py")).args([database, statements]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
