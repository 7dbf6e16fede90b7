//! `function_scan_misestimate`: a function in FROM returns far more rows than the planner was told.
//!
//! # When it fires
//!
//! A Function Scan returns at least ten times its expected rows, at least 100, where the expectation is one of the defaults (1, 100 or
//! 1,000) that stand for "not known".
//!
//! # What to do
//!
//! Tell the planner: `alter function f rows 50000`, or a support function for one whose rows depend on its arguments. Where the function
//! is your own SQL, an inlinable one (`language sql stable`, one select) is planned as if written out.
//!
//! # Traps
//!
//! Only worth it where joins depend on the number. The built-in `unnest` and `generate_series` know their rows where their arguments
//! are constant.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "function_scan_misestimate",
    title: "Rows of a function are guessed",
    needs: Needs::Analyze,
    silences: &["row_underestimate"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let expected = node.estimate.rows;
    let guessed = node.kind == "Function Scan" && [1.0, 100.0, 1_000.0].contains(&expected);
    let rows = node.actual.as_ref().map(|actual| actual.rows).filter(|_| guessed)?;
    if rows < 100.0 || rows < 10.0 * expected {
        return None;
    }
    let function = node.text("Function Name")?.to_owned();
    let above = plan.parent(node).unwrap_or(node);
    Some(Suspicion {
        saves: Saves::own(above, plan).plus(Saves::own(node, plan)),
        evidence: Evidence::default().figure("expected_rows", expected).figure("actual_rows", rows),
        advice: format!(
            "{} rows where {} are assumed for want of better: alter function {function} rows {}",
            count(rows),
            count(expected),
            rows.round()
        ),
        object: function,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_function_that_nobody_described() {
        let found =
            fires(include_str!("../../fixtures/function_scan_misestimate.json"), super::RULE.id, "wanted");
        assert!(found.advice.contains("alter function wanted rows 50000"), "{}", found.advice);
        silent(include_str!("../../fixtures/function_scan_misestimate.json"), "row_underestimate");
    }

    #[test]
    fn a_known_number_is_silent() {
        silent(include_str!("../../fixtures/shape_functions.json"), super::RULE.id);
    }
}
