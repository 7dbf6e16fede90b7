//! The audit trail: every call, whatever became of it, is one chained record on disk.
//!
//! ```text
//!   begin ─▶ Entry ─ decided ─ intend (calls that may write: on disk before they run, or they do not run) ─ finish
//!                                                                                                      ▼
//!                                                                    one thread that appends      writer.rs
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
mod trail;
mod verify;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgwright_contract::{Access, Answered, Principal, ToolError};
use pgwright_postgres::{Database, Trace};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::time::timeout;

pub(crate) use error::AuditError;
use record::{Ending, Event, Target, Who};
use seal::Seal;
pub(crate) use show::last;
use trail::Trail;
pub(crate) use verify::verify;
use writer::{Draft, Writer, Written};

/// How long an answer waits for its record to be written.
const ANSWER_WAITS: Duration = Duration::from_secs(1);
/// How long a call that may write waits to be on record.
const WRITE_WAITS: Duration = Duration::from_secs(5);
/// How long the end of the process waits for the last records.
const END_WAITS: Duration = Duration::from_secs(5);

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
pub(crate) struct Audit(Option<Arc<Desk>>);

/// Where calls hand their records in.
struct Desk {
    trail: Arc<Trail>,
    /// Started by the first record.
    writer: Mutex<Option<Writer>>,
}

impl Audit {
    /// The trail by these settings; `None` turns it off.
    pub(crate) fn new(settings: Option<Settings>) -> Self {
        let desk = |settings| Desk { trail: Arc::new(Trail::new(settings)), writer: Mutex::new(None) };
        Self(settings.map(|settings| Arc::new(desk(settings))))
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
            desk: self.0.clone(),
            who: Who::new(principal, client, session, tool),
            target: None,
            intent: None,
            trace,
            started: Instant::now(),
        }
    }

    /// Waits for the last records, and seals what this process wrote.
    pub(crate) async fn close(&self) {
        let Some(desk) = &self.0 else { return };
        let done = desk.with_writer(Writer::mark);
        let is_done = match done {
            Ok(done) => timeout(END_WAITS, done).await.is_ok_and(|heard| heard.is_ok()),
            Err(_) => false,
        };
        if !is_done {
            tracing::error!(error = %AuditError::Behind, "the last calls are not on the audit trail");
        }
        if let Err(error) = desk.trail.clone().sealed().await {
            trail::unsealed(&error);
        }
    }
}

impl Desk {
    fn with_writer<T>(&self, ask: impl FnOnce(&Writer) -> Result<T, AuditError>) -> Result<T, AuditError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        match &*writer {
            Some(writer) => ask(writer),
            None => ask(writer.insert(Writer::start(self.trail.clone())?)),
        }
    }

    fn hand_in(&self, draft: Draft) -> Result<Written, AuditError> {
        self.with_writer(|writer| writer.append(draft))
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
    desk: Option<Arc<Desk>>,
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
        let Some(desk) = self.desk.clone() else { return Ok(()) };
        let recorded = async {
            let written = desk.hand_in(self.draft(Event::Intent, None))?;
            let head = written.await.map_err(|_| AuditError::Stopped)??;
            desk.trail.clone().sealed().await.map(|()| head.seq)
        };
        self.intent = Some(timeout(WRITE_WAITS, recorded).await.map_err(|_| AuditError::Behind)??);
        Ok(())
    }

    /// The call ended. Returns when that is on record, or can't be for now.
    pub(crate) async fn finish(mut self, outcome: &Result<Answered, ToolError>) {
        let Some((trail, written)) = self.record(Some(outcome)) else { return };
        if !trail.is_behind() && timeout(ANSWER_WAITS, written).await.is_err() {
            trail.fell_behind();
        }
    }

    fn record(&mut self, outcome: Option<&Result<Answered, ToolError>>) -> Option<(Arc<Trail>, Written)> {
        let desk = self.desk.take()?;
        let ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        match desk.hand_in(self.draft(Event::Call, Some((ms, outcome)))) {
            Ok(written) => Some((desk.trail.clone(), written)),
            Err(error) => {
                desk.trail.failed(&error);
                None
            }
        }
    }

    fn draft(&self, event: Event, ended: Option<(f64, Option<&Result<Answered, ToolError>>)>) -> Draft {
        let footprint = self.trace.footprint();
        let ending = ended.map(|(ms, outcome)| Ending::new(&footprint, ms, outcome));
        let (who, target) = (self.who.clone(), self.target.clone());
        Draft { event, intent: self.intent, who, target, footprint, ending }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Nobody waits for it.
        let _written = self.record(None);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs::{self, File};
    use std::path::Path;

    use rustix::fs::{FlockOperation, flock};

    use super::*;

    fn trail(directory: &Path) -> (Place, Audit) {
        let place = Place { log: directory.join("log"), seal: directory.join("seal"), key: None };
        let settings =
            Settings { place: Some(place.clone()), retention_days: 30, rotate_bytes: 16 * 1024 * 1024 };
        (place, Audit::new(Some(settings)))
    }

    fn begin(audit: &Audit, tool: &str) -> Entry {
        audit.begin(&Principal::Local, "test", None, tool, &Map::new())
    }

    /// As a process that was stopped while it appended.
    fn held(place: &Place) -> File {
        fs::create_dir_all(&place.log).unwrap();
        let lock = File::create(log::lock_path(&place.log)).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        lock
    }

    fn tools(place: &Place) -> Vec<String> {
        let of =
            |line: String| serde_json::from_str::<Value>(&line).unwrap()["tool"].as_str().map(String::from);
        last(place, 10).unwrap().into_iter().filter_map(of).collect()
    }

    #[tokio::test]
    async fn a_process_that_holds_the_lock_stalls_no_call_and_no_record_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let (place, audit) = trail(directory.path());
        let lock = held(&place);
        let failure = Err(ToolError::new("internal", "as asked"));
        for tool in ["first", "second"] {
            begin(&audit, tool).finish(&failure).await;
        }
        drop(begin(&audit, "third"));
        assert_eq!(tools(&place), [""; 0]);
        drop(lock);
        audit.close().await;
        assert_eq!(tools(&place), ["first", "second", "third"]);
        assert!(verify(&place).unwrap().is_intact());
    }

    #[tokio::test]
    async fn while_a_process_holds_the_lock_nothing_writes() {
        let directory = tempfile::tempdir().unwrap();
        let (place, audit) = trail(directory.path());
        let lock = held(&place);
        assert!(matches!(begin(&audit, "load").intend().await.unwrap_err(), AuditError::Behind));
        drop(lock);
        begin(&audit, "load").intend().await.unwrap();
        audit.close().await;
    }

    #[tokio::test]
    async fn under_an_empty_key_nothing_is_sealed_and_nothing_writes() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place {
            log: directory.path().join("log"),
            seal: directory.path().join("seal"),
            key: Some(SecretString::from("")),
        };
        let settings = Settings { place: Some(place.clone()), retention_days: 30, rotate_bytes: 1024 };
        let audit = Audit::new(Some(settings));
        begin(&audit, "load").intend().await.unwrap_err();
        assert!(!place.seal.join("checkpoint.json").exists());
    }
}
