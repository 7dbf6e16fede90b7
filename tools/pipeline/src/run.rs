//! The run: each file (for `write: replace`, all files together) goes in as one transaction that holds its rows, its
//! quarantine and its ledger entry.
//!
//! ```text
//!   start ─▶ attempt ─┬─▶ lock target ─▶ known to the ledger? ── yes ─▶ unchanged
//!              ▲      │                        │ no
//!              │      │   COPY ─▶ checks ─▶ publish ─▶ ledger ─▶ COMMIT ─▶ next file
//!              │      │                  └─▶ ROLLBACK ─▶ failed
//!              └ wait ┴─ passing fault (the ledger tells whether a COMMIT whose answer was lost took place)
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use pgwright_contract::{Access, Call};
use pgwright_postgres::{DatabaseError, Environment, Scope, WriteSession};
use pgwright_sql::RelationName;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::document::Write;
use crate::error::RunError;
use crate::ledger::{self, Counts, Load};
use crate::meter::Meter;
use crate::patience::Patience;
use crate::prepare::{Input, Prepared};
use crate::quarantine::{self, Quarantine, Reasons};
use crate::report::{CheckReport, Failure, FileReport, FileStatus, Run, Status};
use crate::retry::Attempts;
use crate::sink::copy::Copy;
use crate::sink::statements::Statements;
use crate::source::SourceError;
use crate::source::reader::{self, Bounds, Content};
use crate::unit;
use crate::verdict::{self, Ruling};

/// How long a load waits for another load into the same table.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(60);
/// Batches between reader and COPY: enough to keep both busy, little enough to bound memory.
const BATCHES: usize = 4;
/// How long recording a failure may take.
const RECORD_FAILURE: Duration = Duration::from_secs(5);

/// What is told of loads beside their numbers.
#[derive(Debug, Default)]
struct Findings {
    /// Why rows were refused.
    refused: Reasons,
    /// Checks that did not hold.
    checks: Vec<CheckReport>,
}

impl Findings {
    fn merge(&mut self, others: Self) {
        quarantine::merge(&mut self.refused, others.refused);
        self.checks.extend(others.checks);
    }
}

/// What a run leaves to be told.
pub(crate) struct Outcome {
    pub(crate) run: Run,
    pub(crate) reasons: Reasons,
}

/// A run under way.
pub(crate) struct Runner<'a> {
    prepared: &'a Prepared,
    call: &'a Call,
    key: Option<&'a str>,
    id: Uuid,
    /// Its record was asked for, and may stand even where the answer was lost.
    announced: bool,
    /// Its record stands.
    started: bool,
    began: Instant,
    /// The first file that is not dealt with yet.
    next: usize,
    reports: Vec<FileReport>,
    counts: Counts,
    findings: Findings,
    /// Of a load whose COMMIT was sent and not answered.
    unconfirmed: Findings,
    /// What ends the run, once it is known: an end that was not confirmed is recorded again, not reached again.
    failed: Option<Failure>,
    patience: Patience,
    meter: Meter,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(prepared: &'a Prepared, call: &'a Call, key: Option<&'a str>, began: Instant) -> Self {
        let total = prepared.files.iter().map(|input| input.file.bytes).sum();
        Self {
            prepared,
            call,
            key,
            id: Uuid::now_v7(),
            announced: false,
            started: false,
            began,
            next: 0,
            reports: Vec::new(),
            counts: Counts::default(),
            findings: Findings::default(),
            unconfirmed: Findings::default(),
            failed: None,
            patience: Patience::new(call.cancel.clone(), began, prepared.definition.limits.timeout.0),
            meter: Meter::new(call.progress.clone(), prepared.files.len(), total),
        }
    }

    /// Runs to the end, over passing faults. The id is given with the error where a run was recorded.
    pub(crate) async fn run(mut self, mut attempts: Attempts) -> Result<Outcome, (RunError, Option<Uuid>)> {
        loop {
            let fault = match self.attempt(&attempts).await {
                Ok(outcome) => return Ok(outcome),
                Err(fault) => fault.with_timeout(self.prepared.definition.limits.timeout.0),
            };
            if let Err(error) = attempts.again(fault, &self.call.cancel).await {
                let recorded = self.announced && self.record_failure(&error).await;
                return Err((error, (self.started || recorded).then_some(self.id)));
            }
        }
    }

    async fn attempt(&mut self, attempts: &Attempts) -> Result<Outcome, RunError> {
        let session = self.open().await?;
        if self.started {
            // The session of a former attempt may still hold it; it is ours either way.
            ledger::hold_run(&session, self.id).await?;
            ledger::count_attempt(&session, self.id, attempts.made()).await?;
        } else if let Some(replay) = self.start(&session, attempts).await? {
            return Ok(replay);
        }
        while self.failed.is_none() && self.next < self.prepared.files.len() {
            let files = &self.prepared.files;
            let unit = unit::starting_at(self.next, files.len(), self.write());
            let end = unit.end;
            self.failed = self.load(&session, &files[unit]).await?;
            self.next = end;
        }
        if let Some(failure) = self.failed.clone() {
            return self.finish(&session, attempts, Status::Failed, Some(failure)).await;
        }
        let changed = self.reports.iter().any(|report| report.status == FileStatus::Loaded);
        let status = if changed { Status::Succeeded } else { Status::Unchanged };
        self.finish(&session, attempts, status, None).await
    }

    fn write(&self) -> Write {
        self.prepared.definition.target.write
    }

    async fn open(&self) -> Result<WriteSession, RunError> {
        if !self.call.grant.allows(Access::WriteData) {
            return Err(RunError::NotGranted);
        }
        let limit = self.prepared.definition.limits.timeout.0;
        let left = limit.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(RunError::Timeout { limit });
        }
        let scope = Scope { deadline: Some(left), ..self.call.scope() };
        Ok(self.call.database.write(&scope).await?)
    }

    /// Records the start; with the record of a finished run where the idempotency key has one.
    async fn start(
        &mut self,
        session: &WriteSession,
        attempts: &Attempts,
    ) -> Result<Option<Outcome>, RunError> {
        self.ensure_state(session).await?;
        ledger::hold_run(session, self.id).await?;
        self.announced = true;
        if ledger::start_run(session, self.id, &self.prepared.book, self.key).await? {
            self.started = true;
            return Ok(None);
        }
        let key = self.key.unwrap_or_default();
        let Some(recorded) = ledger::run_by_key(session, &self.prepared.book.pipeline, key).await? else {
            return Err(RunError::UnderWay { id: self.id });
        };
        let answer = recorded.answer.as_deref().and_then(|answer| serde_json::from_str::<Run>(answer).ok());
        if let (true, Some(mut run)) = (matches!(recorded.status.as_str(), "succeeded" | "unchanged"), answer)
        {
            run.replayed = true;
            return Ok(Some(Outcome { run, reasons: Reasons::new() }));
        }
        if !ledger::hold_run(session, recorded.id).await? {
            return Err(RunError::UnderWay { id: recorded.id });
        }
        // It failed or its process died: the same run is taken up again, and the ledger knows what it finished.
        tracing::info!(run = %recorded.id, failure = recorded.failure, "a recorded run is taken up again");
        self.id = recorded.id;
        self.started = true;
        ledger::count_attempt(session, self.id, recorded.attempts.saturating_add(attempts.made())).await?;
        Ok(None)
    }

    async fn ensure_state(&self, session: &WriteSession) -> Result<(), RunError> {
        let database = &self.call.database;
        if !ledger::is_present(session).await? {
            if database.environment() != Environment::Development {
                return Err(RunError::NoState {
                    database: database.name().to_owned(),
                    environment: database.environment().as_str(),
                });
            }
            ledger::init_state(session).await?;
        }
        let table = self.quarantine_table();
        if *table != RelationName::qualified("pgwright", "quarantine") {
            quarantine::ensure(session, table).await?;
        }
        Ok(())
    }

    fn quarantine_table(&self) -> &'a RelationName {
        &self.prepared.definition.quarantine.table
    }

    /// Loads some files as one transaction. What does not hold comes back as a failure, with nothing published.
    async fn load(&mut self, session: &WriteSession, unit: &[Input]) -> Result<Option<Failure>, RunError> {
        let held = self.held(session, unit).await?;
        let mut hashes = vec![None; unit.len()];
        self.hash(unit, &held, &mut hashes).await?;
        loop {
            session.batch("begin").await?;
            self.lock(session).await?;
            let held = self.held(session, unit).await?;
            if let Some(loads) = unit::known(self.write(), &hashes, &held) {
                session.batch("rollback").await?;
                self.report_known(unit, &loads);
                return Ok(None);
            }
            let hashed = |(input, hash): (&Input, &Option<String>)| {
                hash.is_some() || !unit::needs_hash(input, unit, &held)
            };
            if unit.iter().zip(&hashes).all(hashed) {
                break;
            }
            // Another run loaded a file of this size since it was asked. No transaction waits for a hash.
            session.batch("rollback").await?;
            self.hash(unit, &held, &mut hashes).await?;
        }
        let unit = unit::distinct(unit, &hashes);
        let Some((first, _)) = unit.first() else { return Ok(None) };
        let statements = Statements::of(&self.prepared.definition, &self.prepared.table, &first.layout);
        if let Some(stage) = &statements.stage {
            session.batch(stage).await?;
        }
        let mut loads = Vec::new();
        let mut findings = Findings::default();
        let mut total = Counts::default();
        for (input, hash) in &unit {
            let (load, reasons) = self.copy(session, input, hash.as_deref()).await?;
            quarantine::merge(&mut findings.refused, reasons);
            total += load.counts;
            loads.push(load);
        }
        let ruling = self.judge(session, total).await?;
        let file = if let [(input, _)] = unit.as_slice() { Some(&input.file.shown) } else { None };
        findings
            .checks
            .extend(ruling.checks.into_iter().map(|check| CheckReport { file: file.cloned(), ..check }));
        if let Some(failure) = ruling.failure {
            session.batch("rollback").await?;
            self.findings.merge(findings);
            self.counts += Counts { loaded: 0, deduplicated: 0, ..total };
            let reports =
                unit.iter().zip(&loads).map(|((input, _), load)| report(input, load, FileStatus::Failed));
            self.reports.extend(reports);
            return Ok(Some(failure));
        }
        self.publish(session, &statements, &mut loads).await?;
        for ((input, _), load) in unit.iter().zip(&loads) {
            ledger::record_load(session, &self.prepared.book, &input.file.shown, load).await?;
        }
        self.unconfirmed = findings;
        session.batch("commit").await?;
        self.findings.merge(std::mem::take(&mut self.unconfirmed));
        for ((input, _), load) in unit.iter().zip(&loads) {
            self.counts += load.counts;
            self.reports.push(report(input, load, FileStatus::Loaded));
        }
        Ok(None)
    }

    /// The numbers first: what they refuse needs no scan.
    async fn judge(&self, session: &WriteSession, counts: Counts) -> Result<Ruling, RunError> {
        let definition = &self.prepared.definition;
        let mut ruling = verdict::of_counts(definition, counts);
        if ruling.failure.is_none() {
            let staged = self.prepared.gate.judge(session, &definition.checks.staged).await?;
            ruling.failure = staged.failure;
            ruling.checks.extend(staged.checks);
        }
        Ok(ruling)
    }

    /// What the table holds, as far as it tells whether these files are to be loaded.
    async fn held(&self, session: &WriteSession, unit: &[Input]) -> Result<Vec<Load>, RunError> {
        let book = &self.prepared.book;
        Ok(match unit {
            [input] if self.write() != Write::Replace => {
                ledger::contents_of_size(session, book, input.file.bytes).await?
            }
            _ => ledger::contents(session, book).await?,
        })
    }

    /// Hashes the files that need it.
    async fn hash(
        &self,
        unit: &[Input],
        held: &[Load],
        hashes: &mut [Option<String>],
    ) -> Result<(), RunError> {
        for (input, hash) in unit.iter().zip(hashes) {
            if hash.is_none() && unit::needs_hash(input, unit, held) {
                *hash = Some(self.patience.sha256(&input.file).await?);
            }
        }
        Ok(())
    }

    async fn lock(&self, session: &WriteSession) -> Result<(), RunError> {
        let milliseconds = |wait: Duration| format!("set local lock_timeout = {}", wait.as_millis());
        session.batch(&milliseconds(WAIT_FOR_OTHERS)).await?;
        ledger::lock_target(session, &self.prepared.book.target).await?;
        session.batch(&milliseconds(self.prepared.definition.limits.lock_timeout.0)).await?;
        Ok(())
    }

    /// Reports files that the ledger has.
    fn report_known(&mut self, unit: &[Input], loads: &[&Load]) {
        for (input, load) in unit.iter().zip(loads) {
            let told = |report: &FileReport| report.sha256.as_ref() == Some(&load.sha256);
            if load.run == self.id && !self.reports.iter().any(told) {
                // Committed by this very run, whose answer to COMMIT was lost or which was taken up again.
                self.counts += load.counts;
                self.reports.push(report(input, load, FileStatus::Loaded));
                self.findings.merge(std::mem::take(&mut self.unconfirmed));
            } else {
                let definition = &self.prepared.book.definition_sha256;
                self.reports.push(unchanged(input, load, self.id, definition));
            }
        }
    }

    /// Reads one file and copies its rows, client and server side by side.
    async fn copy(
        &mut self,
        session: &WriteSession,
        input: &Input,
        expected: Option<&str>,
    ) -> Result<(Load, Reasons), RunError> {
        let definition = &self.prepared.definition;
        let statements = Statements::of(definition, &self.prepared.table, &input.layout);
        let before = self.prepared.files.iter().take_while(|other| other.file.path != input.file.path);
        let number = before.clone().count() + 1;
        self.meter.begin(number, &input.file.shown, before.map(|other| other.file.bytes).sum());
        let (send, batches) = mpsc::channel(BATCHES);
        let bounds = Bounds { numbered: statements.numbered, max_rows: definition.limits.max_rows };
        let reading = {
            let (file, layout) = (input.file.clone(), Arc::clone(&input.layout));
            let definition = Arc::clone(definition);
            tokio::task::spawn_blocking(move || reader::read(&file, &definition, &layout, bounds, &send))
        };
        let mut quarantine =
            Quarantine::new(self.id, self.quarantine_table(), &input.file.shown, Arc::clone(&input.layout));
        let copy = Copy {
            session,
            statement: &statements.copy,
            table: statements.copied(&self.prepared.table),
            file: &input.file,
            quarantine: &mut quarantine,
            meter: &mut self.meter,
            patience: &self.patience,
        };
        // If COPY fails, the reader's channel closes with it and the reader ends.
        let accepted = copy.run(batches).await?;
        let changed = || SourceError::Changed { path: input.file.shown.clone().into() };
        let Content { sha256, bytes } = reading.await??.ok_or_else(changed)?;
        if expected.is_some_and(|expected| expected != sha256) {
            return Err(changed().into());
        }
        let quarantined = quarantine.rows();
        let counts = Counts { read: accepted + quarantined, loaded: accepted, quarantined, deduplicated: 0 };
        let definition_sha256 = self.prepared.book.definition_sha256.clone();
        Ok((Load { sha256, bytes, run: self.id, definition_sha256, counts }, quarantine.into_reasons()))
    }

    /// Moves staged rows into the target.
    async fn publish(
        &self,
        session: &WriteSession,
        statements: &Statements,
        loads: &mut [Load],
    ) -> Result<(), RunError> {
        if let Some(empty) = &statements.empty {
            session.batch(empty).await?;
            ledger::forget(session, &self.prepared.book).await?;
        }
        let Some(publish) = &statements.publish else { return Ok(()) };
        if !statements.numbered {
            session.execute(publish, &[]).await?;
            return Ok(());
        }
        let rows = session.query(publish, &[]).await?;
        let kept = rows.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(0)).unwrap_or_default());
        if let [load] = loads {
            load.counts.deduplicated = load.counts.loaded.saturating_sub(kept);
            load.counts.loaded = kept;
        }
        Ok(())
    }

    async fn finish(
        &mut self,
        session: &WriteSession,
        attempts: &Attempts,
        status: Status,
        failure: Option<Failure>,
    ) -> Result<Outcome, RunError> {
        let mut run = Run {
            id: self.id.to_string(),
            pipeline: self.prepared.book.pipeline.clone(),
            target: self.prepared.book.target.clone(),
            status,
            rows_read: 0,
            rows_loaded: 0,
            rows_quarantined: 0,
            rows_deduplicated: 0,
            attempts: attempts.made(),
            ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            replayed: false,
            failure,
            checks: self.findings.checks.clone(),
            checks_omitted: 0,
            files: self.reports.clone(),
            files_omitted: 0,
        };
        run.count(self.counts);
        let answer = serde_json::to_string(&run).unwrap_or_default();
        let failure = run.failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok());
        ledger::finish_run(session, self.id, status.as_str(), Some(&answer), failure.as_deref()).await?;
        Ok(Outcome { run, reasons: std::mem::take(&mut self.findings.refused) })
    }

    /// Whether the failure is on record now. Best effort: the error itself is what counts, and a run without end is
    /// recognised by its free lock.
    async fn record_failure(&self, error: &RunError) -> bool {
        let scope = Scope { deadline: Some(RECORD_FAILURE), ..Scope::default() };
        let code = match error {
            RunError::Database(error) => error.code().to_owned(),
            RunError::Source(error) => error.code().to_owned(),
            _ => "run".to_owned(),
        };
        let failure = serde_json::json!({ "code": code, "message": error.to_string() }).to_string();
        let recorded: Result<bool, DatabaseError> = async {
            let session = self.call.database.write(&scope).await?;
            ledger::finish_run(&session, self.id, Status::Failed.as_str(), None, Some(&failure)).await
        }
        .await;
        recorded.unwrap_or_else(|error| {
            tracing::warn!(run = %self.id, %error, "the run's failure could not be recorded");
            false
        })
    }
}

fn report(input: &Input, load: &Load, status: FileStatus) -> FileReport {
    FileReport {
        path: input.file.shown.clone(),
        bytes: load.bytes,
        sha256: Some(load.sha256.clone()),
        status,
        rows_read: load.counts.read,
        rows_loaded: if status == FileStatus::Failed { 0 } else { load.counts.loaded },
        rows_quarantined: load.counts.quarantined,
        note: None,
    }
}

/// A file whose content was loaded before, by this run or an earlier one.
pub(crate) fn unchanged(input: &Input, load: &Load, run: Uuid, definition_sha256: &str) -> FileReport {
    let note = if load.run == run {
        "another file of this run has the same content".to_owned()
    } else if load.definition_sha256 == definition_sha256 {
        format!("this content was loaded by run {}", load.run)
    } else {
        format!(
            "this content was loaded by run {}; the definition was another then, and what was refused is not tried again",
            load.run
        )
    };
    FileReport {
        path: input.file.shown.clone(),
        bytes: load.bytes,
        sha256: Some(load.sha256.clone()),
        status: FileStatus::Unchanged,
        rows_read: 0,
        rows_loaded: 0,
        rows_quarantined: 0,
        note: Some(note),
    }
}
