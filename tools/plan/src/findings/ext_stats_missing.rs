//! `ext_stats_missing`: the planner multiplied the shares of columns that are not independent.
//!
//! # When it fires
//!
//! A scan was misestimated, its conditions compare two columns or more for equality, the statistics are fresh, and no extended statistics cover two of the columns.
//!
//! # What to do
//!
//! `create statistics` on the columns, then `analyze`.
//!
//! # Traps
//!
//! Needs the catalogue. Each column's own estimate may be at fault as well: a value that is too rare for the statistics target.

use pgwright_contract::units::count;

use super::finding::Suspicion;
use super::{Needs, Rule, misestimate, remedy, rounding};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "ext_stats_missing",
    title: "Columns that depend on each other",
    needs: Needs::Analyze,
    silences: &["row_overestimate", "row_underestimate"],
    check,
};

use crate::condition::Expr;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let table = facts.relation(node)?;
    let covered = table.extended_statistics.as_ref()?;
    let stale = table.modified_rows.is_some_and(|rows| rows >= 0.1 * table.rows.unwrap_or(0.0).max(1.0));
    let columns = compared(node);
    let known = |set: &Vec<String>| columns.iter().filter(|column| set.contains(column)).count() >= 2;
    if stale || table.analyzed == Some(false) || columns.len() < 2 || covered.iter().any(known) {
        return None;
    }
    let miss = misestimate::at_fault(node, plan)?;
    let name = node.table()?;
    Some(Suspicion {
        saves: misestimate::saves(node, plan, &miss),
        evidence: misestimate::evidence(&miss).text("columns", &columns.join(", ")),
        advice: format!(
            "expected {}, got {} rows: {}; analyze {name}",
            count(miss.expected),
            rounding::rows(miss.actual, miss.error),
            remedy::create_statistics(node, &super::index_advice::quoted(&columns))
        ),
        object: name,
    })
}

/// Columns compared with constants for equality, all of them at once.
fn compared(node: &Node) -> Vec<String> {
    let mut columns = Vec::new();
    for (_, text) in
        node.expressions().filter(|(key, _)| matches!(*key, "Filter" | "Index Cond" | "Recheck Cond"))
    {
        let condition = Expr::read(text);
        for part in condition.conjuncts() {
            let Some(comparison) = part.comparison().filter(|comparison| comparison.is_equality()) else {
                continue;
            };
            if let Some(column) = comparison.left.plain_column().filter(|_| comparison.right.is_constant())
                && !columns.contains(&column.name)
            {
                columns.push(column.name.clone());
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_town_and_its_code() {
        let finding = fires_in("ext_stats_missing", super::RULE.id, "places");
        assert!(
            finding.advice.contains("create statistics places_city_zip on city, zip from places"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn one_column_is_silent() {
        silent_in("stale_stats", super::RULE.id);
        silent_in("row_overestimate", super::RULE.id);
    }
}
