//! What names mean at a place of a query, inner to outer. A name that nothing here gives is a stored column.

use std::rc::Rc;

use super::size::Size;

/// What a query, or something in FROM, gives.
#[derive(Debug, Clone)]
pub(super) struct Outputs {
    /// Its columns in order, as far as they are known.
    pub(super) columns: Vec<(String, Size)>,
    /// Columns that are not known, of which there may be some in between.
    pub(super) others: Option<Size>,
    pub(super) rows: u64,
}

impl Outputs {
    pub(super) fn of_table() -> Self {
        const ROWS: u64 = 1_000;
        Self { columns: Vec::new(), others: Some(Size::STORED), rows: ROWS }
    }

    /// A value of a whole row.
    pub(super) fn row(&self) -> Size {
        self.all().quoted()
    }

    /// The values of all columns.
    pub(super) fn all(&self) -> Size {
        match (self.columns.as_slice(), self.others) {
            ([(_, only)], None) => *only,
            (columns, others) => {
                columns.iter().fold(others.unwrap_or(Size::FLAG), |row, (_, column)| row.and(*column))
            }
        }
    }

    /// One column, whichever.
    fn any(&self) -> Size {
        let others = self.others.unwrap_or(Size::FLAG);
        self.columns.iter().fold(others, |any, (_, column)| any.or(*column))
    }

    /// Under new names.
    pub(super) fn renamed(mut self, names: Vec<String>) -> Self {
        if self.others.is_some() && !names.is_empty() {
            let any = self.any();
            self.columns.extend(names.into_iter().map(|name| (name, any)));
            return self;
        }
        for (column, name) in self.columns.iter_mut().zip(names) {
            column.0 = name;
        }
        self
    }

    pub(super) fn map(mut self, change: impl Fn(Size) -> Size) -> Self {
        self.columns.iter_mut().for_each(|(_, column)| *column = change(*column));
        self.others = self.others.map(change);
        self
    }

    /// What either gives, by place.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (at, (_, column)) in self.columns.iter_mut().enumerate() {
            let twin = other.columns.get(at).map(|(_, twin)| *twin).or(other.others);
            *column = column.or(twin.unwrap_or(Size::FLAG));
        }
        self.others = match (self.others, other.others) {
            (Some(one), Some(_)) => Some(one.or(other.any())),
            (Some(one), None) => Some(one.or(other.any())),
            (None, one) => one,
        };
        self.rows = self.rows.saturating_add(other.rows);
        self
    }
}

/// One thing in FROM.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) alias: String,
    pub(super) outputs: Outputs,
}

/// One level of names, and those around it.
#[derive(Debug, Default)]
pub(super) struct Scope<'s> {
    outer: Option<&'s Scope<'s>>,
    pub(super) items: Vec<Rc<Item>>,
    /// Common tables.
    pub(super) tables: Vec<(String, Outputs)>,
    /// Rows that an aggregate here collects.
    pub(super) rows: u64,
}

impl<'s> Scope<'s> {
    pub(super) fn inside(outer: &'s Scope<'s>, items: Vec<Rc<Item>>) -> Self {
        Self { outer: Some(outer), items, tables: Vec::new(), rows: outer.rows }
    }

    fn levels(&self) -> impl Iterator<Item = &Scope<'_>> {
        std::iter::successors(Some(self), |level| level.outer)
    }

    pub(super) fn table(&self, name: &str) -> Option<&Outputs> {
        let mut tables = self.levels().flat_map(|level| level.tables.iter().rev());
        tables.find(|(known, _)| known == name).map(|(_, outputs)| outputs)
    }

    /// `name`: of all that it may mean, the largest.
    pub(super) fn bare(&self, name: &str) -> Size {
        let mut found: Option<Size> = None;
        let add = |found: &mut Option<Size>, size: Size| {
            *found = Some(found.map_or(size, |before| largest(before, size)));
        };
        for level in self.levels() {
            let mut has_unknown = false;
            for Item { alias, outputs } in level.items.iter().map(Rc::as_ref) {
                let named = outputs.columns.iter().filter(|(column, _)| column == name);
                named.for_each(|(_, size)| add(&mut found, *size));
                if alias == name {
                    add(&mut found, outputs.row());
                }
                has_unknown |= outputs.others.is_some();
            }
            if found.is_some() && !has_unknown {
                break;
            }
        }
        found.unwrap_or(Size::STORED)
    }

    /// `alias.name`: a column, or a function of the row.
    pub(super) fn qualified(&self, alias: &str, name: &str) -> Size {
        let level = self.levels().find(|level| level.items.iter().any(|item| item.alias == alias));
        let items = level.into_iter().flat_map(|level| level.items.iter()).filter(|item| item.alias == alias);
        let size = |item: &Rc<Item>| {
            let column = item.outputs.columns.iter().find(|(column, _)| column == name);
            column.map(|(_, size)| *size).or(item.outputs.others).unwrap_or_else(|| item.outputs.row())
        };
        items.map(size).reduce(largest).unwrap_or(Size::STORED)
    }

    /// What stands under that alias.
    pub(super) fn item(&self, alias: &str) -> Option<&Outputs> {
        let mut items = self.levels().flat_map(|level| &level.items);
        items.find(|item| item.alias == alias).map(|item| &item.outputs)
    }
}

fn largest(one: Size, other: Size) -> Size {
    Size { parts: one.parts.max(other.parts), ..one.or(other) }
}
