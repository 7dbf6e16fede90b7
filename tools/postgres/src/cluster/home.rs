//! The directory of a cluster, and how processes agree about it.
//!
//! ```text
//!   <directory>/
//!     lock          flock: held while somebody joins, starts or stops the cluster
//!     users         FIFO: every user holds it open for writing, the watchdog for reading
//!     running.json  there while the server takes connections
//!     server.log    of the watchdog and the server, emptied at each start
//!     data/         PostgreSQL's data directory
//!     run/          the socket (elsewhere if this path is too long for one)
//! ```
//!
//! The kernel counts the users: it closes the FIFO of a process that dies in whatever way. Everything here belongs
//! to the caller; only `data/` and `run/` belong to the user that runs the server, when that is another.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::account::{self, Account};
use super::{Binaries, ClusterError, places, template};

/// PostgreSQL's socket file for this port, with its directory, must fit the smallest limit (macOS: 104 with the NUL).
const LONGEST_SOCKET: usize = 103;
/// Only part of the socket's name: the server doesn't listen on TCP.
pub(super) const PORT: u16 = 5432;

/// The directory of one cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Home {
    pub(super) directory: PathBuf,
}

/// What users need to know of a server that takes connections.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Running {
    pub(super) socket_dir: PathBuf,
    pub(super) binaries: Binaries,
    pub(super) watchdog_pid: i32,
    pub(super) server_pid: i32,
}

/// Nobody joins, starts or stops the cluster while this lives.
#[derive(Debug)]
pub(super) struct Lock(pub(super) File);

impl Home {
    /// Makes the directory where it isn't there yet.
    pub(super) fn open(directory: PathBuf) -> Result<Home, ClusterError> {
        places::make(&directory).map_err(ClusterError::io("create", &directory))?;
        let directory = fs::canonicalize(&directory).map_err(ClusterError::io("resolve", &directory))?;
        let found = fs::metadata(&directory).map_err(ClusterError::io("read", &directory))?;
        let us = rustix::process::geteuid();
        if found.uid() != us.as_raw() {
            return Err(ClusterError::NotOurs { directory, owner: found.uid() });
        }
        // The server's user passes through root's directory on its way to the data, and reads nothing in it.
        let mode = if us.is_root() { 0o711 } else { 0o700 };
        fs::set_permissions(&directory, Permissions::from_mode(mode))
            .map_err(ClusterError::io("restrict", &directory))?;
        Ok(Home { directory })
    }

    /// Whether a directory holds files, and they aren't a cluster's.
    pub(super) fn is_taken(directory: &Path) -> bool {
        let home = Home { directory: directory.to_owned() };
        let has_files = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
        has_files && !home.lock_path().exists()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The major version of the data that is there.
    pub(super) fn major(&self) -> Option<u16> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    fn lock_path(&self) -> PathBuf {
        self.directory.join("lock")
    }

    fn users_path(&self) -> PathBuf {
        self.directory.join("users")
    }

    fn running_path(&self) -> PathBuf {
        self.directory.join("running.json")
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    /// Waits for the lock, to join or to start.
    pub(super) fn lock(&self) -> Result<Lock, ClusterError> {
        let path = self.lock_path();
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
            match file.and_then(|file| file.lock().map(|()| file)) {
                // While we waited, the directory may have been removed, and made again.
                Ok(file) if same_file(&file, &path) => return Ok(Lock(file)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Home::open(self.directory.clone())?;
                }
                Err(error) => return Err(ClusterError::io("lock", &path)(error)),
            }
        }
    }

    /// Waits for the lock, to leave; nothing if the cluster is gone.
    pub(super) fn lock_existing(&self) -> Option<Lock> {
        let file = OpenOptions::new().write(true).open(self.lock_path()).ok()?;
        file.lock().ok()?;
        same_file(&file, &self.lock_path()).then_some(Lock(file))
    }

    /// The lock if nobody has it.
    pub(super) fn try_lock(&self) -> Option<Lock> {
        let file = OpenOptions::new().write(true).open(self.lock_path()).ok()?;
        file.try_lock().ok()?;
        same_file(&file, &self.lock_path()).then_some(Lock(file))
    }

    /// Counts us as a user while the file is open; nothing if there is no watchdog.
    ///
    /// The lock must be held: a watchdog decides under it that nobody is left.
    pub(super) fn join(&self, _: &Lock) -> Result<Option<File>, ClusterError> {
        match self.open_users(OFlags::WRONLY) {
            Ok(users) => Ok(Some(users)),
            // A FIFO without a reader refuses writers that don't want to wait.
            Err(Errno::NXIO | Errno::NOENT) => Ok(None),
            Err(error) => Err(ClusterError::io("open", &self.users_path())(error.into())),
        }
    }

    /// The watchdog's end of the FIFO; reading it tells whether there are users.
    pub(super) fn watch_users(&self) -> Result<File, ClusterError> {
        let path = self.users_path();
        if !path.exists() {
            make_fifo(&path).map_err(ClusterError::io("create", &path))?;
        }
        self.open_users(OFlags::RDONLY).map_err(|error| ClusterError::io("open", &path)(error.into()))
    }

    /// Whether anybody uses the cluster. The lock must be held.
    pub(super) fn has_users(&self, _: &Lock) -> bool {
        self.open_users(OFlags::RDONLY).is_ok_and(|users| has_writers(&users))
    }

    fn open_users(&self, direction: OFlags) -> Result<File, Errno> {
        let flags = direction | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file: OwnedFd = rustix::fs::open(self.users_path(), flags, Mode::empty())?;
        Ok(File::from(file))
    }

    /// Where the socket goes, made anew, so that no stale file is in it.
    pub(super) fn make_socket_dir(&self, account: Option<Account>) -> Result<PathBuf, ClusterError> {
        let inside = self.directory.join("run");
        template::remove(&inside)?;
        if socket_length(&inside) <= LONGEST_SOCKET {
            account::private_directory(&inside, account)?;
            return Ok(inside);
        }
        // Nobody can take a name first that nobody knows.
        let short = tempfile::Builder::new().prefix("pgw-").tempdir_in(std::env::temp_dir());
        let short = short.map_err(ClusterError::io("create a directory in", &std::env::temp_dir()))?.keep();
        fs::remove_dir(&short).map_err(ClusterError::io("replace", &short))?;
        account::private_directory(&short, account)?;
        account::check_reachable(&short, account)?;
        Ok(short)
    }

    pub(super) fn running(&self) -> Option<Running> {
        serde_json::from_slice(&fs::read(self.running_path()).ok()?).ok()
    }

    pub(super) fn announce(&self, running: &Running) -> Result<(), ClusterError> {
        let path = self.running_path();
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            file.write_all(&serde_json::to_vec(running)?)?;
            file.persist(&path)?;
            Ok::<_, io::Error>(())
        };
        write().map_err(ClusterError::io("write", &path))
    }

    /// Removes what only belongs to a running server; what can't be removed is harmless.
    pub(super) fn clear(&self, socket_dir: &Path) {
        let _ = fs::remove_dir_all(socket_dir);
        let _ = fs::remove_file(self.running_path());
    }

    /// Removes the cluster with its data. The lock must be held.
    pub(super) fn remove(&self) -> Result<(), ClusterError> {
        // Away first, so that whoever comes meanwhile finds nothing, rather than half of it.
        let away = self.directory.with_added_extension("gone");
        match fs::rename(&self.directory, &away) {
            Ok(()) => template::remove(&away),
            Err(_) => template::remove(&self.directory),
        }
    }

    pub(super) fn has_stopped(&self) -> bool {
        !self.running_path().exists()
    }
}

impl Running {
    /// Whether the server accepts connections; whether it then answers is the pool's business.
    pub(super) fn answers(&self) -> bool {
        UnixStream::connect(socket(&self.socket_dir)).is_ok()
    }
}

/// Whether anybody holds the FIFO open for writing, seen from its reading end.
pub(super) fn has_writers(mut users: &File) -> bool {
    // Users write nothing, but a stray byte must not look like an end.
    !matches!(users.read(&mut [0; 64]), Ok(0))
}

fn socket(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

fn socket_length(directory: &Path) -> usize {
    // The server makes a lock file of the same name with this ending, but only the socket's length is limited.
    socket(directory).as_os_str().len()
}

fn same_file(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

#[cfg(not(target_vendor = "apple"))]
fn make_fifo(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::mkfifoat(rustix::fs::CWD, path, Mode::RUSR | Mode::WUSR)?)
}

#[cfg(target_vendor = "apple")]
fn make_fifo(path: &Path) -> io::Result<()> {
    let status = std::process::Command::new("/usr/bin/mkfifo").args(["-m", "600"]).arg(path).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("mkfifo failed")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn users_are_counted_by_the_kernel() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(directory.path().to_owned()).unwrap();
        let lock = home.lock().unwrap();
        assert!(home.join(&lock).unwrap().is_none(), "no watchdog, no joining");

        let watch = home.watch_users().unwrap();
        assert!(!has_writers(&watch));
        let one = home.join(&lock).unwrap().unwrap();
        let other = home.join(&lock).unwrap().unwrap();
        drop(one);
        assert!(has_writers(&watch), "one is left");
        drop(other);
        assert!(!has_writers(&watch));
        drop(watch);
        assert!(home.join(&lock).unwrap().is_none(), "the watchdog is gone");
    }

    #[test]
    fn a_lock_is_never_held_on_a_removed_directory() {
        let parent = tempfile::tempdir().unwrap();
        let home = Home::open(parent.path().join("cluster")).unwrap();
        let first = home.lock().unwrap();
        assert!(home.try_lock().is_none());
        fs::remove_dir_all(&home.directory).unwrap();
        assert!(home.try_lock().is_none(), "there is nothing to lock");
        drop(first);
        let again = Home::open(parent.path().join("cluster")).unwrap();
        let _held = again.lock().unwrap();
        assert!(again.try_lock().is_none());
    }

    #[test]
    fn a_long_path_gets_its_socket_elsewhere() {
        let parent = tempfile::tempdir().unwrap();
        let short = Home::open(parent.path().join("short")).unwrap();
        assert_eq!(short.make_socket_dir(None).unwrap(), short.directory.join("run"));

        let long = Home::open(parent.path().join("x".repeat(100))).unwrap();
        let elsewhere = long.make_socket_dir(None).unwrap();
        assert!(socket_length(&elsewhere) <= LONGEST_SOCKET, "{}", elsewhere.display());
        assert_eq!(fs::metadata(&elsewhere).unwrap().mode() & 0o777, 0o700);
        fs::remove_dir_all(elsewhere).unwrap();
    }
}
