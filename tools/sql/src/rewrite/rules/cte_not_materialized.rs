//! `cte_not_materialized`: a CTE that is written down as `MATERIALIZED` and read once becomes `NOT MATERIALIZED`.
//!
//! What filters the CTE from outside can then use the indexes of its tables. Until PostgreSQL 11 every CTE was kept, and the word
//! still preserves that.
//!
//! # When it is safe
//!
//! It is read once, calls nothing volatile, changes nothing, is not recursive, and nothing in the statement chooses or numbers
//! rows by an order that may change. Nothing is cast, divided or computed by a function: kept by itself, the CTE may be what
//! keeps such a step from the rows on which it fails.
//!
//! # Traps
//!
//! Read twice, it may be computed twice. A volatile function may give something else each time. A filter on what the CTE casts
//! may move below the condition that left out what cannot be cast.

use sqlparser::ast::{CteAsMaterialized, Query, SetExpr};

use crate::analysis::written;
use crate::rewrite::reading::Reading;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "cte_not_materialized", title: "A CTE read once is not kept", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    if !reading.is_steady() || reading.may_fail() {
        return Vec::new();
    }
    let ctes =
        reading.queries.iter().filter_map(|query| query.with.as_ref()).flat_map(|with| &with.cte_tables);
    let names: Vec<String> = ctes.clone().map(|cte| written(&cte.alias.name)).collect();
    let all = reading.source.words(reading.source.whole(), "materialized");
    let places = ctes.zip(&names).filter_map(|(cte, name)| {
        let kept = cte.materialized == Some(CteAsMaterialized::Materialized);
        let alone = names.iter().filter(|other| *other == name).count() == 1 && reading.references(name) == 1;
        let begins = reading.source.query(&cte.query)?.start;
        if !kept || !alone || !only_reads(&cte.query) {
            return None;
        }
        // `materialized (` and then the query.
        let bracket = reading.source.token_before(begins)?;
        let word = reading.source.token_before(bracket.start).filter(|word| all.contains(word))?;
        Some(Verdict::Safe {
            edits: vec![Edit::new(word, "NOT MATERIALIZED")],
            reason: "conditions from outside reach the tables of the CTE",
            precondition: format!("{name} is read once and calls nothing volatile"),
        })
    });
    places.collect()
}

fn only_reads(query: &Query) -> bool {
    matches!(query.body.as_ref(), SetExpr::Select(_) | SetExpr::SetOperation { .. } | SetExpr::Query(_))
}
