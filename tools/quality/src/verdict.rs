//! From figures to a verdict, the same for every check type.

use pgwright_contract::units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::{CheckSpec, Fault, Figures, Groups, Interval, Reading, Severity, Tolerance};
use crate::sample::SampleRow;
use crate::statement;

/// What is known of a check, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It doesn't, and its severity is warn.
    Warn,
    /// The data doesn't say, or nothing was run.
    Unknown,
    /// It could not be evaluated.
    Error,
    /// It doesn't hold.
    Fail,
}

impl Verdict {
    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }

    /// The worst of all; pass for none.
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Pass)
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Every row was read.
    Scan,
    /// The catalogue says it; no row was read.
    Constraint,
    /// Some rows were read, chosen by chance.
    Sample,
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Rows that fail; `None` for checks of the whole table and where it is not known.
    pub failed_rows: Option<u64>,
    /// Rows of the table, where a scan counted them.
    pub total_rows: Option<u64>,
    /// Duplicates in detail.
    pub groups: Option<Groups>,
    /// Why, in a few words that hold no value of the table.
    pub evidence: String,
    /// Values of the table that show it, such as the newest.
    pub seen: Option<String>,
    /// What was measured, for checks of one figure.
    pub value: Option<String>,
    /// What it rests on; `None` when nothing could be evaluated.
    pub basis: Option<Basis>,
    /// Some of the failing rows.
    pub sample: Vec<SampleRow>,
}

impl Outcome {
    fn new(verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self {
            verdict,
            failed_rows: None,
            total_rows: None,
            groups: None,
            evidence: evidence.into(),
            seen: None,
            value: None,
            basis: None,
            sample: Vec::new(),
        }
    }

    /// The same where rows that seem to fail may be good: a failure, or a warning, is unknown then.
    #[must_use]
    pub(crate) fn doubted(mut self, doubt: &str) -> Self {
        if matches!(self.verdict, Verdict::Fail | Verdict::Warn) {
            self.verdict = Verdict::Unknown;
            self.evidence = format!("{}; {doubt}", self.evidence);
        }
        self
    }

    /// The evidence with the values that were seen, for a caller who may read the table.
    pub fn evidence_with_values(&self) -> String {
        match &self.seen {
            Some(seen) => format!("{}; {seen}", self.evidence),
            None => self.evidence.clone(),
        }
    }

    /// The share of rows that fail, 0 to 1. No rows: 0.
    #[allow(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
    pub fn failed_ratio(&self) -> Option<f64> {
        match (self.failed_rows, self.total_rows) {
            (Some(0), _) => Some(0.0),
            (Some(failed), Some(total)) if total > 0 => Some(failed as f64 / total as f64),
            _ => None,
        }
    }
}

/// A check that the catalogue proves.
pub fn proven(by: &str) -> Outcome {
    Outcome { failed_rows: Some(0), basis: Some(Basis::Constraint), ..Outcome::new(Verdict::Pass, by) }
}

/// A check that could not be evaluated.
pub fn faulty(fault: &Fault) -> Outcome {
    let verdict = if matches!(fault, Fault::NotReached(_)) { Verdict::Unknown } else { Verdict::Error };
    Outcome::new(verdict, fault.to_string())
}

/// A check that was planned and not run.
pub fn not_run() -> Outcome {
    Outcome::new(Verdict::Unknown, "not run")
}

/// Judges what a scan measured.
pub fn judge(
    spec: &CheckSpec,
    values: &[Option<String>],
    total_rows: Option<u64>,
    groups: Option<Groups>,
) -> Outcome {
    let reading = spec.rule.read(&Figures { values, total_rows, groups });
    let outcome = of_reading(spec, reading, total_rows);
    Outcome { total_rows, groups, basis: Some(Basis::Scan), ..outcome }
}

/// Judges what the catalogue says.
pub(crate) fn known(spec: &CheckSpec, reading: Reading) -> Outcome {
    Outcome { basis: Some(Basis::Constraint), ..of_reading(spec, reading, None) }
}

/// Judges what a sample of the rows measured.
pub(crate) fn sampled(spec: &CheckSpec, values: &[Option<String>], read_rows: u64) -> Outcome {
    let reading = spec.rule.read(&Figures { values, total_rows: Some(read_rows), groups: None });
    let Reading::Failed { rows, evidence, seen } = reading else {
        return judge(spec, values, Some(read_rows), None);
    };
    let interval = Interval::of(rows, read_rows);
    let says = |limit: &Tolerance| limit.allows_share(rows, interval);
    let verdict = match (says(&spec.tolerance), spec.warn.as_ref().map_or(Some(true), says)) {
        (Some(false), _) => missed(spec),
        (Some(true), Some(false)) => Verdict::Warn,
        (Some(true), Some(true)) => Verdict::Pass,
        (None, _) | (_, None) => Verdict::Unknown,
    };
    let allowed = spec.tolerance.describe().map(|limit| format!("; {limit}")).unwrap_or_default();
    let mut outcome = Outcome { seen, basis: Some(Basis::Sample), ..Outcome::new(verdict, String::new()) };
    (outcome.failed_rows, outcome.total_rows) = (Some(rows), Some(read_rows));
    outcome.evidence = format!(
        "in a sample of {}: {} {evidence}, {interval}{allowed}",
        statement::rows(read_rows),
        counted(rows, outcome.failed_ratio()),
    );
    outcome
}

fn missed(spec: &CheckSpec) -> Verdict {
    spec.severity.missed()
}

impl Severity {
    /// The verdict of a check that does not hold.
    pub(crate) fn missed(self) -> Verdict {
        match self {
            Self::Fail => Verdict::Fail,
            Self::Warn => Verdict::Warn,
        }
    }
}

fn of_reading(spec: &CheckSpec, reading: Reading, total_rows: Option<u64>) -> Outcome {
    let missed = missed(spec);
    match reading {
        Reading::Unknown { evidence } => Outcome::new(Verdict::Unknown, evidence),
        Reading::Met { met, evidence, seen, value } => {
            Outcome { seen, value, ..Outcome::new(if met { Verdict::Pass } else { missed }, evidence) }
        }
        Reading::Failed { rows, evidence, seen } => {
            let allows = |limit: &Tolerance| limit.allows(rows, total_rows);
            let verdict = match (allows(&spec.tolerance), spec.warn.as_ref().map_or(Some(true), allows)) {
                (Some(false), _) => missed,
                (None, _) | (_, None) => Verdict::Unknown,
                (_, Some(false)) => Verdict::Warn,
                (Some(true), Some(true)) => Verdict::Pass,
            };
            let allowed = spec.tolerance.describe().map(|limit| format!("; {limit}")).unwrap_or_default();
            let mut outcome = Outcome { seen, ..Outcome::new(verdict, String::new()) };
            (outcome.failed_rows, outcome.total_rows) = (Some(rows), total_rows);
            outcome.evidence = format!("{} {evidence}{allowed}", counted(rows, outcome.failed_ratio()));
            if verdict == Verdict::Unknown {
                outcome.evidence.push_str(", but how many rows there are is not known");
            }
            outcome
        }
    }
}

/// `no row`, `3 rows (<1 %)`: a share that is not zero never reads as zero.
fn counted(failed_rows: u64, ratio: Option<f64>) -> String {
    let share = match ratio {
        Some(ratio) => format!(" ({})", units::percent(ratio)),
        None => String::new(),
    };
    if failed_rows == 0 { "no row".to_owned() } else { format!("{}{share}", statement::rows(failed_rows)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::document::InlineCheck;

    fn judged(check: serde_json::Value, figures: &[&str], total: u64) -> Outcome {
        let spec = serde_json::from_value::<InlineCheck>(check).unwrap().spec().unwrap();
        let values: Vec<Option<String>> = figures.iter().map(|figure| Some((*figure).to_owned())).collect();
        judge(&spec, &values, Some(total), None)
    }

    #[test]
    fn the_worst_verdict_is_the_verdict_of_all() {
        assert_eq!(Verdict::worst([]), Verdict::Pass);
        assert_eq!(Verdict::worst([Verdict::Pass, Verdict::Warn]), Verdict::Warn);
        assert_eq!(Verdict::worst([Verdict::Error, Verdict::Unknown, Verdict::Warn]), Verdict::Error);
        assert_eq!(Verdict::worst([Verdict::Fail, Verdict::Error]), Verdict::Fail);
    }

    #[test]
    fn severity_turns_a_miss_into_a_warning_and_nothing_else() {
        let check = json!({"type": "not_null", "column": "a", "severity": "warn"});
        assert_eq!(judged(check.clone(), &["1"], 10).verdict, Verdict::Warn);
        assert_eq!(judged(check, &["0"], 10).verdict, Verdict::Pass);
    }

    #[test]
    fn evidence_stands_by_itself() {
        let range = json!({"type": "range", "column": "q", "min": 0, "max": 9});
        let outcome = judged(range.clone(), &["3", "-5", "999"], 10_000);
        assert_eq!(outcome.evidence, "3 rows (<1 %) outside 0 to 9");
        assert_eq!(outcome.evidence_with_values(), "3 rows (<1 %) outside 0 to 9; found -5 to 999");
        assert_eq!(outcome.failed_ratio(), Some(0.0003));
        let good = judged(range, &["0", "1", "2"], 10);
        assert_eq!(good.evidence_with_values(), "no row outside 0 to 9; found 1 to 2");
    }

    #[test]
    fn a_share_of_rows_that_were_not_counted_is_unknown() {
        let check = json!({"type": "not_null", "column": "a", "max_failed": "1%"});
        let spec = serde_json::from_value::<InlineCheck>(check).unwrap().spec().unwrap();
        let outcome = judge(&spec, &[Some("3".to_owned())], None, None);
        assert_eq!((outcome.verdict, outcome.failed_rows), (Verdict::Unknown, Some(3)));
        assert!(outcome.evidence.ends_with("how many rows there are is not known"), "{}", outcome.evidence);
    }

    #[test]
    fn a_count_that_is_missing_is_no_pass() {
        assert_eq!(judged(json!({"type": "not_null", "column": "a"}), &[], 10).verdict, Verdict::Unknown);
    }
}
