//! The evaluator by HypoPG, where the database has it: the planner itself, with indexes that do not exist.
//!
//! Hypothetical indexes live in the backend's memory, outside any transaction. They are removed before and after each
//! use; a session in which that failed must be given up, not pooled.

use std::collections::BTreeMap;

use pgwright_contract::ToolError;
use pgwright_plan::Plan;
use pgwright_postgres::{DatabaseError, ReadSession, Type};

use super::reading::{Index, existing};
use super::{Changed, Confidence, Evaluator, Planned};
use crate::candidates::{Candidate, Method};
use crate::workload::{Workload, explain};
use crate::{ddl, size};

/// The most plans asked for in one call: some milliseconds each.
const MOST_EXPLAINS: u64 = 1_500;

/// The planner with hypothetical indexes.
pub(crate) struct WhatIf<'s> {
    session: &'s ReadSession,
    explains: u64,
    /// What makes each candidate; nothing for such as HypoPG cannot judge.
    made_by: Vec<Option<String>>,
    /// Those that exist in this backend by now: their OIDs and names.
    existing: BTreeMap<usize, (u32, String)>,
}

impl<'s> WhatIf<'s> {
    /// `None` where HypoPG is not at hand, or this session may not make the index `trial` with it.
    pub(crate) async fn at(session: &'s ReadSession, trial: &str) -> Result<Option<Self>, DatabaseError> {
        let found = session.query(include_str!("hypopg_installed.sql"), &[]).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let this = Self { session, explains: 0, made_by: Vec::new(), existing: BTreeMap::new() };
        let tried = session.surviving(async {
            // First of all, since what is made here outlives the transaction.
            this.end().await?;
            this.make(trial).await?;
            this.end().await
        });
        match tried.await {
            Ok(()) => Ok(Some(this)),
            Err(DatabaseError::Sql { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes all hypothetical indexes.
    pub(crate) async fn end(&self) -> Result<(), DatabaseError> {
        self.session.query(include_str!("hypopg_reset.sql"), &[]).await.map(drop)
    }

    async fn make(&self, index: &str) -> Result<Option<(u32, String)>, DatabaseError> {
        let rows = self.session.query(include_str!("hypopg_create.sql"), &[(&index, Type::TEXT)]).await?;
        Ok(rows.first().map(|row| (row.get("oid"), row.get("name"))))
    }

    /// Makes just these exist.
    async fn switch(&mut self, wanted: &Changed) -> Result<(), DatabaseError> {
        let surplus: Vec<usize> =
            self.existing.keys().copied().filter(|at| !wanted.with.contains(at)).collect();
        for at in surplus {
            let Some((oid, _)) = self.existing.remove(&at) else { continue };
            self.session.query(include_str!("hypopg_drop.sql"), &[(&oid, Type::OID)]).await?;
        }
        for at in &wanted.with {
            if self.existing.contains_key(at) {
                continue;
            }
            let Some(Some(ddl)) = self.made_by.get(*at) else { continue };
            if let Some(made) = self.make(ddl).await? {
                self.existing.insert(*at, made);
            }
        }
        Ok(())
    }
}

impl Evaluator for WhatIf<'_> {
    fn confidence(&self) -> Confidence {
        Confidence::WhatIf
    }

    fn explains(&self) -> u64 {
        self.explains
    }

    async fn prepare(
        &mut self,
        workload: &Workload,
        candidates: &[Candidate],
    ) -> Result<Vec<Result<u64, String>>, ToolError> {
        let mut sizes = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let table = workload.tables.get(&candidate.table).filter(|_| is_within_reach(candidate));
            self.made_by.push(table.map(|table| ddl::hypothetical(candidate, table)));
            sizes.push(match table {
                // Its own sizes are twice the real ones.
                Some(table) => Ok(size::of_candidate(table, candidate).bytes()),
                None => Err("HypoPG cannot judge indexes of this kind".to_owned()),
            });
        }
        Ok(sizes)
    }

    async fn plan(
        &mut self,
        workload: &Workload,
        statement: usize,
        changed: &Changed,
    ) -> Result<Planned, ToolError> {
        let Some(statement) = workload.statements.get(statement) else { return Ok(Planned::default()) };
        if self.explains >= MOST_EXPLAINS {
            // Nothing more is asked, so nothing more is promised.
            return Ok(statement.today(workload));
        }
        self.switch(changed).await?;
        let name = |name: &str| {
            let made = self.existing.iter().filter(|(_, (_, made))| made == name);
            let made = made.map(|(at, _)| Index::Candidate(*at));
            made.chain(existing(name, statement, workload).into_iter().map(Index::Existing)).collect()
        };
        let mut plans = Vec::with_capacity(statement.variants.len());
        for variant in &statement.variants {
            self.explains += 1;
            let plan = explain(self.session, &variant.sql).await?;
            let plan = Plan::from_json(&plan).map_err(|error| ToolError::new("plan", error.to_string()))?;
            plans.push(Planned::read(&plan, name));
        }
        Ok(Planned::mean(plans))
    }
}

/// No GIN; and no statistics of expressions, whose partial indexes besides bring old versions of it down.
fn is_within_reach(candidate: &Candidate) -> bool {
    let is_bare = candidate.keys.iter().all(|key| key.column().is_some());
    candidate.method != Method::Gin && (is_bare || candidate.only.is_none())
}
