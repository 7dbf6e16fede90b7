//! A change that a caller proposes: one statement of a few kinds, read by PostgreSQL's grammar before anything is done.

use std::ops::Range;

use pgwright_sql::RelationName;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

/// Longer than any such statement.
const LONGEST: usize = 16_384;

/// What is to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// `create index`, of any access method.
    CreateIndex {
        /// The table.
        table: RelationName,
        /// The statement, without `concurrently`, `if not exists` and a tablespace.
        sql: String,
    },
    /// `drop index`.
    DropIndex {
        /// The indexes.
        indexes: Vec<RelationName>,
    },
    /// `alter table … add constraint` or `drop constraint`.
    Constraint {
        /// The table.
        table: RelationName,
        /// The statement.
        sql: String,
    },
    /// `create statistics`.
    Statistics {
        /// The statement.
        sql: String,
    },
    /// `set name = value` of a setting that plans depend on.
    Set {
        /// The setting.
        name: String,
        /// Its value.
        value: String,
    },
}

/// A text that is no change of these kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotAllowed {
    reason: String,
}

impl NotAllowed {
    /// What would be allowed.
    pub const HINT: &'static str = "allowed are: create index, drop index, alter table … add or drop constraint, create statistics, \
        set of a planner setting; one statement each";

    pub(crate) fn query() -> Self {
        Self::because("only a query can be planned here")
    }

    pub(crate) fn index() -> Self {
        Self::because("only create index makes a candidate")
    }

    fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl Change {
    /// Reads one statement.
    pub fn parse(sql: &str) -> Result<Self, NotAllowed> {
        if sql.len() > LONGEST || sql.contains('\0') {
            return Err(NotAllowed::because("the change is longer than 16 kB, or no text"));
        }
        let parse = SourceFile::parse(sql);
        if let Some(error) = parse.errors().first() {
            let at = usize::from(error.range().start());
            return Err(NotAllowed::because(format!("the change is not SQL from character {at} on")));
        }
        let file = parse.syntax_node();
        let mut statements = file.children();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            return Err(NotAllowed::because("a change is one statement"));
        };
        let text = sql.trim_end().trim_end_matches(';');
        match statement.kind() {
            SyntaxKind::CREATE_INDEX => Ok(Self::CreateIndex {
                table: relation(&statement)?,
                sql: without(
                    sql,
                    &statement,
                    &[SyntaxKind::CONCURRENTLY_KW],
                    &[SyntaxKind::IF_NOT_EXISTS, SyntaxKind::TABLESPACE_CLAUSE],
                ),
            }),
            SyntaxKind::DROP_INDEX => {
                let references = statement.children().filter(|child| child.kind() == SyntaxKind::INDEX_REF);
                Ok(Self::DropIndex { indexes: references.map(|one| named(&one)).collect::<Result<_, _>>()? })
            }
            SyntaxKind::ALTER_TABLE => {
                let only_constraints = statement.children().all(|child| {
                    matches!(
                        child.kind(),
                        SyntaxKind::ADD_CONSTRAINT
                            | SyntaxKind::DROP_CONSTRAINT
                            | SyntaxKind::TABLE_RELATION_NAME
                            | SyntaxKind::IF_EXISTS
                    )
                });
                if !only_constraints {
                    return Err(NotAllowed::because(
                        "of alter table only adding and dropping constraints can be tried",
                    ));
                }
                Ok(Self::Constraint { table: relation(&statement)?, sql: text.to_owned() })
            }
            SyntaxKind::CREATE_STATISTICS => Ok(Self::Statistics { sql: text.to_owned() }),
            SyntaxKind::SET => setting(text),
            _ => Err(NotAllowed::because("this kind of statement cannot be tried")),
        }
    }
}

fn relation(statement: &SyntaxNode) -> Result<RelationName, NotAllowed> {
    let name = statement.descendants().find(|node| node.kind() == SyntaxKind::TABLE_RELATION_NAME);
    let name = name.ok_or_else(|| NotAllowed::because("the change names no table"))?;
    let path = name.descendants().find(|node| node.kind() == SyntaxKind::TABLE_NAME_REF);
    named(&path.unwrap_or(name))
}

fn named(node: &SyntaxNode) -> Result<RelationName, NotAllowed> {
    let written = node.text().to_string();
    written.trim().parse().map_err(|_| NotAllowed::because("a name in the change cannot be read"))
}

/// The text without these tokens and these parts.
fn without(sql: &str, statement: &SyntaxNode, tokens: &[SyntaxKind], parts: &[SyntaxKind]) -> String {
    let mut cut: Vec<Range<usize>> = statement
        .children_with_tokens()
        .filter(|element| {
            let kinds = if element.as_token().is_some() { tokens } else { parts };
            kinds.contains(&element.kind()) || element.kind() == SyntaxKind::SEMICOLON
        })
        .map(|element| {
            let range = element.text_range();
            usize::from(range.start())..usize::from(range.end())
        })
        .collect();
    cut.reverse();
    let mut text = sql.to_owned();
    for range in cut {
        if text.get(range.clone()).is_some() {
            text.replace_range(range, " ");
        }
    }
    text.trim().to_owned()
}

fn setting(text: &str) -> Result<Change, NotAllowed> {
    let rest = text.trim_start().get(3..).unwrap_or_default().trim();
    let lower = rest.to_ascii_lowercase();
    let rest = ["local ", "session "]
        .iter()
        .find(|scope| lower.starts_with(**scope))
        .map_or(rest, |scope| &rest[scope.len()..]);
    let parted = rest.split_once('=').or_else(|| {
        let at = rest.to_ascii_lowercase().find(" to ")?;
        Some((&rest[..at], &rest[at + 4..]))
    });
    let (name, value) =
        parted.ok_or_else(|| NotAllowed::because("a setting is written: set name = value"))?;
    Ok(Change::Set {
        name: name.trim().to_ascii_lowercase(),
        value: value.trim().trim_matches('\'').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_index_is_built_at_once_and_only_where_it_is_asked_for() {
        let change = Change::parse(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON shop.\"Orders\" USING gin (lower(a) gin_trgm_ops) WHERE b > 1;",
        );
        let Change::CreateIndex { table, sql } = change.unwrap() else { panic!("an index") };
        assert_eq!(table, RelationName::qualified("shop", "Orders"));
        assert!(
            !sql.to_lowercase().contains("concurrently") && !sql.to_lowercase().contains("exists"),
            "{sql}"
        );
        assert!(sql.contains("gin_trgm_ops) WHERE b > 1") && !sql.contains(';'), "{sql}");
    }

    #[test]
    fn other_statements_are_refused() {
        for sql in [
            "drop table orders",
            "alter table orders add column x int",
            "alter table orders add constraint c check (true), disable trigger all",
            "create index on a (b); drop table a",
            "select 1",
            "create function f() returns int language sql as 'select 1'",
            "alter system set work_mem = '1GB'",
            "create index on",
            "",
        ] {
            assert!(Change::parse(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn the_other_kinds_are_told_apart() {
        assert_eq!(
            Change::parse("drop index concurrently if exists a, s.b").unwrap(),
            Change::DropIndex { indexes: vec![RelationName::bare("a"), RelationName::qualified("s", "b")] }
        );
        assert!(matches!(
            Change::parse("alter table only t add constraint u unique (a)").unwrap(),
            Change::Constraint { table, .. } if table == RelationName::bare("t")
        ));
        assert!(matches!(
            Change::parse("create statistics s on a, b from t").unwrap(),
            Change::Statistics { .. }
        ));
        for sql in ["set work_mem = '64MB'", "SET LOCAL work_mem TO '64MB';", "set session work_mem='64MB'"] {
            assert_eq!(
                Change::parse(sql).unwrap(),
                Change::Set { name: "work_mem".to_owned(), value: "64MB".to_owned() },
                "{sql}"
            );
        }
    }
}
