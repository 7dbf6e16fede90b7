//! `nl_many_loops`: a nested loop looks its inner side up ten thousand times or more, and that is where the time goes.
//!
//! A look-up through an index is cheap, a hundred thousand of them are not: a hash join reads the inner table once.
//!
//! # When it fires
//!
//! Loop and look-ups take 30 % of the time and the planner did not choose it knowingly: the outer side was
//! underestimated by five times or more, or hash or merge joins are switched off. Otherwise it only informs.
//!
//! # What to do
//!
//! Mend the estimate of the outer side (`analyze`, extended statistics) or switch the join method on again.
//!
//! # Traps
//!
//! Many look-ups in a large table may well be the best plan: compare with `set enable_nestloop = off` before you
//! change anything. Under a LIMIT a nested loop gives its first rows at once. An inner sequential scan is
//! `nl_inner_seqscan`.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Severity, Suspicion};
use super::{Needs, Rule, origin, remedy};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "nl_many_loops",
    title: "Nested loop over many rows",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

const MANY_LOOPS: f64 = 10_000.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let inner = plan
        .inner(node)
        .filter(|inner| node.kind == "Nested Loop" && !inner.is(&["Seq Scan", "Materialize"]))?;
    let outer = plan.input(node)?;
    let saves = Saves::own(node, plan).plus(Saves::whole(inner, plan));
    let whole = plan.run_ms().unwrap_or_else(|| plan.root().estimate.total_cost);
    if inner.loops() < MANY_LOOPS || saves.amount < 0.3 * whole {
        return None;
    }
    let processes = plan.figures(outer).divisor;
    let (expected, loops) = (outer.estimate.rows * processes, inner.loops());
    let off = ["enable_hashjoin", "enable_mergejoin"].into_iter().find(|name| {
        let known = facts.settings.get(*name).map(String::as_str).or(plan.setting(name));
        known == Some("off")
    });
    let looked_up = plan.subtree(inner).find_map(Node::table).unwrap_or_else(|| origin::tables(plan, inner));
    let (at_most, cause) = match off {
        Some(setting) => {
            (Severity::High, format!("set {setting} = on, so that it can be joined in one pass"))
        }
        None if loops >= 5.0 * expected => (
            Severity::High,
            format!(
                "planned for {} outer rows: mend that estimate{}, then a hash join pays",
                count(expected),
                statistics_of(outer, plan, facts)
            ),
        ),
        None => (
            Severity::Info,
            String::from("the planner expected that many; compare with set enable_nestloop = off"),
        ),
    };
    Some(Suspicion {
        saves: saves.at_most(at_most),
        evidence: Evidence::default().figure("loops", loops).figure("estimated_outer_rows", expected),
        advice: format!("{looked_up} is looked up {} times: {cause}", count(loops)),
        object: looked_up,
    })
}

/// What can be analysed below the outer side: its tables, neither functions nor CTEs.
fn statistics_of(outer: &Node, plan: &Plan, facts: &Facts) -> String {
    let tables = plan.subtree(outer).any(|below| below.relation().is_some());
    let others = plan.subtree(outer).any(|below| below.kind.ends_with(" Scan") && below.relation().is_none());
    let analyze = remedy::analyze(outer, plan, facts).filter(|_| tables && !others);
    analyze.map_or_else(String::new, |analyze| format!(" ({analyze})"))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires};
    use crate::Severity;

    #[test]
    fn hash_joins_switched_off() {
        let finding = fires(include_str!("../../fixtures/nl_many_loops.json"), super::RULE.id, "customers");
        assert!(finding.advice.contains("set enable_hashjoin = on"), "{}", finding.advice);
        assert!(finding.severity > Severity::Info);
    }

    #[test]
    fn an_underestimated_outer_side() {
        let finding =
            fires(include_str!("../../fixtures/nl_underestimated_outer.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("analyze places"), "{}", finding.advice);
    }

    #[test]
    fn a_few_thousand_look_ups_are_right() {
        let found =
            findings(include_str!("../../fixtures/healthy_nested_loop.json"), &crate::Facts::default());
        assert!(found.iter().all(|finding| finding.id != super::RULE.id));
    }
}
