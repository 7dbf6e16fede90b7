//! The statements, as data: one file a category, one marker line a statement.
//!
//! ```text
//! --# name; flag; key=value
//! the statement, to the next marker
//! ```
//!
//! `«u00a0»` stands for that character, `«5000×+1»` for a text repeated, and `«dir»` for a folder that the server may
//! read and write.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One statement of a corpus.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    pub category: String,
    pub name: String,
    pub sql: String,
    /// Reading it is the harm already.
    pub must_be_refused: bool,
    /// The oldest major version that knows it.
    pub since: u16,
    pub params: Vec<Value>,
    /// How many rows it gives.
    pub rows: Option<usize>,
    /// Its first value, as text.
    pub is: Option<String>,
    /// It gives something else each time.
    pub varies: bool,
}

impl Statement {
    /// Whether it is an EXPLAIN or a SHOW, which only some tools take.
    pub fn is_bare_query(&self) -> bool {
        let start = self.sql.trim_start().to_ascii_lowercase();
        !["explain", "show"].iter().any(|word| start.starts_with(word))
    }
}

/// Every statement of that corpus that PostgreSQL of this major version knows; `places` says what names in `«»` mean.
pub fn read(corpus: &str, major: u16, places: &BTreeMap<&str, String>) -> Vec<Statement> {
    let all = files(corpus).into_iter().flat_map(|file| {
        let category = category(&file);
        let text = fs::read_to_string(&file).unwrap();
        let (_, statements) = text.split_once("--# ").unwrap();
        statements.split("\n--# ").map(|one| statement(&category, one, places)).collect::<Vec<_>>()
    });
    all.filter(|statement| statement.since <= major).collect()
}

/// The names of its categories.
pub fn categories(corpus: &str) -> Vec<String> {
    files(corpus).iter().map(|file| category(file)).collect()
}

fn files(corpus: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/corpus").join(corpus);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn category(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

fn statement(category: &str, text: &str, places: &BTreeMap<&str, String>) -> Statement {
    let (head, sql) = text.split_once('\n').unwrap();
    // The value is the last word of the line, whatever is in it.
    let (head, is) = match head.split_once("; is=") {
        Some((head, value)) => (head, Some(value.to_owned())),
        None => (head, None),
    };
    let mut parts = head.split("; ");
    let mut statement = Statement {
        category: category.to_owned(),
        name: parts.next().unwrap().to_owned(),
        sql: expand(sql.trim_end_matches('\n'), places),
        is,
        ..Statement::default()
    };
    for part in parts {
        match part.split_once('=').unwrap_or((part, "")) {
            ("refused", _) => statement.must_be_refused = true,
            ("varies", _) => statement.varies = true,
            ("since", major) => statement.since = major.parse().unwrap(),
            ("rows", rows) => statement.rows = Some(rows.parse().unwrap()),
            ("params", params) => statement.params = serde_json::from_str(params).unwrap(),
            other => panic!("{}: {other:?}", statement.name),
        }
    }
    statement
}

/// The text with everything in `«»` replaced by what it stands for.
pub fn expand(text: &str, places: &BTreeMap<&str, String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (inside, behind) = after.split_once('»').unwrap();
        expanded += before;
        match inside.split_once('×') {
            Some((times, piece)) => expanded += &piece.repeat(times.parse().unwrap()),
            None => match places.get(inside) {
                Some(place) => expanded += place,
                None => {
                    let code = u32::from_str_radix(inside.strip_prefix('u').unwrap(), 16).unwrap();
                    expanded.push(char::from_u32(code).unwrap());
                }
            },
        }
        rest = behind;
    }
    expanded + rest
}
