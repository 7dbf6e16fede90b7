//! An audit trail of a test's own, and ways to tamper with it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, process};

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::Value;
use tempfile::TempDir;

use super::pgwright;
use super::processes::runs;

/// Where the servers of this test run write, unless a test has a trail of its own. Those of runs that ended are removed.
pub fn shared() -> &'static Path {
    static SHARED: OnceLock<PathBuf> = OnceLock::new();
    SHARED.get_or_init(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit");
        for entry in fs::read_dir(&all).into_iter().flatten().flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if !pid.is_some_and(runs) {
                let _gone = fs::remove_dir_all(entry.path());
            }
        }
        all.join(process::id().to_string())
    })
}

/// A trail of its own.
pub struct Trail {
    directory: TempDir,
}

/// What `pgwright audit verify` says.
#[derive(Debug)]
pub struct Verdict {
    pub intact: bool,
    pub text: String,
}

impl Trail {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// The arguments that make a process write here.
    pub fn arguments(&self) -> [&str; 2] {
        ["--audit-dir", self.directory.path().to_str().unwrap()]
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The files of records, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path().join("log")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|is| is == "jsonl")).collect();
        files.sort();
        files
    }

    /// The file that holds this record.
    pub fn file_of(&self, seq: u64) -> PathBuf {
        let record = format!("\"seq\":{seq},");
        let holds = |path: &PathBuf| fs::read_to_string(path).unwrap().contains(&record);
        self.files().into_iter().find(holds).unwrap_or_else(|| panic!("no record {seq} in {}", self.text()))
    }

    /// Removes every record but the first.
    pub fn cut_behind_the_first_record(&self) {
        let first = self.file_of(1);
        let text = fs::read_to_string(&first).unwrap();
        fs::write(&first, text.split_inclusive('\n').next().unwrap()).unwrap();
        for later in self.files().into_iter().filter(|path| *path != first) {
            fs::remove_file(later).unwrap();
        }
    }

    /// The whole log as text.
    pub fn text(&self) -> String {
        self.files().iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Every record.
    pub fn records(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The records of the ends of calls.
    pub fn calls(&self) -> Vec<Value> {
        self.records().into_iter().filter(|record| record["event"] == "call").collect()
    }

    pub async fn verify(&self) -> Verdict {
        let output =
            pgwright(&[&self.arguments()[..], &["audit", "verify"]].concat()).output().await.unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            Some(code @ (0 | 1)) => Verdict { intact: code == 0, text },
            other => panic!("{other:?}: {text}"),
        }
    }

    /// Removes, replaces or moves something of the log at random, and says what. What it was before comes back with
    /// [`restore`](Self::restore).
    pub fn tamper(&self, random: &mut StdRng) -> String {
        let files = self.files();
        let path = files.choose(random).unwrap();
        let mut bytes = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let mut lines: Vec<Vec<u8>> =
            bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let at = random.random_range(0..lines.len());
        let what = match random.random_range(0..6) {
            0 | 1 => {
                let at = random.random_range(0..bytes.len());
                let other = bytes[at] ^ random.random_range(1..=255);
                let what = format!("byte {at} of {name} from {} to {other}", bytes[at]);
                bytes[at] = other;
                fs::write(path, bytes).unwrap();
                return what;
            }
            2 => {
                lines.remove(at);
                format!("line {at} of {name} removed")
            }
            3 if lines.len() > 1 => {
                let other = (at + random.random_range(1..lines.len())) % lines.len();
                lines.swap(at, other);
                format!("lines {at} and {other} of {name} swapped")
            }
            4 => {
                let copy = lines[at].clone();
                let other = random.random_range(0..=lines.len());
                lines.insert(other, copy);
                format!("line {at} of {name} repeated at {other}")
            }
            5 if random.random_bool(0.2) => {
                fs::remove_file(path).unwrap();
                return format!("{name} removed");
            }
            _ => {
                let length = random.random_range(0..bytes.len());
                bytes.truncate(length);
                fs::write(path, bytes).unwrap();
                return format!("{name} cut to {length} bytes");
            }
        };
        fs::write(path, lines.concat()).unwrap();
        what
    }

    /// The log's files with their content.
    pub fn saved(&self) -> Vec<(PathBuf, Vec<u8>)> {
        self.files().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    pub fn restore(&self, saved: &[(PathBuf, Vec<u8>)]) {
        for (path, bytes) in saved {
            fs::write(path, bytes).unwrap();
        }
    }
}
