//! Queries: what each gives.

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::scope::{Outputs, Scope};
use super::size::{Size, UNKNOWN};
use super::{Growth, MOST_QUERIES, child, name_of};
use crate::grammar::{has_token, with_clause_over};
use crate::guard::literal;

impl Growth {
    /// A query with its WITH clause.
    pub(super) fn query(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Outputs {
        self.queries += 1;
        if self.queries > MOST_QUERIES {
            return Outputs::of_table();
        }
        match with_clause_over(node) {
            Some(with) => {
                let inner = self.with(&with, scope);
                self.body(node, &inner)
            }
            None => self.body(node, scope),
        }
    }

    fn body(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Outputs {
        let outputs = match node.kind() {
            SyntaxKind::SELECT => self.select(node, scope),
            SyntaxKind::COMPOUND_SELECT => self.set_operation(node, scope),
            SyntaxKind::VALUES => self.values(node, scope),
            SyntaxKind::TABLE => {
                let name = node.descendants().find(|part| part.kind() == SyntaxKind::RELATION_NAME_REF);
                name.map_or_else(Outputs::of_table, |name| self.relation(&name, scope).outputs)
            }
            _ => match node.children().find(|part| SelectVariant::can_cast(part.kind())) {
                Some(inner) => self.query(&inner, scope),
                None => Outputs::of_table(),
            },
        };
        self.limited(node, outputs)
    }

    fn select(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Outputs {
        let mut level = Scope::inside(scope, Vec::new());
        level.rows = 1;
        if let Some(clause) = child(node, SyntaxKind::FROM_CLAUSE) {
            (level.items, level.rows) = self.from(&clause, scope);
        }
        let mut outputs = Outputs { columns: Vec::new(), others: None, rows: level.rows };
        for part in node.children() {
            match part.kind() {
                SyntaxKind::FROM_CLAUSE | SyntaxKind::WITH_CLAUSE => {}
                SyntaxKind::SELECT_CLAUSE => {
                    for target in part.children().flat_map(|list| list.children()) {
                        self.target(&target, &level, &mut outputs);
                    }
                    for call in part.descendants().filter(super::functions::spreads) {
                        outputs.rows = outputs.rows.saturating_mul(self.rows_of(&call, &level));
                    }
                }
                _ => {
                    let parts = self.expression(&part, &level).parts;
                    self.parts = self.parts.saturating_add(parts);
                }
            }
        }
        // PostgreSQL writes a subquery out only where none of its rows are gathered, dropped or numbered.
        const KEPT_APART: &[SyntaxKind] = &[
            SyntaxKind::GROUP_BY_CLAUSE,
            SyntaxKind::HAVING_CLAUSE,
            SyntaxKind::LIMIT_CLAUSE,
            SyntaxKind::OFFSET_CLAUSE,
            SyntaxKind::FETCH_CLAUSE,
        ];
        if node.children().any(|part| KEPT_APART.contains(&part.kind())) {
            return outputs.map(Size::worked_out);
        }
        outputs
    }

    fn target(&mut self, target: &SyntaxNode, level: &Scope<'_>, outputs: &mut Outputs) {
        let Some(written) = target.first_child().filter(|_| target.kind() == SyntaxKind::TARGET) else {
            if has_token(target, SyntaxKind::STAR) {
                self.star(level.items.iter().map(|item| &item.outputs), outputs);
            } else {
                self.expression(target, level);
            }
            return;
        };
        if written.kind() == SyntaxKind::FIELD_EXPR && has_token(&written, SyntaxKind::STAR) {
            let alias = written.first_child().map(|base| name_of(&base)).unwrap_or_default();
            match level.item(&alias) {
                Some(item) => self.star(std::iter::once(item), outputs),
                None => outputs.others = Some(self.expression(&written, level)),
            }
            return;
        }
        let size = self.expression(&written, level);
        self.copies(&written, size.length);
        self.parts = self.parts.saturating_add(size.parts);
        let alias = child(target, SyntaxKind::AS_NAME).and_then(|name| child(&name, SyntaxKind::COLUMN_NAME));
        let name = alias.map_or_else(|| usual_name(&written), |alias| name_of(&alias));
        outputs.columns.push((name, size));
    }

    fn star<'o>(&mut self, items: impl Iterator<Item = &'o Outputs>, outputs: &mut Outputs) {
        for item in items {
            outputs.columns.extend(item.columns.iter().cloned());
            outputs.others = outputs.others.or(item.others);
        }
    }

    fn set_operation(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Outputs {
        let mut operands = node.children().filter(is_operand);
        // The WITH clause over all of it hangs on the first operand, and has been read.
        let first = operands.next().map(|operand| self.operand(&operand, scope, true));
        let outputs = operands.fold(first, |before, operand| {
            let other = self.operand(&operand, scope, false);
            Some(before.map_or_else(|| other.clone(), |before| before.or(&other)))
        });
        outputs.unwrap_or_else(Outputs::of_table).map(Size::worked_out)
    }

    fn operand(&mut self, node: &SyntaxNode, scope: &Scope<'_>, is_first: bool) -> Outputs {
        if node.kind() == SyntaxKind::PAREN_EXPR {
            return match node.first_child() {
                Some(inner) => self.operand(&inner, scope, is_first),
                None => Outputs::of_table(),
            };
        }
        if is_first { self.body(node, scope) } else { self.query(node, scope) }
    }

    fn values(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Outputs {
        let mut outputs = Outputs { columns: Vec::new(), others: None, rows: 0 };
        for row in node.children().flat_map(|list| list.children()) {
            outputs.rows += 1;
            for (at, value) in row.children().enumerate() {
                let size = self.expression(&value, scope).worked_out();
                match outputs.columns.get_mut(at) {
                    Some((_, column)) => *column = column.or(size).worked_out(),
                    None => outputs.columns.push((format!("column{}", at + 1), size)),
                }
            }
        }
        outputs
    }

    /// LIMIT with a number.
    fn limited(&mut self, node: &SyntaxNode, mut outputs: Outputs) -> Outputs {
        let clause = child(node, SyntaxKind::LIMIT_CLAUSE);
        let limit = clause.and_then(|clause| literal::number(&clause.first_child()?));
        if let Some(limit) = limit.and_then(|limit| u64::try_from(limit).ok()) {
            outputs.rows = outputs.rows.min(limit);
        }
        outputs
    }

    fn with<'s>(&mut self, clause: &SyntaxNode, scope: &'s Scope<'s>) -> Scope<'s> {
        let is_recursive = has_token(clause, SyntaxKind::RECURSIVE_KW);
        let mut inner = Scope::inside(scope, Vec::new());
        for table in clause.children().filter(|table| table.kind() == SyntaxKind::WITH_TABLE) {
            let Some(query) = table.children().find(|part| SelectVariant::can_cast(part.kind())) else {
                continue;
            };
            let name = child(&table, SyntaxKind::CTE_NAME).map(|name| name_of(&name)).unwrap_or_default();
            let list = child(&table, SyntaxKind::COLUMN_LIST);
            let names: Vec<String> =
                list.iter().flat_map(SyntaxNode::children).map(|name| name_of(&name)).collect();
            let outputs = if is_recursive && query.kind() == SyntaxKind::COMPOUND_SELECT {
                self.recursion(&query, &mut inner, &name, &names)
            } else {
                self.query(&query, &inner)
            };
            let outputs = match child(&table, SyntaxKind::MATERIALIZED) {
                Some(_) => outputs.map(Size::worked_out),
                None => outputs,
            };
            inner.tables.push((name, outputs.renamed(names)));
        }
        inner
    }

    /// A table that reads itself: from what it begins with, and two steps of it, to what many steps make.
    fn recursion(
        &mut self,
        query: &SyntaxNode,
        inner: &mut Scope<'_>,
        name: &str,
        names: &[String],
    ) -> Outputs {
        let Some(base) = query.children().find(is_operand) else { return Outputs::of_table() };
        let spent = (self.work, self.heaviest, self.parts);
        let mut steps = vec![self.operand(&base, inner, false)];
        for _ in 0..2 {
            let Some(before) = steps.last().cloned() else { break };
            inner.tables.push((name.to_owned(), before.renamed(names.to_vec())));
            steps.push(self.query(query, inner));
            inner.tables.pop();
        }
        let [first, next, after] = steps.as_slice() else { return Outputs::of_table() };
        let mut grown = first.clone();
        let size = |outputs: &Outputs, at: usize| {
            outputs.columns.get(at).map(|(_, size)| *size).or(outputs.others).unwrap_or(Size::STORED)
        };
        for (at, (_, column)) in grown.columns.iter_mut().enumerate() {
            *column = column.repeated(size(next, at), size(after, at));
        }
        grown.rows = UNKNOWN;
        (self.work, self.heaviest, self.parts) = spent;
        // Once more for the work of the last step.
        inner.tables.push((name.to_owned(), grown.clone().renamed(names.to_vec())));
        self.query(query, inner);
        inner.tables.pop();
        grown
    }
}

fn is_operand(part: &SyntaxNode) -> bool {
    SelectVariant::can_cast(part.kind()) || part.kind() == SyntaxKind::PAREN_EXPR
}

/// The name that PostgreSQL gives to what has none.
fn usual_name(expression: &SyntaxNode) -> String {
    match expression.kind() {
        SyntaxKind::NAME_REF => name_of(expression),
        SyntaxKind::FIELD_EXPR => {
            let last = expression.children().filter(|part| part.kind() == SyntaxKind::NAME_REF).last();
            last.map(|name| name_of(&name)).unwrap_or_default()
        }
        SyntaxKind::CASE_EXPR => "case".to_owned(),
        SyntaxKind::ARRAY_EXPR => "array".to_owned(),
        _ => expression.first_child().map_or_else(|| "?column?".to_owned(), |inner| usual_name(&inner)),
    }
}
