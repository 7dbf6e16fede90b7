//! Names as people write them, resolved by the catalogue; a miss says which names are near.

use pgwright_sql::RelationName;
use tokio_postgres::types::Type;

use crate::errors::DatabaseError;
use crate::session::ReadSession;

/// A relation that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its OID.
    pub oid: u32,
    /// Its name with its schema.
    pub name: RelationName,
    /// Whether the search path leads to it without the schema.
    pub visible: bool,
}

/// A name that does not lead to exactly one thing.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No such table.
    #[error("no table {wanted} in database {database}")]
    Unknown {
        /// The name asked for.
        wanted: RelationName,
        /// The database's name in the configuration.
        database: String,
        /// Names that are spelt alike, best first.
        nearest: Vec<RelationName>,
    },
    /// The name stands in several schemas, none of them on the search path.
    #[error("{wanted} is in several schemas: {}", list(found))]
    Ambiguous {
        /// The name asked for.
        wanted: RelationName,
        /// All that match.
        found: Vec<RelationName>,
    },
    /// No such column.
    #[error("{said}")]
    UnknownColumn {
        /// What PostgreSQL said.
        said: String,
        /// Columns that are spelt alike, with their tables, best first.
        nearest: Vec<String>,
    },
}

impl ResolveError {
    /// The SQLSTATE that PostgreSQL has for this.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "42P01",
            Self::Ambiguous { .. } => "42P09",
            Self::UnknownColumn { .. } => "42703",
        }
    }

    /// The candidates, written out; `None` where there are none.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } if !nearest.is_empty() => {
                Some(format!("nearest: {}", list(nearest)))
            }
            Self::UnknownColumn { nearest, .. } if !nearest.is_empty() => {
                Some(format!("nearest: {}", nearest.join(", ")))
            }
            Self::Ambiguous { .. } => Some("write it with its schema".to_owned()),
            _ => None,
        }
    }
}

impl ReadSession {
    /// Finds a table, view, materialized view or foreign table. A name without a schema is looked for on the search
    /// path first, then in all schemas but the system's.
    pub async fn resolve(&self, wanted: &RelationName) -> Result<Resolved, DatabaseError> {
        let rows = self
            .query(
                include_str!("resolve.sql"),
                &[(&wanted.schema.as_deref(), Type::TEXT), (&wanted.name, Type::TEXT)],
            )
            .await?;
        let mut found: Vec<Resolved> = rows
            .iter()
            .map(|row| Resolved { oid: row.get("oid"), name: name(row), visible: row.get("visible") })
            .collect();
        match found.as_slice() {
            [] => Err(self.unknown(wanted).await?.into()),
            [_] | [Resolved { visible: true, .. }, ..] => Ok(found.swap_remove(0)),
            _ => Err(ResolveError::Ambiguous {
                wanted: wanted.clone(),
                found: found.into_iter().map(|resolved| resolved.name).collect(),
            }
            .into()),
        }
    }

    async fn unknown(&self, wanted: &RelationName) -> Result<ResolveError, DatabaseError> {
        let rows = self.query(include_str!("relation_names.sql"), &[]).await?;
        let names: Vec<RelationName> = rows.iter().map(name).collect();
        let spelling = |candidate: &RelationName| candidate.name.clone();
        Ok(ResolveError::Unknown {
            wanted: wanted.clone(),
            database: self.database().name().to_owned(),
            nearest: nearest(&wanted.name, names, spelling),
        })
    }
}

/// The candidates that are spelt most like `wanted`, best first, at most three.
pub fn nearest<T>(wanted: &str, candidates: Vec<T>, spelling: impl Fn(&T) -> String) -> Vec<T> {
    const ALIKE: f64 = 0.75;
    let mut scored: Vec<(f64, T)> = candidates
        .into_iter()
        .map(|candidate| {
            (strsim::jaro_winkler(&wanted.to_lowercase(), &spelling(&candidate).to_lowercase()), candidate)
        })
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

fn name(row: &tokio_postgres::Row) -> RelationName {
    RelationName { schema: Some(row.get("schema")), name: row.get("name") }
}

fn list(names: &[RelationName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_spelling_comes_first_and_strangers_are_left_out() {
        let near = nearest("orderz", vec!["customers", "order_items", "orders"], |name| (*name).to_owned());
        assert_eq!(near.first(), Some(&"orders"));
        assert!(!near.contains(&"customers"));
    }
}
