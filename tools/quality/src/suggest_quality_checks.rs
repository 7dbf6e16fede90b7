//! `suggest_quality_checks`: which checks would fit a table?
//!
//! Candidates come from statistics, names and the catalogue; one fused scan then verifies them, and what does not hold is
//! left out. What remains may still hold by chance, so it comes as a document of warnings, to be read and kept or struck.

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_postgres::mask::detect;
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compile;
use crate::document::InlineCheck;
use crate::execute;
use crate::statement::{rows, shown};
use crate::subject::Subject;
use crate::suggest::{Candidate, Candidates, Parents};
use crate::verdict::Outcome;

/// The tool.
#[derive(Debug)]
pub struct SuggestQualityChecks;

/// Which table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `schema.table`.
    pub table: RelationName,
}

/// What would fit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The checks as a YAML document for run_quality_check.
    pub document: String,
    /// The same, each with what speaks for it.
    pub checks: Vec<Suggestion>,
    /// Candidates that the scan refuted.
    pub refuted: u32,
    /// Statements that counted over the table.
    pub scans: u32,
    /// What limits the suggestions.
    pub notes: Vec<String>,
    /// Checks left out because the answer would be too long.
    pub omitted_checks: u32,
    #[serde(skip)]
    table: String,
}

/// One check that would fit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Suggestion {
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// What speaks for it.
    pub evidence: String,
    /// Its line of the document.
    #[serde(skip)]
    line: String,
}

impl Tool for SuggestQualityChecks {
    const NAME: &'static str = "suggest_quality_checks";
    const TITLE: &'static str = "Suggest data quality checks";
    const DESCRIPTION: &'static str = "Suggests quality checks for a table from statistics, names and constraints, verified \
        by one scan of the table. The answer is a YAML document of warnings with the evidence for each. Next: strike what \
        holds by chance, then run_quality_check with the document.";
    const ACCESS: Access = Access::ReadData;
    type Input = Input;
    type Output = Output;

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let session = call.read_snapshot().await?;
        session.bound(None).await?;
        let version = call.database.version(&session).await?;
        let table = session.table(&input.table).await?;
        let parents = Parents::read(&session, &table).await?;
        let masked = session.masked(&[table.oid]).await?;
        let is_secret = |column: &pgwright_postgres::catalog::Column| {
            masked.has(table.oid, column.number) || detect::Column::new(&column.name).class().is_some()
        };
        let count = table.estimated_rows.unwrap_or_default();
        let candidates = Candidates::of(&table, count, &parents, &is_secret);
        let mut output = Output {
            document: String::new(),
            checks: Vec::new(),
            refuted: 0,
            scans: 0,
            notes: Vec::new(),
            omitted_checks: 0,
            table: table.name.to_string(),
        };
        if table.columns.iter().all(|column| column.statistics.is_none()) {
            output
                .notes
                .push(format!("{} was never analysed: run ANALYZE {} and ask again", table.name, table.name));
        }
        let (kept, specs): (Vec<_>, Vec<_>) = candidates.into_iter().map(Candidate::apart).unzip();
        let subject = Subject::read(&session, &table.name, &specs).await?;
        let plan = compile::plan(&subject, &specs, version).without_samples();
        let found = execute::evaluate(&session, &subject, &specs, &plan, &call.progress).await?;
        output.scans = found.scans;
        for ((candidate, spec), outcome) in kept.into_iter().zip(&specs).zip(&found.outcomes) {
            match candidate.verified(outcome) {
                Some(evidence) => output.checks.push(Suggestion {
                    name: spec.name.clone(),
                    r#type: spec.kind.to_owned(),
                    columns: spec.columns().into_iter().map(str::to_owned).collect(),
                    line: line(&candidate.check),
                    evidence,
                }),
                None => output.refuted += 1,
            }
        }
        output.write();
        Ok(output)
    }
}

/// A candidate without its complete check.
struct Kept {
    check: InlineCheck,
    evidence: String,
    lenient: bool,
}

impl Candidate {
    fn apart(self) -> (Kept, crate::CheckSpec) {
        (Kept { check: self.check, evidence: self.evidence, lenient: self.lenient }, self.spec)
    }
}

impl Kept {
    /// The evidence with what the scan says, if the check holds for all rows, or for nearly all where it is about form.
    fn verified(&self, outcome: &Outcome) -> Option<String> {
        let failed = outcome.failed_rows?;
        let total = outcome.total_rows;
        let few = self.lenient && total.is_some_and(|total| failed * 100 <= total);
        match (failed, total) {
            (0, Some(total)) => Some(format!("{}; so it is in {}", self.evidence, rows(total))),
            (0, None) => Some(format!("{}; {}", self.evidence, outcome.evidence)),
            (failed, _) if few => Some(format!("{}; but not in {}", self.evidence, rows(failed))),
            _ => None,
        }
    }
}

/// A check as one line of YAML: JSON's strings are YAML's.
fn line(check: &InlineCheck) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let options: Vec<String> = check.written().map(|(option, value)| format!("{option}: {value}")).collect();
    format!(
        "  - {{type: {}, {}}}",
        if check.r#type.is_empty() { quoted("") } else { check.r#type.clone() },
        options.join(", ")
    )
}

impl Output {
    fn write(&mut self) {
        let mut document = format!("checks for {}:\n", self.table);
        for check in &self.checks {
            // A comment ends with its line, whatever the evidence holds.
            let evidence: String = check.evidence.chars().filter(|c| !c.is_control()).collect();
            document.push_str(&format!("  # evidence: {evidence}\n{}\n", check.line));
        }
        self.document = if self.checks.is_empty() { String::new() } else { document };
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.omitted_checks += budget
            .keep(&mut self.checks, |check| check.line.chars().count() + check.evidence.chars().count() + 16);
        if self.omitted_checks > 0 {
            self.write();
        }
    }

    fn render(&self, page: &mut Page) {
        page.line(format!(
            "{} checks fit {}; {} candidates were refuted by {}",
            self.checks.len(),
            shown(&self.table),
            self.refuted,
            if self.scans == 1 { "1 scan".to_owned() } else { format!("{} scans", self.scans) },
        ));
        if !self.document.is_empty() {
            page.block(&self.document);
        }
        if self.omitted_checks > 0 {
            page.line(format!("{} more are left out", self.omitted_checks));
        }
        for note in &self.notes {
            page.line(format!("note: {note}"));
        }
        if !self.checks.is_empty() {
            page.line("next: strike what holds by chance, then run_quality_check with the document");
        }
    }
}
