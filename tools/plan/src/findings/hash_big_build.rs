//! `hash_big_build`: a hash join puts many rows into its table and looks few up in it.
//!
//! # When it fires
//!
//! The hash holds 100,000 rows or more, ten times as many as the other side gives.
//!
//! # What to do
//!
//! The planner thought the other way round: mend the estimate of the hashed side, or of the small one where fewer rows came than
//! were expected (`analyze`, `create statistics`). With an index on the join column of the large side a nested loop reads only
//! what is asked for; the catalogue knows if there is one.
//!
//! # Traps
//!
//! An outer join in one direction and `not exists` may leave no choice before PostgreSQL 16 and 18, which hash either side.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "hash_big_build",
    title: "Hash is built of the larger side",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let hash = plan.inner(node).filter(|_| node.kind == "Hash Join")?;
    let (built, probed) = (plan.figures(hash).rows?, plan.figures(plan.input(node)?).rows?);
    if built < 100_000.0 || built < 10.0 * probed {
        return None;
    }
    let table = origin::tables(plan, hash);
    let expected = hash.estimate.rows * plan.figures(hash).divisor;
    let probing = plan.input(node)?;
    let thought = probing.estimate.rows * plan.figures(probing).divisor;
    let advice = if built >= 10.0 * expected {
        format!(
            "correct the estimate of {table}, {} rows (analyze, create statistics), or index its join column",
            count(expected)
        )
    } else if thought >= 10.0 * probed.max(1.0) {
        format!("it was planned for {} rows to look up: mend that estimate", count(thought))
    } else {
        look_up(node, hash, plan, facts, &table)
    };
    Some(Suspicion {
        saves: Saves::own(hash, plan),
        object: table,
        evidence: Evidence::default()
            .figure("hashed_rows", built)
            .figure("estimated_rows", expected)
            .figure("probing_rows", probed),
        advice: format!("hashes {} rows to look up {}: {advice}", count(built), count(probed)),
    })
}

/// How to find only what is asked for: by an index on the join column where one table is hashed.
fn look_up(node: &Node, hash: &Node, plan: &Plan, facts: &Facts, table: &str) -> String {
    let scan = plan.input(hash).filter(|scan| scan.table().is_some());
    let column = node.text("Hash Cond").map(Expr::read).and_then(|condition| {
        let columns = condition.columns().into_iter().cloned().collect::<Vec<_>>();
        columns.into_iter().find(|column| {
            scan.is_some_and(|scan| column.qualifier.as_deref() == scan.alias() && column.qualifier.is_some())
        })
    });
    let Some((scan, column)) = scan.zip(column) else {
        return String::from("look these up one by one: compare with set enable_hashjoin = off");
    };
    let made = facts.relation(scan).and_then(|known| known.index_on(std::slice::from_ref(&column.name)));
    match made {
        Some(index) => format!(
            "{} has {}, so a nested loop can read only what is asked for: compare with set enable_hashjoin = off",
            quote_identifier(&index.name),
            column.sql()
        ),
        None => {
            format!("with an index on {table} ({}) a nested loop reads only what is asked for", column.sql())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_side_that_was_thought_small() {
        fires_in("hash_big_build", super::RULE.id, "events");
    }

    #[test]
    fn the_small_side_hashed_is_silent() {
        silent_in("healthy_hash_join", super::RULE.id);
        silent_in("hash_spill", super::RULE.id);
    }
}
