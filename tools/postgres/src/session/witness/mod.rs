//! The second witness: what a statement that the guard admitted reaches in the real catalogue, judged before PostgreSQL
//! plans it, since planning already runs immutable functions, and before it parses it, since parsing reads literals with
//! their types' own functions.
//!
//! ```text
//!   Admitted ─ names ─▶ catalogue ─▶ survey ─ OIDs ─▶ catalogue ─▶ survey … ─▶ PostgreSQL parses ─▶ the same again ─▶ Judged
//!                        (one round trip a step; most statements need the first only, and the second with the parsing)
//! ```
//!
//! The names can't tell which overload, operator or cast PostgreSQL will choose. So whatever it could choose is judged, as
//! far as the types in play allow. What is refused by that is judged once more, by the tree that PostgreSQL parses the
//! statement into, unless parsing alone could run what may not run; in doubt a statement is refused. What is built in is
//! judged by pgwright's own lists.

mod agreement;
mod catalogue;
mod denial;
mod expression;
mod out_of_reach;
mod parse_tree;
mod spelling;
mod survey;
mod targets;

use std::collections::BTreeSet;
use std::sync::PoisonError;

use pgwright_sql::guard::{Admitted, StatementKind};
use tokio_postgres::Statement;

pub use out_of_reach::OutOfReach;

use super::ReadSession;
use crate::errors::DatabaseError;
use denial::Denial;
use survey::{Reading, Survey, Wanted};

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
        if sql.kind() == StatementKind::Show {
            return Ok(Judged { relations: BTreeSet::new(), parameters: usize::from(sql.parameters()) });
        }
        self.plain_targets(sql).await?;
        self.spells_alike(sql).await?;
        let judged = match self.surveyed(sql, Reading::Names).await {
            Err(DatabaseError::OutOfReach(refused)) if refused.is_of_an_overload() => {
                return self.by_its_tree(sql, refused).await;
            }
            surveyed => surveyed?,
        };
        let mut survey = self.survey(sql, Reading::Names);
        let wanted = survey.names(self.agrees(sql, &judged).await?)?;
        self.follow(survey, wanted, sql).await
    }

    /// Has PostgreSQL parse a text around a statement that was judged, to run it next, and looks once more at what its names
    /// lead to now. Nothing that is made or replaced afterwards is taken for one of them.
    pub(super) async fn confirmed(&self, sql: &Admitted, text: &str) -> Result<Statement, DatabaseError> {
        let is_by_tree = self.by_tree.lock().unwrap_or_else(PoisonError::into_inner).contains(sql.sql());
        if sql.kind() == StatementKind::Show || is_by_tree {
            return self.prepare(text).await;
        }
        let (statement, names) = catalogue::parsed_names(self, sql, text).await?;
        let mut survey = self.survey(sql, Reading::Names);
        let wanted = survey.names(names)?;
        self.follow(survey, wanted, sql).await?;
        Ok(statement)
    }

    /// Refuses a relation whose values may not be shown, be it by what it is a part of, or by a part of it.
    pub async fn may_show_values(&self, relation: u32) -> Result<(), DatabaseError> {
        let denial = Denial { database: self.database().name(), reach: self.database().reach() };
        for kin in catalogue::kin(self, relation).await? {
            denial.by_list(&kin, None)?;
        }
        Ok(())
    }

    /// Judges a statement by the tree that PostgreSQL makes of it, where its names alone were not clear.
    async fn by_its_tree(&self, sql: &Admitted, refused: OutOfReach) -> Result<Judged, DatabaseError> {
        if sql.kind() != StatementKind::Query || self.surveyed(sql, Reading::Literals).await.is_err() {
            return Err(refused.into());
        }
        let (tree, parameters) = self.parse_tree(sql).await?;
        let Some(tree) = tree else { return Err(refused.into()) };
        let mut survey = self.survey(sql, Reading::Tree);
        let wanted = survey.tree(&tree, catalogue::names(self, sql).await?)?;
        let judged = match self.follow(survey, wanted, sql).await {
            // The names told better how it comes into play.
            Err(DatabaseError::OutOfReach(again)) if again.object == refused.object => {
                return Err(refused.into());
            }
            followed => followed?,
        };
        judged.counts(parameters)?;
        self.by_tree.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.sql().to_owned());
        Ok(judged)
    }

    async fn surveyed(&self, sql: &Admitted, reading: Reading) -> Result<Judged, DatabaseError> {
        let mut survey = self.survey(sql, reading);
        let wanted = survey.names(catalogue::names(self, sql).await?)?;
        self.follow(survey, wanted, sql).await
    }

    fn survey(&self, sql: &Admitted, reading: Reading) -> Survey<'_> {
        Survey::new(self.database().name(), self.database().reach(), sql, reading)
    }

    async fn follow(
        &self,
        mut survey: Survey<'_>,
        mut wanted: Wanted,
        sql: &Admitted,
    ) -> Result<Judged, DatabaseError> {
        let mut steps = 0;
        while !wanted.is_empty() {
            steps += 1;
            if steps > MOST_STEPS {
                return Err(too_deep().into());
            }
            let facts = catalogue::facts(self, &wanted).await?;
            wanted = survey.facts(&wanted, facts)?;
        }
        Ok(Judged { relations: survey.into_named(), parameters: usize::from(sql.parameters()) })
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
