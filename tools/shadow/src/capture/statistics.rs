//! What ANALYZE found: rows of `pg_statistic` as they are, or put together again from what `pg_stats` shows.

use std::collections::HashMap;

use pgwright_postgres::{DatabaseError, Row};

use super::{Capture, by_relation};
use crate::snapshot::{ExtendedData, ExtendedStatistics, Slot, Statistics};

const COMMON: i16 = 1;
const HISTOGRAM: i16 = 2;
const CORRELATION: i16 = 3;
const COMMON_ELEMENTS: i16 = 4;
const ELEMENT_COUNTS: i16 = 5;
const RANGE_LENGTHS: i16 = 6;
const RANGE_BOUNDS: i16 = 7;

impl Capture<'_> {
    /// Statistics of columns, and of the expressions of these indexes.
    pub(super) async fn statistics(
        &mut self,
        relations: &[u32],
        indexes: &[u32],
    ) -> Result<(), DatabaseError> {
        let all: Vec<u32> = relations.iter().chain(indexes).copied().collect();
        let mut found = if self.server.reads_statistic {
            by_relation(&self.of(include_str!("statistic_rows.sql"), &all).await?, stored)
        } else if self.server.version >= 170_000 {
            by_relation(&self.of(include_str!("statistics_17.sql"), &all).await?, shown)
        } else {
            by_relation(&self.of(include_str!("statistics.sql"), &all).await?, shown)
        };
        let mut without = Vec::new();
        for relation in &mut self.snapshot.relations {
            relation.statistics = found.remove(&relation.oid).unwrap_or_default();
            for index in &mut relation.indexes {
                index.statistics = found.remove(&index.oid).unwrap_or_default();
                if index.statistics.is_empty() && indexes.contains(&index.oid) {
                    without.push(index.name.clone());
                }
            }
        }
        if !without.is_empty() && !self.server.reads_statistic {
            self.snapshot.notes.push(format!(
                "statistics of the expressions of {} cannot be read by this role and are derived from the \
                 columns' where that can be; pg_read_all_data gives them",
                without.join(", ")
            ));
        }
        Ok(())
    }

    /// Extended statistics.
    pub(super) async fn extended(&mut self, relations: &[u32]) -> Result<(), DatabaseError> {
        let rows = self.of(include_str!("extended.sql"), relations).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let oids: Vec<u32> = rows.iter().map(|row| row.get("oid")).collect();
        let sql = match (self.server.reads_extended, self.server.version >= 150_000) {
            (true, true) => include_str!("extended_rows.sql"),
            (true, false) => include_str!("extended_rows_13.sql"),
            (false, true) => include_str!("extended_shown.sql"),
            (false, false) => include_str!("extended_shown_13.sql"),
        };
        let expressions = match (self.server.reads_extended, self.server.version) {
            (true, 150_000..) => Some(include_str!("extended_expressions.sql")),
            (true, 140_000..) => Some(include_str!("extended_expressions_14.sql")),
            _ => None,
        };
        let mut expressions = match expressions {
            Some(sql) => by_relation(&self.of(sql, &oids).await?, stored),
            None => HashMap::new(),
        };
        let mut data: HashMap<u32, Vec<ExtendedData>> = HashMap::new();
        for row in &self.of(sql, &oids).await? {
            let (oid, inherited) = (row.get("oid"), row.get("inherited"));
            let of_expressions = expressions.get_mut(&oid);
            data.entry(oid).or_default().push(ExtendedData {
                inherited,
                expressions: of_expressions
                    .map(|all| all.extract_if(.., |one| one.inherited == inherited).collect())
                    .unwrap_or_default(),
                distinct: row.get("distinct"),
                dependencies: row.get("dependencies"),
                common: row.get("common"),
            });
        }
        for row in &rows {
            let found = data.remove(&row.get::<_, u32>("oid")).unwrap_or_default();
            let (schema, name): (String, String) = (row.get("schema"), row.get("name"));
            if found.is_empty() {
                self.snapshot.notes.push(format!(
                    "the extended statistics {schema}.{name} cannot be read by this role, or were never gathered, and do not count here"
                ));
            }
            self.snapshot.extended.push(ExtendedStatistics {
                schema,
                name,
                relation: row.get("relation"),
                definition: row.get("definition"),
                data: found,
            });
        }
        Ok(())
    }
}

fn statistics(row: &Row, slots: Vec<Slot>) -> Statistics {
    Statistics {
        column: row.get("name"),
        inherited: row.get("inherited"),
        null_ratio: row.get("null_frac"),
        width_bytes: row.get("avg_width"),
        distinct: row.get("n_distinct"),
        slots,
    }
}

fn stored(row: &Row) -> Statistics {
    let kinds: Vec<i16> = row.get("kinds");
    let values: Vec<Option<String>> = row.get("values");
    let numbers = ["stanumbers1", "stanumbers2", "stanumbers3", "stanumbers4", "stanumbers5"];
    let slots = kinds
        .into_iter()
        .zip(numbers)
        .zip(values)
        .filter(|((kind, _), _)| *kind != 0)
        .map(|((kind, numbers), values)| Slot { kind, numbers: row.get(numbers), values })
        .collect();
    statistics(row, slots)
}

fn shown(row: &Row) -> Statistics {
    let numbers = |name: &str| row.get::<_, Option<Vec<f32>>>(name);
    let values = |name: &str| row.get::<_, Option<String>>(name);
    let number = |name: &str| row.get::<_, Option<f32>>(name).map(|number| vec![number]);
    let all = [
        Slot { kind: COMMON, numbers: numbers("most_common_freqs"), values: values("most_common_vals") },
        Slot { kind: HISTOGRAM, numbers: None, values: values("histogram_bounds") },
        Slot { kind: CORRELATION, numbers: number("correlation"), values: None },
        Slot {
            kind: COMMON_ELEMENTS,
            numbers: numbers("most_common_elem_freqs"),
            values: values("most_common_elems"),
        },
        Slot { kind: ELEMENT_COUNTS, numbers: numbers("elem_count_histogram"), values: None },
        Slot {
            kind: RANGE_LENGTHS,
            numbers: number("range_empty_frac"),
            values: values("range_length_histogram"),
        },
        Slot { kind: RANGE_BOUNDS, numbers: None, values: values("range_bounds_histogram") },
    ];
    // Of lengths only the values make the slot: the share of empty ranges stands beside them.
    let is_known = |slot: &Slot| {
        slot.values.is_some() || (slot.numbers.is_some() && matches!(slot.kind, CORRELATION | ELEMENT_COUNTS))
    };
    statistics(row, all.into_iter().filter(is_known).take(5).collect())
}
