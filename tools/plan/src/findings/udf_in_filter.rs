//! `udf_in_filter`: a filter calls a function that somebody wrote, once for each row.
//!
//! # When it fires
//!
//! A function outside `pg_catalog` in a filter over 100 rows or more.
//!
//! # What to do
//!
//! A function in language `sql` of one expression, stable or immutable, is inlined and vanishes. Otherwise join what it looks up, compare columns first so that fewer rows
//! reach it (`alter function … cost 1000` has it called last), and declare what it promises: `immutable` lets an index hold its results.
//!
//! # Traps
//!
//! The catalogue says language and volatility; without it only a condition that is nothing but a call is judged. Inlined functions appear in no plan. An immutable function compared with a constant is for `function_on_column`: an index can hold it.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "udf_in_filter",
    title: "Own function is called for each row",
    needs: Needs::Estimates,
    silences: &["function_on_column", "row_overestimate", "row_underestimate"],
    check,
};

use crate::condition::Expr;
use crate::facts::{Function, Volatility};
use pgwright_sql::guard::builtin::{Standing, by_name};

const MANY: f64 = 100.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let mut filters = node.expressions().filter(|(key, _)| matches!(*key, "Filter" | "Join Filter"));
    let (text, function) = filters.find_map(|(_, text)| {
        let filter = Expr::read(text);
        Some((text, called(&filter, facts).cloned().or_else(|| foreign(&filter, facts))?))
    })?;
    let calls = match plan.figures(node).rows {
        Some(kept) => kept + node.rows_removed("Filter") + node.rows_removed("Join Filter"),
        None => facts.relation(node).and_then(|table| table.rows).unwrap_or(node.estimate.rows),
    };
    if calls < MANY {
        return None;
    }
    let name = quote_identifier(&function.name);
    let said = match function.language.as_str() {
        "" => String::from("none of PostgreSQL's own"),
        language => format!("{language}, {}", function.volatility),
    };
    let seen = Evidence::default().figure("called_rows", calls).text("filter", text);
    Some(Suspicion {
        saves: Saves::own(node, plan),
        evidence: match function.language.as_str() {
            "" => seen,
            language => seen.text("language", language).text("volatility", &function.volatility.to_string()),
        },
        advice: format!("{name} ({said}) is called for each of {} rows: {}", count(calls), advice(&function)),
        object: name,
    })
}

/// The first function of somebody's own that is called, unless an index could hold what it gives.
fn called<'a>(filter: &Expr, facts: &'a Facts) -> Option<&'a Function> {
    filter.conjuncts().into_iter().find_map(|part| {
        let own = part.parts().into_iter().find_map(|part| match part {
            Expr::Call { name, .. } => facts.function(name),
            _ => None,
        })?;
        let held = own.volatility == Volatility::Immutable
            && part.comparison().is_some_and(|comparison| comparison.right.is_constant());
        (!held).then_some(own)
    })
}

/// A condition that is nothing but a call of something that is not built in, where no catalogue is at hand.
fn foreign(filter: &Expr, facts: &Facts) -> Option<Function> {
    let own = |name: &str| {
        // Syntax that looks like a call is printed in capitals.
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        name.chars().all(plain) && by_name(name) == Standing::Foreign
    };
    filter.conjuncts().into_iter().filter(|_| facts.statement.is_none()).find_map(|part| match part {
        Expr::Call { name, .. } if own(name) && !facts.functions.iter().any(|known| known.name == *name) => {
            Some(Function { name: name.clone(), ..Function::default() })
        }
        _ => None,
    })
}

fn advice(function: &Function) -> &'static str {
    match (function.language.as_str(), function.volatility) {
        ("sql", Volatility::Volatile) => {
            "if it only reads, declare it stable (immutable where its arguments decide alone), so that it is inlined"
        }
        ("sql", _) => "make it one plain expression, so that it is inlined, or join what it looks up",
        (_, Volatility::Volatile) => {
            "write it as an expression of sql or join what it looks up; if its arguments decide alone, declare it immutable and index it"
        }
        _ => "write it as an expression of sql or join what it looks up, and filter by columns first",
    }
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_function_in_plpgsql() {
        let finding = fires_in("udf_in_filter", super::RULE.id, "is_large");
        assert!(
            finding.advice.contains("(plpgsql, volatile) is called for each of 20k rows"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn functions_of_postgresql_are_silent() {
        silent_in("function_on_column_lower", super::RULE.id);
        silent_in("udf_immutable", super::RULE.id);
    }
}
