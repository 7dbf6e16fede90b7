//! Which names mean what, at one place of a query.

use std::collections::BTreeSet;

use sqlparser::ast::Ident;

use crate::fold_identifier;
use crate::names::truncated;

/// How far a condition on a column goes down to the table behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Not at all: a LIMIT, a window or a materialised CTE is in between.
    Opaque,
    /// Comparisons with constants do; joins don't.
    Filters,
    /// As if the column stood here.
    Flat,
}

/// A column of a table use, named by the use's place in the analysis.
pub(super) type Target = (usize, String);

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// The table columns it passes through: none for an expression, several for a union.
    pub(super) targets: Vec<Target>,
    pub(super) reach: Reach,
}

/// The columns that something in a `FROM` has.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) known: Vec<Column>,
    /// Table uses whose columns the catalogue does not know: any other name may be theirs.
    pub(super) open: Vec<(usize, Reach)>,
    /// Columns of something that is no table and can't be enumerated.
    pub(super) foreign: bool,
}

impl Columns {
    pub(super) fn limit_reach(&mut self, reach: Reach) {
        for column in &mut self.known {
            column.reach = column.reach.min(reach);
        }
        for (_, open) in &mut self.open {
            *open = (*open).min(reach);
        }
    }

    /// Gives the columns new names, from the first.
    pub(super) fn rename(&mut self, names: &[String]) {
        for (column, name) in self.known.iter_mut().zip(names) {
            column.name.clone_from(name);
        }
        for name in names.iter().skip(self.known.len()) {
            self.known.push(Column { name: name.clone(), targets: Vec::new(), reach: Reach::Opaque });
        }
    }

    fn find(&self, name: &str) -> Option<Found> {
        if let Some(column) = self.known.iter().find(|column| column.name == name) {
            return Some(Found::Known(column.targets.clone(), column.reach));
        }
        match (self.open.as_slice(), self.foreign) {
            ([(table, reach)], false) => Some(Found::Open(vec![(*table, name.to_owned())], *reach)),
            ([], false) => None,
            _ => Some(Found::Open(Vec::new(), Reach::Opaque)),
        }
    }
}

enum Found {
    Known(Vec<Target>, Reach),
    Open(Vec<Target>, Reach),
}

/// One item of a `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) schema: Option<String>,
    pub(super) name: Option<String>,
    pub(super) columns: Columns,
    /// The table use, if it is one.
    pub(super) table: Option<usize>,
}

/// How a query stands in the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nesting {
    /// A derived table, an arm of a set operation, or the statement itself.
    Plain,
    Semi,
    Anti,
    /// Runs for each outer row.
    Correlated,
}

#[derive(Debug)]
pub(super) struct Scope<'p> {
    pub(super) items: Vec<Item>,
    pub(super) ctes: Vec<(String, Columns)>,
    pub(super) parent: Option<&'p Scope<'p>>,
    pub(super) nesting: Nesting,
    /// Tables whose rows an outer join may leave out and fill with nulls.
    pub(super) nullable: BTreeSet<usize>,
    /// A scope that only holds a WITH clause is no query of its own.
    pub(super) is_select: bool,
}

/// What a column reference means.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) targets: Vec<Target>,
    pub(super) reach: Reach,
    /// It belongs to a query further out.
    pub(super) outer: bool,
    /// How many subqueries that query is inside of.
    pub(super) depth: u16,
}

enum Lookup {
    Found(Vec<Target>, Reach),
    /// Several tables whose columns are not known could have it.
    Ambiguous,
    Missing,
}

impl From<Option<Found>> for Lookup {
    fn from(found: Option<Found>) -> Self {
        match found {
            Some(Found::Known(targets, reach) | Found::Open(targets, reach)) => Self::Found(targets, reach),
            None => Self::Missing,
        }
    }
}

impl<'p> Scope<'p> {
    pub(super) fn select(parent: Option<&'p Scope<'p>>, nesting: Nesting) -> Self {
        Self {
            items: Vec::new(),
            ctes: Vec::new(),
            parent,
            nesting,
            nullable: BTreeSet::new(),
            is_select: true,
        }
    }

    pub(super) fn with_clause(parent: Option<&'p Scope<'p>>) -> Self {
        Self {
            items: Vec::new(),
            ctes: Vec::new(),
            parent,
            nesting: Nesting::Plain,
            nullable: BTreeSet::new(),
            is_select: false,
        }
    }

    pub(super) fn cte(&self, name: &str) -> Option<&Columns> {
        let here = self.ctes.iter().rev().find(|(cte, _)| cte == name).map(|(_, columns)| columns);
        here.or_else(|| self.parent.and_then(|parent| parent.cte(name)))
    }

    /// How many queries this one is inside of.
    pub(super) fn depth(&self) -> u16 {
        let outer = self.parent.map_or(0, Scope::depth_below);
        if self.is_select { outer } else { outer.saturating_sub(1) }
    }

    fn depth_below(&self) -> u16 {
        self.parent.map_or(0, Scope::depth_below).saturating_add(u16::from(self.is_select))
    }

    /// What lies between here and the query at `depth` around it: one subquery that runs for each row makes all of it so.
    pub(super) fn crossing(&self, depth: u16) -> Nesting {
        let mut crossed = Nesting::Plain;
        let mut scope = Some(self);
        while let Some(here) = scope.filter(|here| !here.is_select || here.depth() > depth) {
            match here.nesting {
                Nesting::Correlated => return Nesting::Correlated,
                Nesting::Plain => {}
                inner if crossed == Nesting::Plain => crossed = inner,
                _ => {}
            }
            scope = here.parent;
        }
        crossed
    }

    /// What a column reference means here. `None` if no item can have it, or several can.
    pub(super) fn resolve(&self, parts: &[Ident]) -> Option<Resolved> {
        let names: Vec<String> = parts.iter().map(written).collect();
        let (mut scope, mut outer) = (self, false);
        loop {
            match scope.resolve_here(&names) {
                Lookup::Found(targets, reach) => {
                    return Some(Resolved { targets, reach, outer, depth: scope.depth() });
                }
                Lookup::Ambiguous => return None,
                Lookup::Missing => {}
            }
            outer |= scope.is_select;
            scope = scope.parent?;
        }
    }

    fn resolve_here(&self, names: &[String]) -> Lookup {
        let qualified = |schema: Option<&str>, table: &str, column: &str| {
            self.item(schema, table).and_then(|item| item.columns.find(column))
        };
        match names {
            [column] => self.resolve_bare(column),
            [table, column] => qualified(None, table, column).into(),
            // `schema.table.column`, or a field of a composite column.
            [first, second, third, ..] => {
                qualified(Some(first), second, third).or_else(|| qualified(None, first, second)).into()
            }
            [] => Lookup::Missing,
        }
    }

    fn resolve_bare(&self, column: &str) -> Lookup {
        let found: Vec<Found> = self.items.iter().filter_map(|item| item.columns.find(column)).collect();
        // USING and NATURAL leave the name on both sides; either will do, and PostgreSQL refuses other repeats.
        let known = found.iter().position(|found| matches!(found, Found::Known(..)));
        match (known, found.len()) {
            (Some(at), _) => found.into_iter().nth(at).into(),
            (None, 2..) => Lookup::Ambiguous,
            (None, _) => found.into_iter().next().into(),
        }
    }

    pub(super) fn item(&self, schema: Option<&str>, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| {
            item.name.as_deref() == Some(name) && (schema.is_none() || item.schema.as_deref() == schema)
        })
    }

    /// The table use that a bare name means as a whole row.
    pub(super) fn whole_row(&self, name: &Ident) -> Option<usize> {
        let name = written(name);
        let here = self.item(None, &name).and_then(|item| item.table);
        here.or_else(|| self.parent.and_then(|parent| parent.item(None, &name)).and_then(|item| item.table))
    }
}

/// A name as PostgreSQL reads it.
pub(crate) fn written(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => truncated(ident.value.clone()),
        None => fold_identifier(&ident.value),
    }
}
