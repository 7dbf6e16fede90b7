//! One `SELECT`: its conditions, its order and groups, and the columns that it gives.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, ObjectName, ObjectNamePart, OrderByKind, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Table, Visit, Visitor,
};

use super::{Analyser, Tail};
use crate::{
    RelationName,
    analysis::{
        model::JoinKind,
        operand::{Operand, References, column_parts, name_parts},
        order::{grouping, order, subject},
        predicate::Place,
        scope::{Column, Columns, Item, Nesting, Reach, Scope, written},
    },
    fold_identifier,
};

const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "every",
    "json_agg",
    "json_agg_strict",
    "json_arrayagg",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_agg_strict",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// What stands between the rows of the tables and the rows that a query gives.
struct Shape {
    grouped: bool,
    windowed: bool,
    distinct: bool,
}

impl Analyser<'_> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        parent: &Scope<'_>,
        nesting: Nesting,
        tail: Tail<'_>,
    ) -> Columns {
        let mut scope = Scope::select(Some(parent), nesting);
        self.from(&select.from, &mut scope);
        let scope = scope;

        if let Some(condition) = &select.selection {
            self.filter(condition, &Place { scope: &scope, kind: JoinKind::Inner, kept: BTreeSet::new() });
        }
        for item in &select.projection {
            self.project(item, &scope);
        }
        let grouped_by = self.group(select, &scope);
        for expr in [&select.having, &select.qualify].into_iter().flatten() {
            self.read(expr, &scope);
        }
        if let Some(Distinct::On(exprs)) = &select.distinct {
            for expr in exprs {
                self.read(expr, &scope);
            }
        }
        let shape = shape(select);
        self.order(select, &scope, tail, &shape);
        outputs(select, &scope, &shape, &grouped_by)
    }

    pub(super) fn project(&mut self, item: &SelectItem, scope: &Scope<'_>) {
        match item {
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => {
                let refs = References::of(expr, scope);
                for (table, column) in
                    refs.columns.iter().filter(|column| !column.outer).flat_map(|column| &column.targets)
                {
                    if let Some(table) = self.analysis.tables.get_mut(*table) {
                        table.projected.columns.insert(column.clone());
                    }
                }
                for table in &refs.rows {
                    if let Some(table) = self.analysis.tables.get_mut(*table) {
                        table.projected.whole_row = true;
                    }
                }
                self.read(expr, scope);
            }
            SelectItem::Wildcard(_) => {
                for item in &scope.items {
                    self.take_all(item);
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let (schema, table) = name_parts(name);
                if let Some(item) = scope.item(schema.as_deref(), &table) {
                    self.take_all(item);
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), _) => {
                self.read(expr, scope)
            }
        }
    }

    /// `*` over one item. What a derived table gives was already read inside it.
    fn take_all(&mut self, item: &Item) {
        for (table, column) in item.columns.known.iter().flat_map(|column| &column.targets) {
            if let Some(table) = self.analysis.tables.get_mut(*table) {
                table.projected.columns.insert(column.clone());
                table.used.columns.insert(column.clone());
            }
        }
        let opened = item.columns.open.iter().map(|(table, _)| *table);
        for table in opened.chain(item.table) {
            if let Some(table) = self.analysis.tables.get_mut(table) {
                table.projected.whole_row = true;
                table.used.whole_row = true;
            }
        }
    }

    fn group<'s>(&mut self, select: &'s Select, scope: &Scope<'_>) -> Vec<&'s Expr> {
        let GroupByExpr::Expressions(exprs, _) = &select.group_by else { return Vec::new() };
        let mut keys = Vec::new();
        for expr in exprs {
            let key = grouping(expr, &select.projection, scope);
            // An alias or an ordinal was read with the select list, and its subqueries must not be read twice.
            if std::ptr::eq(key, expr) {
                self.read(expr, scope);
            }
            if let Some((table, subject)) = subject(key, scope)
                && let Some(table) = self.analysis.tables.get_mut(table)
                && !table.group_by.contains(&subject)
            {
                table.group_by.push(subject);
            }
            keys.push(key);
        }
        keys
    }

    fn order(&mut self, select: &Select, scope: &Scope<'_>, tail: Tail<'_>, shape: &Shape) {
        if let Some(by) = tail.order_by {
            if let OrderByKind::Expressions(exprs) = &by.kind {
                let outputs = outputs(select, scope, shape, &[]);
                for by in exprs {
                    let is_output = matches!(&by.expr, Expr::Identifier(name)
                        if outputs.known.iter().any(|column| column.name == written(name)));
                    if !is_output {
                        self.read(&by.expr, scope);
                    }
                }
            }
            if let Some(order) = order(by, &select.projection, scope)
                && let Some(table) = self.analysis.tables.get_mut(order.table)
            {
                table.order_by = order.keys;
                table.order_is_complete = order.is_complete;
            }
        }
        let rows_come_through = !shape.grouped && !shape.windowed && !shape.distinct;
        if tail.limited && rows_come_through {
            for table in scope.items.iter().filter_map(|item| item.table) {
                if let Some(table) = self.analysis.tables.get_mut(table) {
                    table.limited = true;
                }
            }
        }
    }

    /// `TABLE t`
    pub(super) fn whole_table(&mut self, table: &Table, parent: &Scope<'_>, tail: Tail<'_>) -> Columns {
        let scope = Scope::select(Some(parent), Nesting::Plain);
        let name = fold_identifier(table.table_name.as_deref().unwrap_or_default());
        let schema = table.schema_name.as_deref().map(fold_identifier);
        let cte = if schema.is_none() { parent.cte(&name) } else { None };
        if let Some(columns) = cte {
            return columns.clone();
        }
        let item = self.base_table(RelationName { schema, name }, None, &scope);
        self.take_all(&item);
        if let Some(table) = item.table.and_then(|table| self.analysis.tables.get_mut(table)) {
            table.limited = tail.limited;
        }
        item.columns
    }
}

fn outputs(select: &Select, scope: &Scope<'_>, shape: &Shape, grouped_by: &[&Expr]) -> Columns {
    let mut columns = Columns::default();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                columns.known.push(output(output_name(expr), expr, scope, shape, grouped_by))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                columns.known.push(output(written(alias), expr, scope, shape, grouped_by));
            }
            SelectItem::ExprWithAliases { .. } => columns.foreign = true,
            SelectItem::Wildcard(_) => {
                scope.items.iter().for_each(|item| extend(&mut columns, &item.columns))
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let (schema, table) = name_parts(name);
                match scope.item(schema.as_deref(), &table) {
                    Some(item) => extend(&mut columns, &item.columns),
                    None => columns.foreign = true,
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
                columns.foreign = true
            }
        }
    }
    if shape.windowed {
        columns.limit_reach(Reach::Opaque);
    } else if shape.grouped || shape.distinct {
        columns.limit_reach(Reach::Filters);
    }
    columns
}

fn extend(columns: &mut Columns, more: &Columns) {
    columns.known.extend(more.known.iter().cloned());
    columns.open.extend(more.open.iter().copied());
    columns.foreign |= more.foreign;
}

fn output(name: String, expr: &Expr, scope: &Scope<'_>, shape: &Shape, grouped_by: &[&Expr]) -> Column {
    let resolved = Operand::read(expr, scope).column.filter(|column| !column.outer);
    let (targets, mut reach) =
        resolved.map_or((Vec::new(), Reach::Opaque), |column| (column.targets, column.reach));
    let is_key = grouped_by.iter().any(|key| {
        Operand::read(key, scope)
            .column
            .is_some_and(|column| column.targets == targets && !targets.is_empty())
    });
    if shape.grouped && !is_key {
        reach = Reach::Opaque;
    }
    Column { name, targets, reach }
}

/// The name that PostgreSQL gives a column without an alias.
fn output_name(expr: &Expr) -> String {
    if let Some(name) = column_parts(expr).and_then(|parts| parts.last()) {
        return written(name);
    }
    match expr {
        Expr::Function(function) => last_part(&function.name),
        Expr::Cast { expr, .. } | Expr::Nested(expr) | Expr::Collate { expr, .. } => output_name(expr),
        Expr::Case { .. } => "case".to_owned(),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        Expr::Exists { .. } => "exists".to_owned(),
        _ => "?column?".to_owned(),
    }
}

fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(ObjectNamePart::as_ident).map(written).unwrap_or_default()
}

fn shape(select: &Select) -> Shape {
    struct Calls {
        aggregate: bool,
        window: bool,
        inside: usize,
    }
    impl Visitor for Calls {
        type Break = ();

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.inside += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.inside -= 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if self.inside == 0
                && let Expr::Function(function) = expr
            {
                let aggregates = AGGREGATES.contains(&last_part(&function.name).as_str());
                self.window |= function.over.is_some();
                self.aggregate |= aggregates && function.over.is_none();
            }
            ControlFlow::Continue(())
        }
    }
    let mut calls = Calls { aggregate: false, window: false, inside: 0 };
    let _ = select.projection.visit(&mut calls);
    let _ = select.having.visit(&mut calls);
    let has_keys = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, modifiers) => !keys.is_empty() || !modifiers.is_empty(),
    };
    Shape {
        grouped: has_keys || calls.aggregate || select.having.is_some(),
        windowed: calls.window,
        distinct: matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))),
    }
}
