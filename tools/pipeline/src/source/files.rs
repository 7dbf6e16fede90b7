//! Finding the files of a source: a path with wildcards, resolved against the definition's folder, and never outside the
//! folders that the configuration names.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::SourceError;

/// One file to load.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Where it really is, links followed.
    pub(crate) path: PathBuf,
    /// How it is shown: relative to the definition's folder where it lies in it.
    pub(crate) shown: String,
    pub(crate) bytes: u64,
}

/// What tells one state of a file from another, short of reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl SourceFile {
    /// Opens it, with its present stamp.
    pub(crate) fn open(&self) -> Result<(File, Stamp), SourceError> {
        let opened = File::open(&self.path).and_then(|file| Ok((Stamp::of(&file)?, file)));
        opened.map(|(stamp, file)| (file, stamp)).map_err(|source| self.unreadable(source))
    }

    /// The hash of its content.
    pub(crate) fn sha256(&self) -> Result<String, SourceError> {
        let (file, _) = self.open()?;
        super::hash::of(file).map_err(|source| self.unreadable(source))
    }

    pub(crate) fn unreadable(&self, source: std::io::Error) -> SourceError {
        SourceError::Unreadable { path: PathBuf::from(&self.shown), source }
    }
}

impl Stamp {
    pub(crate) fn of(file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { bytes: metadata.len(), modified: metadata.modified().ok() })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// All files that `pattern` matches, by name. They lie under one of `roots` after links are followed.
pub(crate) fn find(folder: &Path, pattern: &str, roots: &[PathBuf]) -> Result<Vec<SourceFile>, SourceError> {
    let roots: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let folder = folder
        .canonicalize()
        .map_err(|source| SourceError::Unreadable { path: folder.to_path_buf(), source })?;
    let mut found = vec![PathBuf::new()];
    for part in folder.join(pattern).components() {
        found = match part {
            Component::Normal(name) => match name.to_str() {
                Some(wild) if is_wild(wild) => matching(&found, wild),
                _ => found.into_iter().map(|path| path.join(name)).collect(),
            },
            other => found.into_iter().map(|path| path.join(other)).collect(),
        };
    }
    let wild = is_wild(pattern);
    let mut files = Vec::new();
    for path in found {
        // A folder that a wildcard happens to match is no file to load.
        if !(wild && path.is_dir()) {
            files.push(source_file(&path, &folder, &roots)?);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    if files.is_empty() {
        return Err(SourceError::NoFile { pattern: pattern.to_owned() });
    }
    Ok(files)
}

/// A path that an operator or a local caller named, checked like a source.
pub(crate) fn allowed(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SourceError> {
    let real =
        path.canonicalize().map_err(|source| SourceError::Unreadable { path: path.to_path_buf(), source })?;
    let within = roots.iter().filter_map(|root| root.canonicalize().ok()).any(|root| real.starts_with(root));
    if within { Ok(real) } else { Err(SourceError::OutsideRoots { path: path.to_path_buf() }) }
}

fn source_file(path: &Path, folder: &Path, roots: &[PathBuf]) -> Result<SourceFile, SourceError> {
    let shown = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let unreadable = |source| SourceError::Unreadable { path: PathBuf::from(&shown), source };
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(SourceError::NoFile { pattern: shown });
        }
        Err(error) => return Err(unreadable(error)),
    };
    if !roots.iter().any(|root| real.starts_with(root)) {
        return Err(SourceError::OutsideRoots { path: PathBuf::from(&shown) });
    }
    let metadata = fs::metadata(&real).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a regular file")));
    }
    Ok(SourceFile { path: real, bytes: metadata.len(), shown })
}

fn is_wild(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

fn matching(folders: &[PathBuf], wild: &str) -> Vec<PathBuf> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let pattern: Vec<char> = wild.chars().collect();
    entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (wild.starts_with('.') || !name.starts_with('.'))
                && matches(&pattern, &name.chars().collect::<Vec<_>>())
        })
        .map(|entry| entry.path())
        .collect()
}

fn matches(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        ['?', rest @ ..] => !name.is_empty() && matches(rest, &name[1..]),
        ['[', rest @ ..] => match (rest.iter().position(|symbol| *symbol == ']'), name) {
            (Some(end), [first, tail @ ..]) => {
                in_class(&rest[..end], *first) && matches(&rest[end + 1..], tail)
            }
            _ => false,
        },
        [symbol, rest @ ..] => name.first() == Some(symbol) && matches(rest, &name[1..]),
    }
}

fn in_class(class: &[char], symbol: char) -> bool {
    let (negated, class) = match class {
        ['!', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut at = 0;
    let mut found = false;
    while at < class.len() {
        if let [low, '-', high, ..] = class[at..] {
            found |= (low..=high).contains(&symbol);
            at += 3;
        } else {
            found |= class[at] == symbol;
            at += 1;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(folder: &Path, pattern: &str, roots: &[PathBuf]) -> Result<Vec<String>, &'static str> {
        let found = find(folder, pattern, roots).map_err(|error| error.code())?;
        Ok(found.into_iter().map(|file| file.shown).collect())
    }

    #[test]
    fn wildcards_match_names_in_order() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        for name in ["in/b.csv", "in/a.csv", "in/a1.csv", "in/.c.csv", "in/d.txt", "in2/a.csv"] {
            fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            fs::write(folder.join(name), "x").unwrap();
        }
        let roots = [folder.to_path_buf()];
        assert_eq!(shown(folder, "in/*.csv", &roots).unwrap(), ["in/a.csv", "in/a1.csv", "in/b.csv"]);
        assert_eq!(shown(folder, "in*/a.csv", &roots).unwrap(), ["in/a.csv", "in2/a.csv"]);
        assert_eq!(shown(folder, "in/[!a]?csv", &roots).unwrap(), ["in/b.csv"]);
        assert_eq!(shown(folder, "in/[a-c]?.csv", &roots).unwrap(), ["in/a1.csv"]);
        assert_eq!(shown(folder, "in/*.parquet", &roots), Err("no_files"));
        assert_eq!(shown(folder, "in/z.csv", &roots), Err("no_files"));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_the_roots_is_opened() {
        let root = tempfile::tempdir().unwrap();
        let (inside, outside) = (root.path().join("inside"), root.path().join("outside"));
        fs::create_dir_all(&inside).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("a.csv"), "x").unwrap();
        std::os::unix::fs::symlink(outside.join("a.csv"), inside.join("link.csv")).unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("folder")).unwrap();
        let roots = [inside.clone()];
        for pattern in
            ["link.csv", "*.csv", "folder/a.csv", "folder/*.csv", "../outside/a.csv", "/etc/passwd"]
        {
            assert_eq!(shown(&inside, pattern, &roots), Err("path_not_allowed"), "{pattern}");
        }
    }
}
