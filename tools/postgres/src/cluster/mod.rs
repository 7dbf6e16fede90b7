//! A private PostgreSQL cluster: native binaries, a Unix socket, no set-up.
//!
//! ```text
//!   user ──┐ write end                    ┌── postgres (child; as root, run by an unprivileged user)
//!   user ──┼──────────▶ FIFO ──▶ watchdog ┤
//!   user ──┘           `users`            └── ends it when the last user is gone, however that went
//! ```
//!
//! A [`Kind::Shared`] cluster belongs to all pgwright processes of a user: the first starts it, the last ends it,
//! its data stay. A [`Kind::Temporary`] one is removed with its last user. [`home`] says how the processes agree,
//! [`watchdog`] who owns the server, [`binaries`] and [`fetch`] where PostgreSQL comes from.
//!
//! Invariants: the server never listens on TCP, never runs as root, never inherits our environment; only the user
//! (and root) can reach its socket; no process that is killed leaves a server behind, but a killed watchdog, whose
//! server the next start ends.

mod account;
mod binaries;
mod error;
mod fetch;
mod home;
mod pins;
mod places;
mod program;
mod server;
mod template;
pub mod watchdog;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use self::account::Account;
pub use self::binaries::{Binaries, OLDEST_MAJOR};
pub use self::error::ClusterError;
use self::home::{Home, Lock, PORT, Running};
use crate::dsn::percent_encode;

/// The superuser of every private cluster.
const USER: &str = "postgres";
const PAUSE: Duration = Duration::from_millis(10);
/// Longer than any stop or start that another process may be busy with.
const ANSWER_BOUND: Duration = Duration::from_secs(60);
const TEMPORARY_PREFIX: &str = "pgwright-cluster-";

/// Whose a cluster is, and how long it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// One for all processes of the user; its data stay, and are synced to disk.
    Shared,
    /// Fast and forgetful: no fsync, and the directory is removed in the end.
    Temporary,
}

/// What cluster to start or to join.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The directory of the cluster; PostgreSQL's own data directory is `data` in it. By default the user's data
    /// directory for a shared cluster, a new one below the temporary directory for a temporary one.
    pub data_dir: Option<PathBuf>,
    /// Whose it is.
    pub kind: Kind,
    /// The major version. By default that of the existing data, or of the first binaries that are found.
    pub major: Option<u16>,
    /// Where `postgres` and `initdb` are; otherwise they are searched for.
    pub bin_dir: Option<PathBuf>,
    /// Server settings that replace the defaults. They count when this process is the one that starts the server.
    pub settings: Vec<(String, String)>,
    /// The executable whose subcommand [`watchdog::SUBCOMMAND`] calls [`watchdog::run`].
    pub watchdog: PathBuf,
    /// Whether PostgreSQL may be fetched where none is found.
    pub allow_fetch: bool,
}

impl ClusterOptions {
    /// The defaults: whatever PostgreSQL there is, fetched if there is none.
    pub fn new(kind: Kind, watchdog: impl Into<PathBuf>) -> ClusterOptions {
        ClusterOptions {
            data_dir: None,
            kind,
            major: None,
            bin_dir: None,
            settings: Vec::new(),
            watchdog: watchdog.into(),
            allow_fetch: true,
        }
    }
}

/// A running cluster that this process uses. Dropping it ends the use, and the cluster if that was the last.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    running: Running,
    data: PathBuf,
    /// What makes this process a user: the open FIFO.
    users: File,
    /// Ours to reap, if we started it.
    watchdog: Option<Child>,
}

impl Cluster {
    /// Joins the cluster, or starts it if it isn't running.
    pub async fn start(options: ClusterOptions) -> Result<Cluster, ClusterError> {
        let home = blocking({
            let options = options.clone();
            move || open_home(&options)
        })
        .await?;
        let started = join_or_start(home.clone(), options.clone()).await;
        if started.is_err() && options.kind == Kind::Temporary {
            // A watchdog that failed has removed it already; without one there is only what we made.
            let _ = blocking(move || remove_unused(&home)).await;
        }
        started
    }

    /// The directory of the Unix socket.
    pub fn socket_dir(&self) -> &Path {
        &self.running.socket_dir
    }

    /// The port number in the name of the socket.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The superuser; connections need no password.
    pub fn user(&self) -> &str {
        USER
    }

    /// A connection string for a database of the cluster.
    pub fn dsn(&self, database: &str) -> String {
        let host = percent_encode(&self.running.socket_dir.to_string_lossy());
        format!("postgresql:///{}?host={host}&port={PORT}&user={USER}", percent_encode(database))
    }

    /// PostgreSQL's data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// What the server runs from.
    pub fn binaries(&self) -> &Binaries {
        &self.running.binaries
    }

    /// The process that owns the server.
    pub fn watchdog_pid(&self) -> i32 {
        self.running.watchdog_pid
    }

    /// The server itself.
    pub fn server_pid(&self) -> i32 {
        self.running.server_pid
    }

    /// Ends the use; if that was the last one, waits until the server is gone.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let Cluster { home, users, watchdog, .. } = self;
        let still_running = || ClusterError::StillRunning { directory: home.directory.clone() };
        let last = blocking({
            let home = home.clone();
            move || {
                let lock = home.lock_existing();
                drop(users);
                Ok(lock.is_none_or(|lock| !home.has_users(&lock)))
            }
        })
        .await?;
        if !last {
            return Ok(());
        }
        let begun = Instant::now();
        while !home.has_stopped() {
            // Somebody may join after us, before the watchdog has noticed that we left.
            if home.try_lock().is_some_and(|lock| home.has_users(&lock)) {
                return Ok(());
            }
            if begun.elapsed() > ANSWER_BOUND {
                return Err(still_running());
            }
            sleep(PAUSE).await;
        }
        if let Some(mut watchdog) = watchdog {
            // Its status is in its log; here it only has to be gone.
            let _ = tokio::time::timeout(ANSWER_BOUND, watchdog.wait()).await.map_err(|_| still_running())?;
        }
        Ok(())
    }
}

fn open_home(options: &ClusterOptions) -> Result<Home, ClusterError> {
    match (&options.data_dir, options.kind) {
        (None, Kind::Shared) => Home::open(places::shared_cluster()?),
        (None, Kind::Temporary) => {
            let parent = std::env::temp_dir();
            let made = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempdir_in(&parent);
            Home::open(made.map_err(ClusterError::io("create a directory in", &parent))?.keep())
        }
        (Some(directory), _) if Home::is_taken(directory) => {
            Err(ClusterError::NotEmpty { directory: directory.clone() })
        }
        (Some(directory), _) => Home::open(directory.clone()),
    }
}

async fn join_or_start(home: Home, options: ClusterOptions) -> Result<Cluster, ClusterError> {
    let begun = Instant::now();
    let mut prepared: Option<watchdog::Options> = None;
    loop {
        let (lock, users, running) = blocking({
            let home = home.clone();
            move || {
                let lock = home.lock()?;
                let users = home.join(&lock)?;
                let running = users.is_some().then(|| home.running().filter(Running::answers)).flatten();
                Ok((lock, users, running))
            }
        })
        .await?;
        match (users, prepared.take()) {
            (Some(users), _) => {
                if let Some(running) = running {
                    return Cluster::of(home, running, users, None, options.major);
                }
                // A start whose starter died, or a watchdog that was killed a moment ago: one of them ends soon.
                if begun.elapsed() > ANSWER_BOUND {
                    return Err(ClusterError::NoAnswer { directory: home.directory });
                }
                drop((users, lock));
                sleep(PAUSE).await;
            }
            (None, None) => {
                // Finding, fetching and preparing take time: others may start a shared cluster meanwhile. Of a temporary one
                // nobody else knows, and what nobody has locked is a leftover.
                let held = match options.kind {
                    Kind::Temporary => Some(lock),
                    Kind::Shared => {
                        drop(lock);
                        None
                    }
                };
                if held.is_some() {
                    remove_leftovers().await;
                }
                let watchdog = blocking({
                    let (home, options) = (home.clone(), options.clone());
                    move || prepare(home, &options)
                })
                .await?;
                match held {
                    Some(lock) => return start(home, lock, watchdog, &options).await,
                    None => prepared = Some(watchdog),
                }
            }
            (None, Some(watchdog)) => return start(home, lock, watchdog, &options).await,
        }
    }
}

/// Everything that can be done before the lock is taken.
fn prepare(home: Home, options: &ClusterOptions) -> Result<watchdog::Options, ClusterError> {
    let existing = home.major();
    if let (Some(found), Some(wanted)) = (existing, options.major) {
        check_major(&home, found, wanted)?;
    }
    let account = Account::for_data(&home.data());
    account::check_reachable(&home.directory, account)?;
    let cache = places::cache()?;
    let binaries = find_binaries(options, options.major.or(existing), account, &cache)?;
    let template = match existing {
        Some(_) => None,
        None => Some(template::ensure(&binaries, options.kind, account, &cache)?),
    };
    let settings = server::settings(&binaries, options.kind, &options.settings);
    Ok(watchdog::Options { home, kind: options.kind, binaries, account, template, settings })
}

impl Binaries {
    /// Those that a new cluster of this major version, or of any, would run from: fetched where there are none.
    pub fn find(wanted: Option<u16>) -> Result<Binaries, ClusterError> {
        let cache = places::cache()?;
        let account = Account::for_data(&cache);
        find_binaries(&ClusterOptions::new(Kind::Temporary, ""), wanted, account, &cache)
    }
}

fn find_binaries(
    options: &ClusterOptions,
    wanted: Option<u16>,
    account: Option<Account>,
    cache: &Path,
) -> Result<Binaries, ClusterError> {
    if let Some(named) = Binaries::named(options.bin_dir.as_deref(), wanted, account)? {
        return Ok(named);
    }
    if let Some(found) = Binaries::discover(wanted, account, cache) {
        return Ok(found);
    }
    let install = fetch::install_command();
    if !options.allow_fetch {
        return Err(ClusterError::NoBinaries { wanted, detail: None, install });
    }
    let detail = match fetch::fetch(wanted, cache) {
        Ok(directory) => match Binaries::in_directory(&directory, account) {
            Some(binaries) => return Ok(binaries),
            None => format!("what was fetched to {} does not run here", directory.display()),
        },
        Err(error) => error::on_one_line(&error),
    };
    Err(ClusterError::NoBinaries { wanted, detail: Some(detail), install })
}

/// Starts the watchdog, waits for its word, and joins before the lock is let go.
async fn start(
    home: Home,
    lock: Lock,
    watchdog: watchdog::Options,
    options: &ClusterOptions,
) -> Result<Cluster, ClusterError> {
    let failed = |message: String| ClusterError::Watchdog { directory: home.directory.clone(), message };
    let arguments = watchdog.to_args().map_err(|error| failed(error.to_string()))?;
    let log_path = home.log_path();
    let log = File::options().append(true).create(true).open(&log_path);
    let log =
        log.and_then(|log| log.set_len(0).map(|()| log)).map_err(ClusterError::io("open", &log_path))?;
    let held = lock.0.try_clone().map_err(ClusterError::io("share the lock of", &home.directory))?;
    let mut child = Command::new(&options.watchdog)
        .args(arguments)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::from(held))
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(ClusterError::io("run", &options.watchdog))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let read = BufReader::new(stdout).read_line(&mut line).await;
        read.map_err(|error| failed(error.to_string()))?;
    }
    match line.trim_end() {
        "ready" => {
            let (users, running) = (home.join(&lock)?, home.running());
            let (Some(users), Some(running)) = (users, running) else {
                return Err(failed("it was ended as soon as it had started".to_owned()));
            };
            Cluster::of(home, running, users, Some(child), options.major)
        }
        "" => Err(failed(format!("{} ended without a word", options.watchdog.display()))),
        said => {
            let _ = child.wait().await;
            Err(failed(said.strip_prefix("error: ").unwrap_or(said).to_owned()))
        }
    }
}

impl Cluster {
    fn of(
        home: Home,
        running: Running,
        users: File,
        watchdog: Option<Child>,
        wanted: Option<u16>,
    ) -> Result<Cluster, ClusterError> {
        if let Some(wanted) = wanted {
            check_major(&home, running.binaries.major, wanted)?;
        }
        let data = home.data();
        Ok(Cluster { home, running, data, users, watchdog })
    }
}

fn check_major(home: &Home, found: u16, wanted: u16) -> Result<(), ClusterError> {
    if found == wanted {
        return Ok(());
    }
    Err(ClusterError::OtherMajor { directory: home.directory.clone(), found, wanted })
}

/// Removes a directory that has no watchdog and no users.
fn remove_unused(home: &Home) -> Result<(), ClusterError> {
    let Some(lock) = home.try_lock() else {
        // Without a lock file nothing was ever started in it; only an empty directory goes.
        let _ = fs::remove_dir(&home.directory);
        return Ok(());
    };
    if home.join(&lock)?.is_none() { home.remove() } else { Ok(()) }
}

/// Temporary clusters whose watchdog was killed: nobody else will ever come by to clear them away.
async fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.filter_map(Result::ok) {
        let named_so = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        // Not through links, and not what another user has put there.
        let ours = entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw());
        let (true, true, Ok(directory)) = (named_so, ours, fs::canonicalize(entry.path())) else { continue };
        match remove_leftover(&Home { directory }).await {
            Ok(true) => {
                tracing::info!(directory = %entry.path().display(), "removed a temporary cluster without an owner")
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = error::on_one_line(&error),
                "could not remove an old temporary cluster"
            ),
        }
    }
}

/// Whether there was something to remove: a cluster that has neither maker nor watchdog nor users.
async fn remove_leftover(home: &Home) -> Result<bool, ClusterError> {
    let Some(lock) = home.try_lock() else { return Ok(false) };
    if home.join(&lock)?.is_some() || home.has_users(&lock) {
        return Ok(false);
    }
    server::end_leftover(&home.data()).await?;
    home.remove()?;
    Ok(true)
}

/// Runs what blocks on a thread that may.
async fn blocking<T, F>(work: F) -> Result<T, ClusterError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ClusterError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(|_| ClusterError::Cancelled)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_dsn_survives_odd_names() {
        let running = Running {
            socket_dir: "/tmp/a b/ü&x".into(),
            binaries: Binaries { bin_dir: "/".into(), major: 18, version: "18.4".into() },
            watchdog_pid: 1,
            server_pid: 1,
        };
        let (home, users) = (Home { directory: "/".into() }, tempfile::tempfile().unwrap());
        let cluster = Cluster { data: home.data(), home, running, users, watchdog: None };
        let config: tokio_postgres::Config = cluster.dsn("a/b?c").parse().unwrap();
        assert_eq!(config.get_dbname(), Some("a/b?c"));
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix("/tmp/a b/ü&x".into())]);
        assert_eq!(config.get_user(), Some(USER));
    }
}
