//! What to say beside indexes: why a chosen index helps, why a statement gets none, and what else would help.

use std::collections::{BTreeMap, BTreeSet};

use pgwright_postgres::catalog::{ForeignKey, RelationKind, Table};
use pgwright_sql::analysis::{PredicateKind, Subject, TableUse, Value};
use pgwright_sql::quote_identifier;
use schemars::JsonSchema;
use serde::Serialize;

use crate::candidates::{self, Candidate, Method};
use crate::lookup::Form;
use crate::workload::{Statement, Unfit, Workload, unfit};
use crate::{indexable, served};

/// Advice other than a B-tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Other {
    /// What kind it is.
    pub(crate) kind: Kind,
    /// The table, or table.column, that it is about.
    pub(crate) object: String,
    /// What to do, and why.
    pub(crate) advice: String,
    /// The statements it is for, by their place in the input.
    pub(crate) statements: Vec<usize>,
}

/// The kinds of other advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Kind {
    /// No statistics: nothing can be judged.
    AnalyzeMissing,
    /// More than a fifth of the rows changed since the last ANALYZE.
    StatisticsStale,
    /// A function or cast over columns is compared.
    ExpressionOnColumn,
    /// A pattern that begins with a wildcard, or ignores case.
    LeadingWildcard,
    /// An OR over several columns.
    OrAcrossColumns,
    /// Most of the work is for rows that an OFFSET throws away.
    DeepOffset,
    /// A foreign key whose columns no index begins with.
    ForeignKeyWithoutIndex,
    /// A view stands between the statement and its tables.
    View,
    /// Its indexes cannot be built concurrently in one step.
    PartitionedTable,
}

/// A statement that no suggestion helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Unhelped {
    /// Its place in the input, from 0.
    pub(crate) statement: usize,
    /// Why no index pays.
    pub(crate) reason: String,
}

/// Everything else that would help, each piece once.
pub(crate) fn other(workload: &Workload) -> Vec<Other> {
    let mut found: BTreeMap<(Kind, String), (String, BTreeSet<usize>)> = BTreeMap::new();
    for statement in &workload.statements {
        for (table_use, table) in occurrences(workload, statement) {
            let of_predicates = of_predicates(table_use, table, workload.has_trigrams);
            let of_offset = of_offset(statement, table_use, table);
            for (kind, object, advice) in of_table(table).into_iter().chain(of_predicates).chain(of_offset) {
                found
                    .entry((kind, object))
                    .or_insert_with(|| (advice, BTreeSet::new()))
                    .1
                    .insert(statement.number);
            }
        }
    }
    found
        .into_iter()
        .map(|((kind, object), (advice, statements))| Other {
            kind,
            object,
            advice,
            statements: statements.into_iter().collect(),
        })
        .collect()
}

fn occurrences<'w>(
    workload: &'w Workload,
    statement: &'w Statement,
) -> impl Iterator<Item = (&'w TableUse, &'w Table)> {
    statement
        .analysis
        .tables
        .iter()
        .zip(&statement.relations)
        .filter_map(|(table_use, oid)| Some((table_use, workload.tables.get(oid.as_ref()?)?)))
}

type Piece = (Kind, String, String);

fn of_table(table: &Table) -> Vec<Piece> {
    let name = table.name.to_string();
    let mut pieces = Vec::new();
    match table.kind {
        RelationKind::View => {
            let advice =
                "a view is not looked into here: send the statement over its tables to have them advised on";
            pieces.push((Kind::View, name.clone(), advice.to_owned()));
        }
        RelationKind::Partitioned => {
            let advice = "indexes on partitioned tables are not advised on yet: ask about one partition";
            pieces.push((Kind::PartitionedTable, name.clone(), advice.to_owned()));
        }
        RelationKind::Table | RelationKind::MaterializedView | RelationKind::Foreign => {}
    }
    if unfit(table) == Some(Unfit::Unknown) {
        pieces.push((
            Kind::AnalyzeMissing,
            name,
            format!("run ANALYZE {}: without statistics no index on it can be judged", table.name),
        ));
        return pieces;
    }
    if unfit(table).is_none() {
        pieces.extend(table.foreign_keys.iter().filter(|key| !is_indexed(key, table)).map(|key| {
            let advice = format!(
                "no index begins with {}: deleting a row of {}, or changing its key, reads all of {}; if that is done, \
                 create index concurrently on {} ({})",
                key.columns.join(", "),
                key.referenced,
                table.name,
                table.name,
                key.columns.iter().map(|column| quote_identifier(column)).collect::<Vec<_>>().join(", ")
            );
            (Kind::ForeignKeyWithoutIndex, format!("{} ({})", table.name, key.columns.join(", ")), advice)
        }));
    }
    let rows = table.estimated_rows.unwrap_or(0.0);
    let changed =
        table.modified_since_analyze.and_then(|rows| i32::try_from(rows).ok()).map_or(0.0, f64::from);
    if unfit(table).is_none() && changed > 1_000.0 && changed > rows * 0.2 {
        let advice =
            format!("run ANALYZE {}: more than a fifth of its rows changed since the last one", table.name);
        pieces.push((Kind::StatisticsStale, name, advice));
    }
    pieces
}

/// Whether rows that refer to one row are found by an index.
fn is_indexed(key: &ForeignKey, table: &Table) -> bool {
    table.indexes.iter().filter(|index| index.valid && index.predicate.is_none()).any(|index| {
        let leading: Vec<&str> = index.leading_columns().take(key.columns.len()).collect();
        leading.len() == key.columns.len()
            && key.columns.iter().all(|column| leading.contains(&column.as_str()))
    })
}

fn of_predicates(table_use: &TableUse, table: &Table, has_trigrams: bool) -> Vec<Piece> {
    if unfit(table).is_some() {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    for predicate in &table_use.predicates {
        match (&predicate.subject, &predicate.kind) {
            (_, PredicateKind::Or(arms)) => {
                let columns: BTreeSet<&str> =
                    arms.iter().flatten().filter_map(|predicate| predicate.subject.column()).collect();
                if columns.len() > 1 && arms.iter().all(|arm| !arm.is_empty()) {
                    let columns: Vec<&str> = columns.into_iter().collect();
                    let advice = format!(
                        "OR over {}: one B-tree cannot serve it; an index on each column (for a BitmapOr) or a UNION of \
                         two queries can",
                        columns.join(", ")
                    );
                    pieces.push((Kind::OrAcrossColumns, table.name.to_string(), advice));
                }
            }
            (Subject::Column(column), PredicateKind::LikeOther { case_insensitive, pattern }) => {
                let starts_open =
                    matches!(pattern, Value::Constant(text) if text.contains("'%") || text.contains("'_"));
                if (*case_insensitive || starts_open) && !has_trigrams {
                    let what = if *case_insensitive { "ILIKE" } else { "LIKE '%…'" };
                    let advice = format!(
                        "{what}: no B-tree serves it; with the extension pg_trgm (create extension pg_trgm) a GIN index of \
                         its class does: ask again then"
                    );
                    pieces.push((Kind::LeadingWildcard, format!("{}.{column}", table.name), advice));
                }
            }
            (subject @ Subject::Expression { expression, .. }, kind)
                if is_lookup(kind) && !indexable::is(subject, table) =>
            {
                let advice = format!(
                    "{expression} is compared, so an index on the bare column does not serve it: rewrite the condition \
                     to leave the column bare"
                );
                pieces.push((Kind::ExpressionOnColumn, table.name.to_string(), advice));
            }
            _ => {}
        }
    }
    pieces
}

/// The planner has what comes before the first row that is kept in the cost of starting.
fn of_offset(statement: &Statement, table_use: &TableUse, table: &Table) -> Option<Piece> {
    if table_use.order_by.is_empty() || !table_use.order_is_complete {
        return None;
    }
    let plan = &statement.variants.first()?.plan;
    let limit = plan.root();
    let input = plan.nodes.get(limit.id + 1).filter(|_| limit.kind == "Limit")?;
    let thrown_away = limit.estimate.startup_cost - input.estimate.startup_cost;
    if thrown_away < SKIPPED_COST || thrown_away < SKIPPED_SHARE * limit.estimate.total_cost {
        return None;
    }
    let columns: Vec<&str> = table_use.order_by.iter().filter_map(|key| key.subject.column()).collect();
    let directions = table_use.order_by.iter().map(|key| key.descending);
    let sign = if directions.clone().all(|descending| descending) { "<" } else { ">" };
    // Rows compare as a whole in one direction only.
    let is_even = directions.clone().all(|descending| descending) || !directions.clone().any(|it| it);
    if columns.len() != table_use.order_by.len() || !is_even {
        return None;
    }
    let columns = columns.join(", ");
    let advice = format!(
        "OFFSET reads the rows before the page and throws them away: ask for those behind the last one seen, \
         where ({columns}) {sign} (its {columns}), with a unique column last"
    );
    Some((Kind::DeepOffset, table.name.to_string(), advice))
}

/// What is worth a rewrite: most of the cost, and more than a millisecond's.
const SKIPPED_SHARE: f64 = 0.5;
const SKIPPED_COST: f64 = 500.0;

fn is_lookup(kind: &PredicateKind) -> bool {
    matches!(
        kind,
        PredicateKind::Equality(_)
            | PredicateKind::In(_)
            | PredicateKind::EqualsAny(_)
            | PredicateKind::Range { .. }
            | PredicateKind::LikePrefix { .. }
    )
}

/// Why an index helps: what its parts do in the statements that need it.
pub(crate) fn reason(candidate: &Candidate, affected: &[usize], workload: &Workload) -> String {
    let mut roles: Vec<String> = Vec::new();
    for key in &candidate.keys {
        let mut of_key: Vec<String> = Vec::new();
        for statement in affected.iter().filter_map(|place| workload.statements.get(*place)) {
            let uses = statement.analysis.tables.iter().zip(&statement.relations);
            for (table_use, _) in uses.filter(|(_, oid)| **oid == Some(candidate.table)) {
                for role in roles_of(&key.part, table_use) {
                    if !of_key.contains(&role) {
                        of_key.push(role);
                    }
                }
            }
        }
        roles.extend(of_key);
    }
    let mut reason =
        format!("serves {}", if roles.is_empty() { "its columns".to_owned() } else { roles.join(", ") });
    if let Some(only) = &candidate.only {
        let share = only.share() * 100.0;
        let conditions = only.conditions.join(" and ");
        reason.push_str(&format!("; holds only the rows with {conditions} (about {share:.1} % of them)"));
    }
    if !candidate.included.is_empty() {
        let stored = candidate.included.join(", ");
        reason.push_str(&format!("; stores {stored}, so that the table need not be read"));
    }
    if candidate.method == Method::Brin {
        reason.push_str(
            "; the values go with the order on disk, so a summary of each stretch of pages is enough",
        );
    }
    reason
}

fn roles_of(part: &Subject, table_use: &TableUse) -> Vec<String> {
    let name = match part {
        Subject::Column(column) => column,
        Subject::Expression { expression, .. } => expression,
    };
    let mut roles = Vec::new();
    for predicate in table_use.predicates.iter().filter(|predicate| predicate.subject == *part) {
        roles.push(match &predicate.kind {
            PredicateKind::Equality(_) | PredicateKind::IsNull | PredicateKind::Boolean(_) => {
                format!("filter on {name}")
            }
            PredicateKind::In(_) | PredicateKind::EqualsAny(_) => format!("list of {name}"),
            PredicateKind::Range { .. } => format!("range of {name}"),
            PredicateKind::LikePrefix { .. } => format!("prefix of {name}"),
            PredicateKind::LikeOther { .. } => format!("pattern in {name}"),
            PredicateKind::Operator { operator, .. } => format!("{operator} on {name}"),
            _ => continue,
        });
    }
    for join in table_use.joins.iter().filter(|join| part.column() == Some(&join.column) && join.lookup) {
        roles.push(format!("join {name} = {}.{}", join.other.name, join.other_column));
    }
    for sort in table_use.order_by.iter().filter(|sort| sort.subject == *part) {
        roles.push(format!("order by {name}{}", if sort.descending { " desc" } else { "" }));
    }
    if table_use.group_by.contains(part) {
        roles.push(format!("group by {name}"));
    }
    if table_use.extremes.contains(part) {
        roles.push(format!("least or greatest {name}"));
    }
    roles
}

/// Why there is not even a candidate.
fn nothing_to_look_up(workload: &Workload, tables: &[(&TableUse, &Table)]) -> &'static str {
    let mut conditions = workload.lookups().flat_map(|lookup| &lookup.conditions);
    if tables
        .iter()
        .any(|(table_use, table)| !of_predicates(table_use, table, workload.has_trigrams).is_empty())
    {
        "no B-tree on its columns serves its conditions: see the other advice"
    } else if conditions.any(|condition| condition.form != Form::None) {
        "its conditions leave so many rows that reading the whole table is as quick"
    } else {
        "it asks for all rows of its tables"
    }
}

/// What kept the search from taking whatever pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Nothing,
    Budget,
    Time,
}

/// Why no suggestion helps a statement.
pub(crate) fn unhelped(statement: &Statement, workload: &Workload, limit: Limit) -> Unhelped {
    let reason = |reason: String| Unhelped { statement: statement.number, reason };
    let tables: Vec<(&TableUse, &Table)> = occurrences(workload, statement).collect();
    if tables.is_empty() {
        return reason("it reads no table".to_owned());
    }
    let large: Vec<&(&TableUse, &Table)> =
        tables.iter().filter(|(_, table)| unfit(table).is_none()).collect();
    if large.is_empty() {
        let unknown = tables.iter().find(|(_, table)| unfit(table) == Some(Unfit::Unknown));
        let foreign = tables.iter().find(|(_, table)| unfit(table) == Some(Unfit::Kind));
        return reason(match (unknown, foreign) {
            (Some((_, table)), _) => format!("{} has no statistics", table.name),
            (None, Some((_, table))) => format!("{} is no plain table", table.name),
            (None, None) => "its tables are so small that reading them whole is quickest".to_owned(),
        });
    }
    let alone = Workload {
        statements: vec![statement.clone()],
        tables: workload.tables.clone(),
        planner: workload.planner.clone(),
        writes: Vec::new(),
        has_trigrams: workload.has_trigrams,
    };
    let wanted = candidates::of(&alone);
    let serving: BTreeSet<&str> = wanted
        .iter()
        .filter_map(|candidate| served::by(candidate, workload.tables.get(&candidate.table)?))
        .map(|index| index.name.as_str())
        .collect();
    let unique: Option<&str> = alone.lookups().find_map(|lookup| {
        let table = workload.tables.get(&lookup.table)?;
        served::one_row(&lookup.fixed(None), table).map(|index| index.name.as_str())
    });
    if let Some(unique) = unique.filter(|_| serving.len() == wanted.len()) {
        return reason(format!("{unique} finds its row already"));
    }
    let is_served = |candidate: &Candidate| {
        workload.tables.get(&candidate.table).is_some_and(|table| served::by(candidate, table).is_some())
    };
    if wanted.is_empty() {
        return reason(nothing_to_look_up(&alone, &tables).to_owned());
    }
    if wanted.iter().all(is_served) {
        let serving: Vec<&str> = serving.into_iter().collect();
        return reason(format!("served already by {}", serving.join(", ")));
    }
    reason(if limit == Limit::Time {
        "the search ended before one was found: ask about this statement alone".to_owned()
    } else if limit == Limit::Budget {
        "no index within the budget saves a tenth of its cost".to_owned()
    } else if serving.is_empty() {
        "it needs so large a part of its rows that no index saves a tenth of its cost".to_owned()
    } else {
        let serving: Vec<&str> = serving.into_iter().collect();
        format!("beside {} no further index saves a tenth of its cost", serving.join(", "))
    })
}
