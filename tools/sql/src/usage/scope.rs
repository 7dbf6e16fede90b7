//! What names mean at a place of a query: FROM items and common tables, inner to outer.

use std::rc::Rc;

use super::{Column, Outputs};

/// Columns that every table has.
const SYSTEM_COLUMNS: &[&str] = &["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];

/// One thing in FROM.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The name that qualifies its columns; empty where it has none.
    pub(super) alias: String,
    pub(super) outputs: Outputs,
    /// A table, which has the system's columns too.
    pub(super) is_table: bool,
    /// `JOIN … USING (…) AS alias` names columns that are there already.
    pub(super) is_second_name: bool,
}

impl Item {
    /// Whether a value of the whole row would hold a marked column.
    pub(super) fn carries(&self) -> bool {
        self.outputs.carries()
    }

    fn find(&self, name: &str) -> Sight {
        let mut sight = Sight::None;
        for column in self.outputs.columns.iter().filter(|column| column.name.as_deref() == Some(name)) {
            sight = match (sight, column) {
                (_, Column { mark: Some(mark), .. }) => return Sight::Marked(*mark),
                (_, Column { is_certain: true, .. }) | (Sight::Clean, _) => Sight::Clean,
                _ => Sight::Likely,
            };
        }
        match sight {
            Sight::None if self.is_table && SYSTEM_COLUMNS.contains(&name) => Sight::Clean,
            Sight::None if self.outputs.has_more => Sight::Likely,
            seen => seen,
        }
    }
}

enum Sight {
    None,
    Likely,
    Clean,
    Marked(usize),
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A column with a mark.
    Marked(usize),
    /// A whole row that holds a marked column, or a function that is called on one.
    MarkedRow,
    /// Something without a mark.
    Clean,
    /// Nothing that is known here.
    Unknown,
}

/// A common table that is in sight; `None` where it can't be read yet.
pub(super) type CommonTable = (String, Option<Outputs>);

/// One level of names, and those around it.
#[derive(Debug, Default)]
pub(super) struct Scope<'s> {
    pub(super) outer: Option<&'s Scope<'s>>,
    pub(super) items: Vec<Rc<Item>>,
    pub(super) tables: Vec<CommonTable>,
}

impl<'s> Scope<'s> {
    pub(super) fn inside(outer: &'s Scope<'s>, items: Vec<Rc<Item>>) -> Self {
        Self { outer: Some(outer), items, tables: Vec::new() }
    }

    fn levels(&self) -> impl Iterator<Item = &Scope<'_>> {
        std::iter::successors(Some(self), |level| level.outer)
    }

    /// The common table of that name.
    pub(super) fn table(&self, name: &str) -> Option<&CommonTable> {
        self.levels().find_map(|level| level.tables.iter().find(|(known, _)| known == name))
    }

    /// A bare name: a column of the innermost level that has one, or else a whole row.
    pub(super) fn bare(&self, name: &str) -> Meaning {
        let mut is_likely = false;
        for level in self.levels() {
            let mut is_clean = false;
            for item in &level.items {
                match item.find(name) {
                    Sight::Marked(mark) => return Meaning::Marked(mark),
                    Sight::Clean => is_clean = true,
                    Sight::Likely => is_likely = true,
                    Sight::None => {}
                }
            }
            if is_clean {
                return Meaning::Clean;
            }
        }
        let mut rows = self.rows(name).peekable();
        match (rows.peek().is_some(), rows.any(|item| item.carries())) {
            (_, true) => Meaning::MarkedRow,
            (true, false) => Meaning::Clean,
            (false, false) if is_likely => Meaning::Clean,
            (false, false) => Meaning::Unknown,
        }
    }

    /// `alias.name`: a column, or else a function called on the row.
    pub(super) fn qualified(&self, alias: &str, name: &str) -> Meaning {
        let mut is_known = false;
        let mut meaning = Meaning::Clean;
        for item in self.rows(alias) {
            is_known = true;
            match item.find(name) {
                Sight::Marked(mark) => return Meaning::Marked(mark),
                Sight::Clean => {}
                Sight::Likely | Sight::None if item.carries() => meaning = Meaning::MarkedRow,
                Sight::Likely | Sight::None => {}
            }
        }
        if is_known { meaning } else { Meaning::Unknown }
    }

    /// The items of that alias in the innermost level that has any.
    pub(super) fn rows(&self, alias: &str) -> impl Iterator<Item = &Rc<Item>> {
        let level = self.levels().find(|level| level.items.iter().any(|item| item.alias == alias));
        level.into_iter().flat_map(|level| level.items.iter()).filter(move |item| item.alias == alias)
    }
}
