//! A Ballista cluster on loopback: a scheduler and two executors, each a process, stopped when it is dropped.

#![allow(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and what the processes said last tells why"
)]

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the processes may take to find each other.
const PATIENCE: Duration = Duration::from_mins(2);

/// What an executor writes down for each task that it finishes.
const FINISHED: &str = "Finished task";

pub(crate) struct Cluster {
    /// What all of them see.
    pub(crate) shared: PathBuf,
    scheduler_port: u16,
    executors: Vec<Process>,
    // In the order in which they are dropped: executors say goodbye to a scheduler that is still there.
    scheduler: Process,
    _folder: TempDir,
}

struct Process {
    child: Child,
    log: PathBuf,
}

impl Cluster {
    /// Starts it and waits until both executors are known to the scheduler.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).unwrap();
        let [scheduler_port, first @ .., a, b, c] = free_ports();
        let scheduler = Process::start(
            Command::new("ballista-scheduler")
                .args(["--bind-host", "127.0.0.1", "--external-host", "127.0.0.1"])
                .args(["--bind-port", &scheduler_port.to_string()])
                // One task to each in turn, so that a few small tasks reach both.
                .args(["--task-distribution", "round-robin", "--min-ready-executors", "2"]),
            &folder.path().join("scheduler.log"),
        );
        let executor = |number: usize, [flight, grpc, health]: [u16; 3]| {
            let work = folder.path().join(format!("executor-{number}"));
            fs::create_dir(&work).unwrap();
            Process::start(
                Command::new("ballista-executor")
                    .args(["--bind-host", "127.0.0.1", "--external-host", "127.0.0.1"])
                    .args(["--scheduler-host", "127.0.0.1", "--scheduler-port", &scheduler_port.to_string()])
                    .args(["--scheduler-connect-timeout-seconds", &PATIENCE.as_secs().to_string()])
                    .args(["--bind-port", &flight.to_string(), "--bind-grpc-port", &grpc.to_string()])
                    .args(["--bind-health-port", &health.to_string(), "--vcores", "1"])
                    .args(["--memory-pool-size", "512MiB", "--work-dir"])
                    .arg(&work),
                &folder.path().join(format!("executor-{number}.log")),
            )
        };
        let executors = vec![executor(1, first), executor(2, [a, b, c])];
        let cluster = Self { shared, scheduler_port, executors, scheduler, _folder: folder };
        cluster.wait_until_ready();
        cluster
    }

    pub(crate) fn url(&self) -> String {
        self.sharing(&self.shared)
    }

    /// Its address with another folder that all of them see.
    pub(crate) fn sharing(&self, folder: &Path) -> String {
        format!("ballista://127.0.0.1:{}?shared={}", self.scheduler_port, folder.display())
    }

    /// How many tasks each executor has finished.
    pub(crate) fn tasks(&self) -> Vec<usize> {
        self.executors.iter().map(|executor| executor.said().matches(FINISHED).count()).collect()
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        while !self.is_ready().unwrap_or(false) {
            assert!(start.elapsed() < PATIENCE, "two executors did not come: {}", self.scheduler.said());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// By the scheduler's probe, which answers 200 once as many executors are there as it was told to wait for.
    fn is_ready(&self) -> io::Result<bool> {
        let mut probe = TcpStream::connect(("127.0.0.1", self.scheduler_port))?;
        probe.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        probe.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200 "))
    }
}

impl Process {
    fn start(command: &mut Command, log: &Path) -> Self {
        let output = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let name = command.get_program().to_owned();
        // A level of logging that was meant for the test would hide what is counted.
        let child = command.env_remove("RUST_LOG").spawn().unwrap_or_else(|error| {
            panic!("{}: {error}; `make test-ballista` installs it", name.display());
        });
        Self { child, log: log.to_owned() }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let said = self.said();
            let lines: Vec<&str> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(20)..].join("\n");
            eprintln!("{}:\n{last}\n", self.log.display());
        }
    }
}

/// Seven ports that nobody listened to a moment ago.
fn free_ports() -> [u16; 7] {
    let listeners = [(); 7].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
