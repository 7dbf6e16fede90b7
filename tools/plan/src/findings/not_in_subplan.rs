//! `not_in_subplan`: NOT IN reads the subquery's rows again for each row, because they do not fit into a hash table.
//!
//! `not in (select …)` cannot be turned into a join, since one null in the subquery makes the answer null for all.
//! Below `work_mem` it is hashed and fast; above, each row searches the whole list, and the time grows with the
//! product.
//!
//! # When it fires
//!
//! A negated sub-plan that is materialized and not hashed, from 100 loops and 20 % of the time on.
//!
//! # What to do
//!
//! Write `not exists (select … where inner.key = outer.key)`, which is joined. Or raise `work_mem` so that the list is
//! hashed.
//!
//! # Traps
//!
//! The two differ where either side can be null: `not in` yields no rows at all as soon as the subquery yields a null.
//! Make sure that the columns are `not null`, or that this is what was meant. An estimate just below `work_mem` can
//! tip over as the table grows.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::arithmetic::cost::is_hashed;
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "not_in_subplan",
    title: "NOT IN reads its subquery for each row",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let owner = plan.parent(node).filter(|_| node.role == Role::SubPlan && node.kind == "Materialize")?;
    let filter = owner.filter()?;
    let mut negated = filter.parts().into_iter().filter(|part| matches!(part, Expr::Not(_)));
    if !negated.any(|part| part.parts().iter().any(|part| matches!(part, Expr::SubPlan { .. }))) {
        return None;
    }
    let loops = if plan.analyzed() { node.loops() } else { owner.estimate.rows };
    let saves = Saves::whole(node, plan).plus(Saves::own(owner, plan));
    let whole = if plan.timed() { plan.run_ms()? } else { plan.root().estimate.total_cost };
    if loops < 100.0 || saves.amount < 0.2 * whole || is_hashed(owner, node) {
        return None;
    }
    let object = origin::tables(plan, node);
    let key = if plan.analyzed() { "loops" } else { "estimated_loops" };
    Some(Suspicion {
        saves,
        evidence: Evidence::default()
            .figure(key, loops)
            .figure("estimated_subquery_rows", node.estimate.rows),
        advice: format!(
            "{object} is searched {} times: write not exists (select … where {object}.key = outer.key) if neither side can be null, or raise work_mem so that it is hashed",
            count(loops)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn too_large_to_be_hashed() {
        let json = include_str!("../../fixtures/not_in_subplan.json");
        fires(json, super::RULE.id, "blocked");
        silent(json, "correlated_subplan");
    }

    #[test]
    fn estimates_are_enough() {
        fires(include_str!("../../fixtures/not_in_subplan_estimated.json"), super::RULE.id, "blocked");
    }

    #[test]
    fn hashed_is_silent() {
        silent(include_str!("../../fixtures/hashed_subplan.json"), super::RULE.id);
    }
}
