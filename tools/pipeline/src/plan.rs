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
use crate::patience::Patience;
use crate::prepare::{Input, Prepared};
use crate::quarantine::{self, Quarantine, Reasons};
use crate::report::{CheckReport, FileReport, FileStatus, Run, Status};
use crate::run::{Outcome, unchanged};
use crate::sink::statements::Statements;
use crate::source::reader::{self, Bounds, Content};
use crate::unit;
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
    let mut held = ledger::planned_contents(&session, &prepared.book).await?;
    drop(session);
    let definition = &prepared.definition;
    let write = definition.target.write;
    let patience = Patience::new(call.cancel.clone(), began, definition.limits.timeout.0);
    let mut reasons = Reasons::new();
    let mut counts = Counts::default();
    let mut files = Vec::new();
    let total = prepared.files.iter().map(|input| input.file.bytes).sum();
    let mut meter = Meter::new(call.progress.clone(), prepared.files.len(), total);
    let mut ruling = Ruling::default();
    let mut new = false;
    let mut next = 0;
    while next < prepared.files.len() {
        let range = unit::starting_at(next, prepared.files.len(), write);
        next = range.end;
        let unit = &prepared.files[range];
        let mut hashes = Vec::new();
        for input in unit {
            let needed = unit::needs_hash(input, unit, &held);
            hashes.push(if needed { Some(patience.sha256(&input.file).await?) } else { None });
        }
        if let Some(loads) = unit::known(write, &hashes, &held) {
            let known = unit.iter().zip(loads);
            let definition = &prepared.book.definition_sha256;
            files.extend(known.map(|(input, load)| unchanged(input, load, Uuid::nil(), definition)));
            continue;
        }
        new = true;
        let mut total = Counts::default();
        let distinct = unit::distinct(unit, &hashes);
        for (input, _) in &distinct {
            let before = prepared.files.iter().take_while(|other| other.file.path != input.file.path);
            let number = before.clone().count() + 1;
            meter.begin(number, &input.file.shown, before.map(|other| other.file.bytes).sum());
            let (load, refused) = judge(prepared, input, &patience, &mut meter).await?;
            quarantine::merge(&mut reasons, refused);
            total += load.counts;
            files.push(FileReport {
                path: input.file.shown.clone(),
                bytes: input.file.bytes,
                sha256: None,
                status: FileStatus::New,
                rows_read: load.counts.read,
                rows_loaded: 0,
                rows_quarantined: load.counts.quarantined,
                note: None,
            });
            held.push(load);
        }
        counts += total;
        let file = if let [(input, _)] = distinct.as_slice() { Some(&input.file.shown) } else { None };
        let found = verdict::of_counts(definition, total);
        ruling
            .checks
            .extend(found.checks.into_iter().map(|check| CheckReport { file: file.cloned(), ..check }));
        ruling.failure = ruling.failure.or(found.failure);
    }
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

/// Reads a file to its end and counts what the contract refuses.
async fn judge(
    prepared: &Prepared,
    input: &Input,
    patience: &Patience,
    meter: &mut Meter,
) -> Result<(Load, Reasons), RunError> {
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
    while let Some(batch) = patience.wait(batches.recv()).await? {
        accepted += batch.origins.len() as u64;
        for row in batch.refused {
            refused.put(row);
        }
        refused.discard();
        meter.report(accepted, batch.position);
    }
    let changed = || input.file.changed();
    let Content { sha256, bytes } = reading.await??.ok_or_else(changed)?;
    let quarantined = refused.rows();
    let counts = Counts { read: accepted + quarantined, loaded: accepted, quarantined, deduplicated: 0 };
    let definition_sha256 = prepared.book.definition_sha256.clone();
    Ok((Load { sha256, bytes, run: Uuid::nil(), definition_sha256, counts }, refused.into_reasons()))
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
