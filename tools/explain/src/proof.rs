//! Index advice, proven or taken back: the index room judges what the findings would build, before anybody builds it.

use std::ops::Range;

use pgwright_contract::Call;
use pgwright_contract::units::round;
use pgwright_index::{Confidence, Proof, prove};
use pgwright_plan::Finding;
use pgwright_postgres::Scope;
use pgwright_sql::guard::Admitted;

use crate::trial::Trial;

/// Most indexes that are judged for one answer.
const MOST: usize = 3;
const CREATE: &str = "create index ";

/// Judges the index that a finding advises, for the first few findings that advise one. Where the planner would not use it, the
/// advice says so in its place. What can't be judged stays unproven.
pub(crate) async fn of_findings(
    call: &Call,
    statement: &Admitted,
    findings: &mut [Finding],
) -> Vec<(usize, Trial)> {
    let advised: Vec<(usize, Range<usize>, String)> = findings
        .iter()
        .enumerate()
        .filter_map(|(at, finding)| {
            let place = one_index(&finding.advice)?;
            let ddl = finding.advice.get(place.clone())?.to_owned();
            Some((at, place, ddl))
        })
        .collect();
    let mut ddls: Vec<String> = advised.iter().map(|(.., ddl)| ddl.clone()).collect();
    ddls.dedup();
    ddls.truncate(MOST);
    if ddls.is_empty() {
        return Vec::new();
    }
    let proofs = judged(call, statement, &ddls).await;
    let mut trials = Vec::new();
    for (at, place, ddl) in advised {
        let Some(proof) = proofs.iter().find(|proof| proof.ddl == ddl) else { continue };
        if proof.used {
            trials.push((at, trial(proof)));
        } else if proof.confidence == Confidence::Modelled {
            // Our arithmetic alone takes no advice back.
        } else if let Some(finding) = findings.get_mut(at) {
            let without = format!(
                "(an index on {} was tried, {}: the planner would not use it)",
                on(&ddl),
                proof.confidence.as_str()
            );
            finding.advice.replace_range(place, &without);
        }
    }
    trials
}

/// On a session of its own: hypothetical indexes outlive a transaction, so one that failed with them is not pooled.
async fn judged(call: &Call, statement: &Admitted, ddls: &[String]) -> Vec<Proof> {
    let cancel = call.cancel.child_token();
    let scope = Scope { cancel: cancel.clone(), ..call.scope() };
    let Ok(session) = call.database.read(&scope).await else { return Vec::new() };
    let proofs = prove(call, &session, statement, ddls).await;
    if proofs.is_err() {
        cancel.cancel();
        // A cancelled session notices with its next statement.
        let _ = session.surviving(async { Ok(()) }).await;
    }
    proofs.unwrap_or_default()
}

fn trial(proof: &Proof) -> Trial {
    Trial {
        change: proof.ddl.clone(),
        by: proof.confidence.into(),
        cost_before: round(proof.cost_before),
        cost_after: round(proof.cost_after),
        plan_changed: proof.used,
        size_bytes: Some(proof.size_bytes),
    }
}

/// `orders (customer_id)` of the statement that creates an index on it.
fn on(ddl: &str) -> &str {
    ddl.split_once(" on ").map_or(ddl, |(_, on)| on)
}

/// Where an advice has the one statement that creates an index; nothing where it has several, which only work together.
fn one_index(advice: &str) -> Option<Range<usize>> {
    let mut found = advice.match_indices(CREATE);
    let (start, _) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let statement = advice.get(start..)?;
    let mut depth = 0_usize;
    let mut quote = None;
    let mut end = None;
    for (at, letter) in statement.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.checked_sub(1)?;
                let rest = statement.get(at + 1..).unwrap_or_default();
                // What stands behind the columns and belongs to the index; all else is advice again.
                let goes_on = [" include (", " where ("].iter().any(|part| rest.starts_with(part));
                if depth == 0 && !goes_on {
                    end = Some(at + 1);
                    break;
                }
            }
            // The index of a table that the plan does not name, or a condition without parentheses.
            (None, ':' | ';') if depth == 0 => return None,
            _ => {}
        }
    }
    let end = end?;
    let rest = statement.get(end..)?;
    (!rest.starts_with(" where ")).then_some(start..start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ddl(advice: &str) -> Option<&str> {
        one_index(advice).and_then(|place| advice.get(place))
    }

    #[test]
    fn the_statement_is_read_out_of_the_advice() {
        for (advice, wanted) in [
            (
                "keeps 200 of 200k rows: create index concurrently on public.orders (customer_id)",
                Some("create index concurrently on public.orders (customer_id)"),
            ),
            (
                "12 MB on disk: set work_mem = '30 MB' for this statement, or create index concurrently on t (a, lower(b) desc)",
                Some("create index concurrently on t (a, lower(b) desc)"),
            ),
            (
                "create index on public.events (kind), since events_2023 is a partition of it (it blocks writes)",
                Some("create index on public.events (kind)"),
            ),
            (
                "create index concurrently on t (a) where (b = 'x)'), then analyze",
                Some("create index concurrently on t (a) where (b = 'x)')"),
            ),
            (
                "create index concurrently on t (a); create index concurrently on t (b): one for each arm",
                None,
            ),
            ("create index on the partitioned table that the query calls e: (kind), since …", None),
            ("create index concurrently on t (a) where b > 5", None),
            ("analyze t", None),
        ] {
            assert_eq!(ddl(advice), wanted, "{advice}");
        }
    }

    #[test]
    fn what_an_index_is_on_is_told() {
        assert_eq!(on("create index concurrently on public.orders (a)"), "public.orders (a)");
    }
}
