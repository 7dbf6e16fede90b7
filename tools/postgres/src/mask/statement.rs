//! The masks of one statement's outputs.

use std::collections::{BTreeMap, HashMap};

use pgwright_sql::guard::{self, Admitted, Refusal, StatementKind};
use pgwright_sql::usage;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::detect::{self, Class};
use super::ordered;
use super::planned::{self, Purpose};
use super::rules::Rules;
use super::setting::Mask;
use super::shape::{self, Shown};
use super::trace::Trace;
use crate::errors::DatabaseError;
use crate::session::{ColumnInfo, Origin, ReadSession};

pub(super) const ALLOWED: &str =
    "the masked column as a plain column of the select list, or a query that leaves it out";

/// What is done to the values of a statement, column by column.
#[derive(Debug, Default)]
pub struct Masks {
    columns: Vec<Treatment>,
}

#[derive(Debug)]
enum Treatment {
    AsItIs,
    Masked { mask: Mask, note: String },
    Searched { name: String, hint: detect::Column, found: BTreeMap<Class, usize> },
}

impl Masks {
    /// Decides for a statement that the guard admitted, with the columns that PostgreSQL describes. Refuses it where it uses
    /// a masked column for more than handing it through.
    pub async fn for_statement(
        session: &ReadSession,
        sql: &Admitted,
        columns: &[ColumnInfo],
    ) -> Result<Self, DatabaseError> {
        match sql.kind() {
            StatementKind::Query => {}
            StatementKind::Explain { analyze: true } | StatementKind::Change => {
                Self::allow_uses(session, sql).await?;
                return Ok(Self::nothing(columns));
            }
            // A plan shows the caller's own literals.
            StatementKind::Explain { analyze: false } => {
                Self::allow_explained(session, sql).await?;
                return Ok(Self::nothing(columns));
            }
            StatementKind::Show => return Ok(Self::nothing(columns)),
        }
        let rules = Self::rules(session, sql, columns).await?;
        let mut treatments = Vec::new();
        let is_searched = |column: &ColumnInfo| may_hold_text(&column.type_name);
        let names = if session.database().masking().detect {
            Some(names(session, columns.iter().filter(|column| is_searched(column))).await?)
        } else {
            None
        };
        for (column, rule) in columns.iter().zip(rules) {
            treatments.push(match (rule, &names) {
                (Some((mask, note)), _) => Treatment::Masked { mask, note },
                (None, Some(names)) if is_searched(column) => {
                    let of_origin = column.origin.and_then(|origin| names.get(&origin));
                    let name = of_origin.unwrap_or(&column.name).clone();
                    let hint = detect::Column::new(&name);
                    Treatment::Searched { name, hint, found: BTreeMap::new() }
                }
                _ => Treatment::AsItIs,
            });
        }
        Ok(Self { columns: treatments })
    }

    /// Refuses a statement that would tell about masked values by what it does, whatever becomes of its rows: EXPLAIN
    /// ANALYZE counts them.
    pub(crate) async fn allow_uses(session: &ReadSession, sql: &Admitted) -> Result<(), DatabaseError> {
        let rules = Rules::read(session).await?;
        if let Some(trace) = Trace::read(session, rules, sql.relations(), &[]).await? {
            usage::outputs(sql.sql(), &trace.relations)?;
            if sql.kind() != StatementKind::Query {
                return Err(DatabaseError::Refused(unplanned()));
            }
            planned::allow(&session.planned(sql).await?, &trace.relations, Purpose::Rows)?;
        }
        Ok(())
    }

    /// Refuses to show a plan whose estimates would tell about masked values: they come from what ANALYZE saw.
    /// `generic`: it was made for any values of the statement's parameters.
    pub(crate) async fn allow_plan(
        session: &ReadSession,
        sql: &Admitted,
        plan: &str,
        generic: bool,
    ) -> Result<(), DatabaseError> {
        let rules = Rules::read(session).await?;
        match Trace::read(session, rules, sql.relations(), &[]).await? {
            Some(trace) => planned::allow(plan, &trace.relations, Purpose::Plan { generic }),
            None => Ok(()),
        }
    }

    /// The same for an EXPLAIN that the caller wrote, in whatever format.
    async fn allow_explained(session: &ReadSession, sql: &Admitted) -> Result<(), DatabaseError> {
        let rules = Rules::read(session).await?;
        let Some(trace) = Trace::read(session, rules, sql.relations(), &[]).await? else { return Ok(()) };
        let Some(behind) = guard::explained(sql.sql()) else {
            return Err(DatabaseError::Refused(unplanned()));
        };
        let plan = session.planned(&guard::admit(behind)?).await?;
        planned::allow(&plan, &trace.relations, Purpose::Plan { generic: false })
    }

    async fn rules(
        session: &ReadSession,
        sql: &Admitted,
        columns: &[ColumnInfo],
    ) -> Result<Vec<Option<(Mask, String)>>, DatabaseError> {
        let nothing = || columns.iter().map(|_| None).collect();
        let rules = Rules::read(session).await?;
        // With those of partitions that the statement doesn't name.
        let mut masked: Vec<Origin> = rules.by_column.keys().copied().collect();
        // What PostgreSQL says that the outputs come from, besides what the text names.
        let origins: Vec<u32> = columns.iter().filter_map(|column| Some(column.origin?.relation)).collect();
        let Some(trace) = Trace::read(session, rules, sql.relations(), &origins).await? else {
            return Ok(nothing());
        };
        let read = usage::outputs(sql.sql(), &trace.relations)?;
        let by_origin: Vec<Option<usize>> =
            columns.iter().map(|column| trace.by_column.get(&column.origin?).copied()).collect();
        // Both witnesses agree, or the statement is not understood.
        let agree = match read.marks() {
            Some(marks) => {
                marks.len() == columns.len()
                    && marks.iter().zip(&by_origin).all(|(mark, origin)| mark.is_none() || origin.is_some())
            }
            None => read.marked() == by_origin.iter().flatten().count(),
        };
        if !agree {
            return Err(DatabaseError::Refused(unaccounted()));
        }
        let plan = session.planned(sql).await?;
        planned::allow(&plan, &trace.relations, Purpose::Rows)?;
        masked.extend(trace.by_column.keys());
        if ordered::hide(session, sql, &plan, &masked).await? {
            planned::allow(&session.planned(sql).await?, &trace.relations, Purpose::Rows)?;
        }
        let rule = |column: &ColumnInfo| {
            let origin = column.origin?;
            let rule = trace.rules.get(*trace.by_column.get(&origin)?)?;
            let name = trace.names.get(&origin).unwrap_or(&column.name);
            let note = format!("{name} is masked ({}) {}", rule.mask.as_str(), rule.source);
            Some((rule.mask.clone(), note))
        };
        Ok(columns.iter().map(rule).collect())
    }

    fn nothing(columns: &[ColumnInfo]) -> Self {
        Self { columns: columns.iter().map(|_| Treatment::AsItIs).collect() }
    }

    /// What a value of the column at `index` looks like to the outside.
    pub fn apply(&mut self, index: usize, value: Value) -> Value {
        match self.columns.get_mut(index) {
            Some(Treatment::Masked { mask, .. }) => shape::masked(mask, value),
            Some(Treatment::Searched { hint, found, .. }) => match shape::detected(&value, *hint) {
                Shown::Changed(shown, classes) => {
                    for class in classes {
                        *found.entry(class).or_default() += 1;
                    }
                    shown
                }
                Shown::AsItIs => value,
            },
            Some(Treatment::AsItIs) => value,
            // A column that nobody has spoken of is not shown.
            None => Value::Null,
        }
    }

    /// A whole row.
    pub(crate) fn row(&mut self, values: Vec<Value>) -> Vec<Value> {
        values.into_iter().enumerate().map(|(index, value)| self.apply(index, value)).collect()
    }

    /// Marks the columns in which something was hidden so far, and says why, a line for each.
    pub(crate) fn tell(&self, columns: &mut [ColumnInfo]) -> Vec<String> {
        let mut notes = Vec::new();
        for (column, treatment) in columns.iter_mut().zip(&self.columns) {
            let said = treatment.note();
            column.masked = said.is_some();
            notes.extend(said);
        }
        notes
    }
}

impl Treatment {
    /// What was hidden, if anything was.
    fn note(&self) -> Option<String> {
        match self {
            Self::Masked { note, .. } => Some(note.clone()),
            Self::Searched { name, found, .. } if !found.is_empty() => {
                let found = found.iter().map(|(class, values)| match values {
                    1 => format!("{class} in 1 value"),
                    values => format!("{class} in {values} values"),
                });
                let found: Vec<String> = found.collect();
                Some(format!("{name} is hidden in part: {} (masking.detect)", found.join(", ")))
            }
            _ => None,
        }
    }
}

/// How the tables call the columns that these show: an alias does not make a secret plain.
async fn names(
    session: &ReadSession,
    columns: impl Iterator<Item = &ColumnInfo>,
) -> Result<HashMap<Origin, String>, DatabaseError> {
    let origins: Vec<Origin> = columns.filter_map(|column| column.origin).collect();
    if origins.is_empty() {
        return Ok(HashMap::new());
    }
    let relations: Vec<u32> = origins.iter().map(|origin| origin.relation).collect();
    let numbers: Vec<i16> = origins.iter().map(|origin| origin.column).collect();
    let rows = session
        .query(
            include_str!("column_names.sql"),
            &[(&relations, Type::OID_ARRAY), (&numbers, Type::INT2_ARRAY)],
        )
        .await?;
    let named =
        |row: &Row| (Origin { relation: row.get("relation"), column: row.get("number") }, row.get("name"));
    Ok(rows.iter().map(named).collect())
}

fn unaccounted() -> Refusal {
    refusal("the statement reads a masked column, and PostgreSQL doesn't say which of its outputs that is")
}

/// EXPLAIN can't be explained.
fn unplanned() -> Refusal {
    refusal(
        "EXPLAIN ANALYZE reads a table with a masked column: explain_query with analyze takes the bare query",
    )
}

fn refusal(message: &str) -> Refusal {
    Refusal {
        rule: usage::RULE,
        message: message.to_owned(),
        line: 1,
        column: 1,
        excerpt: String::new(),
        allowed: ALLOWED,
    }
}

/// Types whose values are no text in any sense: keys, moments, truths. Numbers are looked at where the column's name says
/// what they are.
fn may_hold_text(type_name: &str) -> bool {
    let element = type_name.trim_end_matches("[]");
    !matches!(
        element,
        "uuid"
            | "bool"
            | "float4"
            | "float8"
            | "date"
            | "time"
            | "timetz"
            | "timestamp"
            | "timestamptz"
            | "interval"
            | "oid"
            | "regclass"
            | "regtype"
            | "regproc"
            | "tid"
            | "xid"
            | "pg_lsn"
            | "point"
            | "box"
    )
}
