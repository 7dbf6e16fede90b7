//! Which indexes could serve a workload: a file a kind of use, one set of candidates without repeats.

mod brin;
mod covering;
mod document;
mod equality_then_range;
#[cfg(test)]
pub(crate) mod examples;
mod full_text;
mod group;
mod join;
mod likeliest;
pub(crate) mod merging;
mod not_null;
mod order;
pub(crate) mod partial;
mod trigram;

use std::collections::{BTreeMap, BTreeSet};

use pgwright_postgres::catalog::{Column, Table};
use pgwright_sql::analysis::Subject;

pub(crate) use self::likeliest::likeliest;
use crate::lookup::{Form, Lookups};
use crate::workload::Workload;
use crate::{indexable, served};

/// The most key columns that a candidate has: beyond, another column rarely narrows anything.
const WIDEST: usize = 4;

/// The most columns of a kind that are combined with each other, so that a statement of hundreds of conditions stays
/// within reason.
const MOST_COMBINED: usize = 8;

/// Columns whose values are wider on average, in bytes, make no key.
const WIDEST_VALUE: i32 = 256;

/// An index that could be built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Candidate {
    /// The table's OID.
    pub(crate) table: u32,
    /// Its access method.
    pub(crate) method: Method,
    /// Its key, in order.
    pub(crate) keys: Vec<Key>,
    /// Columns that are only stored, so that the table need not be read.
    pub(crate) included: Vec<String>,
    /// The rows it holds, if not all.
    pub(crate) only: Option<Only>,
}

/// The access method of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Method {
    Btree,
    Gin,
    Brin,
}

/// The rows of a partial index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Only {
    /// Its conditions as SQL, all of which hold.
    pub(crate) conditions: Vec<String>,
    /// About how many of a million rows they hold for.
    pub(crate) rows_per_million: u32,
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The column or expression.
    pub(crate) part: Subject,
    /// Stored in descending order.
    pub(crate) descending: bool,
    /// NULLs come first.
    pub(crate) nulls_first: bool,
    /// The operator class, where it is not the type's default.
    pub(crate) class: Option<Class>,
}

/// Operator classes that serve what the default ones do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Compares byte by byte, which `like 'x%'` needs where the collation is not C.
    TextPattern,
    /// Patterns anywhere in a text, by their trigrams.
    Trigrams,
    /// Containment in documents, by paths.
    JsonPaths,
}

impl Method {
    /// Its name in SQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Btree => "btree",
            Self::Gin => "gin",
            Self::Brin => "brin",
        }
    }
}

impl Class {
    /// Its name in SQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TextPattern => "text_pattern_ops",
            Self::Trigrams => "gin_trgm_ops",
            Self::JsonPaths => "jsonb_path_ops",
        }
    }
}

impl Key {
    /// A column in PostgreSQL's default order.
    pub(crate) fn ascending(column: &str) -> Self {
        Self::of(&Subject::Column(column.to_owned()))
    }

    /// A column or expression in PostgreSQL's default order.
    pub(crate) fn of(part: &Subject) -> Self {
        Self { part: part.clone(), descending: false, nulls_first: false, class: None }
    }

    fn with(part: &Subject, class: Class) -> Self {
        Self { class: Some(class), ..Self::of(part) }
    }

    /// The column, if it is a bare one.
    pub(crate) fn column(&self) -> Option<&str> {
        self.part.column()
    }

    /// The columns that it is made of.
    pub(crate) fn columns(&self) -> Vec<&str> {
        match &self.part {
            Subject::Column(column) => vec![column],
            Subject::Expression { columns, .. } => columns.iter().map(String::as_str).collect(),
        }
    }
}

impl Only {
    /// The share of the table's rows, 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        f64::from(self.rows_per_million) / 1e6
    }
}

impl Candidate {
    /// A B-tree over whole rows' keys.
    pub(crate) fn btree(table: u32, keys: Vec<Key>) -> Self {
        Self { table, method: Method::Btree, keys, included: Vec::new(), only: None }
    }

    fn other(table: u32, method: Method, key: Key) -> Self {
        Self { method, ..Self::btree(table, vec![key]) }
    }

    /// Every column that it rests on: an update of one of them changes it.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let keyed = self.keys.iter().flat_map(Key::columns);
        keyed.chain(self.included.iter().map(String::as_str)).collect()
    }

    /// Whether it is a B-tree over all rows, without more.
    pub(crate) fn is_plain(&self) -> bool {
        self.method == Method::Btree && self.included.is_empty() && self.only.is_none()
    }

    /// The share of the table's rows that it holds, 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        self.only.as_ref().map_or(1.0, Only::share)
    }
}

/// How many statements look a table up by one value of a column or expression: what many share goes first.
pub(crate) type Shared = BTreeMap<(u32, Subject), usize>;

/// All candidates of a workload, on tables that are worth an index.
pub(crate) fn of(workload: &Workload) -> Vec<Candidate> {
    let lookups: Vec<&Lookups> = workload.lookups().collect();
    let shared = shared(&lookups);
    let mut found = BTreeSet::new();
    for lookup in &lookups {
        let Some(table) = workload.tables.get(&lookup.table) else { continue };
        if served::one_row(&lookup.fixed(None), table).is_some() {
            continue;
        }
        let plain: Vec<Candidate> =
            keys(lookup, table, &shared).into_iter().filter_map(|keys| btree(lookup, table, keys)).collect();
        found.extend(partial::of(lookup, table, &shared));
        found.extend(plain.iter().filter_map(|plain| not_null::of(plain, lookup, table)));
        found.extend(plain.iter().filter_map(|plain| covering::of(plain, lookup, table)));
        found.extend(plain);
        found.extend(trigram::of(lookup, table, workload));
        found.extend(document::of(lookup, table));
        found.extend(full_text::of(lookup, table));
        found.extend(brin::of(lookup, table));
    }
    found.into_iter().collect()
}

/// A sound B-tree of at most [`WIDEST`] parts, none twice.
fn btree(lookup: &Lookups, table: &Table, keys: Vec<Key>) -> Option<Candidate> {
    let mut seen = BTreeSet::new();
    let keys: Vec<Key> = keys.into_iter().filter(|key| seen.insert(key.part.clone())).take(WIDEST).collect();
    let all_fit = keys.iter().all(|key| match key.column() {
        Some(column) => table.column(column).is_some_and(fits),
        None => indexable::is(&key.part, table),
    });
    (!keys.is_empty() && all_fit).then(|| Candidate::btree(lookup.table, keys))
}

/// Whether a B-tree over the column is sound: a value of more than a third of a page could not even be inserted.
fn fits(column: &Column) -> bool {
    let is_document =
        matches!(column.base_type.as_str(), "jsonb" | "tsvector" | "tsquery") || column.category == 'A';
    let width = column.statistics.as_ref().map_or(0, |statistics| statistics.average_width_bytes);
    column.orderable && !is_document && width <= WIDEST_VALUE
}

fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let mut keys = equality_then_range::keys(lookup, table, shared);
    keys.extend(join::keys(lookup, table, shared));
    keys.extend(order::keys(lookup, table, shared));
    keys.extend(group::keys(lookup, table, shared));
    keys
}

fn shared(lookups: &[&Lookups]) -> Shared {
    let mut shared = Shared::new();
    for lookup in lookups {
        let equal = lookup.subjects(|condition| matches!(condition.form, Form::Equal | Form::Any));
        for subject in equal {
            *shared.entry((lookup.table, subject.clone())).or_default() += 1;
        }
    }
    shared
}

/// What is compared, in the two orders worth trying: the most selective first, and the most shared first.
fn orders(lookup: &Lookups, subjects: Vec<&Subject>, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let share = |subject: &Subject| {
        let condition = lookup.conditions.iter().find(|condition| condition.subject == *subject);
        let of_condition = condition.and_then(|condition| condition.share);
        let average = || subject.column().and_then(|column| crate::selectivity::average_share(column, table));
        // An expression that is compared with a value is there for being selective.
        let otherwise = if subject.column().is_some() { 1.0 } else { 0.001 };
        of_condition.or_else(average).unwrap_or(otherwise)
    };
    let uses = |subject: &Subject| shared.get(&(lookup.table, subject.clone())).copied().unwrap_or_default();
    let mut subjects = subjects;
    subjects.sort_by(|a, b| share(a).total_cmp(&share(b)).then_with(|| a.cmp(b)));
    subjects.dedup();
    let leading =
        |subjects: &[&Subject]| subjects.iter().take(MOST_COMBINED).map(|subject| Key::of(subject)).collect();
    let selective: Vec<Key> = leading(&subjects);
    subjects.sort_by_key(|subject| std::cmp::Reverse(uses(subject)));
    let sharing: Vec<Key> = leading(&subjects);
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
        let plain = of(&workload).into_iter().filter(Candidate::is_plain);
        plain
            .map(|candidate| {
                let keys: Vec<String> = candidate
                    .keys
                    .iter()
                    .map(|key| {
                        let direction = if key.descending { " desc" } else { "" };
                        let class = if key.class == Some(Class::TextPattern) { " pattern" } else { "" };
                        match &key.part {
                            Subject::Column(column) => format!("{column}{class}{direction}"),
                            Subject::Expression { expression, .. } => {
                                format!("({expression}){class}{direction}")
                            }
                        }
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
    fn an_expression_is_looked_up_by_itself() {
        expect(
            "select * from orders where lower(note) = 'x' and customer_id = 7",
            &["orders((lower(note)))", "orders((lower(note)), customer_id)"],
        );
        assert!(candidates(&["select * from orders where created_at::date = '2024-06-01'"]).is_empty());
    }

    #[test]
    fn what_no_b_tree_serves_gets_an_index_of_its_kind() {
        let kinds = |sql: &str, tables: Vec<pgwright_postgres::catalog::Table>| {
            let found = of(&workload(&[sql], tables));
            found.iter().map(|one| (one.method, one.keys[0].class)).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds("select * from orders where note ilike '%late%'", shop()),
            [(Method::Gin, Some(Class::Trigrams))]
        );
        assert!(kinds("select * from orders where note like '%a%'", shop()).is_empty(), "no trigram in it");
        let columns = vec![
            spread("doc", "jsonb", 'U', -1.0),
            spread("tags", "_text", 'A', -1.0),
            spread("words", "tsvector", 'U', -1.0),
        ];
        let pages = || vec![super::examples::table("pages", 100_000.0, columns.clone(), vec![])];
        let sql = "select * from pages where doc @> '{}' and tags && array['a'] and words @@ to_tsquery('a')";
        let found = kinds(sql, pages());
        assert_eq!(found.len(), 3);
        assert!(found.contains(&(Method::Gin, Some(Class::JsonPaths))), "{found:?}");
        let mut events = shop().remove(0);
        let at = events.columns.iter_mut().find(|column| column.name == "created_at").unwrap();
        at.statistics.as_mut().unwrap().correlation = Some(0.999);
        let sql = "select * from orders where created_at > '2024-06-01' and created_at < '2024-06-02'";
        assert!(kinds(sql, vec![events]).contains(&(Method::Brin, None)));
        assert!(!kinds(sql, shop()).contains(&(Method::Brin, None)));
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
