//! The audit trail: every call, whatever became of it, is one chained record on disk.
//!
//! ```text
//!   begin ─▶ Entry ─ decided ─ intend (calls that may write: on disk before they run, or they do not run) ─ finish
//!                                                                                                      │
//!   <dir>/log/000001.jsonl …   chained lines, shared by all processes            log.rs, chain.rs   ◀──┘
//!   <dir>/seal/checkpoint.json where the log ended, under a key                  seal.rs    within a second, and at the end
//! ```
//!
//! Reads go on when a record cannot be written, and the log says so; calls that may write are refused.

mod chain;
mod clock;
mod error;
mod log;
mod record;
mod seal;
mod show;
mod verify;

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgwright_contract::{Access, Answered, Principal, ToolError};
use pgwright_postgres::{Database, Trace};
use secrecy::SecretString;
use serde_json::{Map, Value};

pub(crate) use error::AuditError;
use log::{Head, Log};
use record::{Ending, Event, Record, Target, Who};
use seal::Seal;
pub(crate) use show::last;
pub(crate) use verify::verify;

/// How long a record may wait for its checkpoint.
const UNSEALED: Duration = Duration::from_secs(1);

/// Where a trail lives.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The directory of the records.
    pub(crate) log: PathBuf,
    /// The directory of the checkpoint and its key.
    pub(crate) seal: PathBuf,
    /// The checkpoint's key, where it was given.
    pub(crate) key: Option<SecretString>,
}

impl Place {
    fn seal(&self) -> Seal {
        Seal::new(self.seal.clone(), self.key.clone())
    }
}

/// How the trail is kept.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `None`: there is no home for it.
    pub(crate) place: Option<Place>,
    pub(crate) retention_days: u32,
    pub(crate) rotate_bytes: u64,
}

/// The trail of this process, or none. Opened by the first call.
#[derive(Clone)]
pub(crate) struct Audit(Option<Arc<Trail>>);

struct Trail {
    settings: Settings,
    log: Mutex<Option<Log>>,
    /// Calls that could not be recorded since the last that could.
    unrecorded: AtomicUsize,
    /// A checkpoint is on its way.
    sealing: AtomicBool,
}

impl Audit {
    /// The trail by these settings; `None` turns it off.
    pub(crate) fn new(settings: Option<Settings>) -> Self {
        let trail = |settings| {
            Arc::new(Trail {
                settings,
                log: Mutex::new(None),
                unrecorded: AtomicUsize::new(0),
                sealing: AtomicBool::new(false),
            })
        };
        Self(settings.map(trail))
    }

    /// A call begins: what it asks for is noted, and its end will be, even if it is dropped.
    pub(crate) fn begin(
        &self,
        principal: &Principal,
        client: &str,
        session: Option<&str>,
        tool: &str,
        arguments: &Map<String, Value>,
    ) -> Entry {
        let trace = Trace::default();
        arguments.iter().for_each(|(name, value)| statements(name, value, &trace));
        Entry {
            trail: self.0.clone(),
            who: Who::new(principal, client, session, tool),
            target: None,
            intent: None,
            trace,
            started: Instant::now(),
        }
    }

    /// Seals what this process wrote.
    pub(crate) async fn close(&self) {
        let Some(trail) = self.0.clone() else { return };
        let sealed = tokio::task::spawn_blocking(move || trail.seal()).await;
        if let Ok(Err(error)) = sealed {
            tracing::error!(%error, "the audit trail has no checkpoint over its last records");
        }
    }
}

/// SQL stands in arguments named `sql`, at any depth.
fn statements(name: &str, value: &Value, trace: &Trace) {
    match value {
        Value::String(sql) if name == "sql" => trace.statement(sql),
        Value::Array(items) => items.iter().for_each(|item| statements(name, item, trace)),
        Value::Object(members) => members.iter().for_each(|(name, value)| statements(name, value, trace)),
        _ => {}
    }
}

/// One call, until it is recorded.
pub(crate) struct Entry {
    /// `None` once it is recorded, and where nothing is.
    trail: Option<Arc<Trail>>,
    who: Who,
    target: Option<Target>,
    intent: Option<u64>,
    trace: Trace,
    started: Instant,
}

impl Entry {
    /// Where the call's sessions say what they do.
    pub(crate) fn trace(&self) -> Trace {
        self.trace.clone()
    }

    /// The database was found, and this is what the call needs of it.
    pub(crate) fn decided(&mut self, database: &Database, needs: Access) {
        self.target = Some(Target::new(database.name(), database.environment().as_str(), needs));
    }

    /// Puts a call that may write on record before it runs. It must not run when this fails.
    pub(crate) async fn intend(&mut self) -> Result<(), AuditError> {
        let Some(trail) = self.trail.clone() else { return Ok(()) };
        let (who, target, trace) = (self.who.clone(), self.target.clone(), self.trace.clone());
        let work = move || {
            let head = trail.append(&who, target.as_ref(), &trace, Event::Intent, None, None)?;
            trail.seal().map(|()| head.seq)
        };
        let recorded = tokio::task::spawn_blocking(work).await;
        self.intent =
            Some(recorded.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?);
        Ok(())
    }

    /// The call ended.
    pub(crate) fn finish(mut self, outcome: &Result<Answered, ToolError>) {
        self.record(Some(outcome));
    }

    fn record(&mut self, outcome: Option<&Result<Answered, ToolError>>) {
        let Some(trail) = self.trail.take() else { return };
        let ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        let ending = Ending::new(&self.trace.footprint(), ms, outcome);
        let target = self.target.as_ref();
        match trail.append(&self.who, target, &self.trace, Event::Call, self.intent, Some(&ending)) {
            Ok(_) => Trail::seal_soon(&trail),
            Err(error) => trail.failed(&error),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.record(None);
    }
}

impl Trail {
    fn append(
        &self,
        who: &Who,
        target: Option<&Target>,
        trace: &Trace,
        event: Event,
        intent: Option<u64>,
        ending: Option<&Ending>,
    ) -> Result<Head, AuditError> {
        let footprint = trace.footprint();
        let unrecorded = self.unrecorded.load(Ordering::Relaxed);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let log = match &mut *log {
            Some(log) => log,
            none => none.insert(self.open()?),
        };
        let time = clock::now();
        let record = Record {
            time: &time,
            event,
            intent,
            who,
            target,
            statements: &footprint.statements,
            statements_omitted: footprint.omitted,
            ending,
            unrecorded,
        };
        let head = log.append(&time, &record)?;
        self.unrecorded.fetch_sub(unrecorded, Ordering::Relaxed);
        if unrecorded > 0 {
            tracing::warn!(unrecorded, "the audit trail is written again");
        }
        Ok(head)
    }

    fn place(&self) -> Result<&Place, AuditError> {
        self.settings.place.as_ref().ok_or(AuditError::NoPlace)
    }

    fn open(&self) -> Result<Log, AuditError> {
        let place = self.place()?;
        let genesis = match place.seal().read_or_begin(&place.log) {
            Ok(checkpoint) => checkpoint.beginning.hash,
            Err(error @ AuditError::Io { .. }) => return Err(error),
            // The log has records, so what the first one follows is not asked for. It goes on; no checkpoint will, and
            // with it no call that writes.
            Err(_) => chain::Hash::random(),
        };
        Log::open(&place.log, self.settings.rotate_bytes, genesis)
    }

    /// Makes a checkpoint over what this process wrote.
    fn seal(&self) -> Result<(), AuditError> {
        let Some((file, head)) = self.end()? else { return Ok(()) };
        let place = self.place()?;
        file.sync_data().map_err(AuditError::io("write", &log::file(&place.log, head.file)))?;
        place.seal().advance(&place.log, &head, &clock::days_ago(self.settings.retention_days))
    }

    fn end(&self) -> Result<Option<(File, Head)>, AuditError> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.as_ref().map_or(Ok(None), Log::end)
    }

    fn seal_soon(trail: &Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if trail.sealing.swap(true, Ordering::AcqRel) {
            return;
        }
        let trail = trail.clone();
        runtime.spawn(async move {
            tokio::time::sleep(UNSEALED).await;
            trail.sealing.store(false, Ordering::Release);
            let sealed = tokio::task::spawn_blocking(move || trail.seal()).await;
            if let Ok(Err(error)) = sealed {
                tracing::error!(%error, "the audit trail has no checkpoint over its last records");
            }
        });
    }

    fn failed(&self, error: &AuditError) {
        if self.unrecorded.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(%error, "a call could not be recorded; reads go on, calls that write are refused");
        }
    }
}
