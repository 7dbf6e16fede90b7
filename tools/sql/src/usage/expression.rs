//! Expressions: nothing marked may stand in one, at any depth.

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::scope::{Meaning, Scope};
use super::select::without_brackets;
use super::{Reader, name_of, text_of};
use crate::grammar::{SESSION_VALUES, has_token};
use crate::guard::Refusal;

impl Reader<'_> {
    /// Refuses a node in which a marked column is used.
    pub(super) fn expression(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<(), Refusal> {
        match node.kind() {
            SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR => match self.meaning(node, scope)? {
                Meaning::Clean => Ok(()),
                Meaning::Marked(_) => Err(self.used(node, &format!("the masked column {}", text_of(node)))),
                Meaning::MarkedRow => {
                    let what = format!("{}, a whole row with masked columns in it,", text_of(node));
                    Err(self.used(node, &what))
                }
                Meaning::Unknown => {
                    Err(self.unclear(node, &format!("what {} means can't be told here", text_of(node))))
                }
            },
            _ if let Some(asked) = whether_there(node)
                && matches!(self.meaning(&asked, scope)?, Meaning::Marked(_)) =>
            {
                // Whether a value is there shows anyway.
                let rest = node.children().filter(|part| !encloses(part, &asked) && !is_callee(node, part));
                rest.into_iter().try_for_each(|part| self.expression(&part, scope))
            }
            SyntaxKind::EXISTS_FN => {
                // Only whether there are rows matters, not what is in them.
                for query in node.children() {
                    self.select(&query, scope)?;
                }
                Ok(())
            }
            SyntaxKind::CALL_EXPR => {
                for part in node.children().filter(|part| !is_callee(node, part)) {
                    self.expression(&part, scope)?;
                }
                Ok(())
            }
            kind if SelectVariant::can_cast(kind) => {
                let outputs = self.select(node, scope)?;
                if outputs.carries() {
                    return Err(self.used(node, "a subquery that gives a masked column"));
                }
                Ok(())
            }
            _ => node.children().try_for_each(|part| self.expression(&part, scope)),
        }
    }

    /// What a reference stands for; its own parts are looked into where it is not a plain name.
    pub(super) fn meaning(&self, node: &SyntaxNode, scope: &Scope<'_>) -> Result<Meaning, Refusal> {
        if node.kind() == SyntaxKind::NAME_REF {
            let written = text_of(node).to_ascii_lowercase();
            let is_value = SESSION_VALUES.contains(&written.as_str());
            return Ok(match scope.bare(&name_of(node)) {
                // Up to PostgreSQL 15 it is a name like others.
                seen @ (Meaning::Marked(_) | Meaning::MarkedRow) if written == "system_user" => seen,
                _ if is_value => Meaning::Clean,
                seen => seen,
            });
        }
        match path(node) {
            Some(path) => Ok(match path.as_slice() {
                [.., alias, name] => scope.qualified(alias, name),
                _ => Meaning::Unknown,
            }),
            None if has_token(node, SyntaxKind::STAR)
                && node.first_child().is_some_and(|base| path_of(&base).is_some()) =>
            {
                let alias = node.first_child().and_then(|base| path_of(&base)?.pop()).unwrap_or_default();
                let mut rows = scope.rows(&alias).peekable();
                Ok(match (rows.peek().is_some(), rows.any(|item| item.carries())) {
                    (false, _) => Meaning::Unknown,
                    (true, true) => Meaning::MarkedRow,
                    (true, false) => Meaning::Clean,
                })
            }
            // A field of a value: what stands before the dot is an expression of its own.
            None => {
                if let Some(base) = node.first_child() {
                    self.expression(&base, scope)?;
                }
                Ok(Meaning::Clean)
            }
        }
    }
}

/// The plain reference of which a node only asks whether it is NULL: `x is null`, `x notnull`, `count(x)`.
fn whether_there(node: &SyntaxNode) -> Option<SyntaxNode> {
    let children: Vec<SyntaxNode> = node.children().collect();
    let asked = match (node.kind(), children.as_slice()) {
        (SyntaxKind::BIN_EXPR, [asked, null]) if has_token(node, SyntaxKind::IS_KW) && is_null(null) => {
            asked.clone()
        }
        (SyntaxKind::BIN_EXPR, [asked, is_not, null])
            if is_not.kind() == SyntaxKind::IS_NOT && is_null(null) =>
        {
            asked.clone()
        }
        (SyntaxKind::POSTFIX_EXPR, [asked])
            if has_token(node, SyntaxKind::ISNULL_KW) || has_token(node, SyntaxKind::NOTNULL_KW) =>
        {
            asked.clone()
        }
        (SyntaxKind::CALL_EXPR, [callee, arguments, ..]) if arguments.kind() == SyntaxKind::ARG_LIST => {
            let path = path_of(callee)?;
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if !matches!(path.as_slice(), ["count"] | ["pg_catalog", "count"]) {
                return None;
            }
            let mut given = arguments.children();
            let (argument, None) = (given.next()?, given.next()) else { return None };
            let mut parts = argument.children_with_tokens().filter(|part| !part.kind().is_trivia());
            let (only, None) = (parts.next()?.into_node()?, parts.next()) else { return None };
            only
        }
        _ => return None,
    };
    let asked = without_brackets(&asked);
    path_of(&asked).map(|_| asked)
}

fn is_null(node: &SyntaxNode) -> bool {
    node.kind() == SyntaxKind::LITERAL && has_token(node, SyntaxKind::NULL_KW)
}

fn encloses(outer: &SyntaxNode, inner: &SyntaxNode) -> bool {
    outer.text_range().contains_range(inner.text_range())
}

/// Whether `part` is the name of the function that `call` calls.
pub(super) fn is_callee(call: &SyntaxNode, part: &SyntaxNode) -> bool {
    call.first_child().as_ref() == Some(part)
        && call.children().any(|child| child.kind() == SyntaxKind::ARG_LIST)
        && path_of(part).is_some()
}

/// The parts of `a.b.c`, where the whole of it is names.
fn path(node: &SyntaxNode) -> Option<Vec<String>> {
    (!has_token(node, SyntaxKind::STAR)).then(|| path_of(node)).flatten()
}

/// The names of a plain path; the grammar nests it to the left.
pub(super) fn path_of(node: &SyntaxNode) -> Option<Vec<String>> {
    match node.kind() {
        SyntaxKind::NAME_REF => Some(vec![name_of(node)]),
        SyntaxKind::FIELD_EXPR => {
            let mut parts = node.children();
            let mut names = path_of(&parts.next()?)?;
            let field = parts.next()?;
            if field.kind() != SyntaxKind::NAME_REF {
                return None;
            }
            names.push(name_of(&field));
            Some(names)
        }
        _ => None,
    }
}
