//! Covering B-trees: they store the few other columns that a statement reads, so that the table need not be read.

use pgwright_postgres::catalog::Table;

use super::Candidate;
use crate::lookup::{Form, Lookups};

/// Columns that are stored at most, and their bytes.
const MOST_COLUMNS: usize = 3;
const MOST_BYTES: i32 = 24;

pub(super) fn of(plain: &Candidate, lookup: &Lookups, table: &Table) -> Option<Candidate> {
    let read = lookup.read.as_ref()?;
    let keyed = plain.columns();
    let included: Vec<String> =
        read.iter().filter(|column| !keyed.contains(&column.as_str())).cloned().collect();
    let bytes: i32 = included
        .iter()
        .map(|column| Some(table.column(column)?.statistics.as_ref()?.average_width_bytes))
        .sum::<Option<i32>>()?;
    // One row is fetched as quickly from the table.
    let reads_many = lookup.conditions.iter().all(|condition| condition.form != Form::Equal)
        || lookup.conditions.iter().filter_map(|condition| condition.share).product::<f64>()
            * table.estimated_rows.unwrap_or(0.0)
            > 20.0;
    let is_bare = plain.keys.iter().all(|key| key.column().is_some());
    let fits = !included.is_empty() && included.len() <= MOST_COLUMNS && bytes <= MOST_BYTES;
    (is_bare && reads_many && fits).then(|| Candidate { included, ..plain.clone() })
}

#[cfg(test)]
mod tests {
    use crate::candidates;
    use crate::candidates::examples::{shop, workload};

    fn stored(sql: &str) -> Vec<Vec<String>> {
        let found = candidates::of(&workload(&[sql], shop()));
        found.into_iter().map(|one| one.included).filter(|included| !included.is_empty()).collect()
    }

    #[test]
    fn the_few_columns_that_are_read_beside_the_key_are_stored() {
        let found =
            stored("select sum(order_id) from orders where status = 'open' and created_at > '2024-06-01'");
        assert!(found.contains(&vec!["order_id".to_owned()]), "{found:?}");
    }

    #[test]
    fn whole_rows_are_not() {
        assert!(stored("select * from orders where created_at > '2024-06-01'").is_empty());
    }
}
