//! Indexes that others thought of, judged as our own are: what each would do for one statement.

use std::collections::BTreeSet;

use pgwright_contract::{Call, ToolError};
use pgwright_postgres::ReadSession;
use pgwright_sql::guard::Admitted;

use crate::definition;
use crate::evaluate::{Changed, Confidence, Evaluator, Modelled, WhatIf};
use crate::workload::{self, Asked, Workload};

/// What one index alone would do for a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The index, as it was given.
    pub ddl: String,
    /// The planner's cost today.
    pub cost_before: f64,
    /// Its cost with the index.
    pub cost_after: f64,
    /// Whether the plan would use it.
    pub used: bool,
    /// Where the cost comes from.
    pub confidence: Confidence,
    /// What it would take on disk when freshly built: modelled.
    pub size_bytes: u64,
}

/// Judges `create index …` statements for one statement, each alone, by the best means at hand. Builds nothing on the
/// user's database. Such as cannot be judged are left out; nothing comes back for a statement that cannot be analysed.
///
/// `session` may hold hypothetical indexes for a moment, and is clean when this returns without an error.
pub async fn prove(
    _call: &Call,
    session: &ReadSession,
    statement: &Admitted,
    ddl: &[String],
) -> Result<Vec<Proof>, ToolError> {
    let asked = [Asked { sql: statement.sql().to_owned(), calls: None, mean_ms: None }];
    let (workload, _) = workload::read(session, &asked).await?;
    if workload.statements.is_empty() || ddl.is_empty() {
        return Ok(Vec::new());
    }
    let trial = ddl.iter().find_map(|ddl| definition::trial(ddl));
    if let Some(trial) = trial
        && let Some(mut evaluator) = WhatIf::at(session, &trial).await?
    {
        let proofs = judged(&workload, ddl, &mut evaluator).await;
        evaluator.end().await?;
        return proofs;
    }
    judged(&workload, ddl, &mut Modelled::default()).await
}

async fn judged<E: Evaluator>(
    workload: &Workload,
    ddl: &[String],
    evaluator: &mut E,
) -> Result<Vec<Proof>, ToolError> {
    let known: Vec<_> =
        ddl.iter().filter_map(|ddl| Some((ddl, definition::read(ddl, &workload.tables)?))).collect();
    let candidates: Vec<_> = known.iter().map(|(_, candidate)| candidate.clone()).collect();
    let sizes = evaluator.prepare(workload, &candidates).await?;
    let cost_before = workload.statements.first().map_or(0.0, |statement| statement.cost());
    let mut proofs = Vec::new();
    for (at, ((ddl, _), size)) in known.into_iter().zip(sizes).enumerate() {
        let Ok(size_bytes) = size else { continue };
        let changed = Changed { with: BTreeSet::from([at]), without: BTreeSet::new() };
        let planned = evaluator.plan(workload, 0, &changed).await?;
        proofs.push(Proof {
            ddl: ddl.clone(),
            cost_before,
            cost_after: planned.cost,
            used: planned.used.contains(&at) && planned.cost < cost_before,
            confidence: evaluator.confidence(),
            size_bytes,
        });
    }
    Ok(proofs)
}
