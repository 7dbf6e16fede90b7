//! Finding the files of a source: a path with wildcards, resolved against the definition's folder, and never outside the
//! folders that the configuration names.

use std::fs::{self, File, Metadata};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::SourceError;

/// One file to load.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Where it really is, links followed.
    pub(crate) path: PathBuf,
    /// How it is shown: relative to the definition's folder where it lies in it.
    pub(crate) shown: String,
    pub(crate) bytes: u64,
    /// Its state when it was found: everything that is read of it later must be of that state.
    pub(super) stamp: Stamp,
}

/// What tells one state of a file from another, short of reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl SourceFile {
    /// Opens it, if it is still the file that was found.
    pub(crate) fn open(&self) -> Result<File, SourceError> {
        let file = File::open(&self.path).map_err(|source| self.unreadable(source))?;
        self.unchanged(&file)?;
        Ok(file)
    }

    /// Whether what was opened is in the state in which the file was found.
    pub(crate) fn unchanged(&self, file: &File) -> Result<(), SourceError> {
        let now = file.metadata().map_err(|source| self.unreadable(source))?;
        if Stamp::of(&now) == self.stamp { Ok(()) } else { Err(self.changed()) }
    }

    /// The hash of its content.
    pub(crate) fn sha256(&self, stop: &CancellationToken) -> Result<String, SourceError> {
        let file = self.open()?;
        let hash = super::hash::of(&file, stop).map_err(|source| self.unreadable(source))?;
        self.unchanged(&file)?;
        Ok(hash)
    }

    pub(crate) fn changed(&self) -> SourceError {
        SourceError::Changed { path: PathBuf::from(&self.shown) }
    }

    pub(crate) fn unreadable(&self, source: std::io::Error) -> SourceError {
        SourceError::Unreadable { path: PathBuf::from(&self.shown), source }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// All files that `pattern` matches, by name. They lie under one of `roots` after links are followed.
pub(crate) fn find(folder: &Path, pattern: &str, roots: &[PathBuf]) -> Result<Vec<SourceFile>, SourceError> {
    let roots: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let folder = folder
        .canonicalize()
        .map_err(|source| SourceError::Unreadable { path: folder.to_path_buf(), source })?;
    let mut found = vec![PathBuf::new()];
    let written = folder.join(pattern);
    let mut parts = written.components().peekable();
    while let Some(part) = parts.next() {
        found = match part {
            Component::Normal(name) => match name.to_str() {
                Some(wild) if is_wild(wild) => {
                    let mut matched = matching(&found, wild, &folder, &roots)?;
                    if parts.peek().is_some() {
                        matched.retain(|path| path.is_dir());
                    }
                    matched
                }
                _ => found.into_iter().map(|path| path.join(name)).collect(),
            },
            other => found.into_iter().map(|path| path.join(other)).collect(),
        };
    }
    let wild = is_wild(pattern);
    let mut files = Vec::new();
    for path in found {
        match source_file(&path, &folder, &roots) {
            Ok(file) => files.push(file),
            // A folder that a wildcard matches is no file to load, and not every folder has what is looked for.
            Err(SourceError::NoFile { .. }) if wild && path.symlink_metadata().is_err() => {}
            Err(_) if wild && path.is_dir() => {}
            Err(error) => return Err(error),
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
    within(path, &shown, roots)?;
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(SourceError::NoFile { pattern: shown });
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = fs::metadata(&real).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a regular file")));
    }
    Ok(SourceFile { path: real, stamp: Stamp::of(&metadata), bytes: metadata.len(), shown })
}

/// Whether a path, or the nearest of its ancestors that exists, lies under a root: what lies elsewhere is not even told
/// to be missing.
fn within(path: &Path, shown: &str, roots: &[PathBuf]) -> Result<(), SourceError> {
    let nearest = path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    if nearest.is_some_and(|real| roots.iter().any(|root| real.starts_with(root))) {
        return Ok(());
    }
    Err(SourceError::OutsideRoots { path: PathBuf::from(shown) })
}

fn is_wild(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// What the folders hold of that pattern. They are looked into only where they lie under the roots.
fn matching(
    folders: &[PathBuf],
    wild: &str,
    from: &Path,
    roots: &[PathBuf],
) -> Result<Vec<PathBuf>, SourceError> {
    for folder in folders {
        let shown = folder.strip_prefix(from).unwrap_or(folder).display().to_string();
        within(folder, &shown, roots)?;
    }
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let pattern: Vec<char> = wild.chars().collect();
    let found = entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (wild.starts_with('.') || !name.starts_with('.'))
                && matches(&pattern, &name.chars().collect::<Vec<_>>())
        })
        .map(|entry| entry.path())
        .collect();
    Ok(found)
}

/// Only the last `*` is ever taken back: if it can't give what follows its place, no earlier one can.
fn matches<'a>(mut pattern: &'a [char], mut name: &'a [char]) -> bool {
    let mut star: Option<(&'a [char], &'a [char])> = None;
    loop {
        if let ['*', rest @ ..] = pattern {
            pattern = rest;
            star = Some((rest, name));
        } else if pattern.is_empty() && name.is_empty() {
            return true;
        } else if let Some((rest, tail)) = one(pattern, name) {
            (pattern, name) = (rest, tail);
        } else {
            let Some((after, [_, tail @ ..])) = star else { return false };
            (pattern, name) = (after, tail);
            star = Some((after, tail));
        }
    }
}

/// What is left of both where the pattern's first part takes the name's first character.
fn one<'a>(pattern: &'a [char], name: &'a [char]) -> Option<(&'a [char], &'a [char])> {
    let (first, tail) = name.split_first()?;
    match pattern {
        ['?', rest @ ..] => Some((rest, tail)),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|symbol| *symbol == ']')?;
            in_class(&rest[..end], *first).then(|| (&rest[end + 1..], tail))
        }
        [symbol, rest @ ..] => (symbol == first).then_some((rest, tail)),
        [] => None,
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
        assert_eq!(shown(folder, "*/b.csv", &roots).unwrap(), ["in/b.csv"]);
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
        // Nor told to be missing.
        for pattern in
            ["../outside/*.no", "../outside/no", "folder/*.no", "folder/no/no", "*/no", "/*/no", "../*/no"]
        {
            assert_eq!(shown(&inside, pattern, &roots), Err("path_not_allowed"), "{pattern}");
        }
    }

    #[test]
    fn many_stars_end() {
        let matches = |pattern: &str, name: &str| {
            matches(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        };
        let (stars, name) = ("*a".repeat(40), "a".repeat(200));
        assert!(matches(&stars, &name));
        assert!(!matches(&format!("{stars}*b"), &name));
        for (pattern, name, fits) in [
            ("*", "", true),
            ("**", "x", true),
            ("a*b*c", "axbxbxc", true),
            ("a*[b-d]?", "aaac", false),
            ("a*[b-d]?", "aaacx", true),
            ("[ab", "a", false),
            ("", "a", false),
            ("*.csv", ".csv.csv", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_file_in_another_state_is_not_opened() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.csv"), "id\n1\n").unwrap();
        let found = find(root.path(), "a.csv", &[root.path().to_path_buf()]).unwrap();
        assert!(found[0].open().is_ok());
        fs::write(root.path().join("a.csv"), "id\n1\n2\n").unwrap();
        assert_eq!(found[0].open().unwrap_err().code(), "file_changed");
        assert_eq!(found[0].sha256(&CancellationToken::new()).unwrap_err().code(), "file_changed");
    }
}
