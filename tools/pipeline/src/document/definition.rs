//! The definition's blocks, field by field. What stands here is implemented; anything else is an unknown key.

use std::time::Duration;

use pgwright_postgres::Environment;
use pgwright_quality::document::Scalar;
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_saphyr::{Location, Spanned};

use super::{ByteSize, Checks, Span};

/// One pipeline: files into a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Version of this format: 1.
    #[schemars(with = "u32")]
    pub version: Spanned<u32>,
    /// The pipeline's name; its ledger is kept under it.
    pub pipeline: PipelineName,
    /// What kind of pipeline it is.
    pub kind: Kind,
    /// The only environment it runs in: that of the database it is triggered for. Without it, any.
    pub environment: Option<Environment>,
    /// Where rows come from.
    pub source: Source,
    /// What a row must look like. Without it, the target table's columns are the contract.
    pub contract: Option<Contract>,
    /// What must hold for a load as a whole: with severity fail (the default) nothing is published otherwise, with warn the
    /// run only tells it.
    #[serde(default)]
    pub checks: Checks,
    /// Where rows go.
    pub target: Target,
    /// Where refused rows go.
    #[serde(default)]
    pub quarantine: Quarantine,
    /// What happens on a passing fault.
    #[serde(default)]
    pub retry: Retry,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
}

/// A pipeline's name: letters, digits, `_`, `-` and `.`, starting with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub struct PipelineName(String);

impl PipelineName {
    /// The name, if it is one.
    pub fn new(written: &str) -> Option<Self> {
        let starts = written.starts_with(|first: char| first.is_ascii_alphanumeric());
        let goes_on =
            written.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.'));
        (starts && goes_on && written.len() <= 100).then(|| Self(written.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PipelineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        Self::new(&written).ok_or_else(|| {
            D::Error::custom(
                "a pipeline's name has letters, digits, _, - and . only, and starts with a letter or digit",
            )
        })
    }
}

/// What kind of pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Files that are there now, each loaded once.
    Batch,
}

/// Where rows come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The files' format.
    #[serde(rename = "type")]
    pub format: Format,
    /// One path, relative to the definition; `*`, `?` and `[…]` match within a folder or file name.
    #[schemars(with = "String")]
    pub path: Spanned<String>,
    /// One character between fields (default `,`; `\t` is the tabulator).
    #[serde(default = "comma", deserialize_with = "one_byte")]
    #[schemars(with = "String")]
    pub delimiter: u8,
    /// One character around fields that hold a delimiter, a quote or a line break (default `"`); doubled inside.
    #[serde(default = "double_quote", deserialize_with = "one_byte")]
    #[schemars(with = "String")]
    pub quote: u8,
    /// Whether the first record names the columns (default true).
    #[serde(default = "yes")]
    pub header: bool,
    /// An unquoted field with exactly this text is NULL (default: the empty text).
    #[serde(default, deserialize_with = "quoted")]
    pub null_string: String,
    /// The files' encoding.
    #[serde(default)]
    pub encoding: Encoding,
    /// Longest record; a longer one means a quote that is never closed, and stops the load (default 1MB).
    #[serde(default = "one_megabyte")]
    pub max_record_bytes: ByteSize,
    /// Whether quoted fields may hold line breaks (default true). With false, a quote that is not closed on its line
    /// costs that line only.
    #[serde(default = "yes")]
    pub multiline: bool,
}

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Delimited text as RFC 4180 has it.
    Csv,
}

/// Encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1.
    #[serde(rename = "latin-1")]
    Latin1,
    /// Windows code page 1252.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What a row must look like.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// What happens to a row that breaks it (default quarantine_row).
    #[serde(default)]
    pub mode: ContractMode,
    /// The columns that are loaded.
    #[schemars(with = "Vec<Column>")]
    pub columns: Vec<Spanned<Column>>,
}

/// What happens to a row that breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractMode {
    /// It goes to the quarantine table; the others are loaded.
    #[default]
    QuarantineRow,
    /// Nothing is loaded.
    Fail,
}

/// One column of a contract.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name, in the header and in the table.
    pub name: String,
    /// Its PostgreSQL type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether NULL is allowed (default true).
    #[serde(default = "yes")]
    pub nullable: bool,
    /// Smallest allowed value, for numbers, dates and times.
    #[schemars(with = "Option<Scalar>")]
    pub min: Option<String>,
    /// Greatest allowed value, for numbers, dates and times.
    #[schemars(with = "Option<Scalar>")]
    pub max: Option<String>,
    /// A regular expression that the text must match.
    pub pattern: Option<String>,
    /// The only texts allowed.
    #[schemars(with = "Option<Vec<Scalar>>")]
    pub values: Option<Vec<String>>,
}

/// Where rows go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The table, `schema.table`.
    #[schemars(with = "RelationName")]
    pub table: Spanned<RelationName>,
    /// How rows are written (default append).
    #[serde(default)]
    pub write: Write,
    /// The columns that identify a row, for `write: upsert`.
    #[serde(default)]
    pub key: Vec<String>,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// Added; each file once.
    #[default]
    Append,
    /// Added or, where the key is there already, updated; the last of several rows with one key wins.
    Upsert,
    /// The table's rows are replaced by those of all files together.
    Replace,
}

impl Write {
    /// The name used in definitions.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Upsert => "upsert",
            Self::Replace => "replace",
        }
    }
}

/// Where refused rows go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quarantine {
    /// The table (default pgwright.quarantine); it is created when missing.
    pub table: RelationName,
    /// Most rows of one load that may be refused (default 100000); with more, nothing is published.
    pub max_rows: u64,
}

impl Default for Quarantine {
    fn default() -> Self {
        Self { table: RelationName::qualified("pgwright", "quarantine"), max_rows: 100_000 }
    }
}

/// What happens on a passing fault: a lost connection, a lock that is held, a deadlock, a server that restarts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Attempts in all (default 5).
    pub max_attempts: u32,
    /// How long to wait between them.
    pub backoff: Backoff,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 5, backoff: Backoff::default() }
    }
}

/// How long to wait between attempts: a random time up to a ceiling that grows.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backoff {
    /// The first ceiling (default 1s).
    pub initial: Span,
    /// What the ceiling grows by (default 2).
    pub factor: u32,
    /// The greatest ceiling (default 60s).
    pub max: Span,
    /// How the wait is spread below the ceiling.
    pub jitter: Jitter,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Span(Duration::from_secs(1)),
            factor: 2,
            max: Span(Duration::from_secs(60)),
            jitter: Jitter::Full,
        }
    }
}

/// How a wait is spread below its ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Evenly from nothing to the ceiling.
    Full,
}

/// Bounds of a run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How long a run may take (default 30m).
    pub timeout: Span,
    /// How long a statement waits for a lock before the load starts over (default 5s).
    pub lock_timeout: Span,
    /// Most rows that a file may have.
    pub max_rows: Option<u64>,
    /// Most bytes that all files of a run may have together.
    pub max_bytes: Option<ByteSize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Span(Duration::from_secs(30 * 60)),
            lock_timeout: Span(Duration::from_secs(5)),
            max_rows: None,
            max_bytes: None,
        }
    }
}

impl Definition {
    /// What the types alone can't say.
    pub(super) fn check(&self) -> Result<(), (Location, String)> {
        if self.version.value != 1 {
            return Err((self.version.referenced, "version must be 1".to_owned()));
        }
        let source = &self.source;
        if source.delimiter == source.quote {
            return Err((source.path.referenced, "source.delimiter and source.quote must differ".to_owned()));
        }
        if source.path.value.contains("${") || source.path.value.contains('{') {
            let reason = "source.path takes no parameters; write the path, with * and ? for what varies";
            return Err((source.path.referenced, reason.to_owned()));
        }
        if !(1..=100).contains(&self.retry.max_attempts) {
            return Err((self.version.referenced, "retry.max_attempts lies between 1 and 100".to_owned()));
        }
        self.check_contract()?;
        self.check_target()
    }

    fn check_contract(&self) -> Result<(), (Location, String)> {
        let Some(contract) = &self.contract else { return Ok(()) };
        if contract.columns.is_empty() {
            return Err((self.version.referenced, "contract.columns names no column".to_owned()));
        }
        for (at, column) in contract.columns.iter().enumerate() {
            let name = &column.value.name;
            if contract.columns[..at].iter().any(|before| before.value.name == *name) {
                return Err((column.referenced, format!("column {name} stands twice in the contract")));
            }
            crate::contract::check_column(&column.value)
                .map_err(|reason| (column.referenced, format!("column {name}: {reason}")))?;
        }
        Ok(())
    }

    fn check_target(&self) -> Result<(), (Location, String)> {
        let place = self.target.table.referenced;
        match self.target.write {
            Write::Upsert if self.target.key.is_empty() => {
                Err((place, "write: upsert needs key, the columns that identify a row".to_owned()))
            }
            Write::Append | Write::Replace if !self.target.key.is_empty() => {
                Err((place, format!("key has no meaning with write: {}", self.target.write.as_str())))
            }
            _ => Ok(()),
        }
    }
}

fn one_byte<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let written = String::deserialize(deserializer)?;
    match written.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(D::Error::custom("write one ASCII character, such as \",\" or \";\"")),
    }
}

/// `null_string: NULL` is a trap: YAML reads it as no value at all.
fn quoted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer)?.ok_or_else(|| {
        D::Error::custom("write it in quotes, 'NULL': without them YAML reads it as no value at all")
    })
}

fn comma() -> u8 {
    b','
}

fn double_quote() -> u8 {
    b'"'
}

fn yes() -> bool {
    true
}

fn one_megabyte() -> ByteSize {
    ByteSize(1 << 20)
}
