//! The second witness: what a statement that the guard admitted reaches in the real catalogue, judged before PostgreSQL
//! plans it, since planning already runs immutable functions, and before it parses it, since parsing reads literals with
//! their types' own functions.
//!
//! ```text
//!   Admitted ─ names ─▶ catalogue ─▶ survey ─ OIDs ─▶ catalogue ─▶ survey … ─▶ PostgreSQL's own reading agrees ─▶ Judged
//!                        (one round trip a step; most statements need the first only)
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
use agreement::unseen;
use catalogue::{Names, Snapshot};
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

/// How a statement came through, remembered while the session lasts.
#[derive(Debug, Clone)]
pub(in crate::session) enum Verdict {
    /// By its names, with what was committed before they were looked up.
    ByNames(Snapshot),
    /// By the tree that PostgreSQL made of it.
    ByTree,
}

impl ReadSession {
    /// Refuses a statement that could run a function, or read a relation, that it may not.
    pub(super) async fn witness(&self, sql: &Admitted) -> Result<Judged, DatabaseError> {
        if sql.kind() == StatementKind::Show {
            return Ok(Judged { relations: BTreeSet::new(), parameters: usize::from(sql.parameters()) });
        }
        self.plain_targets(sql).await?;
        self.spells_alike(sql).await?;
        let mut names = catalogue::names(self, sql).await?;
        let (unseen, snapshot) = (unseen(sql, &names), names.snapshot.take());
        let judged = match self.surveyed(sql, Reading::Names, names).await {
            Err(DatabaseError::OutOfReach(refused)) if refused.is_of_an_overload() => {
                return self.by_its_tree(sql, refused).await;
            }
            surveyed => surveyed?,
        };
        self.agrees(sql, &judged, unseen).await?;
        self.remember(sql, Verdict::ByNames(snapshot));
        Ok(judged)
    }

    fn remember(&self, sql: &Admitted, verdict: Verdict) {
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        verdicts.insert(sql.sql().to_owned(), verdict);
    }

    fn verdict(&self, sql: &Admitted) -> Option<Verdict> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).get(sql.sql()).cloned()
    }

    /// Has PostgreSQL parse a text around a statement that was judged, to run it next. Where anything was committed since it
    /// was judged, looks once more at what its names lead to: what it reads is locked now, and nothing that is made
    /// afterwards is taken for what it calls.
    pub(super) async fn confirmed(&self, sql: &Admitted, text: &str) -> Result<Statement, DatabaseError> {
        let verdict = self.verdict(sql);
        if sql.kind() == StatementKind::Show || matches!(verdict, Some(Verdict::ByTree)) {
            return self.prepare(text).await;
        }
        let (statement, snapshot) = catalogue::parsed(self, text).await?;
        let is_as_it_was =
            snapshot.is_some() && matches!(verdict, Some(Verdict::ByNames(before)) if before == snapshot);
        if !is_as_it_was {
            let names = catalogue::names(self, sql).await?;
            self.surveyed(sql, Reading::Names, names).await?;
        }
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
        if sql.kind() != StatementKind::Query {
            return Err(refused.into());
        }
        let names = catalogue::names(self, sql).await?;
        if self.surveyed(sql, Reading::Literals, names).await.is_err() {
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
        self.remember(sql, Verdict::ByTree);
        Ok(judged)
    }

    async fn surveyed(
        &self,
        sql: &Admitted,
        reading: Reading,
        names: Names,
    ) -> Result<Judged, DatabaseError> {
        let mut survey = self.survey(sql, reading);
        let wanted = survey.names(names)?;
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
