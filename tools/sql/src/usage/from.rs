//! FROM: tables, subqueries, functions and joins, each with the columns it brings.

use std::rc::Rc;

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::expression::path_of;
use super::scope::{Item, Scope};
use super::{Column, Outputs, Reader, Relation, child, name_of, text_of};
use crate::RelationName;
use crate::grammar::{SESSION_VALUES, has_token};
use crate::guard::Refusal;

/// What a part of FROM brings into sight.
#[derive(Debug, Default)]
pub(super) struct From {
    pub(super) items: Vec<Rc<Item>>,
    /// USING and NATURAL put the columns they merge first.
    pub(super) is_reordered: bool,
}

impl From {
    fn one(item: Item) -> Self {
        Self { items: vec![Rc::new(item)], is_reordered: false }
    }

    fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.is_reordered |= other.is_reordered;
    }

    /// `*` over all of it.
    pub(super) fn star(&self) -> Outputs {
        let mut star = star(self.items.iter().filter(|item| !item.is_second_name));
        star.in_order &= !self.is_reordered;
        star
    }
}

/// `*` over some items.
pub(super) fn star<'i>(items: impl Iterator<Item = &'i Rc<Item>>) -> Outputs {
    let mut star = Outputs { in_order: true, ..Outputs::default() };
    for item in items {
        star.columns.extend(item.outputs.columns.iter().cloned());
        star.in_order &= item.outputs.in_order;
        star.has_more |= item.outputs.has_more;
    }
    star
}

impl Reader<'_> {
    /// All of a FROM clause.
    pub(super) fn read_from(&self, clause: &SyntaxNode, scope: &Scope<'_>) -> Result<From, Refusal> {
        let mut from = From::default();
        for part in clause.children() {
            let next = self.read_item(&part, scope, &from.items)?;
            from.add(next);
        }
        Ok(from)
    }

    /// One item or join. `before` is what stands to its left, which LATERAL sees.
    fn read_item(&self, node: &SyntaxNode, scope: &Scope<'_>, before: &[Rc<Item>]) -> Result<From, Refusal> {
        match node.kind() {
            SyntaxKind::RELATION_FROM_ITEM => {
                if let Some(sample) = child(node, SyntaxKind::TABLESAMPLE_CLAUSE) {
                    self.expression(&sample, &Scope::inside(scope, before.to_vec()))?;
                }
                let item = child(node, SyntaxKind::RELATION_NAME_REF).map(|name| self.relation(&name, scope));
                let item = item.unwrap_or_else(|| Err(self.unclear(node, "a name is missing in FROM")))?;
                Ok(From::one(self.aliased(node, item)?))
            }
            SyntaxKind::PAREN_FROM_ITEM => self.parenthesised(node, scope, before),
            SyntaxKind::PAREN_EXPR => self.in_brackets(node, scope, before),
            SyntaxKind::JOIN_EXPR => self.join(node, scope, before),
            SyntaxKind::FUNCTION_FROM_ITEM
            | SyntaxKind::EXPR_FROM_ITEM
            | SyntaxKind::ROWS_FROM_ITEM
            | SyntaxKind::JSON_TABLE_FROM_ITEM
            | SyntaxKind::XML_TABLE_FROM_ITEM => self.function(node, scope, before),
            _ => Err(self.unclear(node, "something in FROM is not known here")),
        }
    }

    /// A table by its name, or a common table.
    pub(super) fn relation(&self, reference: &SyntaxNode, scope: &Scope<'_>) -> Result<Item, Refusal> {
        let parts = reference.descendants().filter(|part| part.kind() == SyntaxKind::PATH_SEGMENT_REF);
        let mut parts: Vec<String> = parts.map(|part| name_of(&part)).collect();
        let name = parts.pop().ok_or_else(|| self.unclear(reference, "a name is missing in FROM"))?;
        let schema = parts.pop();
        let unclear =
            || self.unclear(reference, &format!("what {} is can't be told here", text_of(reference)));
        if schema.is_none()
            && let Some((_, outputs)) = scope.table(&name)
        {
            let outputs = outputs.clone().ok_or_else(unclear)?;
            return Ok(Item { alias: name, outputs, ..Item::default() });
        }
        let wanted = RelationName { schema, name };
        let found = self.relations.get(&wanted);
        let alias = wanted.name;
        match found {
            Some(Relation::Refused(why)) => Err(self.refuse(reference, why.clone())),
            Some(Relation::Columns(columns)) => {
                let outputs = Outputs { columns: columns.clone(), in_order: true, has_more: false };
                Ok(Item { alias, outputs, is_table: true, is_second_name: false })
            }
            None if SESSION_VALUES.contains(&text_of(reference).to_ascii_lowercase().as_str()) => Ok(Item {
                outputs: Outputs { has_more: true, ..Outputs::default() },
                alias,
                ..Item::default()
            }),
            None => Err(unclear()),
        }
    }

    fn parenthesised(
        &self,
        node: &SyntaxNode,
        scope: &Scope<'_>,
        before: &[Rc<Item>],
    ) -> Result<From, Refusal> {
        let lateral;
        let inner_scope = if has_token(node, SyntaxKind::LATERAL_KW) {
            lateral = Scope::inside(scope, before.to_vec());
            &lateral
        } else {
            scope
        };
        let Some(inner) = node.children().find(|part| part.kind() != SyntaxKind::FROM_ALIAS) else {
            return Err(self.unclear(node, "something in FROM is not known here"));
        };
        if SelectVariant::can_cast(inner.kind()) {
            let outputs = self.select(&inner, inner_scope)?;
            return Ok(From::one(self.aliased(node, Item { outputs, ..Item::default() })?));
        }
        let from = self.in_brackets(&inner, inner_scope, before)?;
        if child(node, SyntaxKind::FROM_ALIAS).is_none() {
            return Ok(from);
        }
        // The alias of a join hides the names inside.
        Ok(From::one(self.aliased(node, Item { outputs: from.star(), ..Item::default() })?))
    }

    /// `(a join b …)`, and brackets around that.
    fn in_brackets(
        &self,
        node: &SyntaxNode,
        scope: &Scope<'_>,
        before: &[Rc<Item>],
    ) -> Result<From, Refusal> {
        match node.first_child() {
            Some(inner) if node.kind() == SyntaxKind::PAREN_EXPR => {
                if SelectVariant::can_cast(inner.kind()) {
                    let outputs = self.select(&inner, scope)?;
                    Ok(From::one(Item { outputs, ..Item::default() }))
                } else {
                    self.read_item(&inner, scope, before)
                }
            }
            _ => Err(self.unclear(node, "something in FROM is not known here")),
        }
    }

    fn join(&self, node: &SyntaxNode, scope: &Scope<'_>, before: &[Rc<Item>]) -> Result<From, Refusal> {
        let (Some(left), Some(join)) = (node.first_child(), child(node, SyntaxKind::JOIN)) else {
            return Err(self.unclear(node, "a join is not understood here"));
        };
        let left = self.read_item(&left, scope, before)?;
        let seen: Vec<Rc<Item>> = before.iter().chain(&left.items).cloned().collect();
        let is_item = |part: &SyntaxNode| {
            part.kind() == SyntaxKind::JOIN_EXPR
                || part.kind() == SyntaxKind::PAREN_EXPR
                || squawk_syntax::ast::FromItem::can_cast(part.kind())
        };
        let Some(right) = join.children().find(is_item) else {
            return Err(self.unclear(&join, "a join is not understood here"));
        };
        let right = self.read_item(&right, scope, &seen)?;
        if has_token(&join, SyntaxKind::NATURAL_KW) {
            self.natural(&join, &left, &right)?;
        }
        let merges =
            has_token(&join, SyntaxKind::NATURAL_KW) || child(&join, SyntaxKind::JOIN_USING_CLAUSE).is_some();
        let mut both = left;
        both.add(right);
        both.is_reordered |= merges;
        if let Some(on) = child(&join, SyntaxKind::ON_CLAUSE) {
            self.expression(&on, &Scope::inside(scope, both.items.clone()))?;
        }
        if let Some(using) = child(&join, SyntaxKind::JOIN_USING_CLAUSE) {
            let merged = self.using(&using, &both)?;
            both.items.extend(merged.map(Rc::new));
        }
        Ok(both)
    }

    /// `USING (…)`: a merged column is compared. Gives the second name of the merged columns, where there is one.
    fn using(&self, using: &SyntaxNode, both: &From) -> Result<Option<Item>, Refusal> {
        let star = both.star();
        let names = using.descendants().filter(|part| part.kind() == SyntaxKind::COLUMN_NAME_REF);
        let mut columns = Vec::new();
        for reference in names {
            let name = name_of(&reference);
            if star.columns.iter().any(|column| column.mark.is_some() && column.name.as_ref() == Some(&name))
            {
                return Err(self.used(&reference, &format!("the masked column {name}")));
            }
            columns.push(Column::new(name, None));
        }
        let alias = child(using, SyntaxKind::REQUIRED_AS_ALIAS)
            .and_then(|alias| child(&alias, SyntaxKind::TABLE_ALIAS));
        Ok(alias.map(|alias| Item {
            alias: name_of(&alias),
            outputs: Outputs { columns, in_order: true, has_more: false },
            is_table: false,
            is_second_name: true,
        }))
    }

    /// NATURAL compares all columns that both sides have.
    fn natural(&self, join: &SyntaxNode, left: &From, right: &From) -> Result<(), Refusal> {
        let (left, right) = (left.star(), right.star());
        for (one, other) in [(&left, &right), (&right, &left)] {
            let is_known = !other.has_more && other.columns.iter().all(|column| column.is_certain);
            for column in one.columns.iter().filter(|column| column.mark.is_some()) {
                if !is_known || other.columns.iter().any(|twin| twin.name == column.name) {
                    let name = column.name.as_deref().unwrap_or("without a name");
                    return Err(self.used(join, &format!("the masked column {name}")));
                }
            }
        }
        Ok(())
    }

    /// A function: what it is given is looked into, what it gives has no marks.
    fn function(&self, node: &SyntaxNode, scope: &Scope<'_>, before: &[Rc<Item>]) -> Result<From, Refusal> {
        let lateral = Scope::inside(scope, before.to_vec());
        for part in node.children().filter(|part| part.kind() != SyntaxKind::FROM_ALIAS) {
            self.expression(&part, &lateral)?;
        }
        let callee = node.first_child().and_then(|call| path_of(&call.first_child()?)?.pop());
        let item = Item {
            alias: callee.unwrap_or_default(),
            outputs: Outputs { has_more: true, ..Outputs::default() },
            ..Item::default()
        };
        Ok(From::one(self.aliased(node, item)?))
    }

    /// Applies `AS alias (columns)`.
    fn aliased(&self, node: &SyntaxNode, mut item: Item) -> Result<Item, Refusal> {
        let Some(alias) = child(node, SyntaxKind::FROM_ALIAS) else { return Ok(item) };
        if let Some(name) = child(&alias, SyntaxKind::TABLE_ALIAS) {
            item.alias = name_of(&name);
        }
        let names: Vec<String> = alias
            .descendants()
            .filter(|part| part.kind() == SyntaxKind::COLUMN_NAME)
            .map(|name| name_of(&name))
            .collect();
        item.outputs = self.renamed(&alias, item.outputs, names)?;
        Ok(item)
    }

    /// The first columns under new names.
    pub(super) fn renamed(
        &self,
        node: &SyntaxNode,
        mut outputs: Outputs,
        names: Vec<String>,
    ) -> Result<Outputs, Refusal> {
        if names.is_empty() {
            return Ok(outputs);
        }
        if outputs.in_order && !outputs.has_more {
            for (column, name) in outputs.columns.iter_mut().zip(names) {
                *column = Column::new(name, column.mark);
            }
            return Ok(outputs);
        }
        if outputs.carries() {
            return Err(self.unclear(node, "which of its columns get the new names can't be told here"));
        }
        outputs.columns.iter_mut().for_each(|column| column.is_certain = false);
        outputs.columns.extend(names.into_iter().map(|name| Column::new(name, None)));
        outputs.in_order = false;
        Ok(outputs)
    }
}
