//! Constants that can be read as they stand.

use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

use crate::grammar::has_token;

/// The value of a plain string constant: `'…'`, `E'…'` without backslashes, `$$…$$`, in one piece, in brackets or not.
pub(super) fn text(node: &SyntaxNode) -> Option<String> {
    let token = only_token(node)?;
    let written = token.text();
    match token.kind() {
        SyntaxKind::STRING => quoted(written),
        SyntaxKind::ESC_STRING => quoted(written.get(1..)?).filter(|text| !text.contains('\\')),
        SyntaxKind::DOLLAR_QUOTED_STRING => {
            let tag = written.get(1..)?.find('$')? + 2;
            written.get(tag..written.len().checked_sub(tag)?).map(str::to_owned)
        }
        _ => None,
    }
}

/// The value of a plain whole number, negative or not.
pub(super) fn number(node: &SyntaxNode) -> Option<i64> {
    if node.kind() == SyntaxKind::PREFIX_EXPR {
        let minus = has_token(node, SyntaxKind::MINUS);
        return number(&node.first_child()?).filter(|_| minus).map(|value| -value);
    }
    let token = only_token(node)?;
    (token.kind() == SyntaxKind::INT_NUMBER).then(|| token.text().parse().ok())?
}

fn only_token(node: &SyntaxNode) -> Option<SyntaxToken> {
    let mut node = node.clone();
    while node.kind() == SyntaxKind::PAREN_EXPR {
        node = node.first_child()?;
    }
    let mut tokens = node.children_with_tokens().filter_map(|element| element.into_token());
    let first = tokens.next()?;
    (node.kind() == SyntaxKind::LITERAL && tokens.next().is_none()).then_some(first)
}

fn quoted(written: &str) -> Option<String> {
    Some(written.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}
