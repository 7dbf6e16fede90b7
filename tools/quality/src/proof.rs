//! What the catalogue already guarantees, so that no scan is needed.
//!
//! Believed: valid NOT NULL, valid unique B-tree indexes over plain columns, validated foreign keys, of ordinary tables
//! without inheritance children and of partitioned tables. Not believed: partial and expression indexes, those that compare
//! in another way than their columns do, NOT VALID constraints, foreign tables, views. Rows changed under `session_replication_role = replica` can break a foreign key that
//! the catalogue calls valid: `prove: false` scans in spite of it.

use pgwright_postgres::catalog::{Index, KeyPart, Table};
use pgwright_sql::RelationName;

use crate::subject::{Guarantees, Parent, Subject};

/// NOT NULL on the column.
pub(crate) fn not_null(subject: &Subject, column: &str) -> Option<String> {
    let believed =
        subject.guarantees.sound && !subject.guarantees.unvalidated.iter().any(|doubted| doubted == column);
    let declared = subject.table.column(column).is_some_and(|column| column.not_null);
    (believed && declared).then(|| "declared NOT NULL".to_owned())
}

/// A unique index on some of the columns: what is unique stays so with more columns beside it.
pub(crate) fn unique(subject: &Subject, columns: &[String]) -> Option<String> {
    unique_index(&subject.table, &subject.guarantees, columns)
        .map(|index| format!("unique index {}", index.name))
}

/// A unique index on some of the parent's columns: a join on them all meets at most one row.
pub(crate) fn unique_key<'a>(parent: &'a Parent, columns: &[String]) -> Option<&'a Index> {
    unique_index(&parent.table, &parent.guarantees, columns)
}

fn unique_index<'a>(table: &'a Table, guarantees: &Guarantees, columns: &[String]) -> Option<&'a Index> {
    let covers = |index: &Index| {
        index.unique
            && index.valid
            && index.method == "btree"
            && index.predicate.is_none()
            && !index.keys.is_empty()
            && index.keys.iter().all(|key| {
                key.default_class && matches!(&key.part, KeyPart::Column(column) if columns.contains(column))
            })
    };
    table.indexes.iter().find(|index| guarantees.sound && covers(index))
}

/// A validated foreign key over the same pairs of columns, in whatever order.
pub(crate) fn foreign_key(
    subject: &Subject,
    columns: &[String],
    parent: &RelationName,
    parent_columns: &[String],
) -> Option<String> {
    let parent = &subject.parent(parent).ok()?.table.name;
    let sorted = |children: &[String], parents: &[String]| {
        let mut pairs: Vec<(String, String)> =
            children.iter().cloned().zip(parents.iter().cloned()).collect();
        pairs.sort();
        pairs
    };
    let wanted = sorted(columns, parent_columns);
    let proves = |key: &&pgwright_postgres::catalog::ForeignKey| {
        key.validated && key.referenced == *parent && sorted(&key.columns, &key.referenced_columns) == wanted
    };
    let key = subject.table.foreign_keys.iter().find(proves)?;
    subject.guarantees.sound.then(|| format!("validated foreign key {}", key.name))
}
