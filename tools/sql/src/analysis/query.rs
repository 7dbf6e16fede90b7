//! Walks the queries of a statement, from the outside in, and notes what each asks of its tables.

mod from;
mod select;
mod with;
mod write;

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, LimitClause, OrderBy, Query, SetExpr, Statement};

use super::{
    Columns as Catalog,
    model::{Analysis, JoinColumn, JoinKind},
    operand::{Operand, References},
    predicate::{Found, Place, add, classify, classify_arms, conjuncts, factored},
    scope::{Columns, Nesting, Reach, Scope, Target},
};

/// `None` if it is no statement that reads rows.
pub(super) fn analyse(statement: &Statement, catalog: &dyn Catalog) -> Option<Analysis> {
    let mut analyser =
        Analyser { catalog, analysis: Analysis::default(), correlated: BTreeSet::new(), outermost: u16::MAX };
    match statement {
        Statement::Query(query) => {
            analyser.query(query, None, Nesting::Plain);
        }
        Statement::Insert(insert) => analyser.insert(insert, None),
        Statement::Update(update) => analyser.update(update, None),
        Statement::Delete(delete) => analyser.delete(delete, None),
        _ => return None,
    }
    Some(analyser.analysis)
}

struct Analyser<'c> {
    catalog: &'c dyn Catalog,
    analysis: Analysis,
    /// Subqueries, as text, that read rows of a query around them.
    correlated: BTreeSet<String>,
    /// The outermost query that was read from since this was last set.
    outermost: u16,
}

/// Where conditions stand: a `WHERE`, or the `ON` of a join.
struct Site<'a> {
    scope: &'a Scope<'a>,
    kind: JoinKind,
    /// Tables whose rows stay whatever the condition says: the kept side of an outer join.
    kept: BTreeSet<usize>,
}

impl<'a> Site<'a> {
    fn filter(scope: &'a Scope<'a>) -> Self {
        Self { scope, kind: JoinKind::Inner, kept: BTreeSet::new() }
    }
}

/// What stands after the body of a query.
#[derive(Clone, Copy, Default)]
struct Tail<'q> {
    order_by: Option<&'q OrderBy>,
    limited: bool,
}

impl Analyser<'_> {
    /// The columns that the query gives.
    fn query(&mut self, query: &Query, parent: Option<&Scope<'_>>, nesting: Nesting) -> Columns {
        let mut scope = Scope::with_clause(parent);
        scope.nesting = nesting;
        if let Some(with) = &query.with {
            self.with(with, query, &mut scope);
        }
        let limited = query.fetch.is_some()
            || matches!(
                &query.limit_clause,
                Some(LimitClause::LimitOffset { limit: Some(_), .. } | LimitClause::OffsetCommaLimit { .. })
            );
        let tail = Tail { order_by: query.order_by.as_ref(), limited };
        let mut columns = self.body(&query.body, &scope, nesting, tail);
        if limited {
            columns.limit_reach(Reach::Opaque);
        }
        columns
    }

    fn body(&mut self, body: &SetExpr, scope: &Scope<'_>, nesting: Nesting, tail: Tail<'_>) -> Columns {
        match body {
            SetExpr::Select(select) => self.select(select, scope, nesting, tail),
            SetExpr::Query(query) => self.query(query, Some(scope), nesting),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.body(left, scope, nesting, Tail::default());
                let right = self.body(right, scope, nesting, Tail::default());
                union(left, right)
            }
            SetExpr::Values(values) => {
                let width = values.rows.first().map_or(0, |row| row.len());
                for expr in values.rows.iter().flat_map(|row| row.iter()) {
                    self.read(expr, scope);
                }
                let names: Vec<String> = (1..=width).map(|at| format!("column{at}")).collect();
                let mut columns = Columns::default();
                columns.rename(&names);
                columns
            }
            SetExpr::Table(table) => self.whole_table(table, scope, tail),
            SetExpr::Insert(Statement::Insert(insert)) => {
                self.insert(insert, Some(scope));
                Columns { foreign: true, ..Columns::default() }
            }
            SetExpr::Update(Statement::Update(update)) => {
                self.update(update, Some(scope));
                Columns { foreign: true, ..Columns::default() }
            }
            SetExpr::Delete(Statement::Delete(delete)) => {
                self.delete(delete, Some(scope));
                Columns { foreign: true, ..Columns::default() }
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Columns { foreign: true, ..Columns::default() }
            }
        }
    }

    /// Notes the columns that an expression reads, and analyses its subqueries.
    fn read(&mut self, expr: &Expr, scope: &Scope<'_>) {
        let refs = References::of(expr, scope);
        self.note(&refs);
        for subquery in &refs.subqueries {
            let before = std::mem::replace(&mut self.outermost, u16::MAX);
            self.query(subquery, Some(scope), Nesting::Correlated);
            if self.outermost <= scope.depth() {
                self.correlated.insert(subquery.to_string());
            }
            self.outermost = self.outermost.min(before);
        }
    }

    fn note(&mut self, refs: &References) {
        self.analysis.unresolved.extend(refs.unresolved.iter().cloned());
        let depths = refs.columns.iter().map(|column| column.depth);
        self.outermost = depths.fold(self.outermost, u16::min);
        for (table, column) in refs.columns.iter().flat_map(|column| &column.targets) {
            if let Some(table) = self.analysis.tables.get_mut(*table) {
                table.used.columns.insert(column.clone());
            }
        }
        for table in &refs.rows {
            if let Some(table) = self.analysis.tables.get_mut(*table) {
                table.used.whole_row = true;
            }
        }
    }

    /// Conditions that must all hold for a row to come through.
    fn filter(&mut self, expr: &Expr, site: &Site<'_>) {
        for condition in conjuncts(expr) {
            self.condition(condition, site);
        }
    }

    fn place<'a>(&'a self, site: &Site<'a>) -> Place<'a> {
        Place { scope: site.scope, kind: site.kind, kept: site.kept.clone(), correlated: &self.correlated }
    }

    fn condition(&mut self, condition: &Expr, site: &Site<'_>) {
        match condition {
            Expr::Exists { subquery, negated } => {
                let nesting = if *negated { Nesting::Anti } else { Nesting::Semi };
                self.query(subquery, Some(site.scope), nesting);
            }
            Expr::InSubquery { expr, subquery, negated: false } => self.semi_join(expr, subquery, site),
            Expr::AnyOp { left, compare_op: sqlparser::ast::BinaryOperator::Eq, right, .. }
                if matches!(right.as_ref(), Expr::Subquery(_)) =>
            {
                if let Expr::Subquery(subquery) = right.as_ref() {
                    self.semi_join(left, subquery, site);
                }
            }
            Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Not, expr } => {
                match super::operand::peeled(expr) {
                    Expr::Exists { subquery, negated } => {
                        let nesting = if *negated { Nesting::Semi } else { Nesting::Anti };
                        self.query(subquery, Some(site.scope), nesting);
                    }
                    _ => self.plain_condition(condition, site),
                }
            }
            _ => match factored(condition) {
                Some((common, arms)) => {
                    self.read(condition, site.scope);
                    for condition in common {
                        let found = classify(condition, &self.place(site));
                        self.keep(found);
                    }
                    let found = classify_arms(&arms, &self.place(site));
                    self.keep(found);
                }
                None => self.plain_condition(condition, site),
            },
        }
    }

    fn plain_condition(&mut self, condition: &Expr, site: &Site<'_>) {
        self.read(condition, site.scope);
        let found = classify(condition, &self.place(site));
        self.keep(found);
    }

    /// `x in (select y from t)` joins `x` with `y`.
    fn semi_join(&mut self, expr: &Expr, subquery: &Query, site: &Site<'_>) {
        self.read(expr, site.scope);
        let columns = self.query(subquery, Some(site.scope), Nesting::Semi);
        let sides: Vec<&Expr> = match super::operand::peeled(expr) {
            Expr::Tuple(parts) => parts.iter().collect(),
            single => vec![single],
        };
        for (side, column) in sides.into_iter().zip(&columns.known) {
            let outer = Operand::read(side, site.scope);
            let (Some((own, resolved)), [inner]) = (outer.join_target(), column.targets.as_slice()) else {
                continue;
            };
            let own = own.clone();
            if resolved.reach == Reach::Flat && !resolved.outer {
                self.meet(&own, inner, JoinKind::Semi, true);
            }
            if let Some(table) = self.analysis.tables.get_mut(inner.0) {
                table.used.columns.insert(inner.1.clone());
            }
            if column.reach == Reach::Flat {
                self.meet(inner, &own, JoinKind::Semi, true);
            }
        }
    }

    fn keep(&mut self, found: Found) {
        for (table, predicate) in found.predicates {
            if let Some(table) = self.analysis.tables.get_mut(table) {
                add(&mut table.predicates, predicate);
            }
        }
        for meeting in found.meetings {
            self.meet(&(meeting.table, meeting.column), &meeting.other, meeting.kind, meeting.lookup);
        }
    }

    fn meet(&mut self, own: &Target, other: &Target, kind: JoinKind, lookup: bool) {
        let Some(relation) = self.analysis.tables.get(other.0).map(|table| table.relation.clone()) else {
            return;
        };
        let Some(table) = self.analysis.tables.get_mut(own.0) else { return };
        let join = JoinColumn {
            column: own.1.clone(),
            other: relation,
            other_column: other.1.clone(),
            other_use: other.0,
            kind,
            lookup,
        };
        if !table.joins.contains(&join) {
            table.joins.push(join);
        }
    }
}

/// The columns of a set operation: conditions go down into both arms.
fn union(left: Columns, right: Columns) -> Columns {
    let foreign = left.foreign || right.foreign || !left.open.is_empty() || !right.open.is_empty();
    let mut known = left.known;
    for (column, other) in known.iter_mut().zip(right.known) {
        column.targets.extend(other.targets);
        column.reach = column.reach.min(other.reach).min(Reach::Filters);
    }
    Columns { known, open: Vec::new(), foreign }
}
