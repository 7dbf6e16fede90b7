//! What PostgreSQL 13 to 18 says in `EXPLAIN`, as JSON or as text, in a flat list of nodes.
//!
//! A node knows its parent and its children by position; the root is node 0 and the order is the order of the plan
//! (parents before children). Node types and fields that are not known here pass through untouched.

mod buffers;
mod node;
mod read;
mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use buffers::{Buffers, Counter};
pub use node::{Actual, Estimate, Node, Role, SortSpace};

use crate::arithmetic::{Arithmetic, Figures};

/// The largest number of nodes that is read; a plan beyond it is refused.
pub const MAX_NODES: usize = 10_000;

/// Why a text is not a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The text stops being JSON somewhere.
    #[error("the plan is not JSON from byte {at} on ({expected}); give the output of explain (format json)")]
    NotJson {
        /// Offset in bytes.
        at: usize,
        /// What was expected there.
        expected: &'static str,
        /// What the JSON reader said, where it was asked.
        source: Option<serde_json::Error>,
    },
    /// It is JSON, but nothing in it is a plan.
    #[error(
        "the JSON holds no \"Plan\"; give the output of explain (format json) of one select, insert, update or delete"
    )]
    NoPlan,
    /// A node without a type.
    #[error(
        "node {node} of the plan has no \"Node Type\"; give the unchanged output of explain (format json)"
    )]
    NoNodeType {
        /// Position of the node in the plan.
        node: usize,
    },
    /// It is text, but no line in it is a node.
    #[error("the text holds no plan; give the whole output of explain, as text or with (format json)")]
    NotText,
    /// An arrow with nothing that is a node behind it.
    #[error("line {line} of the plan has an arrow and no node; give the unchanged output of explain")]
    NoNodeText {
        /// Counted from 1.
        line: usize,
    },
    /// The indentation says what belongs to what, and is lost.
    #[error(
        "line {line} of the plan stands left of the node it belongs to: the indentation is lost; give the unchanged output of explain"
    )]
    Indentation {
        /// Counted from 1.
        line: usize,
    },
    /// Too many nodes.
    #[error("the plan has more than {MAX_NODES} nodes; explain a part of the statement")]
    TooLarge,
}

/// Time spent in just-in-time compilation.
#[derive(Clone, Debug, PartialEq)]
pub struct Jit {
    /// Functions compiled, leader and workers together.
    pub functions: f64,
    /// Milliseconds, leader and workers together; absent without ANALYZE.
    pub total_ms: Option<f64>,
}

/// One trigger that fired, with what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Name of the constraint that it enforces, or of the trigger.
    pub name: String,
    /// Whether it enforces a constraint.
    pub enforces: bool,
    /// The table, when the plan names it.
    pub relation: Option<String>,
    /// Milliseconds over all calls.
    pub total_ms: f64,
    /// Times it was called.
    pub calls: f64,
}

/// A plan: its nodes and what is said of the whole.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All nodes in plan order; `nodes[i].id == i`, and node 0 is the root.
    pub nodes: Vec<Node>,
    /// Milliseconds of planning, when the plan says so.
    pub planning_ms: Option<f64>,
    /// Milliseconds of execution, after-triggers included; only with ANALYZE and SUMMARY.
    pub execution_ms: Option<f64>,
    /// Triggers that fired.
    pub triggers: Vec<Trigger>,
    /// Just-in-time compilation, when there was any.
    pub jit: Option<Jit>,
    /// Planner settings that differ from the default (option SETTINGS).
    pub settings: BTreeMap<String, String>,
    /// All other fields beside the plan, untouched.
    pub fields: Map<String, Value>,
    arithmetic: Arithmetic,
}

impl Plan {
    /// Reads the output of `EXPLAIN (FORMAT JSON)`: the array that PostgreSQL prints, or the object in it.
    ///
    /// Any depth of nesting is read, up to [`MAX_NODES`] nodes.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        read::text(text).and_then(Self::build)
    }

    /// Reads a plan in either format, as people paste it: JSON, or PostgreSQL's text with whatever psql, a log or
    /// auto_explain put around it.
    pub fn from_paste(text: &str) -> Result<Self, PlanError> {
        match text::pasted_json(text) {
            Some(json) => Self::from_json(&json),
            None => Self::from_text(text),
        }
    }

    /// Reads the text that `EXPLAIN` prints without a format.
    pub fn from_text(text: &str) -> Result<Self, PlanError> {
        text::read(text).and_then(Self::build)
    }

    /// The same from JSON that is parsed already.
    pub fn from_value(value: &Value) -> Result<Self, PlanError> {
        read::value(value).and_then(Self::build)
    }

    fn build(document: read::Document) -> Result<Self, PlanError> {
        let read::Document { raw, mut fields } = document;
        let mut nodes: Vec<Node> = Vec::with_capacity(raw.len());
        for (id, read::Raw { parent, fields }) in raw.into_iter().enumerate() {
            nodes.push(Node::new(id, parent, fields).ok_or(PlanError::NoNodeType { node: id })?);
            if let Some(parent) = parent {
                nodes[parent].children.push(id);
            }
        }
        if nodes.is_empty() {
            return Err(PlanError::NoPlan);
        }
        let mut plan = Self {
            planning_ms: fields.shift_remove("Planning Time").as_ref().and_then(read::figure),
            execution_ms: fields.shift_remove("Execution Time").as_ref().and_then(read::figure),
            triggers: fields.shift_remove("Triggers").as_ref().map(read::triggers).unwrap_or_default(),
            jit: fields.shift_remove("JIT").as_ref().and_then(read::jit),
            settings: fields.shift_remove("Settings").as_ref().map(read::settings).unwrap_or_default(),
            fields,
            nodes,
            arithmetic: Arithmetic::default(),
        };
        plan.arithmetic = Arithmetic::of(&plan);
        Ok(plan)
    }

    /// The root node.
    pub fn root(&self) -> &Node {
        &self.nodes[0]
    }

    /// Whether the plan was executed: it has actual rows.
    pub fn analyzed(&self) -> bool {
        self.root().actual.is_some()
    }

    /// Whether the plan has times (ANALYZE without `TIMING OFF`).
    pub fn timed(&self) -> bool {
        self.root().actual.as_ref().is_some_and(|actual| actual.total_ms.is_some())
    }

    /// Everything that follows from the plan's figures, node by node.
    pub fn arithmetic(&self) -> &Arithmetic {
        &self.arithmetic
    }

    /// What follows for one node.
    pub fn figures(&self, node: &Node) -> &Figures {
        &self.arithmetic.nodes[node.id]
    }

    /// Milliseconds of the whole statement, planning included; absent without times.
    pub fn whole_ms(&self) -> Option<f64> {
        let root = self.arithmetic.nodes[0].total_ms?;
        let triggers: f64 = self.triggers.iter().map(|trigger| trigger.total_ms).sum();
        Some(
            self.planning_ms.unwrap_or(0.0)
                + self.execution_ms.unwrap_or(root + self.arithmetic.afterwards_ms + triggers),
        )
    }

    /// Milliseconds of execution; absent without times.
    pub fn run_ms(&self) -> Option<f64> {
        Some(self.whole_ms()? - self.planning_ms.unwrap_or(0.0))
    }

    /// The node above, absent for the root.
    pub fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.map(|id| &self.nodes[id])
    }

    /// The nodes above, nearest first.
    pub fn ancestors<'a>(&'a self, node: &Node) -> impl Iterator<Item = &'a Node> + use<'a> {
        let first = self.parent(node);
        std::iter::successors(first, |node| self.parent(node))
    }

    /// The nodes directly below.
    pub fn children<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        node.children.iter().map(|id| &self.nodes[*id])
    }

    /// The child that feeds the node: its outer, or its only one, sub-plans apart.
    pub fn input<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        self.children(node).find(|child| child.role.feeds() && child.role != Role::Inner)
    }

    /// The inner child of a join.
    pub fn inner<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        self.children(node).find(|child| child.role == Role::Inner)
    }

    /// The node and all below it, in plan order, sub-plans included.
    pub fn subtree<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        // Parents come before children, so a subtree is a run of nodes that ends at the first whose parent lies before it.
        let after = &self.nodes[node.id + 1..];
        std::iter::once(node)
            .chain(after.iter().take_while(move |below| below.parent.is_some_and(|parent| parent >= node.id)))
    }

    /// The scan that goes by this alias or table name in the subtree of a node.
    pub fn scan_of<'a>(&'a self, node: &'a Node, alias: &str) -> Option<&'a Node> {
        self.subtree(node).find(|below| {
            below.relation().is_some() && (below.alias() == Some(alias) || below.relation() == Some(alias))
        })
    }

    /// A setting that the plan says differs from the default.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn unknown_node_types_and_fields_pass_through() {
        let plan = Plan::from_json(
            r#"[{"Plan":{"Node Type":"Quantum Scan","Total Cost":3.5,"Entangled":{"with":[1]}},"Weather":"fine"}]"#,
        )
        .unwrap();
        assert_eq!(plan.root().kind, "Quantum Scan");
        assert_eq!(plan.root().field("Entangled").unwrap()["with"][0], 1);
        assert_eq!(plan.fields["Weather"], "fine");
        assert!(!plan.analyzed());
    }

    #[test]
    fn fields_after_the_children_still_belong_to_their_node() {
        let plan = Plan::from_json(
            r#"{"Plan":{"Plans":[{"Node Type":"Result"},{"Node Type":"Hash","Plans":[{"Node Type":"Seq Scan"}]}],"Node Type":"Append"}}"#,
        )
        .unwrap();
        let kinds: Vec<_> = plan.nodes.iter().map(|node| (node.kind.as_str(), node.parent)).collect();
        assert_eq!(kinds, [("Append", None), ("Result", Some(0)), ("Hash", Some(0)), ("Seq Scan", Some(2))]);
        assert_eq!(plan.subtree(&plan.nodes[2]).count(), 2);
    }

    #[test]
    fn text_and_value_give_the_same_nodes() {
        let text = include_str!("../../fixtures/healthy_hash_join.json");
        let (a, b) =
            (Plan::from_json(text).unwrap(), Plan::from_value(&serde_json::from_str(text).unwrap()).unwrap());
        assert_eq!(a.nodes, b.nodes);
    }

    #[test]
    fn five_thousand_levels_survive() {
        let mut text = String::from(r#"{"Plan":"#);
        for _ in 0..5_000 {
            text.push_str(r#"{"Node Type":"Subquery Scan","Total Cost":1,"Actual Rows":1,"Actual Loops":1,"Actual Total Time":1,"Plans":["#);
        }
        text.push_str(r#"{"Node Type":"Result"}"#);
        text.push_str(&"]}".repeat(5_000));
        text.push('}');
        let plan = Plan::from_json(&text).unwrap();
        assert_eq!(plan.nodes.len(), 5_001);
        let findings = crate::judge(&plan, &crate::Facts::default());
        assert!(!crate::tree::render(&plan, &findings).is_empty());
    }

    #[test]
    fn what_is_not_a_plan_says_why() {
        let error = |text| Plan::from_json(text).unwrap_err().to_string();
        assert!(error("Seq Scan on t").contains("not JSON from byte 0"));
        assert!(error("[]").contains("no \"Plan\""));
        assert!(error(r#"[{"Plan":{"Node Type":"#).contains("not JSON from byte"));
        assert!(error(r#"[{"Plan":{"Total Cost":1}}]"#).contains("Node Type"));
        assert!(
            error(r#"[{"Plan":{"a":1,}}"#).contains("not JSON")
                || error(r#"[{"Plan":{"a":1,}}"#).contains("Node Type")
        );
    }

    #[test]
    fn deep_nesting_outside_the_tree_is_refused_not_fatal() {
        let text = format!(
            r#"{{"Plan":{{"Node Type":"Result","x":{}1{}}}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(matches!(Plan::from_json(&text), Err(PlanError::NotJson { .. })));
    }
}
