//! What a GIN index looks up: elements of an array, parts of a document, words of a text.

use pgwright_sql::quote_identifier;

use super::index_advice;
use crate::condition::{Comparison, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

/// The index for the first condition that asks what a column contains, with the way to write it where it must change.
pub(super) fn advice(filter: &Expr, node: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    filter.conjuncts().into_iter().find_map(|part| {
        element(part, node, plan, facts).or_else(|| contained(&part.comparison()?, node, plan, facts))
    })
}

/// `'x' = any (tags)`, which no index serves as it is written.
fn element(part: &Expr, node: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    let (value, column) = part.held_element()?;
    if !index_advice::belongs(column.qualifier.as_deref(), node) {
        return None;
    }
    let table = facts.relation(node);
    let of_type = match table.and_then(|table| table.type_of(&column.name)) {
        Some("text[]" | "integer[]") | None => String::new(),
        Some(other) => format!("::{other}"),
    };
    let sql = column.sql();
    let made = table.and_then(|table| table.index_on(std::slice::from_ref(&column.name)));
    let index = match made {
        Some(index) => format!("so that {} can be used if it is a gin index", quote_identifier(&index.name)),
        None => format!("and {}", index_advice::ddl_using(node, plan, "gin ", std::slice::from_ref(&sql))),
    };
    Some(format!("no index serves {value} = any ({sql}): write {sql} @> array[{value}]{of_type}, {index}"))
}

/// `meta @> '{…}'` and its like.
fn contained(comparison: &Comparison<'_>, node: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    let Expr::Column(column) = comparison.left else { return None };
    if !comparison.right.is_constant() || !index_advice::belongs(column.qualifier.as_deref(), node) {
        return None;
    }
    let table = facts.relation(node);
    let known = table.and_then(|table| table.type_of(&column.name));
    let value = match comparison.right {
        Expr::Cast { to, .. } => to.as_str(),
        _ => "",
    };
    let array = known.map_or(value.ends_with("[]"), |known| known.ends_with("[]"));
    let jsonb = known.map_or(matches!(value, "jsonb" | "jsonpath"), |known| known == "jsonb");
    let sql = column.sql();
    let (method, key) = match comparison.op {
        "@>" | "@?" | "@@" if jsonb => ("gin ", format!("{sql} jsonb_path_ops")),
        "@>" | "&&" if array => ("gin ", sql),
        "?" | "?|" | "?&" => ("gin ", sql),
        "@@" if known == Some("tsvector") || value == "tsquery" => ("gin ", sql),
        "@>" | "&&" if known.is_some_and(|known| known.ends_with("range")) => ("gist ", sql),
        _ => return None,
    };
    if let Some(index) = table.and_then(|table| table.index_on(std::slice::from_ref(&column.name))) {
        let index = quote_identifier(&index.name);
        return Some(format!(
            "{index} is on this column but was not used: it serves {} only as using {method}({key})",
            comparison.op
        ));
    }
    Some(index_advice::ddl_using(node, plan, method, &[key]))
}
