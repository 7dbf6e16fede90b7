//! Whether a load as a whole may be published.

use pgwright_quality::CheckSpec;
use pgwright_quality::checks::Severity;
use pgwright_quality::verdict::{Outcome, Verdict, judge};

use crate::document::{AcceptedRate, ContractMode, Definition, Write};
use crate::ledger::Counts;
use crate::report::{CheckReport, Failure};

/// What is to be said of a load: each check that does not hold, and the failure if it may not be published.
#[derive(Debug, Default)]
pub(crate) struct Ruling {
    pub(crate) failure: Option<Failure>,
    pub(crate) checks: Vec<CheckReport>,
}

const MEND: &str = "nothing was published; see the reasons, mend the file or the contract, and run again";

impl Ruling {
    fn fail(mut self, code: &str, message: String, next_step: &str) -> Self {
        let failure = || Failure { code: code.to_owned(), message, next_step: next_step.to_owned() };
        self.failure.get_or_insert_with(failure);
        self
    }

    /// Takes in what became of a check. One that could not be evaluated does not hold.
    pub(crate) fn add(&mut self, check: &CheckSpec, outcome: &Outcome) {
        let verdict = outcome.verdict;
        if verdict == Verdict::Pass {
            return;
        }
        let next_step = match (verdict, check.kind) {
            (Verdict::Error, _) => "nothing was published; correct the check in the definition",
            (_, "row_count") => "nothing was published; check that the file is complete",
            (_, "unique") => {
                "nothing was published; mend the file, or use write: upsert to keep the last row of each key"
            }
            _ => "nothing was published; mend the file and run again",
        };
        let report = CheckReport {
            name: check.name.clone(),
            rule: check.kind.to_owned(),
            verdict,
            failed_rows: outcome.failed_rows,
            total_rows: outcome.total_rows,
            evidence: outcome.evidence.clone(),
            file: None,
        };
        let stops = verdict != Verdict::Warn && check.severity == Severity::Fail;
        self.take(report, stops, next_step);
    }

    fn take(&mut self, report: CheckReport, stops: bool, next_step: &str) {
        if stops {
            let found = format!("{}: {}", report.name, report.evidence);
            match &mut self.failure {
                Some(failure) => failure.message.push_str(&format!("; {found}")),
                None => {
                    self.failure = Some(Failure {
                        code: report.rule.clone(),
                        message: found,
                        next_step: next_step.to_owned(),
                    });
                }
            }
        }
        self.checks.push(report);
    }

    #[allow(clippy::cast_precision_loss, reason = "a share")]
    fn add_rate(&mut self, rate: &AcceptedRate, read: u64, quarantined: u64) {
        if read == 0 || (read - quarantined) as f64 >= rate.min * read as f64 {
            return;
        }
        let stops = rate.severity == Severity::Fail;
        let report = CheckReport {
            name: rate.name.clone(),
            rule: AcceptedRate::RULE.to_owned(),
            verdict: if stops { Verdict::Fail } else { Verdict::Warn },
            failed_rows: Some(quarantined),
            total_rows: Some(read),
            evidence: format!(
                "{quarantined} of {read} rows were refused; at least {} must be accepted",
                rate.min
            ),
            file: None,
        };
        self.take(report, stops, MEND);
    }
}

/// What the numbers say.
pub(crate) fn of_counts(definition: &Definition, counts: Counts) -> Ruling {
    let Counts { read, quarantined, .. } = counts;
    let accepted = read - quarantined;
    let refused = || format!("{quarantined} of {read} rows were refused");
    let mode = definition.contract.as_ref().map(|contract| contract.mode);
    let mut ruling = Ruling::default();
    if mode == Some(ContractMode::Fail) && quarantined > 0 {
        return ruling.fail("contract", format!("{}, and contract.mode is fail", refused()), MEND);
    }
    let limit = definition.quarantine.max_rows;
    if quarantined > limit {
        let message = format!("{}, more than quarantine.max_rows {limit}", refused());
        return ruling.fail("quarantine_limit", message, MEND);
    }
    let checks = &definition.checks;
    for rate in &checks.accepted_rates {
        ruling.add_rate(rate, read, quarantined);
    }
    for check in &checks.row_counts {
        ruling.add(check, &judge(check, &[], Some(accepted), None));
    }
    if read > 0 && accepted == 0 {
        return ruling.fail("no_rows", format!("all {read} rows were refused"), MEND);
    }
    if accepted == 0 && definition.target.write == Write::Replace && checks.row_counts.is_empty() {
        return ruling.fail(
            "no_rows",
            "there is no row, and write: replace would empty the table".to_owned(),
            "nothing was published; if an empty table is meant, add the check {rule: row_count, min: 0}",
        );
    }
    ruling
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
        of_counts(&definition, counts).failure.map(|failure| failure.code)
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
