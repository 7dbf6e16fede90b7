//! Where a cluster lives, where its binaries and templates are kept.
//!
//! | | data | cache |
//! |---|---|---|
//! | variable | `PGWRIGHT_DATA_DIR` | `PGWRIGHT_CACHE_DIR` |
//! | user | `$XDG_DATA_HOME/pgwright`, `~/.local/share/pgwright` | `$XDG_CACHE_HOME/pgwright`, `~/.cache/pgwright` |
//! | root | `/var/lib/pgwright` | `/var/cache/pgwright` |
//!
//! Root has places of its own since its home is closed to the user that runs the server.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::ClusterError;

/// The directory of the shared cluster.
pub(super) fn shared_cluster() -> Result<PathBuf, ClusterError> {
    Ok(place("PGWRIGHT_DATA_DIR", "XDG_DATA_HOME", ".local/share", "/var/lib")
        .ok_or(ClusterError::NoHome)?
        .join("cluster"))
}

/// The cache directory, made if needed; below the temporary directory where the proper place can't be written.
pub(super) fn cache() -> Result<PathBuf, ClusterError> {
    let proper = place("PGWRIGHT_CACHE_DIR", "XDG_CACHE_HOME", ".cache", "/var/cache");
    if let Some(proper) = proper.filter(|proper| make(proper).is_ok_and(|()| is_writable(proper))) {
        return Ok(proper);
    }
    let ours = rustix::process::geteuid().as_raw();
    let fallback = std::env::temp_dir().join(format!("pgwright-cache-{ours}"));
    make(&fallback).map_err(ClusterError::io("create", &fallback))?;
    // Anybody can make a directory of that name first.
    let found = fs::symlink_metadata(&fallback).map_err(ClusterError::io("read", &fallback))?;
    if !found.is_dir() || found.uid() != ours {
        return Err(ClusterError::NotOurs { directory: fallback, owner: found.uid() });
    }
    Ok(fallback)
}

/// Makes a directory and its parents, open for reading as far as the umask allows.
pub(super) fn make(directory: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(directory)
}

fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

fn place(own: &str, xdg: &str, below_home: &str, as_root: &str) -> Option<PathBuf> {
    let root = rustix::process::geteuid().is_root();
    choose(
        root,
        |name| std::env::var_os(name).filter(|value| !value.is_empty()),
        own,
        xdg,
        below_home,
        as_root,
    )
}

fn choose(
    root: bool,
    variable: impl Fn(&str) -> Option<OsString>,
    own: &str,
    xdg: &str,
    below_home: &str,
    as_root: &str,
) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(chosen) = variable(own) {
        return std::path::absolute(chosen).ok();
    }
    if root {
        return Some(Path::new(as_root).join("pgwright"));
    }
    Some(absolute(xdg).or_else(|| Some(absolute("HOME")?.join(below_home)))?.join("pgwright"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn data(root: bool, variables: &[(&str, &str)]) -> Option<PathBuf> {
        let variable =
            |name: &str| Some(OsString::from(variables.iter().find(|(known, _)| *known == name)?.1));
        choose(root, variable, "PGWRIGHT_DATA_DIR", "XDG_DATA_HOME", ".local/share", "/var/lib")
    }

    #[test]
    fn our_own_variable_wins_then_xdg_then_home() {
        let all = [("PGWRIGHT_DATA_DIR", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(data(false, &all), Some("/a".into()));
        assert_eq!(data(false, &all[1..]), Some("/b/pgwright".into()));
        assert_eq!(data(false, &all[2..]), Some("/c/.local/share/pgwright".into()));
        assert_eq!(data(false, &[]), None);
    }

    #[test]
    fn root_stays_out_of_its_closed_home() {
        let all = [("XDG_DATA_HOME", "/home/me/x"), ("HOME", "/home/me")];
        assert_eq!(data(true, &all), Some("/var/lib/pgwright".into()));
        assert_eq!(data(true, &[("PGWRIGHT_DATA_DIR", "/a")]), Some("/a".into()));
    }
}
