//! What checks measured before: kept in pgwright's own state, so that a figure can be judged by those before it, and a
//! change of a table's columns be told.
//!
//! Figures and names of columns are kept; no value of a row is. Nothing is written to the database that is checked.

use std::sync::Arc;

use pgwright_postgres::catalog::Table;
use pgwright_postgres::{
    Database, DatabaseError, Environment, ReadSession, Scope, ToSql, Type, WriteSession,
};
use tokio::sync::OnceCell;

use crate::checks::{Anomaly, CheckSpec, Past, Strangeness};
use crate::verdict::{Outcome, Verdict};

/// The check whose answer the history has.
const DRIFT: &str = "schema_drift";

/// The statements that create the state of this room where it is missing.
pub const STATE: &[&str] = &[
    include_str!("history/schema.sql"),
    include_str!("history/figures.sql"),
    include_str!("history/columns.sql"),
];

/// Where figures are kept.
#[derive(Debug, Clone)]
pub struct History(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    state: Arc<Database>,
    ready: OnceCell<()>,
}

/// Why the history could not be kept.
#[derive(Debug, thiserror::Error)]
enum HistoryError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "the state database {0} has no table for it yet; a person may run: pgwright state init --database {0}"
    )]
    NoState(String),
}

/// Whether a check asks for the history.
pub(crate) fn asks(spec: &CheckSpec) -> bool {
    spec.anomaly.is_some() || spec.standard == DRIFT
}

/// Judges what asks for a history, and keeps what it measured. Where none is kept, what asks for one is unknown.
pub(crate) async fn judge(
    history: Option<&History>,
    session: &ReadSession,
    table: &Table,
    specs: &[CheckSpec],
    outcomes: &mut [Outcome],
) -> Result<(), DatabaseError> {
    if !specs.iter().any(asks) {
        return Ok(());
    }
    let judged = match history {
        None => Err("no history is kept; set quality.history in the configuration".to_owned()),
        Some(history) => {
            let place = session.query(include_str!("history/place.sql"), &[]).await?;
            let place: String = place.first().map(|row| row.get("place")).unwrap_or_default();
            let place = format!("{} {place}", session.database().name());
            let kept = history.0.judge(&place, table, specs, outcomes).await;
            kept.map_err(|error| format!("the history could not be read or kept: {error}"))
        }
    };
    if let Err(reason) = judged {
        for (spec, outcome) in specs.iter().zip(outcomes.iter_mut()).filter(|(spec, _)| asks(spec)) {
            doubt(spec, outcome, &reason);
        }
    }
    Ok(())
}

/// Unknown, unless it fails or is an error already.
fn doubt(_: &CheckSpec, outcome: &mut Outcome, reason: &str) {
    if matches!(outcome.verdict, Verdict::Pass | Verdict::Warn | Verdict::Unknown) {
        outcome.verdict = Verdict::Unknown;
    }
    outcome.evidence = format!("{}; {reason}", outcome.evidence);
}

impl History {
    /// In this database.
    pub fn in_database(state: Arc<Database>) -> Self {
        Self(Arc::new(Kept { state, ready: OnceCell::new() }))
    }
}

impl Kept {
    async fn judge(
        &self,
        place: &str,
        table: &Table,
        specs: &[CheckSpec],
        outcomes: &mut [Outcome],
    ) -> Result<(), HistoryError> {
        let session = self.state.write(&Scope::default()).await?;
        self.ready.get_or_try_init(|| self.ensure(&session)).await?;
        let relation = table.name.to_string();
        session.batch("begin").await?;
        for (spec, outcome) in specs.iter().zip(outcomes.iter_mut()) {
            if let Some(rule) = &spec.anomaly {
                figure(&session, place, &relation, spec, rule, outcome).await?;
            }
            if spec.standard == DRIFT {
                drift(&session, place, &relation, table, spec, outcome).await?;
            }
        }
        session
            .execute(include_str!("history/forget.sql"), &[(&place, Type::TEXT), (&relation, Type::TEXT)])
            .await?;
        Ok(session.batch("commit").await?)
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

/// Judges the figure of a check by those of the days before, and keeps it.
async fn figure(
    session: &WriteSession,
    place: &str,
    relation: &str,
    spec: &CheckSpec,
    rule: &Anomaly,
    outcome: &mut Outcome,
) -> Result<(), DatabaseError> {
    let value = outcome.value.as_deref().and_then(|value| value.parse::<f64>().ok());
    let Some(value) = value.filter(|value| value.is_finite()) else {
        doubt(spec, outcome, "it has no figure that could be compared");
        return Ok(());
    };
    let key: [(&(dyn ToSql + Sync), Type); 3] =
        [(&place, Type::TEXT), (&relation, Type::TEXT), (&spec.name, Type::TEXT)];
    let past: Vec<Past> = session
        .query(include_str!("history/past.sql"), &key)
        .await?
        .iter()
        .map(|row| Past { day: -row.get::<_, i64>("days_ago"), value: row.get("figure") })
        .collect();
    let [place, relation, check] = key;
    session
        .execute(include_str!("history/remember.sql"), &[place, relation, check, (&value, Type::FLOAT8)])
        .await?;
    match rule.judge(&past, 0, value) {
        Strangeness::Learning { known, needed } => {
            doubt(spec, outcome, &format!("learning {known}/{needed}"))
        }
        Strangeness::Usual { expected } => {
            outcome.evidence.push_str(&format!("; usual, about {expected:.0} on this weekday"));
        }
        Strangeness::Strange { expected, scales } => {
            if outcome.verdict == Verdict::Pass {
                outcome.verdict = spec.severity.missed();
            }
            outcome
                .evidence
                .push_str(&format!("; {scales:.1} deviations from about {expected:.0} on this weekday"));
        }
    }
    Ok(())
}

/// Compares the columns with those of the last run, and keeps them.
async fn drift(
    session: &WriteSession,
    place: &str,
    relation: &str,
    table: &Table,
    spec: &CheckSpec,
    outcome: &mut Outcome,
) -> Result<(), DatabaseError> {
    let now: Vec<String> =
        table.columns.iter().map(|column| format!("{} {}", column.name, column.type_name)).collect();
    let key: [(&(dyn ToSql + Sync), Type); 2] = [(&place, Type::TEXT), (&relation, Type::TEXT)];
    let last = session.query(include_str!("history/last_columns.sql"), &key).await?;
    let [place, relation] = key;
    session
        .execute(include_str!("history/remember_columns.sql"), &[place, relation, (&now, Type::TEXT_ARRAY)])
        .await?;
    let Some(last) = last.first() else {
        doubt(spec, outcome, "learning: this is the first look");
        return Ok(());
    };
    let (before, seen_at): (Vec<String>, String) = (last.get("columns"), last.get("seen_at"));
    let gone: Vec<&String> = before.iter().filter(|column| !now.contains(column)).collect();
    let new: Vec<&String> = now.iter().filter(|column| !before.contains(column)).collect();
    let listed = |columns: &[&String]| {
        columns.iter().map(|column| crate::statement::shown(column)).collect::<Vec<_>>().join(", ")
    };
    (outcome.verdict, outcome.evidence) = if before == now {
        (Verdict::Pass, format!("as on {seen_at} UTC"))
    } else {
        let mut changes = Vec::new();
        if !gone.is_empty() {
            changes.push(format!("gone: {}", listed(&gone)));
        }
        if !new.is_empty() {
            changes.push(format!("new: {}", listed(&new)));
        }
        if changes.is_empty() {
            changes.push("the columns stand in another order".to_owned());
        }
        (spec.severity.missed(), format!("since {seen_at} UTC {}", changes.join("; ")))
    };
    Ok(())
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
