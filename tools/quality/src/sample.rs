//! Some of the rows that fail: the primary key first, then only the columns that were checked.

use std::sync::Arc;

use pgwright_postgres::Masked;
use pgwright_postgres::catalog::RelationKind;
use serde_json::{Map, Value};

use crate::checks::{CheckSpec, Failing, OwnSample};
use crate::statement;
use crate::subject::Subject;

/// Rows that a sample holds at most.
pub const SAMPLE_ROWS: usize = 10;

/// The statement that reads a sample, and what its columns are called.
#[derive(Debug)]
pub struct Sample {
    columns: Vec<String>,
    /// The table and its masks, and the number of each column that is one of the table's.
    table: u32,
    masked: Arc<Masked>,
    numbers: Vec<Option<i16>>,
    sql: String,
}

/// One failing row: column name to value as text.
pub type SampleRow = Map<String, Value>;

impl Sample {
    pub(crate) fn of(
        subject: &Subject,
        from: &str,
        spec: &CheckSpec,
        join: Option<&str>,
        failing: &Failing,
    ) -> Self {
        let (columns, values) = shown(subject, spec);
        let values = values.join(", ");
        let join = join.map(|join| format!("\n{join}")).unwrap_or_default();
        let sql = match failing {
            Failing::Where(failing) | Failing::WhereAlone(failing) => {
                format!("select {values}\n{from}{join}\nwhere {failing}\nlimit {SAMPLE_ROWS}")
            }
            Failing::Repeated { keys, filter, .. } => repeated(&values, from, keys, filter),
        };
        let table = &subject.table;
        let number = |column: &String| table.column(column).map(|column| column.number);
        let numbers = columns.iter().map(number).collect();
        Self { columns, table: table.oid, masked: Arc::clone(&subject.masked), numbers, sql }
    }

    /// What a check's own statement gives.
    pub(crate) fn own(subject: &Subject, own: &OwnSample) -> Self {
        let number = |column: &String| subject.table.column(column).map(|column| column.number);
        Self {
            numbers: own.columns.iter().map(number).collect(),
            columns: own.columns.clone(),
            table: subject.table.oid,
            masked: Arc::clone(&subject.masked),
            sql: own.sql.clone(),
        }
    }

    /// The statement.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The rows it gave, every value masked, short and harmless.
    pub fn read(&self, rows: &[Vec<Option<String>>]) -> Vec<SampleRow> {
        let shown = |(at, value): (usize, &Option<String>)| {
            let name = self.columns.get(at)?;
            let text = match self.numbers.get(at).copied().flatten() {
                Some(number) => self.masked.text(self.table, number, name, value.as_deref()?)?,
                // No column of the table's: only the look of it tells.
                None => self.masked.text(self.table, 0, name, value.as_deref()?)?,
            };
            Some(statement::shown(&text))
        };
        let row = |row: &Vec<Option<String>>| {
            let values = row.iter().enumerate().map(|cell| shown(cell).map_or(Value::Null, Value::from));
            self.columns.iter().cloned().zip(values).collect()
        };
        rows.iter().map(row).collect()
    }
}

/// What a sample shows: the names of its columns, and their values as text, cut by the server.
pub(crate) fn shown(subject: &Subject, spec: &CheckSpec) -> (Vec<String>, Vec<String>) {
    let table = &subject.table;
    let mut columns: Vec<String> = table.primary_key().into_iter().map(str::to_owned).collect();
    let mut values: Vec<String> = columns.iter().map(|column| value(column)).collect();
    if columns.is_empty() {
        let address = match table.kind {
            RelationKind::Table | RelationKind::MaterializedView => Some("t.ctid::text"),
            RelationKind::Partitioned => Some("t.tableoid::regclass::text || t.ctid::text"),
            RelationKind::View | RelationKind::Foreign => None,
        };
        columns.extend(address.map(|_| "ctid".to_owned()));
        values.extend(address.map(str::to_owned));
    }
    for column in spec.rule.columns() {
        if !columns.iter().any(|known| known == column) {
            columns.push(column.to_owned());
            values.push(value(column));
        }
    }
    (columns, values)
}

/// Cut by the server, so that a long value never travels; one character more than is shown, so that the cut shows.
fn value(column: &str) -> String {
    format!("left({}::text, {})", statement::column(column), statement::SHOWN_CHARACTERS + 1)
}

/// Rows of some groups, those of one group together.
fn repeated(values: &str, from: &str, keys: &[String], filter: &str) -> String {
    let named: Vec<String> = keys.iter().enumerate().map(|(at, key)| format!("{key} as k{at}")).collect();
    // Where NULLs count as equal no key is required to be there.
    let equal = if filter.contains("is not null") { "=" } else { "is not distinct from" };
    let pairs: Vec<String> =
        keys.iter().enumerate().map(|(at, key)| format!("g.k{at} {equal} {key}")).collect();
    let order: Vec<String> = (0..keys.len()).map(|at| format!("g.k{at}")).collect();
    format!(
        "select {values}\n{from}\njoin (select {} {from} where {filter} group by {} having count(*) > 1 limit {}) as g on {}\n\
         order by {}\nlimit {SAMPLE_ROWS}",
        named.join(", "),
        keys.join(", "),
        SAMPLE_ROWS / 2,
        pairs.join(" and "),
        order.join(", "),
    )
}
