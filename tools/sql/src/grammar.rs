//! Readings of PostgreSQL's grammar (squawk-syntax) that the guard and the reading of marked columns share.

use squawk_syntax::{SyntaxKind, SyntaxNode};

/// Bare words that stand like a column, or in `FROM` like a relation, and are values of the session.
pub(crate) const SESSION_VALUES: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// Whether a token of that kind stands directly in `node`.
pub(crate) fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|element| element.kind() == kind && element.as_token().is_some())
}

/// The arguments of a list, each with whether it is spread by `VARIADIC`.
pub(crate) fn arguments(list: &SyntaxNode) -> impl Iterator<Item = (SyntaxNode, bool)> + use<> {
    list.children().filter(|child| child.kind() == SyntaxKind::ARG).map(|argument| {
        let is_variadic = has_token(&argument, SyntaxKind::VARIADIC_KW);
        (argument, is_variadic)
    })
}

/// The WITH clause whose names hold in all of `node`. The grammar hangs it on the first operand of a set operation.
pub(crate) fn with_clause_over(node: &SyntaxNode) -> Option<SyntaxNode> {
    let mut holder = node.clone();
    loop {
        let first = holder.first_child()?;
        match first.kind() {
            SyntaxKind::WITH_CLAUSE => return Some(first),
            _ if holder.kind() == SyntaxKind::COMPOUND_SELECT => holder = first,
            _ => return None,
        }
    }
}
