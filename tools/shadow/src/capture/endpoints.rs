//! The least and the greatest value of columns that lead an index: the planner looks them up there, past the ends of the
//! histogram.

use std::fmt::Write;

use pgwright_postgres::DatabaseError;
use pgwright_postgres::types::quote_relation;
use pgwright_sql::quote_identifier;

use super::Capture;

/// Under these, least and greatest values come from indexes.
const FROM_INDEXES: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("enable_sort", "off")];

impl Capture<'_> {
    /// Looks these columns' ends up, each by two steps into an index. What cannot be read is left to the histogram.
    pub(super) async fn endpoints(&mut self, mut ends: Vec<(u32, i16)>) -> Result<(), DatabaseError> {
        ends.sort_unstable();
        ends.dedup();
        let mut sql = String::new();
        for (oid, number) in ends {
            let Some(relation) = self.snapshot.relation(oid) else { continue };
            let Some(column) = relation.columns.iter().find(|column| column.number == number) else {
                continue;
            };
            // Nothing to find, and an index that was never filled.
            if !relation.has_rows() || relation.figures.blocks == 0 {
                continue;
            }
            let (table, column) = (quote_relation(&relation.qualified()), quote_identifier(&column.name));
            // Without the alias it would be ordered by the text, which has the column's name, and no index has that order.
            let end = |direction: &str| {
                format!(
                    "(select t.{column}::text from only {table} t where t.{column} is not null order by t.{column} {direction} limit 1)"
                )
            };
            let joint = if sql.is_empty() { "" } else { " union all " };
            let _ = write!(sql, "{joint}select {oid}::oid, {number}::int2, {}, {}", end("asc"), end("desc"));
        }
        if sql.is_empty() {
            return Ok(());
        }
        let read = self.session.query_composed(&sql);
        let rows = match self.session.with_settings(FROM_INDEXES, read).await {
            Ok(rows) => rows,
            Err(DatabaseError::Sql { code, .. }) => {
                self.snapshot.notes.push(format!(
                    "the least and greatest values of indexed columns could not be read ({code}); histograms stand in for them"
                ));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for row in &rows {
            let (oid, number): (u32, i16) = (row.get(0), row.get(1));
            let ends = row.get::<_, Option<String>>(2).zip(row.get(3));
            let relation = self.relation(oid);
            let column = relation
                .and_then(|relation| relation.columns.iter_mut().find(|column| column.number == number));
            if let Some(column) = column {
                column.endpoints = ends;
            }
        }
        Ok(())
    }
}
