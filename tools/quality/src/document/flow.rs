//! YAML cuts `[unique(sku, day)]` at every comma. A check keeps the commas that stand in its brackets, so the pieces
//! are put together again, from the source as it was written.

use super::line::is_open;
use super::located::{Located, Node};
use super::scalar::{Form, Scalar};

/// The items of a list of checks, each with brackets that close; a bracket that never closes stays as it is.
pub(super) fn rejoin(items: &[Located], source: &str) -> Vec<Located> {
    let mut whole = Vec::with_capacity(items.len());
    let mut rest = items;
    while let [first, following @ ..] = rest {
        let (item, pieces) = closed(first, following, source).unwrap_or_else(|| (first.clone(), 0));
        whole.push(item);
        rest = following.get(pieces..).unwrap_or_default();
    }
    whole
}

/// An open first piece with as many of the following as close it, and how many these are.
fn closed(first: &Located, following: &[Located], source: &str) -> Option<(Located, usize)> {
    let start = first.bytes.as_ref()?.start;
    if !is_open(plain(first, source)?) {
        return None;
    }
    let mut before = first;
    for (pieces, piece) in (1..).zip(following) {
        // The last piece may carry options: `unique(sku, day): {severity: warn}`.
        let (end, options) = match &piece.node {
            Node::Map(entries) => match entries.as_slice() {
                [(key, options)] => (key, Some(options)),
                _ => return None,
            },
            _ => (piece, None),
        };
        plain(end, source)?;
        let between = source.get(before.bytes.as_ref()?.end..end.bytes.as_ref()?.start)?;
        if between.trim() != "," {
            return None;
        }
        let text = source.get(start..end.bytes.as_ref()?.end)?.trim_end();
        if !is_open(text) {
            let node = Node::Scalar(Scalar::new(Form::Text, text));
            let line = Located { node, place: first.place, bytes: None };
            let item = match options {
                None => line,
                Some(options) => Located {
                    node: Node::Map(vec![(line, options.clone())]),
                    place: first.place,
                    bytes: None,
                },
            };
            return Some((item, pieces));
        }
        if options.is_some() {
            return None;
        }
        before = end;
    }
    None
}

/// The spelling of a value that stands without quotes.
fn plain<'a>(item: &Located, source: &'a str) -> Option<&'a str> {
    let spelling = source.get(item.bytes.clone()?)?.trim();
    match &item.node {
        Node::Null => Some(spelling),
        Node::Scalar(scalar) => (scalar.form != Form::Text || scalar.text == spelling).then_some(spelling),
        Node::List(_) | Node::Map(_) => None,
    }
}
