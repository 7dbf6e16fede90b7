//! `leading_wildcard_like`: a pattern that begins with a wildcard reads the whole table.
//!
//! A B-tree finds what begins with something. `like '%text%'` asks for what contains it.
//!
//! # When it fires
//!
//! `like` and `ilike` with a leading `%` when the filter keeps few rows of a large scan; where only estimates are
//! known, by the cost of the scan.
//!
//! # What to do
//!
//! A trigram index (`create extension pg_trgm`, `gin (column gin_trgm_ops)`) serves both. If words are meant, full
//! text search is smaller and faster. If only the end is asked for, an index on `reverse(column)`.
//! Where another column is compared beside the pattern, an ordinary index on that one may do.
//!
//! # Traps
//!
//! Patterns of fewer than three characters have no trigram to look up. A trigram index is large and slows writes down.
//! A pattern without a leading wildcard (`like 'abc%'`) is another matter: an index with `text_pattern_ops` serves it.

use super::finding::{Saves, Suspicion};
use super::{FILTER_RULES, Needs, Rule, index_advice, yields};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "leading_wildcard_like",
    title: "Pattern begins with a wildcard",
    needs: Needs::Estimates,
    silences: FILTER_RULES,
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let column = filter.conjuncts().into_iter().find_map(|part| {
        let comparison = part.comparison().filter(|comparison| matches!(comparison.op, "~~" | "~~*"))?;
        let wild = comparison
            .right
            .parts()
            .into_iter()
            .any(|part| matches!(part, Expr::Constant(text) if text.starts_with("'%")));
        comparison.left.plain_column().filter(|_| wild)
    })?;
    let found = yields::low_or_costly(node, plan, facts)?;
    let sql = column.sql();
    let trigrams = format!(
        "create extension pg_trgm; {}",
        index_advice::ddl_using(node, plan, "gin ", &[format!("{sql} gin_trgm_ops")])
    );
    // Which of several conditions is the selective one, nobody measured.
    let beside = index_advice::key_columns(&filter, node, facts);
    let advice = if beside.is_empty() {
        trigrams
    } else {
        let plain = index_advice::ddl(node, plan, &index_advice::quoted(&beside));
        format!("{plain} if that condition alone keeps few; for the pattern {trigrams}")
    };
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{sql}", node.table()?),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {advice}", found.says()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn contains_reads_everything() {
        let json = include_str!("../../fixtures/leading_wildcard_like.json");
        assert!(fires(json, super::RULE.id, "users.email").advice.contains("gin (email gin_trgm_ops)"));
        silent(json, "seq_scan_low_yield");
    }

    #[test]
    fn a_prefix_is_another_matter() {
        silent(include_str!("../../fixtures/like_prefix.json"), super::RULE.id);
    }
}
