//! What is kept of a plan: a plan in PostgreSQL's own form, of nothing but kinds, names, rows and costs.

use pgwright_plan::Plan;
use serde_json::{Map, Value, json};

/// Properties of a node that are kept. Conditions, keys and output are not: they hold values.
const KEPT: &[&str] = &[
    "Node Type",
    "Parent Relationship",
    "Parallel Aware",
    "Join Type",
    "Strategy",
    "Partial Mode",
    "Subplan Name",
    "Relation Name",
    "Schema",
    "Alias",
    "Index Name",
    "CTE Name",
    "Function Name",
    "Workers Planned",
    "Startup Cost",
    "Total Cost",
    "Plan Rows",
    "Plan Width",
];
/// Larger plans are not kept.
const MOST_NODES: usize = 500;
/// Deeper ones neither: JSON is read and written level by level.
const DEEPEST: usize = 60;

/// The skeleton; nothing for a plan that is too large to be kept.
pub(super) fn of(plan: &Plan) -> Option<Value> {
    let mut depths: Vec<usize> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        depths.push(node.parent.and_then(|parent| depths.get(parent)).map_or(0, |depth| depth + 1));
    }
    if plan.nodes.len() > MOST_NODES || depths.iter().any(|depth| *depth > DEEPEST) {
        return None;
    }
    let field = |name: &str, value: Option<&Value>| Some((name.to_owned(), value?.clone()));
    let mut nodes: Vec<Map<String, Value>> = plan
        .nodes
        .iter()
        .map(|node| KEPT.iter().filter_map(|name| field(name, node.field(name))).collect())
        .collect();
    // Children stand behind their parents: from the last to the first each finds its parent still there.
    for node in plan.nodes.iter().rev() {
        let Some(parent) = node.parent else { break };
        let child = Value::Object(nodes.pop()?);
        if let Value::Array(plans) = nodes.get_mut(parent)?.entry("Plans").or_insert_with(|| json!([])) {
            plans.insert(0, child);
        }
    }
    Some(json!([{ "Plan": nodes.pop()? }]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::shape;

    #[test]
    fn a_skeleton_is_the_same_plan_without_its_values() {
        let plan = Plan::from_text(
            "Hash Join  (cost=10.00..20.00 rows=5 width=8)
  Hash Cond: (o.customer_id = c.id)
  ->  Index Scan using orders_mail on orders o  (cost=0.00..5.00 rows=5 width=4)
        Index Cond: (mail = 'ann@example.org'::text)
  ->  Hash  (cost=5.00..5.00 rows=3 width=4)
        ->  Seq Scan on customers c  (cost=0.00..5.00 rows=3 width=4)
              Filter: (name = 'bob'::text)",
        )
        .unwrap();
        let skeleton = of(&plan).unwrap();
        let again = Plan::from_value(&skeleton).unwrap();
        assert_eq!(shape::of(&again), shape::of(&plan));
        assert_eq!(again.root().estimate.total_cost, 20.0);
        assert_eq!(again.nodes.len(), 4);
        let text = skeleton.to_string();
        assert!(!text.contains("ann") && !text.contains("bob") && !text.contains("Cond"), "{text}");
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let deep = |levels: usize| {
            let mut text = String::from("Limit  (cost=0.00..1.00 rows=1 width=4)\n");
            for level in 0..levels {
                let indent = " ".repeat(2 + level * 6);
                text.push_str(&format!("{indent}->  Limit  (cost=0.00..1.00 rows=1 width=4)\n"));
            }
            of(&Plan::from_text(&text).unwrap())
        };
        assert!(deep(DEEPEST).is_some() && deep(DEEPEST + 1).is_none());
    }
}
