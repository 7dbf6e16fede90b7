//! `huge_in_list`: a condition lists a thousand values or more.
//!
//! # When it fires
//!
//! `= ANY ('{…}')` with 1,000 values or more in a filter or an index condition.
//!
//! # What to do
//!
//! Send the values as one array parameter and join it, `join unnest($1::bigint[]) as wanted (id) using (id)`, or put them into a temporary table with `analyze`. It is parsed
//! once, and planned by its size.
//!
//! # Traps
//!
//! An index condition over a list is one descent for each value, which is what such a query wants; what is saved then is parsing and planning
//! only.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "huge_in_list",
    title: "List of very many values",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

const MANY: usize = 1_000;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let (key, values) = node
        .expressions()
        .filter(|(key, _)| matches!(*key, "Filter" | "Index Cond" | "Recheck Cond" | "Join Filter"))
        .map(|(key, text)| (key, values(text)))
        .max_by_key(|(_, values)| *values)?;
    if values < MANY || key == "Recheck Cond" {
        return None;
    }
    let own = Saves::own(node, plan);
    Some(Suspicion {
        saves: if key == "Filter" { own } else { own.at_most(super::Severity::Info) },
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("values", values as f64),
        advice: format!(
            "{} values in one list: pass them as an array and join unnest($1) instead",
            count(values as f64)
        ),
    })
}

/// Values of the longest list in a condition.
fn values(text: &str) -> usize {
    let lists = text.split("ANY ('{").skip(1);
    lists
        .map(|rest| rest.split("}'").next().map_or(0, |list| list.matches(',').count() + 1))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn two_thousand_values() {
        fires(include_str!("../../fixtures/huge_in_list.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_few_are_silent() {
        silent(include_str!("../../fixtures/array_any.json"), super::RULE.id);
        assert_eq!(super::values("((a = ANY ('{1,2,3}'::integer[])) AND (b = ANY ('{1}'::integer[])))"), 3);
    }
}
