//! `merge_join_rescan`: a merge join goes back over the same inner rows for each outer row with the same key.
//!
//! # When it fires
//!
//! The inner side gives 10,000 rows or more, more than twice what lies below it.
//!
//! # What to do
//!
//! Both sides hold many rows of the same key, so that the result is their product: join on what else tells the rows apart, or reduce one side (`exists`, `distinct`, an aggregate) first. A
//! hash join walks such keys faster: see why it was not chosen (`enable_hashjoin`, `work_mem`, estimates).
//!
//! # Traps
//!
//! A join that is meant to give all pairs costs this much whichever way it is done.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "merge_join_rescan",
    title: "Merge join reads its inner side again and again",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let inner = plan.inner(node).filter(|_| node.kind == "Merge Join")?;
    let source = plan.input(inner).filter(|_| inner.is(&["Materialize", "Sort", "Incremental Sort"]))?;
    let (given, held) = (inner.rows_out(), source.rows_out());
    if given < 10_000.0 || given <= 2.0 * held {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).plus(Saves::own(inner, plan)).times(1.0 - held / given),
        object: origin::tables(plan, inner),
        evidence: Evidence::default()
            .figure("inner_rows", held)
            .figure("read_rows", given)
            .text("merge_cond", node.text("Merge Cond").unwrap_or_default()),
        advice: format!(
            "{} inner rows are read {} times in all, since both sides repeat the key: join on more columns, or reduce one side first",
            count(held),
            count(given)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn keys_that_repeat_on_both_sides() {
        fires_in("merge_join_rescan", super::RULE.id, "a");
    }

    #[test]
    fn unique_keys_are_silent() {
        silent_in("sums_merge_join", super::RULE.id);
        silent_in("shape_merge_join", super::RULE.id);
    }
}
