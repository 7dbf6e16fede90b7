//! `top_queries`: the statements that take most of a database's time, as the server counted them.
//!
//! Reads `pg_stat_statements` only. Texts are shown without values; each statement has a handle that `explain_query` takes.

mod text;

use pgwright_contract::units::round;
use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_postgres::statements::{Aside, Counted, RankedBy, Statements};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tool.
#[derive(Debug, Clone, Copy)]
pub struct TopQueries;

/// What to rank by.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Default: total_ms.
    #[serde(default)]
    order_by: OrderBy,
    /// Default: 10.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: u16,
}

/// What statements are ranked by, most first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum OrderBy {
    #[default]
    TotalMs,
    MeanMs,
    MaxMs,
    Calls,
    Rows,
    ReadBytes,
    TempBytes,
    WalBytes,
}

const MOST: u16 = 100;
/// Characters of a statement in the structured answer; the handle stands for all of it.
const LONGEST_SQL: usize = 1_000;

/// Statements with what was counted of each since `counted_since`. All figures are measured by the server.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Output {
    /// Most first.
    queries: Vec<Query>,
    /// Statements that could be shown and are not.
    omitted: u64,
    /// Time of all that was counted in this database.
    total_ms: f64,
    /// What stands in no line, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
    /// When the counters were last reset; absent: the server does not say (before PostgreSQL 14).
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_since: Option<String>,
    /// How often statements were forgotten since for want of room: rare ones may be missing.
    #[serde(skip_serializing_if = "is_zero")]
    evicted: u64,
    /// This role sees its own statements only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own_only: bool,
    /// Left out by the budget, not by `limit`.
    #[serde(skip)]
    cut: bool,
    #[serde(skip)]
    age_s: Option<f64>,
    #[serde(skip)]
    order_by: OrderBy,
}

/// One statement, summed over roles.
#[derive(Debug, Default, Clone, Serialize, JsonSchema)]
pub(crate) struct Query {
    /// For explain_query.
    handle: String,
    /// Its text with `$n` for values, without comments; long ones are cut.
    sql: String,
    calls: u64,
    total_ms: f64,
    mean_ms: f64,
    min_ms: f64,
    max_ms: f64,
    /// Of the time of everything that was counted in this database.
    share_ratio: f64,
    /// Given or changed, by all executions.
    rows: u64,
    /// Of planning, by all executions; absent: not counted (pg_stat_statements.track_planning).
    #[serde(skip_serializing_if = "Option::is_none")]
    planning_ms: Option<f64>,
    /// Of reading and writing files; absent: not measured (track_io_timing).
    #[serde(skip_serializing_if = "Option::is_none")]
    io_ms: Option<f64>,
    /// Not found in shared buffers.
    read_bytes: u64,
    /// Pages found in shared buffers, of all looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_ratio: Option<f64>,
    /// Written to temporary files.
    temp_bytes: u64,
    /// Write-ahead log.
    wal_bytes: f64,
}

/// Statements of a kind that is not shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct LeftOut {
    kind: Kind,
    statements: u64,
    share_ratio: f64,
}

/// Why statements are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Kind {
    /// Of other roles: `pg_read_all_stats` shows them.
    OtherRoles,
    /// COPY, CALL, VACUUM and the like.
    Utility,
    /// On the catalogue.
    Catalogue,
    /// The server lost its text.
    TextLost,
}

impl Tool for TopQueries {
    const NAME: &'static str = "top_queries";
    const TITLE: &'static str = "Top queries";
    const DESCRIPTION: &'static str = "The statements that take most time, calls, reads or temporary space, as pg_stat_statements \
        counted them, without values. Reads statistics only. Next: explain_query with a statement's handle.";
    const ACCESS: Access = Access::ReadCatalog;
    type Input = Input;
    type Output = Output;

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let Input { order_by, limit } = input;
        if !(1..=MOST).contains(&limit) {
            return Err(ToolError::new(
                "invalid_arguments",
                format!("top_queries: limit must be between 1 and {MOST}"),
            ));
        }
        let session = call.read().await?;
        let statements = Statements::of(&session).await?;
        let ranking = statements.ranked(order_by.into(), limit).await?;
        let total_ms = ranking.total_ms();
        let share = |ms: f64| if total_ms > 0.0 { round((ms / total_ms).min(1.0)) } else { 0.0 };
        let left_out = [
            (Kind::OtherRoles, ranking.hidden),
            (Kind::Utility, ranking.utility),
            (Kind::Catalogue, ranking.catalogue),
            (Kind::TextLost, ranking.lost),
        ];
        Ok(Output {
            omitted: ranking.shown_of.count.saturating_sub(ranking.statements.len() as u64),
            queries: ranking.statements.into_iter().map(|counted| Query::of(counted, share)).collect(),
            total_ms: round(total_ms),
            left_out: left_out
                .into_iter()
                .filter(|(_, aside)| aside.count > 0)
                .map(|(kind, Aside { count, total_ms })| LeftOut {
                    kind,
                    statements: count,
                    share_ratio: share(total_ms),
                })
                .collect(),
            counted_since: ranking.since,
            evicted: ranking.evicted,
            own_only: !statements.sees_all(),
            cut: false,
            age_s: ranking.age_s,
            order_by,
        })
    }
}

impl Query {
    fn of(counted: Counted, share: impl Fn(f64) -> f64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a mean and a share of large counts")]
        let (calls, hit, looked_at) = (
            counted.calls.max(1) as f64,
            counted.hit_bytes as f64,
            (counted.hit_bytes + counted.read_bytes) as f64,
        );
        Self {
            handle: counted.handle.to_string(),
            sql: Page::data(&counted.sql.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST_SQL),
            calls: counted.calls,
            total_ms: round(counted.total_ms),
            mean_ms: round(counted.total_ms / calls),
            min_ms: round(counted.min_ms),
            max_ms: round(counted.max_ms),
            share_ratio: share(counted.total_ms),
            rows: counted.rows,
            planning_ms: counted.planning_ms.map(round),
            io_ms: counted.io_ms.map(round),
            read_bytes: counted.read_bytes,
            hit_ratio: (looked_at > 0.0).then(|| round(hit / looked_at)),
            temp_bytes: counted.temp_bytes,
            wal_bytes: round(counted.wal_bytes),
        }
    }
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        let omitted = budget.keep(&mut self.queries, |query| text::row(query, 1).chars().count() + 1);
        self.cut = omitted > 0;
        self.omitted += u64::from(omitted);
    }

    fn render(&self, page: &mut Page) {
        text::ranking(page, self);
    }
}

impl From<OrderBy> for RankedBy {
    fn from(order_by: OrderBy) -> Self {
        match order_by {
            OrderBy::TotalMs => Self::TotalMs,
            OrderBy::MeanMs => Self::MeanMs,
            OrderBy::MaxMs => Self::MaxMs,
            OrderBy::Calls => Self::Calls,
            OrderBy::Rows => Self::Rows,
            OrderBy::ReadBytes => Self::ReadBytes,
            OrderBy::TempBytes => Self::TempBytes,
            OrderBy::WalBytes => Self::WalBytes,
        }
    }
}

fn usual_limit() -> u16 {
    10
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
