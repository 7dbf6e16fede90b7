//! Who runs the server.
//!
//! PostgreSQL refuses to run as root, so as root everything that touches the data directory runs as an
//! unprivileged account; otherwise as the caller. Either way with a small environment of its own: the server must
//! not inherit the secrets of the process that started it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::ClusterError;

const NOBODY: Account = Account { uid: 65534, gid: 65534 };
const PASSED_ON: [&str; 6] =
    ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LOCPATH"];

/// An unprivileged user that runs the server when we are root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// Nobody else when we are not root; as root the owner of the data, else `postgres`, else 65534.
    pub(super) fn for_data(data: &Path) -> Option<Account> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let owner = fs::metadata(data).ok().filter(|data| data.uid() != 0);
        let owner = owner.map(|data| Account { uid: data.uid(), gid: data.gid() });
        let passwd = || fs::read_to_string("/etc/passwd").ok();
        Some(owner.or_else(|| named("postgres", &passwd()?)).unwrap_or(NOBODY))
    }
}

fn named(name: &str, passwd: &str) -> Option<Account> {
    let mut fields = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.skip(1)))?;
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    (uid != 0).then_some(Account { uid, gid })
}

/// A command of PostgreSQL's, run as the server's user.
pub(super) fn command(program: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
    command.envs(PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(Account { uid, gid }) = account {
        // The standard library drops the supplementary groups of root by itself.
        command.uid(uid).gid(gid);
    }
    command
}

/// Makes a directory that only the server's user can enter.
pub(super) fn private_directory(directory: &Path, account: Option<Account>) -> Result<(), ClusterError> {
    fs::create_dir(directory).map_err(ClusterError::io("create", directory))?;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
        .map_err(ClusterError::io("restrict", directory))?;
    if let Some(Account { uid, gid }) = account {
        chown(directory, Some(uid), Some(gid)).map_err(ClusterError::io("hand over", directory))?;
    }
    Ok(())
}

/// Checks that the server's user can enter a directory, which must exist.
pub(super) fn check_reachable(directory: &Path, account: Option<Account>) -> Result<(), ClusterError> {
    let Some(account) = account else { return Ok(()) };
    let directory = fs::canonicalize(directory).map_err(ClusterError::io("resolve", directory))?;
    match first_closed(&directory, account) {
        Some(blocked_at) => Err(ClusterError::Unreachable { blocked_at, uid: account.uid }),
        None => Ok(()),
    }
}

fn first_closed(directory: &Path, account: Account) -> Option<PathBuf> {
    let closed = |step: &&Path| {
        let Ok(step) = fs::metadata(step) else { return true };
        let enter = match () {
            () if step.uid() == account.uid => 0o100,
            () if step.gid() == account.gid => 0o010,
            () => 0o001,
        };
        step.mode() & enter == 0
    };
    let mut steps: Vec<&Path> = directory.ancestors().collect();
    steps.reverse();
    steps.into_iter().find(|step| closed(step)).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:7::/:/bin/sh\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn the_postgres_user_is_found_by_its_whole_name() {
        assert_eq!(named("postgres", PASSWD), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(named("absent", PASSWD), None);
        assert_eq!(named("root", PASSWD), None, "root can't run a server");
    }

    #[test]
    fn a_closed_parent_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let inner = parent.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let other = Account { uid: 54321, gid: 54321 };
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(first_closed(&inner, other), Some(parent.path().to_owned()));
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(first_closed(&inner, other), None);
    }

    #[test]
    fn the_server_does_not_inherit_our_environment() {
        let output = command(Path::new("/usr/bin/env"), None).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert!(output.lines().any(|line| line == "LC_ALL=C"));
        assert!(!output.contains("CARGO"), "this test runs with CARGO_* variables, and they went through");
    }
}
