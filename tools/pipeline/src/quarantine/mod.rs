//! Rows that are not loaded: kept with file, line and every reason, in the load's own transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use pgwright_postgres::types::quote_relation;
use pgwright_postgres::{DatabaseError, Type, WriteSession};
use pgwright_sql::RelationName;
use serde_json::json;
use uuid::Uuid;

use crate::contract::Fault;
use crate::layout::Layout;
use crate::ledger;
use crate::row::escape;
use crate::source::encoding::readable;
use crate::source::reader::Refused;

/// Longest raw row that is kept.
const RAW_BYTES: usize = 64 * 1024;
/// What is held before it must be written.
const HELD_BYTES: usize = 4 * 1024 * 1024;
/// First lines that are told for each reason.
const FIRST_LINES: usize = 5;
/// Different reasons that are told apart.
const REASONS: usize = 200;

/// What was refused for one reason.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reason {
    pub(crate) rows: u64,
    /// `file:line` of the first of them.
    pub(crate) first: Vec<(String, u64)>,
}

/// Which reason: the column, a stable code, and the words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReasonKey {
    pub(crate) column: Option<String>,
    pub(crate) code: String,
    pub(crate) reason: String,
}

/// Rows refused, by reason.
pub(crate) type Reasons = BTreeMap<ReasonKey, Reason>;

/// The refused rows of one file.
pub(crate) struct Quarantine {
    run: Uuid,
    statement: String,
    /// The table's name without its schema.
    table: String,
    file: String,
    layout: Arc<Layout>,
    lines: Vec<u8>,
    rows: u64,
    reasons: Reasons,
}

impl Quarantine {
    pub(crate) fn new(run: Uuid, table: &RelationName, file: &str, layout: Arc<Layout>) -> Self {
        let quoted = quote_relation(table);
        Self {
            run,
            statement: format!("copy {quoted} (run_id, file, line, byte, raw, errors) from stdin"),
            table: table.name.clone(),
            file: file.to_owned(),
            layout,
            lines: Vec::new(),
            rows: 0,
            reasons: Reasons::new(),
        }
    }

    /// Takes one row.
    pub(crate) fn put(&mut self, refused: Refused) {
        self.rows += 1;
        let mut errors = Vec::new();
        for fault in &refused.faults {
            let key = self.key(fault);
            errors.push(json!({ "column": key.column, "code": key.code, "reason": key.reason }));
            if self.reasons.len() < REASONS || self.reasons.contains_key(&key) {
                let reason = self.reasons.entry(key).or_default();
                reason.rows += 1;
                if reason.first.len() < FIRST_LINES {
                    reason.first.push((self.file.clone(), refused.place.line));
                }
            }
        }
        let fields = [
            self.run.to_string(),
            self.file.clone(),
            refused.place.line.to_string(),
            refused.place.byte.to_string(),
            readable(&refused.raw, RAW_BYTES),
            serde_json::Value::Array(errors).to_string(),
        ];
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.lines.push(b'\t');
            }
            escape(field.as_bytes(), &mut self.lines);
        }
        self.lines.push(b'\n');
    }

    /// Whether what is held should be written before more comes.
    pub(crate) fn is_full(&self) -> bool {
        self.lines.len() >= HELD_BYTES
    }

    /// Rows taken so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is held.
    pub(crate) async fn flush(&mut self, session: &WriteSession) -> Result<(), DatabaseError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut copy = session.copy_in(&self.statement).await?;
        copy.send(Bytes::from(std::mem::take(&mut self.lines))).await?;
        copy.finish(&self.table).await?;
        Ok(())
    }

    /// Forgets what is held: a plan writes nothing.
    pub(crate) fn discard(&mut self) {
        self.lines.clear();
    }

    /// What was refused, by reason.
    pub(crate) fn into_reasons(self) -> Reasons {
        self.reasons
    }

    fn key(&self, fault: &Fault) -> ReasonKey {
        let column = fault.column.and_then(|at| self.layout.rules.get(at)).map(|rule| rule.name.clone());
        ReasonKey { column, code: fault.broken.code().to_owned(), reason: fault.broken.reason() }
    }
}

/// Adds one file's reasons to those of others.
pub(crate) fn merge(all: &mut Reasons, more: Reasons) {
    for (key, reason) in more {
        let known = all.entry(key).or_default();
        known.rows += reason.rows;
        known.first.extend(reason.first);
        known.first.truncate(FIRST_LINES);
    }
}

/// Creates the table of this name, in the shape of pgwright's own, where it is missing.
pub(crate) async fn ensure(session: &WriteSession, table: &RelationName) -> Result<(), DatabaseError> {
    let name = quote_relation(table);
    let rows = session.query(include_str!("present.sql"), &[(&name, Type::TEXT)]).await?;
    if rows.first().is_some_and(|row| row.get(0)) {
        return Ok(());
    }
    let create = include_str!("quarantine.sql").replace("pgwright.quarantine", &name);
    ledger::set_up(session, &[&create]).await
}
