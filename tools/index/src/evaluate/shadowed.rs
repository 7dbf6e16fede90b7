//! The evaluator on a shadow: the planner itself, on an empty copy of the database, with the indexes really made there.

use pgwright_contract::ToolError;
use pgwright_plan::Plan;
use pgwright_postgres::ReadSession;
use pgwright_shadow::{CandidateId, Shadow, ShadowError, Shadows, Snapshot, Wanted, capture};

use super::reading::{Index, existing};
use super::{Changed, Confidence, Evaluator, Planned};
use crate::candidates::Candidate;
use crate::workload::{Variant, Workload};
use crate::{ddl, size};

/// The most plans asked for in one call.
const MOST_EXPLAINS: u64 = 1_900;

/// Statements whose plans of today are held against the shadow's.
const COMPARED: usize = 3;

/// The planner of a shadow.
pub(crate) struct Shadowed {
    shadow: Shadow,
    explains: u64,
    /// What stands for each candidate there, and its names in plans.
    made: Vec<Option<(CandidateId, Vec<String>)>>,
}

impl Shadowed {
    /// What a shadow of the workload's tables is made from. The session is needed no longer than this takes.
    pub(crate) async fn seen(session: &ReadSession, workload: &Workload) -> Result<Snapshot, ToolError> {
        let functions = workload.statements.iter().flat_map(|statement| &statement.variants);
        let functions =
            functions.flat_map(|variant| variant.sql.functions()).map(|called| called.name.clone());
        let wanted =
            Wanted { functions: functions.collect(), ..Wanted::relations(workload.tables.keys().copied()) };
        Ok(capture(session, &wanted).await?)
    }

    /// Makes a shadow.
    pub(crate) async fn of(
        shadows: &Shadows,
        snapshot: &Snapshot,
        workload: &Workload,
    ) -> Result<Self, ToolError> {
        let shadow = shadows.materialise(snapshot).await.map_err(failed)?;
        let mut this = Self { shadow, explains: 0, made: Vec::new() };
        this.agrees(workload).await?;
        Ok(this)
    }

    /// Whether it plans as the database does: plans of today cost the same there.
    async fn agrees(&mut self, workload: &Workload) -> Result<(), ToolError> {
        let variants = workload.statements.iter().filter_map(|statement| statement.variants.first());
        for variant in variants.take(COMPARED) {
            let plan = self.shadow.plan(&variant.sql, &[], &[]).await.map_err(failed)?;
            if !is_near(&plan, variant) {
                return Err(ToolError::new(
                    "shadow",
                    "the shadow of this database plans otherwise than it does",
                ));
            }
        }
        Ok(())
    }
}

fn is_near(plan: &Plan, variant: &Variant) -> bool {
    let (there, here) = (plan.root().estimate.total_cost, variant.plan.root().estimate.total_cost);
    (there - here).abs() <= 0.05 * here.max(1.0)
}

impl Evaluator for Shadowed {
    fn confidence(&self) -> Confidence {
        Confidence::ExactWhatIf
    }

    fn explains(&self) -> u64 {
        self.explains
    }

    async fn prepare(
        &mut self,
        workload: &Workload,
        candidates: &[Candidate],
    ) -> Result<Vec<Result<u64, String>>, ToolError> {
        let table = |candidate: &Candidate| workload.tables.get(&candidate.table);
        let ddl: Vec<String> = candidates
            .iter()
            .map(|candidate| {
                table(candidate).map_or_else(String::new, |table| ddl::hypothetical(candidate, table))
            })
            .collect();
        let prepared = self.shadow.prepare(&ddl).await.map_err(failed)?;
        let mut sizes = Vec::with_capacity(prepared.len());
        for (candidate, one) in candidates.iter().zip(prepared) {
            // Sized as for every other evaluator, so that a budget means the same with each.
            let own = table(candidate).map_or(0, |table| size::of_candidate(table, candidate).bytes());
            sizes.push(one.as_ref().map(|_| own).map_err(ToString::to_string));
            self.made.push(one.ok().map(|made| (made.id, made.names)));
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
        let with: Vec<CandidateId> =
            changed.with.iter().filter_map(|at| self.made.get(*at)?.as_ref()).map(|(id, _)| *id).collect();
        let without: Vec<u32> = changed.without.iter().copied().collect();
        let mut plans = Vec::with_capacity(statement.variants.len());
        for variant in &statement.variants {
            self.explains += 1;
            let plan = self.shadow.plan(&variant.sql, &with, &without).await.map_err(failed)?;
            plans.push(Planned::read(&plan, |name| {
                let candidates = changed.with.iter().filter(|at| {
                    let made = self.made.get(**at).and_then(Option::as_ref);
                    made.is_some_and(|(_, names)| names.iter().any(|known| known == name))
                });
                let candidates = candidates.map(|at| Index::Candidate(*at));
                candidates
                    .chain(existing(name, statement, workload).into_iter().map(Index::Existing))
                    .collect()
            }));
        }
        Ok(Planned::mean(plans))
    }
}

fn failed(error: ShadowError) -> ToolError {
    ToolError::new("shadow", error.to_string())
}
