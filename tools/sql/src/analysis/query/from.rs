//! `FROM`: tables, joins, derived tables and functions.

use std::collections::BTreeSet;

use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor,
    TableWithJoins,
};

use super::{Analyser, Site};
use crate::{
    RelationName,
    analysis::{
        model::{JoinKind, TableUse},
        operand::name_parts,
        scope::{Column, Columns, Item, Nesting, Reach, Scope, written},
    },
};

impl Analyser<'_> {
    pub(super) fn from(&mut self, from: &[TableWithJoins], scope: &mut Scope<'_>) {
        for tree in from {
            self.joined(tree, scope);
        }
    }

    fn joined(&mut self, tree: &TableWithJoins, scope: &mut Scope<'_>) {
        let start = scope.items.len();
        self.factor(&tree.relation, scope);
        for join in &tree.joins {
            let middle = scope.items.len();
            self.factor(&join.relation, scope);
            self.constraint(join, start, middle, scope);
        }
    }

    fn constraint(&mut self, join: &Join, start: usize, middle: usize, scope: &mut Scope<'_>) {
        use JoinOperator::{FullOuter, Inner, Join, Left, LeftOuter, Right, RightOuter};
        let left = tables(scope.items.get(start..middle).unwrap_or_default());
        let right = tables(scope.items.get(middle..).unwrap_or_default());
        match &join.join_operator {
            Left(_) | LeftOuter(_) => scope.nullable.extend(&right),
            Right(_) | RightOuter(_) => scope.nullable.extend(&left),
            FullOuter(_) => scope.nullable.extend(left.union(&right)),
            _ => {}
        }
        let (constraint, kind, kept) = match &join.join_operator {
            Join(constraint) | Inner(constraint) => (constraint, JoinKind::Inner, BTreeSet::new()),
            Left(constraint) | LeftOuter(constraint) => (constraint, JoinKind::Outer, left),
            Right(constraint) | RightOuter(constraint) => (constraint, JoinKind::Outer, right),
            FullOuter(constraint) => (constraint, JoinKind::Outer, left.union(&right).copied().collect()),
            _ => return,
        };
        let names: Vec<String> = match constraint {
            JoinConstraint::On(expr) => {
                self.filter(expr, &Site { scope, kind, kept });
                return;
            }
            JoinConstraint::Using(columns) => columns.iter().map(|column| name_parts(column).1).collect(),
            JoinConstraint::Natural => common(scope, start, middle),
            JoinConstraint::None => return,
        };
        for name in names {
            let side = |items: &[Item]| {
                items.iter().find_map(|item| {
                    let known = item.columns.known.iter().find(|column| column.name == name).cloned();
                    let open = || match item.columns.open.as_slice() {
                        [(table, reach)] => Some(Column {
                            name: name.clone(),
                            targets: vec![(*table, name.clone())],
                            reach: *reach,
                        }),
                        _ => None,
                    };
                    known.or_else(open)
                })
            };
            let left = side(scope.items.get(start..middle).unwrap_or_default());
            let right = side(scope.items.get(middle..).unwrap_or_default());
            let (Some(left), Some(right)) = (left, right) else { continue };
            let both = [(&left, &right), (&right, &left)];
            for (own, other) in both {
                for (table, column) in &own.targets {
                    if let Some(table) = self.analysis.tables.get_mut(*table) {
                        table.used.columns.insert(column.clone());
                    }
                }
                if let ([target], [met]) = (own.targets.as_slice(), other.targets.as_slice())
                    && own.reach == Reach::Flat
                {
                    self.meet(target, met, kind, !kept.contains(&target.0));
                }
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor, scope: &mut Scope<'_>) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let item = self.table(name, alias.as_ref(), scope);
                scope.items.push(item);
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let columns = if *lateral {
                    self.query(subquery, Some(scope), Nesting::Correlated)
                } else {
                    self.query(subquery, scope.parent, Nesting::Plain)
                };
                scope.items.push(aliased(columns, alias.as_ref()));
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let start = scope.items.len();
                self.joined(table_with_joins, scope);
                if let Some(alias) = alias {
                    let inside = scope.items.split_off(start.min(scope.items.len()));
                    let mut columns = Columns::default();
                    for item in inside {
                        columns.known.extend(item.columns.known);
                        columns.open.extend(item.columns.open);
                        columns.foreign |= item.columns.foreign;
                    }
                    scope.items.push(aliased(columns, Some(alias)));
                }
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                self.function(Some(name), &args.args, alias.as_ref(), scope);
            }
            TableFactor::Function { name, args, alias, .. } => {
                self.function(Some(name), args, alias.as_ref(), scope)
            }
            TableFactor::TableFunction { expr, alias } => {
                self.read(expr, scope);
                scope.items.push(foreign(None, alias.as_ref()));
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                for expr in array_exprs {
                    self.read(expr, scope);
                }
                scope.items.push(foreign(Some("unnest".to_owned()), alias.as_ref()));
            }
            TableFactor::JsonTable { json_expr, alias, .. } => {
                self.read(json_expr, scope);
                scope.items.push(foreign(None, alias.as_ref()));
            }
            TableFactor::XmlTable { row_expression, passing, alias, .. } => {
                self.read(row_expression, scope);
                for argument in &passing.arguments {
                    self.read(&argument.expr, scope);
                }
                scope.items.push(foreign(None, alias.as_ref()));
            }
            _ => scope.items.push(foreign(None, None)),
        }
    }

    fn function(
        &mut self,
        name: Option<&ObjectName>,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        scope: &mut Scope<'_>,
    ) {
        for argument in args {
            let (FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. }
            | FunctionArg::Unnamed(arg)) = argument;
            if let FunctionArgExpr::Expr(expr) = arg {
                self.read(expr, scope);
            }
        }
        scope.items.push(foreign(name.map(|name| name_parts(name).1), alias));
    }

    /// A table, or a CTE of that name.
    pub(super) fn table(&mut self, name: &ObjectName, alias: Option<&TableAlias>, scope: &Scope<'_>) -> Item {
        let (schema, table) = name_parts(name);
        if schema.is_none()
            && let Some(columns) = scope.cte(&table)
        {
            let mut item = aliased(columns.clone(), alias);
            item.name.get_or_insert(table);
            return item;
        }
        self.base_table(RelationName { schema, name: table }, alias, scope)
    }

    pub(super) fn base_table(
        &mut self,
        relation: RelationName,
        alias: Option<&TableAlias>,
        scope: &Scope<'_>,
    ) -> Item {
        let number = self.analysis.tables.len();
        let columns = match self.catalog.columns(&relation) {
            Some(known) => {
                let column = |name: &String| Column {
                    name: name.clone(),
                    targets: vec![(number, name.clone())],
                    reach: Reach::Flat,
                };
                Columns { known: known.iter().map(column).collect(), ..Columns::default() }
            }
            None => Columns { open: vec![(number, Reach::Flat)], ..Columns::default() },
        };
        let mut item = aliased(columns, alias);
        self.analysis.tables.push(TableUse::new(relation.clone(), item.name.clone(), scope.depth()));
        item.table = Some(number);
        if item.name.is_none() {
            item.schema = relation.schema;
            item.name = Some(relation.name);
        }
        item
    }
}

fn tables(items: &[Item]) -> BTreeSet<usize> {
    let known = items
        .iter()
        .flat_map(|item| &item.columns.known)
        .flat_map(|column| &column.targets)
        .map(|target| target.0);
    let open = items.iter().flat_map(|item| &item.columns.open).map(|open| open.0);
    known.chain(open).chain(items.iter().filter_map(|item| item.table)).collect()
}

/// The names that both sides of a natural join are known to have.
fn common(scope: &Scope<'_>, start: usize, middle: usize) -> Vec<String> {
    let names = |items: &[Item]| -> Vec<String> {
        items.iter().flat_map(|item| &item.columns.known).map(|column| column.name.clone()).collect()
    };
    let left = names(scope.items.get(start..middle).unwrap_or_default());
    let right = names(scope.items.get(middle..).unwrap_or_default());
    left.into_iter().filter(|name| right.contains(name)).collect()
}

fn aliased(mut columns: Columns, alias: Option<&TableAlias>) -> Item {
    if let Some(alias) = alias {
        let names: Vec<String> = alias.columns.iter().map(|column| written(&column.name)).collect();
        columns.rename(&names);
    }
    Item { schema: None, name: alias.map(|alias| written(&alias.name)), columns, table: None }
}

/// Something that gives rows and is no table.
fn foreign(name: Option<String>, alias: Option<&TableAlias>) -> Item {
    let mut item = aliased(Columns::default(), alias);
    item.columns.foreign = item.columns.known.is_empty();
    item.name = item.name.or(name);
    item
}
