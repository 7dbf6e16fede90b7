//! Ways of writing a statement anew that PostgreSQL itself estimates to cost less.
//!
//! The rules of the SQL room offer text; the catalogue gives them their facts in the session that planned the statement. An offer
//! passes the guard like any statement of a caller, must give the same columns, and is planned, never run.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

use pgwright_contract::Page;
use pgwright_plan::Plan;
use pgwright_postgres::{ColumnInfo, DatabaseError, Explain, ReadSession, Row, Type};
use pgwright_sql::guard::{self, Admitted};
use pgwright_sql::rewrite::{self, Column, Facts, ForeignKey, Function, Missing, Offer, Relation};
use pgwright_sql::{FunctionName, RelationName};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A statement below this cost is not worth a second way of writing it.
const WORTH_REWRITING: f64 = 100.0;
/// What of the cost may be left for an offer to be shown.
const SHARE_LEFT: f64 = 0.9;
/// Characters of a statement that the text shows; the structured answer has all of it.
const LONGEST_TEXT: usize = 1_200;
const MOST_OFFERS: usize = 5;
const MOST_MISSING: usize = 3;
const MOST_RELATIONS: usize = 64;
/// No offer is begun after that.
const PATIENCE: Duration = Duration::from_secs(2);

/// The statement written in another way that gives the same rows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Rewrite {
    /// The rule.
    pub rule: String,
    /// The whole statement, rewritten; not run.
    pub sql: String,
    /// Why it costs less.
    pub reason: String,
    /// What makes it safe, proven from the catalogue.
    pub precondition: String,
    /// PostgreSQL's estimate for the statement as given.
    pub cost_before: f64,
    /// PostgreSQL's estimate for this one.
    pub cost_after: f64,
}

/// What there is to say about writing a statement anew.
#[derive(Debug, Default)]
pub(crate) struct Rewrites {
    /// Best first.
    pub(crate) offers: Vec<Rewrite>,
    /// What would help, if more were known.
    pub(crate) missing: Vec<Missing>,
}

impl Rewrites {
    /// Those of one statement that was planned in this session. What fails on the way is left out: it is an extra.
    pub(crate) async fn of(
        session: &ReadSession,
        statement: &Admitted,
        params: &[Value],
        plan: &Plan,
    ) -> Rewrites {
        let cost_before = plan.root().estimate.total_cost;
        if cost_before < WORTH_REWRITING {
            return Self::default();
        }
        let started = Instant::now();
        let found = async {
            let facts = facts(session, statement).await?;
            let judged = rewrite::judge(statement.sql(), &facts).unwrap_or_default();
            let columns =
                if judged.offers.is_empty() { Vec::new() } else { session.describe(statement).await? };
            Ok::<_, DatabaseError>((judged, columns))
        };
        let Ok((mut judged, columns)) = session.surviving(found).await else { return Self::default() };
        let mut offers = Vec::new();
        for offer in judged.offers {
            if started.elapsed() > PATIENCE {
                break;
            }
            let cost = session.surviving(cost(session, &offer, params, &columns)).await.ok().flatten();
            let Some(cost_after) = cost.filter(|cost| *cost <= cost_before * SHARE_LEFT) else { continue };
            offers.push(Rewrite {
                rule: offer.rule.to_owned(),
                sql: offer.sql,
                reason: offer.reason,
                precondition: offer.precondition,
                cost_before,
                cost_after,
            });
        }
        offers.sort_by(|one, other| one.cost_after.total_cmp(&other.cost_after));
        offers.truncate(MOST_OFFERS);
        judged.missing.truncate(MOST_MISSING);
        Self { offers, missing: judged.missing }
    }

    /// A line for each rewrite that lacks a precondition.
    pub(crate) fn would_help(&self) -> Vec<String> {
        let line = |missing: &Missing| {
            let lacking = Page::data(&missing.missing_precondition, LONGEST_TEXT);
            format!("{} would help, but is not safe: {lacking} ({})", missing.reason, missing.rule)
        };
        self.missing.iter().map(line).collect()
    }
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text of a caller, in which names of the catalogue may stand too.
        let sql = Page::data(&one_line(&self.sql), LONGEST_TEXT);
        write!(
            f,
            "rewrite {}: estimated cost {:.0} → {:.0} ({:+.0} %): {sql}\n  {}; safe because {}",
            self.rule,
            self.cost_before,
            self.cost_after,
            (self.cost_after / self.cost_before - 1.0) * 100.0,
            self.reason,
            Page::data(&self.precondition, LONGEST_TEXT),
        )
    }
}

/// On one line, where no comment and no string ends with a line; the structured answer has the text as it is.
fn one_line(sql: &str) -> Cow<'_, str> {
    let foldable = |line: &str| !line.contains("--") && line.matches('\'').count().is_multiple_of(2);
    match sql.lines().all(foldable) {
        true => Cow::Owned(sql.lines().map(str::trim).collect::<Vec<_>>().join(" ")),
        false => Cow::Borrowed(sql),
    }
}

/// What PostgreSQL estimates for an offer; nothing if the guard or the masks refuse it, or its columns are others.
async fn cost(
    session: &ReadSession,
    offer: &Offer,
    params: &[Value],
    columns: &[ColumnInfo],
) -> Result<Option<f64>, DatabaseError> {
    let Ok(statement) = guard::admit(&offer.sql) else { return Ok(None) };
    let shown = |column: &ColumnInfo| (column.name.clone(), column.type_name.clone(), column.masked);
    let same = session.describe(&statement).await?.iter().map(shown).eq(columns.iter().map(shown));
    if !same {
        return Ok(None);
    }
    let json = session.explain(&statement, params, Explain { analyze: false }).await?;
    Ok(Plan::from_json(&json).ok().map(|plan| plan.root().estimate.total_cost))
}

/// What the catalogue proves of everything that a statement names.
pub async fn facts(session: &ReadSession, statement: &Admitted) -> Result<Facts, DatabaseError> {
    let names = statement.relations();
    if names.len() > MOST_RELATIONS {
        return Ok(Facts::default());
    }
    let written: Vec<String> = names.iter().map(RelationName::to_string).collect();
    let found =
        session.query(include_str!("rewrites/relations.sql"), &[(&written, Type::TEXT_ARRAY)]).await?;
    let oids: Vec<u32> = found.iter().map(|row| row.get("oid")).collect();
    let known = if oids.is_empty() { HashMap::new() } else { constraints(session, &oids).await? };
    let mut facts = Facts { functions: functions(session, statement).await?, ..Facts::default() };
    for row in &found {
        let (name, oid): (&str, u32) = (row.get("name"), row.get("oid"));
        let called =
            names.iter().zip(&written).find(|(_, text)| *text == name).map(|(called, _)| called.clone());
        let relation = known.get(&oid).cloned().unwrap_or_default();
        facts.relations.extend(
            called
                .map(|called| (called, Relation { oid, row_security: row.get("row_security"), ..relation })),
        );
    }
    let days: Vec<String> = rewrite::midnights(statement.sql()).unwrap_or_default().into_iter().collect();
    if !days.is_empty() {
        let plain =
            session.query(include_str!("rewrites/midnights.sql"), &[(&days, Type::TEXT_ARRAY)]).await?;
        facts.plain_midnights = plain.iter().map(|row| row.get("day")).collect();
    }
    Ok(facts)
}

async fn constraints(session: &ReadSession, oids: &[u32]) -> Result<HashMap<u32, Relation>, DatabaseError> {
    let mut known: HashMap<u32, Relation> = HashMap::new();
    let mut of = |row: &Row, add: &dyn Fn(&mut Relation)| add(known.entry(row.get("relation")).or_default());
    let oids = &[(&oids as _, Type::OID_ARRAY)];
    for row in session.query(include_str!("rewrites/columns.sql"), oids).await? {
        of(&row, &|relation| {
            relation.columns.push(Column {
                name: row.get("name"),
                type_name: row.get("type_name"),
                not_null: row.get("not_null"),
                deterministic: row.get("deterministic"),
            });
        });
    }
    for row in session.query(include_str!("rewrites/keys.sql"), oids).await? {
        of(&row, &|relation| relation.unique_keys.push(row.get("columns")));
    }
    for row in session.query(include_str!("rewrites/foreign_keys.sql"), oids).await? {
        of(&row, &|relation| {
            relation.foreign_keys.push(ForeignKey {
                columns: row.get("columns"),
                referenced: row.get("referenced"),
                referenced_columns: row.get("referenced_columns"),
            });
        });
    }
    Ok(known)
}

async fn functions(
    session: &ReadSession,
    statement: &Admitted,
) -> Result<BTreeMap<FunctionName, Function>, DatabaseError> {
    let (schemas, names): (Vec<Option<&str>>, Vec<&str>) = statement
        .functions()
        .iter()
        .map(|function| (function.schema.as_deref(), function.name.as_str()))
        .unzip();
    if names.is_empty() {
        return Ok(Default::default());
    }
    let rows = session
        .query(
            include_str!("rewrites/functions.sql"),
            &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)],
        )
        .await?;
    let named = |row: &Row| {
        let name = FunctionName { schema: row.get("schema"), name: row.get("name") };
        let function = Function {
            volatile: row.get("volatile"),
            immutable: row.get("immutable"),
            unusual: row.get("unusual"),
            built_in: row.get("built_in"),
        };
        (name, function)
    };
    Ok(rows.iter().map(named).collect())
}
