//! What mends a wrong row count: statistics of the right kind on the right columns, or what none of them can tell.
//!
//! Where the catalogue says that statistics are of today, nobody is sent to take them again.

use std::collections::BTreeSet;

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::misestimate::Miss;
use super::{casts, index_advice, origin, rounding};
use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

const JOINS: &[&str] = &["Nested Loop", "Hash Join", "Merge Join"];

pub(super) fn advice(node: &Node, plan: &Plan, facts: &Facts, miss: &Miss) -> String {
    let wrong =
        format!("expected {}, got {} rows", count(miss.expected), rounding::rows(miss.actual, miss.error));
    if node.table().is_some() {
        return format!("{wrong}: {}", of_scan(node, facts));
    }
    let remedy = match node.kind.as_str() {
        "Aggregate" | "Group" | "Unique" => return format!("{wrong} {}", of_groups(node, plan, facts)),
        _ if node.is(JOINS) => of_join(node, plan, facts),
        _ if node.text("Filter").is_some() => unknowable("what this condition keeps"),
        _ => analyze(node, plan, facts).unwrap_or_else(|| unknowable("this")),
    };
    format!("{wrong} from {}: {remedy}", origin::tables(plan, node))
}

fn unknowable(what: &str) -> String {
    format!(
        "no statistics tell {what}; where what follows suffers, put these rows into a temporary table and analyze it first"
    )
}

/// Whether the catalogue knows that the statistics of a scanned table are of today.
fn fresh(scan: &Node, facts: &Facts) -> bool {
    facts.relation(scan).is_some_and(|table| {
        let enough = 0.1 * table.rows.unwrap_or(0.0).max(1.0);
        table.analyzed != Some(false) && table.modified_rows.is_some_and(|rows| rows < enough)
    })
}

/// `analyze a, b`: the tables below whose statistics may be old.
pub(super) fn analyze(node: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    let old: BTreeSet<String> =
        plan.subtree(node).filter(|below| !fresh(below, facts)).filter_map(Node::table).collect();
    match old.len() {
        0 => None,
        1..=3 => Some(format!("analyze {}", old.into_iter().collect::<Vec<_>>().join(", "))),
        _ => Some(String::from("analyze the tables below")),
    }
}

/// `analyze t; if it stays, …`, or what stays to be done at once.
fn beyond_analyze(scan: &Node, facts: &Facts, then: &str) -> String {
    let table = scan.table().unwrap_or_default();
    if fresh(scan, facts) {
        format!("{then}; analyze {table}")
    } else {
        format!("analyze {table}; if it stays, {then}")
    }
}

fn of_scan(node: &Node, facts: &Facts) -> String {
    let mut columns: Vec<String> = Vec::new();
    let (mut hidden, mut compared) = (None, false);
    let conditions =
        node.expressions().filter(|(key, _)| matches!(*key, "Filter" | "Index Cond" | "Recheck Cond"));
    for (_, text) in conditions {
        let condition = Expr::read(text);
        if condition.parts().into_iter().any(|part| matches!(part, Expr::SubPlan { .. })) {
            return unknowable("what a subquery finds for each row");
        }
        for part in condition.conjuncts() {
            if let Some(expression) = computed(part, node, facts) {
                hidden = hidden.or(Some(expression));
                continue;
            }
            let own = |column: &&ColumnRef| index_advice::belongs(column.qualifier.as_deref(), node);
            let names: Vec<String> = part.columns().into_iter().filter(own).map(ColumnRef::sql).collect();
            compared |= part.comparison().is_some_and(|sides| !sides.right.is_constant()) && names.len() > 1;
            columns.extend(names.into_iter().filter(|name| !columns.contains(name)).collect::<BTreeSet<_>>());
        }
    }
    let table = node.table().unwrap_or_default();
    match columns.as_slice() {
        // The planner has statistics of columns, not of what is made of them.
        _ if hidden.is_some() => {
            let expression = hidden.flatten();
            let made = expression.map_or_else(
                || String::from("create statistics on the expression (from PostgreSQL 14 on)"),
                |text| {
                    format!("create statistics {} on ({text}) from {table}", statistics_name(node, &["expr"]))
                },
            );
            format!(
                "the planner has no statistics of an expression: compare the column as it is, or {made}; analyze {table}"
            )
        }
        _ if compared => String::from("no statistics tell how two columns of a row compare"),
        [] => beyond_analyze(node, facts, "raise default_statistics_target"),
        [one] => beyond_analyze(
            node,
            facts,
            &format!("alter table {table} alter column {one} set statistics 1000"),
        ),
        several => beyond_analyze(node, facts, &create_statistics(node, several)),
    }
}

/// The rest of a sentence that begins with the rows that were expected.
fn of_groups(node: &Node, plan: &Plan, facts: &Facts) -> String {
    if let Some(having) = node.text("Filter") {
        return format!("of the groups after having {having}: {}", unknowable("how many pass"));
    }
    let keys = node.list("Group Key");
    let read: Vec<Expr> = keys.iter().map(|key| Expr::read(key)).collect();
    let columns: Option<Vec<&ColumnRef>> =
        read.iter().map(|key| if let Expr::Column(column) = key { Some(column) } else { None }).collect();
    let scans: Vec<&Node> = read
        .iter()
        .flat_map(Expr::columns)
        .filter_map(|column| origin::scan_of(plan, node, column))
        .collect();
    let one_scan = scans.first().filter(|first| scans.iter().all(|scan| scan.id == first.id));
    let remedy = match (columns.as_deref(), one_scan) {
        (Some([one]), Some(scan)) => beyond_analyze(
            scan,
            facts,
            &format!(
                "alter table {} alter column {} set (n_distinct = …) to what it is",
                scan.table().unwrap_or_default(),
                one.sql()
            ),
        ),
        (Some(several @ [_, _, ..]), Some(scan)) => {
            let names: Vec<String> = several.iter().map(|column| column.sql()).collect();
            beyond_analyze(scan, facts, &create_statistics(scan, &names).replacen(" on ", " (ndistinct) on ", 1))
        }
        (None, Some(scan)) if keys.len() == 1 => format!(
            "the planner has no statistics of an expression: create statistics {} on ({}) from {table}; analyze {table}",
            statistics_name(scan, &["expr"]),
            index_advice::unqualified(keys[0], scan),
            table = scan.table().unwrap_or_default(),
        ),
        _ => analyze(node, plan, facts)
            .unwrap_or_else(|| String::from("the planner multiplies what each key may be, and statistics of several columns don't span tables")),
    };
    format!("for the groups ({}): {remedy}", keys.join(", "))
}

fn of_join(node: &Node, plan: &Plan, facts: &Facts) -> String {
    let conditions: Vec<&str> = plan
        .inner(node)
        .into_iter()
        .flat_map(|inner| inner.expressions().filter(|(key, _)| matches!(*key, "Index Cond" | "Filter")))
        .chain(
            node.expressions().filter(|(key, _)| matches!(*key, "Hash Cond" | "Merge Cond" | "Join Filter")),
        )
        .map(|(_, text)| text)
        .collect();
    let read: Vec<Expr> = conditions.iter().map(|text| Expr::read(text)).collect();
    let sub_plan = |part: &&Expr| matches!(part, Expr::SubPlan { .. });
    if read.iter().flat_map(Expr::parts).any(|part| sub_plan(&part)) {
        return unknowable("what a subquery returns");
    }
    if matches!(node.text("Join Type"), Some("Semi" | "Anti" | "Right Anti" | "Right Semi")) {
        return unknowable("whether a row has a partner");
    }
    let first = analyze(node, plan, facts).map(|analyze| format!("{analyze}; if it stays, "));
    let then = composite(&read).unwrap_or_else(|| {
        String::from(
            "the keys are taken as evenly spread, whatever the filters below select: where few keys are frequent, find these first and compare the column with them",
        )
    });
    format!("{}{then}", first.unwrap_or_default())
}

/// Two columns of one table that are compared with others: the planner takes them as independent unless a foreign key
/// ties them.
fn composite(conditions: &[Expr]) -> Option<String> {
    let pairs: Vec<[&ColumnRef; 2]> = conditions
        .iter()
        .flat_map(Expr::conjuncts)
        .filter_map(Expr::comparison)
        .filter(|sides| sides.op == "=")
        .filter_map(|sides| Some([sides.left.plain_column()?, sides.right.plain_column()?]))
        .filter(|[left, right]| left.qualifier != right.qualifier)
        .collect();
    pairs.iter().flatten().find_map(|column| {
        let mut alike: Vec<String> = Vec::new();
        for other in pairs.iter().flatten().filter(|other| other.qualifier == column.qualifier) {
            alike.extend(Some(other.sql()).filter(|name| !alike.contains(name)));
        }
        (alike.len() >= 2).then(|| {
            format!(
                "the equalities of {} are taken as independent: where they lead to one table, a foreign key over all of them tells the planner that they belong together",
                alike.join(" and ")
            )
        })
    })
}

/// Extended statistics on columns of a scanned table, named as PostgreSQL 15 and older want it.
pub(super) fn create_statistics(node: &Node, columns: &[String]) -> String {
    let bare: Vec<&str> = columns.iter().map(|name| name.trim_matches('"')).collect();
    format!(
        "create statistics {} on {} from {}",
        statistics_name(node, &bare),
        columns.join(", "),
        node.table().unwrap_or_default()
    )
}

fn statistics_name(node: &Node, parts: &[&str]) -> String {
    let parts: Vec<&str> = node.relation().into_iter().chain(parts.iter().copied()).collect();
    quote_identifier(&parts.join("_"))
}

/// Whether a condition compares something computed from a column: with the text of it where it is a call.
fn computed(part: &Expr, node: &Node, facts: &Facts) -> Option<Option<String>> {
    let call = |name: &str| index_advice::call_text(node, name);
    if let Expr::Call { name, .. } = part {
        return Some(call(name));
    }
    let left = part.comparison()?.left;
    match left {
        Expr::Call { name, .. } => Some(call(name)),
        Expr::Binary { .. } => Some(None),
        Expr::Cast { inner, .. } => {
            let plain = matches!(inner.as_ref(), Expr::Column(_) | Expr::Cast { .. });
            (casts::converts(left, node, facts) || !plain).then_some(None)
        }
        _ => None,
    }
}
