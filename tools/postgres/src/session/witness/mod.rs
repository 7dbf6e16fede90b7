//! The second witness: what a statement that the guard admitted reaches in the real catalogue, judged before PostgreSQL
//! plans it, since planning already runs immutable functions, and before it parses it, since parsing reads literals with
//! their types' own functions.
//!
//! ```text
//!   Admitted ─ names ─▶ catalogue ─▶ survey ─ OIDs ─▶ catalogue ─▶ survey … ─▶ Judged ─▶ PostgreSQL's own reading agrees
//!                        (one round trip a step; most statements need the first only)
//! ```
//!
//! The names can't tell which overload, operator or cast PostgreSQL will choose. So whatever it could choose is judged, as
//! far as the types in play allow; in doubt a statement is refused. What is built in is judged by pgwright's own lists.

mod agreement;
mod catalogue;
mod expression;
mod out_of_reach;
mod survey;

use std::collections::BTreeSet;

use pgwright_sql::guard::{Admitted, StatementKind};

pub use out_of_reach::OutOfReach;

use super::ReadSession;
use crate::errors::DatabaseError;

/// Views over views over views: a statement that needs more steps is refused.
const MOST_STEPS: usize = 40;

/// A statement that both witnesses let through.
#[derive(Debug)]
pub(in crate::session) struct Judged {
    /// The relations that the statement names.
    relations: BTreeSet<u32>,
    parameters: usize,
}

impl ReadSession {
    /// Refuses a statement that could run a function, or read a relation, that it may not.
    pub(super) async fn witness(&self, sql: &Admitted) -> Result<Judged, DatabaseError> {
        let parameters = usize::from(sql.parameters());
        if sql.kind() == StatementKind::Show {
            return Ok(Judged { relations: BTreeSet::new(), parameters });
        }
        let database = self.database();
        let mut survey = survey::Survey::new(database.name(), database.reach(), sql);
        let mut wanted = survey.names(catalogue::names(self, sql).await?)?;
        let mut steps = 0;
        while !wanted.is_empty() {
            steps += 1;
            if steps > MOST_STEPS {
                return Err(too_deep().into());
            }
            let facts = catalogue::facts(self, &wanted).await?;
            wanted = survey.facts(&wanted, facts)?;
        }
        let judged = Judged { relations: survey.into_named(), parameters };
        self.agrees(sql, &judged).await?;
        Ok(judged)
    }
}

fn too_deep() -> OutOfReach {
    OutOfReach {
        rule: "too_deep",
        object: "the statement".to_owned(),
        reason: format!("what it reads leads through more than {MOST_STEPS} steps of views and types"),
        via: None,
        setting: None,
        instead: "the same question asked with a simpler statement",
    }
}
