//! The answer as an assistant reads it.

use pgwright_contract::{Page, units};

use super::{Output, Suggestion};
use crate::advice::Other;
use crate::drops::Drop;

/// Longest line of a name or a reason that comes from a database.
const LONGEST: usize = 400;

/// The answer in one line.
pub(super) fn verdict(output: &Output) -> String {
    let advised = output.unhelped.len() + helped(output);
    if advised == 0 {
        return match output.skipped.as_slice() {
            [] => {
                "nothing to advise on: no statement was counted yet; give statements, or try later".to_owned()
            }
            _ => "nothing to advise on: every statement was skipped".to_owned(),
        };
    }
    let totals = &output.totals;
    match output.suggestions.as_slice() {
        [] if output.unhelped.len() == 1 => {
            let reason = output.unhelped.first().map(|one| one.reason.as_str()).unwrap_or_default();
            format!("no index pays: {reason}")
        }
        [] => format!("no index pays for any of {} statements", output.unhelped.len()),
        [first, ..] => {
            let bytes: u64 = output.suggestions.iter().map(|one| one.size_bytes).sum();
            let label = first.confidence.as_str();
            format!(
                "{} {} ({} in all): cost {} → {} ({label}, {})",
                output.suggestions.len(),
                if output.suggestions.len() == 1 { "index pays" } else { "indexes pay" },
                units::bytes(bytes),
                units::count(totals.cost_before),
                units::count(totals.cost_after),
                change(totals.cost_before, totals.cost_after),
            )
        }
    }
}

fn helped(output: &Output) -> usize {
    let statements =
        output.suggestions.iter().flat_map(|one| &one.affected).map(|affected| affected.statement);
    statements.collect::<std::collections::BTreeSet<_>>().len()
}

/// A share where it says enough, a factor where it would round to all.
fn change(before: f64, after: f64) -> String {
    match before / after.max(f64::MIN_POSITIVE) {
        factor if factor >= 3.0 => format!("{} times less", units::count(factor.round())),
        _ if before > 0.0 => format!("{} less", units::percent((1.0 - after / before).max(0.0))),
        _ => "no less".to_owned(),
    }
}

pub(super) fn answer(page: &mut Page, output: &Output) {
    page.line(Page::data(&output.verdict, LONGEST));
    if output.cut_short {
        page.line("the search ended before everything was tried: ask about fewer statements to find more");
    }
    for (at, one) in output.suggestions.iter().enumerate() {
        page.block(&suggestion(one, at + 1));
    }
    let single = output.suggestions.is_empty() && output.unhelped.len() == 1;
    for one in output.unhelped.iter().filter(|_| !single) {
        page.line(format!("no index for statement {}: {}", one.statement, Page::data(&one.reason, LONGEST)));
    }
    for one in &output.drops {
        page.line(drop(one));
    }
    for one in &output.other_advice {
        page.line(other(one));
    }
    if let Some(note) = &output.note {
        page.line(Page::data(note, LONGEST));
    }
    for one in &output.not_recommended {
        page.line(format!("not suggested: {}: {}", Page::data(&one.ddl, LONGEST), one.reason));
    }
    for one in &output.skipped {
        page.line(format!("skipped statement {}: {}", one.statement, Page::data(&one.reason, LONGEST)));
    }
    if output.omitted > 0 {
        page.line(format!(
            "{} entries left out; ask with detail full, or about fewer statements, to see them",
            output.omitted
        ));
    }
    if !output.suggestions.is_empty() {
        page.line(
            "next: a person runs the DDL (it builds without blocking writes); then explain_query again",
        );
    }
}

pub(super) fn suggestion(one: &Suggestion, number: usize) -> String {
    let costs: Vec<String> = one
        .affected
        .iter()
        .map(|affected| {
            let times = match (affected.ms_before, affected.ms_after) {
                (Some(before), Some(after)) => {
                    format!(", {} → {}", units::milliseconds(before), units::milliseconds(after))
                }
                _ => String::new(),
            };
            format!(
                "statement {} cost {} → {}{times}",
                affected.statement,
                units::count(affected.cost_before),
                units::count(affected.cost_after)
            )
        })
        .collect();
    let (label, size) = (one.confidence.as_str(), units::bytes(one.size_bytes));
    let (build, wal) = (units::milliseconds(one.build_ms), one.wal_bytes_per_row);
    let built = one.built.as_ref().map_or_else(String::new, |built| {
        format!(
            "; built and taken back: {} in {}",
            units::bytes(built.size_bytes),
            units::milliseconds(built.ms)
        )
    });
    format!(
        "{number}. {};\n   {}; about {size}, built in about {build} while writes go on, {wal} B of WAL a row (modelled){built}\n   {label}: {}\n   undo: {};\n",
        Page::data(&one.ddl, LONGEST),
        Page::data(&one.reason, LONGEST),
        costs.join(", "),
        Page::data(&one.undo, LONGEST),
    )
}

pub(super) fn drop(one: &Drop) -> String {
    let (ddl, reason) = (Page::data(&one.ddl, LONGEST), Page::data(&one.reason, LONGEST));
    format!("can go: {ddl};  ({reason}, frees {})", units::bytes(one.size_bytes))
}

pub(super) fn other(one: &Other) -> String {
    let statements: Vec<String> = one.statements.iter().map(ToString::to_string).collect();
    let plural = if one.statements.len() == 1 { "" } else { "s" };
    format!(
        "also ({}, statement{plural} {}): {}",
        Page::data(&one.object, LONGEST),
        statements.join(", "),
        Page::data(&one.advice, LONGEST)
    )
}
