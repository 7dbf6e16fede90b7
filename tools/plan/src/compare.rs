//! Two plans side by side: which of their nodes do the same work in another way, and which stand in one only.
//!
//! Nodes are paired by their work, not by their place: a scan by its table and alias, a join by the tables below it, a sort
//! or a grouping by its kind and the tables below. What merely serves its parent (Hash, Materialize, Memoize, bitmaps)
//! is told by it.

use std::collections::{BTreeMap, BTreeSet};

use pgwright_contract::Page;
use pgwright_contract::units::{count, milliseconds, round};
use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::Basis;
use crate::model::{Node, Plan};

/// How the plan before differs from the plan after.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// Whether both were measured; else their costs are compared.
    pub basis: Basis,
    /// The planner's cost of the whole, before.
    pub cost_before: f64,
    /// The planner's cost of the whole, after.
    pub cost_after: f64,
    /// Time of the whole, before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_ms: Option<f64>,
    /// Time of the whole, after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<f64>,
    /// What changed, in the order of the plans.
    pub changes: Vec<Change>,
}

/// One piece of work that is done in another way, or in one plan only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The tables it works on.
    pub object: String,
    /// How it was done before; absent where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it is done after; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a node does, whatever way it takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Work {
    family: String,
    tables: BTreeSet<String>,
    /// The how-manieth of its kind.
    occurrence: usize,
}

impl Comparison {
    /// Compares two plans.
    pub fn of(before: &Plan, after: &Plan) -> Self {
        let timed = before.timed() && after.timed();
        let whole = |plan: &Plan| plan.whole_ms().filter(|_| timed).map(round);
        let (was, is) = (works(before), works(after));
        let mut changes = Vec::new();
        for (work, node) in &was {
            let (old, new) = (way(before, node), is.get(work).map(|node| way(after, node)));
            if new.as_ref() != Some(&old) {
                changes.push(Change { object: object(work, node), before: Some(old), after: new });
            }
        }
        for (work, node) in is.iter().filter(|(work, _)| !was.contains_key(work)) {
            changes.push(Change { object: object(work, node), before: None, after: Some(way(after, node)) });
        }
        Self {
            basis: if timed { Basis::Measured } else { Basis::Estimated },
            cost_before: round(before.root().estimate.total_cost),
            cost_after: round(after.root().estimate.total_cost),
            before_ms: whole(before),
            after_ms: whole(after),
            changes,
        }
    }

    /// The difference in one line.
    pub fn verdict(&self) -> String {
        let (from, to, shown) = match (self.before_ms, self.after_ms) {
            (Some(before), Some(after)) => (before, after, milliseconds as fn(f64) -> String),
            _ => (self.cost_before, self.cost_after, count as fn(f64) -> String),
        };
        let what = if self.before_ms.is_some() { "measured" } else { "estimated cost" };
        let ratio = if from > 0.0 { 100.0 * (to / from - 1.0) } else { 0.0 };
        let change = match ratio.round() {
            0.0 => "no change".to_owned(),
            percent if percent < 0.0 => format!("−{} %", count(-percent)),
            percent => format!("+{} %", count(percent)),
        };
        format!("{what} {} → {} ({change})", shown(from), shown(to))
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.object)?;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{before} → {after}"),
            (Some(before), None) => write!(f, "no {before} any more"),
            (None, after) => write!(f, "new {}", after.as_deref().unwrap_or_default()),
        }
    }
}

/// Every node that does work of its own, by that work.
fn works(plan: &Plan) -> BTreeMap<Work, &Node> {
    let mut works = BTreeMap::new();
    for node in &plan.nodes {
        let Some(family) = family(node) else { continue };
        let tables =
            if node.relation().is_some() { scanned(node).into_iter().collect() } else { below(plan, node) };
        let mut work = Work { family: family.to_owned(), tables, occurrence: 0 };
        while works.contains_key(&work) {
            work.occurrence += 1;
        }
        works.insert(work, node);
    }
    works
}

/// What kinds of node can stand for each other; none for those that only serve their parent.
fn family(node: &Node) -> Option<&str> {
    Some(match node.kind.as_str() {
        "Bitmap Index Scan" | "BitmapAnd" | "BitmapOr" | "Hash" | "Materialize" | "Memoize" => return None,
        "Hash Join" | "Merge Join" | "Nested Loop" => "join",
        "Aggregate" | "Group" | "Unique" => "grouping",
        "Sort" | "Incremental Sort" => "sort",
        "Gather" | "Gather Merge" => "workers",
        "Append" | "Merge Append" => "append",
        _ if node.relation().is_some() => "scan",
        other => other,
    })
}

fn below(plan: &Plan, node: &Node) -> BTreeSet<String> {
    plan.subtree(node).filter_map(scanned).collect()
}

/// The table as the query calls it.
fn scanned(node: &Node) -> Option<String> {
    let table = node.relation()?;
    Some(match node.alias().filter(|alias| *alias != table) {
        Some(alias) => format!("{table} {alias}"),
        None => table.to_owned(),
    })
}

fn object(work: &Work, node: &Node) -> String {
    let tables: Vec<&str> = work.tables.iter().map(String::as_str).collect();
    let name = match tables.len() {
        0 => node.text("CTE Name").or(node.text("Function Name")).unwrap_or("result").to_owned(),
        1..=4 => tables.join(", "),
        more => format!("{} and {} more", tables[..3].join(", "), more - 3),
    };
    Page::data(&name, 200)
}

/// How a node does its work: the type, the index, the kind of join, how many workers.
fn way(plan: &Plan, node: &Node) -> String {
    let mut words = Vec::new();
    if node.flag("Parallel Aware") {
        words.push("Parallel".to_owned());
    }
    words.push(match (node.kind.as_str(), node.text("Strategy")) {
        ("Aggregate", Some("Hashed")) => "HashAggregate".to_owned(),
        ("Aggregate", Some("Sorted")) => "GroupAggregate".to_owned(),
        _ => node.kind.clone(),
    });
    words.extend(node.text("Join Type").filter(|kind| *kind != "Inner").map(str::to_owned));
    let indexes = plan.subtree(node).filter(|below| below.id == node.id || below.kind == "Bitmap Index Scan");
    let indexes: Vec<&str> = match node.relation() {
        Some(_) => indexes.filter_map(Node::index).collect(),
        None => Vec::new(),
    };
    if !indexes.is_empty() {
        words.push(format!("via {}", indexes.join(", ")));
    }
    words.extend(node.number("Workers Planned").map(|workers| format!("of {workers}")));
    Page::data(&words.join(" "), 200)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn plan(text: &str) -> Plan {
        Plan::from_text(text).unwrap()
    }

    fn said(before: &str, after: &str) -> Vec<String> {
        Comparison::of(&plan(before), &plan(after)).changes.iter().map(ToString::to_string).collect()
    }

    const SCAN: &str = "\
Aggregate  (cost=100.00..200.00 rows=1 width=8)
  ->  Seq Scan on orders o  (cost=0.00..100.00 rows=9 width=0)
        Filter: (customer_id = 7)";
    const INDEX: &str = "\
Aggregate  (cost=10.00..20.00 rows=1 width=8)
  ->  Bitmap Heap Scan on orders o  (cost=0.00..10.00 rows=9 width=0)
        Recheck Cond: (customer_id = 7)
        ->  Bitmap Index Scan on orders_customer  (cost=0.00..1.00 rows=9 width=0)
              Index Cond: (customer_id = 7)";

    #[test]
    fn the_same_plan_has_no_difference() {
        let same = Comparison::of(&plan(SCAN), &plan(SCAN));
        assert_eq!(
            (same.changes.len(), same.verdict().as_str()),
            (0, "estimated cost 200 → 200 (no change)")
        );
    }

    #[test]
    fn a_scan_that_takes_an_index_is_one_change() {
        assert_eq!(said(SCAN, INDEX), ["orders o: Seq Scan → Bitmap Heap Scan via orders_customer"]);
        assert_eq!(Comparison::of(&plan(SCAN), &plan(INDEX)).verdict(), "estimated cost 200 → 20 (−90 %)");
    }

    #[test]
    fn joins_in_another_order_are_told_by_their_tables() {
        let join = |first: &str, second: &str, third: &str| {
            format!(
                "Hash Join  (cost=0.00..9.00 rows=1 width=4)\n  ->  Nested Loop  (cost=0.00..5.00 rows=1 width=4)\n        ->  Seq Scan on {first}  (cost=0.00..1.00 rows=1 width=4)\n        ->  Seq Scan on {second}  (cost=0.00..1.00 rows=1 width=4)\n  ->  Hash  (cost=0.00..1.00 rows=1 width=4)\n        ->  Seq Scan on {third}  (cost=0.00..1.00 rows=1 width=4)"
            )
        };
        assert_eq!(
            said(&join("a", "b", "c"), &join("b", "c", "a")),
            ["a, b: no Nested Loop any more", "b, c: new Nested Loop"]
        );
    }

    #[test]
    fn measured_plans_are_compared_by_time() {
        let timed = |ms: f64| {
            plan(&format!(
                "Seq Scan on t  (cost=0.00..9.00 rows=1 width=4) (actual time=0.0..{ms:.3} rows=1 loops=1)\nExecution Time: {ms:.3} ms"
            ))
        };
        let compared = Comparison::of(&timed(40.0), &timed(60.0));
        assert_eq!(
            (compared.basis, compared.verdict().as_str()),
            (Basis::Measured, "measured 40 ms → 60 ms (+50 %)")
        );
    }
}
