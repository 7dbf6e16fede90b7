//! FROM: what each of its parts brings, and how many rows that makes.

use std::rc::Rc;

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::scope::{Item, Outputs, Scope};
use super::size::Size;
use super::{Growth, child, name_of};
use crate::grammar::has_token;

/// What a part of FROM brings.
struct Part {
    items: Vec<Rc<Item>>,
    rows: u64,
    /// Rows that stand in the database, which conditions keep together.
    is_stored: bool,
}

impl Growth {
    /// All of a FROM clause, and its rows.
    pub(super) fn from(&mut self, clause: &SyntaxNode, scope: &Scope<'_>) -> (Vec<Rc<Item>>, u64) {
        let whole = Part { items: Vec::new(), rows: 1, is_stored: false };
        let part = clause.children().fold(whole, |before, node| {
            let part = self.part(&node, scope, &before.items);
            before.with(part, true)
        });
        (part.items, part.rows)
    }

    fn part(&mut self, node: &SyntaxNode, scope: &Scope<'_>, before: &[Rc<Item>]) -> Part {
        match node.kind() {
            SyntaxKind::RELATION_FROM_ITEM => match child(node, SyntaxKind::RELATION_NAME_REF) {
                Some(name) => Part::one(aliased(node, self.relation(&name, scope)), true),
                None => Part::unknown(),
            },
            SyntaxKind::JOIN_EXPR => self.join(node, scope, before),
            SyntaxKind::PAREN_FROM_ITEM | SyntaxKind::PAREN_EXPR => {
                let Some(inner) = node.children().find(|part| part.kind() != SyntaxKind::FROM_ALIAS) else {
                    return Part::unknown();
                };
                if !SelectVariant::can_cast(inner.kind()) {
                    return self.part(&inner, scope, before).under(node);
                }
                let outputs = self.query(&inner, &Scope::inside(scope, before.to_vec()));
                Part::one(aliased(node, Item { alias: String::new(), outputs }), false)
            }
            _ => self.function(node, &Scope::inside(scope, before.to_vec())),
        }
    }

    /// A table by its name, or a common table.
    pub(super) fn relation(&mut self, reference: &SyntaxNode, scope: &Scope<'_>) -> Item {
        let parts = reference.descendants().filter(|part| part.kind() == SyntaxKind::PATH_SEGMENT_REF);
        let parts: Vec<String> = parts.map(|part| name_of(&part)).collect();
        let common = match parts.as_slice() {
            [name] => scope.table(name).cloned(),
            _ => None,
        };
        let alias = parts.last().cloned().unwrap_or_default();
        Item { alias, outputs: common.unwrap_or_else(Outputs::of_table) }
    }

    fn join(&mut self, node: &SyntaxNode, scope: &Scope<'_>, before: &[Rc<Item>]) -> Part {
        let (Some(left), Some(join)) = (node.first_child(), child(node, SyntaxKind::JOIN)) else {
            return Part::unknown();
        };
        let left = self.part(&left, scope, before);
        let seen: Vec<Rc<Item>> = before.iter().chain(&left.items).cloned().collect();
        let mut both = left;
        for part in join.children() {
            match part.kind() {
                SyntaxKind::ON_CLAUSE | SyntaxKind::JOIN_USING_CLAUSE => {
                    let level = Scope::inside(scope, before.iter().chain(&both.items).cloned().collect());
                    let parts = self.expression(&part, &level).parts;
                    self.parts = self.parts.saturating_add(parts);
                }
                kind if kind == SyntaxKind::JOIN_EXPR
                    || kind == SyntaxKind::PAREN_EXPR
                    || squawk_syntax::ast::FromItem::can_cast(kind) =>
                {
                    let right = self.part(&part, scope, &seen);
                    both = both.with(right, is_a_product(&join));
                }
                _ => {}
            }
        }
        both
    }

    /// A function, whose result is a column and a row at once.
    fn function(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Part {
        let calls = node.descendants().filter(|part| {
            part.kind() == SyntaxKind::CALL_EXPR
                && !part.ancestors().skip(1).take_while(|outer| outer != node).any(|outer| {
                    outer.kind() == SyntaxKind::CALL_EXPR || SelectVariant::can_cast(outer.kind())
                })
        });
        // JSON_TABLE and XMLTABLE call nothing for their rows.
        let is_a_call = matches!(node.kind(), SyntaxKind::FUNCTION_FROM_ITEM | SyntaxKind::ROWS_FROM_ITEM);
        let calls: Vec<SyntaxNode> = calls.filter(|_| is_a_call).collect();
        let mut outputs = Outputs { columns: Vec::new(), others: None, rows: 1 };
        for part in node.children().filter(|part| part.kind() != SyntaxKind::FROM_ALIAS) {
            let size = self.expression(&part, scope);
            outputs.others = Some(outputs.others.map_or(size, |before| before.or(size)).worked_out());
        }
        if calls.is_empty() {
            // A row for each part of the document.
            outputs.rows = outputs.others.map_or(1, |size| size.length);
        }
        let mut alias = String::new();
        for call in &calls {
            outputs.rows = outputs.rows.max(self.rows_of(call, scope));
            alias = call.first_child().map(|callee| last_name(&callee)).unwrap_or_default();
        }
        if let ([_], Some(size)) = (calls.as_slice(), outputs.others) {
            outputs.columns.push((alias.clone(), size));
        }
        Part::one(aliased(node, Item { alias, outputs }), false)
    }
}

impl Part {
    fn one(item: Item, is_stored: bool) -> Self {
        Self { rows: item.outputs.rows, items: vec![Rc::new(item)], is_stored }
    }

    fn unknown() -> Self {
        Self { items: Vec::new(), rows: 1, is_stored: false }
    }

    /// Stored rows that belong together are joined, whatever the words for it.
    fn with(mut self, other: Self, is_a_product: bool) -> Self {
        self.rows = if is_a_product && !(self.is_stored && other.is_stored) {
            self.rows.saturating_mul(other.rows.max(1))
        } else {
            self.rows.max(other.rows)
        };
        self.is_stored |= other.is_stored;
        self.items.extend(other.items);
        self
    }

    /// A join in brackets with an alias.
    fn under(mut self, node: &SyntaxNode) -> Self {
        if child(node, SyntaxKind::FROM_ALIAS).is_none() {
            return self;
        }
        let mut outputs = Outputs { columns: Vec::new(), others: None, rows: self.rows };
        for item in &self.items {
            outputs.columns.extend(item.outputs.columns.iter().cloned());
            outputs.others = outputs.others.or(item.outputs.others);
        }
        self.items = vec![Rc::new(aliased(node, Item { alias: String::new(), outputs }))];
        self
    }
}

fn is_a_product(join: &SyntaxNode) -> bool {
    if has_token(join, SyntaxKind::NATURAL_KW) || child(join, SyntaxKind::JOIN_USING_CLAUSE).is_some() {
        return false;
    }
    let on = child(join, SyntaxKind::ON_CLAUSE).and_then(|on| on.first_child());
    on.is_none_or(|condition| condition.kind() == SyntaxKind::LITERAL)
}

/// Applies `AS alias (columns)`.
fn aliased(node: &SyntaxNode, mut item: Item) -> Item {
    let Some(alias) = child(node, SyntaxKind::FROM_ALIAS) else { return item };
    if let Some(name) = child(&alias, SyntaxKind::TABLE_ALIAS) {
        item.alias = name_of(&name);
    }
    let names = alias.descendants().filter(|part| part.kind() == SyntaxKind::COLUMN_NAME);
    let names: Vec<String> = names.map(|name| name_of(&name)).collect();
    item.outputs = item.outputs.renamed(names);
    item
}

fn last_name(callee: &SyntaxNode) -> String {
    let names = callee.descendants().filter(|part| part.kind() == SyntaxKind::NAME_REF);
    names.last().map(|name| name_of(&name)).unwrap_or_default()
}

impl Growth {
    /// How many rows a function gives.
    pub(super) fn rows_of(&mut self, call: &SyntaxNode, scope: &Scope<'_>) -> u64 {
        let spent = (self.work, self.heaviest, self.parts);
        let arguments: Vec<Size> = super::functions::arguments(call)
            .iter()
            .map(|argument| self.expression(argument, scope))
            .collect();
        (self.work, self.heaviest, self.parts) = spent;
        super::functions::rows(
            &call.first_child().map(|callee| last_name(&callee)).unwrap_or_default(),
            &arguments,
        )
    }
}
