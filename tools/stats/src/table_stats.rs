//! `table_stats`: how big tables are, how they are used, what upkeep they need.
//!
//! Reads the catalogue and the cumulative statistics only, never a user's rows. Partitions are folded into the table
//! that holds them, unless one is asked for by name.

mod read;
mod text;

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool.
#[derive(Debug, Clone, Copy)]
pub struct TableStats;

/// What to look at: one table, or a ranking.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// One table, in detail. Without it, tables are ranked.
    table: Option<RelationName>,
    /// With `table`: show the most common values of columns (needs permission to read data).
    #[serde(default)]
    values: bool,
    /// Rank only this schema.
    schema: Option<String>,
    /// Default: total_bytes.
    order_by: Option<OrderBy>,
    /// Default: 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
}

/// What tables are ranked by: most first, names in alphabetical order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum OrderBy {
    #[default]
    TotalBytes,
    IndexBytes,
    EstimatedRows,
    DeadRows,
    ModifiedSinceAnalyzeRows,
    BloatBytes,
    SeqScans,
    Name,
}

const DEFAULT_LIMIT: u16 = 20;
const MOST: u16 = 200;

/// Tables with their figures. Those called estimated come from the last ANALYZE or VACUUM; scans, dead and modified
/// rows are counted since `counters_since`; sizes are measured.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Output {
    /// The ranking, or the one table that was asked for.
    tables: Vec<Table>,
    /// Tables that matched and are not shown.
    omitted: u32,
    /// Of all that matched, shown or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<Totals>,
    /// When the counters were last reset; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    counters_since: Option<String>,
    #[serde(skip)]
    order_by: OrderBy,
    /// Left out by the budget, not by `limit`.
    #[serde(skip)]
    cut: bool,
}

/// All that matched.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Totals {
    tables: usize,
    schemas: usize,
    total_bytes: u64,
}

/// One table. What is not known or does not apply is absent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Table {
    name: RelationName,
    kind: Kind,
    /// It is one partition of a larger table.
    #[serde(default, skip_serializing_if = "is_false")]
    partition: bool,
    /// Partitions whose figures are summed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<u64>,
    /// Heap, indexes, TOAST, and the free space and visibility maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heap_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    toast_bytes: Option<u64>,
    /// Another session holds or awaits an exclusive lock, so sizes are those of the last VACUUM or ANALYZE.
    #[serde(default, skip_serializing_if = "is_false")]
    sizes_estimated: bool,
    /// As the planner estimates them; absent: never analysed nor vacuumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_rows: Option<u64>,
    /// Live rows by the counters: too few when these were reset since the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_rows: Option<u64>,
    /// Dead of all rows, by the counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_ratio: Option<f64>,
    /// Heap that a rewrite would give back; estimated from column widths as of the last VACUUM or ANALYZE.
    #[serde(skip_serializing_if = "Option::is_none")]
    bloat_bytes: Option<u64>,
    /// By hand or automatic; of partitions, the one that waits longest. Absent: never, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_vacuum: Option<String>,
    /// Like last_vacuum.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_analyze: Option<String>,
    /// Neither rows nor a time of analysis are known.
    #[serde(default, skip_serializing_if = "is_false")]
    never_analyzed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_since_analyze_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq_scans: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_scans: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_rows: Option<u64>,
    /// Updates that touched no index (heap-only tuples), of all updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    hot_update_ratio: Option<f64>,
    /// In detail only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<Column>,
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_columns: u32,
    /// In detail only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<Index>,
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_indexes: u32,
    #[serde(skip)]
    vacuum_age_s: Option<f64>,
    #[serde(skip)]
    analyze_age_s: Option<f64>,
}

/// What kind of relation it is. Views and foreign tables have no size here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Kind {
    #[default]
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
}

/// One column, with what the last ANALYZE found where the role may read it; all of that is estimated.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Column {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default, skip_serializing_if = "is_false")]
    not_null: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    null_ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct_values: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_width_bytes: Option<u32>,
    /// Order on disk against the order of values, -1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<f64>,
    /// At most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    most_common: Vec<CommonValue>,
}

/// One of the most common values of a column.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CommonValue {
    /// At most 40 characters of it; only with `values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Share of all rows.
    share_ratio: f64,
}

/// One index.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Index {
    name: String,
    definition: String,
    size_bytes: u64,
    scans: u64,
    unique: bool,
    primary: bool,
    /// An invalid index costs writes and serves no query.
    valid: bool,
    /// Key, method, INCLUDE and predicate in short.
    #[serde(skip)]
    shape: String,
}

/// The two ways to ask.
enum Request {
    One { table: RelationName, values: bool },
    Ranking { schema: Option<String>, order_by: OrderBy, limit: u16 },
}

impl Input {
    fn request(self) -> Result<Request, ToolError> {
        let mistake =
            |message: &str| Err(ToolError::new("invalid_arguments", format!("table_stats: {message}")));
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        match self.table {
            Some(_) if self.schema.is_some() => mistake(
                "table and schema exclude each other: write table as schema.table, or leave one of them out",
            ),
            Some(_) if self.order_by.is_some() || self.limit.is_some() => mistake(
                "table asks for one table, order_by and limit for a ranking: leave one or the other out",
            ),
            Some(table) => Ok(Request::One { table, values: self.values }),
            None if self.values => mistake("values needs a table"),
            None if !(1..=MOST).contains(&limit) => mistake("limit must be between 1 and 200"),
            None => Ok(Request::Ranking {
                schema: self.schema,
                order_by: self.order_by.unwrap_or_default(),
                limit,
            }),
        }
    }
}

impl Tool for TableStats {
    const NAME: &'static str = "table_stats";
    const TITLE: &'static str = "Table statistics";
    const DESCRIPTION: &'static str = "Size, rows, dead rows, bloat, vacuum state, scans and index use: tables ranked, \
        or one in detail with its columns and indexes. Reads statistics only, so it is cheap on tables of any size. \
        Next: explain_query for a slow query, suggest_index for sequential scans.";
    const ACCESS: Access = Access::ReadCatalog;
    const MAX_ACCESS: Access = Access::ReadData;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        if input.values { Access::ReadData } else { Self::ACCESS }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let request = input.request()?;
        let session = call.read().await?;
        match request {
            Request::One { table, values } => read::one(&session, &table, values).await,
            Request::Ranking { schema, order_by, limit } => {
                read::ranking(&session, schema.as_deref(), order_by, usize::from(limit)).await
            }
        }
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        let order_by = self.order_by;
        let omitted = budget.keep(&mut self.tables, |table| text::row(table, order_by).chars().count() + 1);
        self.cut = omitted > 0;
        self.omitted += omitted;
        for table in &mut self.tables {
            // Half of the room for columns, a third for indexes, the rest for the head.
            table.omitted_columns = text::keep_columns(&mut table.columns, budget.characters() / 2);
            table.omitted_indexes =
                budget.keep(&mut table.indexes, |index| 3 * text::index(index).chars().count());
        }
    }

    fn render(&self, page: &mut Page) {
        match (&self.totals, self.tables.as_slice()) {
            (None, [table]) => text::detail(page, table, self.counters_since.as_deref()),
            _ => text::ranking(page, self),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}
