//! What the nodes of a plan mean to the analysis of its statement: which scan reads which occurrence of a table.

use pgwright_plan::{Node, Plan};
use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::{Analysis, TableUse};

use crate::scan::Planner;

const SCANS: &[&str] = &["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"];
/// Nodes that pass their only input on, row by row.
const PASSING: &[&str] = &["Result", "ProjectSet", "Subquery Scan", "LockRows", "Gather", "Gather Merge"];

/// By node of the plan.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// The occurrence that a scan reads.
    pub(crate) uses: Vec<Option<usize>>,
    /// Among how many processes its rows are divided.
    pub(crate) processes: Vec<f64>,
    /// The share of its rows that is asked for: less than all under a `LIMIT`.
    pub(crate) asked: Vec<f64>,
}

impl Reading {
    /// Reads a plan. `tables` stand beside the analysis' own.
    pub(crate) fn of(plan: &Plan, analysis: &Analysis, tables: &[Option<&Table>], planner: &Planner) -> Self {
        let mut reading = Self { uses: Vec::new(), processes: Vec::new(), asked: Vec::new() };
        for node in &plan.nodes {
            let parent = plan.parent(node);
            reading.uses.push(occurrence(node, analysis, tables));
            reading.processes.push(match parent {
                Some(parent) if parent.gathers() => processes(parent, planner),
                Some(parent) => reading.processes.get(parent.id).copied().unwrap_or(1.0),
                None => 1.0,
            });
            reading.asked.push(match parent {
                Some(parent) if parent.kind == "Limit" && node.role.feeds() => {
                    (parent.estimate.rows / node.estimate.rows.max(1.0)).clamp(0.0, 1.0)
                }
                Some(parent) if parent.is(PASSING) && node.role.feeds() => {
                    reading.asked.get(parent.id).copied().unwrap_or(1.0)
                }
                _ => 1.0,
            });
        }
        reading
    }
}

/// How the planner divides rows among workers and, less and less, the leader.
fn processes(gather: &Node, planner: &Planner) -> f64 {
    let workers = gather.number("Workers Planned").unwrap_or(0.0);
    let leader = if planner.leader_participates { (1.0 - 0.3 * workers).max(0.0) } else { 0.0 };
    (workers + leader).max(1.0)
}

fn occurrence(node: &Node, analysis: &Analysis, tables: &[Option<&Table>]) -> Option<usize> {
    if !node.is(SCANS) {
        return None;
    }
    let (relation, alias) = (node.relation()?, node.alias()?);
    let conditions = node.expressions().filter(|(key, _)| *key != "Output");
    let conditions: String = conditions.map(|(_, text)| text).collect::<Vec<_>>().join(" ");
    let is_same = |(at, table): (usize, &Option<&Table>)| {
        let table = (*table)?;
        let table_use = analysis.tables.get(at)?;
        let same_table = table.name.name == relation && table.name.schema.as_deref() == node.schema();
        let name = table_use.alias.as_deref().unwrap_or(&table_use.relation.name);
        // PostgreSQL numbers a name that is used again: o, o_1, o_2.
        let numbered = alias.strip_prefix(name).and_then(|rest| rest.strip_prefix('_'));
        let is_numbered = numbered.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let rank = (mentioned(table_use, &conditions), alias == name, std::cmp::Reverse(at));
        (same_table && (alias == name || is_numbered)).then_some((rank, at))
    };
    tables.iter().enumerate().filter_map(is_same).max().map(|(_, at)| at)
}

/// How many of an occurrence's conditions seem to stand in a node.
fn mentioned(table_use: &TableUse, conditions: &str) -> usize {
    let columns = table_use.predicates.iter().filter_map(|predicate| predicate.subject.column());
    columns.filter(|column| conditions.contains(*column)).count()
}
