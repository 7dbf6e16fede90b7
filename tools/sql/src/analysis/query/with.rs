//! Common table expressions: each is analysed once, where it is defined.

use std::{collections::HashMap, ops::ControlFlow};

use sqlparser::ast::{Cte, CteAsMaterialized, ObjectName, Query, SetExpr, With, visit_relations};

use super::{Analyser, Tail, union};
use crate::analysis::{
    operand::name_parts,
    scope::{Columns, Nesting, Reach, Scope, written},
};

impl Analyser<'_> {
    pub(super) fn with(&mut self, with: &With, query: &Query, scope: &mut Scope<'_>) {
        let counts = references(query);
        for cte in &with.cte_tables {
            let name = written(&cte.alias.name);
            let uses = counts.get(&name).copied().unwrap_or(0);
            // PostgreSQL does not run a query that nothing reads, unless it writes.
            let writes = !matches!(
                *cte.query.body,
                SetExpr::Select(_)
                    | SetExpr::Query(_)
                    | SetExpr::SetOperation { .. }
                    | SetExpr::Values(_)
                    | SetExpr::Table(_)
            );
            if uses == 0 && !writes {
                continue;
            }
            let is_recursive = with.recursive && references(&cte.query).contains_key(&name);
            let mut columns = if is_recursive {
                self.recursive(cte, &name, scope)
            } else {
                self.query(&cte.query, Some(scope), Nesting::Plain)
            };
            let is_inlined = match cte.materialized {
                Some(CteAsMaterialized::Materialized) => false,
                Some(CteAsMaterialized::NotMaterialized) => true,
                None => uses == 1,
            };
            if !is_inlined || is_recursive {
                columns.limit_reach(Reach::Opaque);
            }
            columns.rename(&alias_columns(cte));
            scope.ctes.push((name, columns));
        }
    }

    /// The first arm gives the columns that the second reads as the table itself.
    fn recursive(&mut self, cte: &Cte, name: &str, scope: &Scope<'_>) -> Columns {
        let SetExpr::SetOperation { left, right, .. } = cte.query.body.as_ref() else {
            return self.query(&cte.query, Some(scope), Nesting::Plain);
        };
        let mut inner = Scope::with_clause(Some(scope));
        let first = self.body(left, &inner, Nesting::Plain, Tail::default());
        let mut itself = first.clone();
        itself.limit_reach(Reach::Opaque);
        for column in &mut itself.known {
            column.targets.clear();
        }
        itself.foreign |= !itself.open.is_empty();
        itself.open.clear();
        itself.rename(&alias_columns(cte));
        inner.ctes.push((name.to_owned(), itself));
        let second = self.body(right, &inner, Nesting::Plain, Tail::default());
        union(first, second)
    }
}

fn alias_columns(cte: &Cte) -> Vec<String> {
    cte.alias.columns.iter().map(|column| written(&column.name)).collect()
}

/// How often a query reads each table of a bare name.
fn references(query: &Query) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let _ = visit_relations(query, |relation: &ObjectName| {
        if let (None, name) = name_parts(relation) {
            *counts.entry(name).or_default() += 1;
        }
        ControlFlow::<()>::Continue(())
    });
    counts
}
