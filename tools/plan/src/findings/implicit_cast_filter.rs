//! `implicit_cast_filter`: a parameter of a wider type makes PostgreSQL cast the column, which hides it from indexes.
//!
//! An integer column compared with a `numeric` or `double precision` value is cast to that type, row by row. Drivers
//! do that when a program passes a decimal or a float, such as a `Decimal` of Python or a `BigDecimal` of Java.
//!
//! # When it fires
//!
//! An integer column compared as numeric, double precision or real, when the filter keeps few rows of a large scan.
//!
//! # What to do
//!
//! Send the parameter with the column's own type, or write the cast on the parameter: `id = $1::bigint`.
//!
//! # Traps
//!
//! Silent where the catalogue says that the column is of that type itself. An expression index on the cast would work
//! too, but only hides the mistake in the program.

use super::finding::{Saves, Suspicion};
use super::{FILTER_RULES, Needs, Rule, yields};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "implicit_cast_filter",
    title: "Column is cast to the parameter's type",
    needs: Needs::Estimates,
    silences: FILTER_RULES,
    check,
};

const WIDER: &[&str] = &["numeric", "double precision", "real"];
const INTEGERS: &[&str] = &["integer", "bigint", "smallint"];

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let (column, to) = filter.conjuncts().into_iter().find_map(|part| {
        let comparison = part.comparison().filter(|comparison| comparison.right.is_constant())?;
        match comparison.left {
            Expr::Cast { inner, to } if WIDER.contains(&to.as_str()) => {
                inner.plain_column().map(|column| (column, to))
            }
            _ => None,
        }
    })?;
    let known = facts.relation(node).and_then(|table| table.type_of(&column.name));
    if known.is_some_and(|known| !INTEGERS.contains(&known)) {
        return None;
    }
    let found = yields::low_or_costly(node, plan, facts)?;
    if yields::plain_part_is_selective(node, plan, facts, &found) {
        return None;
    }
    let sql = column.sql();
    let wanted = known.unwrap_or("integer");
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{sql}", node.table()?),
        evidence: found.evidence().text("filter", node.text("Filter")?).text("cast_to", to),
        advice: format!(
            "{}: send the parameter as {wanted}, not {to}, so that an index on {sql} can be used",
            found.says()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires, fires_knowing, silent};
    use crate::facts::{Column, Facts, Relation};

    const JSON: &str = include_str!("../../fixtures/implicit_cast_filter.json");

    fn typed(type_name: &str) -> Facts {
        let id = Column { name: "id".into(), type_name: type_name.into(), ..Column::default() };
        let orders = Relation {
            schema: "public".into(),
            name: "orders".into(),
            columns: vec![id],
            ..Relation::default()
        };
        Facts { relations: vec![orders], ..Facts::default() }
    }

    #[test]
    fn an_integer_key_compared_as_numeric() {
        fires(JSON, super::RULE.id, "orders.id");
        let finding = fires_knowing(JSON, &typed("bigint"), super::RULE.id, "orders.id");
        assert!(finding.advice.contains("send the parameter as bigint, not numeric"));
    }

    #[test]
    fn a_column_of_that_type_is_silent() {
        assert!(findings(JSON, &typed("numeric(10,2)")).iter().all(|finding| finding.id != super::RULE.id));
        silent(include_str!("../../fixtures/seq_scan_low_yield.json"), super::RULE.id);
    }
}
