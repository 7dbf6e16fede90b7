//! A statement as the rules see it: its tree, its text, and the facts.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Function, GroupByExpr, ObjectNamePart, Query, Select, SelectFlavor,
    SelectItem, SetExpr, Statement, TableFactor, Value, Visit, Visitor, WildcardAdditionalOptions,
};

use super::facts::{Facts, Function as Known};
use super::literal::bare;
use super::scope::{From, inner_on, relation_name};
use super::source::Source;
use crate::analysis::written;
use crate::{FunctionName, fold_identifier};

/// Nobody writes so many by hand, and the rules look at each.
const MOST_SELECTS: usize = 64;

/// Calls that the grammar knows by a word: they are in no catalogue.
const WORDS: &[&str] = &[
    "coalesce",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "greatest",
    "grouping",
    "least",
    "localtime",
    "localtimestamp",
    "nullif",
    "session_user",
    "user",
];

pub(super) struct Reading<'a> {
    pub(super) source: Source<'a>,
    pub(super) facts: &'a Facts,
    /// The statement itself.
    pub(super) query: Query,
    /// Every query within it, itself first.
    pub(super) queries: Vec<Query>,
    /// Every `SELECT` within it.
    pub(super) selects: Vec<Select>,
    /// The names of its CTEs, wherever they are: such a name may not be a table.
    pub(super) ctes: BTreeSet<String>,
    parts: Parts,
}

impl<'a> Reading<'a> {
    /// Nothing where the statement has something that no rule may touch.
    pub(super) fn of(sql: &'a str, statement: &Statement, facts: &'a Facts) -> Option<Self> {
        let Statement::Query(query) = statement else { return None };
        let mut parts = Parts::default();
        let _ = statement.visit(&mut parts);
        if parts.strange || parts.selects.len() > MOST_SELECTS {
            return None;
        }
        let queries = std::mem::take(&mut parts.queries);
        let selects = std::mem::take(&mut parts.selects);
        let ctes = queries
            .iter()
            .flat_map(|query| query.with.iter().flat_map(|with| &with.cte_tables))
            .map(|cte| written(&cte.alias.name))
            .collect();
        Some(Self {
            source: Source::new(sql)?,
            facts,
            query: (**query).clone(),
            queries,
            selects,
            ctes,
            parts,
        })
    }

    /// Whether everything that it calls is known to give the same twice within one statement.
    pub(super) fn is_repeatable(&self) -> bool {
        self.parts.functions.iter().all(|function| match self.function(function) {
            Some(known) => !known.volatile,
            None => is_word(function),
        })
    }

    pub(super) fn from<'r>(&'r self, select: &'r Select) -> From<'r> {
        From::of(select, &self.ctes, self.facts)
    }

    pub(super) fn function(&self, function: &Function) -> Option<Known> {
        self.facts.functions.get(&function_name(function)?).copied()
    }

    /// Whether a part calls only what gives one value a row: no aggregate, no window, no set.
    pub(super) fn is_row_wise(&self, part: &impl Visit) -> bool {
        let mut parts = Parts::default();
        let _ = part.visit(&mut parts);
        parts.functions.iter().all(|function| {
            function.over.is_none()
                && match self.function(function) {
                    Some(known) => !known.unusual,
                    None => is_word(function),
                }
        })
    }

    /// Whether two readings of the same tables give the same: nothing within is cut, picked or numbered without an order
    /// that the whole statement would keep.
    pub(super) fn is_steady(&self) -> bool {
        let cut = |query: &Query| query.limit_clause.is_some() || query.fetch.is_some();
        !self.queries.iter().any(cut)
            && !self.selects.iter().any(|select| matches!(select.distinct, Some(Distinct::On(_))))
            && self.parts.functions.iter().all(|function| function.over.is_none())
    }

    /// Whether something in it may raise an error for some rows, which the order of its conditions keeps from it: a cast of
    /// what is no constant, a division, a function that computes.
    pub(super) fn may_fail(&self) -> bool {
        self.parts.fragile
            || self.parts.functions.iter().any(|function| {
                self.function(function).is_some_and(|known| !known.unusual) && !is_word(function)
            })
    }

    /// How often a name stands behind `FROM` or `JOIN` without a schema.
    pub(super) fn references(&self, name: &str) -> usize {
        self.parts.relations.iter().filter(|relation| *relation == name).count()
    }

    /// How many names in the statement could read an item of that name, `known` telling the bare ones.
    pub(super) fn reads(&self, item: &str, known: impl Fn(&str) -> bool) -> usize {
        reads(&self.query, item, known)
    }

    /// The same within one expression.
    pub(super) fn reads_within(&self, expr: &Expr, item: &str, known: impl Fn(&str) -> bool) -> usize {
        reads(expr, item, known)
    }

    /// The columns that a select list names plainly, of each item; nothing if there is anything that gives several rows.
    pub(super) fn listed<'r>(&self, select: &'r Select, from: &From<'r>) -> Option<BTreeSet<(usize, &'r str)>>
    where
        'a: 'r,
    {
        let mut listed = BTreeSet::new();
        let all = |at: usize| {
            let columns = from.items.get(at).and_then(|item| item.relation).map(|relation| &relation.columns);
            columns.into_iter().flatten().map(move |column| (at, column.name.as_str()))
        };
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    match from.column(expr) {
                        Some(found) => {
                            listed.insert((found.item, found.column.name.as_str()));
                        }
                        None if self.is_row_wise(expr) => {}
                        None => return None,
                    }
                }
                SelectItem::Wildcard(options) if is_plain_star(options) => {
                    listed.extend((0..from.items.len()).flat_map(all));
                }
                SelectItem::QualifiedWildcard(..) => listed.extend(all(qualified_star(item, from)?)),
                _ => return None,
            }
        }
        Some(listed)
    }
}

/// Names that could read an item: qualified by it, or bare and known to it. `t.*` counts too.
fn reads(part: &impl Visit, item: &str, known: impl Fn(&str) -> bool) -> usize {
    struct Reads<'i, F> {
        item: &'i str,
        known: F,
        found: usize,
    }
    impl<F: Fn(&str) -> bool> Visitor for Reads<'_, F> {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let reads = match expr {
                Expr::Identifier(name) => (self.known)(&written(name)),
                // `schema.table.column` too.
                Expr::CompoundIdentifier(parts) => parts.iter().any(|part| written(part) == self.item),
                _ => false,
            };
            self.found += usize::from(reads);
            ControlFlow::Continue(())
        }

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            let star = |item: &&SelectItem| match item {
                SelectItem::QualifiedWildcard(kind, _) => {
                    let text = kind.to_string();
                    text.split('.').any(|part| {
                        fold_identifier(part.trim_matches('"')) == self.item
                            || part.trim_matches('"') == self.item
                    })
                }
                _ => false,
            };
            self.found += select.projection.iter().filter(star).count();
            ControlFlow::Continue(())
        }
    }
    let mut reads = Reads { item, known, found: 0 };
    let _ = part.visit(&mut reads);
    reads.found
}

/// The item that `t.*` stands for.
pub(super) fn qualified_star(item: &SelectItem, from: &From<'_>) -> Option<usize> {
    use sqlparser::ast::SelectItemQualifiedWildcardKind::ObjectName;
    match item {
        SelectItem::QualifiedWildcard(ObjectName(name), options) if is_plain_star(options) => {
            let name = relation_name(name).filter(|name| name.schema.is_none())?;
            from.item(&name.name)
        }
        _ => None,
    }
}

fn is_plain_star(options: &WildcardAdditionalOptions) -> bool {
    *options == WildcardAdditionalOptions::default()
}

fn is_word(function: &Function) -> bool {
    match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => {
            name.quote_style.is_none() && WORDS.contains(&written(name).as_str())
        }
        _ => false,
    }
}

pub(super) fn function_name(function: &Function) -> Option<FunctionName> {
    let name = relation_name(&function.name)?;
    Some(FunctionName { schema: name.schema, name: name.name })
}

/// The conditions of `WHERE` and `ON`, down through `AND`, `OR` and brackets: places where unknown counts as false, and where
/// another condition can stand without brackets of its own.
pub(super) fn conditions(select: &Select) -> Vec<&Expr> {
    let mut found = Vec::new();
    let on = select.from.iter().flat_map(|table| &table.joins).filter_map(inner_on);
    for condition in select.selection.iter().chain(on) {
        descend(condition, &mut found);
    }
    found
}

fn descend<'r>(expr: &'r Expr, found: &mut Vec<&'r Expr>) {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            descend(left, found);
            descend(right, found);
        }
        Expr::Nested(inner) => descend(inner, found),
        expr => found.push(expr),
    }
}

/// The conditions that an expression joins with `AND`.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match bare(expr) {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        _ => vec![expr],
    }
}

/// A query that is one `SELECT … FROM … WHERE …` and nothing after it. `DISTINCT` may stand in it.
pub(super) fn plain(query: &Query) -> Option<&Select> {
    let Query { with: None, body, order_by: None, limit_clause: None, fetch: None, .. } = query else {
        return None;
    };
    match body.as_ref() {
        SetExpr::Select(select) if is_plain(select) => Some(select),
        _ => None,
    }
}

/// Whether a `SELECT` only filters and lists: no grouping, no windows. `DISTINCT` may stand in it.
pub(super) fn is_plain(select: &Select) -> bool {
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(keys, modifiers) => !keys.is_empty() || !modifiers.is_empty(),
        GroupByExpr::All(_) => true,
    };
    !grouped
        && select.having.is_none()
        && select.qualify.is_none()
        && select.named_window.is_empty()
        && !matches!(select.distinct, Some(Distinct::On(_)))
        && select.flavor == SelectFlavor::Standard
}

pub(super) fn is_distinct(select: &Select) -> bool {
    matches!(select.distinct, Some(Distinct::Distinct))
}

/// What the visitor gathers in one pass.
#[derive(Default)]
struct Parts {
    queries: Vec<Query>,
    selects: Vec<Select>,
    functions: Vec<Function>,
    relations: Vec<String>,
    strange: bool,
    /// Holds a cast of what is no constant, or a division.
    fragile: bool,
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.strange |= !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
            || self.queries.len() > MOST_SELECTS;
        if self.strange {
            return ControlFlow::Break(());
        }
        self.queries.push(query.clone());
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.strange |= select.into.is_some()
            || select.top.is_some()
            || select.exclude.is_some()
            || select.prewhere.is_some()
            || select.select_modifiers.is_some()
            || select.value_table_mode.is_some()
            || !select.lateral_views.is_empty()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty();
        self.selects.push(select.clone());
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name, alias, sample, version, with_hints, partitions, json_path, ..
            } => {
                // The parser takes `ONLY t` for a table of that name.
                let only = |name: &str| name.eq_ignore_ascii_case("only") || name == "*";
                let relation = relation_name(name);
                self.strange |= relation.as_ref().is_none_or(|relation| only(&relation.name))
                    || alias.as_ref().is_some_and(|alias| only(&alias.name.value) || alias.at.is_some())
                    || sample.is_some()
                    || version.is_some()
                    || json_path.is_some()
                    || !with_hints.is_empty()
                    || !partitions.is_empty();
                if let Some(relation) = relation.filter(|relation| relation.schema.is_none()) {
                    self.relations.push(relation.name);
                }
            }
            TableFactor::Derived { sample, .. } => self.strange |= sample.is_some(),
            TableFactor::NestedJoin { .. } | TableFactor::Function { .. } | TableFactor::UNNEST { .. } => {}
            _ => self.strange = true,
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => self.functions.push(function.clone()),
            Expr::Cast { expr, .. } => self.fragile |= !matches!(bare(expr), Expr::Value(_)),
            Expr::BinaryOp {
                op: BinaryOperator::Divide | BinaryOperator::Modulo | BinaryOperator::PGExp,
                ..
            } => self.fragile = true,
            // Strings with escapes of their own, and whatever belongs to other dialects.
            Expr::Value(value) => {
                self.strange |= !matches!(
                    value.value,
                    Value::Number(..)
                        | Value::SingleQuotedString(_)
                        | Value::DollarQuotedString(_)
                        | Value::EscapedStringLiteral(_)
                        | Value::Boolean(_)
                        | Value::Null
                        | Value::Placeholder(_)
                );
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
