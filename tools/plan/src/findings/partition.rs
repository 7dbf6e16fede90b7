//! Whether a scanned table is one partition of many.
//!
//! A plan does not name the parent. But PostgreSQL numbers the aliases of its members: `events_1`, `events_2`, …, of
//! what the query calls `events`.

use pgwright_sql::quote_identifier;

use crate::model::{Node, Plan};

/// What the query calls the partitioned table, where its members stand side by side.
pub(super) fn parent<'a>(node: &'a Node, plan: &Plan) -> Option<&'a str> {
    let another = |member: &&Node| member.relation() != node.relation();
    numbered(node, plan).filter(|_| members(node, plan).iter().any(another))
}

/// The scans of the same partitioned table under the same Append, the node itself among them.
pub(super) fn members<'a>(node: &'a Node, plan: &'a Plan) -> Vec<&'a Node> {
    let append = plan.ancestors(node).find(|above| above.is(&["Append", "Merge Append"]));
    match (numbered(node, plan), append) {
        (Some(name), Some(append)) => plan.subtree(append).filter(|other| is_numbered(other, name)).collect(),
        _ => vec![node],
    }
}

/// `create index` for all partitions at once, and without blocking writes.
pub(super) fn ddl(node: &Node, name: &str, plan: &Plan, on: &str) -> String {
    // A name that all members begin with is the table's own; another is only the query's.
    let begins = |other: &Node| {
        let rest = other.relation().and_then(|relation| relation.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('_'))
    };
    let members = plan.nodes.iter().filter(|other| is_numbered(other, name));
    let relation = node.relation().map(quote_identifier).unwrap_or_default();
    if members.into_iter().all(begins) {
        let schema = node.schema().map(|schema| format!("{}.", quote_identifier(schema))).unwrap_or_default();
        let parent = format!("{schema}{}", quote_identifier(name));
        format!(
            "create index on {parent} {on}, since {relation} is a partition of it (it blocks writes; to avoid that: on only {parent}, then concurrently on each partition, and attach these)"
        )
    } else {
        format!(
            "create index on the partitioned table that the query calls {name}: {on}, since {relation} is only one of its partitions"
        )
    }
}

fn is_numbered(node: &Node, name: &str) -> bool {
    let number = node.alias().and_then(|alias| alias.strip_prefix(name)?.strip_prefix('_'));
    node.relation().is_some() && number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// The name before the number that PostgreSQL gave a partition as its alias.
fn numbered<'a>(node: &'a Node, plan: &Plan) -> Option<&'a str> {
    let (name, number) = node.alias()?.rsplit_once('_')?;
    let own = node.relation() != node.alias() || counted(node, name, plan);
    (node.relation().is_some() && own && number.parse::<u32>().is_ok()).then_some(name)
}

/// Whether a table that is called what PostgreSQL would call it is one of at least three that are: `t_1`, `t_2`, `t_3`,
/// in this order.
fn counted(node: &Node, name: &str, plan: &Plan) -> bool {
    let append = plan.ancestors(node).find(|above| above.is(&["Append", "Merge Append"]));
    let scans =
        append.into_iter().flat_map(|append| plan.subtree(append)).filter(|below| below.relation().is_some());
    let mut members = 0_usize;
    for scan in scans {
        members += 1;
        let called = scan.alias().and_then(|alias| alias.strip_prefix(name)?.strip_prefix('_'));
        if called.and_then(|number| number.parse().ok()) != Some(members) {
            return false;
        }
    }
    members >= 3
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::model::Plan;

    fn advice(json: &str) -> String {
        let plan = Plan::from_json(json).unwrap();
        super::super::index_advice::ddl(&plan.nodes[1], &plan, &["kind".into()])
    }

    const PARTITIONS: &str = include_str!("../../fixtures/partition_scan.json");

    #[test]
    fn the_whole_table_is_named_where_its_name_shows() {
        assert!(advice(PARTITIONS).starts_with("create index on public.events (kind), since events_2023"));
        let called_e = advice(
            &PARTITIONS
                .replace("\"events_1\"", "\"e_1\"")
                .replace("\"events_2\"", "\"e_2\"")
                .replace("\"events_3\"", "\"e_3\""),
        );
        assert!(called_e.contains("table that the query calls e: (kind), since events_2023"), "{called_e}");
    }

    #[test]
    fn tables_side_by_side_are_their_own() {
        let advice = advice(include_str!("../../fixtures/union_all_scan.json"));
        assert_eq!(advice, "create index concurrently on orders_old (kind)");
    }
}
