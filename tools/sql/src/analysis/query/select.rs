//! One `SELECT`: its conditions, its order and groups, and the columns that it gives.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, NamedWindowDefinition, NamedWindowExpr, OrderByKind, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Table,
};

use super::{Analyser, Site, Tail};
use crate::{
    RelationName,
    analysis::{
        aggregate::{Calls, last_part},
        operand::{Operand, References, column_parts, name_parts},
        order::{grouping, order, subject, window},
        scope::{Column, Columns, Item, Nesting, Reach, Scope, written},
    },
    fold_identifier,
};

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
            self.filter(condition, &Site::filter(&scope));
        }
        for item in &select.projection {
            // EXISTS asks for rows, and IN reads the column that it compares where it compares it.
            let is_test =
                matches!(nesting, Nesting::Semi | Nesting::Anti) && matches!(item, SelectItem::Wildcard(_));
            if !is_test {
                self.project(item, &scope);
            }
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
        self.calls(select, &scope);
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
            let tables: BTreeSet<usize> = scope.items.iter().flat_map(flat_tables).collect();
            for table in tables {
                if let Some(table) = self.analysis.tables.get_mut(table) {
                    table.limited = true;
                }
            }
        }
    }

    /// Windows, and `min` and `max` over everything.
    fn calls(&mut self, select: &Select, scope: &Scope<'_>) {
        let mut calls = Calls::of(&select.projection);
        for NamedWindowDefinition(_, window) in &select.named_window {
            if let NamedWindowExpr::WindowSpec(window) = window {
                calls.windows.push(window.clone());
                for expr in window.partition_by.iter().chain(window.order_by.iter().map(|by| &by.expr)) {
                    self.read(expr, scope);
                }
            }
        }
        for spec in &calls.windows {
            if let Some((table, keys)) = window(spec, scope)
                && let Some(table) = self.analysis.tables.get_mut(table)
                && !table.windows.contains(&keys)
            {
                table.windows.push(keys);
            }
        }
        let is_grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        // PostgreSQL stops at the first row only for one table, and if nothing else is aggregated over it.
        let stops = !is_grouped && scope.items.len() == 1 && calls.aggregates == calls.extremes.len();
        for argument in calls.extremes.iter().filter(|_| stops) {
            if let Some((table, subject)) = subject(argument, scope)
                && let Some(table) = self.analysis.tables.get_mut(table)
                && !table.extremes.contains(&subject)
            {
                table.extremes.push(subject);
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

/// The tables whose rows the item gives as they are.
fn flat_tables(item: &Item) -> impl Iterator<Item = usize> {
    let flat = item.columns.known.iter().filter(|column| column.reach == Reach::Flat);
    let open = item.columns.open.iter().filter(|(_, reach)| *reach == Reach::Flat).map(|(table, _)| *table);
    flat.flat_map(|column| &column.targets).map(|(table, _)| *table).chain(open)
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

fn shape(select: &Select) -> Shape {
    let calls = Calls::of(&select.projection);
    let has_keys = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, modifiers) => !keys.is_empty() || !modifiers.is_empty(),
    };
    Shape {
        grouped: has_keys || calls.aggregates > 0 || select.having.is_some(),
        windowed: calls.window,
        distinct: matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))),
    }
}
