//! The figures of an answer, measured with the indexes built.

use pgwright_contract::{Call, ToolError};
use pgwright_sql::guard::Admitted;

use super::{Built, Output, rounded};
use crate::evaluate::Confidence;
use crate::verify::{self, Measured};
use crate::workload::Workload;

/// Builds what is suggested, puts what was measured in the place of what was said, and takes it back.
pub(super) async fn measure(call: &Call, workload: &Workload, output: &mut Output) -> Result<(), ToolError> {
    if output.suggestions.is_empty() {
        return Ok(());
    }
    let indexes: Vec<(String, String)> =
        output.suggestions.iter().map(|one| at_once(&one.ddl, &one.undo)).collect();
    let mut notes: Vec<String> = output.note.take().into_iter().collect();
    let mut numbers: Vec<usize> =
        output.suggestions.iter().flat_map(|one| &one.affected).map(|affected| affected.statement).collect();
    numbers.sort_unstable();
    numbers.dedup();
    // One with parameters was costed for several values: none of them is the statement.
    let runs = |number: &usize| -> Option<(usize, &Admitted)> {
        let statement = workload.statements.iter().find(|statement| statement.number == *number)?;
        match statement.variants.as_slice() {
            [only] if only.sql.parameters() == 0 && only.sql.may_run().is_ok() => Some((*number, &only.sql)),
            _ => None,
        }
    };
    let (numbers, statements): (Vec<usize>, Vec<&Admitted>) = numbers.iter().filter_map(runs).unzip();
    let Measured { indexes: built, statements: timed } =
        verify::measured(call, &indexes, &statements).await?;
    for (one, built) in output.suggestions.iter_mut().zip(built) {
        match built {
            Ok(built) => one.built = Some(Built { size_bytes: built.bytes, ms: rounded(built.ms) }),
            Err(reason) => notes.push(format!("not verified: {}: {reason}", one.ddl)),
        }
    }
    let are_all_built = output.suggestions.iter().all(|one| one.built.is_some());
    for (number, timed) in numbers.into_iter().zip(timed) {
        let timed = match timed {
            Ok(timed) if are_all_built => timed,
            Ok(_) => continue,
            Err(reason) => {
                notes.push(format!("statement {number} was not measured: {reason}"));
                continue;
            }
        };
        let affected = output.suggestions.iter_mut().flat_map(|one| &mut one.affected);
        for one in affected.filter(|one| one.statement == number) {
            one.cost_after = rounded(timed.cost);
            one.ms_before = Some(rounded(timed.ms_before));
            one.ms_after = Some(rounded(timed.ms_after));
        }
        if timed.ms_after > timed.ms_before * SLOWER && timed.ms_after - timed.ms_before > LEAST_MS {
            notes.push(format!("statement {number} cost less and took longer: do not build this for it"));
        }
    }
    for one in &mut output.suggestions {
        if one.built.is_some() && one.affected.iter().all(|affected| affected.ms_after.is_some()) {
            one.confidence = Confidence::Measured;
        }
    }
    output.note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(())
}

/// A statement is slower by more than what two runs differ anyway.
const SLOWER: f64 = 1.5;
const LEAST_MS: f64 = 5.0;

/// The index's name with its schema, and what builds it inside a transaction.
fn at_once(ddl: &str, undo: &str) -> (String, String) {
    let name = undo.strip_prefix("drop index concurrently ").unwrap_or(undo);
    (name.to_owned(), ddl.replacen("create index concurrently", "create index", 1))
}
