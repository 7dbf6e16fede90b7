//! `run_quality_check`: are the data of a table as they should be?
//!
//! All checks of a table are evaluated in one snapshot, the aggregate ones in one scan. Reads only; with `dry_run` it reads
//! the catalogue only and shows the statements.

use std::path::PathBuf;

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError, named_file};
use pgwright_postgres::DatabaseError;
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::{self, CheckSpec, Fault};
use crate::compile::{self, Plan};
use crate::document::{self, Document, DocumentError, InlineCheck, TableChecks};
use crate::execute::{self, Evaluation};
use crate::history::{self, History};
use crate::quarantine;
use crate::sample::SampleRow;
use crate::statement::{rows, shown};
use crate::subject::Subject;
use crate::verdict::{self, Basis, Outcome, Verdict};

/// A document larger than this is no document of checks.
const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024;

/// The tool.
#[derive(Debug)]
pub struct RunQualityCheck {
    /// Directories under which `file` is looked for.
    roots: Vec<PathBuf>,
    history: Option<History>,
}

impl RunQualityCheck {
    /// The tool, with the directories under which `file` is looked for.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots, history: None }
    }

    /// The same, with figures kept there for checks that are judged by those before.
    #[must_use]
    pub fn keeping(self, history: Option<History>) -> Self {
        Self { history, ..self }
    }
}

/// Give `table` with `checks`, or `document`, or `file`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// `schema.table`, for `checks` and for document checks that name no table.
    pub table: Option<RelationName>,
    /// The checks of `table`.
    pub checks: Option<Vec<InlineCheck>>,
    /// YAML, e.g. `checks for shop.orders: [missing(email) < 1%, unique(sku, day)]`.
    pub document: Option<String>,
    /// Path of such a document under a configured directory.
    pub file: Option<String>,
    /// Show the statements with their cost; read the catalogue only.
    pub dry_run: bool,
    /// Copy failing rows to the tables that the document names under quarantine.
    pub quarantine: bool,
    /// Read this share of the rows, "1%", where that can give a verdict.
    pub sample: Option<String>,
    /// Refuse to run beyond this cost, in the planner's units.
    pub max_cost: Option<f64>,
}

/// What the checks found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The worst of all checks.
    pub verdict: Verdict,
    /// The tables, in the document's order.
    pub tables: Vec<CheckedTable>,
    /// One for each check, in the document's order.
    pub checks: Vec<CheckResult>,
    /// Weight of the checks that pass among those that were evaluated, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Checks that were evaluated: neither unknown nor error.
    pub evaluated_checks: u32,
    /// Checks in all.
    pub total_checks: u32,
    /// The planner's cost of the planned statements; in a dry run, or with `max_cost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<f64>,
    /// Statements that count over a whole table; planned ones in a dry run.
    pub scans: u32,
    /// Further statements, on failing checks only: exact counts of duplicates, and samples.
    pub follow_ups: u32,
    /// What limits the verdicts, e.g. row security.
    pub notes: Vec<String>,
    /// Dry run: what would be run.
    pub statements: Vec<String>,
    /// Items of the document that no check says.
    pub unmapped: Vec<String>,
    /// Checks left out because the answer would be too long; passing ones first.
    pub omitted_checks: u32,
    /// The verdict line, over all checks, left out or not.
    #[serde(skip)]
    headline: String,
    /// Weight of passing and of evaluated checks.
    #[serde(skip)]
    weights: (f64, f64),
    /// Lines of the text that fit the budget.
    #[serde(skip)]
    shown_checks: usize,
}

/// One table.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckedTable {
    /// Its name.
    pub name: String,
    /// Its rows in the snapshot, where a scan counted them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_rows: Option<u64>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckResult {
    /// The name it was given, or its type and columns.
    pub name: String,
    /// Its type.
    pub r#type: String,
    /// Its table.
    pub table: String,
    /// What came out.
    pub verdict: Verdict,
    /// Rows that fail; for unique: surplus rows. Absent for row_count and freshness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_rows: Option<u64>,
    /// Rows of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_rows: Option<u64>,
    /// Share of rows that fail, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_ratio: Option<f64>,
    /// unique: values that occur more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_values: Option<u64>,
    /// unique: rows that hold those values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_rows: Option<u64>,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why.
    pub evidence: String,
    /// Failing rows, at most 10: primary key or ctid, then the checked columns.
    pub sample: Vec<SampleRow>,
    /// The statement that copies the failing rows to their quarantine, and whether it was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    /// Whether rows were read or a constraint proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// What copies failing rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quarantine {
    /// The statement.
    pub statement: String,
    /// Whether it was run.
    pub done: bool,
    /// Why it was not, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Tool for RunQualityCheck {
    const NAME: &'static str = "run_quality_check";
    const TITLE: &'static str = "Check data quality";
    const DESCRIPTION: &'static str = "Checks the rows of tables: missing, unique, in_set, range, regex, references, format, \
        freshness, custom SQL and more. All checks of a table share one scan and one snapshot; each gets a verdict, \
        counts and a sample of failing rows. Reads the whole table: use dry_run to see statements and cost first. Next: \
        mend the rows by the keys shown.";
    const ACCESS: Access = Access::ReadCatalog;
    const MAX_ACCESS: Access = Access::WriteData;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        match (input.dry_run, input.quarantine) {
            (true, _) => Access::ReadCatalog,
            (false, true) => Access::WriteData,
            (false, false) => Access::ReadData,
        }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let dry_run = input.dry_run;
        let improvised = input.file.is_none();
        let max_cost = input.max_cost;
        let quarantines = input.quarantine && !dry_run;
        let sample = input.sample.clone();
        let Document { tables: mut wanted, unmapped } = self.wanted(call, input).await?;
        if let Some(sample) = &sample {
            let percent = checks::share(sample).map_err(|mistake| unusable(&mistake.message))?;
            wanted.iter_mut().flat_map(|table| &mut table.checks).for_each(|check| check.sampled(percent));
        }
        let session = call.read_snapshot().await?;
        session.bound(None).await?;
        let version = call.database.version(&session).await?;
        let mut output = Output::empty();
        output.unmapped = unmapped
            .iter()
            .map(|item| format!("line {}: {} is not mapped: {}", item.line, shown(&item.what), item.why))
            .collect();
        let only_table = wanted.len() == 1;
        for TableChecks { table, checks } in wanted {
            let subject = match Subject::read(&session, &table, &checks).await {
                Err(DatabaseError::Resolve(error)) if !only_table => {
                    let reason =
                        error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}"));
                    let missing = Evaluation::of(
                        checks.iter().map(|_| verdict::faulty(&Fault::Parent(reason.clone()))),
                    );
                    output.add(&table.to_string(), &checks, missing);
                    continue;
                }
                subject => subject?,
            };
            let subject = if improvised { subject.improvised() } else { subject };
            let plan = compile::plan(&subject, &checks, version);
            if dry_run || max_cost.is_some() {
                let costs = execute::costs(&session, &plan).await?;
                let total = costs.iter().flatten().sum::<f64>() + output.estimated_cost.unwrap_or_default();
                output.estimated_cost = Some(total);
                if let Some(most) = max_cost.filter(|most| !dry_run && total > *most) {
                    return Err(too_costly(total, most));
                }
                if dry_run {
                    output
                        .statements
                        .extend(plan.scans.iter().zip(costs).map(|(scan, cost)| planned(scan, cost)));
                }
            }
            let evaluation = if dry_run {
                Evaluation::foreseen(&plan, &checks)
            } else {
                let mut found = execute::evaluate(&session, &subject, &checks, &plan, &call.progress).await?;
                let history = self.history.as_ref();
                history::judge(history, &session, &subject.table, &checks, &mut found.outcomes).await?;
                found
            };
            if subject.table.row_security {
                output.notes.push(format!(
                    "row security is on for {}: only rows that pgwright's role may see were checked",
                    subject.table.name
                ));
            }
            output.notes.extend(plan.doubts().into_iter().map(str::to_owned));
            let from = output.checks.len();
            output.add(&subject.table.name.to_string(), &checks, evaluation);
            for (at, (spec, planned)) in checks.iter().zip(&plan.checks).enumerate() {
                let Some(result) = output.checks.get_mut(from + at) else { continue };
                if result.failed_rows.is_some_and(|rows| rows > 0) || dry_run {
                    result.quarantine = quarantine::of(spec, planned);
                }
                if let Some(quarantine) = result.quarantine.as_mut().filter(|_| quarantines) {
                    quarantine::run(call, &session, quarantine).await?;
                }
            }
        }
        Ok(output)
    }
}

impl RunQualityCheck {
    /// What is to be checked, from whichever form the input has.
    async fn wanted(&self, call: &Call, input: Input) -> Result<Document, ToolError> {
        let Input { table, checks, document, file, .. } = input;
        match (checks, document, file) {
            (Some(checks), None, None) => {
                let table = table.ok_or_else(|| unusable("checks is given without table"))?;
                let tables = vec![TableChecks { table, checks: inline(&checks)? }];
                Ok(Document { tables, unmapped: Vec::new() })
            }
            (None, Some(document), None) => {
                Ok(document::read_document(&document, table.as_ref()).map_err(unreadable)?)
            }
            (None, None, Some(file)) => {
                let document = self.document(call, &file).await?;
                document::read_document(&document, table.as_ref()).map_err(|error| {
                    let known = unreadable(error);
                    ToolError { message: format!("{file}: {}", known.message), ..known }
                })
            }
            (None, None, None) => Err(unusable("no checks are given")),
            _ => Err(unusable("checks, document and file exclude each other")),
        }
    }

    /// The text of a file under one of the roots.
    async fn document(&self, call: &Call, file: &str) -> Result<String, ToolError> {
        let refused = |reason: &str| ToolError::new("file_refused", format!("{file}: {reason}"));
        let path = named_file(call, &self.roots, file, "send the text as document")?;
        let unreadable = |error: std::io::Error| refused(&format!("not readable: {}", error.kind()));
        let metadata = tokio::fs::metadata(&path).await.map_err(unreadable)?;
        if metadata.len() > MAX_DOCUMENT_BYTES {
            return Err(refused("larger than 1 MB"));
        }
        let bytes = tokio::fs::read(&path).await.map_err(unreadable)?;
        String::from_utf8(bytes).map_err(|_| refused("not UTF-8"))
    }
}

fn inline(checks: &[InlineCheck]) -> Result<Vec<CheckSpec>, ToolError> {
    if checks.is_empty() {
        return Err(unusable("checks is empty"));
    }
    checks
        .iter()
        .enumerate()
        .map(|(at, check)| {
            check.spec().map_err(|mistake| {
                let option = mistake.option.map(|option| format!(".{option}")).unwrap_or_default();
                let error =
                    ToolError::new("invalid_arguments", format!("checks[{at}]{option}: {}", mistake.message));
                match mistake.hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                }
            })
        })
        .collect()
}

fn unusable(reason: &str) -> ToolError {
    ToolError::new("invalid_arguments", format!("run_quality_check: {reason}"))
        .hint("give table with checks, e.g. [{\"type\": \"not_null\", \"column\": \"email\"}], or document, or file")
}

fn too_costly(cost: f64, most: f64) -> ToolError {
    ToolError::new(
        "too_costly",
        format!("run_quality_check: the planner expects a cost of {cost:.0}, more than {most:.0}"),
    )
    .hint("raise max_cost, check fewer columns, or give a sample")
    .next_step("dry_run shows the cost of each statement")
}

/// A planned statement under what it costs.
fn planned(scan: &compile::Scan, cost: Option<f64>) -> String {
    let cost = cost.map_or_else(|| "cost unknown".to_owned(), |cost| format!("cost {cost:.0}"));
    format!("-- {cost}\n{}", scan.sql())
}

fn unreadable(error: DocumentError) -> ToolError {
    let known = ToolError::new("invalid_document", error.to_string());
    match error.hint {
        Some(hint) => known.hint(hint),
        None => known,
    }
}

impl Evaluation {
    fn of(outcomes: impl Iterator<Item = Outcome>) -> Self {
        Self { outcomes: outcomes.collect(), total_rows: None, scans: 0, follow_ups: 0 }
    }

    fn foreseen(plan: &Plan, specs: &[CheckSpec]) -> Self {
        Self {
            scans: u32::try_from(plan.scans.len()).unwrap_or(u32::MAX),
            ..Self::of(execute::foresee(plan, specs).into_iter())
        }
    }
}

impl Output {
    fn empty() -> Self {
        Self {
            verdict: Verdict::Pass,
            tables: Vec::new(),
            checks: Vec::new(),
            score: None,
            evaluated_checks: 0,
            total_checks: 0,
            estimated_cost: None,
            unmapped: Vec::new(),
            weights: (0.0, 0.0),
            scans: 0,
            follow_ups: 0,
            notes: Vec::new(),
            statements: Vec::new(),
            omitted_checks: 0,
            headline: String::new(),
            shown_checks: 0,
        }
    }

    fn add(&mut self, table: &str, specs: &[CheckSpec], evaluation: Evaluation) {
        self.verdict = self.verdict.max(evaluation.verdict());
        self.scans += evaluation.scans;
        for (spec, outcome) in specs.iter().zip(&evaluation.outcomes) {
            self.total_checks += 1;
            if !matches!(outcome.verdict, Verdict::Unknown | Verdict::Error) {
                self.evaluated_checks += 1;
                self.weights.1 += spec.weight;
                self.weights.0 += if outcome.verdict == Verdict::Pass { spec.weight } else { 0.0 };
            }
        }
        self.score = (self.weights.1 > 0.0).then(|| self.weights.0 / self.weights.1);
        self.follow_ups += evaluation.follow_ups;
        self.tables.push(CheckedTable { name: table.to_owned(), total_rows: evaluation.total_rows });
        self.checks.extend(specs.iter().zip(evaluation.outcomes).map(|(spec, outcome)| CheckResult {
            name: spec.name.clone(),
            r#type: spec.kind.to_owned(),
            table: table.to_owned(),
            verdict: outcome.verdict,
            failed_rows: outcome.failed_rows,
            total_rows: outcome.total_rows,
            failed_ratio: outcome.failed_ratio(),
            repeated_values: outcome.groups.map(|groups| groups.groups),
            repeated_rows: outcome.groups.map(|groups| groups.rows),
            value: outcome.value.clone(),
            evidence: outcome.evidence_with_values(),
            sample: outcome.sample,
            quarantine: None,
            basis: outcome.basis,
        }));
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }

    fn worst_first(&self) -> impl Iterator<Item = &CheckResult> {
        let mut checks: Vec<&CheckResult> = self.checks.iter().collect();
        checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        checks.into_iter()
    }

    /// The line of a check, with its table where there are several.
    fn line(&self, check: &CheckResult) -> String {
        let place = if self.tables.len() > 1 { format!(" {}", shown(&check.table)) } else { String::new() };
        format!("{:<7}{place} {}", check.verdict.as_str(), check.finding())
    }

    /// The verdict line: `2 of 7 checks fail on shop.orders (10,000 rows, 1 scan)`.
    fn headline(&self) -> String {
        let total = self.checks.len();
        let place = match self.tables.as_slice() {
            [table] => format!("on {}", shown(&table.name)),
            tables => format!("on {} tables", tables.len()),
        };
        let scans = format!("{} {}", self.scans, if self.scans == 1 { "scan" } else { "scans" });
        let size = match self.tables.as_slice() {
            [CheckedTable { total_rows: Some(total), .. }] => format!("{}, {scans}", rows(*total)),
            _ => scans,
        };
        let noun = if total == 1 { "check" } else { "checks" };
        if !self.statements.is_empty() {
            let cost = self.estimated_cost.map(|cost| format!(", cost {cost:.0}")).unwrap_or_default();
            return format!("dry run: {total} {noun} {place} would take {size}{cost}");
        }
        let mut found = [
            (Verdict::Fail, "fails", "fail"),
            (Verdict::Error, "could not be evaluated", "could not be evaluated"),
            (Verdict::Unknown, "is unknown", "are unknown"),
            (Verdict::Warn, "warns", "warn"),
        ]
        .into_iter()
        .map(|(verdict, one, several)| match self.count(verdict) {
            1 => (1, one),
            count => (count, several),
        })
        .filter(|(count, _)| *count > 0);
        let Some((count, verb)) = found.next() else {
            let all =
                if total == 1 { "1 check passes".to_owned() } else { format!("all {total} checks pass") };
            return format!("{all} {place} ({size})");
        };
        let others: String = found.map(|(count, verb)| format!("; {count} {verb}")).collect();
        format!("{count} of {total} {noun} {verb} {place} ({size}){others}")
    }
}

impl CheckResult {
    fn finding(&self) -> String {
        let name = if self.name.starts_with(&self.r#type) {
            shown(&self.name)
        } else {
            format!("{} [{}]", shown(&self.name), self.r#type)
        };
        let proven = if self.basis == Some(Basis::Constraint) { "proven: " } else { "" };
        let shown_examples = if self.verdict == Verdict::Pass { 0 } else { SHOWN_EXAMPLES };
        let examples: Vec<String> = self.sample.iter().take(shown_examples).map(example).collect();
        let examples =
            if examples.is_empty() { String::new() } else { format!(" | e.g. {}", examples.join("; ")) };
        format!("{name}: {proven}{}{examples}", self.evidence)
    }
}

/// Failing rows that the text shows of a check; the structured answer has them all.
const SHOWN_EXAMPLES: usize = 3;

/// How much of a value the text shows; the structured answer has twice that.
const SHOWN_EXAMPLE_CHARACTERS: usize = 40;

fn example(row: &SampleRow) -> String {
    let value = |value: &serde_json::Value| {
        value.as_str().map_or_else(|| "NULL".to_owned(), |text| Page::data(text, SHOWN_EXAMPLE_CHARACTERS))
    };
    row.iter()
        .map(|(column, text)| format!("{}={}", shown(column), value(text)))
        .collect::<Vec<_>>()
        .join(" ")
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.headline = self.headline();
        let size = |output: &Self| output.checks.iter().map(structured_size).sum::<usize>();
        // Many samples of a few rows say more than few samples of many.
        for kept in [5, SHOWN_EXAMPLES] {
            if size(self) > 2 * budget.characters() {
                self.checks.iter_mut().for_each(|check| check.sample.truncate(kept));
            }
        }
        if size(self) > MAX_STRUCTURED_BYTES {
            self.checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
            self.omitted_checks += keep(&mut self.checks, MAX_STRUCTURED_BYTES, structured_size);
        }
        let mut lines: Vec<String> = self.worst_first().map(|check| self.line(check)).collect();
        budget.keep(&mut lines, |line| line.chars().count() + 1);
        self.shown_checks = lines.len();
    }

    fn render(&self, page: &mut Page) {
        page.line(&self.headline);
        for check in self.worst_first().take(self.shown_checks) {
            page.line(self.line(check));
        }
        for (check, quarantine) in
            self.checks.iter().filter_map(|check| Some((check, check.quarantine.as_ref()?))).take(3)
        {
            let said = match (&quarantine.refused, quarantine.done) {
                (Some(reason), _) => format!("was not run: {reason}"),
                (None, true) => "was run".to_owned(),
                (None, false) => "would copy them".to_owned(),
            };
            page.line(format!("quarantine of {} {said}", shown(&check.name)));
            page.block(&quarantine.statement);
        }
        let rest: Vec<&CheckResult> = self.worst_first().skip(self.shown_checks).collect();
        if let Some(worst) = rest.first() {
            let (count, worst) = (rest.len(), worst.verdict.as_str());
            page.line(format!("{count} more in the structured answer, none worse than {worst}"));
        }
        if self.omitted_checks > 0 {
            page.line(format!(
                "{} checks left out, none worse than those shown; run them in smaller groups",
                self.omitted_checks
            ));
        }
        for statement in &self.statements {
            match statement.char_indices().nth(SHOWN_STATEMENT_CHARACTERS) {
                None => page.block(statement),
                Some((cut, _)) => {
                    page.block(&format!("{}… (whole in the structured answer)", &statement[..cut]))
                }
            }
        }
        for item in &self.unmapped {
            page.line(item);
        }
        for note in &self.notes {
            page.line(format!("note: {note}"));
        }
        if self.count(Verdict::Fail) + self.count(Verdict::Warn) > 0 {
            page.line("next: mend the rows by the keys shown, then run the same checks again");
        } else if self.count(Verdict::Error) > 0 {
            page.line("next: correct the checks that could not be evaluated, and run them again");
        }
    }
}

/// The structured answer's checks stay below this, whatever they hold.
const MAX_STRUCTURED_BYTES: usize = 48 * 1024;
/// What the text shows of a dry run's statement.
const SHOWN_STATEMENT_CHARACTERS: usize = 3_000;

/// Keeps the leading items that fit, and returns how many were left out.
fn keep<T>(items: &mut Vec<T>, room: usize, size: impl Fn(&T) -> usize) -> u32 {
    let mut used = 0;
    let kept = items.iter().take_while(|item| {
        used += size(item);
        used <= room
    });
    let kept = kept.count();
    let omitted = items.len() - kept;
    items.truncate(kept);
    u32::try_from(omitted).unwrap_or(u32::MAX)
}

/// About what a result takes in the structured answer.
fn structured_size(check: &CheckResult) -> usize {
    let cell = |(column, value): (&String, &serde_json::Value)| {
        column.len() + value.as_str().map_or(4, str::len) + 6
    };
    let samples: usize = check.sample.iter().map(|row| row.iter().map(cell).sum::<usize>() + 2).sum();
    check.name.len() + check.evidence.len() + check.table.len() + samples + 160
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn result(verdict: Verdict, name: &str, failed_rows: Option<u64>) -> CheckResult {
        CheckResult {
            name: name.to_owned(),
            r#type: name.split('(').next().unwrap_or_default().to_owned(),
            table: "shop.orders".to_owned(),
            verdict,
            failed_rows,
            total_rows: Some(10_000),
            failed_ratio: failed_rows.map(|rows| rows as f64 / 10_000.0),
            repeated_values: None,
            repeated_rows: None,
            value: None,
            evidence: "some rows NULL".to_owned(),
            sample: match failed_rows {
                Some(1..) => vec![json!({"id": "7", "email": null}).as_object().unwrap().clone()],
                _ => Vec::new(),
            },
            quarantine: None,
            basis: Some(Basis::Scan),
        }
    }

    fn text(mut output: Output, budget: &Budget) -> String {
        output.verdict = Verdict::worst(output.checks.iter().map(|check| check.verdict));
        output.tables = vec![CheckedTable { name: "shop.orders".to_owned(), total_rows: Some(10_000) }];
        output.scans = 1;
        output.fit(budget);
        let mut page = Page::default();
        output.render(&mut page);
        page.into_text()
    }

    #[test]
    fn the_verdict_comes_first_and_failures_before_the_rest() {
        let checks = vec![
            result(Verdict::Pass, "not_null(id)", Some(0)),
            result(Verdict::Warn, "not_null(sku)", Some(1)),
            result(Verdict::Fail, "not_null(email)", Some(1_200)),
        ];
        expect![[r#"
            1 of 3 checks fails on shop.orders (10,000 rows, 1 scan); 1 warns
            fail    not_null(email): some rows NULL | e.g. id=7 email=NULL
            warn    not_null(sku): some rows NULL | e.g. id=7 email=NULL
            pass    not_null(id): some rows NULL
            next: mend the rows by the keys shown, then run the same checks again"#]]
        .assert_eq(&text(Output { checks, ..Output::empty() }, &Budget::default()));
    }

    #[test]
    fn a_long_answer_keeps_its_worst_and_counts_the_rest() {
        let mut checks: Vec<CheckResult> =
            (0..40).map(|_| result(Verdict::Pass, "not_null(id)", Some(0))).collect();
        checks.push(result(Verdict::Fail, "not_null(email)", Some(3)));
        expect![[r#"
            1 of 41 checks fails on shop.orders (10,000 rows, 1 scan)
            fail    not_null(email): some rows NULL | e.g. id=7 email=NULL
            pass    not_null(id): some rows NULL
            pass    not_null(id): some rows NULL
            pass    not_null(id): some rows NULL
            37 more in the structured answer, none worse than pass
            next: mend the rows by the keys shown, then run the same checks again"#]]
        .assert_eq(&text(Output { checks, ..Output::empty() }, &Budget::tokens(60)));
    }

    #[test]
    fn thousands_of_checks_stay_below_the_cap_and_say_so() {
        let checks = (0..5_000).map(|_| result(Verdict::Fail, "not_null(id)", Some(1))).collect();
        let mut output = Output { checks, ..Output::empty() };
        output.fit(&Budget::default());
        assert!(serde_json::to_string(&output.checks).unwrap().len() < 2 * MAX_STRUCTURED_BYTES);
        assert_eq!(output.checks.len() + usize::try_from(output.omitted_checks).unwrap(), 5_000);
    }
}
