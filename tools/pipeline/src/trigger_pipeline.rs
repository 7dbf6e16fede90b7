//! `trigger_pipeline`: runs a pipeline that the user defined in YAML, or shows what it would do.
//!
//! Writes the pipeline's target, its quarantine and pgwright's ledger, and nothing else.

use std::path::PathBuf;
use std::time::Instant;

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError, units};
use pgwright_quality::verdict::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::plan::{self, Plan, PlannedCheck};
use crate::prepare::{self, Chosen, Pipelines, Target};
use crate::report::{FileStatus, Quarantined, Run, Status};
use crate::retry::Attempts;
use crate::run::{Outcome, Runner};

/// The tool, with the folders it works in.
#[derive(Debug, Clone, Default)]
pub struct TriggerPipeline {
    pipelines: Pipelines,
}

impl TriggerPipeline {
    /// The tool over these folders.
    pub fn new(pipelines: Pipelines) -> Self {
        Self { pipelines }
    }
}

/// What to run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name of a pipeline in the configured folder.
    pub pipeline: Option<String>,
    /// Path of a definition instead, under a configured folder.
    pub file: Option<String>,
    /// Values for the definition's params.
    #[serde(default)]
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// Show the plan and judge the files, but write nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// A second call with the same key returns the first one's run.
    pub idempotency_key: Option<String>,
}

/// The run, and what was refused.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The run.
    pub run: Run,
    /// Refused rows, summed up; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantined>,
    /// What would be done, of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl Tool for TriggerPipeline {
    const NAME: &'static str = "trigger_pipeline";
    const TITLE: &'static str = "Run a pipeline";
    const DESCRIPTION: &'static str = "Runs a configured YAML pipeline: CSV files into a table, each file once, bad rows into \
        quarantine with line and reason. Writes the target table; use dry_run first to see the plan and judge the files. \
        Safe to repeat. Next: run_quality_check on the table.";
    const ACCESS: Access = Access::ReadData;
    const MAX_ACCESS: Access = Access::WriteData;
    const IDEMPOTENT: bool = true;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        if input.dry_run { Access::ReadData } else { Access::WriteData }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let began = Instant::now();
        let chosen = self
            .choose(call, &input)
            .and_then(|chosen| chosen.belongs_in(&call.database))
            .map_err(|error| error.into_tool_error(None))?;
        let mut attempts = Attempts::new(chosen.definition.retry.clone());
        let target = loop {
            match Target::read(&chosen, call).await {
                Ok(target) => break target,
                Err(fault) => {
                    attempts.again(fault, &call.cancel).await.map_err(|error| error.into_tool_error(None))?;
                }
            }
        };
        let prepared = prepare::prepare(&chosen, target, &self.pipelines)
            .await
            .map_err(|error| error.into_tool_error(None))?;
        let quarantine = prepared.definition.quarantine.table.to_string();
        let output = |plan, Outcome { run, reasons }| Output {
            run,
            quarantine: (!reasons.is_empty()).then(|| Quarantined::of(quarantine, reasons)),
            plan,
        };
        if input.dry_run {
            let (plan, outcome) =
                plan::plan(&prepared, call, began).await.map_err(|error| error.into_tool_error(None))?;
            return Ok(output(Some(plan), outcome));
        }
        let runner = Runner::new(&prepared, call, input.idempotency_key.as_deref(), began);
        let outcome = runner.run(attempts).await.map_err(|(error, run)| error.into_tool_error(run))?;
        Ok(output(None, outcome))
    }
}

impl TriggerPipeline {
    fn choose(&self, call: &Call, input: &Input) -> Result<Chosen, RunError> {
        if !input.parameters.is_empty() {
            return Err(RunError::Input("this definition has no params, so parameters must be empty"));
        }
        if input.idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
            return Err(RunError::Input("idempotency_key has 1 to 200 bytes"));
        }
        match (&input.pipeline, &input.file) {
            (Some(name), None) => self.pipelines.named(name),
            (None, Some(_)) if !call.grant.names_files() => Err(RunError::RemoteFile),
            (None, Some(file)) => self.pipelines.at(&self.located(file)),
            _ => Err(RunError::Input("give either pipeline, a name, or file, a path")),
        }
    }

    /// A relative path is meant from the working folder, or else from a configured one.
    fn located(&self, file: &str) -> PathBuf {
        let written = PathBuf::from(file);
        if written.is_absolute() || written.exists() {
            return written;
        }
        let roots = self.pipelines.all_roots();
        roots.into_iter().map(|root| root.join(file)).find(|path| path.exists()).unwrap_or(written)
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        // A quarter for each list: checks, files, reasons, statements.
        let quarter = Budget::tokens(budget.characters() / 12);
        self.run.checks_omitted += quarter.keep(&mut self.run.checks, |check| {
            check.name.len() + check.evidence.len() + check.file.as_ref().map_or(0, String::len) + 40
        });
        self.run.files_omitted += quarter.keep(&mut self.run.files, |file| {
            file.path.len() + 80 + file.note.as_ref().map_or(0, String::len)
        });
        if let Some(quarantine) = &mut self.quarantine {
            quarantine.reasons_omitted += quarter.keep(&mut quarantine.reasons, |reason| {
                reason.reason.len() + reason.first.iter().map(|first| first.len() + 2).sum::<usize>() + 40
            });
        }
    }

    fn render(&self, page: &mut Page) {
        self.render_verdict(page);
        if let Some(failure) = &self.run.failure {
            let code = match failure.message.starts_with(&failure.code) {
                true => String::new(),
                false => format!("{}: ", failure.code),
            };
            page.line(format!("{code}{}", Page::data(&failure.message, 2_000)));
        }
        self.render_checks(page);
        for file in &self.run.files {
            let what = match file.status {
                FileStatus::Loaded => format!("{} rows loaded", file.rows_loaded),
                FileStatus::Unchanged => "unchanged".to_owned(),
                FileStatus::Failed => "nothing published".to_owned(),
                FileStatus::New => format!("{} rows to load", file.rows_read - file.rows_quarantined),
            };
            let refused = match file.rows_quarantined {
                0 => String::new(),
                rows => format!(", {rows} refused"),
            };
            let note = file.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
            page.line(format!(
                "  {} ({}): {what}{refused}{note}",
                Page::data(&file.path, 120),
                units::bytes(file.bytes)
            ));
        }
        if self.run.files_omitted > 0 {
            page.line(format!("  … and {} more files", self.run.files_omitted));
        }
        self.render_refused(page);
        if let Some(plan) = &self.plan {
            render_plan(plan, page);
        }
        if let Some(next) = self.next_step() {
            page.line(format!("next: {next}"));
        }
    }
}

impl Output {
    fn render_verdict(&self, page: &mut Page) {
        let run = &self.run;
        let what = match run.status {
            Status::Succeeded => format!("{} rows loaded into {}", run.rows_loaded, run.target),
            Status::Unchanged => format!("{} is unchanged: every file has been loaded before", run.target),
            Status::Failed => format!("nothing more was loaded into {}", run.target),
            Status::Planned => {
                format!(
                    "{} rows would be loaded into {}; nothing was written",
                    run.rows_read - run.rows_quarantined,
                    run.target
                )
            }
        };
        let mut line = format!("{} {}: {what}", run.pipeline, run.status.as_str());
        if run.rows_quarantined > 0 {
            line.push_str(&format!(", {} of {} refused", run.rows_quarantined, run.rows_read));
        }
        if run.rows_deduplicated > 0 {
            line.push_str(&format!(
                ", {} superseded by a later row with the same key",
                run.rows_deduplicated
            ));
        }
        #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
        line.push_str(&format!(" ({})", units::milliseconds(run.ms as f64)));
        page.line(line);
        if run.replayed {
            page.line("this is the record of the earlier run with this idempotency_key");
        }
        if run.attempts > 1 {
            page.line(format!("{} attempts: passing faults were overcome", run.attempts));
        }
        if !run.id.is_empty() {
            page.line(format!("run {}", run.id));
        }
    }

    /// Checks that let the load pass; of the others the failure speaks.
    fn render_checks(&self, page: &mut Page) {
        let failed = self.run.failure.is_some();
        for check in self.run.checks.iter().filter(|check| check.verdict == Verdict::Warn || !failed) {
            let file = check.file.as_ref().map_or(String::new(), |file| format!(" ({file})"));
            let found = format!("{}: {}{file}", check.name, check.evidence);
            page.line(format!("{} {}", check.verdict.as_str(), Page::data(&found, 400)));
        }
        if self.run.checks_omitted > 0 {
            page.line(format!("… and {} more checks that do not hold", self.run.checks_omitted));
        }
    }

    fn render_refused(&self, page: &mut Page) {
        let Some(quarantine) = &self.quarantine else { return };
        let kept = match self.run.status {
            Status::Succeeded | Status::Unchanged => format!("refused rows are in {}", quarantine.table),
            Status::Failed | Status::Planned => "refused rows".to_owned(),
        };
        page.line(format!("{kept}, by reason:"));
        for reason in &quarantine.reasons {
            let column = reason.column.as_ref().map_or(String::new(), |column| format!("{column}: "));
            let first: Vec<String> = reason.first.iter().map(|first| Page::data(first, 120)).collect();
            page.line(format!(
                "  {} × {}{} - {}",
                reason.rows,
                Page::data(&column, 80),
                Page::data(&reason.reason, 200),
                first.join(", ")
            ));
        }
        if quarantine.reasons_omitted > 0 {
            page.line(format!("  … and {} more reasons", quarantine.reasons_omitted));
        }
    }

    fn next_step(&self) -> Option<String> {
        match self.run.status {
            Status::Failed => self.run.failure.as_ref().map(|failure| failure.next_step.clone()),
            Status::Planned if self.run.failure.is_some() => {
                Some("the run would fail as said above; mend it first".to_owned())
            }
            Status::Planned if self.run.rows_read == 0 => None,
            Status::Planned => {
                Some(format!("trigger_pipeline {{\"pipeline\": \"{}\"}} runs it", self.run.pipeline))
            }
            Status::Succeeded => Some(format!("run_quality_check on {}", self.run.target)),
            Status::Unchanged => None,
        }
    }
}

fn render_plan(plan: &Plan, page: &mut Page) {
    let columns: Vec<String> =
        plan.columns.iter().map(|column| format!("{} {}", column.name, column.type_name)).collect();
    page.line(format!("columns: {}", columns.join(", ")));
    for difference in &plan.differences {
        page.line(format!("type differs: {difference}"));
    }
    if !plan.checks.is_empty() {
        let checks: Vec<String> = plan.checks.iter().map(PlannedCheck::shown).collect();
        page.line(format!("checks before publication: {}", checks.join(", ")));
    }
    page.line(format!("overwrites: {}", plan.overwrites));
    if !plan.statements.is_empty() {
        page.line("in one transaction with the ledger's entry:");
    }
    for statement in &plan.statements {
        page.line(format!("  {statement}"));
    }
}
