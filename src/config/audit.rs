//! How the audit trail is kept: on by default, in the user's state directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Origin, secrets};
use crate::audit::{Place, Settings};

/// The `audit` part of the configuration file.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuditEntry {
    /// Whether calls are recorded.
    pub(crate) enabled: bool,
    /// Directory of the trail, relative to this file; by default `pgwright/audit` in the user's state directory.
    pub(crate) dir: Option<PathBuf>,
    /// Directory of the checkpoint and its key, best on another disk or of another owner; by default `seal` in `dir`.
    pub(crate) seal_dir: Option<PathBuf>,
    /// Key of the checkpoint, by reference: `${env:NAME}`, `${file:PATH}` or `${aws-secret:ID}`; by default one is made in
    /// `seal_dir`.
    pub(crate) key: Option<String>,
    /// How many days records are kept.
    pub(crate) retention_days: u32,
    /// How large a file of records becomes; a new one begins every day in any case.
    pub(crate) rotate_bytes: u64,
}

impl Default for AuditEntry {
    fn default() -> Self {
        Self {
            enabled: true,
            dir: None,
            seal_dir: None,
            key: None,
            retention_days: 30,
            rotate_bytes: 16 * 1024 * 1024,
        }
    }
}

/// The settings of the trail; `None` where it is turned off.
pub(super) fn settings(
    entry: &AuditEntry,
    origin: &Origin,
    base: &Path,
) -> Result<Option<Settings>, ConfigError> {
    if !entry.enabled {
        return Ok(None);
    }
    let key = entry.key.as_ref().map(|key| secrets::resolve("audit.key", key, base)).transpose()?;
    let chosen = origin.audit_dir.clone().or_else(|| entry.dir.as_ref().map(|dir| base.join(dir)));
    let place = chosen.or_else(|| usual(rustix::process::geteuid().is_root(), |name| std::env::var_os(name)));
    let seal = entry.seal_dir.as_ref().map(|dir| base.join(dir));
    let place =
        place.map(|dir| Place { log: dir.join("log"), seal: seal.unwrap_or_else(|| dir.join("seal")), key });
    Ok(Some(Settings { place, retention_days: entry.retention_days, rotate_bytes: entry.rotate_bytes }))
}

/// `$XDG_STATE_HOME/pgwright/audit`, `~/.local/state/pgwright/audit`; of root `/var/lib/pgwright/audit`.
fn usual(root: bool, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = if root {
        Some(PathBuf::from("/var/lib"))
    } else {
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))
    };
    state.map(|state| state.join("pgwright/audit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trail_is_in_the_users_state_directory() {
        let variables = |known: &'static [(&str, &str)]| {
            move |name: &str| known.iter().find(|(given, _)| *given == name).map(|(_, value)| value.into())
        };
        let place = |root, known| usual(root, variables(known)).map(|path| path.display().to_string());
        let home: &[_] = &[("HOME", "/home/me")];
        assert_eq!(place(false, home).as_deref(), Some("/home/me/.local/state/pgwright/audit"));
        let state: &[_] = &[("HOME", "/home/me"), ("XDG_STATE_HOME", "/s")];
        assert_eq!(place(false, state).as_deref(), Some("/s/pgwright/audit"));
        assert_eq!(place(true, state).as_deref(), Some("/var/lib/pgwright/audit"));
        assert_eq!(place(false, &[]), None);
    }
}
