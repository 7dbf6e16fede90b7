//! `INSERT`, `UPDATE` and `DELETE`: their rows are found like those of a query.

use std::collections::BTreeSet;

use sqlparser::ast::{
    AssignmentTarget, Delete, FromTable, Insert, SelectItem, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

use super::{Analyser, Site};
use crate::{
    RelationName,
    analysis::{
        model::Access,
        operand::name_parts,
        scope::{Nesting, Scope},
    },
};

impl Analyser<'_> {
    pub(super) fn insert(&mut self, insert: &Insert, parent: Option<&Scope<'_>>) {
        let mut scope = Scope::select(parent, Nesting::Plain);
        if let TableObject::TableName(name) = &insert.table {
            let (schema, table) = name_parts(name);
            let target = self.analysis.tables.len();
            let item = self.base_table(RelationName { schema, name: table }, None, &scope);
            scope.items.push(item);
            self.set_access(target, Access::Insert);
        }
        if let Some(source) = &insert.source {
            self.query(source, parent, Nesting::Plain);
        }
        self.returning(insert.returning.as_deref(), &scope);
    }

    pub(super) fn update(&mut self, update: &Update, parent: Option<&Scope<'_>>) {
        let mut scope = Scope::select(parent, Nesting::Plain);
        let target = self.analysis.tables.len();
        self.from(std::slice::from_ref(&update.table), &mut scope);
        if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = &update.from
        {
            self.from(from, &mut scope);
        }
        let mut changed = BTreeSet::new();
        for assignment in &update.assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => {
                    changed.insert(name_parts(name).1);
                }
                AssignmentTarget::Tuple(names) => changed.extend(names.iter().map(|name| name_parts(name).1)),
            }
            self.read(&assignment.value, &scope);
        }
        self.set_access(target, Access::Update(changed));
        if let Some(condition) = &update.selection {
            self.filter(condition, &Site::filter(&scope));
        }
        self.returning(update.returning.as_deref(), &scope);
    }

    pub(super) fn delete(&mut self, delete: &Delete, parent: Option<&Scope<'_>>) {
        let mut scope = Scope::select(parent, Nesting::Plain);
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let target = self.analysis.tables.len();
        self.from(from, &mut scope);
        self.set_access(target, Access::Delete);
        let using: &[TableWithJoins] = delete.using.as_deref().unwrap_or_default();
        self.from(using, &mut scope);
        if let Some(condition) = &delete.selection {
            self.filter(condition, &Site::filter(&scope));
        }
        self.returning(delete.returning.as_deref(), &scope);
    }

    fn set_access(&mut self, table: usize, access: Access) {
        if let Some(table) = self.analysis.tables.get_mut(table) {
            table.access = access;
        }
    }

    fn returning(&mut self, items: Option<&[SelectItem]>, scope: &Scope<'_>) {
        for item in items.unwrap_or_default() {
            self.project(item, scope);
        }
    }
}
