//! Where the planner's row count was wrong, and where that is not for this node to answer.

use super::finding::{Evidence, Saves, Severity};
use crate::model::{Node, Plan, Role};

const UNDER: f64 = 10.0;
const OVER: f64 = 100.0;
const FEW_ROWS: f64 = 100.0;

/// Nodes whose estimate is another node's, or no estimate at all.
const NO_ANSWER: &[&str] = &[
    "Function Scan",
    "Table Function Scan",
    "CTE Scan",
    "WorkTable Scan",
    "Values Scan",
    "Recursive Union",
    "Hash",
    "BitmapAnd",
    "BitmapOr",
    "Bitmap Index Scan",
    "ModifyTable",
    "Materialize",
    "Memoize",
    "Gather",
    "Gather Merge",
    "Limit",
    "Sort",
    "Result",
    "ProjectSet",
];

/// Nodes that make groups of their input's rows.
const GROUPS: &[&str] = &["Aggregate", "Group", "Unique", "SetOp"];
/// Nodes for which the planner chooses nothing by how many rows come.
const PASSES: &[&str] =
    &["Gather", "Gather Merge", "Incremental Sort", "Limit", "Result", "Sort", "Subquery Scan"];

/// A wrong row count.
pub(super) struct Miss {
    /// More rows came than were expected, not fewer.
    pub(super) under: bool,
    /// Rows expected, in the same sense as `actual`.
    pub(super) expected: f64,
    /// Rows of an average loop; of all processes together in a partial node.
    pub(super) actual: f64,
    /// How far `actual` may be off by rounding.
    pub(super) error: f64,
    /// The larger ÷ the smaller.
    pub(super) factor: f64,
}

/// The wrong row count of a node, whoever is to blame.
pub(super) fn of(node: &Node, plan: &Plan) -> Option<Miss> {
    let actual = node.actual.as_ref().filter(|actual| actual.loops > 0.0)?;
    let divisor = plan.figures(node).divisor;
    // Processes share the rows of a partial node; loops of any other each return all of them.
    let (expected, rows, error) = if divisor > 1.0 {
        let figures = plan.figures(node);
        (node.estimate.rows * divisor, figures.rows.unwrap_or_default(), figures.rows_error)
    } else {
        (node.estimate.rows, actual.rows, actual.rows_error)
    };
    let (least, most) = ((rows - error).max(0.0) / expected.max(1.0), expected / (rows + error).max(1.0));
    if least >= UNDER && rows * if divisor > 1.0 { 1.0 } else { actual.loops } >= FEW_ROWS {
        Some(Miss { under: true, expected, actual: rows, error, factor: least })
    } else if most >= OVER && expected >= FEW_ROWS {
        Some(Miss { under: false, expected, actual: rows, error, factor: most })
    } else {
        None
    }
}

/// The wrong row count of a node that is its own doing: its inputs were estimated well enough.
pub(super) fn at_fault(node: &Node, plan: &Plan) -> Option<Miss> {
    // A window that stops at its run condition returns what nobody estimates.
    let answers = !node.is(NO_ANSWER) && node.text("Run Condition").is_none();
    let miss = of(node, plan).filter(|_| answers)?;
    if !miss.under && node.is(GROUPS) && decides_nothing(node, plan) {
        return None;
    }
    let parent = plan.parent(node);
    let rescanned = node.role == Role::Inner && parent.is_some_and(|parent| parent.kind == "Merge Join");
    if (miss.under && rescanned) || (!miss.under && stops_early(node, plan)) {
        return None;
    }
    let inherited = plan
        .subtree(node)
        .skip(1)
        .filter(|below| below.role.feeds() && below.kind != "Bitmap Index Scan")
        .any(|below| of(below, plan).is_some_and(|below| below.under == miss.under));
    (!inherited).then_some(miss)
}

/// Whether fewer rows than expected could have changed nothing above.
fn decides_nothing(node: &Node, plan: &Plan) -> bool {
    plan.ancestors(node).all(|above| above.is(PASSES) || above.is(GROUPS))
}

/// Whether something above may have stopped the node before it returned all its rows.
pub(super) fn stops_early(node: &Node, plan: &Plan) -> bool {
    let mut below = node;
    for above in plan.ancestors(node) {
        let joins = above.text("Join Type");
        let once = matches!(joins, Some("Semi" | "Anti")) || above.flag("Inner Unique");
        let stopped = match above.kind.as_str() {
            "Limit" | "Merge Join" => true,
            "Nested Loop" => below.role == Role::Inner && once,
            "Hash Join" => {
                below.role == Role::Outer && plan.inner(above).is_some_and(|hash| hash.rows_out() == 0.0)
            }
            "WindowAgg" => above.text("Run Condition").is_some(),
            _ => false,
        };
        if stopped || !below.role.feeds() {
            return true;
        }
        if above.blocks() {
            return false;
        }
        below = above;
    }
    !below.role.feeds()
}

/// What a wrong row count cost: the nested loops, sorts and hashes above that were chosen by it.
///
/// Where it changed nothing above, mending it may save little, whatever the node itself takes.
pub(super) fn saves(node: &Node, plan: &Plan, miss: &Miss) -> Saves {
    let mut below = node;
    let mut damage = 0.0;
    for above in plan.ancestors(node) {
        if miss.under && above.kind == "Nested Loop" && below.role == Role::Outer {
            let inner = plan.inner(above).filter(|inner| inner.loops() >= 100.0);
            damage +=
                inner.map_or(0.0, |inner| Saves::whole(inner, plan).plus(Saves::own(above, plan)).amount);
        }
        let spilled = above.sort_spaces().iter().any(|space| space.on_disk)
            || above.by_process("Hash Batches").any(|batches| batches > 1.0);
        if miss.under && spilled {
            damage += Saves::own(above, plan).amount;
        }
        if !below.role.feeds() {
            break;
        }
        below = above;
    }
    if damage > 0.0 {
        Saves { amount: damage, at_most: Severity::High }
    } else {
        Saves::own(node, plan).at_most(Severity::Low)
    }
}

pub(super) fn evidence(miss: &Miss) -> Evidence {
    Evidence::default()
        .figure("estimated_rows", miss.expected)
        .figure("actual_rows", miss.actual)
        .figure("factor_ratio", miss.factor)
}
