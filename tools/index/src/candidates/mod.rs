//! Which B-trees could serve a workload: a file a kind of use, one set of candidates without repeats.

mod equality_then_range;
#[cfg(test)]
pub(crate) mod examples;
mod group;
mod join;
mod likeliest;
mod order;

use std::collections::{BTreeMap, BTreeSet};

use pgwright_postgres::catalog::{Column, Table};

pub(crate) use self::likeliest::likeliest;
use crate::lookup::{Form, Lookups};
use crate::served;
use crate::workload::Workload;

/// The most key columns that a candidate has: beyond, another column rarely narrows anything.
const WIDEST: usize = 4;

/// The most columns of a kind that are combined with each other, so that a statement of hundreds of conditions stays
/// within reason.
const MOST_COMBINED: usize = 8;

/// Columns whose values are wider on average, in bytes, make no key.
const WIDEST_VALUE: i32 = 256;

/// A B-tree that could be built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Candidate {
    /// The table's OID.
    pub(crate) table: u32,
    /// Its key, in order.
    pub(crate) keys: Vec<Key>,
}

/// One column of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The column.
    pub(crate) column: String,
    /// Stored in descending order.
    pub(crate) descending: bool,
    /// NULLs come first.
    pub(crate) nulls_first: bool,
    /// The operator class that compares byte by byte, which `like 'x%'` needs where the collation is not C.
    pub(crate) pattern: bool,
}

impl Key {
    /// A column in PostgreSQL's default order.
    pub(crate) fn ascending(column: &str) -> Self {
        Self { column: column.to_owned(), descending: false, nulls_first: false, pattern: false }
    }

    fn pattern(column: &str) -> Self {
        Self { pattern: true, ..Self::ascending(column) }
    }
}

impl Candidate {
    /// The names of the key columns.
    pub(crate) fn columns(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.column.as_str()).collect()
    }
}

/// How many statements look a table's column up by one value: columns that many share go first.
pub(crate) type Shared = BTreeMap<(u32, String), usize>;

/// All candidates of a workload, on tables that are worth an index.
pub(crate) fn of(workload: &Workload) -> Vec<Candidate> {
    let lookups: Vec<&Lookups> = workload.lookups().collect();
    let shared = shared(&lookups);
    let mut found = BTreeSet::new();
    for lookup in &lookups {
        let Some(table) = workload.tables.get(&lookup.table) else { continue };
        for keys in keys(lookup, table, &shared) {
            let mut seen = BTreeSet::new();
            let keys: Vec<Key> =
                keys.into_iter().filter(|key| seen.insert(key.column.clone())).take(WIDEST).collect();
            let all_fit = keys.iter().all(|key| table.column(&key.column).is_some_and(fits));
            if !keys.is_empty() && all_fit {
                found.insert(Candidate { table: lookup.table, keys });
            }
        }
    }
    found.into_iter().collect()
}

/// Whether a B-tree over the column is sound: a value of more than a third of a page could not even be inserted.
fn fits(column: &Column) -> bool {
    let is_document =
        matches!(column.base_type.as_str(), "jsonb" | "tsvector" | "tsquery") || column.category == 'A';
    let width = column.statistics.as_ref().map_or(0, |statistics| statistics.average_width_bytes);
    column.orderable && !is_document && width <= WIDEST_VALUE
}

fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    if served::one_row(&lookup.fixed(None), table).is_some() {
        return Vec::new();
    }
    let mut keys = equality_then_range::keys(lookup, table, shared);
    keys.extend(join::keys(lookup, table, shared));
    keys.extend(order::keys(lookup, table, shared));
    keys.extend(group::keys(lookup, table, shared));
    keys
}

fn shared(lookups: &[&Lookups]) -> Shared {
    let mut shared = Shared::new();
    for lookup in lookups {
        let columns: BTreeSet<&str> = lookup
            .conditions
            .iter()
            .filter(|condition| matches!(condition.form, Form::Equal | Form::Any))
            .filter_map(|condition| condition.column.as_deref())
            .collect();
        for column in columns {
            *shared.entry((lookup.table, column.to_owned())).or_default() += 1;
        }
    }
    shared
}

/// The columns in the two orders worth trying: the most selective first, and the most shared first.
fn orders(lookup: &Lookups, columns: Vec<&str>, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let share = |column: &str| {
        let condition =
            lookup.conditions.iter().find(|condition| condition.column.as_deref() == Some(column));
        let of_condition = condition.and_then(|condition| condition.share);
        of_condition.or_else(|| crate::selectivity::average_share(column, table)).unwrap_or(1.0)
    };
    let uses = |column: &str| shared.get(&(lookup.table, column.to_owned())).copied().unwrap_or_default();
    let mut columns = columns;
    columns.sort_by(|a, b| share(a).total_cmp(&share(b)).then_with(|| a.cmp(b)));
    columns.dedup();
    let leading =
        |columns: &[&str]| columns.iter().take(MOST_COMBINED).map(|column| Key::ascending(column)).collect();
    let selective: Vec<Key> = leading(&columns);
    columns.sort_by_key(|column| std::cmp::Reverse(uses(column)));
    let sharing: Vec<Key> = leading(&columns);
    if selective == sharing { vec![selective] } else { vec![selective, sharing] }
}

fn joined(prefix: &[Key], rest: impl IntoIterator<Item = Key>) -> Vec<Key> {
    prefix.iter().cloned().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::examples::{shop, spread, workload};
    use super::*;

    fn candidates(sql: &[&str]) -> Vec<String> {
        let workload = workload(sql, shop());
        of(&workload)
            .iter()
            .map(|candidate| {
                let keys: Vec<String> = candidate
                    .keys
                    .iter()
                    .map(|key| {
                        let direction = if key.descending { " desc" } else { "" };
                        let class = if key.pattern { " pattern" } else { "" };
                        format!("{}{class}{direction}", key.column)
                    })
                    .collect();
                format!("{}({})", workload.tables[&candidate.table].name.name, keys.join(", "))
            })
            .collect()
    }

    fn expect(sql: &str, wanted: &[&str]) {
        let found = candidates(&[sql]);
        for wanted in wanted {
            assert!(found.iter().any(|found| found == wanted), "{wanted} is not among {found:?}");
        }
    }

    #[test]
    fn equality_comes_before_one_range() {
        let sql =
            "select * from orders where status = 'open' and customer_id = 7 and created_at > '2024-06-01'";
        expect(
            sql,
            &[
                "orders(customer_id, status, created_at)",
                "orders(customer_id)",
                "orders(customer_id, created_at)",
            ],
        );
    }

    #[test]
    fn a_sort_follows_equality_with_its_direction() {
        let sql = "select * from orders where customer_id = 7 order by status, created_at desc limit 5";
        expect(sql, &["orders(customer_id, status, created_at desc)"]);
    }

    #[test]
    fn a_sort_all_in_one_direction_is_read_backwards() {
        let sql = "select * from orders where customer_id = 7 order by created_at desc limit 5";
        expect(sql, &["orders(customer_id, created_at)"]);
    }

    #[test]
    fn aliases_ctes_subqueries_and_using_lead_to_the_table() {
        expect(
            "select * from orders o join items i using (order_id) where o.customer_id = 3",
            &["items(order_id)"],
        );
        expect(
            "with o as (select * from orders) select * from o where customer_id = 3",
            &["orders(customer_id)"],
        );
        expect("select * from (select * from orders x) y where y.customer_id = 3", &["orders(customer_id)"]);
        expect(
            "select * from orders o where exists (select from items i where i.order_id = o.order_id)",
            &["items(order_id)"],
        );
        expect(
            "select * from orders a join orders b on a.customer_id = b.customer_id where a.status = 'open'",
            &["orders(customer_id)", "orders(customer_id, status)"],
        );
    }

    #[test]
    fn a_filter_that_a_quarter_of_the_rows_passes_is_no_reason() {
        assert!(candidates(&["select * from orders where status = 'open'"]).is_empty());
    }

    #[test]
    fn a_sort_is_never_offered_without_the_equality_beside_it() {
        let found =
            candidates(&["select * from orders where status = 'open' order by created_at desc limit 10"]);
        assert_eq!(found, ["orders(status, created_at)"]);
    }

    #[test]
    fn documents_and_wide_values_make_no_key() {
        let mut wide = spread("body", "text", 'S', -1.0);
        wide.statistics.as_mut().unwrap().average_width_bytes = 900;
        let columns = vec![spread("doc", "jsonb", 'U', -1.0), wide, spread("n", "int4", 'N', -1.0)];
        let pages = super::examples::table("pages", 100_000.0, columns, vec![]);
        let sql = ["select * from pages where doc = '{}'", "select * from pages where body = 'x'"];
        assert!(of(&workload(&sql, vec![pages.clone()])).is_empty());
        assert_eq!(of(&workload(&["select * from pages where n = 1"], vec![pages])).len(), 1);
    }

    #[test]
    fn what_a_b_tree_cannot_hold_makes_no_key() {
        let mut orders = shop();
        let virtual_column =
            orders[0].columns.iter_mut().find(|column| column.name == "customer_id").unwrap();
        virtual_column.orderable = false;
        let sql = [
            "select * from orders where customer_id = 7 and code = 'x' and created_at > '2024-06-01'",
            "select * from orders where code = 'x' order by customer_id",
            "select customer_id, count(*) from orders where code = 'x' group by customer_id",
            "select * from orders a join items i on i.item_id = a.customer_id",
        ];
        let found = of(&workload(&sql, orders));
        assert!(!found.is_empty());
        assert!(found.iter().all(|candidate| !candidate.columns().contains(&"customer_id")), "{found:?}");
    }

    #[test]
    fn hundreds_of_conditions_stay_within_reason() {
        let names: Vec<String> = (0..200).map(|at| format!("c{at}")).collect();
        let columns = names.iter().map(|name| spread(name, "int4", 'N', -1.0)).collect();
        let wide = super::examples::table("wide", 1_000_000.0, columns, vec![]);
        let (equal, ranges) = names.split_at(100);
        let conditions: Vec<String> = equal
            .iter()
            .map(|column| format!("{column} = 1"))
            .chain(ranges.iter().map(|column| format!("{column} > 1")))
            .collect();
        let sql = format!("select * from wide where {}", conditions.join(" and "));
        let found = of(&workload(&[&sql], vec![wide]));
        assert!((100..500).contains(&found.len()), "{}", found.len());
    }

    #[test]
    fn grouping_within_a_filter_is_a_sort() {
        expect(
            "select status, count(*) from orders where customer_id = 3 group by status",
            &["orders(customer_id, status)"],
        );
    }

    #[test]
    fn a_prefix_search_needs_the_pattern_class_unless_the_collation_is_c() {
        expect("select * from orders where note like 'abc%'", &["orders(note pattern)"]);
        expect("select * from orders where code like 'abc%'", &["orders(code)"]);
    }

    #[test]
    fn what_a_unique_key_finds_needs_nothing_more() {
        assert!(candidates(&["select * from orders where order_id = 3 and status = 'open'"]).is_empty());
        let join = "select * from items i join orders o on o.order_id = i.order_id where o.status = 'open'";
        let found = candidates(&[join]);
        assert!(
            !found.iter().any(|found| found.starts_with("orders") && found.contains("order_id")),
            "{found:?}"
        );
    }

    #[test]
    fn paging_by_a_column_and_the_primary_key_is_no_unique_lookup() {
        expect(
            "select * from orders order by created_at, order_id limit 10",
            &["orders(created_at, order_id)"],
        );
    }

    #[test]
    fn small_tables_get_none() {
        assert!(candidates(&["select * from countries where name = 'Chile'"]).is_empty());
    }

    #[test]
    fn a_column_that_several_statements_share_leads_in_one_variant() {
        let found = candidates(&[
            "select * from orders where status = 'open' and customer_id = 7",
            "select * from orders where status = 'lost' and code = 'x'",
        ]);
        assert!(found.contains(&"orders(status, customer_id)".to_owned()), "{found:?}");
        assert!(found.contains(&"orders(customer_id, status)".to_owned()), "{found:?}");
    }
}
