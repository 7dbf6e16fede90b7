//! `window_latest_row`: `row_number()` numbers every row so that the first of each group can be kept.
//!
//! # When it fires
//!
//! A filter on the first row number over a WindowAgg that reads 10,000 rows or more, ten times what is kept or more.
//!
//! # What to do
//!
//! `select distinct on (group) … order by group, day desc` with an index on these columns; where groups are few and known by a table of their own, `cross join lateral (select … order by
//! day desc limit 1)`, which looks up one row for each.
//!
//! # Traps
//!
//! Groups of a few rows each are read as fast this way. PostgreSQL 15 and newer stop counting within a group (`Run Condition`), but read and sort all the same.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "window_latest_row",
    title: "All rows are numbered to keep one a group",
    needs: Needs::Estimates,
    silences: &["row_overestimate", "row_underestimate", "subquery_scan_filter"],
    check,
};

const MANY: f64 = 10_000.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let window = match node.kind.as_str() {
        "Subquery Scan" => plan.children(node).find(|child| child.kind == "WindowAgg")?,
        "WindowAgg" if plan.parent(node).is_none_or(|above| above.kind != "Subquery Scan") => node,
        _ => return None,
    };
    if !(stops_at_first(window) || (numbers_rows(facts) && keeps_first(node, window, plan, facts))) {
        return None;
    }
    let input = plan.input(window)?;
    let rows = |node: &Node| plan.figures(node).rows.unwrap_or(node.estimate.rows);
    let (read, kept) = (rows(input), rows(node));
    if read < MANY || read < 10.0 * kept {
        return None;
    }
    let index = index(input, plan).map(|ddl| format!(", with {ddl}")).unwrap_or_default();
    Some(Suspicion {
        saves: Saves::whole(node, plan).times(1.0 - kept / read),
        object: origin::tables(plan, window),
        evidence: Evidence::default().figure("numbered_rows", read).figure("kept_rows", kept),
        advice: format!(
            "numbers {} rows to keep {}: distinct on the group, or a lateral limit 1 for each group{index}",
            count(read),
            count(kept)
        ),
    })
}

fn stops_at_first(window: &Node) -> bool {
    let condition = window.text("Run Condition").unwrap_or_default();
    let first = ["<= 1)", "= 1)", "< 2)", "<= '1'::bigint)", "< '2'::bigint)"];
    condition.contains("row_number() OVER") && first.iter().any(|end| condition.trim_end().ends_with(end))
}

/// Whether the filter compares something with 1 that is no column of a table.
fn keeps_first(node: &Node, window: &Node, plan: &Plan, facts: &Facts) -> bool {
    let Some(filter) = node.filter() else { return false };
    let own = |name: &str| {
        plan.subtree(window)
            .filter_map(|scan| facts.relation(scan))
            .any(|table| table.type_of(name).is_some())
    };
    filter.conjuncts().into_iter().filter_map(Expr::comparison).any(|comparison| {
        let first =
            matches!((comparison.op, comparison.right.literal()), ("=" | "<=", Some("1")) | ("<", Some("2")));
        first && comparison.left.plain_column().is_some_and(|column| !own(&column.name))
    })
}

fn numbers_rows(facts: &Facts) -> bool {
    facts.statement.as_ref().is_some_and(|sql| sql.to_lowercase().contains("row_number"))
}

/// The index that gives the rows in the order of the window.
fn index(input: &Node, plan: &Plan) -> Option<String> {
    let columns = origin::sort_columns(Some(input).filter(|input| input.kind == "Sort")?)?;
    let scan = origin::scan_of(plan, input, &columns.first()?.0)?;
    let keys: Vec<String> =
        columns.iter().map(|(column, order)| format!("{}{order}", column.sql())).collect();
    Some(index_advice::ddl(scan, plan, &keys))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires_in, fires_knowing, silent_in};
    use crate::Facts;

    #[test]
    fn the_last_order_of_each_customer() {
        let finding = fires_in("window_latest_row", super::RULE.id, "orders");
        assert!(
            finding.advice.contains("create index concurrently on orders (customer_id, created_at desc)"),
            "{}",
            finding.advice
        );
    }

    /// PostgreSQL 14 and older have no run condition.
    #[test]
    fn by_the_statement_alone() {
        let json =
            include_str!("../../fixtures/window_latest_row.json").replace("Run Condition", "Once Said");
        let told = |sql: &str| Facts { statement: Some(sql.to_owned()), ..Facts::default() };
        fires_knowing(&json, &told("select row_number() over (partition by a)"), super::RULE.id, "orders");
        let found = findings(&json, &told("select max(a) over (partition by b)"));
        assert!(found.iter().all(|finding| finding.id != super::RULE.id));
    }

    #[test]
    fn two_rows_a_group_are_silent() {
        silent_in("window_few_a_group", super::RULE.id);
        silent_in("healthy_window_run_condition", super::RULE.id);
        silent_in("shape_window", super::RULE.id);
    }
}
