//! A PostgreSQL server of the test's own: a folder of its own, a socket in it, gone with the test.

use std::{
    env,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};
use tempfile::TempDir;

/// The user `nobody` on every Linux: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;
/// The server's superuser.
pub(crate) const USER: &str = "edgewise";

pub(crate) struct Server {
    folder: TempDir,
    server: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("edgewise-pg").tempdir_in("/tmp").unwrap();
        if is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let made = program("initdb")
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username", USER])
            .arg("--pgdata")
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        let server = program("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"])
            .arg(format!("unix_socket_directories={}", folder.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, server };
        let is_ready = |_| {
            let ready = program("pg_isready").args(["-q", "-h"]).arg(server.folder.path()).status();
            ready.unwrap().success() || {
                sleep(Duration::from_millis(100));
                false
            }
        };
        assert!((0..600).any(is_ready), "the server does not start");
        server
    }

    /// The address of its database, as users write it.
    pub(crate) fn address(&self) -> String {
        format!("postgresql://{USER}@/postgres?host={}", self.folder.path().display())
    }

    /// Runs a script by psql and answers what it printed.
    #[allow(dead_code, reason = "not every test has a script")]
    pub(crate) fn run(&self, script: &Path) -> String {
        let output = program("psql")
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", "postgres", "-h"])
            .arg(self.folder.path())
            .stdin(std::fs::File::open(script).unwrap())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = program("pg_ctl")
            .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(self.folder.path().join("data"))
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// One of PostgreSQL's programs, never as root.
fn program(name: &str) -> Command {
    let folders = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    // Where Debian puts them, which is not on the path.
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let places: Vec<PathBuf> = folders.into_iter().chain(debian).map(|folder| folder.join(name)).collect();
    let found = places.iter().find(|place| place.is_file());
    let found =
        found.unwrap_or_else(|| panic!("there is no {name}: `scripts/setup test` installs PostgreSQL"));
    let mut command = Command::new(found);
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
