//! PostgreSQL's own reading of a statement, held against the guard's: where they differ, one of them is wrong.
//!
//! A cursor can be declared only for a query that writes nothing: PostgreSQL refuses any other statement, INTO, and data
//! modification in WITH, when it parses the declaration. The declaration is parsed only, so nothing is planned.

use pgwright_sql::guard::{Admitted, StatementKind};
use tokio_postgres::Statement;

use super::Judged;
use super::catalogue::{Class, Names};
use super::out_of_reach::OutOfReach;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

pub(super) const DECLARE: &str = "declare pgwright_witness no scroll cursor for ";

impl ReadSession {
    /// Has PostgreSQL parse the statement, a query as one that can't write, with the parameters that the guard counted and
    /// without a name that the catalogue does not know.
    pub(super) async fn agrees(
        &self,
        sql: &Admitted,
        judged: &Judged,
        unseen: Option<String>,
    ) -> Result<(), DatabaseError> {
        let prefix = if sql.kind() == StatementKind::Query { DECLARE } else { "" };
        let parsed = self.prepare(&format!("{prefix}{}", sql.sql())).await;
        judged.counts(parsed.map_err(|error| error.after(prefix))?.params().len())?;
        if let Some(unseen) = unseen {
            let reason =
                format!("PostgreSQL finds what {unseen} means, and the catalogue has nothing of that name");
            return Err(OutOfReach::disagreement(reason).into());
        }
        Ok(())
    }
}

/// A name of the statement that leads nowhere, though PostgreSQL parsed it.
pub(super) fn unseen(sql: &Admitted, names: &Names) -> Option<String> {
    let is_seen = |name: &str, classes: &[Class]| {
        names.others.iter().any(|named| named.name == name && classes.contains(&named.class))
    };
    let relation = sql.relations().iter().find(|wanted| {
        !names.relations.iter().any(|named| {
            named.relation.name == wanted.name
                && wanted.schema.as_ref().is_none_or(|schema| *schema == named.relation.schema)
        })
    });
    let function =
        || sql.foreign_functions().find(|wanted| !is_seen(&wanted.name, &[Class::Function, Class::Type]));
    relation.map(ToString::to_string).or_else(|| function().map(|function| function.name.clone()))
}

impl Judged {
    /// The described statement takes the parameters, and its columns come from the relations, that were judged.
    pub(in crate::session) fn covers(&self, statement: &Statement) -> Result<(), OutOfReach> {
        self.counts(statement.params().len())?;
        let origins = statement.columns().iter().filter_map(tokio_postgres::Column::table_oid);
        for origin in origins.filter(|&oid| oid != 0) {
            if !self.relations.contains(&origin) {
                let reason = format!(
                    "a column of its result comes from the relation of OID {origin}, which was not judged"
                );
                return Err(OutOfReach::disagreement(reason));
            }
        }
        Ok(())
    }

    pub(super) fn counts(&self, parameters: usize) -> Result<(), OutOfReach> {
        if parameters == self.parameters {
            return Ok(());
        }
        let reason =
            format!("PostgreSQL counts {parameters} parameters in it, the guard {}", self.parameters);
        Err(OutOfReach::disagreement(reason))
    }
}
