//! What can go wrong with a private cluster, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private cluster could not be started, joined or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Nothing on this machine can run a cluster, and nothing could be fetched.
    #[error(
        "found no usable PostgreSQL{}{}. Install it with `{install}`, name a directory in PGWRIGHT_PG_BIN, or give a DSN in DATABASE_URL",
        .wanted.map(|major| format!(" {major}")).unwrap_or_default(),
        .detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default()
    )]
    NoBinaries {
        /// The major version that was asked for, if any.
        wanted: Option<u16>,
        /// What was tried, and how it failed.
        detail: Option<String>,
        /// The one command that installs PostgreSQL on this operating system.
        install: &'static str,
    },
    /// The directory given as an option or in `PGWRIGHT_PG_BIN` holds no server that runs here.
    #[error("{} holds no PostgreSQL that runs here{}: it needs `initdb` and `postgres` of version 13 or newer",
        .directory.display(),
        .wanted.map(|major| format!(" with major version {major}")).unwrap_or_default())]
    UnusableBinaries {
        /// The directory that was named.
        directory: PathBuf,
        /// The major version that was asked for, if any.
        wanted: Option<u16>,
    },
    /// The cluster exists, and its major version is not the one asked for.
    #[error("the cluster in {} is PostgreSQL {found}, but {wanted} was asked for: leave the version out, or choose another data directory", .directory.display())]
    OtherMajor {
        /// The directory of the cluster.
        directory: PathBuf,
        /// The version it has.
        found: u16,
        /// The version asked for.
        wanted: u16,
    },
    /// No place for the data could be derived from the environment.
    #[error("found no home directory to keep data in: set PGWRIGHT_DATA_DIR")]
    NoHome,
    /// The directory is somebody else's.
    #[error("{} belongs to uid {owner}: run pgwright as that user, or set PGWRIGHT_DATA_DIR to another directory", .directory.display())]
    NotOurs {
        /// The directory in question.
        directory: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A cluster was pointed at a directory that holds something else.
    #[error("{} holds other files: a cluster takes only a new or an empty directory", .directory.display())]
    NotEmpty {
        /// The directory in question.
        directory: PathBuf,
    },
    /// As root the server runs as another user, who cannot get into the directory.
    #[error("PostgreSQL refuses to run as root, and uid {uid}, which runs it instead, cannot enter {}: choose another place with PGWRIGHT_DATA_DIR, PGWRIGHT_CACHE_DIR or TMPDIR", .blocked_at.display())]
    Unreachable {
        /// The first directory on the way that keeps the server out.
        blocked_at: PathBuf,
        /// Who runs the server.
        uid: u32,
    },
    /// A program that a cluster needs failed.
    #[error("{program} failed: {output}")]
    Program {
        /// What was run.
        program: &'static str,
        /// The end of what it said.
        output: String,
    },
    /// The server came up but was never ready, or went down while starting.
    #[error("PostgreSQL did not start in {}: {log}", .directory.display())]
    NotStarted {
        /// The directory of the cluster.
        directory: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// The process that owns the server could not do its work.
    #[error("the cluster in {} could not be started: {message}", .directory.display())]
    Watchdog {
        /// The directory of the cluster.
        directory: PathBuf,
        /// What the watchdog said.
        message: String,
    },
    /// A cluster is there but does not answer.
    #[error("the cluster in {} has an owner but does not answer; its log is {}", .directory.display(), .directory.join("server.log").display())]
    NoAnswer {
        /// The directory of the cluster.
        directory: PathBuf,
    },
    /// The last user left, and the server is still there.
    #[error("the cluster in {} is still stopping; its log is {}", .directory.display(), .directory.join("server.log").display())]
    StillRunning {
        /// The directory of the cluster.
        directory: PathBuf,
    },
    /// The operating system refused something.
    #[error("could not {action} {}: {cause}", .path.display())]
    Io {
        /// What was tried, a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        cause: io::Error,
    },
    /// A background task of this process ended without a result.
    #[error("a background task was cancelled")]
    Cancelled,
}

impl ClusterError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
        let path = path.to_owned();
        move |cause| ClusterError::Io { action, path, cause }
    }
}

/// The message with the messages of its sources, on one line.
pub(super) fn on_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
