//! What a run tells: the record that is returned, kept in the ledger, and returned again for the same idempotency key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use pgwright_quality::verdict::Verdict;

use crate::ledger::Counts;
use crate::quarantine::Reasons;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// At least one file was loaded, and none failed.
    Succeeded,
    /// Every file had been loaded before; nothing was changed.
    Unchanged,
    /// A check or the contract did not hold; the file at fault changed nothing.
    Failed,
    /// A dry run: nothing was written.
    Planned,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Planned => "planned",
        }
    }
}

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its id; empty for a dry run.
    pub id: String,
    /// The pipeline.
    pub pipeline: String,
    /// The table that was loaded.
    pub target: String,
    /// How it ended.
    pub status: Status,
    /// Rows found in the files.
    pub rows_read: u64,
    /// Rows that were published.
    pub rows_loaded: u64,
    /// Rows that were refused and put into quarantine.
    pub rows_quarantined: u64,
    /// Rows dropped because a later row of the same file has the same key.
    pub rows_deduplicated: u64,
    /// Attempts made, the first included.
    pub attempts: u32,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Whether this is the record of an earlier run with the same idempotency_key.
    pub replayed: bool,
    /// What did not hold, of a failed run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Checks that did not hold, load by load; those with severity warn let the load pass.
    #[serde(default)]
    pub checks: Vec<CheckReport>,
    /// Checks left out of this answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub checks_omitted: u32,
    /// The files, in the order of loading.
    pub files: Vec<FileReport>,
    /// Files left out of this answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub files_omitted: u32,
}

/// A check that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The name it was given, or its rule and columns.
    pub name: String,
    /// Its rule.
    pub rule: String,
    /// warn, fail, or error and unknown where it could not be judged.
    pub verdict: Verdict,
    /// Rows that fail; for unique: surplus rows. Absent for row_count and freshness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_rows: Option<u64>,
    /// Rows that were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_rows: Option<u64>,
    /// Why, without values.
    pub evidence: String,
    /// The file that was loaded; absent where several are loaded as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// A stable name: the rule of the first check that fails, contract, quarantine_limit or no_rows.
    pub code: String,
    /// What, and by how much.
    pub message: String,
    /// What to do.
    pub next_step: String,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// Its rows were published by this run.
    Loaded,
    /// Its content had been loaded before, under this or another name.
    Unchanged,
    /// A check or the contract did not hold; nothing of it was published.
    Failed,
    /// A dry run: it would be loaded.
    New,
}

/// One file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FileReport {
    /// Where it is, relative to the definition.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content; absent where it was not needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What became of it.
    pub status: FileStatus,
    /// Rows found.
    pub rows_read: u64,
    /// Rows published.
    pub rows_loaded: u64,
    /// Rows refused.
    pub rows_quarantined: u64,
    /// Why it was left as it is, where that needs saying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Refused rows, summed up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Quarantined {
    /// The table that holds them (after a failed or dry run they are told here only).
    pub table: String,
    /// By reason, most rows first.
    pub reasons: Vec<ReasonReport>,
    /// Reasons left out of this answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasons_omitted: u32,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonReport {
    /// The column, where one is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// A stable name of the rule, or the SQLSTATE where PostgreSQL refused.
    pub code: String,
    /// What is wrong, in words.
    pub reason: String,
    /// Rows refused for it; a row counts for each of its reasons.
    pub rows: u64,
    /// The first of them, `file:line`.
    pub first: Vec<String>,
}

impl Quarantined {
    pub(crate) fn of(table: String, reasons: Reasons) -> Self {
        let mut reasons: Vec<ReasonReport> = reasons
            .into_iter()
            .map(|(key, reason)| ReasonReport {
                column: key.column,
                code: key.code,
                reason: key.reason,
                rows: reason.rows,
                first: reason.first.iter().map(|(file, line)| format!("{file}:{line}")).collect(),
            })
            .collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        Self { table, reasons, reasons_omitted: 0 }
    }
}

impl Run {
    pub(crate) fn count(&mut self, counts: Counts) {
        self.rows_read += counts.read;
        self.rows_loaded += counts.loaded;
        self.rows_quarantined += counts.quarantined;
        self.rows_deduplicated += counts.deduplicated;
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
