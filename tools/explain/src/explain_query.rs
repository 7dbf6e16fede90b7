//! `explain_query`: the plan of one read-only statement, or a plan that somebody pasted, judged.
//!
//! A statement is planned only, unless `analyze` asks to run it and measure; either way in a read-only session under
//! limits. A pasted plan needs no database.

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_plan::{Basis, Facts, Finding, Plan, PlanNode, judge, tree, verdict};
use pgwright_postgres::Explain;
use pgwright_sql::guard;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts;

/// The tool.
pub struct ExplainQuery;

/// What to explain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// One read-only statement, without EXPLAIN. This or plan.
    #[serde(default)]
    sql: Option<String>,
    /// What EXPLAIN printed, as text or JSON; needs no database.
    #[serde(default)]
    plan: Option<String>,
    /// Values for $1, $2, …; left out, the generic plan.
    #[serde(default)]
    params: Vec<Value>,
    /// Run it and measure.
    #[serde(default)]
    analyze: bool,
}

/// The plan and what is wrong with it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Where the time or cost goes, and the first thing to do.
    verdict: String,
    /// What costs, worst first.
    findings: Vec<Finding>,
    /// Findings left out to keep the answer short.
    #[serde(skip_serializing_if = "is_zero")]
    omitted_findings: u32,
    /// The plan itself.
    plan: PlanOut,
    #[serde(skip)]
    tree: String,
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
    const DESCRIPTION: &'static str = "Plan of one read-only SQL statement, or a pasted plan, as a compact tree with findings that name \
        the table and say what to do. Costs only planning; analyze: true runs it read-only and measures. \
        Next: suggest_index for the same statement.";
    const ACCESS: Access = Access::ReadCatalog;
    const MAX_ACCESS: Access = Access::ReadData;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        if input.analyze { Access::ReadData } else { Access::ReadCatalog }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let (plan, facts) = match (&input.sql, &input.plan) {
            (Some(sql), None) => explained(call, sql, &input).await?,
            (None, Some(plan)) => (pasted(plan, &input)?, Facts::default()),
            _ => return Err(misused("give either sql or plan")),
        };
        let findings = judge(&plan, &facts);
        Ok(Output {
            verdict: verdict(&plan, &findings),
            tree: tree::render(&plan, &findings),
            findings,
            omitted_findings: 0,
            plan: PlanOut {
                basis: if plan.analyzed() { Basis::Measured } else { Basis::Estimated },
                total_cost: plan.root().estimate.total_cost,
                planning_ms: plan.planning_ms,
                execution_ms: plan.execution_ms,
                nodes: plan.nodes_out(),
                omitted_nodes: 0,
            },
        })
    }
}

/// PostgreSQL's plan of a statement, and what its catalogue says of the tables in it.
async fn explained(call: &Call, sql: &str, input: &Input) -> Result<(Plan, Facts), ToolError> {
    let statement = guard::admit(sql).map_err(|refusal| ToolError::from_refusal(&refusal))?;
    let session = call.read().await?;
    let how = Explain { analyze: input.analyze };
    let json = match session.explain(&statement, &input.params, how).await {
        Ok(json) => json,
        Err(error) => {
            // The names are looked up in a session of their own; this one is not kept meanwhile.
            drop(session);
            return Err(call.database.with_nearest_names(&call.scope(), &statement, error).await.into());
        }
    };
    let plan = Plan::from_json(&json).map_err(|error| {
        ToolError::new("unreadable_plan", format!("PostgreSQL's plan could not be read: {error}")).hint(
            "this is a defect of pgwright; please report the PostgreSQL version and the statement's shape",
        )
    })?;
    let facts = facts::of(&plan, &session).await?;
    Ok((plan, facts))
}

/// A plan that was made elsewhere.
fn pasted(plan: &str, input: &Input) -> Result<Plan, ToolError> {
    if input.analyze || !input.params.is_empty() {
        return Err(misused("analyze and params belong to sql, not to a plan that stands"));
    }
    Plan::from_paste(plan).map_err(|error| {
        ToolError::new("unreadable_plan", format!("plan: {error}"))
            .next_step("paste what explain (analyze, buffers) printed, unchanged, or give the sql")
    })
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.plan.omitted_nodes += budget.keep(&mut self.plan.nodes, length);
        self.omitted_findings += budget.keep(&mut self.findings, length);
        // Tree and advice share the text.
        let advice: usize = self.findings.iter().map(|finding| finding.advice.len()).sum();
        let left = budget.characters().saturating_sub(advice).max(budget.characters() / 2);
        if self.tree.chars().count() > left {
            self.tree = self.tree.chars().take(left).collect();
            self.tree.push_str("\n(cut; the structured plan holds more nodes)");
        }
    }

    fn render(&self, page: &mut Page) {
        page.line(&self.verdict);
        page.block(&self.tree);
        // The verdict has said the first one already.
        for finding in self.findings.iter().skip(1) {
            page.line(format!("{}@{}: {}", finding.id, finding.node, finding.advice));
        }
        if self.omitted_findings > 0 {
            page.line(format!("({} lesser findings left out)", self.omitted_findings));
        }
        if self.findings.iter().any(|finding| finding.advice.contains("index")) {
            page.line("Index advice here is not yet proven; next: suggest_index with this statement.");
        }
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
