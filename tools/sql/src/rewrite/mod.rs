//! Statements written in another way that costs less and gives the same rows: offered as text, a rule a file.
//!
//! ```text
//!   sql ── guard's caps ─▶ sqlparser's tree ─▶ rules ──▶ edits of the text ─▶ parsed again ─▶ Offer
//!                              facts, proven elsewhere ──┘      └──▶ Missing: would help, is not safe
//! ```
//!
//! A rule looks at the tree and at [`Facts`], never at a database. It offers only what gives the same rows, as a multiset, on
//! every database of which the facts are true; what it does not understand it leaves alone. Only the touched parts of the text
//! change. Whether an offer is cheaper is for the planner to say.

mod facts;
mod literal;
mod reading;
mod rules;
mod scope;
mod source;

use std::collections::BTreeSet;

use sqlparser::{ast::Statement, dialect::PostgreSqlDialect, parser::Parser};

pub use facts::{Column, Facts, ForeignKey, Function, Relation};
pub use rules::RULES;

use self::literal::{Day, Unit};
use self::reading::Reading;
use self::source::Edit;
use crate::analysis::AnalysisError;
use crate::guard::bounded;
use crate::stack::{StackError, on_large_stack};

/// Nesting that the guard's caps let through never reaches it.
const RECURSION_LIMIT: usize = 2_000;

/// One way of writing a statement anew.
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    check: fn(&Reading<'_>) -> Vec<Verdict>,
}

/// A statement written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The rule's id.
    pub rule: &'static str,
    /// The whole statement, rewritten.
    pub sql: String,
    /// Why it may cost less.
    pub reason: String,
    /// What makes it safe, and was proven.
    pub precondition: String,
}

/// A rule that would apply if something were so that is not known to be so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The rule's id.
    pub rule: &'static str,
    /// What it would do.
    pub reason: String,
    /// What is not so, or not known.
    pub missing_precondition: String,
}

/// What the rules say of one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// Safe rewrites, one a rule.
    pub offers: Vec<Offer>,
    /// What would need more than is known.
    pub missing: Vec<Missing>,
}

/// What a rule says of one place.
enum Verdict {
    Safe { edits: Vec<Edit>, reason: &'static str, precondition: String },
    Lacking { reason: &'static str, missing: String },
}

/// What the rules say of a statement. One that they may not touch gets nothing.
pub fn judge(sql: &str, facts: &Facts) -> Result<Judged, AnalysisError> {
    let sql = bounded(sql)?.sql;
    on_stack(|| {
        let statement = parse(sql)?;
        let Some(reading) = Reading::of(sql, &statement, facts).filter(Reading::is_repeatable) else {
            return Ok(Judged::default());
        };
        let mut judged = Judged::default();
        for rule in RULES {
            apply(rule, &reading, &mut judged);
        }
        judged.missing.sort();
        judged.missing.dedup();
        Ok(judged)
    })
}

/// The days whose local midnights the rules would like to be sure of: those in the text, and with which the next day, month,
/// quarter or year begins.
pub fn midnights(sql: &str) -> Result<BTreeSet<String>, AnalysisError> {
    let sql = bounded(sql)?.sql;
    on_stack(|| {
        let statement = parse(sql)?;
        let mut days = BTreeSet::new();
        let _ = sqlparser::ast::visit_expressions(&statement, |expr| {
            days.extend(Day::of(expr).or_else(|| literal::integer(expr).and_then(Day::first_of)));
            std::ops::ControlFlow::<()>::Continue(())
        });
        let next =
            |day: &Day| [Unit::Day, Unit::Month, Unit::Quarter, Unit::Year].map(|unit| day.after(unit));
        Ok(days
            .iter()
            .flat_map(|day| next(day).into_iter().chain([*day]))
            .map(|day| day.to_string())
            .collect())
    })
}

fn on_stack<T: Send>(work: impl FnOnce() -> Result<T, AnalysisError> + Send) -> Result<T, AnalysisError> {
    on_large_stack(work).unwrap_or_else(|failed: StackError| match failed {
        StackError::Spawn(_) | StackError::Panicked => Err(AnalysisError::Failed),
    })
}

fn parse(sql: &str) -> Result<Statement, AnalysisError> {
    let syntax = |error: sqlparser::parser::ParserError| AnalysisError::Syntax(error.to_string());
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(RECURSION_LIMIT)
        .try_with_sql(sql)
        .map_err(syntax)?;
    let mut statements = parser.parse_statements().map_err(syntax)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => Err(AnalysisError::Kind),
    }
}

/// All places of one rule make one offer, as far as they do not meet.
fn apply(rule: &Rule, reading: &Reading<'_>, judged: &mut Judged) {
    let mut done: Vec<Edit> = Vec::new();
    let (mut reasons, mut preconditions) = (Vec::new(), Vec::new());
    for verdict in (rule.check)(reading) {
        match verdict {
            Verdict::Safe { edits, reason, precondition } => {
                let together: Vec<Edit> = done.iter().cloned().chain(edits).collect();
                if reading.source.edited(&together).is_none_or(|sql| parse(&sql).is_err()) {
                    continue;
                }
                done = together;
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
                if !preconditions.contains(&precondition) {
                    preconditions.push(precondition);
                }
            }
            Verdict::Lacking { reason, missing } => judged.missing.push(Missing {
                rule: rule.id,
                reason: reason.to_owned(),
                missing_precondition: missing,
            }),
        }
    }
    let Some(sql) = reading.source.edited(&done).filter(|_| !done.is_empty()) else { return };
    judged.offers.push(Offer {
        rule: rule.id,
        sql,
        reason: reasons.join("; "),
        precondition: preconditions.join("; "),
    });
}
