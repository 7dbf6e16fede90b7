//! The thread that appends. Whoever has a record hands it over, in the order in which calls end, and waits for it no longer
//! than it chooses to: neither a slow disk nor a process that holds the lock keeps a thread of the runtime.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use pgwright_postgres::Footprint;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::clock;
use super::error::AuditError;
use super::log::{Head, Log};
use super::record::{Ending, Event, Record, Target, Who};
use super::trail::Trail;

/// Records that wait. Those beyond are not taken.
const MOST_WAITING: usize = 4_096;

/// What is to be recorded.
pub(super) struct Draft {
    pub(super) event: Event,
    pub(super) intent: Option<u64>,
    pub(super) who: Who,
    pub(super) target: Option<Target>,
    pub(super) footprint: Footprint,
    pub(super) ending: Option<Ending>,
}

/// Tells once that a record was written, or why not.
pub(super) type Written = oneshot::Receiver<Result<Head, AuditError>>;

enum Job {
    Append(Box<Draft>, oneshot::Sender<Result<Head, AuditError>>),
    /// Everything before this is done.
    Mark(oneshot::Sender<()>),
}

/// Where records are handed over. The thread ends when this is gone and all are written.
pub(super) struct Writer(SyncSender<Job>);

impl Writer {
    pub(super) fn start(trail: Arc<Trail>) -> Result<Self, AuditError> {
        let (sender, jobs) = sync_channel(MOST_WAITING);
        let runtime = Handle::try_current().ok();
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || work(&jobs, &trail, runtime.as_ref()))
            .map_err(AuditError::Thread)?;
        Ok(Self(sender))
    }

    pub(super) fn append(&self, draft: Draft) -> Result<Written, AuditError> {
        let (sender, written) = oneshot::channel();
        self.hand_over(Job::Append(Box::new(draft), sender))?;
        Ok(written)
    }

    /// Resolves when all that was handed over so far is done.
    pub(super) fn mark(&self) -> Result<oneshot::Receiver<()>, AuditError> {
        let (sender, done) = oneshot::channel();
        self.hand_over(Job::Mark(sender))?;
        Ok(done)
    }

    fn hand_over(&self, job: Job) -> Result<(), AuditError> {
        self.0.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => AuditError::Behind,
            TrySendError::Disconnected(_) => AuditError::Stopped,
        })
    }
}

fn work(jobs: &Receiver<Job>, trail: &Arc<Trail>, runtime: Option<&Handle>) {
    let mut log = None;
    for job in jobs {
        match job {
            Job::Append(draft, written) => {
                let outcome = append(&mut log, trail, &draft);
                match &outcome {
                    Ok(_) => Trail::seal_soon(trail, runtime),
                    Err(error) if draft.event == Event::Call => trail.failed(error),
                    Err(_) => {}
                }
                let _heard = written.send(outcome);
            }
            Job::Mark(done) => {
                let _heard = done.send(());
            }
        }
    }
}

fn append(log: &mut Option<Log>, trail: &Trail, draft: &Draft) -> Result<Head, AuditError> {
    let unrecorded = trail.unrecorded();
    let log = match log {
        Some(log) => log,
        none => none.insert(trail.open()?),
    };
    let time = clock::now();
    let record = Record {
        time: &time,
        event: draft.event,
        intent: draft.intent,
        who: &draft.who,
        target: draft.target.as_ref(),
        statements: &draft.footprint.statements,
        statements_omitted: draft.footprint.omitted,
        ending: draft.ending.as_ref(),
        unrecorded,
    };
    let head = log.append(&time, &record)?;
    trail.written(log.end(), unrecorded);
    Ok(head)
}
