//! The PostgreSQL server as a child process: start it, wait until it is ready, stop it; and end one that was left
//! behind by a watchdog that was killed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use super::account::{self, Account};
use super::home::{Home, PORT};
use super::{Binaries, ClusterError, Kind, program};

const STEP: Duration = Duration::from_millis(5);
/// Crash recovery may come first.
const START_BOUND: Duration = Duration::from_secs(120);
/// How long backends of a server that was killed may keep its memory.
const LEFTOVER_BOUND: Duration = Duration::from_secs(15);
const FAST_BOUND: Duration = Duration::from_secs(10);
const IMMEDIATE_BOUND: Duration = Duration::from_secs(10);

/// A server that takes connections.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pub(super) pid: Pid,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) async fn start(
        home: &Home,
        binaries: &Binaries,
        account: Option<Account>,
        socket_dir: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Server, ClusterError> {
        let begun = Instant::now();
        loop {
            match Server::attempt(home, binaries, account, socket_dir, settings).await {
                // The last backends of a killed server are on their way out.
                Err(ClusterError::NotStarted { log, .. })
                    if log.contains("shared memory block") && begun.elapsed() < LEFTOVER_BOUND =>
                {
                    sleep(Duration::from_millis(100)).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(
        home: &Home,
        binaries: &Binaries,
        account: Option<Account>,
        socket_dir: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Server, ClusterError> {
        let program = binaries.program("postgres");
        let log = File::options().append(true).create(true).open(home.log_path());
        let log = log.map_err(ClusterError::io("open", &home.log_path()))?;
        let mut command = account::command(&program, account);
        command.arg("-D").arg(home.data()).stdout(Stdio::null()).stderr(log);
        command.arg("-c").arg(format!("unix_socket_directories=\"{}\"", socket_dir.display()));
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let child =
            tokio::process::Command::from(command).spawn().map_err(ClusterError::io("run", &program))?;
        let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) else {
            return Err(not_started(home));
        };
        let mut server = Server { child, pid };
        let begun = Instant::now();
        while begun.elapsed() < START_BOUND {
            if is_ready(&home.data(), pid) {
                return Ok(server);
            }
            if !matches!(server.child.try_wait(), Ok(None)) {
                return Err(not_started(home));
            }
            sleep(STEP).await;
        }
        server.stop(Kind::Temporary).await;
        Err(not_started(home))
    }

    /// Waits until the server ends by itself.
    pub(super) async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Stops the server: a temporary one at once, a shared one after a checkpoint if that is quick enough.
    pub(super) async fn stop(mut self, kind: Kind) {
        let steps = match kind {
            Kind::Shared => vec![(Signal::INT, FAST_BOUND), (Signal::QUIT, IMMEDIATE_BOUND)],
            Kind::Temporary => vec![(Signal::QUIT, IMMEDIATE_BOUND)],
        };
        for (signal, bound) in steps {
            // Once it is reaped, the number may be another process's.
            if self.child.id().is_none() {
                return;
            }
            let _ = kill_process(self.pid, signal);
            if tokio::time::timeout(bound, self.child.wait()).await.is_ok() {
                return;
            }
        }
        let _ = self.child.kill().await;
    }
}

/// What a server of ours is told; a caller's own settings win.
pub(super) fn settings(
    binaries: &Binaries,
    kind: Kind,
    own: &[(String, String)],
) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let mut set = |name: &str, value: &str| settings.insert(name.to_owned(), value.to_owned());
    set("listen_addresses", "");
    set("port", &PORT.to_string());
    set("unix_socket_permissions", "0700");
    set("max_connections", "50");
    set("shared_buffers", "128MB");
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("logging_collector", "off");
    // Neither statements nor their errors: both hold values.
    set("log_min_messages", "log");
    set("log_min_error_statement", "panic");
    set("log_checkpoints", "off");
    if binaries.has_library("pg_stat_statements") {
        set("shared_preload_libraries", "pg_stat_statements");
    }
    if kind == Kind::Temporary {
        set("fsync", "off");
        set("full_page_writes", "off");
        set("synchronous_commit", "off");
    }
    settings.extend(own.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
    settings
}

fn not_started(home: &Home) -> ClusterError {
    let log = File::open(home.log_path()).map(|mut log| program::end_of(&mut log)).unwrap_or_default();
    ClusterError::NotStarted { directory: home.directory.clone(), log }
}

/// The first and the eighth line of `postmaster.pid`: whose it is, and its state.
fn is_ready(data: &Path, pid: Pid) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    let ours = lines.next().is_some_and(|line| line.trim() == pid.as_raw_nonzero().to_string());
    ours && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

/// Ends a server of this data directory that has no watchdog any more.
pub(super) async fn end_leftover(data: &Path) -> Result<(), ClusterError> {
    let file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
    let Some(pid) = pid.filter(|pid| test_kill_process(*pid).is_ok()) else {
        // PostgreSQL itself clears the file of a dead server, after a look at its memory.
        return Ok(());
    };
    if !is_server_of(pid, data) {
        // Another process has the number now, and PostgreSQL could take it for the old server.
        return fs::remove_file(&file).map_err(ClusterError::io("remove", &file));
    }
    for (signal, bound) in
        [(Signal::INT, FAST_BOUND), (Signal::QUIT, IMMEDIATE_BOUND), (Signal::KILL, IMMEDIATE_BOUND)]
    {
        let begun = Instant::now();
        let _ = kill_process(pid, signal);
        while begun.elapsed() < bound {
            if !is_server_of(pid, data) {
                return Ok(());
            }
            sleep(STEP).await;
        }
    }
    Err(ClusterError::StillRunning { directory: data.to_owned() })
}

/// A server's working directory is its data directory.
#[cfg(target_os = "linux")]
fn is_server_of(pid: Pid, data: &Path) -> bool {
    let cwd: PathBuf = format!("/proc/{}/cwd", pid.as_raw_nonzero()).into();
    fs::read_link(cwd).is_ok_and(|cwd| cwd == data)
}

/// A server's command line names its data directory.
#[cfg(not(target_os = "linux"))]
fn is_server_of(pid: Pid, data: &Path) -> bool {
    let mut ps = account::command(&PathBuf::from("ps"), None);
    let output = ps.args(["-o", "command=", "-p"]).arg(pid.as_raw_nonzero().to_string()).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*data.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_callers_setting_replaces_ours() {
        let binaries = Binaries { bin_dir: "/nowhere/bin".into(), major: 18, version: "18.4".into() };
        let own = [("Max_Connections".to_owned(), "7".to_owned()), ("jit".to_owned(), "off".to_owned())];
        let settings = settings(&binaries, Kind::Shared, &own);
        assert_eq!(settings["max_connections"], "7");
        assert_eq!(settings["jit"], "off");
        assert!(!settings.contains_key("fsync"), "users' data is synced");
        assert!(!settings.contains_key("shared_preload_libraries"), "there is no such library there");
    }

    #[tokio::test]
    async fn a_stranger_with_the_old_number_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("postmaster.pid");
        fs::write(&file, format!("{}\n/some/data\n", std::process::id())).unwrap();
        end_leftover(data.path()).await.unwrap();
        assert!(!file.exists(), "and we are still here");
    }
}
