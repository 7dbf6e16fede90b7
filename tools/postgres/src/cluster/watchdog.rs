//! The process that owns a cluster's server, and outlives whoever started it.
//!
//! It runs as a hidden subcommand of our own executable. It holds the reading end of the FIFO `users`; when nobody
//! holds the other end any more, it stops the server, removes what is left and ends. So a user that is killed
//! (`kill -9` too) never leaves a server behind.
//!
//! Its starter gives it the locked lock file as standard input. The lock belongs to the open file, not to a
//! process: it stays while the watchdog works on the start, even if the starter dies meanwhile. One line goes to
//! standard output, `ready` or `error: …`; then both are let go.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use tokio::net::unix::pipe::Receiver;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::account::{self, Account};
use super::error::on_one_line;
use super::home::{Home, Lock, Running, has_writers};
use super::server::{self, Server};
use super::{Binaries, ClusterError, Kind, template};

/// The hidden subcommand that calls [`run`].
pub const SUBCOMMAND: &str = "cluster-watchdog";

/// What a watchdog is told; its own starter writes it, so it is no stable format.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    pub(super) home: Home,
    pub(super) kind: Kind,
    pub(super) binaries: Binaries,
    pub(super) account: Option<Account>,
    /// Copied if the cluster has no data yet.
    pub(super) template: Option<PathBuf>,
    pub(super) settings: BTreeMap<String, String>,
}

impl Options {
    /// The arguments of our executable that start this watchdog: the subcommand and one argument in JSON.
    pub fn to_args(&self) -> io::Result<[OsString; 2]> {
        Ok([SUBCOMMAND.into(), serde_json::to_string(self)?.into()])
    }

    /// Reads the argument that follows the subcommand.
    pub fn from_arg(argument: &str) -> Result<Options, serde_json::Error> {
        serde_json::from_str(argument)
    }
}

/// Owns a cluster until nobody uses it. Starts a runtime of its own, so it must be called outside of any.
pub fn run(options: Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(watch(options)),
        Err(error) => {
            tell(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The starter has led standard error to the cluster's log.
            eprintln!("pgwright: {}", on_one_line(&error));
            ExitCode::FAILURE
        }
    }
}

async fn watch(options: Options) -> Result<(), ClusterError> {
    let mut signals = Signals::listen()?;
    let mut cluster = match start(&options).await {
        Ok(cluster) => cluster,
        Err(error) => {
            tell(&format!("error: {}", on_one_line(&error)));
            remove_if_temporary(&options);
            return Err(error);
        }
    };
    tell("ready");
    let lock = match let_go_of_starter() {
        Ok(()) => until_unused(&options.home, &mut cluster, &mut signals).await,
        Err(error) => Err(error),
    };
    // Without the lock it still has to stop: better a join that fails than a server that nobody owns.
    stop(&options, cluster).await;
    lock.map(drop)
}

struct Cluster {
    server: Server,
    users: File,
    socket_dir: PathBuf,
}

async fn start(options: &Options) -> Result<Cluster, ClusterError> {
    let Options { home, kind, binaries, account, template, settings } = options;
    let users = home.watch_users()?;
    let data = home.data();
    server::end_leftover(&data).await?;
    if let Some(previous) = home.running() {
        home.clear(&previous.socket_dir);
    }
    if let (Some(template), None) = (template, home.major()) {
        template::remove(&data)?;
        template::copy(template, &data, *account)?;
        if *kind == Kind::Shared {
            template::sync(binaries, &data, *account)?;
        }
    }
    account::check_reachable(&home.directory, *account)?;
    let socket_dir = home.make_socket_dir(*account)?;
    let started = match Server::start(home, binaries, *account, &socket_dir, settings).await {
        Ok(server) => announce(options, &socket_dir, server).await,
        Err(error) => Err(error),
    };
    match started {
        Ok(server) => Ok(Cluster { server, users, socket_dir }),
        Err(error) => {
            home.clear(&socket_dir);
            Err(error)
        }
    }
}

async fn announce(options: &Options, socket_dir: &Path, server: Server) -> Result<Server, ClusterError> {
    let running = Running {
        socket_dir: socket_dir.to_owned(),
        binaries: options.binaries.clone(),
        watchdog_pid: std::process::id().cast_signed(),
        server_pid: server.pid.as_raw_nonzero().get(),
    };
    match options.home.announce(&running) {
        Ok(()) => Ok(server),
        Err(error) => {
            server.stop(options.kind).await;
            Err(error)
        }
    }
}

/// Waits until the cluster has to end, and returns holding the lock, so that nobody joins any more.
async fn until_unused(
    home: &Home,
    cluster: &mut Cluster,
    signals: &mut Signals,
) -> Result<Lock, ClusterError> {
    loop {
        // The first time round this waits for the starter, who joins before it lets the lock go.
        let lock = lock(home).await?;
        if !has_writers(&cluster.users) {
            return Ok(lock);
        }
        // A new reading end for each wait: one that has seen the writers go reports that for ever.
        let users = Receiver::from_file(home.watch_users()?);
        let users = users.map_err(ClusterError::io("watch the users of", &home.directory))?;
        drop(lock);
        tokio::select! {
            () = all_gone(&users) => {}
            status = cluster.server.ended() => {
                eprintln!("pgwright: the server ended by itself: {status:?}");
                return self::lock(home).await;
            }
            () = signals.asked_to_end() => return self::lock(home).await,
        }
    }
}

/// Waits until nobody holds the FIFO open for writing, or that can't be told.
async fn all_gone(users: &Receiver) {
    loop {
        if users.readable().await.is_err() {
            return;
        }
        match users.try_read(&mut [0; 64]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
            // Users have nothing to say.
            Ok(_) => {}
        }
    }
}

async fn lock(home: &Home) -> Result<Lock, ClusterError> {
    let home = home.clone();
    tokio::task::spawn_blocking(move || home.lock()).await.map_err(|_| ClusterError::Cancelled)?
}

async fn stop(options: &Options, cluster: Cluster) {
    cluster.server.stop(options.kind).await;
    // Whoever waits for the lock must not find a reader and think that we are still there.
    drop(cluster.users);
    if options.kind == Kind::Shared || cluster.socket_dir.parent() != Some(&options.home.directory) {
        options.home.clear(&cluster.socket_dir);
    }
    remove_if_temporary(options);
}

fn remove_if_temporary(options: &Options) {
    if options.kind == Kind::Temporary
        && let Err(error) = options.home.remove()
    {
        eprintln!("pgwright: {}", on_one_line(&error));
    }
}

fn tell(line: &str) {
    // A starter that is gone can't be told.
    let _ = writeln!(io::stdout(), "{line}").and_then(|()| io::stdout().flush());
}

fn let_go_of_starter() -> Result<(), ClusterError> {
    let null = Path::new("/dev/null");
    let file = File::options().read(true).write(true).open(null).map_err(ClusterError::io("open", null))?;
    let replaced = rustix::stdio::dup2_stdin(&file).and_then(|()| rustix::stdio::dup2_stdout(&file));
    replaced.map_err(|error| ClusterError::io("switch to", null)(error.into()))
}

struct Signals {
    term: Signal,
    interrupt: Signal,
    /// Listened to so that it doesn't end us: a closed terminal is no reason to stop.
    _hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Signals, ClusterError> {
        let listen =
            |kind| signal(kind).map_err(ClusterError::io("listen for signals in", &PathBuf::from("/")));
        Ok(Signals {
            term: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            _hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn asked_to_end(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
