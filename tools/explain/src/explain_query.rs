//! `explain_query`: the plan of one read-only statement, or a plan that somebody pasted, judged.
//!
//! A statement is planned only, unless `analyze` asks to run it and measure; either way in a read-only session under
//! limits. A pasted plan needs no database.

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_plan::{Basis, Comparison, Finding, PlanNode, judge, tree, verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rewrites::Rewrite;
use crate::subject::{Explained, Subject};

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
    /// Another statement or pasted plan: what changes from this one to that.
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
    /// What costs, worst first.
    findings: Vec<Finding>,
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
    /// How the plan of compare_to differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Compared>,
    /// The plan itself.
    plan: PlanOut,
    #[serde(skip)]
    tree: String,
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
        let given = match (&input.sql, &input.plan) {
            (Some(sql), None) => Subject::Statement { sql, params: &input.params, analyze: input.analyze },
            (None, Some(_)) if input.analyze || !input.params.is_empty() => {
                return Err(misused("analyze and params belong to sql, not to a plan that stands"));
            }
            (None, Some(plan)) => Subject::Plan(plan),
            _ => return Err(misused("give either sql or plan")),
        };
        let Explained { plan, facts, columns, rewrites } =
            given.explain(call, input.compare_to.is_some()).await?;
        let comparison = match &input.compare_to {
            Some(other) => {
                let other = Subject::either(other, &input.params, input.analyze).explain(call, true).await?;
                Some(Compared {
                    plans: Comparison::of(&plan, &other.plan),
                    same_columns: columns.zip(other.columns).map(|(these, those)| these == those),
                    omitted_changes: 0,
                })
            }
            None => None,
        };
        let findings = judge(&plan, &facts);
        let tree = match input.detail {
            Detail::Summary => String::new(),
            Detail::Tree => tree::render(&plan, &findings),
            Detail::Full => tree::render_whole(&plan, &findings),
        };
        let nodes = if input.detail == Detail::Summary { Vec::new() } else { plan.nodes_out() };
        Ok(Output {
            verdict: verdict(&plan, &findings),
            tree,
            findings,
            omitted_findings: 0,
            other: rewrites.would_help(),
            rewrites: rewrites.offers,
            omitted_rewrites: 0,
            comparison,
            plan: PlanOut {
                basis: if plan.analyzed() { Basis::Measured } else { Basis::Estimated },
                total_cost: plan.root().estimate.total_cost,
                planning_ms: plan.planning_ms,
                execution_ms: plan.execution_ms,
                omitted_nodes: u32::try_from(plan.nodes.len() - nodes.len()).unwrap_or(u32::MAX),
                nodes,
            },
        })
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.plan.omitted_nodes += budget.keep(&mut self.plan.nodes, length);
        self.omitted_findings += budget.keep(&mut self.findings, length);
        self.omitted_rewrites += budget.keep(&mut self.rewrites, length);
        if let Some(compared) = &mut self.comparison {
            compared.omitted_changes += budget.keep(&mut compared.plans.changes, length);
        }
        // Tree, advice and rewrites share the text.
        let advice: usize = self.findings.iter().map(|finding| finding.advice.len()).sum();
        let rewrites: usize = self.rewrites.iter().map(|rewrite| rewrite.to_string().len()).sum();
        let left = budget.characters().saturating_sub(advice + rewrites).max(budget.characters() / 2);
        if self.tree.chars().count() > left {
            self.tree = self.tree.chars().take(left).collect();
            self.tree.push_str("\n(cut; the structured plan holds more nodes)");
        }
    }

    fn render(&self, page: &mut Page) {
        page.line(&self.verdict);
        if let Some(compared) = &self.comparison {
            compared.render(page);
        }
        if !self.tree.is_empty() {
            page.block(&self.tree);
        }
        // The verdict has said the first one already.
        for finding in self.findings.iter().skip(1) {
            page.line(format!("{}@{}: {}", finding.id, finding.node, finding.advice));
        }
        if self.omitted_findings > 0 {
            page.line(format!("({} lesser findings left out)", self.omitted_findings));
        }
        for rewrite in &self.rewrites {
            page.line(rewrite.to_string());
        }
        if self.omitted_rewrites > 0 {
            page.line(format!("({} lesser rewrites left out)", self.omitted_rewrites));
        }
        for other in &self.other {
            page.line(other);
        }
        if self.findings.iter().any(|finding| finding.advice.contains("index")) {
            page.line("Index advice here is not yet proven; next: suggest_index with this statement.");
        }
    }
}

impl Compared {
    fn render(&self, page: &mut Page) {
        page.line(format!("compare_to: {}", self.plans.verdict()));
        for change in &self.plans.changes {
            page.line(format!(" {change}"));
        }
        match self.same_columns {
            Some(true) => page.line(" the same columns; equal rows are not proven by that"),
            Some(false) => page.line(" other columns: the two do not give the same result"),
            None => {}
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
