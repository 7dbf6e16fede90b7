//! The plan as structured output: a flat list of nodes with parents, figures with their units.

use pgwright_contract::Page;
use pgwright_contract::units::round;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Node, Plan};

/// One node of a plan. Times and rows are totals over all loops and processes, not averages.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanNode {
    /// Position in the plan; findings refer to it.
    pub id: usize,
    /// The node above; absent for the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// Node type as PostgreSQL prints it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Table, with its schema when the plan says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// Index that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Condition answered by an index, or that joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Condition checked row by row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Rows of one execution that the planner expected.
    pub estimated_rows: f64,
    /// Rows over all loops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual_rows: Option<f64>,
    /// Rows that the filter threw away, over all loops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_rows: Option<f64>,
    /// How often it ran, over all processes; 0 is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loops: Option<f64>,
    /// Wall clock with everything below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<f64>,
    /// Wall clock of the node itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_ms: Option<f64>,
    /// The node's own part of the statement: of its time, or of its estimated cost where nothing was measured.
    pub self_ratio: f64,
    /// Planner's cost of the node itself over all executions.
    pub self_cost: f64,
    /// Bytes of tables and indexes the node itself looked at, cached or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffers_bytes: Option<f64>,
    /// Bytes the node itself wrote to temporary files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temp_bytes: Option<f64>,
}

impl Plan {
    /// The nodes as structured output, in plan order.
    pub fn nodes_out(&self) -> Vec<PlanNode> {
        self.nodes.iter().map(|node| self.node_out(node)).collect()
    }

    /// The node's own part of the statement: of the time where it was measured, of the cost where not.
    pub fn self_ratio(&self, node: &Node) -> f64 {
        let figures = self.figures(node);
        let (own, whole) = match (figures.self_ms, self.whole_ms()) {
            (Some(own), Some(whole)) => (own, whole),
            _ => (figures.self_cost, self.root().estimate.total_cost),
        };
        if whole > 0.0 { (own / whole).min(1.0) } else { 0.0 }
    }

    fn node_out(&self, node: &Node) -> PlanNode {
        let figures = self.figures(node);
        let text = |key: &str| node.text(key).map(|text| Page::data(text, 1_000));
        let some = |figure: f64| (figure > 0.0).then(|| round(figure));
        let pages = |pages: i64| some(pages as f64 * 8192.0);
        PlanNode {
            id: node.id,
            parent: node.parent,
            kind: Page::data(&node.kind, 100),
            relation: node.table().map(|table| Page::data(&table, 200)),
            index: node.index().map(|index| Page::data(index, 100)),
            condition: ["Index Cond", "Hash Cond", "Merge Cond", "Join Filter"].into_iter().find_map(text),
            filter: text("Filter"),
            estimated_rows: round(node.estimate.rows),
            actual_rows: figures.rows.map(round),
            removed_rows: some(node.rows_removed("Filter")),
            loops: node.actual.as_ref().map(|actual| actual.loops),
            total_ms: figures.total_ms.map(round),
            self_ms: figures.self_ms.map(round),
            self_ratio: round(self.self_ratio(node)),
            self_cost: round(figures.self_cost),
            buffers_bytes: pages(figures.self_buffers.looked_at()),
            temp_bytes: pages(figures.self_buffers.temp_written()),
        }
    }
}
