//! PostgreSQL's own reading of a statement, held against the guard's: where they differ, one of them is wrong.
//!
//! A cursor can be declared only for a query that writes nothing: PostgreSQL refuses any other statement, INTO, and data
//! modification in WITH, when it parses the declaration. The declaration is parsed only, so nothing is planned.

use pgwright_sql::guard::{Admitted, StatementKind};
use tokio_postgres::Statement;

use super::Judged;
use super::out_of_reach::OutOfReach;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

pub(super) const DECLARE: &str = "declare pgwright_witness no scroll cursor for ";

impl ReadSession {
    /// Has PostgreSQL parse a query as one that can't write, with the parameters that the guard counted.
    pub(super) async fn agrees(&self, sql: &Admitted, judged: &Judged) -> Result<(), DatabaseError> {
        if sql.kind() != StatementKind::Query {
            return Ok(());
        }
        let declared = self.prepare(&format!("{DECLARE}{}", sql.sql())).await;
        judged.counts(declared.map_err(|error| error.after(DECLARE))?.params().len())?;
        Ok(())
    }
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
                return Err(disagreement(reason));
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
        Err(disagreement(reason))
    }
}

fn disagreement(reason: String) -> OutOfReach {
    OutOfReach {
        rule: "witnesses_disagree",
        object: "the statement".to_owned(),
        reason,
        via: None,
        setting: None,
        instead: "the same question asked with a simpler statement",
    }
}
