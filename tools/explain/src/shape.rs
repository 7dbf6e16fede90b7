//! What makes two plans the same way of answering a statement: the nodes, what they read and by which index; no figure and
//! no value.

use std::fmt::Write as _;

use pgwright_plan::{Node, Plan};
use pgwright_sql::hexadecimal;
use sha2::{Digest, Sha256};

/// A hash of the shape.
pub(crate) fn of(plan: &Plan) -> String {
    let mut text = String::new();
    for node in &plan.nodes {
        let parent = node.parent.map_or(-1, |parent| i64::try_from(parent).unwrap_or(i64::MAX));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{parent}\t{}", words(node).join("\t"));
    }
    hexadecimal(&Sha256::digest(text.as_bytes())[..8])
}

fn words(node: &Node) -> Vec<&str> {
    let keys = ["Join Type", "Strategy", "Partial Mode", "Subplan Name"];
    let named = [node.schema(), node.relation(), node.alias(), node.index()];
    std::iter::once(node.kind.as_str())
        .chain(keys.into_iter().map(|key| node.text(key).unwrap_or("")))
        .chain(named.into_iter().map(|name| name.unwrap_or("")))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shape(text: &str) -> String {
        of(&Plan::from_text(text).unwrap())
    }

    #[test]
    fn values_and_figures_make_no_other_plan() {
        assert_eq!(
            shape("Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 1)"),
            shape("Seq Scan on t  (cost=0.00..9.00 rows=7 width=4)\n  Filter: (a = 2)")
        );
    }

    #[test]
    fn another_index_does() {
        let scan =
            |index: &str| shape(&format!("Index Scan using {index} on t  (cost=0.00..1.00 rows=1 width=4)"));
        assert_ne!(scan("a"), scan("b"));
    }
}
