//! `describe_schema`: what tables there are, and what one of them is made of.
//!
//! Reads the catalogue only. The first level is as rich as it has room for: columns where all tables fit, else names. Partitions
//! are folded into their table; relations of the system are shown only where their schema is named.

mod hidden;
mod read;
mod text;

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool.
#[derive(Debug, Clone, Copy)]
pub struct DescribeSchema;

/// Which tables, and how much of them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Words in names or comments of tables and columns.
    search: Option<String>,
    /// Only this schema. Default: all but the system's and pgwright's own.
    schema: Option<String>,
    /// One table in full; with search, only its columns that match.
    table: Option<RelationName>,
    /// Default: columns if they all fit, else names.
    detail: Option<Detail>,
    /// From the last answer: the tables behind it.
    cursor: Option<RelationName>,
}

/// How much of each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Detail {
    Names,
    Columns,
}

/// Tables, views, materialized and foreign tables, by name. Names, comments and expressions are data of the database.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Output {
    tables: Vec<Table>,
    /// Tables that matched and are not shown.
    omitted: usize,
    /// For the next tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Nothing matched the search; these names are spelt alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nearest: Vec<String>,
    #[serde(skip)]
    asked: Asked,
    #[serde(skip)]
    level: Level,
    /// The level was not asked for: it may give way to the budget.
    #[serde(skip)]
    flexible: bool,
}

/// What the answer is about.
#[derive(Debug, Default, PartialEq, Eq)]
enum Asked {
    One,
    #[default]
    All,
    /// All of which these words are found.
    Search(String),
}

/// How much of each table a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Level {
    Columns,
    #[default]
    Rows,
    Names,
}

/// One table. What is not known or does not apply is absent.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Table {
    name: String,
    /// table, partitioned_table, view, materialized_view or foreign_table.
    kind: &'static str,
    /// As of the last ANALYZE or VACUUM.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_rows: Option<u64>,
    /// The configured role may not read its rows.
    #[serde(default, skip_serializing_if = "is_false")]
    no_select: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<Column>,
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_columns: usize,
    #[serde(flatten)]
    full: Option<Full>,
    #[serde(skip)]
    schema: String,
    #[serde(skip)]
    bare: String,
}

/// One column.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Column {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default, skip_serializing_if = "is_false")]
    not_null: bool,
    /// Part of the primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    primary_key: bool,
    /// The column that a foreign key of this one column points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<String>,
    /// Of an enum, in its order, the first of them; with one table only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_labels: usize,
    /// As SQL; with one table only.
    #[serde(rename = "default", skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// What is told of one table only.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Full {
    /// Measured, with all partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    row_security: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<Index>,
    /// Of this table to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey>,
    /// Foreign keys of others to this table: `table` holds the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    referenced_by: Vec<ForeignKey>,
    /// CHECK and EXCLUDE, as SQL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<String>,
    /// Indexes, keys and checks left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_keys: usize,
    /// The table that this is a partition of, and its bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitioned_by: Option<String>,
    /// Of the next level, with their bounds; the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partitions: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    omitted_partitions: usize,
    /// The query of a view, or its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<String>,
    /// Length of the whole query.
    #[serde(default, skip_serializing_if = "is_zero")]
    definition_characters: usize,
}

/// One index.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Index {
    name: String,
    definition: String,
    size_bytes: u64,
    #[serde(default, skip_serializing_if = "is_false")]
    unique: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    primary: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    invalid: bool,
}

/// One foreign key, seen from the table in question.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ForeignKey {
    /// On the side of the key.
    columns: Vec<String>,
    /// The other table.
    table: String,
    referenced_columns: Vec<String>,
}

impl Input {
    fn checked(self) -> Result<Self, ToolError> {
        let mistake =
            |message: &str| Err(ToolError::new("invalid_arguments", format!("describe_schema: {message}")));
        match &self.table {
            Some(_) if self.schema.is_some() => {
                mistake("table and schema exclude each other: write table as schema.table")
            }
            Some(_) if self.cursor.is_some() || self.detail.is_some() => {
                mistake("table asks for one table in full, cursor and detail for a list")
            }
            _ if self.search.as_deref().is_some_and(|search| search.trim().is_empty()) => {
                mistake("search is empty: give it a word, or leave it out")
            }
            _ => Ok(self),
        }
    }
}

impl Tool for DescribeSchema {
    const NAME: &'static str = "describe_schema";
    const TITLE: &'static str = "Describe the schema";
    const DESCRIPTION: &'static str = "What tables and columns there are, found by words if asked; one table in full: \
        types, defaults, comments, keys in both directions, indexes, checks, sizes, partitions, view query. \
        Reads the catalogue only. Next: run_query for rows, table_stats for upkeep.";
    const ACCESS: Access = Access::ReadCatalog;
    type Input = Input;
    type Output = Output;

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let input = input.checked()?;
        let session = call.read().await?;
        match &input.table {
            Some(table) => read::one(&session, table, input.search.as_deref()).await,
            None => read::list(&session, &input).await,
        }
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        if self.asked == Asked::One {
            self.tables.iter_mut().for_each(|table| table.fit(budget));
            return;
        }
        // Names are words: four characters a token, where tables of figures have three.
        let room = budget.in_tokens() * 4;
        let fits = |level| self.tables.iter().map(|table| text::length(table, level)).sum::<usize>() <= room;
        if self.level == Level::Columns && self.flexible && !fits(Level::Columns) {
            self.level = Level::Rows;
        }
        if self.level == Level::Rows && !fits(Level::Rows) {
            self.level = Level::Names;
        }
        let level = self.level;
        if level != Level::Columns {
            for table in &mut self.tables {
                (table.columns, table.omitted_columns, table.comment) = (Vec::new(), 0, None);
            }
        }
        let kept = budget_rows(&self.tables, room, |table| text::length(table, level));
        if kept < self.tables.len() {
            self.omitted += self.tables.len() - kept;
            self.tables.truncate(kept);
        }
        if self.omitted > 0 {
            self.cursor = self.tables.last().map(|table| table.name.clone());
        }
    }

    fn render(&self, page: &mut Page) {
        match (&self.asked, self.tables.as_slice()) {
            (Asked::One, [table]) => text::one(page, table),
            _ => text::list(page, self),
        }
    }
}

/// How many leading tables fit, at least one.
fn budget_rows(tables: &[Table], room: usize, length: impl Fn(&Table) -> usize) -> usize {
    let mut used = 0;
    let fitting = tables.iter().take_while(|table| {
        used += length(table);
        used <= room
    });
    fitting.count().max(1)
}

impl Table {
    /// Columns get half of the room, the rest shares what is left.
    fn fit(&mut self, budget: &Budget) {
        let tokens = budget.in_tokens();
        let part = |share: usize| Budget::tokens((tokens / share).max(1));
        self.omitted_columns +=
            part(2).keep(&mut self.columns, |column| text::column(column).chars().count() + 1) as usize;
        let Some(full) = &mut self.full else { return };
        let shown = |text: &str| text.chars().count() + 1;
        let key = |key: &ForeignKey| text::foreign_key(key).chars().count() + 1;
        let omitted = [
            part(6).keep(&mut full.indexes, |index| shown(&index.definition)),
            part(10).keep(&mut full.checks, |check| shown(check)),
            part(10).keep(&mut full.foreign_keys, key),
            part(10).keep(&mut full.referenced_by, key),
        ];
        full.omitted_keys += omitted.into_iter().sum::<u32>() as usize;
        full.omitted_partitions += part(12).keep(&mut full.partitions, |partition| shown(partition)) as usize;
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}
