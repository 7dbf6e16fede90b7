//! `explain_query`: the plan of one read-only statement, or a plan that somebody pasted, judged.
//!
//! A statement is planned only, unless `analyze` asks to run it and measure; either way in a read-only session under
//! limits. A pasted plan needs no database.

mod text;

use pgwright_contract::units::round;
use pgwright_contract::{Access, Answer, Attachment, Budget, Call, Form, Page, Tool, ToolError};
use pgwright_plan::{Basis, Change, Comparison, Finding, Plan, PlanNode, tree, verdict};
use pgwright_postgres::PlannerSettings;
use pgwright_postgres::statements::Recorded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::history::{History, PlanChange};
use crate::rewrites::Rewrite;
use crate::subject::{Explained, Subject, Wish};
use crate::trial::Trial;

/// The tool.
#[derive(Debug, Default)]
pub struct ExplainQuery {
    history: Option<History>,
}

impl ExplainQuery {
    /// The tool, keeping the plans it explains there, if anywhere.
    pub fn new(history: Option<History>) -> Self {
        Self { history }
    }
}

/// What to explain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// One read-only statement, without EXPLAIN. This, handle or plan.
    #[serde(default)]
    sql: Option<String>,
    /// A statement that top_queries named.
    #[serde(default)]
    handle: Option<String>,
    /// What EXPLAIN printed, as text or JSON; needs no database.
    #[serde(default)]
    plan: Option<String>,
    /// Values for $1, $2, …; left out, the generic plan.
    #[serde(default)]
    params: Vec<Value>,
    /// Run it and measure.
    #[serde(default)]
    analyze: bool,
    /// Planner and memory settings to try on it, e.g. {"work_mem": "64MB", "enable_nestloop": false}.
    #[serde(default)]
    settings: Map<String, Value>,
    /// Another statement, handle or pasted plan: what changes from this one to that.
    #[serde(default)]
    compare_to: Option<String>,
    /// How much of the plan to show.
    #[serde(default)]
    detail: Detail,
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Detail {
    /// The verdict and the findings.
    Summary,
    /// The tree too, cheap branches of long plans folded.
    #[default]
    Tree,
    /// Every node.
    Full,
}

/// The plan and what is wrong with it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Where the time or cost goes, and the first thing to do.
    verdict: String,
    /// What the server counted of the statement that the handle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Counted>,
    /// What the settings change; the plan is the one with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Tried>,
    /// What costs, worst first.
    findings: Vec<Judged>,
    /// Findings left out to keep the answer short.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_findings: u32,
    /// Other ways of writing the statement: the same rows, at a lower estimated cost.
    rewrites: Vec<Rewrite>,
    /// Rewrites left out to keep the answer short.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_rewrites: u32,
    /// What would help, were it so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other: Vec<String>,
    /// The plan that the statement had before, where plans are kept and it had another.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<PlanChange>,
    /// Why plans are not kept this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    history_error: Option<String>,
    /// How the plan of compare_to differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Compared>,
    /// The plan itself.
    plan: PlanOut,
    #[serde(skip)]
    drawn: Drawn,
    #[serde(skip)]
    next: Option<String>,
    #[serde(skip)]
    whole: Vec<Attachment>,
}

/// The tree, once it is known how much room it has.
#[derive(Debug)]
enum Drawn {
    No,
    Later { plan: Box<Plan>, whole: bool },
    Tree(String),
}

/// A finding, and what PostgreSQL says of its advice where that could be tried.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Judged {
    #[serde(flatten)]
    finding: Finding,
    /// What each advised change brings; absent: not tried, so not proven.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tried: Vec<Trial>,
}

/// The caller's settings, tried for this answer only.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tried {
    #[serde(flatten)]
    trial: Trial,
    /// What is done in another way.
    changes: Vec<Change>,
    /// Changes left out.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_changes: u32,
}

/// What pg_stat_statements counted of all executions; measured by the server.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counted {
    calls: u64,
    total_ms: f64,
    mean_ms: f64,
    max_ms: f64,
}

/// Two plans side by side, and whether the statements give the same columns.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compared {
    #[serde(flatten)]
    plans: Comparison,
    /// Whether names and types of the columns are the same; absent where a plan was pasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_columns: Option<bool>,
    /// Changes left out.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_changes: u32,
}

/// A plan as a flat list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanOut {
    /// Whether figures were measured by running the statement, or estimated by the planner.
    basis: Basis,
    /// The planner's cost of the whole statement.
    total_cost: f64,
    /// Time to plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    planning_ms: Option<f64>,
    /// Time to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_ms: Option<f64>,
    /// Nodes in plan order.
    nodes: Vec<PlanNode>,
    /// Nodes left out.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_nodes: u32,
}

impl Tool for ExplainQuery {
    const NAME: &'static str = "explain_query";
    const TITLE: &'static str = "Explain a query";
    const DESCRIPTION: &'static str = "Plan of one read-only SQL statement, of a handle from top_queries, or a pasted plan, as a compact \
        tree with findings that name the table, say what to do and what that brings. Costs only planning; analyze: true runs \
        it read-only and measures. Next: suggest_index for the same statement.";
    const ACCESS: Access = Access::ReadCatalog;
    const MAX_ACCESS: Access = Access::ReadData;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        if input.analyze { Access::ReadData } else { Access::ReadCatalog }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let given = input.subject()?;
        let settings = PlannerSettings::read(&input.settings, input.analyze)
            .map_err(|refused| misused(&refused.to_string()).hint(refused.hint()))?;
        let compared = input.compare_to.is_some();
        let wish = Wish {
            params: &input.params,
            analyze: input.analyze,
            settings: &settings,
            compared,
            history: self.history.as_ref(),
        };
        let explained = given.explain(call, wish).await?;
        let comparison = match &input.compare_to {
            Some(other) => {
                let other = Subject::either(other).explain(call, wish).await?;
                let columns = explained.columns.as_ref().zip(other.columns.as_ref());
                Some(Compared {
                    plans: Comparison::of(&explained.plan, &other.plan),
                    same_columns: columns.map(|(these, those)| these == those),
                    omitted_changes: 0,
                })
            }
            None => None,
        };
        Ok(Output::of(explained, comparison, &input))
    }
}

impl Input {
    fn subject(&self) -> Result<Subject<'_>, ToolError> {
        match (&self.sql, &self.handle, &self.plan) {
            (Some(sql), None, None) => Ok(Subject::Statement(sql)),
            (None, Some(handle), None) => Ok(Subject::Handle(handle)),
            (None, None, Some(_)) if self.analyze || !self.params.is_empty() || !self.settings.is_empty() => {
                Err(misused("analyze, params and settings belong to a statement, not to a plan that stands"))
            }
            (None, None, Some(plan)) => Ok(Subject::Plan(plan)),
            _ => Err(misused("give one of sql, handle and plan")),
        }
    }
}

impl Output {
    fn of(explained: Explained, comparison: Option<Compared>, input: &Input) -> Self {
        let Explained { plan, json, findings, trials, tried, rewrites, recorded, history, statement, .. } =
            explained;
        let (history, history_error) = match history {
            Some(Ok(change)) => (change, None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        let nodes = if input.detail == Detail::Summary { Vec::new() } else { plan.nodes_out() };
        let whole = json.map(|json| Attachment {
            kind: "plan",
            title: format!("The whole plan, {} nodes", plan.nodes.len()),
            forms: vec![
                Form { media_type: "text/plain", text: tree::render_whole(&plan, &findings) },
                Form { media_type: "application/json", text: json },
            ],
        });
        let mut output = Self {
            verdict: verdict(&plan, &findings),
            recorded: recorded.map(Counted::from),
            settings: tried.map(|(trial, changes)| Tried { trial, changes, omitted_changes: 0 }),
            drawn: Drawn::No,
            findings: findings.into_iter().map(|finding| Judged { finding, tried: Vec::new() }).collect(),
            omitted_findings: 0,
            other: rewrites.would_help(),
            rewrites: rewrites.offers,
            omitted_rewrites: 0,
            history,
            history_error,
            comparison,
            plan: PlanOut {
                basis: if plan.analyzed() { Basis::Measured } else { Basis::Estimated },
                total_cost: plan.root().estimate.total_cost,
                planning_ms: plan.planning_ms,
                execution_ms: plan.execution_ms,
                omitted_nodes: u32::try_from(plan.nodes.len() - nodes.len()).unwrap_or(u32::MAX),
                nodes,
            },
            next: None,
            whole: whole.into_iter().collect(),
        };
        for (at, trial) in trials {
            if let Some(judged) = output.findings.get_mut(at) {
                judged.tried.push(trial);
            }
        }
        if input.detail != Detail::Summary {
            output.drawn = Drawn::Later { plan: Box::new(plan), whole: input.detail == Detail::Full };
        }
        output.next = statement.and_then(|statement| text::next(&output, statement.sql()));
        output
    }
}

impl From<Recorded> for Counted {
    #[allow(clippy::cast_precision_loss, reason = "a mean of large counts")]
    fn from(Recorded { calls, total_ms, max_ms }: Recorded) -> Self {
        let mean_ms = round(total_ms / calls.max(1) as f64);
        Self { calls, total_ms: round(total_ms), mean_ms, max_ms: round(max_ms) }
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.plan.omitted_nodes += budget.keep(&mut self.plan.nodes, length);
        if let Some(compared) = &mut self.comparison {
            compared.omitted_changes += budget.keep(&mut compared.plans.changes, length);
        }
        if let Some(tried) = &mut self.settings {
            tried.omitted_changes += budget.keep(&mut tried.changes, length);
        }
        text::fit(self, budget);
    }

    fn render(&self, page: &mut Page) {
        text::render(self, page);
    }

    fn attachments(&mut self) -> Vec<Attachment> {
        std::mem::take(&mut self.whole)
    }
}

/// Characters of something in the structured answer.
fn length(part: &impl Serialize) -> usize {
    serde_json::to_string(part).map_or(0, |text| text.len())
}

fn misused(message: &str) -> ToolError {
    ToolError::new("invalid_arguments", format!("explain_query: {message}"))
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
