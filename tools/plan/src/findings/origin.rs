//! Where a column of the plan comes from: which table an alias stands for, which columns a text names.

use crate::condition::{ColumnRef, Expr};
use crate::model::{Node, Plan};

/// The scan that a column belongs to, looked for below a node.
///
/// A plan over one table prints its columns without an alias.
pub(super) fn scan_of<'a>(plan: &'a Plan, below: &'a Node, column: &ColumnRef) -> Option<&'a Node> {
    match &column.qualifier {
        Some(alias) => plan.scan_of(below, alias),
        None => {
            let mut scans = plan.subtree(below).filter(|node| node.relation().is_some());
            scans.next().filter(|first| scans.all(|other| other.relation() == first.relation()))
        }
    }
}

/// The table of a scan, or the best name that the subtree offers: its tables, or the node's type.
pub(super) fn tables(plan: &Plan, below: &Node) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in plan.subtree(below).filter_map(source) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0 => below.kind.clone(),
        1..=3 => names.join(", "),
        more => format!("{}, {} and {} more", names[0], names[1], more - 2),
    }
}

fn source(node: &Node) -> Option<String> {
    let name = |key: &str| node.text(key).map(str::to_owned);
    node.table().or_else(|| name("CTE Name")).or_else(|| name("Function Name"))
}

/// Plain sort keys with their direction: `None` when one of them is an expression.
pub(super) fn sort_columns(node: &Node) -> Option<Vec<(ColumnRef, String)>> {
    let keys = node.list("Sort Key");
    let columns: Option<Vec<_>> = keys.iter().map(|key| sort_column(key)).collect();
    columns.filter(|columns| !columns.is_empty())
}

fn sort_column(key: &str) -> Option<(ColumnRef, String)> {
    let mut plain = key;
    let mut order = String::new();
    for suffix in [" NULLS FIRST", " NULLS LAST", " DESC"] {
        if let Some(rest) = plain.strip_suffix(suffix) {
            order.insert_str(0, &suffix.to_lowercase());
            plain = rest;
        }
    }
    match Expr::read(plain) {
        Expr::Column(column) => Some((column, order)),
        _ => None,
    }
}
