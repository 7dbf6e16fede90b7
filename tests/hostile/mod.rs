//! The proof of the guard: what hostile statements do to a cluster, what an analyst's statements get, and what random
//! statements that were let through change.
//!
//! Everything goes through the built binary and a real MCP client, as superuser, against a cluster made to be attacked. A
//! second connection, and a look into the server's folders, see what was left behind.

mod assistant;
mod corpus;
mod fingerprint;
mod fuzz;
mod generate;
mod scratch;
pub mod suite;

pub use assistant::Assistant;
pub use fuzz::fuzz;
use fuzz::harm;
pub use generate::{World, expression};
pub use scratch::{ANALYST_ROLE, Scratch};
pub use suite::{ask_as_an_analyst, attack};

use std::time::Duration;

use crate::support::OLDER;

/// Short, so that what would take for ever takes little of a test's time.
const STATEMENT_MS: Option<u64> = Some(200);

#[tokio::test]
async fn hostile_statements_change_nothing_and_learn_no_secret() {
    let scratch = Scratch::start(major()).await;
    let assistant = Assistant::start(&scratch, "postgres", STATEMENT_MS).await;
    let wanted = wanted();
    let score = attack(&scratch, &assistant, |statement| wanted.includes(&statement.category)).await;
    assert!(score.statements >= wanted.at_least(300), "{score}");
    assert!(score.failures.is_empty(), "{}\n{score}", score.failures.join("\n"));
    eprintln!("{score}");
}

#[tokio::test]
async fn hostile_statements_of_the_least_role_change_nothing_and_learn_no_secret() {
    let scratch = Scratch::start(major()).await;
    let assistant = Assistant::start(&scratch, ANALYST_ROLE, STATEMENT_MS).await;
    let wanted = wanted();
    // What is only large or slow is so for every role.
    let bomb = |category: &str| category.ends_with("bombs") || category == "uncancellable";
    let score = attack(&scratch, &assistant, |statement| {
        let category = &statement.category;
        wanted.includes(category) && (wanted.is_named() || !bomb(category))
    })
    .await;
    assert!(score.statements >= wanted.at_least(300), "{score}");
    assert!(score.failures.is_empty(), "{}\n{score}", score.failures.join("\n"));
    eprintln!("{score}");
}

#[tokio::test]
async fn an_analysts_statements_are_answered_with_what_postgresql_says() {
    let scratch = Scratch::start(major()).await;
    let mut failures = Vec::new();
    for role in ["postgres", ANALYST_ROLE] {
        let assistant = Assistant::start(&scratch, role, None).await;
        let score = ask_as_an_analyst(&scratch, &assistant, role).await;
        eprintln!("{role}: {score}");
        assert!(score.statements >= 150, "{role}: {score}");
        failures.extend(score.failures.iter().map(|failure| format!("{role}: {failure}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// `PGWRIGHT_FUZZ` says how many.
#[tokio::test]
async fn random_statements_that_are_let_through_change_nothing() {
    let count = std::env::var("PGWRIGHT_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let scratch = Scratch::start(major()).await;
    let assistant = Assistant::start(&scratch, "postgres", STATEMENT_MS).await;
    let tally = fuzz(&scratch, &assistant, count, 1).await;
    assert!(tally.failures.is_empty(), "{}\n{tally}", tally.failures.join("\n"));
    let held = &tally.held_by_the_session_only;
    assert!(held.is_empty(), "{}\n{tally}", held.join("\n"));
    // A guard that lets nothing through proves nothing, and neither do statements that could do nothing.
    assert!(tally.admitted * 10 >= tally.statements * 3, "{tally}");
    let harm = harm(&scratch, &tally.refused).await;
    assert!(harm.len() > 3, "{harm:?} of {} refused statements", tally.refused.len());
    eprintln!("{tally}");
}

/// `PGWRIGHT_POSTGRES=18` runs against that major version.
fn major() -> u16 {
    std::env::var("PGWRIGHT_POSTGRES").ok().and_then(|major| major.parse().ok()).unwrap_or(OLDER)
}

/// `PGWRIGHT_HOSTILE=locks,files` runs these categories only.
fn wanted() -> Wanted {
    let named = std::env::var("PGWRIGHT_HOSTILE").ok();
    let named: Option<Vec<String>> = named.map(|only| only.split(',').map(str::to_owned).collect());
    for category in named.iter().flatten() {
        assert!(
            corpus::categories("hostile").contains(category),
            "PGWRIGHT_HOSTILE: no category {category:?}"
        );
    }
    Wanted { named }
}

/// The categories of a run.
struct Wanted {
    named: Option<Vec<String>>,
}

impl Wanted {
    fn is_named(&self) -> bool {
        self.named.is_some()
    }

    fn includes(&self, category: &String) -> bool {
        self.named.as_ref().is_none_or(|named| named.contains(category))
    }

    /// How many statements there must be, where there are so many of all categories.
    fn at_least(&self, of_all: usize) -> usize {
        if self.is_named() { 1 } else { of_all }
    }
}

/// A proof is only as good as its witness: what it is for is seen, each by its aspect.
#[tokio::test]
async fn the_fingerprint_sees_what_statements_leave_behind() {
    let scratch = Scratch::start(major()).await;
    let unguarded = scratch.unguarded().await;
    let mut before = scratch.look().await;
    assert_eq!(scratch.changes_since(&mut before).await, Vec::<String>::new());
    for (aspect, sql) in [
        ("WAL", "update customers set balance = balance + 1 where id = 1"),
        ("next transaction", "select pg_current_xact_id()"),
        ("WAL", "select pg_logical_emit_message(false, 'left', 'behind')"),
        ("sequence numbers", "select nextval('numbers')"),
        ("unlogged rows", "update scratch set note = 'changed' where id = 1"),
        ("WAL", "select lo_create(0)"),
        ("mark volatile", "begin read only; select leave_volatile('x'); rollback"),
        ("mark volatile", "select leave_stable('again')"),
        ("mark program", "select * from program_output"),
        ("lock of unguarded", "select pg_advisory_lock(42)"),
        ("lock of unguarded", "select pg_advisory_unlock_all()"),
        ("content of postgresql.auto.conf", "alter system set work_mem = '5MB'"),
        ("reloaded", "select pg_reload_conf()"),
        ("statistics of trap", "select pg_stat_reset()"),
        ("slot left_behind", "select pg_create_physical_replication_slot('left_behind')"),
        ("prepared kept", "rollback prepared 'kept'"),
        (
            "victim victim idle",
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim idle'",
        ),
        (
            "victim victim busy",
            "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'victim busy'",
        ),
    ] {
        let removable = scratch.marks.path().join("volatile");
        let _ = std::fs::remove_file(removable);
        before = scratch.look().await;
        unguarded.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
        crate::support::eventually(sql, || async {
            let changes = scratch.changes_within(Duration::ZERO, &mut before.clone()).await;
            changes.iter().any(|change| change.starts_with(aspect))
        })
        .await;
    }
    let before = scratch.look_thoroughly().await;
    unguarded.batch_execute("update orders set total = 0 where id = 7").await.unwrap();
    let changes = scratch.look_thoroughly().await.differences(&before);
    assert!(changes.iter().any(|change| change.starts_with("rows of orders")), "{changes:?}");
}
