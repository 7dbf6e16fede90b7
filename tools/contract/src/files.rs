//! Files of this machine that a caller names: only where policy lets it, and only under the configured directories.

use std::path::{Path, PathBuf};

use crate::{Call, ToolError};

/// Where a file really is that this call names, after all links: a regular file under one of `roots`. `instead` says what
/// the caller may do otherwise.
pub fn named_file(call: &Call, roots: &[PathBuf], file: &str, instead: &str) -> Result<PathBuf, ToolError> {
    let refused = |reason: &str| ToolError::new("file_refused", format!("{file}: {reason}"));
    if !call.grant.names_files() {
        return Err(refused("files can be named by local callers only").hint(instead));
    }
    let path = under_a_root(roots, Path::new(file)).ok_or_else(|| {
        let shown: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
        refused("no such file under the configured directories").hint(match shown.as_slice() {
            [] => format!("no directory is configured; {instead}"),
            some => format!("looked under {}", some.join(", ")),
        })
    })?;
    if path.is_file() { Ok(path) } else { Err(refused("not a file")) }
}

fn under_a_root(roots: &[PathBuf], file: &Path) -> Option<PathBuf> {
    roots.iter().find_map(|root| {
        let root = root.canonicalize().ok()?;
        root.join(file).canonicalize().ok().filter(|path| path.starts_with(&root))
    })
}
