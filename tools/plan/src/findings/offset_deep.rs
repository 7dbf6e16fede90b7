//! `offset_deep`: many rows are produced only to be skipped by OFFSET.
//!
//! Fires when a Limit takes 1,000 rows and ten times what it keeps more from its input than it returns.

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::figure::count;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule { id: "offset_deep", title: "OFFSET skips many rows", needs: Needs::Analyze, silences: &[], check };

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let input = plan.input(node).filter(|_| node.kind == "Limit")?;
    let (read, kept) = (input.rows_out(), node.rows_out());
    if read < 1_000.0 + 10.0 * kept {
        return None;
    }
    let sort = plan.subtree(input).find(|below| below.is(&["Sort", "Incremental Sort"]));
    let key = match (sort, plan.subtree(input).find_map(Node::index)) {
        (Some(sort), _) => sort.list("Sort Key").join(", "),
        (None, Some(index)) => format!("the keys of {index}"),
        (None, None) => "a unique key".to_owned(),
    };
    Some(Suspicion {
        saves: Saves::whole(input, plan).times(1.0 - kept / read),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("read_rows", read).figure("kept_rows", kept),
        advice: format!("reads {} rows to return {}: remember the last row and go on with where ({key}) past it, order by {key} limit n", count(read), count(kept)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_far_page() {
        fires(include_str!("../../fixtures/offset_deep.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_first_page_is_silent() {
        silent(include_str!("../../fixtures/healthy_limit_by_index.json"), super::RULE.id);
    }
}
