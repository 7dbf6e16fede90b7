//! Queries: what each gives, and its clauses.

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::expression::path_of;
use super::from::{From, star};
use super::scope::{Meaning, Scope};
use super::{Column, MOST_SELECTS, Outputs, Reader, child, name_of, text_of};
use crate::grammar::{has_token, with_clause_over};
use crate::guard::Refusal;

impl Reader<'_> {
    /// A query with its WITH clause.
    pub(super) fn select(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<Outputs, Refusal> {
        self.selects.set(self.selects.get() + 1);
        if self.selects.get() > MOST_SELECTS {
            return Err(self.unclear(node, "it has too many queries in it"));
        }
        match with_clause_over(node) {
            Some(with) => self.body(node, &self.with(&with, scope)?),
            None => self.body(node, scope),
        }
    }

    fn body(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<Outputs, Refusal> {
        match node.kind() {
            SyntaxKind::SELECT => self.plain_select(node, scope),
            SyntaxKind::PAREN_SELECT => {
                let Some(inner) = node.children().find(|part| SelectVariant::can_cast(part.kind())) else {
                    return Err(self.unclear(node, "a query in brackets is not understood"));
                };
                let outputs = self.select(&inner, scope)?;
                self.tail(node, &outputs)?;
                Ok(outputs)
            }
            SyntaxKind::COMPOUND_SELECT => self.set_operation(node, scope),
            SyntaxKind::VALUES => {
                for part in node.children().filter(|part| part.kind() != SyntaxKind::WITH_CLAUSE) {
                    self.expression(&part, scope)?;
                }
                let row = node.descendants().find(|part| part.kind() == SyntaxKind::ROW);
                let width = row.map_or(0, |row| row.children().count());
                let columns =
                    (1..=width).map(|number| Column::new(format!("column{number}"), None)).collect();
                Ok(Outputs { columns, in_order: true, has_more: false })
            }
            SyntaxKind::TABLE => {
                let Some(name) = node.descendants().find(|part| part.kind() == SyntaxKind::RELATION_NAME_REF)
                else {
                    return Err(self.unclear(node, "a name is missing after TABLE"));
                };
                let outputs = self.relation(&name, scope)?.outputs;
                self.tail(node, &outputs)?;
                Ok(outputs)
            }
            _ => Err(self.unclear(node, "this kind of query is not known here")),
        }
    }

    /// UNION, INTERSECT, EXCEPT: PostgreSQL knows no origins behind one, and most compare.
    fn set_operation(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<Outputs, Refusal> {
        let is_operand =
            |part: &SyntaxNode| SelectVariant::can_cast(part.kind()) || part.kind() == SyntaxKind::PAREN_EXPR;
        let operands: Vec<SyntaxNode> = node.children().filter(is_operand).collect();
        let [left, right] = operands.as_slice() else {
            return Err(self.unclear(node, "a set operation is not understood"));
        };
        // The WITH clause over all of it hangs on the first operand, and has been read.
        let outputs = self.body(left, scope)?;
        let others = self.select(right, scope)?;
        for (operand, given) in [(left, &outputs), (right, &others)] {
            if given.carries() {
                return Err(self.used(operand, "a masked column"));
            }
        }
        self.tail(node, &outputs)?;
        Ok(outputs)
    }

    fn plain_select(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<Outputs, Refusal> {
        let from = match child(node, SyntaxKind::FROM_CLAUSE) {
            Some(clause) => self.read_from(&clause, scope)?,
            None => From::default(),
        };
        let level = Scope::inside(scope, from.items.clone());
        let mut outputs = Outputs { in_order: true, ..Outputs::default() };
        for part in node.children() {
            if part.kind() == SyntaxKind::SELECT_CLAUSE {
                outputs = self.select_clause(&part, &from, &level)?;
            }
        }
        for part in node.children() {
            match part.kind() {
                SyntaxKind::SELECT_CLAUSE | SyntaxKind::FROM_CLAUSE | SyntaxKind::WITH_CLAUSE => {}
                SyntaxKind::ORDER_BY_CLAUSE | SyntaxKind::GROUP_BY_CLAUSE => {
                    self.keys(&part, &outputs, &level)?;
                }
                _ => self.expression(&part, &level)?,
            }
        }
        Ok(outputs)
    }

    fn select_clause(&self, clause: &SyntaxNode, from: &From, level: &Scope<'_>) -> Result<Outputs, Refusal> {
        let mut outputs = Outputs { in_order: true, ..Outputs::default() };
        let targets = child(clause, SyntaxKind::TARGET_LIST);
        for target in targets.iter().flat_map(SyntaxNode::children) {
            let given = self.target(&target, from, level)?;
            outputs.in_order &= given.in_order && !given.has_more;
            outputs.has_more |= given.has_more;
            outputs.columns.extend(given.columns);
        }
        let Some(distinct) = child(clause, SyntaxKind::DISTINCT_CLAUSE) else { return Ok(outputs) };
        match child(&distinct, SyntaxKind::DISTINCT_ON) {
            Some(on) => self.keys(&on, &outputs, level)?,
            None if outputs.carries() => {
                let message =
                    "DISTINCT compares a masked column: what comes back would tell about its values";
                return Err(self.refuse(&distinct, message.to_owned()));
            }
            None => {}
        }
        Ok(outputs)
    }

    /// One entry of a select list.
    fn target(&self, target: &SyntaxNode, from: &From, level: &Scope<'_>) -> Result<Outputs, Refusal> {
        if target.kind() != SyntaxKind::TARGET {
            return Err(self.unclear(target, "an entry of a select list is not understood"));
        }
        if has_token(target, SyntaxKind::STAR) {
            return Ok(from.star());
        }
        let Some(written) = target.first_child() else {
            return Err(self.unclear(target, "an entry of a select list is not understood"));
        };
        let expression = without_brackets(&written);
        if expression.kind() == SyntaxKind::FIELD_EXPR && has_token(&expression, SyntaxKind::STAR) {
            return self.row_star(&expression, level);
        }
        let is_reference = matches!(expression.kind(), SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR)
            && path_of(&expression).is_some();
        let mark = match is_reference.then(|| self.meaning(&expression, level)).transpose()? {
            Some(Meaning::Marked(mark)) => Some(mark),
            _ => match (self.expression(&expression, level), self.made) {
                (Ok(()), _) => None,
                (Err(_), Some(made)) => Some(made),
                (Err(refusal), None) => return Err(refusal),
            },
        };
        let alias =
            child(target, SyntaxKind::AS_NAME).and_then(|alias| child(&alias, SyntaxKind::COLUMN_NAME));
        let column = match alias {
            Some(alias) => Column::new(name_of(&alias), mark),
            None => {
                let (name, is_certain) = likely_name(&expression);
                Column { name, mark, is_certain }
            }
        };
        Ok(Outputs { columns: vec![column], in_order: true, has_more: false })
    }

    /// `alias.*`, or the fields of a value.
    fn row_star(&self, field: &SyntaxNode, level: &Scope<'_>) -> Result<Outputs, Refusal> {
        let Some(base) = field.first_child() else {
            return Err(self.unclear(field, "an entry of a select list is not understood"));
        };
        let Some(alias) = path_of(&base).and_then(|mut path| path.pop()) else {
            self.expression(&base, level)?;
            return Ok(Outputs { has_more: true, ..Outputs::default() });
        };
        let mut rows = level.rows(&alias).peekable();
        if rows.peek().is_none() {
            return Err(self.unclear(field, &format!("what {} means can't be told here", text_of(field))));
        }
        Ok(star(rows))
    }

    /// ORDER BY, GROUP BY and DISTINCT ON: each key is an output by name or number, or an expression over the input.
    fn keys(&self, clause: &SyntaxNode, outputs: &Outputs, level: &Scope<'_>) -> Result<(), Refusal> {
        for key in keys_of(clause) {
            if self.is_output(&key, outputs)? {
                // A column of the input may have the same name, and GROUP BY prefers it.
                if key.kind() == SyntaxKind::NAME_REF
                    && matches!(level.bare(&name_of(&key)), Meaning::Marked(_) | Meaning::MarkedRow)
                {
                    return Err(self.used(&key, &format!("the masked column {}", text_of(&key))));
                }
                continue;
            }
            self.expression(&key, level)?;
        }
        Ok(())
    }

    /// Whether a key is an output that has no mark, by its name or number; refuses one that has.
    fn is_output(&self, key: &SyntaxNode, outputs: &Outputs) -> Result<bool, Refusal> {
        if key.kind() == SyntaxKind::LITERAL {
            let Some(number) = whole_number(&text_of(key)) else { return Ok(false) };
            let column = number.checked_sub(1).and_then(|at| outputs.columns.get(at));
            let is_marked = match outputs.in_order {
                true => column.is_some_and(|column| column.mark.is_some()),
                false => outputs.carries(),
            };
            return if is_marked {
                Err(self.used(key, &format!("column {number} of the select list, which is masked,")))
            } else {
                Ok(true)
            };
        }
        if key.kind() != SyntaxKind::NAME_REF {
            return Ok(false);
        }
        let name = name_of(key);
        let named = outputs.columns.iter().filter(|column| column.name.as_ref() == Some(&name));
        let mut is_certain = false;
        for column in named {
            if column.mark.is_some() {
                return Err(self.used(key, &format!("the masked column {name}")));
            }
            is_certain |= column.is_certain;
        }
        Ok(is_certain)
    }

    /// What stands behind a query in brackets or a set operation. Its names are the outputs' alone; where PostgreSQL
    /// would look further, this does not.
    fn tail(&self, node: &SyntaxNode, outputs: &Outputs) -> Result<(), Refusal> {
        let item = super::scope::Item { outputs: outputs.clone(), is_table: false, ..Default::default() };
        let outer = Scope::default();
        let level = Scope::inside(&outer, vec![std::rc::Rc::new(item)]);
        for part in node.children() {
            match part.kind() {
                SyntaxKind::ORDER_BY_CLAUSE => self.keys(&part, outputs, &level)?,
                SyntaxKind::LIMIT_CLAUSE | SyntaxKind::OFFSET_CLAUSE | SyntaxKind::FETCH_CLAUSE => {
                    self.expression(&part, &level)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The common tables of a WITH clause.
    fn with<'s>(&self, clause: &SyntaxNode, scope: &'s Scope<'s>) -> Result<Scope<'s>, Refusal> {
        let is_recursive = has_token(clause, SyntaxKind::RECURSIVE_KW);
        let mut inner = Scope::inside(scope, Vec::new());
        let tables: Vec<SyntaxNode> =
            clause.children().filter(|table| table.kind() == SyntaxKind::WITH_TABLE).collect();
        let name = |table: &SyntaxNode| {
            child(table, SyntaxKind::CTE_NAME).map(|name| name_of(&name)).unwrap_or_default()
        };
        if is_recursive {
            // Until it is read, a name of the clause means no other table.
            inner.tables.extend(tables.iter().map(|table| (name(table), None)));
        }
        for table in &tables {
            let Some(query) = table.children().find(|part| SelectVariant::can_cast(part.kind())) else {
                return Err(self.unclear(table, "a common table is not a query"));
            };
            let own = name(table);
            if is_recursive
                && query.kind() == SyntaxKind::COMPOUND_SELECT
                && let Some(base) = query.first_child()
            {
                let first = self.select(&base, &inner)?;
                if first.carries() {
                    return Err(self.used(&base, "a masked column"));
                }
                let known = self.table_columns(table, first)?;
                define(&mut inner, &own, known);
            }
            let outputs = self.select(&query, &inner)?;
            let known = self.table_columns(table, outputs)?;
            define(&mut inner, &own, known);
        }
        Ok(inner)
    }

    /// What a common table gives: its query's columns under its own names, and those of SEARCH and CYCLE.
    fn table_columns(&self, table: &SyntaxNode, outputs: Outputs) -> Result<Outputs, Refusal> {
        let list = child(table, SyntaxKind::COLUMN_LIST);
        let names = list.iter().flat_map(SyntaxNode::children).map(|name| name_of(&name)).collect();
        let mut outputs = self.renamed(table, outputs, names)?;
        let added = table.descendants().filter(|part| {
            matches!(
                part.kind(),
                SyntaxKind::SEARCH_SET_COLUMN | SyntaxKind::CYCLE_SET_COLUMN | SyntaxKind::CYCLE_PATH
            )
        });
        for added in added {
            let name = added.first_child().map(|name| name_of(&name));
            outputs.columns.extend(name.map(|name| Column::new(name, None)));
        }
        Ok(outputs)
    }
}

fn define(scope: &mut Scope<'_>, name: &str, outputs: Outputs) {
    match scope.tables.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = Some(outputs),
        None => scope.tables.push((name.to_owned(), Some(outputs))),
    }
}

/// The keys of a clause, down through its lists, without brackets.
fn keys_of(clause: &SyntaxNode) -> Vec<SyntaxNode> {
    let mut keys = Vec::new();
    for part in clause.children() {
        match part.kind() {
            SyntaxKind::SORT_BY_LIST
            | SyntaxKind::GROUP_BY_LIST
            | SyntaxKind::GROUPING_EXPR
            | SyntaxKind::GROUPING_SETS
            | SyntaxKind::GROUPING_ROLLUP
            | SyntaxKind::GROUPING_CUBE => keys.extend(keys_of(&part)),
            SyntaxKind::SORT_BY => keys.extend(part.first_child().map(|key| without_brackets(&key))),
            _ => keys.push(without_brackets(&part)),
        }
    }
    keys
}

/// What stands in brackets, however many; a query in brackets stays as it is.
pub(super) fn without_brackets(node: &SyntaxNode) -> SyntaxNode {
    let mut node = node.clone();
    while node.kind() == SyntaxKind::PAREN_EXPR
        && let Some(inner) = node.first_child()
        && !SelectVariant::can_cast(inner.kind())
    {
        node = inner;
    }
    node
}

/// An integer in any of its spellings: `2`, `0x2`, `0o2`, `0b1_0`.
fn whole_number(text: &str) -> Option<usize> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    match radix.iter().find_map(|(prefix, radix)| Some((text.strip_prefix(prefix)?, *radix))) {
        Some((digits, radix)) => usize::from_str_radix(digits, radix).ok(),
        None => text.parse().ok(),
    }
}

/// The name that PostgreSQL gives an entry without an alias, and whether that is certain.
fn likely_name(expression: &SyntaxNode) -> (Option<String>, bool) {
    match expression.kind() {
        SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR => {
            let last = expression.children().filter(|part| part.kind() == SyntaxKind::NAME_REF).last();
            (Some(name_of(&last.unwrap_or_else(|| expression.clone()))), true)
        }
        SyntaxKind::CALL_EXPR => {
            let callee = expression.first_child();
            match callee.as_ref().and_then(path_of).and_then(|mut path| path.pop()) {
                Some(name) => (Some(name), true),
                None => {
                    let word = callee.map(|call| text_of(&call)).unwrap_or_default();
                    let end = word.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                    (word.get(..end.unwrap_or(word.len())).map(str::to_ascii_lowercase), false)
                }
            }
        }
        SyntaxKind::CAST_EXPR => {
            let inner = expression.first_child().map(|inner| without_brackets(&inner));
            let named = inner.map(|inner| likely_name(&inner).0);
            let path = expression.descendants().filter(|part| part.kind() == SyntaxKind::PATH_SEGMENT_REF);
            (named.flatten().or_else(|| path.last().map(|segment| name_of(&segment))), false)
        }
        SyntaxKind::CASE_EXPR => (Some("case".to_owned()), false),
        SyntaxKind::ARRAY_EXPR => (Some("array".to_owned()), false),
        SyntaxKind::INDEX_EXPR | SyntaxKind::SLICE_EXPR | SyntaxKind::COLLATE => {
            (expression.first_child().and_then(|base| likely_name(&without_brackets(&base)).0), false)
        }
        SyntaxKind::PAREN_EXPR => {
            // A query in brackets is called as its one column.
            let targets = expression.descendants().find(|part| part.kind() == SyntaxKind::TARGET);
            let alias = targets.as_ref().and_then(|target| child(target, SyntaxKind::AS_NAME)?.first_child());
            match (alias, targets.and_then(|target| target.first_child())) {
                (Some(alias), _) => (Some(name_of(&alias)), false),
                (None, Some(inner)) => (likely_name(&without_brackets(&inner)).0, false),
                _ => (None, false),
            }
        }
        _ => (None, false),
    }
}
