//! Expressions: how long what they make may be.

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::scope::Scope;
use super::size::{Size, UNBOUNDED, UNKNOWN};
use super::{Growth, name_of};
use crate::grammar::has_token;
use crate::guard::literal;

impl Growth {
    /// A bound on what a node makes. The work on the way is counted.
    pub(super) fn expression(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        match node.kind() {
            SyntaxKind::NAME_REF => scope.bare(&name_of(node)),
            SyntaxKind::FIELD_EXPR => self.field(node, scope),
            SyntaxKind::LITERAL => of_literal(node),
            SyntaxKind::CAST_EXPR => self.cast(node, scope),
            SyntaxKind::BIN_EXPR => self.operation(node, scope),
            SyntaxKind::BETWEEN_EXPR | SyntaxKind::EXISTS_FN => {
                let size = self.all(node, scope);
                self.passes(node, size.length);
                Size { parts: size.parts, ..Size::FLAG }
            }
            SyntaxKind::CALL_EXPR => self.call(node, scope),
            SyntaxKind::TRIM_FN | SyntaxKind::POSITION_FN => {
                let arguments = node.children().find(|part| part.first_child().is_some() && is_a_list(part));
                let arguments = arguments.unwrap_or_else(|| node.clone());
                let sizes: Vec<Size> =
                    arguments.children().map(|part| self.expression(&part, scope)).collect();
                if let [one, other] = sizes.as_slice() {
                    self.pairs(node, one.length.saturating_mul(super::functions::SLOWLY), other.length);
                }
                sizes.into_iter().fold(Size::FLAG, Size::or)
            }
            SyntaxKind::EXTRACT_FN => {
                let size = self.all(node, scope);
                let is_epoch = node.text().to_string().to_ascii_lowercase().contains("epoch");
                Size { parts: size.parts, ..Size::figure(if is_epoch { UNBOUNDED } else { UNKNOWN }) }
            }
            SyntaxKind::CASE_EXPR => {
                let parts = node.descendants().filter(is_a_branch);
                let parts: Vec<SyntaxNode> =
                    parts.filter(|part| nearest_case(part).as_ref() == Some(node)).collect();
                let branches = parts.iter().flat_map(SyntaxNode::children);
                let sizes = branches.map(|part| self.expression(&part, scope)).reduce(Size::or);
                sizes.unwrap_or(Size::FLAG).and_part()
            }
            kind if SelectVariant::can_cast(kind) => {
                let outputs = self.query(node, scope);
                let is_array = node.parent().is_some_and(|parent| parent.kind() == SyntaxKind::ARRAY_EXPR);
                let row = outputs.all();
                let copies = if is_array { outputs.rows } else { 1 };
                Size { parts: row.parts.saturating_add(10), ..row }
                    .of_length(row.length.saturating_mul(copies))
            }
            SyntaxKind::ARRAY_EXPR | SyntaxKind::TUPLE_EXPR => self.all(node, scope).quoted(),
            SyntaxKind::JSON_ARRAY_FN
            | SyntaxKind::JSON_OBJECT_FN
            | SyntaxKind::JSON_SCALAR_FN
            | SyntaxKind::JSON_SERIALIZE_FN => self.all(node, scope).quoted(),
            SyntaxKind::JSON_ARRAY_AGG_FN | SyntaxKind::JSON_OBJECT_AGG_FN => {
                let size = self.all(node, scope).quoted();
                size.of_length(size.length.saturating_mul(scope.rows.max(1)))
            }
            _ => self.all(node, scope),
        }
    }

    /// All parts in one.
    fn all(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        let sizes = node.children().map(|part| self.expression(&part, scope)).reduce(Size::and);
        let size = sizes.unwrap_or(Size { parts: 0, ..Size::FLAG });
        // Only what makes something is a part of its own.
        if node.children().count() > 1 { size.and_part() } else { size }
    }

    fn field(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        let mut parts = node.children();
        let (base, name) = (parts.next(), parts.next());
        match (base, name) {
            (Some(base), Some(name)) if name.kind() == SyntaxKind::NAME_REF => {
                let name = name_of(&name);
                match base.kind() {
                    SyntaxKind::NAME_REF => scope.qualified(&name_of(&base), &name),
                    // `schema.table.column`
                    SyntaxKind::FIELD_EXPR
                        if base.first_child().is_some_and(|first| first.kind() == SyntaxKind::NAME_REF) =>
                    {
                        let alias = base.children().last().map(|alias| name_of(&alias)).unwrap_or_default();
                        scope.qualified(&alias, &name)
                    }
                    // A function that stands behind what it is called on.
                    _ => {
                        let size = self.expression(&base, scope);
                        let made = self.made(node, &name, &[size], scope.rows);
                        self.passes(node, made.length);
                        made
                    }
                }
            }
            (Some(base), _) => match base.kind() {
                SyntaxKind::NAME_REF => {
                    scope.item(&name_of(&base)).map_or(Size::STORED, super::scope::Outputs::row)
                }
                _ => self.expression(&base, scope),
            },
            _ => Size::STORED,
        }
    }

    /// A cast, whose type may pad: `char(n)`, `bit(n)`; or be short whatever it is made of.
    fn cast(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        let mut children = node.children();
        let size = children.next().map_or(Size::FLAG, |value| self.expression(&value, scope));
        let is_short = children.clone().any(|part| is_short(&part.text().to_string()));
        let widths = children.flat_map(|part| part.descendants()).filter_map(|part| literal::number(&part));
        let width = widths.max().and_then(|width| u64::try_from(width).ok()).unwrap_or(0);
        // Documents take twice as long as other types to read.
        self.passes(node, size.length.max(width).saturating_mul(2));
        let length = if is_short { size.length.min(Size::STORED.length) } else { size.length.max(width) };
        size.of_length(length).and_part()
    }
}

/// Whether all values of a type are short, as one writes it behind `::`.
fn is_short(type_name: &str) -> bool {
    const SHORT: &[&str] = &[
        "bigint",
        "bool",
        "boolean",
        "date",
        "double",
        "float4",
        "float8",
        "int",
        "int2",
        "int4",
        "int8",
        "integer",
        "interval",
        "money",
        "oid",
        "real",
        "regclass",
        "smallint",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "uuid",
    ];
    let name = type_name.trim().to_ascii_lowercase();
    let word = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    let (word, rest) = word.split_at(end);
    SHORT.contains(&word) && !rest.contains(['[', '.']) && !rest.contains("array")
}

impl Size {
    /// One expression more around it.
    pub(super) fn and_part(self) -> Self {
        Self { parts: self.parts.saturating_add(1), ..self }
    }
}

/// The arguments of TRIM.
fn is_a_list(part: &SyntaxNode) -> bool {
    matches!(part.kind(), SyntaxKind::TRIM_EXPR_FROM | SyntaxKind::TRIM_EXPRS | SyntaxKind::TRIM_FROM)
}

fn is_a_branch(node: &SyntaxNode) -> bool {
    matches!(node.kind(), SyntaxKind::WHEN_CLAUSE | SyntaxKind::ELSE_CLAUSE)
}

fn nearest_case(node: &SyntaxNode) -> Option<SyntaxNode> {
    node.ancestors().skip(1).find(|outer| outer.kind() == SyntaxKind::CASE_EXPR)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bound, and casts saturate")]
fn of_literal(node: &SyntaxNode) -> Size {
    let written = node.text().to_string();
    let text = literal::text(node);
    let length = text.as_ref().map_or(written.len(), |text| text.len().max(1));
    let length = u64::try_from(length).unwrap_or(UNBOUNDED);
    let figure = |text: &str| text.trim().parse::<f64>().ok().map(|figure| figure.abs().ceil() as u64);
    // A text may be cut to a figure in it, such as a field of a document.
    let largest = |text: &str| {
        let parts = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+')));
        parts.filter_map(&figure).max().unwrap_or(1)
    };
    if has_token(node, SyntaxKind::POSITIONAL_PARAM) {
        return Size::PARAMETER;
    }
    let value = match &text {
        Some(text) => figure(text).or_else(|| Some(largest(text))),
        None if has_token(node, SyntaxKind::NULL_KW) => Some(0),
        None if has_token(node, SyntaxKind::TRUE_KW) || has_token(node, SyntaxKind::FALSE_KW) => Some(1),
        None => figure(&written.replace('_', "")),
    };
    Size { length, value: value.unwrap_or(UNBOUNDED).min(UNBOUNDED), parts: 1 }
}
