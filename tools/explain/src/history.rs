//! The plans that statements had: kept in pgwright's own state, so that an answer can say when a plan changed.
//!
//! A plan is kept as its skeleton (kinds of nodes, names, rows, costs) under the statement's fingerprint. No value of a
//! statement, a condition or a table is in either. Nothing is written to the database that is asked about.

mod skeleton;

use std::sync::Arc;
use std::time::Duration;

use pgwright_plan::{Change, Comparison, Plan};
use pgwright_postgres::{
    Database, DatabaseError, Environment, ReadSession, Scope, ToSql, Type, WriteSession,
};
use pgwright_sql::guard::Admitted;
use pgwright_sql::{fingerprint, hexadecimal};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::shape;

/// Plans kept of one statement.
const PLANS: i64 = 20;
/// Plans kept in all.
const ALL_PLANS: i64 = 20_000;
/// How long an answer waits for its history; what was begun goes on, so that a cluster that is started is there next time.
const PATIENCE: Duration = Duration::from_secs(10);

/// The statements that create the state of this room where it is missing.
pub const STATE: &[&str] = &[include_str!("history/schema.sql"), include_str!("history/plans.sql")];

/// Where plans are kept.
#[derive(Debug, Clone)]
pub struct History(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    state: Arc<Database>,
    ready: OnceCell<()>,
}

/// How the plan of a statement came to be what it is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PlanChange {
    /// When this plan was first seen after the other, in UTC.
    pub(crate) changed_at: String,
    /// When the other was last seen, in UTC.
    pub(crate) last_seen_before: String,
    /// The other's cost when it was last seen.
    pub(crate) cost_before: f64,
    /// This plan's cost now.
    pub(crate) cost_after: f64,
    /// What is done in another way.
    pub(crate) changes: Vec<Change>,
}

/// Why the history could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "the state database {0} has no table for it yet; a person may run: pgwright state init --database {0}"
    )]
    NoState(String),
    #[error("the state database did not answer within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("it failed unexpectedly")]
    Failed,
}

/// What is kept of a plan.
struct Seen {
    place: String,
    statement: String,
    shape: String,
    skeleton: Value,
    cost: f64,
}

impl History {
    /// In this database.
    pub fn in_database(state: Arc<Database>) -> Self {
        Self(Arc::new(Kept { state, ready: OnceCell::new() }))
    }

    /// Keeps the plan of a statement that this session planned, and says how it changed, if it did.
    pub(crate) async fn keep(
        &self,
        session: &ReadSession,
        statement: &Admitted,
        is_generic: bool,
        plan: &Plan,
    ) -> Result<Option<PlanChange>, HistoryError> {
        let place = session.query(include_str!("history/place.sql"), &[]).await?;
        let place: String = place.first().map(|row| row.get("place")).unwrap_or_default();
        let place = format!("{} {place}", session.database().name());
        let generic = if is_generic { "-generic" } else { "" };
        let Some(skeleton) = skeleton::of(plan) else { return Ok(None) };
        let seen = Seen {
            place: hexadecimal(&Sha256::digest(place.as_bytes())[..8]),
            statement: format!("{}{generic}", fingerprint(statement.sql()).hash),
            shape: shape::of(plan),
            skeleton,
            cost: plan.root().estimate.total_cost,
        };
        let kept = Arc::clone(&self.0);
        let keeping = tokio::spawn(async move { kept.keep(&seen).await });
        match tokio::time::timeout(PATIENCE, keeping).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) => Err(HistoryError::Failed),
            Err(_) => Err(HistoryError::Slow),
        }
    }
}

impl Kept {
    async fn keep(&self, seen: &Seen) -> Result<Option<PlanChange>, HistoryError> {
        let session = self.state.write(&Scope::default()).await?;
        self.ready.get_or_try_init(|| self.ensure(&session)).await?;
        session.batch("begin").await?;
        let of_statement: [(&(dyn ToSql + Sync), Type); 2] =
            [(&seen.place, Type::TEXT), (&seen.statement, Type::TEXT)];
        let known = session.query(include_str!("history/latest.sql"), &of_statement).await?;
        let shape = |at: usize| known.get(at).map(|row| row.get::<_, &str>("shape"));
        let is_new = shape(0).is_some_and(|latest| latest != seen.shape);
        let skeleton = seen.skeleton.to_string();
        session
            .execute(
                include_str!("history/remember.sql"),
                &[
                    (&seen.place, Type::TEXT),
                    (&seen.statement, Type::TEXT),
                    (&seen.shape, Type::TEXT),
                    (&skeleton, Type::TEXT),
                    (&seen.cost, Type::FLOAT8),
                    (&is_new, Type::BOOL),
                ],
            )
            .await?;
        let [place, statement] = of_statement;
        session
            .execute(include_str!("history/forget.sql"), &[place, statement, (&PLANS, Type::INT8)])
            .await?;
        if known.is_empty() {
            session
                .execute(include_str!("history/forget_statements.sql"), &[(&ALL_PLANS, Type::INT8)])
                .await?;
        }
        session.batch("commit").await?;
        // The other plan is the latest one with another shape.
        let Some(other) = known.iter().find(|row| row.get::<_, &str>("shape") != seen.shape) else {
            return Ok(None);
        };
        let changed_at = match is_new {
            true => other.get("now"),
            false => known.first().map_or_else(String::new, |row| row.get("since")),
        };
        Ok(seen.changed_from(other.get("skeleton"), changed_at, other.get("last_seen"), other.get("cost")))
    }

    async fn ensure(&self, session: &WriteSession) -> Result<(), HistoryError> {
        let present = session.query(include_str!("history/present.sql"), &[]).await?;
        if present.first().is_some_and(|row| row.get(0)) {
            return Ok(());
        }
        if self.state.environment() != Environment::Development {
            return Err(HistoryError::NoState(self.state.name().to_owned()));
        }
        Ok(init_state(session).await?)
    }
}

impl Seen {
    fn changed_from(
        &self,
        skeleton: &str,
        changed_at: String,
        last_seen_before: String,
        cost_before: f64,
    ) -> Option<PlanChange> {
        let (before, after) = (Plan::from_json(skeleton).ok()?, Plan::from_value(&self.skeleton).ok()?);
        let changes = Comparison::of(&before, &after).changes;
        Some(PlanChange { changed_at, last_seen_before, cost_before, cost_after: self.cost, changes })
    }
}

/// Creates what is missing, one process at a time: `if not exists` alone fails where two begin together.
pub async fn init_state(session: &WriteSession) -> Result<(), DatabaseError> {
    session.batch("begin").await?;
    session.query(include_str!("history/lock_setup.sql"), &[]).await?;
    for statement in STATE {
        session.batch(statement).await?;
    }
    session.batch("commit").await
}
