//! `function_on_column`: a filter compares a function of a column, so an index on the column cannot be used.
//!
//! An index on `email` is ordered by `email`, not by `lower(email)`. The same holds for `created_at::date = …`,
//! `date_trunc(…)`, and arithmetic such as `id + 1 = …`.
//!
//! # When it fires
//!
//! Such a filter keeps few rows of a large scan: measured as in `seq_scan_low_yield`, by the table's rows, or by the
//! mere cost of the scan where nothing else is known.
//!
//! # What to do
//!
//! Functions of time: compare the column itself with a range, `created_at >= start and created_at < end`. Arithmetic:
//! move it to the constant. A cast such as `id::text = '55'`: compare the column as it is, `id = 55`. Anything else:
//! index the expression.
//!
//! # Traps
//!
//! An expression index needs an immutable function: `date_trunc` or `::date` of a `timestamptz` depend on the
//! session's time zone and are refused. Silent for casts that only rename a text type (what a cast to text does shows
//! in the catalogue alone), for functions that compare two columns, and where the estimate shows that a plain equality
//! beside it is the selective condition: an index on that one comes first.

use pgwright_sql::quote_identifier;

use super::finding::{Saves, Suspicion};
use super::{FILTER_RULES, Needs, Rule, casts, index_advice, partition, yields};
use crate::condition::{ColumnRef, Comparison, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "function_on_column",
    title: "Function of a column hides it from indexes",
    needs: Needs::Estimates,
    silences: FILTER_RULES,
    check,
};

/// Functions of time that a range of the bare column replaces.
const OF_TIME: &[&str] = &["date_trunc", "date_part", "EXTRACT", "extract", "date", "timezone", "to_char"];

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let (comparison, column) = filter.conjuncts().into_iter().find_map(|part| wrapped(part, node, facts))?;
    let found = yields::low_or_costly(node, plan, facts)?;
    if yields::plain_part_is_selective(node, plan, facts, &found) {
        return None;
    }
    // Partitions have the same filter: the first that is read so speaks for all.
    let alike: Vec<&Node> = partition::members(node, plan)
        .into_iter()
        .filter(|member| member.kind == node.kind && yields::low_or_costly(member, plan, facts).is_some())
        .collect();
    let (first, others) = alike.split_first().filter(|(first, _)| first.id == node.id)?;
    Some(Suspicion {
        saves: others.iter().fold(Saves::own(first, plan), |sum, member| sum.plus(Saves::own(member, plan))),
        object: format!("{}.{}", node.table()?, column.sql()),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!(
            "{}{}: {}",
            found.says(),
            if found.measured { "" } else { " (a guess: the planner has no statistics of an expression)" },
            advice(&comparison, column, node, plan, facts)
        ),
    })
}

/// A comparison of something made from a column with something that is none.
fn wrapped<'a>(part: &'a Expr, node: &Node, facts: &Facts) -> Option<(Comparison<'a>, &'a ColumnRef)> {
    let comparison =
        part.comparison().filter(|comparison| comparison.is_equality() || comparison.is_range())?;
    let [column] = comparison.left.columns()[..] else { return None };
    let own = column.qualifier.as_deref().is_none_or(|alias| node.alias() == Some(alias));
    (own && comparison.right.is_constant() && hides(comparison.left, node, facts))
        .then_some((comparison, column))
}

fn hides(expr: &Expr, node: &Node, facts: &Facts) -> bool {
    match expr {
        Expr::Call { name, .. } => !matches!(name.as_str(), "random" | "clock_timestamp" | "ANY" | "ALL"),
        Expr::Binary { op, .. } => matches!(op.as_str(), "+" | "-" | "*" | "/" | "%" | "||" | "AT TIME ZONE"),
        Expr::Cast { inner, to } => match inner.as_ref() {
            _ if casts::converts(expr, node, facts) => true,
            Expr::Column(_) => to == "date" || to.starts_with("time"),
            inside => hides(inside, node, facts),
        },
        _ => false,
    }
}

fn advice(
    comparison: &Comparison<'_>,
    column: &ColumnRef,
    node: &Node,
    plan: &Plan,
    facts: &Facts,
) -> String {
    let sql = column.sql();
    let index = |keys: String| index_advice::ddl(node, plan, &[keys]);
    match comparison.left {
        Expr::Call { name, .. } if name == "COALESCE" => format!(
            "compare {sql} itself where the value is not the default, or index the expression: {}",
            index(index_advice::call_text(node, name).unwrap_or_default())
        ),
        Expr::Call { name, .. } if !OF_TIME.contains(&name.as_str()) => {
            format!(
                "index the expression: {}",
                index(index_advice::call_text(node, name).unwrap_or_else(|| format!("{name}({sql})")))
            )
        }
        // What a remainder leaves out cannot be put on the other side.
        Expr::Binary { op, right, .. } if op == "%" => {
            let literal = right.literal().map_or("…", |text| text.trim_matches('\''));
            let divisor = right.literal().filter(|_| literal.parse::<f64>().is_err()).unwrap_or(literal);
            format!("index the expression: {}", index(format!("({sql} % {divisor})")))
        }
        Expr::Binary { op, .. } if op != "AT TIME ZONE" => format!(
            "move the arithmetic to the constant so that {sql} stands alone, with {}",
            index(sql.clone())
        ),
        Expr::Cast { inner, .. } if matches!(inner.as_ref(), Expr::Call { .. }) => {
            format!("index the expression, or compare {sql} itself with {}", index(sql.clone()))
        }
        Expr::Cast { to, .. } if !of_time(to) => uncast(comparison, to, column, node, plan, facts),
        _ => format!(
            "compare {sql} itself with a range, {sql} >= start and {sql} < end, and {}",
            index(sql.clone())
        ),
    }
}

fn of_time(type_name: &str) -> bool {
    matches!(casts::head(type_name), "date" | "time" | "timestamp")
}

/// What to write instead of `id::text = '55'`, and the index that it then uses.
fn uncast(
    comparison: &Comparison<'_>,
    to: &str,
    column: &ColumnRef,
    node: &Node,
    plan: &Plan,
    facts: &Facts,
) -> String {
    let sql = column.sql();
    let table = facts.relation(node);
    let known = table.and_then(|table| table.type_of(&column.name));
    let value = comparison.right.literal().filter(|_| comparison.op == "=");
    let instead = match (value, known) {
        (Some(value), Some(known)) if casts::NUMBERS.contains(&casts::head(known)) => {
            let bare = value.trim_matches('\'');
            bare.parse::<f64>()
                .map_or_else(|_| format!("compare {sql} itself"), |_| format!("compare {sql} = {bare}"))
        }
        (Some(value), Some(_)) => format!("compare {sql} = {value}"),
        _ => format!("compare {sql} itself with values of its own type"),
    };
    let index = match table.and_then(|table| table.index_on(std::slice::from_ref(&column.name))) {
        Some(index) => format!("so that {} is used", quote_identifier(&index.name)),
        None => format!("with {}", index_advice::ddl(node, plan, std::slice::from_ref(&sql))),
    };
    let unless = known
        .filter(|known| casts::user_made(known))
        .map_or_else(String::new, |known| format!(" (unless {known} is a domain over a text)"));
    format!("the cast {sql}::{to} keeps an index on {sql} from being used{unless}: {instead}, {index}")
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires, fires_knowing, silent};
    use crate::facts::{Column, Facts, Index, Relation};

    #[test]
    fn a_lowered_text() {
        let json = include_str!("../../fixtures/function_on_column_lower.json");
        assert!(fires(json, super::RULE.id, "users.email").advice.contains("on users (lower(email))"));
        silent(json, "seq_scan_low_yield");
        silent(json, "row_underestimate");
    }

    #[test]
    fn a_verbose_plan_gives_the_same_ddl() {
        let json = include_str!("../../fixtures/function_on_column_verbose.json");
        let finding = fires(json, super::RULE.id, "public.users.email");
        assert!(
            finding.advice.ends_with("create index concurrently on public.users (lower(email))"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn a_timestamp_cast_to_a_date() {
        let finding = fires(
            include_str!("../../fixtures/function_on_column_date.json"),
            super::RULE.id,
            "orders.created_at",
        );
        assert!(finding.advice.contains("created_at >= start and created_at < end"), "{}", finding.advice);
    }

    #[test]
    fn estimates_are_enough_on_a_costly_scan() {
        let finding = fires(
            include_str!("../../fixtures/function_on_column_estimated.json"),
            super::RULE.id,
            "orders.id",
        );
        assert_eq!((finding.basis, finding.severity), (crate::Basis::Estimated, crate::Severity::Medium));
    }

    #[test]
    fn a_varchar_compared_as_text_is_silent() {
        silent(include_str!("../../fixtures/varchar_filter.json"), super::RULE.id);
    }

    /// A table whose key has this type, with its index.
    fn keyed(type_name: &str) -> Facts {
        let orders = Relation {
            name: "orders".into(),
            rows: Some(100_000.0),
            columns: vec![Column { name: "id".into(), type_name: type_name.into(), ..Column::default() }],
            indexes: vec![Index { name: "orders_pkey".into(), keys: vec!["id".into()], ..Index::default() }],
            ..Relation::default()
        };
        Facts { relations: vec![orders], ..Facts::default() }
    }

    const CAST: &str = include_str!("../../fixtures/cast_of_key.json");

    #[test]
    fn a_key_cast_to_text_is_compared_as_it_is() {
        let finding = fires_knowing(CAST, &keyed("integer"), super::RULE.id, "orders.id");
        let wanted = "the cast id::text keeps an index on id from being used: compare id = 55, so that orders_pkey is used";
        assert!(finding.advice.ends_with(wanted), "{}", finding.advice);
        let all = findings(CAST, &keyed("integer"));
        assert!(all.iter().all(|finding| !finding.advice.contains("set statistics")), "{all:#?}");
        assert!(all.iter().all(|finding| finding.id != "seq_scan_low_yield"), "{all:#?}");
    }

    #[test]
    fn an_enum_is_told_from_a_domain_by_the_reader() {
        let finding = fires_knowing(CAST, &keyed("state"), super::RULE.id, "orders.id");
        let wanted = "(unless state is a domain over a text): compare id = '55', so that orders_pkey is used";
        assert!(finding.advice.ends_with(wanted), "{}", finding.advice);
    }

    #[test]
    fn a_cast_that_only_renames_is_silent() {
        for type_name in ["text", "character varying(20)"] {
            let all = findings(CAST, &keyed(type_name));
            assert!(all.iter().all(|finding| finding.id != super::RULE.id), "{all:#?}");
        }
    }

    /// Which of two conditions is the selective one shows in the estimate.
    #[test]
    fn a_selective_equality_beside_it_comes_first() {
        let json = include_str!("../../fixtures/function_beside_equality.json");
        silent(json, super::RULE.id);
        let finding = fires(json, "seq_scan_low_yield", "users");
        assert!(finding.advice.ends_with("create index concurrently on users (email)"), "{}", finding.advice);
        let json = include_str!("../../fixtures/function_beside_flag.json");
        assert!(fires(json, super::RULE.id, "users.email").advice.contains("(lower(email))"));
    }
}
