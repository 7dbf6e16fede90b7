//! Lists and figures within one line.

use serde_json::Value;

/// The parts between `separator`s that stand in no bracket and no quote.
pub(super) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote: Option<char> = None;
    for (at, sign) in text.char_indices() {
        if at < from {
            continue;
        }
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && text[at..].starts_with(separator) => {
                parts.push(text[from..at].trim());
                from = at + separator.len();
            }
            (None, _) => {}
        }
    }
    parts.push(text[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Items of a list as the JSON format has them.
pub(super) fn list(text: &str) -> Value {
    split(text, ", ").into_iter().map(str::to_owned).map(Value::String).collect()
}

/// A figure as JSON: whole where it is written whole.
pub(super) fn figure(text: &str) -> Option<Value> {
    if text.contains('.') {
        return text.parse::<f64>().ok().filter(|figure| figure.is_finite()).map(Value::from);
    }
    text.parse::<i64>().ok().map(Value::from)
}

/// The figure before a unit, as in `25kB`.
pub(super) fn measured(text: &str, unit: &str) -> Option<Value> {
    figure(text.strip_suffix(unit)?.trim_end())
}

/// The figures of `name=figure` pairs, in order.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, Value)> {
    text.split_whitespace().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name, figure(value.trim_end_matches(','))?))
    })
}

/// A name without its quotes.
pub(super) fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}
