//! The guard against the server: whatever it lets through is run once more by a superuser whom nothing holds back, and must
//! change nothing that way either.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio_postgres::Client;

use super::assistant::{Assistant, Door, Outcome, Reply};
use super::fingerprint::Fingerprint;
use super::generate::{World, statements};
use super::scratch::{CANARIES, Scratch};

const BATCH: usize = 200;
const AT_ONCE: usize = 4;
/// Rows that are read of a statement that nothing guards.
const ROWS: i32 = 50;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub statements: usize,
    /// Let through by the guard.
    pub admitted: usize,
    /// And run to their end.
    pub executed: usize,
    pub failures: Vec<String>,
    /// Let through, with an effect if nothing else had held them.
    pub held_by_the_session_only: Vec<String>,
    /// Some of those that were not let through.
    pub refused: Vec<String>,
}

impl fmt::Display for Tally {
    #[allow(clippy::cast_precision_loss)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |count: usize| count as f64 * 100.0 / self.statements as f64;
        write!(
            f,
            "{} statements, {} admitted ({:.0} %), {} run to their end ({:.0} %), {} failures, {} held by the session only",
            self.statements,
            self.admitted,
            share(self.admitted),
            self.executed,
            share(self.executed),
            self.failures.len(),
            self.held_by_the_session_only.len(),
        )
    }
}

/// Runs that many random statements; the same seed gives the same statements.
pub async fn fuzz(scratch: &Scratch, assistant: &Assistant, count: usize, seed: u8) -> Tally {
    let world = World::of(&scratch.witness).await;
    let strategy = statements(&world, scratch.places());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tally = Tally::default();
    let mut unguarded = None;
    let mut before = scratch.look().await;
    while tally.statements < count {
        let batch: Vec<String> = (0..BATCH.min(count - tally.statements))
            .map(|_| strategy.new_tree(&mut runner).unwrap().current())
            .collect();
        tally.statements += batch.len();
        let asked = stream::iter(&batch).map(|sql| assistant.ask(Door::RunQuery, sql, &[])).buffered(AT_ONCE);
        let replies: Vec<Reply> = asked.collect().await;
        for (sql, reply) in batch.iter().zip(&replies) {
            if let Some(fault) = fault(reply) {
                tally.failures.push(format!("{fault}: {sql}"));
            }
        }
        let changes = scratch.changes_since(&mut before).await;
        if !changes.is_empty() {
            let culprit = culprit(scratch, assistant, &batch, &mut before).await;
            tally.failures.push(format!("changed {}: {culprit}", changes.join("; ")));
        }

        let (admitted, refused): (Vec<_>, Vec<_>) =
            batch.iter().zip(&replies).partition(|(_, reply)| reply.was_admitted());
        let admitted: Vec<&String> = admitted.into_iter().map(|(sql, _)| sql).collect();
        if tally.refused.is_empty() {
            tally.refused = refused.into_iter().take(50).map(|(sql, _)| sql.clone()).collect();
        }
        tally.admitted += admitted.len();
        tally.executed += replies.iter().filter(|reply| reply.was_answered()).count();
        for sql in &admitted {
            run_unguarded(scratch, &mut unguarded, sql).await;
        }
        let changes = scratch.changes_since(&mut before).await;
        if !changes.is_empty() {
            let mut found = BTreeSet::new();
            for sql in &admitted {
                run_unguarded(scratch, &mut unguarded, sql).await;
                let changes = scratch.changes_since(&mut before).await;
                if !changes.is_empty() {
                    found.insert(format!("changes {}: {sql}", changes.join("; ")));
                }
            }
            if found.is_empty() {
                found.insert(format!("once, and not again: {}", changes.join("; ")));
            }
            tally.held_by_the_session_only.extend(found);
            scratch.fill_in_victims().await;
            before = scratch.look().await;
        }
    }
    tally
}

/// What statements do to the cluster when nothing guards it.
pub async fn harm(scratch: &Scratch, statements: &[String]) -> Vec<String> {
    let mut before = scratch.look().await;
    let mut unguarded = None;
    for sql in statements {
        run_unguarded(scratch, &mut unguarded, sql).await;
    }
    // Changes are wanted: there is nothing to wait for.
    scratch.changes_within(Duration::ZERO, &mut before).await
}

fn fault(reply: &Reply) -> Option<String> {
    if matches!(reply.outcome, Outcome::Broken) {
        return Some("no answer".to_owned());
    }
    let structured = match &reply.outcome {
        Outcome::Answered { structured } => structured.to_string(),
        _ => String::new(),
    };
    let leaks = CANARIES.iter().any(|canary| structured.contains(canary) || reply.text.contains(canary));
    leaks.then(|| format!("a secret in {}", reply.shown()))
}

/// The statement of the batch that changes something, asked for one by one.
async fn culprit(
    scratch: &Scratch,
    assistant: &Assistant,
    batch: &[String],
    before: &mut Fingerprint,
) -> String {
    scratch.fill_in_victims().await;
    *before = scratch.look().await;
    for sql in batch {
        assistant.ask(Door::RunQuery, sql, &[]).await;
        if !scratch.changes_since(before).await.is_empty() {
            return sql.clone();
        }
    }
    "no statement alone".to_owned()
}

/// Runs it in a transaction that may write and is committed.
async fn run_unguarded(scratch: &Scratch, connection: &mut Option<Client>, sql: &str) {
    if connection.as_ref().is_none_or(Client::is_closed) {
        let client = scratch.unguarded().await;
        client.batch_execute("set statement_timeout = 300").await.unwrap();
        *connection = Some(client);
    }
    let Some(client) = connection else { return };
    let Ok(transaction) = client.transaction().await else { return };
    let read = async {
        let statement = transaction.prepare(sql).await?;
        let portal = transaction.bind(&statement, &[]).await?;
        transaction.query_portal(&portal, ROWS).await
    };
    let _ = if read.await.is_ok() { transaction.commit().await } else { transaction.rollback().await };
}
