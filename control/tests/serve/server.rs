//! The binary, started and stopped.

use crate::{client::Client, fixture};
use edgewise_analysis::log::Source;
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the tests wait for what must happen soon.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a ruleset's file and a data folder.
pub(crate) struct Place {
    folder: TempDir,
}

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
}

impl Place {
    /// A folder with the ruleset of the environment `first`.
    pub(crate) fn new() -> Self {
        let place = Self { folder: TempDir::new().unwrap() };
        place.publish(&fixture::ruleset("first").0);
        place
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Replaces the ruleset's file.
    pub(crate) fn publish(&self, bytes: &[u8]) {
        let unfinished = self.folder.path().join("unfinished");
        fs::write(&unfinished, bytes).unwrap();
        fs::rename(unfinished, self.ruleset()).unwrap();
    }

    /// The command that serves this place, on a free port.
    pub(crate) fn command(&self) -> Command {
        self.command_with(&self.data())
    }

    /// The same with another data folder.
    pub(crate) fn command_with(&self, data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgewise"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--ruleset"]).arg(self.ruleset());
        command.arg("--data").arg(data).stdin(Stdio::null());
        command
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(self.command())
    }

    /// The ids of all exposures in the data folder, each of which must be there once.
    pub(crate) fn stored(&self) -> BTreeSet<String> {
        let source = Source::open(&self.data()).unwrap();
        let ids: Vec<_> = source.exposures().map(|exposure| exposure.unwrap().id.to_string()).collect();
        let unique: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(unique.len(), ids.len(), "an event is there twice");
        unique
    }

    /// Runs `edgewise events` on the data folder: the exit code, what it printed, and what it said beside that.
    pub(crate) fn events(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_edgewise"))
            .arg("events")
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever reads no input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap().replace('│', " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), said)
    }

    /// The file that is served.
    pub(crate) fn ruleset(&self) -> PathBuf {
        self.folder.path().join("ruleset.edgewise")
    }
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = Arc::new(Mutex::new(Vec::new()));
        let address = lines.by_ref().find_map(|line| {
            let address = line.strip_prefix("listening on http://").map(|address| address.parse().unwrap());
            said.lock().unwrap().push(line);
            address
        });
        let address = address.unwrap_or_else(|| panic!("it does not listen: {said:?}"));
        let heard = Arc::clone(&said);
        thread::spawn(move || lines.for_each(|line| heard.lock().unwrap().push(line)));
        Self { child, address, said }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server has said something with these words.
    pub(crate) fn heard(&self, words: &str) -> String {
        self.heard_times(1, words)
    }

    /// Waits until the server has said these words so many times.
    pub(crate) fn heard_times(&self, times: usize, words: &str) -> String {
        let start = Instant::now();
        loop {
            let said = self.said.lock().unwrap();
            if let Some(line) = said.iter().filter(|line| line.contains(words)).nth(times - 1) {
                return line.clone();
            }
            assert!(start.elapsed() < PATIENCE, "it did not say {words:?} {times} times, but {said:?}");
            drop(said);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it as the power does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it as a service manager does, and waits.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
