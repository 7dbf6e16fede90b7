//! One node of a plan: the figures every rule needs as typed fields, everything else by its PostgreSQL name.

use pgwright_sql::quote_identifier;
use serde_json::{Map, Value};

use super::buffers::{Buffers, Counter};
use super::read::figure;
use crate::condition::Expr;

/// What a node is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The root of the plan.
    Root,
    /// The left or only input.
    Outer,
    /// The right input of a join.
    Inner,
    /// One of many inputs (Append).
    Member,
    /// The plan of a subquery in FROM.
    Subquery,
    /// Runs at most once; also every CTE.
    InitPlan,
    /// Runs for each row of its parent, unless hashed.
    SubPlan,
    /// A relationship that is not known here.
    Other,
}

impl Role {
    fn of(text: Option<&str>, root: bool) -> Self {
        match text {
            _ if root => Self::Root,
            Some("Outer") => Self::Outer,
            Some("Inner") => Self::Inner,
            Some("Member") => Self::Member,
            Some("Subquery") => Self::Subquery,
            Some("InitPlan") => Self::InitPlan,
            Some("SubPlan") => Self::SubPlan,
            _ => Self::Other,
        }
    }

    /// Whether the rows of such a node flow into its parent.
    pub fn feeds(self) -> bool {
        !matches!(self, Self::InitPlan | Self::SubPlan)
    }
}

/// What the planner expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Cost units before the first row.
    pub startup_cost: f64,
    /// Cost units to the last row, one execution, children included.
    pub total_cost: f64,
    /// Rows of one execution (of one process, in a partial node).
    pub rows: f64,
    /// Bytes of an average row.
    pub width_bytes: f64,
}

impl Estimate {
    /// Cost units from the first row to the last. Free of what PostgreSQL 17 and older add to the start of a path that
    /// is switched off, 10,000,000,000, which says nothing of the work.
    pub fn run_cost(&self) -> f64 {
        (self.total_cost - self.startup_cost).max(0.0)
    }
}

/// What happened, as averages of one loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Actual {
    /// Milliseconds to the last row in an average loop, children included; absent with `TIMING OFF`.
    pub total_ms: Option<f64>,
    /// Rows of an average loop.
    pub rows: f64,
    /// How far `rows` may be off by rounding: 0.5 up to PostgreSQL 17, 0.005 from 18 on, 0 for a single loop.
    pub rows_error: f64,
    /// Loops over all processes; 0 is a node that never ran.
    pub loops: f64,
}

/// Where one process sorted.
#[derive(Clone, Debug, PartialEq)]
pub struct SortSpace {
    /// On disk, not in memory.
    pub on_disk: bool,
    /// Bytes, as PostgreSQL reports them.
    pub bytes: f64,
}

/// A node of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Position in [`super::Plan::nodes`].
    pub id: usize,
    /// The node above.
    pub parent: Option<usize>,
    /// The nodes directly below, in plan order.
    pub children: Vec<usize>,
    /// `Node Type`, as printed.
    pub kind: String,
    /// What it is to its parent.
    pub role: Role,
    /// What the planner expected.
    pub estimate: Estimate,
    /// What happened; absent without ANALYZE.
    pub actual: Option<Actual>,
    /// Blocks over all loops and workers, children included.
    pub buffers: Buffers,
    fields: Map<String, Value>,
}

impl Node {
    pub(super) fn new(id: usize, parent: Option<usize>, fields: Map<String, Value>) -> Option<Self> {
        let number = |key: &str| fields.get(key).and_then(figure);
        let kind = fields.get("Node Type")?.as_str()?.to_owned();
        let actual = fields.get("Actual Rows").and_then(|rows| {
            let loops = number("Actual Loops").unwrap_or(1.0);
            let rows_error = match rows {
                _ if loops <= 1.0 => 0.0,
                Value::Number(rows) if rows.is_f64() => 0.005,
                _ => 0.5,
            };
            Some(Actual { total_ms: number("Actual Total Time"), rows: figure(rows)?, rows_error, loops })
        });
        let mut buffers = Buffers::default();
        for (counter, key) in Counter::ALL {
            buffers.0[counter as usize] = number(key).unwrap_or(0.0) as i64;
        }
        Some(Self {
            id,
            parent,
            children: Vec::new(),
            kind,
            role: Role::of(fields.get("Parent Relationship").and_then(Value::as_str), parent.is_none()),
            estimate: Estimate {
                startup_cost: number("Startup Cost").unwrap_or(0.0),
                total_cost: number("Total Cost").unwrap_or(0.0),
                rows: number("Plan Rows").unwrap_or(0.0),
                width_bytes: number("Plan Width").unwrap_or(0.0),
            },
            actual,
            buffers,
            fields,
        })
    }

    /// Any field by the name PostgreSQL gives it.
    pub fn field(&self, key: &str) -> Option<&Value> {
        self.fields.get(key)
    }

    /// A text field.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.field(key)?.as_str()
    }

    /// A figure, in PostgreSQL's unit.
    pub fn number(&self, key: &str) -> Option<f64> {
        figure(self.field(key)?)
    }

    /// A flag; absent is false.
    pub fn flag(&self, key: &str) -> bool {
        self.field(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list of texts.
    pub fn list(&self, key: &str) -> Vec<&str> {
        self.field(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Every condition of the node with its name: filters, join, index and hash conditions, cache keys, output.
    pub fn expressions(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = |key: &str| {
            key.ends_with("Cond")
                || key.ends_with("Filter")
                || matches!(key, "Cache Key" | "Output" | "Function Call")
        };
        self.fields.iter().filter(move |(key, _)| named(key)).flat_map(|(key, value)| {
            let texts: Vec<&str> = match value {
                Value::String(text) => vec![text],
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            texts.into_iter().map(move |text| (key.as_str(), text))
        })
    }

    /// Whether the node is one of these types.
    pub fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }

    /// Whether it gathers rows from workers.
    pub fn gathers(&self) -> bool {
        self.is(&["Gather", "Gather Merge"])
    }

    /// Whether it consumes its whole input before its first row.
    pub fn blocks(&self) -> bool {
        self.is(&["Sort", "Hash"])
            || (self.kind == "Aggregate"
                && matches!(self.text("Strategy"), Some("Plain" | "Hashed" | "Mixed")))
    }

    /// Whether it ran at least once; true without ANALYZE.
    pub fn ran(&self) -> bool {
        self.actual.as_ref().is_none_or(|actual| actual.loops > 0.0)
    }

    /// Loops over all processes; 0 without ANALYZE.
    pub fn loops(&self) -> f64 {
        self.actual.as_ref().map_or(0.0, |actual| actual.loops)
    }

    /// Rows that came out, over all loops and processes.
    pub fn rows_out(&self) -> f64 {
        self.actual.as_ref().map_or(0.0, |actual| actual.rows * actual.loops)
    }

    /// Rows thrown away, over all loops and processes: `Filter`, `Join Filter` or `Index Recheck`.
    pub fn rows_removed(&self, by: &str) -> f64 {
        self.number(&format!("Rows Removed by {by}")).unwrap_or(0.0) * self.loops()
    }

    /// The table, without its schema.
    pub fn relation(&self) -> Option<&str> {
        self.text("Relation Name")
    }

    /// The schema; only with option VERBOSE.
    pub fn schema(&self) -> Option<&str> {
        self.text("Schema")
    }

    /// The name that the query gives the table.
    pub fn alias(&self) -> Option<&str> {
        self.text("Alias")
    }

    /// The index, of any kind of index scan.
    pub fn index(&self) -> Option<&str> {
        self.text("Index Name")
    }

    /// The table with its schema when it is known, quoted where SQL needs it.
    pub fn table(&self) -> Option<String> {
        let relation = quote_identifier(self.relation()?);
        Some(
            self.schema().map_or_else(
                || relation.clone(),
                |schema| format!("{}.{relation}", quote_identifier(schema)),
            ),
        )
    }

    /// The filter, read.
    pub(crate) fn filter(&self) -> Option<Expr> {
        self.text("Filter").map(Expr::read)
    }

    /// What each worker reports (VERBOSE, and always for sorts and hashes).
    pub fn workers(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.field("Workers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
    }

    /// A figure of the node itself and of each worker that reports it, in PostgreSQL's unit.
    pub fn by_process<'a>(&'a self, key: &'a str) -> impl Iterator<Item = f64> + 'a {
        self.number(key)
            .into_iter()
            .chain(self.workers().filter_map(move |worker| worker.get(key).and_then(figure)))
    }

    /// Where the node and each of its workers sorted.
    pub fn sort_spaces(&self) -> Vec<SortSpace> {
        let one = |used: Option<&Value>, place: Option<&Value>| {
            Some(SortSpace { bytes: figure(used?)? * 1024.0, on_disk: place?.as_str()? == "Disk" })
        };
        let of = |fields: &Map<String, Value>| {
            let plain = one(fields.get("Sort Space Used"), fields.get("Sort Space Type"));
            let groups =
                ["Full-sort Groups", "Pre-sorted Groups"].into_iter().filter_map(|key| fields.get(key));
            let grouped = groups.filter_map(|group| {
                let used = |place: &str| {
                    group.get(place).and_then(|space| space.get("Peak Sort Space Used")).and_then(figure)
                };
                used("Sort Space Disk")
                    .map(|kilobytes| SortSpace { bytes: kilobytes * 1024.0, on_disk: true })
                    .or_else(|| {
                        used("Sort Space Memory")
                            .map(|kilobytes| SortSpace { bytes: kilobytes * 1024.0, on_disk: false })
                    })
            });
            plain.into_iter().chain(grouped).collect::<Vec<_>>()
        };
        std::iter::once(&self.fields).chain(self.workers()).flat_map(of).collect()
    }
}
