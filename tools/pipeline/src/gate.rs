//! The gate before publication: the definition's checks on the staged rows, planned and evaluated by the quality room inside
//! the load's own transaction. What it tells holds counts and no values.

use pgwright_contract::Progress;
use pgwright_postgres::{DatabaseError, WriteSession};
use pgwright_quality::compile::{self, Plan, Scan};
use pgwright_quality::{CheckSpec, Subject, execute};

use crate::layout::Mismatch;
use crate::sink::statements::stage;
use crate::verdict::Ruling;

/// The checks of a definition, planned for its staging table.
#[derive(Debug)]
pub(crate) struct Gate {
    subject: Subject,
    plan: Plan,
}

impl Gate {
    /// Plans the checks for rows staged for that table; says which of them cannot be evaluated on such rows.
    pub(crate) fn new(table: Subject, checks: &[CheckSpec], version: u32) -> Result<Self, Mismatch> {
        // For the table itself first, so that a fault speaks of it.
        if let Some((check, fault)) = compile::plan(&table, checks, version).refusal() {
            let check = checks.get(check).map_or("", |check| check.name.as_str());
            return Err(Mismatch::new(
                format!("the check {check} cannot be evaluated: {fault}"),
                "correct it in the definition's checks",
            ));
        }
        let subject = table.staged(stage());
        let plan = compile::plan(&subject, checks, version).without_samples();
        Ok(Self { subject, plan })
    }

    /// The statements that count over all staged rows.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.plan.scans.iter().map(Scan::sql).collect()
    }

    /// Judges the staged rows. A passing fault is an error, so that the load starts over.
    pub(crate) async fn judge(
        &self,
        session: &WriteSession,
        checks: &[CheckSpec],
    ) -> Result<Ruling, DatabaseError> {
        let mut ruling = Ruling::default();
        let unheard = Progress::default();
        let evaluation = execute::evaluate(session, &self.subject, checks, &self.plan, &unheard).await?;
        for (check, outcome) in checks.iter().zip(&evaluation.outcomes) {
            ruling.add(check, outcome);
        }
        Ok(ruling)
    }
}
