//! A dry run: what a run would do, found out without writing. The files are read and judged in full, so the numbers are
//! those of the run, except for what only PostgreSQL can refuse.

use std::sync::Arc;
use std::time::Instant;

use pgwright_contract::{Call, Page};
use pgwright_quality::checks::Severity;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::document::Write;
use crate::error::RunError;
use crate::ledger::{self, Counts, Load};
use crate::meter::Meter;
use crate::prepare::{Input, Prepared};
use crate::quarantine::{self, Quarantine, Reasons};
use crate::report::{FileReport, FileStatus, Run, Status};
use crate::run::{Outcome, unchanged};
use crate::sink::statements::Statements;
use crate::source::off_thread;
use crate::source::reader::{self, Bounds};
use crate::verdict::{self, Ruling};

/// What a run would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Plan {
    /// The columns that would be filled.
    pub columns: Vec<PlannedColumn>,
    /// Where the contract's types differ from the table's; values must satisfy both.
    pub differences: Vec<String>,
    /// What must hold before a load is published.
    pub checks: Vec<PlannedCheck>,
    /// The statements of each load, in their order, inside one transaction with the ledger's entry.
    pub statements: Vec<String>,
    /// What would be overwritten.
    pub overwrites: String,
}

/// One column of the target.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// One check of a load.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedCheck {
    /// The name it was given, or its rule and columns.
    pub name: String,
    /// Its rule.
    pub rule: String,
    /// What its failure means.
    pub severity: Severity,
}

impl PlannedCheck {
    /// The check in a line of text.
    pub(crate) fn shown(&self) -> String {
        let name = Page::data(&self.name, 80);
        if self.severity == Severity::Warn { format!("{name} (only warns)") } else { name }
    }
}

/// Plans a run.
pub(crate) async fn plan(
    prepared: &Prepared,
    call: &Call,
    began: Instant,
) -> Result<(Plan, Outcome), RunError> {
    let session = call.database.read(&call.scope()).await?;
    let known = ledger::planned_contents(&session, &prepared.book).await?;
    drop(session);
    let mut reasons = Reasons::new();
    let mut counts = Counts::default();
    let mut files = Vec::new();
    let total = prepared.files.iter().map(|input| input.file.bytes).sum();
    let mut meter = Meter::new(call.progress.clone(), prepared.files.len(), total);
    let mut before = 0;
    for (at, input) in prepared.files.iter().enumerate() {
        meter.begin(at + 1, &input.file.shown, before);
        before += input.file.bytes;
        if let Some(load) = loaded_before(input, &known).await? {
            files.push(unchanged(input, load, &prepared.book.definition_sha256));
            continue;
        }
        let (found, refused) = judge(prepared, input, call, &mut meter).await?;
        quarantine::merge(&mut reasons, refused);
        counts += found;
        files.push(FileReport {
            path: input.file.shown.clone(),
            bytes: input.file.bytes,
            sha256: None,
            status: FileStatus::New,
            rows_read: found.read,
            rows_loaded: 0,
            rows_quarantined: found.quarantined,
            note: None,
        });
    }
    let new = files.iter().any(|file| file.status == FileStatus::New);
    let ruling = if new { verdict::of_counts(&prepared.definition, counts) } else { Ruling::default() };
    let mut run = Run {
        id: String::new(),
        pipeline: prepared.book.pipeline.clone(),
        target: prepared.book.target.clone(),
        status: Status::Planned,
        rows_read: 0,
        rows_loaded: 0,
        rows_quarantined: 0,
        rows_deduplicated: 0,
        attempts: 0,
        ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        replayed: false,
        failure: ruling.failure,
        checks: ruling.checks,
        checks_omitted: 0,
        files,
        files_omitted: 0,
    };
    run.count(Counts { loaded: 0, ..counts });
    Ok((describe(prepared, new), Outcome { run, reasons }))
}

async fn loaded_before<'a>(input: &Input, known: &'a [Load]) -> Result<Option<&'a Load>, RunError> {
    if !known.iter().any(|load| load.bytes == input.file.bytes) {
        return Ok(None);
    }
    let file = input.file.clone();
    let hash = off_thread(move || file.sha256()).await?;
    Ok(known.iter().find(|load| load.sha256 == hash))
}

/// Reads a file to its end and counts what the contract refuses.
async fn judge(
    prepared: &Prepared,
    input: &Input,
    call: &Call,
    meter: &mut Meter,
) -> Result<(Counts, Reasons), RunError> {
    let definition = &prepared.definition;
    let (send, mut batches) = mpsc::channel(4);
    let bounds = Bounds { numbered: false, max_rows: definition.limits.max_rows };
    let reading = {
        let (file, layout) = (input.file.clone(), Arc::clone(&input.layout));
        let definition = Arc::clone(definition);
        tokio::task::spawn_blocking(move || reader::read(&file, &definition, &layout, bounds, &send))
    };
    let table = &definition.quarantine.table;
    let mut refused = Quarantine::new(Uuid::nil(), table, &input.file.shown, Arc::clone(&input.layout));
    let mut accepted = 0;
    loop {
        let batch = tokio::select! {
            biased;
            () = call.cancel.cancelled() => return Err(pgwright_postgres::DatabaseError::Cancelled.into()),
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { break };
        accepted += batch.origins.len() as u64;
        for row in batch.refused {
            refused.put(row);
        }
        refused.discard();
        meter.report(accepted, batch.position);
    }
    reading.await??;
    let quarantined = refused.rows();
    let counts = Counts { read: accepted + quarantined, loaded: accepted, quarantined, deduplicated: 0 };
    Ok((counts, refused.into_reasons()))
}

fn describe(prepared: &Prepared, new: bool) -> Plan {
    let first = prepared.files.first().filter(|_| new);
    let statements = first
        .map(|input| {
            let statements = Statements::of(&prepared.definition, &prepared.table, &input.layout);
            statements.listed(prepared.gate.statements())
        })
        .unwrap_or_default();
    let table = &prepared.table.name;
    let overwrites = match prepared.definition.target.write {
        _ if !new => "nothing: every file has been loaded before".to_owned(),
        Write::Append => "nothing: rows are added".to_owned(),
        Write::Upsert => {
            format!(
                "rows of {table} whose ({}) stands in a file too",
                prepared.definition.target.key.join(", ")
            )
        }
        Write::Replace => format!("all rows of {table}"),
    };
    Plan {
        columns: prepared
            .columns
            .described()
            .map(|(name, type_name, nullable)| PlannedColumn {
                name: name.to_owned(),
                type_name: type_name.to_owned(),
                nullable,
            })
            .collect(),
        differences: prepared.columns.differences.clone(),
        checks: prepared
            .definition
            .checks
            .listed()
            .map(|(name, rule, severity)| PlannedCheck {
                name: name.to_owned(),
                rule: rule.to_owned(),
                severity,
            })
            .collect(),
        statements,
        overwrites,
    }
}
