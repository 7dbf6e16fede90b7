//! How many rows came out of each node, over all loops and processes.
//!
//! PostgreSQL prints the average of a loop, rounded; over many loops that is far off. Where a Gather above passes the
//! rows on as they are, it ran once and its own count is exact.

use super::Figures;
use crate::model::{Node, Plan};

/// Nodes that return each row of their input, unless they filter or stop early.
const PASSES: &[&str] = &["Gather", "Gather Merge", "Sort", "Incremental Sort", "Result", "Subquery Scan"];

pub(super) fn count(plan: &Plan, figures: &mut [Figures]) {
    // Parents come before children, so what a parent knows is known here.
    for node in &plan.nodes {
        let Some(actual) = &node.actual else { continue };
        let (rows, error) = (actual.rows * actual.loops, actual.rows_error * actual.loops);
        // The sum is a whole number: close enough, it is known.
        let (rows, error) = if error < 0.5 { (rows.round(), 0.0) } else { (rows, error) };
        let above = plan.parent(node).filter(|above| passes(above) && node.role.feeds());
        let known = above.and_then(|above| {
            let above = &figures[above.id];
            // A Limit may have stopped the Gather before it passed on what the workers had.
            above.rows.filter(|known| above.rows_error < error && (known - rows).abs() <= error)
        });
        let error =
            if known.is_some() { above.map_or(0.0, |above| figures[above.id].rows_error) } else { error };
        figures[node.id].rows = Some(known.unwrap_or(rows));
        figures[node.id].rows_error = error;
    }
}

fn passes(node: &Node) -> bool {
    node.is(PASSES)
        && node.text("Filter").is_none()
        && node.text("One-Time Filter").is_none()
        && node.text("Sort Method") != Some("top-N heapsort")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::model::Plan;

    fn scanned(json: &str) -> (f64, f64) {
        let plan = Plan::from_json(json).unwrap();
        let scan = plan.nodes.iter().find(|node| node.kind == "Seq Scan").unwrap();
        let figures = plan.figures(scan);
        (figures.rows.unwrap(), figures.rows_error)
    }

    #[test]
    fn a_gather_knows_what_its_scan_found() {
        assert_eq!(scanned(include_str!("../../fixtures/seq_scan_parallel_one_row.json")), (1.0, 0.0));
        assert_eq!(scanned(include_str!("../../fixtures/seq_scan_parallel.json")), (400.0, 0.0));
    }

    #[test]
    fn without_one_the_rounding_remains() {
        assert_eq!(scanned(include_str!("../../fixtures/seq_scan_parallel_counted.json")), (3.0, 1.5));
    }
}
