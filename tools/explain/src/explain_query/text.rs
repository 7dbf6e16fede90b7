//! The compact text: the verdict, what was tried, the tree, what else there is to do, and the next call.

use pgwright_contract::units::{count, milliseconds};
use pgwright_contract::{Budget, Page};
use pgwright_plan::Severity;
use serde_json::json;

use super::{Compared, Judged, Output, Tried};

/// Longer statements are not repeated in the next step.
const LONGEST_CALL: usize = 300;

/// Tree, advice and rewrites share the text: the tree gives way.
pub(super) fn fit(output: &mut Output, budget: &Budget) {
    let advice: usize = output.findings.iter().map(|judged| judged.finding.advice.len()).sum();
    let rewrites: usize = output.rewrites.iter().map(|rewrite| rewrite.to_string().len()).sum();
    let left = budget.characters().saturating_sub(advice + rewrites).max(budget.characters() / 2);
    if output.tree.chars().count() > left {
        output.tree = output.tree.chars().take(left).collect();
        output.tree.push_str("\n(cut; the linked resource holds the whole plan)");
    }
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
    if let Some(compared) = &output.comparison {
        comparison(compared, page);
    }
    if !output.tree.is_empty() {
        page.block(&output.tree);
    }
    // The verdict has said the first one already.
    for Judged { finding, tried } in output.findings.iter().skip(1) {
        let tried = tried.as_ref().map(|trial| format!(" ({})", trial.said())).unwrap_or_default();
        page.line(format!("{}@{}: {}{tried}", finding.id, finding.node, finding.advice));
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
    match first.and_then(|judged| judged.tried.as_ref()) {
        Some(trial) => format!("{} ({})", output.verdict, trial.said()),
        None => output.verdict.clone(),
    }
}

fn settings(tried: &Tried, page: &mut Page) {
    page.line(format!("{}: {}", tried.trial.change, tried.trial.said()));
    for change in &tried.changes {
        page.line(format!(" {change}"));
    }
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
    judged.tried.is_none() && judged.finding.advice.contains("create index")
}

/// The call to make next, as it can be sent; none where there is nothing to mend.
pub(super) fn next(output: &Output, sql: &str) -> Option<String> {
    let statement = |sql: &str| json!({ "statements": [{ "sql": sql }] });
    if output.findings.iter().any(is_unproven_index) {
        return Some(match sql.chars().count() > LONGEST_CALL {
            true => "suggest_index with this statement".to_owned(),
            false => format!("suggest_index {}", statement(sql)),
        });
    }
    None
}
