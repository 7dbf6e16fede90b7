//! Reads a `create index` statement as a candidate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::Subject;
use pgwright_sql::fold_identifier;
use sqlparser::ast::{
    BinaryOperator, CreateIndex, Expr, Ident, IndexColumn, IndexType, OrderBySort, Statement,
    visit_expressions,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::candidates::partial::per_million;
use crate::candidates::{Candidate, Class, Key, Method, Only};

/// Nesting that no index definition needs.
const DEEPEST: usize = 50;
/// What a partial index is taken to hold whose condition the statistics do not tell.
const UNKNOWN_SHARE: f64 = 0.1;

/// The statement without a name and without `concurrently`, as HypoPG wants it.
pub(crate) fn trial(ddl: &str) -> Option<String> {
    let mut index = parsed(ddl)?;
    (index.name, index.concurrently, index.if_not_exists) = (None, false, false);
    Some(Statement::CreateIndex(index).to_string())
}

/// The candidate that a statement would build on one of the tables.
pub(crate) fn read(ddl: &str, tables: &BTreeMap<u32, Table>) -> Option<Candidate> {
    let index = parsed(ddl)?;
    let mut names = index.table_name.0.iter().rev().filter_map(|part| part.as_ident()).map(name);
    let (table, schema) = (names.next()?, names.next());
    let table = tables
        .values()
        .find(|known| known.name.name == table && (schema.is_none() || known.name.schema == schema))?;
    let method = match &index.using {
        None | Some(IndexType::BTree) => Method::Btree,
        Some(IndexType::GIN) => Method::Gin,
        Some(IndexType::BRIN) => Method::Brin,
        Some(_) => return None,
    };
    let keys: Vec<Key> = index.columns.iter().map(|column| key(column, method)).collect::<Option<_>>()?;
    let known = keys.iter().flat_map(Key::columns).all(|column| table.column(column).is_some());
    let only = index.predicate.as_ref().map(|predicate| {
        let mut conditions = Vec::new();
        conjuncts(predicate, &mut conditions);
        Only { conditions, rows_per_million: per_million(UNKNOWN_SHARE) }
    });
    let included = index.include.iter().map(name).collect();
    (known && !keys.is_empty()).then(|| Candidate {
        included,
        only,
        method,
        ..Candidate::btree(table.oid, keys)
    })
}

fn parsed(ddl: &str) -> Option<CreateIndex> {
    let mut parser =
        Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST).try_with_sql(ddl).ok()?;
    match parser.parse_statements().ok()?.pop()? {
        Statement::CreateIndex(index) => Some(index),
        _ => None,
    }
}

fn key(column: &IndexColumn, method: Method) -> Option<Key> {
    let mut expr = &column.column.expr;
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    let part = match expr {
        Expr::Identifier(column) => Subject::Column(name(column)),
        other => {
            let mut columns = BTreeSet::new();
            let _: ControlFlow<()> = visit_expressions(other, |expr| {
                if let Expr::Identifier(column) = expr {
                    columns.insert(name(column));
                }
                ControlFlow::Continue(())
            });
            Subject::Expression { expression: other.to_string(), columns }
        }
    };
    let class = match column.operator_class.as_ref().map(|class| class.to_string().to_ascii_lowercase()) {
        None => None,
        Some(class) => Some(match class.rsplit('.').next()? {
            "text_pattern_ops" | "varchar_pattern_ops" | "bpchar_pattern_ops" => Class::TextPattern,
            "gin_trgm_ops" => Class::Trigrams,
            "jsonb_path_ops" => Class::JsonPaths,
            _ => return None,
        }),
    };
    let descending = matches!(column.column.options.sort, Some(OrderBySort::Desc));
    let nulls_first = column.column.options.nulls_first.unwrap_or(descending);
    let ordered = method == Method::Btree;
    Some(Key { part, descending: descending && ordered, nulls_first: nulls_first && ordered, class })
}

fn conjuncts(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Nested(inner) => conjuncts(inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, found);
            conjuncts(right, found);
        }
        other => found.push(other.to_string()),
    }
}

fn name(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => fold_identifier(&ident.value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::candidates::examples::shop;
    use crate::ddl;

    fn back(sql: &str) -> String {
        let tables: BTreeMap<u32, Table> = shop().into_iter().map(|table| (table.oid, table)).collect();
        let candidate = read(sql, &tables).unwrap();
        ddl::hypothetical(&candidate, &tables[&candidate.table])
    }

    #[test]
    fn what_is_written_is_read_back() {
        for sql in [
            "create index on public.orders (customer_id, created_at desc)",
            "create index on public.orders ((lower(note))) include (status)",
            "create index on public.orders (note text_pattern_ops)",
            "create index on public.orders using gin (note gin_trgm_ops)",
            "create index on public.orders using brin (created_at)",
        ] {
            assert_eq!(back(sql), sql);
        }
        assert_eq!(
            back(
                "CREATE INDEX CONCURRENTLY \"X\" ON orders (customer_id) WHERE (status = 'open') AND note IS NULL"
            ),
            "create index on public.orders (customer_id) where status = 'open' and note IS NULL"
        );
    }

    #[test]
    fn what_is_no_index_or_on_no_known_column_is_none() {
        assert!(read("drop index x", &BTreeMap::new()).is_none());
        let tables: BTreeMap<u32, Table> = shop().into_iter().map(|table| (table.oid, table)).collect();
        assert!(read("create index on orders (nowhere)", &tables).is_none());
        assert!(read("create index on orders using gist (note)", &tables).is_none());
    }

    #[test]
    fn a_trial_has_no_name() {
        assert_eq!(
            trial("create index concurrently if not exists i on orders (customer_id)")
                .unwrap()
                .to_lowercase(),
            "create index on orders(customer_id)"
        );
    }
}
