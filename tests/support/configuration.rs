//! A `pgwright.yaml` in a folder of its own.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// The file, and whatever a test puts beside it; removed when dropped.
pub struct Configuration {
    folder: TempDir,
    path: String,
}

impl Configuration {
    pub fn new(yaml: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("pgwright.yaml");
        fs::write(&path, yaml).unwrap();
        Self { path: path.to_str().unwrap().to_owned(), folder }
    }

    /// What `--config` takes.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
