//! Whether a load as a whole may be published.

use pgwright_postgres::WriteSession;

use crate::document::{CheckRule, ContractMode, Definition, Write};
use crate::error::RunError;
use crate::ledger::Counts;
use crate::report::Failure;
use crate::sink::statements::Statements;

/// What the numbers say.
pub(crate) fn of_counts(definition: &Definition, counts: Counts) -> Option<Failure> {
    let Counts { read, quarantined, .. } = counts;
    let accepted = read - quarantined;
    let refused = || format!("{quarantined} of {read} rows were refused");
    let fail = |code: &str, message: String, next_step: &str| {
        Some(Failure { code: code.to_owned(), message, next_step: next_step.to_owned() })
    };
    const MEND: &str = "nothing was published; see the reasons, mend the file or the contract, and run again";
    let mode = definition.contract.as_ref().map(|contract| contract.mode);
    if mode == Some(ContractMode::Fail) && quarantined > 0 {
        return fail("contract", format!("{}, and contract.mode is fail", refused()), MEND);
    }
    let limit = definition.quarantine.max_rows;
    if quarantined > limit {
        return fail(
            "quarantine_limit",
            format!("{}, more than quarantine.max_rows {limit}", refused()),
            MEND,
        );
    }
    let mut counted = false;
    for check in &definition.checks {
        match &check.value {
            #[allow(clippy::cast_precision_loss, reason = "a share")]
            CheckRule::AcceptedRate { min, .. } if read > 0 && (accepted as f64) < min * read as f64 => {
                return fail(
                    "accepted_rate",
                    format!("{}; accepted_rate asks for at least {min}", refused()),
                    MEND,
                );
            }
            CheckRule::RowCount { min, max, .. } => {
                counted = true;
                let few = min.is_some_and(|min| accepted < min);
                let many = max.is_some_and(|max| accepted > max);
                if few || many {
                    let bound = if few { min } else { max };
                    let message = format!(
                        "{accepted} rows were accepted; row_count asks for at {} {}",
                        if few { "least" } else { "most" },
                        bound.unwrap_or_default()
                    );
                    return fail(
                        "row_count",
                        message,
                        "nothing was published; check that the file is complete",
                    );
                }
            }
            _ => {}
        }
    }
    if read > 0 && accepted == 0 {
        return fail("no_rows", format!("all {read} rows were refused"), MEND);
    }
    if accepted == 0 && definition.target.write == Write::Replace && !counted {
        return fail(
            "no_rows",
            "there is no row, and write: replace would empty the table".to_owned(),
            "nothing was published; if an empty table is meant, add the check {rule: row_count, min: 0}",
        );
    }
    None
}

/// What the staged rows say.
pub(crate) async fn of_stage(
    session: &WriteSession,
    statements: &Statements,
) -> Result<Option<Failure>, RunError> {
    for (columns, sql) in &statements.unique {
        let rows = session.query(sql, &[]).await?;
        let repeated: i64 = rows.first().map_or(0, |row| row.get(0));
        if repeated > 0 {
            return Ok(Some(Failure {
                code: "unique".to_owned(),
                message: format!("{repeated} values of ({columns}) stand in more than one row"),
                next_step:
                    "nothing was published; mend the file, or use write: upsert to keep the last of them"
                        .to_owned(),
            }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;

    fn verdict(tail: &str, read: u64, quarantined: u64) -> Option<String> {
        let text =
            format!("version: 1\npipeline: p\nkind: batch\nsource: {{type: csv, path: a.csv}}\n{tail}\n");
        let definition = Definition::parse(Path::new("p.yaml"), &text).unwrap();
        let counts = Counts { read, quarantined, loaded: read - quarantined, deduplicated: 0 };
        of_counts(&definition, counts).map(|failure| failure.code)
    }

    #[test]
    fn rates_and_counts_decide() {
        let rate = "target: {table: t}\nchecks: [{rule: accepted_rate, min: 0.99}]";
        assert_eq!(verdict(rate, 100, 1), None);
        assert_eq!(verdict(rate, 100, 2).as_deref(), Some("accepted_rate"));
        assert_eq!(verdict(rate, 0, 0), None);
        let count = "target: {table: t}\nchecks: [{rule: row_count, min: 2, max: 3}]";
        assert_eq!(verdict(count, 1, 0).as_deref(), Some("row_count"));
        assert_eq!(verdict(count, 4, 1), None);
        assert_eq!(verdict(count, 4, 0).as_deref(), Some("row_count"));
    }

    #[test]
    fn a_table_is_not_emptied_by_an_empty_file() {
        assert_eq!(verdict("target: {table: t, write: replace}", 0, 0).as_deref(), Some("no_rows"));
        let meant = "target: {table: t, write: replace}\nchecks: [{rule: row_count, min: 0}]";
        assert_eq!(verdict(meant, 0, 0), None);
        assert_eq!(verdict("target: {table: t}", 0, 0), None);
        assert_eq!(verdict("target: {table: t}", 5, 5).as_deref(), Some("no_rows"));
    }

    #[test]
    fn modes_and_bounds_decide() {
        let strict = "target: {table: t}\ncontract: {mode: fail, columns: [{name: a, type: text}]}";
        assert_eq!(verdict(strict, 9, 1).as_deref(), Some("contract"));
        assert_eq!(
            verdict("target: {table: t}\nquarantine: {max_rows: 1}", 9, 2).as_deref(),
            Some("quarantine_limit")
        );
    }
}
