//! Templates: a data directory fresh from `initdb`, kept in the cache so that later clusters copy it.
//!
//! One for each full version and set of options. Clusters that come from one template share its system identifier,
//! which matters to physical replication only.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgwright_sql::hexadecimal;
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use super::{Binaries, ClusterError, Kind, places, program};

const BOUND: Duration = Duration::from_secs(300);

/// The template that fits, made if it isn't there yet.
pub(super) fn ensure(
    binaries: &Binaries,
    kind: Kind,
    account: Option<Account>,
    cache: &Path,
) -> Result<PathBuf, ClusterError> {
    let templates = cache.join("templates");
    places::make(&templates).map_err(ClusterError::io("create", &templates))?;
    account::check_reachable(&templates, account)?;
    let template = templates.join(name(binaries, kind, account));
    let lock_path = template.with_added_extension("lock");
    let lock = fs::File::create(&lock_path).map_err(ClusterError::io("create", &lock_path))?;
    lock.lock().map_err(ClusterError::io("lock", &lock_path))?;
    if template.exists() {
        return Ok(template);
    }
    let unfinished = template.with_added_extension("unfinished");
    remove(&unfinished)?;
    account::private_directory(&unfinished, account)?;
    initdb(binaries, kind, account, &unfinished)?;
    fs::rename(&unfinished, &template).map_err(ClusterError::io("move the template to", &template))?;
    Ok(template)
}

fn name(binaries: &Binaries, kind: Kind, account: Option<Account>) -> String {
    let owner = account.map(|account| format!("-uid{}", account.uid)).unwrap_or_default();
    let checksums = if kind == Kind::Shared { "checksums" } else { "plain" };
    // Two builds of one version may differ, in ICU for example.
    let build = Sha256::digest(binaries.bin_dir.as_os_str().as_encoded_bytes());
    let build = hexadecimal(&build[..4]);
    format!("{}-{build}-{checksums}{owner}", binaries.version)
}

/// Copies a template to `data`, whole or not at all, as the server's user.
pub(super) fn copy(template: &Path, data: &Path, account: Option<Account>) -> Result<(), ClusterError> {
    let unfinished = data.with_added_extension("unfinished");
    remove(&unfinished)?;
    account::private_directory(&unfinished, account)?;
    let mut cp = account::command(Path::new("cp"), account);
    cp.arg("-R").arg(template.join(".")).arg(&unfinished);
    program::run("cp", &mut cp, BOUND)?;
    fs::rename(&unfinished, data).map_err(ClusterError::io("move the data directory to", data))
}

/// Forces a data directory to disk, since templates and copies are made without.
pub(super) fn sync(binaries: &Binaries, data: &Path, account: Option<Account>) -> Result<(), ClusterError> {
    let mut command = account::command(&binaries.program("initdb"), account);
    program::run("initdb", command.arg("--sync-only").arg("--pgdata").arg(data), BOUND)
}

fn initdb(
    binaries: &Binaries,
    kind: Kind,
    account: Option<Account>,
    data: &Path,
) -> Result<(), ClusterError> {
    let attempt = |locale: &str| {
        let mut command = account::command(&binaries.program("initdb"), account);
        command.arg("--pgdata").arg(data).args(["--no-sync", "--encoding=UTF8", "--username=postgres"]);
        // The directory of the socket decides who gets in; over TCP nobody does.
        command.args(["--auth-local=trust", "--auth-host=reject"]).arg(format!("--locale={locale}"));
        match kind {
            Kind::Shared => command.arg("--data-checksums"),
            Kind::Temporary if binaries.major >= 18 => command.arg("--no-data-checksums"),
            Kind::Temporary => &mut command,
        };
        program::run("initdb", &mut command, BOUND)
    };
    // An unknown locale fails at once, and initdb leaves the directory empty.
    attempt("C.UTF-8").or_else(|error| attempt("C").map_err(|_| error))
}

/// Removes a directory that may not be there.
pub(super) fn remove(directory: &Path) -> Result<(), ClusterError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::io("remove", directory)(error))
        }
        _ => Ok(()),
    }
}
