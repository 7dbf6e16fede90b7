//! The compact text: the verdict, what was tried, the tree, what else there is to do, and the next call.

use pgwright_contract::units::{count, milliseconds};
use pgwright_contract::{Budget, Page};
use pgwright_plan::{Finding, Severity, tree};
use serde_json::json;

use super::{Compared, Drawn, Judged, Output, Tried};
use crate::history::PlanChange;
use crate::trial::Trial;

/// Longer statements are not repeated in the next step.
const LONGEST_CALL: usize = 300;
/// Changes since an earlier plan in one line.
const MOST_CHANGES: usize = 3;

/// Of the whole answer, what each part may take; the tree has all that they leave.
const ADVICE_SHARE: f64 = 0.3;
const REWRITES_SHARE: f64 = 0.3;
/// Figures and names of plans run to 2.5 characters a token.
const CHARACTERS_PER_TOKEN: f64 = 2.4;

/// Keeps what fits: findings and rewrites within their shares, then as much of the tree as there is room for.
pub(super) fn fit(output: &mut Output, budget: &Budget) {
    let whole = matches!(output.drawn, Drawn::Later { whole: true, .. });
    // Who asks for every node gets as much as an answer may have at most.
    let budget = if whole { Budget::tokens(usize::MAX) } else { *budget };
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let share = |share: f64| (budget.in_tokens() as f64 * CHARACTERS_PER_TOKEN * share) as usize;
    output.omitted_findings += keep(&mut output.findings, share(ADVICE_SHARE), finding);
    output.omitted_rewrites += keep(&mut output.rewrites, share(REWRITES_SHARE), ToString::to_string);
    keep(&mut output.other, share(0.1), Clone::clone);
    let drawn = std::mem::replace(&mut output.drawn, Drawn::No);
    let Drawn::Later { plan, whole } = drawn else { return };
    let mut page = Page::default();
    render(output, &mut page);
    let left = share(1.0).saturating_sub(page.into_text().chars().count());
    let findings: Vec<Finding> = output.findings.iter().map(|judged| judged.finding.clone()).collect();
    let text = if whole { tree::render_whole(&plan, &findings) } else { String::new() };
    output.drawn = Drawn::Tree(match text.chars().count() {
        1.. if text.chars().count() <= left => text,
        _ => tree::render_within(&plan, &findings, left),
    });
}

/// Keeps the leading ones whose texts fit, at least one, and counts the others.
fn keep<T>(items: &mut Vec<T>, characters: usize, text: impl Fn(&T) -> String) -> u32 {
    let mut used = 0;
    let fitting = items.iter().take_while(|item| {
        used += text(item).chars().count();
        used <= characters
    });
    let kept = fitting.count().max(1).min(items.len());
    let omitted = items.len() - kept;
    items.truncate(kept);
    u32::try_from(omitted).unwrap_or(u32::MAX)
}

/// One finding in one line.
fn finding(Judged { finding, tried }: &Judged) -> String {
    format!("{}@{}: {}{}", finding.id, finding.node, finding.advice, said(tried))
}

pub(super) fn render(output: &Output, page: &mut Page) {
    page.line(verdict(output));
    if let Some(counted) = &output.recorded {
        #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
        let calls = count(counted.calls as f64);
        page.line(format!(
            "the server counted {} = {calls} × {} (max {})",
            milliseconds(counted.total_ms),
            milliseconds(counted.mean_ms),
            milliseconds(counted.max_ms),
        ));
    }
    if let Some(tried) = &output.settings {
        settings(tried, page);
    }
    if let Some(change) = &output.history {
        history(change, page);
    }
    if let Some(reason) = &output.history_error {
        page.line(format!("history not kept: {}", Page::data(reason, 300)));
    }
    if let Some(compared) = &output.comparison {
        comparison(compared, page);
    }
    if let Drawn::Tree(tree) = &output.drawn {
        page.block(tree);
    }
    // The verdict has said the first one already.
    for judged in output.findings.iter().skip(1) {
        page.line(finding(judged));
    }
    if output.omitted_findings > 0 {
        page.line(format!("({} lesser findings left out)", output.omitted_findings));
    }
    for rewrite in &output.rewrites {
        page.line(rewrite.to_string());
    }
    if output.omitted_rewrites > 0 {
        page.line(format!("({} lesser rewrites left out)", output.omitted_rewrites));
    }
    for other in &output.other {
        page.line(other);
    }
    if output.findings.iter().any(is_unproven_index) {
        page.line("Index advice here is not yet proven.");
    }
    if let Some(next) = &output.next {
        page.line(format!("next: {next}"));
    }
}

fn verdict(output: &Output) -> String {
    let first = output.findings.first().filter(|judged| judged.finding.severity > Severity::Info);
    format!("{}{}", output.verdict, first.map(|judged| said(&judged.tried)).unwrap_or_default())
}

/// ` (estimated −93 % cost …)`, or each change with its own.
fn said(tried: &[Trial]) -> String {
    match tried {
        [] => String::new(),
        [one] => format!(" ({})", one.said()),
        several => {
            let each: Vec<String> =
                several.iter().map(|trial| format!("{} {}", trial.what(), trial.said())).collect();
            format!(" ({})", each.join("; "))
        }
    }
}

fn settings(tried: &Tried, page: &mut Page) {
    page.line(format!("{}: {}", tried.trial.change, tried.trial.said()));
    for change in &tried.changes {
        page.line(format!(" {change}"));
    }
}

/// `this plan changed on 2026-11-20 10:12 UTC: orders: Index Scan via orders_day → Seq Scan; estimated cost 12 → 4310`.
fn history(change: &PlanChange, page: &mut Page) {
    let day = change.changed_at.replace('T', " ");
    let day = day.get(..16).unwrap_or(&day);
    let mut changes: Vec<String> =
        change.changes.iter().take(MOST_CHANGES).map(ToString::to_string).collect();
    if change.changes.len() > MOST_CHANGES {
        changes.push(format!("{} more changes", change.changes.len() - MOST_CHANGES));
    }
    let changes = if changes.is_empty() { String::new() } else { format!("{}; ", changes.join("; ")) };
    page.line(format!(
        "this plan changed on {day} UTC: {changes}estimated cost {} → {}",
        count(change.cost_before),
        count(change.cost_after)
    ));
}

fn comparison(compared: &Compared, page: &mut Page) {
    page.line(format!("compare_to: {}", compared.plans.verdict()));
    for change in &compared.plans.changes {
        page.line(format!(" {change}"));
    }
    match compared.same_columns {
        Some(true) => page.line(" the same columns; equal rows are not proven by that"),
        Some(false) => page.line(" other columns: the two do not give the same result"),
        None => {}
    }
}

fn is_unproven_index(judged: &Judged) -> bool {
    judged.finding.advice.contains("create index") && !judged.tried.iter().any(Trial::is_of_index)
}

/// The call to make next, as it can be sent; none where there is nothing to mend.
pub(super) fn next(output: &Output, sql: &str) -> Option<String> {
    if !output.findings.iter().any(|judged| judged.finding.advice.contains("create index")) {
        return None;
    }
    Some(match sql.chars().count() > LONGEST_CALL {
        true => "suggest_index with this statement".to_owned(),
        false => format!("suggest_index {}", json!({ "statements": [{ "sql": sql }] })),
    })
}
