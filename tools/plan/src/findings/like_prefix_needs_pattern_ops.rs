//! `like_prefix_needs_pattern_ops`: a pattern asks for what begins with something, and the index on the column is ordered by a language's rules.
//!
//! # When it fires
//!
//! `like 'abc%'` on a Seq Scan that keeps few rows, where a B-tree leads with the column and the collation is not C.
//!
//! # What to do
//!
//! An index with `text_pattern_ops` (`varchar_pattern_ops`, `bpchar_pattern_ops` by the type), or `collate "C"`. It finds equal values too, so that it may take the place of the old one unless that one sorts.
//!
//! # Traps
//!
//! Needs the catalogue. With collation C an index as it is finds a prefix. `ilike` needs an index on `lower(column)`, or a trigram index.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "like_prefix_needs_pattern_ops",
    title: "Index cannot find a prefix",
    needs: Needs::Estimates,
    silences: &[
        "seq_scan_low_yield",
        "row_overestimate",
        "row_underestimate",
        "stale_stats",
        "stats_missing",
    ],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter().filter(|_| node.kind == "Seq Scan")?;
    let table = facts.relation(node)?;
    let (column, index) = filter.conjuncts().into_iter().find_map(|part| {
        let column = index_advice::prefix_column(part)?;
        let known = table.columns.iter().find(|known| known.name == column.name)?;
        let led = table.indexes.iter().find(|index| {
            matches!(index.method.as_str(), "" | "btree")
                && index.predicate.is_none()
                && index.keys.first() == Some(&known.name)
        })?;
        (!known.c_collation && !led.special_class).then_some((column, &led.name))
    })?;
    let found = yields::low_or_costly(node, plan, facts)?;
    let sql = column.sql();
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{sql}", node.table()?),
        evidence: found.evidence().text("filter", node.text("Filter")?).text("index", index),
        advice: format!(
            "{}: {index} is ordered by its collation, which no prefix follows: {}",
            found.says(),
            index_advice::ddl(node, plan, &[format!("{sql} text_pattern_ops")])
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn an_index_by_language() {
        let finding = fires_in("like_prefix_needs_pattern_ops", super::RULE.id, "users.email");
        assert!(finding.advice.contains("on users (email text_pattern_ops)"), "{}", finding.advice);
    }

    #[test]
    fn without_any_index_it_is_a_plain_scan() {
        silent_in("like_prefix", super::RULE.id);
        silent_in("leading_wildcard_like", super::RULE.id);
    }
}
