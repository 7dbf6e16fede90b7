//! `recursive_many_iterations`: a recursive query goes round a thousand times or more.
//!
//! # When it fires
//!
//! The work table of a recursion is scanned 1,000 times or more.
//!
//! # What to do
//!
//! Bound the depth (`where depth < 100`), use `union` instead of `union all` where paths meet again, detect cycles (`cycle id set is_cycle using path`), and index the column that each
//! round looks up. For a mere series of numbers `generate_series` needs no recursion.
//!
//! # Traps
//!
//! A chain that is that long needs its rounds; then the price of one round is what counts.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "recursive_many_iterations",
    title: "Recursion goes round very often",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let rounds = node.loops();
    if node.kind != "WorkTable Scan" || rounds < 1_000.0 {
        return None;
    }
    let recursion = plan.ancestors(node).find(|above| above.kind == "Recursive Union")?;
    let name = node.text("CTE Name").unwrap_or("the recursion").to_owned();
    Some(Suspicion {
        saves: Saves::whole(recursion, plan),
        evidence: Evidence::default()
            .figure("rounds", rounds)
            .figure("rows", plan.figures(recursion).rows.unwrap_or(0.0)),
        advice: format!(
            "goes round {} times: bound its depth, look for cycles (cycle … set …), or index what each round looks up",
            count(rounds)
        ),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_long_chain() {
        fires(include_str!("../../fixtures/recursive_many_iterations.json"), super::RULE.id, "chain");
    }

    #[test]
    fn fifty_rounds_are_silent() {
        silent(include_str!("../../fixtures/shape_recursive.json"), super::RULE.id);
    }
}
