//! Rows of a caller's statement: a cursor gives them in PostgreSQL's own text, counted in rows and bytes.
//!
//! ```text
//!   judge ─▶ Parse/Describe ─▶ DECLARE … FOR the statement ─▶ FETCH until n+1 rows or the byte cap ─▶ decode ─▶ mask ─▶ Rows
//!            columns, origins   extended protocol, one portal   our own words only: text results
//! ```
//!
//! The cursor is the portal of n+1 rows: what is cut leaves nothing on the wire, so the connection stays of use. Its FETCH goes
//! by the simple protocol, whose results are text; so every type is read, those of extensions too. What it
//! gives up is parallel workers, as any portal that is read in parts does.

use std::pin::pin;

use futures_util::TryStreamExt;
use pgwright_sql::guard::{Admitted, StatementKind};
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Column, Error, SimpleQueryMessage, SimpleQueryRow, Statement};

use super::ReadSession;
use super::explain::RawText;
use crate::errors::DatabaseError;
use crate::mask::Masks;
use crate::types::{TextParameter, decode, exact, is_orderable, parameters, type_name};

/// One name for all: pg_stat_statements keeps an entry for each text that it sees.
const CURSOR: &str = "pgwright_rows";

/// Rows of the first FETCH, before anything is known of their size.
const FIRST: usize = 100;

/// What is read past the byte cap to keep a connection in use.
const UNWANTED_BYTES: usize = 1024 * 1024;

/// What the first row alone may take, whatever the byte cap: it has arrived already. More takes longer to read and to search
/// for personal data than a call has.
const LARGEST_ROW: usize = 8 * 1024 * 1024;

/// How much of a result is wanted; the database's own limits hold besides.
#[derive(Debug, Clone, Copy)]
pub struct Cap {
    /// Rows.
    pub rows: usize,
    /// Bytes of their values as text.
    pub bytes: usize,
}

/// The rows of a caller's statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The columns of the result.
    pub columns: Vec<ColumnInfo>,
    /// The rows that fitted, a value for each column.
    pub rows: Vec<Vec<Value>>,
    /// The text of those values that JSON does not hold as they are: the scale of a numeric, the null of a document.
    pub exact: Vec<Vec<Option<String>>>,
    /// Whether there were more.
    pub truncated: bool,
    /// Bytes of the values as text.
    pub bytes: usize,
    /// What was hidden and why, a line a column.
    pub notes: Vec<String>,
}

/// One column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name; need not be unique.
    pub name: String,
    /// Its type, e.g. `int4`, `text[]`, `public.mood`.
    pub type_name: String,
    /// Whether its values can be compared by the operators of pg_catalog, and come back from text as they were.
    pub orderable: bool,
    /// The table's column that it shows unchanged, where it is one.
    pub origin: Option<Origin>,
    /// Whether values of it are hidden: by its mask, or in these rows because they look like personal data.
    pub masked: bool,
}

/// A column of a table or view, as the catalogue numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    /// OID of the table or view that the statement names.
    pub relation: u32,
    /// `attnum`.
    pub column: i16,
}

impl ColumnInfo {
    fn of(column: &Column) -> Self {
        let origin = column.table_oid().zip(column.column_id());
        Self {
            name: column.name().to_owned(),
            type_name: type_name(column.type_()),
            orderable: is_orderable(column.type_()),
            origin: origin.map(|(relation, column)| Origin { relation, column }),
            masked: false,
        }
    }
}

impl ReadSession {
    /// The columns that a statement which the guard admitted would give. It is judged and parsed, not run.
    pub async fn describe(&self, sql: &Admitted) -> Result<Vec<ColumnInfo>, DatabaseError> {
        let (_, mut columns) = self.parsed(sql).await?;
        Masks::for_statement(self, sql, &columns).await?.tell(&mut columns);
        Ok(columns)
    }

    /// Runs a statement that the guard admitted, with JSON values for its parameters, and reads the first rows of it. This
    /// is the one way for a caller's rows out of the database.
    pub async fn fetch(&self, sql: &Admitted, values: &[Value], most: Cap) -> Result<Rows, DatabaseError> {
        let (statement, mut columns) = self.parsed(sql).await?;
        let mut masks = Masks::for_statement(self, sql, &columns).await?;
        let params = parameters(values, statement.params())?;
        let limits = self.database().limits();
        let most =
            Cap { rows: most.rows.min(limits.result_rows), bytes: most.bytes.min(limits.result_bytes) };
        let types: Vec<Type> = statement.columns().iter().map(|column| column.type_().clone()).collect();
        let mut wanted = Wanted::new(most, types);
        match sql.kind() {
            StatementKind::Query => {
                self.hurried(self.through_cursor(sql, params, &mut wanted)).await?;
            }
            // None can stand in a cursor; a change did not come this far.
            StatementKind::Explain { .. } | StatementKind::Show | StatementKind::Change => {
                self.hurried(self.streamed(sql, params, &mut wanted)).await?;
            }
        }
        let Wanted { rows, mut exact, truncated, bytes, .. } = wanted;
        self.lease.trace().read(rows.len(), bytes);
        let rows =
            rows.into_iter().zip(&mut exact).map(|(row, exact)| masked(&mut masks, row, exact)).collect();
        let notes = masks.tell(&mut columns);
        Ok(Rows { columns, rows, exact, truncated, bytes, notes })
    }

    /// A statement that both witnesses let through, as PostgreSQL reads it, with its columns.
    async fn parsed(&self, sql: &Admitted) -> Result<(Statement, Vec<ColumnInfo>), DatabaseError> {
        sql.may_run()?;
        let judged = self.judge(sql).await?;
        let statement = self.prepare(sql.sql()).await?;
        judged.covers(&statement)?;
        let columns = statement.columns().iter().map(ColumnInfo::of).collect();
        Ok((statement, columns))
    }

    async fn through_cursor(
        &self,
        sql: &Admitted,
        params: Vec<TextParameter>,
        wanted: &mut Wanted,
    ) -> Result<(), DatabaseError> {
        let declare = format!("declare {CURSOR} no scroll cursor for ");
        let ours = |error: DatabaseError| error.after(&declare);
        let declared = self.confirmed(sql, &format!("{declare}{}", sql.sql())).await.map_err(ours)?;
        self.lease.run("a query", |client| open(client, &declared, params)).await.map_err(ours)?;
        while let Some(rows) = wanted.next_batch() {
            let fetch = format!("fetch forward {rows} from {CURSOR}");
            let read = &mut *wanted;
            self.lease.run("a query", |client| fetched(client, fetch, rows, read)).await?;
        }
        if wanted.abandoned {
            self.lease.give_up_at_the_end();
        }
        Ok(())
    }

    async fn streamed(
        &self,
        sql: &Admitted,
        params: Vec<TextParameter>,
        wanted: &mut Wanted,
    ) -> Result<(), DatabaseError> {
        let statement = &self.confirmed(sql, sql.sql()).await?;
        let read = &mut *wanted;
        self.lease
            .run("a query", |client| async move {
                let mut stream = pin!(client.query_raw(statement, params).await?);
                while let Some(row) = stream.try_next().await? {
                    let texts: Vec<Option<RawText>> =
                        (0..row.len()).map(|at| row.try_get(at)).collect::<Result<_, Error>>()?;
                    if !read.keep(texts.iter().map(|text| text.as_ref().map(|text| text.0.as_str()))) {
                        read.abandoned = true;
                        break;
                    }
                }
                Ok(())
            })
            .await?;
        if wanted.abandoned {
            self.lease.give_up_at_the_end();
        }
        Ok(())
    }
}

async fn open(client: &Client, declared: &Statement, params: Vec<TextParameter>) -> Result<(), Error> {
    // In this order: they are sent as they are first polled.
    let (set, opened) = futures_util::join!(
        client.batch_execute(include_str!("cursor.sql")),
        client.execute_raw(declared, params),
    );
    set?;
    opened.map(|_| ())
}

async fn fetched(client: &Client, fetch: String, asked: usize, wanted: &mut Wanted) -> Result<(), Error> {
    let mut stream = pin!(client.simple_query_raw(&fetch).await?);
    let (mut received, mut unwanted) = (0, 0);
    while let Some(message) = stream.try_next().await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        received += 1;
        let texts: Vec<Option<&str>> =
            (0..row.len()).map(|at| row.try_get(at)).collect::<Result<_, Error>>()?;
        if !wanted.keep(texts.into_iter()) {
            // The last few are read to their end. More are not worth it: the connection is closed, not reset.
            unwanted += row_bytes(&row);
            if unwanted > UNWANTED_BYTES && received < asked {
                wanted.abandoned = true;
                return Ok(());
            }
        }
    }
    wanted.exhausted = received < asked;
    Ok(())
}

/// A row as it is shown: a value that was hidden has no text beside it.
fn masked(masks: &mut Masks, row: Vec<Value>, exact: &mut [Option<String>]) -> Vec<Value> {
    let before: Vec<Option<Value>> =
        row.iter().zip(exact.iter()).map(|(value, text)| text.as_ref().map(|_| value.clone())).collect();
    let shown = masks.row(row);
    for ((text, before), shown) in exact.iter_mut().zip(before).zip(&shown) {
        if before.as_ref() != Some(shown) {
            *text = None;
        }
    }
    shown
}

fn row_bytes(row: &SimpleQueryRow) -> usize {
    (0..row.len()).map(|at| row.try_get(at).ok().flatten().map_or(0, str::len)).sum()
}

/// What has been read, against what is wanted.
struct Wanted {
    most: Cap,
    types: Vec<Type>,
    rows: Vec<Vec<Value>>,
    exact: Vec<Vec<Option<String>>>,
    bytes: usize,
    /// There was a row more than is wanted.
    truncated: bool,
    /// The cursor has no more rows.
    exhausted: bool,
    /// Rows are on the wire that nobody reads.
    abandoned: bool,
}

impl Wanted {
    fn new(most: Cap, types: Vec<Type>) -> Self {
        Self {
            most,
            types,
            rows: Vec::new(),
            exact: Vec::new(),
            bytes: 0,
            truncated: false,
            exhausted: false,
            abandoned: false,
        }
    }

    /// How many rows to ask for next: as many as are left and one to see whether there are more, and no more than fit by
    /// the size of those before.
    fn next_batch(&self) -> Option<usize> {
        if self.truncated || self.exhausted {
            return None;
        }
        let left = self.most.rows.saturating_sub(self.rows.len()) + 1;
        let fitting = match self.bytes.checked_div(self.rows.len()) {
            None => FIRST + 1,
            Some(mean) => self.most.bytes.saturating_sub(self.bytes) / mean.max(1) + 1,
        };
        Some(left.min(fitting))
    }

    /// Keeps one row, or says that it is too many.
    fn keep<'a>(&mut self, texts: impl Iterator<Item = Option<&'a str>> + Clone) -> bool {
        let bytes: usize = texts.clone().map(|text| text.map_or(0, str::len)).sum();
        // The first row has no other page to stand on: left out, it would hide all that follow.
        let cap = if self.rows.is_empty() { self.most.bytes.max(LARGEST_ROW) } else { self.most.bytes };
        if self.truncated || self.rows.len() == self.most.rows || self.bytes + bytes > cap {
            self.truncated = true;
            return false;
        }
        self.bytes += bytes;
        let read = texts.zip(&self.types).map(|(text, kind)| match text {
            Some(text) => {
                let value = decode(text, kind);
                let exact = exact(text, kind, &value);
                (value, exact)
            }
            None => (Value::Null, None),
        });
        let (values, exact) = read.unzip();
        self.rows.push(values);
        self.exact.push(exact);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(rows: usize, bytes: usize) -> Wanted {
        Wanted::new(Cap { rows, bytes }, vec![Type::TEXT])
    }

    #[test]
    fn one_row_more_is_asked_for_than_is_wanted() {
        assert_eq!(wanted(20, 1_000).next_batch(), Some(21));
        let mut full = wanted(1, 1_000);
        assert!(full.keep([Some("a")].into_iter()));
        assert!(!full.truncated);
        assert!(!full.keep([Some("b")].into_iter()));
        assert!(full.truncated && full.next_batch().is_none());
    }

    #[test]
    fn the_size_of_the_rows_so_far_bounds_the_next_batch() {
        let mut wide = wanted(1_000, 1_000);
        assert_eq!(wide.next_batch(), Some(FIRST + 1));
        assert!(wide.keep([Some("x".repeat(100).as_str())].into_iter()));
        assert_eq!(wide.next_batch(), Some(10));
    }

    #[test]
    fn a_row_past_the_byte_cap_is_left_out_whole() {
        let mut small = wanted(10, 3);
        assert!(small.keep([Some("abc")].into_iter()));
        assert!(!small.keep([Some("d")].into_iter()));
        assert_eq!((small.rows.len(), small.bytes), (1, 3));
    }

    #[test]
    fn the_first_row_is_kept_however_large() {
        let mut small = wanted(10, 3);
        assert!(small.keep([Some("abcdef")].into_iter()));
        assert_eq!(small.next_batch(), Some(1));
        assert!(!small.keep([Some("g")].into_iter()));
        assert!(small.truncated);
    }
}
