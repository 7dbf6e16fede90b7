//! Pages by key: the rows of one table in a total order, each page starting behind the last row of the one before.
//!
//! ```text
//!   select … from t where … order by day desc          as it was sent
//!   select * from (select … from t where …) page
//!   where (day, id) < ($2, $3)                          from the cursor
//!   order by day desc, id desc limit n + 1              its order, made total by the key
//! ```
//!
//! What no key tells apart has no pages: an OFFSET would skip and repeat rows while the table changes.

use std::collections::HashSet;
use std::fmt::Write as _;

use pgwright_postgres::{ColumnInfo, DatabaseError, ReadSession, Row, Type};
use pgwright_sql::guard::{self, Admitted};
use pgwright_sql::{NotOneTable, OneTableQuery, OrderBy, OrderTerm, one_table_query, quote_identifier};
use serde_json::Value;

/// How a query is paged.
#[derive(Debug)]
pub(super) struct Paging {
    unordered: String,
    /// Names of the result's columns.
    names: Vec<String>,
    parameters: u16,
    keys: Vec<Key>,
}

/// Why a query has no pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unpaged {
    /// It is not plainly the rows of one table.
    Shape(NotOneTable),
    /// The table has no key without NULLs.
    NoKey,
    /// It does not show the key, or is ordered by what it does not show.
    NotSelected(String),
    /// It filters and has no order: to choose one could make it slow.
    Unordered(String),
    /// What it is ordered by, or its key, is of a type whose values a cursor cannot go on from.
    KeyType(String),
    /// Values that it is ordered by are hidden.
    Hidden,
}

/// One page as a statement.
pub(super) struct PageStatement {
    pub(super) statement: Admitted,
    /// Values for the parameters behind the caller's own.
    pub(super) values: Vec<Value>,
}

/// One column of the total order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    /// Which column of the result.
    at: usize,
    descending: bool,
    nulls_first: bool,
    not_null: bool,
}

/// How a statement that the guard admitted is paged. It is parsed by PostgreSQL, not run.
pub(super) async fn plan(
    session: &ReadSession,
    statement: &Admitted,
) -> Result<Result<Paging, Unpaged>, DatabaseError> {
    let query = match one_table_query(statement) {
        Ok(query) => query,
        Err(reason) => return Ok(Err(Unpaged::Shape(reason))),
    };
    let columns = session.describe(statement).await?;
    let Some(origin) = columns.iter().find_map(|column| column.origin) else {
        return Ok(Err(Unpaged::NoKey));
    };
    let mut functions: Vec<&str> = statement.functions().iter().map(|name| name.name.as_str()).collect();
    functions.extend(statement.attributes().iter().map(String::as_str));
    let rows = session
        .query(include_str!("keys.sql"), &[(&origin.relation, Type::OID), (&functions, Type::TEXT_ARRAY)])
        .await?;
    let table: Vec<TableColumn> = rows.iter().map(TableColumn::of).collect();
    Ok(total_order(&query, &columns, &table).map(|keys| Paging {
        unordered: query.unordered,
        names: columns.iter().map(|column| column.name.clone()).collect(),
        parameters: statement.parameters(),
        keys,
    }))
}

/// A column of the table in the catalogue.
#[derive(Debug, Clone)]
struct TableColumn {
    name: String,
    number: i16,
    not_null: bool,
    /// Its place in each key of the table.
    places: Vec<Option<i32>>,
}

impl TableColumn {
    fn of(row: &Row) -> Self {
        Self {
            name: row.get("name"),
            number: row.get("number"),
            not_null: row.get("not_null"),
            places: row.get("places"),
        }
    }

    /// The column of the result that shows it.
    fn shown(&self, columns: &[ColumnInfo]) -> Option<usize> {
        columns.iter().position(|column| {
            !column.masked && column.origin.is_some_and(|origin| origin.column == self.number)
        })
    }
}

/// The query's order, made total by the table's key.
fn total_order(
    query: &OneTableQuery,
    columns: &[ColumnInfo],
    table: &[TableColumn],
) -> Result<Vec<Key>, Unpaged> {
    let Some(first) = table.first() else { return Err(Unpaged::Shape(NotOneTable::Other)) };
    let candidates: Vec<TableKey<'_>> =
        (0..first.places.len()).map(|number| TableKey::of(table, number)).collect();
    let Some(best) = candidates.first() else { return Err(Unpaged::NoKey) };
    let mut keys = Vec::new();
    for term in &query.order {
        match key(term, columns, table) {
            Some(key) => keys.push(key),
            None => return Err(Unpaged::NotSelected(best.named())),
        }
    }
    let shown: Vec<(&TableKey<'_>, Vec<usize>)> =
        candidates.iter().filter_map(|key| Some((key, key.shown(columns)?))).collect();
    let unfit = |at: usize| columns.get(at).filter(|column| !column.orderable);
    let mut fit = shown.iter().filter(|(_, places)| places.iter().all(|at| unfit(*at).is_none()));
    // A key that the order already holds adds nothing to it.
    let in_order = |places: &[usize]| places.iter().all(|at| keys.iter().any(|key: &Key| key.at == *at));
    let chosen = fit.clone().find(|(_, places)| in_order(places)).or_else(|| fit.next());
    let needed = chosen.or_else(|| shown.first()).map(|(_, places)| places.as_slice()).unwrap_or_default();
    if let Some(column) = keys.iter().map(|key| key.at).chain(needed.iter().copied()).find_map(unfit) {
        return Err(Unpaged::KeyType(column.type_name.clone()));
    }
    let Some((table_key, places)) = chosen else { return Err(Unpaged::NotSelected(best.named())) };
    if query.filtered && query.order.is_empty() {
        return Err(Unpaged::Unordered(table_key.named()));
    }
    // In the direction of what stands before, so that one index can serve both.
    let descending = query.order.last().is_some_and(|term| term.descending);
    for at in places {
        if keys.iter().all(|key| key.at != *at) {
            keys.push(Key { at: *at, descending, nulls_first: descending, not_null: true });
        }
    }
    Ok(keys)
}

/// The columns of one key, in its order.
struct TableKey<'a>(Vec<&'a TableColumn>);

impl<'a> TableKey<'a> {
    fn of(table: &'a [TableColumn], number: usize) -> Self {
        let place = |column: &TableColumn| column.places.get(number).copied().flatten();
        let mut parts: Vec<&TableColumn> = table.iter().filter(|column| place(column).is_some()).collect();
        parts.sort_by_key(|column| place(column));
        Self(parts)
    }

    /// Its names as SQL.
    fn named(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|part| quote_identifier(&part.name)).collect();
        names.join(", ")
    }

    /// The columns of the result that show it.
    fn shown(&self, columns: &[ColumnInfo]) -> Option<Vec<usize>> {
        self.0.iter().map(|part| part.shown(columns)).collect()
    }
}

fn key(term: &OrderTerm, columns: &[ColumnInfo], table: &[TableColumn]) -> Option<Key> {
    let of_table = |name: &str| table.iter().find(|column| column.name == name)?.shown(columns);
    let at = match &term.by {
        OrderBy::Position(position) => position.checked_sub(1).filter(|at| *at < columns.len())?,
        OrderBy::TableColumn(name) => of_table(name)?,
        // As PostgreSQL reads it: a column of the result first, then one of the table.
        OrderBy::Name(name) => {
            let mut named = (0..columns.len()).filter(|at| columns.get(*at).is_some_and(|c| c.name == *name));
            match (named.next(), named.next()) {
                (Some(only), None) => only,
                (None, _) => of_table(name)?,
                (Some(_), Some(_)) => return None,
            }
        }
    };
    // What is hidden is no use for going on from.
    let column = columns.get(at).filter(|column| !column.masked)?;
    let number = column.origin.map(|origin| origin.column);
    let not_null = table.iter().any(|known| Some(known.number) == number && known.not_null);
    Some(Key { at, descending: term.descending, nulls_first: term.nulls_first, not_null })
}

impl Paging {
    /// The page behind `after`, or the first; `None` where the cursor's values do not fit, or the statement becomes too long.
    pub(super) fn page(&self, after: Option<&[Value]>, limit: usize) -> Option<PageStatement> {
        let names = self.aliases();
        let mut sql = format!("select * from (\n{}\n) as page ({})", self.unordered, names.join(", "));
        let mut values = Vec::new();
        if let Some(after) = after {
            if after.len() != self.keys.len() {
                return None;
            }
            let _ = write!(sql, " where {}", self.behind(&names, after, &mut values));
        }
        let order: Vec<String> = self
            .keys
            .iter()
            .map(|key| {
                let direction = if key.descending { "desc" } else { "asc" };
                let nulls = if key.nulls_first { "first" } else { "last" };
                format!("{} {direction} nulls {nulls}", key.name(&names))
            })
            .collect();
        let _ = write!(sql, " order by {} limit {}", order.join(", "), limit + 1);
        Some(PageStatement { statement: guard::admit(&sql).ok()?, values })
    }

    /// The same, unless a cursor would hold what these columns hide.
    pub(super) fn unless_hidden(self, columns: &[ColumnInfo]) -> Result<Self, Unpaged> {
        let is_hidden = |key: &Key| columns.get(key.at).is_none_or(|column| column.masked);
        if self.keys.iter().any(is_hidden) { Err(Unpaged::Hidden) } else { Ok(self) }
    }

    /// The columns' own names where these tell them apart.
    fn aliases(&self) -> Vec<String> {
        let distinct: HashSet<&String> = self.names.iter().collect();
        if distinct.len() == self.names.len() {
            return self.names.iter().map(|name| quote_identifier(name)).collect();
        }
        (1..=self.names.len()).map(|number| format!("c{number}")).collect()
    }

    /// The result's columns by the names that the statement gives them.
    pub(super) fn rename(&self, columns: &mut [ColumnInfo]) {
        for (column, name) in columns.iter_mut().zip(&self.names) {
            column.name.clone_from(name);
        }
    }

    /// Where a row stands in the order.
    pub(super) fn position(&self, row: &[Value]) -> Option<Vec<Value>> {
        self.keys.iter().map(|key| row.get(key.at).cloned()).collect()
    }

    /// The condition that a row comes after `position`.
    fn behind(&self, names: &[String], position: &[Value], values: &mut Vec<Value>) -> String {
        let parameters: Vec<Option<String>> = position
            .iter()
            .map(|value| {
                (!value.is_null()).then(|| {
                    values.push(value.clone());
                    format!("${}", usize::from(self.parameters) + values.len())
                })
            })
            .collect();
        let one_way = self.keys.windows(2).all(|pair| match pair {
            [one, next] => one.descending == next.descending,
            _ => true,
        });
        // One comparison of rows, where that means the same: an index can serve it.
        if one_way && self.keys.iter().all(|key| key.not_null) {
            let keys: Vec<&str> = self.keys.iter().map(|key| key.name(names)).collect();
            let sign = if self.keys.first().is_some_and(|key| key.descending) { "<" } else { ">" };
            let parameters: Vec<&str> = parameters.iter().flatten().map(String::as_str).collect();
            return format!("({}) {sign} ({})", keys.join(", "), parameters.join(", "));
        }
        let mut arms = Vec::new();
        let mut equal = String::new();
        for (key, parameter) in self.keys.iter().zip(&parameters) {
            let parameter = parameter.as_deref();
            arms.push(format!("({equal}{})", key.after(names, parameter)));
            let _ = write!(equal, "{} and ", key.equals(names, parameter));
        }
        arms.join(" or ")
    }
}

impl Key {
    fn name<'a>(&self, names: &'a [String]) -> &'a str {
        names.get(self.at).map_or("", String::as_str)
    }

    fn after(&self, names: &[String], parameter: Option<&str>) -> String {
        let name = self.name(names);
        let sign = if self.descending { "<" } else { ">" };
        match parameter {
            Some(parameter) if self.nulls_first || self.not_null => format!("{name} {sign} {parameter}"),
            Some(parameter) => format!("({name} {sign} {parameter} or {name} is null)"),
            None if self.nulls_first => format!("{name} is not null"),
            None => "false".to_owned(),
        }
    }

    fn equals(&self, names: &[String], parameter: Option<&str>) -> String {
        match parameter {
            Some(parameter) => format!("{} = {parameter}", self.name(names)),
            None => format!("{} is null", self.name(names)),
        }
    }
}

impl Unpaged {
    /// How to get at the rest.
    pub(super) fn advice(&self) -> String {
        match self {
            Self::Shape(NotOneTable::With) => offset("a statement with WITH"),
            Self::Shape(NotOneTable::Grouped) => offset("a statement with groups"),
            Self::Shape(NotOneTable::Join) => offset("a join"),
            Self::Shape(NotOneTable::Limit) => {
                "no cursor: drop its LIMIT, OFFSET or FETCH, and its rows may have pages".to_owned()
            }
            Self::Shape(NotOneTable::Other) => {
                "no cursor: only rows of one table have pages; narrow or aggregate it".to_owned()
            }
            Self::NoKey => {
                "no cursor: no key of the table tells its rows apart; narrow or aggregate it".to_owned()
            }
            Self::NotSelected(key) => {
                format!("no cursor: select {key} and whatever it is ordered by, and the rows have pages")
            }
            Self::Unordered(key) => format!("no cursor: add order by {key}, and the rows have pages"),
            Self::KeyType(name) => format!("no cursor: keys of type {name} have no pages; order by another"),
            Self::Hidden => "no cursor: values that it is ordered by are hidden; narrow it".to_owned(),
        }
    }
}

/// What the caller can page without a cursor, at the price of what an OFFSET reads and misses.
fn offset(what: &str) -> String {
    format!("no cursor: {what} has no pages: add order by … limit n offset m, or narrow it")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use pgwright_postgres::Origin;
    use serde_json::json;

    fn column(name: &str, number: Option<i16>) -> ColumnInfo {
        let origin = number.map(|column| Origin { relation: 1, column });
        let type_name = "int4".to_owned();
        ColumnInfo { name: name.to_owned(), type_name, orderable: true, origin, masked: false }
    }

    fn table() -> Vec<TableColumn> {
        let known = |name: &str, number, not_null, place| TableColumn {
            name: name.to_owned(),
            number,
            not_null,
            places: vec![place],
        };
        vec![known("id", 1, true, Some(0)), known("day", 2, true, None), known("note", 3, false, None)]
    }

    fn paging(sql: &str, columns: &[ColumnInfo]) -> Result<Paging, Unpaged> {
        let query = one_table_query(&guard::admit(sql).unwrap()).unwrap();
        let keys = total_order(&query, columns, &table())?;
        Ok(Paging {
            unordered: query.unordered,
            names: columns.iter().map(|column| column.name.clone()).collect(),
            parameters: 1,
            keys,
        })
    }

    fn where_clause(paging: &Paging, after: &[Value]) -> (String, Vec<Value>) {
        let page = paging.page(Some(after), 10).unwrap();
        let sql = page.statement.sql().to_owned();
        (sql.split(") as page ").nth(1).unwrap().to_owned(), page.values)
    }

    #[test]
    fn one_direction_without_nulls_is_one_comparison() {
        let columns = [column("id", Some(1)), column("day", Some(2))];
        let paging = paging("select id, day from t where id > $1 order by day desc", &columns).unwrap();
        let (clause, values) = where_clause(&paging, &[json!("2024-01-01"), json!(7)]);
        assert_eq!(
            clause,
            "(id, day) where (day, id) < ($2, $3) order by day desc nulls first, id desc nulls first limit 11"
        );
        assert_eq!(values, [json!("2024-01-01"), json!(7)]);
        assert_eq!(paging.position(&[json!(7), json!("d")]), Some(vec![json!("d"), json!(7)]));
    }

    #[test]
    fn nulls_have_their_place_in_the_order() {
        let columns = [column("note", Some(3)), column("id", Some(1))];
        let last = paging("select note, id from t order by note", &columns).unwrap();
        let (clause, values) = where_clause(&last, &[json!("x"), json!(7)]);
        let expected = "(note, id) where ((note > $2 or note is null)) or (note = $2 and id > $3) \
             order by note asc nulls last, id asc nulls last limit 11";
        assert_eq!((clause.as_str(), values.len()), (expected, 2));
        let (clause, values) = where_clause(&last, &[json!(null), json!(7)]);
        assert!(clause.contains("where (false) or (note is null and id > $2) "), "{clause}");
        assert_eq!(values, [json!(7)]);
        let first = paging("select note, id from t order by note desc, id", &columns).unwrap();
        let (clause, _) = where_clause(&first, &[json!(null), json!(7)]);
        assert!(clause.contains("where (note is not null) or (note is null and id > $2) "), "{clause}");
    }

    #[test]
    fn an_alias_comes_before_the_tables_own_name() {
        let columns = [column("note", Some(1)), column("id", None)];
        let error = paging("select id as note, note || '' as id from t order by day", &columns).unwrap_err();
        assert_eq!(error, Unpaged::NotSelected("id".to_owned()));
        let paging =
            paging("select id as note, note || '' as id from t order by t.id, id", &columns).unwrap();
        assert_eq!(paging.keys.iter().map(|key| key.at).collect::<Vec<_>>(), [0, 1]);
        assert!(!paging.keys[1].not_null);
    }

    #[test]
    fn names_that_come_twice_are_numbered() {
        let columns = [column("id", Some(1)), column("id", None)];
        let paging = paging("select id, 'x' as id from t order by t.id", &columns).unwrap();
        let (clause, _) = where_clause(&paging, &[json!(7)]);
        assert_eq!(clause, "(c1, c2) where (c1) > ($2) order by c1 asc nulls last limit 11");
    }

    #[test]
    fn what_has_no_pages_says_how_to_get_them() {
        let columns = [column("day", Some(2))];
        assert_eq!(paging("select day from t", &columns).unwrap_err(), Unpaged::NotSelected("id".to_owned()));
        let columns = [column("id", Some(1))];
        let error = paging("select id from t where day > $1", &columns).unwrap_err();
        assert_eq!(error.advice(), "no cursor: add order by id, and the rows have pages");
    }

    #[test]
    fn hidden_values_are_no_place_in_an_order() {
        let columns = [column("id", Some(1))];
        let found = [ColumnInfo { masked: true, ..column("id", Some(1)) }];
        assert!(paging("select id from t", &columns).unwrap().unless_hidden(&columns).is_ok());
        let error = paging("select id from t", &columns).unwrap().unless_hidden(&found).unwrap_err();
        assert_eq!(error, Unpaged::Hidden);
        assert!(paging("select id from t", &found).is_err());
    }

    #[test]
    fn a_cursor_of_another_order_does_not_fit() {
        let columns = [column("id", Some(1))];
        assert!(
            paging("select id from t", &columns).unwrap().page(Some(&[json!(1), json!(2)]), 10).is_none()
        );
    }
}
