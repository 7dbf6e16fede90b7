//! Which index would serve a condition, as DDL that can be pasted.

use pgwright_sql::quote_identifier;

use super::{casts, containment, partition};
use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

/// Key columns beyond this many rarely narrow further.
const MAX_KEYS: usize = 3;

/// Columns of the scanned table that an index could look up: those compared for equality first, then one range.
pub(super) fn key_columns(filter: &Expr, node: &Node, facts: &Facts) -> Vec<String> {
    let (mut equal, mut ranges) = (Vec::new(), Vec::new());
    for part in filter.conjuncts() {
        if let Expr::Or(arms) = part {
            equal.extend(
                of_every_arm(arms, node, facts)
                    .into_iter()
                    .filter(|column| !equal.contains(column))
                    .collect::<Vec<_>>(),
            );
            continue;
        }
        let own = |expr: &Expr| {
            casts::indexable(expr, node, facts)
                .filter(|column| belongs(column.qualifier.as_deref(), node))
                .map(|column| column.name.clone())
        };
        let (list, column) = match part {
            Expr::Column(_) => (&mut equal, own(part)),
            Expr::Not(inner) => (&mut equal, own(inner)),
            Expr::Test { inner, is } if is == "IS NULL" => (&mut equal, own(inner)),
            part => match part.comparison() {
                Some(comparison) if comparison.right.is_constant() && comparison.is_equality() => {
                    (&mut equal, own(comparison.left))
                }
                Some(comparison) if comparison.right.is_constant() && comparison.is_range() => {
                    (&mut ranges, own(comparison.left))
                }
                _ => continue,
            },
        };
        list.extend(column.filter(|column| !list.contains(column)));
    }
    ranges.truncate(1);
    equal.extend(ranges.into_iter().filter(|column| !equal.contains(column)).collect::<Vec<_>>());
    equal.truncate(MAX_KEYS);
    equal
}

/// Columns that each arm compares with values of its own: an index on them is looked up once an arm.
fn of_every_arm(arms: &[Expr], node: &Node, facts: &Facts) -> Vec<String> {
    let equal = |arm: &Expr| -> Vec<String> {
        let equalities = arm
            .conjuncts()
            .into_iter()
            .filter_map(Expr::comparison)
            .filter(|sides| sides.is_equality() && sides.right.is_constant());
        equalities
            .filter_map(|sides| casts::indexable(sides.left, node, facts))
            .filter(|column| belongs(column.qualifier.as_deref(), node))
            .map(|column| column.name.clone())
            .collect()
    };
    let Some((first, others)) = arms.split_first() else { return Vec::new() };
    let others: Vec<Vec<String>> = others.iter().map(equal).collect();
    let mut shared = Vec::new();
    for column in equal(first) {
        if others.iter().all(|arm| arm.contains(&column)) && !shared.contains(&column) {
            shared.push(column);
        }
    }
    shared
}

pub(super) fn belongs(qualifier: Option<&str>, node: &Node) -> bool {
    qualifier.is_none_or(|alias| node.alias() == Some(alias) || node.relation() == Some(alias))
}

/// `create index concurrently on t (a, b)`; `keys` are quoted already where they need it.
///
/// Of a partition the index belongs to the whole table, where PostgreSQL builds none concurrently.
pub(super) fn ddl(node: &Node, plan: &Plan, keys: &[String]) -> String {
    ddl_using(node, plan, "", keys)
}

/// The same with another method than B-tree: `gin `.
pub(super) fn ddl_using(node: &Node, plan: &Plan, method: &str, keys: &[String]) -> String {
    let using = if method.is_empty() { "" } else { "using " };
    let on = format!("{using}{method}({})", keys.join(", "));
    match partition::parent(node, plan) {
        Some(parent) => partition::ddl(node, parent, plan, &on),
        None => format!("create index concurrently on {} {on}", node.table().unwrap_or_default()),
    }
}

/// The advice for a scan that throws most rows away.
pub(super) fn for_filter(node: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    let filter = node.filter()?;
    if let Expr::Or(arms) = &filter {
        let ddls: Vec<String> = arms
            .iter()
            .filter_map(|arm| {
                let keys = key_columns(arm, node, facts);
                if keys.is_empty() {
                    return containment::advice(arm, node, plan, facts);
                }
                Some(ddl(node, plan, &quoted(&keys)))
            })
            .collect();
        let same = ddls.windows(2).all(|pair| pair[0] == pair[1]);
        return (ddls.len() == arms.len()).then(|| {
            if same { ddls[0].clone() } else { format!("{}: one for each arm of the or", ddls.join("; ")) }
        });
    }
    let keys = key_columns(&filter, node, facts);
    if let Some(index) = facts.relation(node).and_then(|table| table.index_on(&keys)) {
        let index = quote_identifier(&index.name);
        return Some(format!(
            "{index} has these columns but was not used: analyze the table, check random_page_cost and enable_* settings"
        ));
    }
    if !keys.is_empty() {
        return Some(ddl(node, plan, &quoted(&keys)));
    }
    if let Some(advice) = containment::advice(&filter, node, plan, facts) {
        return Some(advice);
    }
    if let Some(column) = filter.conjuncts().into_iter().find_map(prefix_column) {
        return Some(ddl(node, plan, &[format!("{} text_pattern_ops", column.sql())]));
    }
    // Nothing to look up, but a condition on the row itself can bound a partial index.
    let first = filter.conjuncts().into_iter().find_map(|part| bounding_column(part, node))?;
    let all = filter.conjuncts().into_iter().all(|part| bounding_column(part, node).is_some());
    all.then(|| {
        format!(
            "{} where {}",
            ddl(node, plan, &[first.sql()]),
            unqualified(node.text("Filter").unwrap_or_default(), node)
        )
    })
}

/// The column of `like 'abc%'`, which an index of its own kind of order serves.
pub(super) fn prefix_column(part: &Expr) -> Option<&ColumnRef> {
    let comparison = part.comparison().filter(|comparison| comparison.op == "~~")?;
    // Of a parameter nobody knows what it begins with.
    let begins = |text: &str| text.split_once('\'').is_some_and(|(_, rest)| !rest.starts_with(['%', '_']));
    let prefix =
        comparison.right.parts().into_iter().any(|part| matches!(part, Expr::Constant(text) if begins(text)));
    comparison.left.plain_column().filter(|_| prefix)
}

/// The column of a condition that never changes with the query: `state <> 'done'`, `sent is not null`.
fn bounding_column<'a>(part: &'a Expr, node: &Node) -> Option<&'a ColumnRef> {
    let column = match part {
        Expr::Test { inner, .. } => inner.plain_column(),
        part => part
            .comparison()
            .filter(|comparison| comparison.op == "<>" && comparison.right.is_constant())?
            .left
            .plain_column(),
    };
    column.filter(|column| belongs(column.qualifier.as_deref(), node))
}

/// The first call of a function in a scan's conditions, as DDL on the table itself writes it.
pub(super) fn call_text(node: &Node, name: &str) -> Option<String> {
    let opening = format!("{name}(");
    let texts =
        node.expressions().filter(|(key, _)| matches!(*key, "Filter" | "Index Cond" | "Recheck Cond"));
    let call = texts.into_iter().find_map(|(_, text)| text.find(&opening).map(|start| &text[start..]))?;
    let mut open = 0_usize;
    let end = call.char_indices().find_map(|(at, letter)| {
        match letter {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => return None,
        }
        (open == 0).then_some(at + 1)
    })?;
    Some(unqualified(&call[..end], node))
}

/// Text of a condition as DDL on the table itself writes it: without the alias.
pub(super) fn unqualified(text: &str, node: &Node) -> String {
    let mut out = text.to_owned();
    for prefix in [node.alias(), node.relation()]
        .into_iter()
        .flatten()
        .map(|name| format!("{}.", quote_identifier(name)))
    {
        let in_a_word = |before: &str| {
            before.ends_with(|letter: char| letter.is_alphanumeric() || "_.\"'".contains(letter))
        };
        let starts: Vec<usize> =
            out.match_indices(&prefix).map(|(at, _)| at).filter(|at| !in_a_word(&out[..*at])).collect();
        for at in starts.into_iter().rev() {
            out.replace_range(at..at + prefix.len(), "");
        }
    }
    out
}

pub(super) fn quoted(columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| quote_identifier(column)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::model::Plan;

    fn advice(filter: &str) -> Option<String> {
        let json = serde_json::json!({"Plan": {"Node Type": "Seq Scan", "Relation Name": "t", "Schema": "public", "Alias": "x", "Filter": filter}});
        let plan = Plan::from_value(&json).unwrap();
        super::for_filter(plan.root(), &plan, &crate::Facts::default())
    }

    #[test]
    fn equality_comes_before_one_range() {
        let filter = "((x.b > 5) AND (x.c < 9) AND ((x.a)::text = 'k'::text) AND (lower(x.d) = 'q'::text))";
        assert_eq!(advice(filter).unwrap(), "create index concurrently on public.t (a, b)");
    }

    #[test]
    fn what_cannot_be_looked_up_bounds_a_partial_index() {
        assert_eq!(
            advice("(state <> 'done'::text)").unwrap(),
            "create index concurrently on public.t (state) where (state <> 'done'::text)"
        );
        assert_eq!(
            advice("(name ~~ 'ab%'::text)").unwrap(),
            "create index concurrently on public.t (name text_pattern_ops)"
        );
        assert_eq!(advice("(lower(a) = 'q'::text)"), None);
        assert_eq!(advice("(NOT (SubPlan 1))"), None);
    }

    #[test]
    fn the_alias_stays_out_of_ddl() {
        let wanted = "create index concurrently on public.t (state) where (state <> 'x.y max.'::text)";
        assert_eq!(advice("(x.state <> 'x.y max.'::text)").unwrap(), wanted);
    }

    #[test]
    fn each_arm_of_an_or_gets_its_index() {
        assert!(
            advice("((a = 1) OR (b = 2))")
                .unwrap()
                .contains("(a); create index concurrently on public.t (b)")
        );
        assert_eq!(advice("((a = 1) OR (b <> 2))"), None);
    }
}
