//! Ordinary checks on seeded data, at two sizes and two seeds.

use super::{Case, Measured, Rows, Verdict, wrong};
use crate::support::{Client, Database, NEWER, OLDER};

/// Of `s.orders`; the ledger knows where the defects are.
const CASES: &[Case] = &[
    (r#"{"type": "row_count", "min": 1}"#, Verdict("pass")),
    (r#"{"type": "row_count", "max": 1}"#, Verdict("fail")),
    (r#"{"type": "missing", "column": "email"}"#, Rows("select count(*) from s.ledger where r1 = 1")),
    (r#"{"type": "not_null", "column": "status"}"#, Rows("select count(*) from s.ledger where r2 = 2")),
    (
        r#"{"type": "missing", "column": "email", "values": ["", "nobody"]}"#,
        Rows("select count(*) from s.ledger where r1 in (1, 2, 5)"),
    ),
    (
        r#"{"type": "missing", "column": "note", "blank": true}"#,
        Rows("select count(*) from s.ledger where r1 = 12"),
    ),
    (
        r#"{"type": "missing", "column": "email", "filter": "active"}"#,
        Rows("select count(*) from s.ledger where r1 = 1 and r1 % 2 = 0"),
    ),
    (
        r#"{"type": "complete", "columns": ["email", "status", "quantity"]}"#,
        Rows("select count(*) from s.ledger where r1 = 1 or r2 in (2, 5)"),
    ),
    (
        r#"{"type": "complete", "columns": ["email", "status"], "match": "any"}"#,
        Rows("select count(*) from s.ledger where r1 = 1 and r2 = 2"),
    ),
    (r#"{"type": "unique", "column": "id"}"#, Rows("0")),
    (
        r#"{"type": "unique", "column": "sku"}"#,
        Rows("select count(*) - count(distinct id - (r1 = 7)::int) from s.ledger"),
    ),
    (
        r#"{"type": "unique", "column": "sku", "count": "groups"}"#,
        Rows("select count(*) from (select sku from s.orders group by 1 having count(*) > 1) g"),
    ),
    (
        r#"{"type": "unique", "column": "sku", "count": "rows"}"#,
        Rows(
            "select coalesce(sum(n), 0) from (select count(*) n from s.orders group by sku having count(*) > 1) g",
        ),
    ),
    (
        r#"{"type": "unique", "columns": ["quantity", "price"]}"#,
        Rows(
            "select coalesce(sum(n - 1), 0) from (select count(*) n from s.orders where quantity is not null group by quantity, price) g",
        ),
    ),
    (
        r#"{"type": "unique", "column": "sku", "filter": "status = 'paid'"}"#,
        Rows(
            "select coalesce(sum(n - 1), 0) from (select count(*) n from s.orders where status = 'paid' group by sku) g",
        ),
    ),
    (
        r#"{"type": "duplicate_rows", "except": ["id", "sku", "created", "shipped", "token", "url", "email", "digits"]}"#,
        Rows(
            "select count(*) - count(distinct md5(row(status, country, part, customer_id, quantity, price, total, weight, born, doc, iban, isin, card, ip, day_text, note, active, phone, ssn, stamp)::text)) from s.orders",
        ),
    ),
    (r#"{"type": "duplicate_rows"}"#, Rows("0")),
    (
        r#"{"type": "unique_normalized", "column": "note"}"#,
        Rows("select count(*) - count(distinct replace(lower(note), ' ', '')) from s.orders"),
    ),
    (
        r#"{"type": "in_set", "column": "status", "values": ["new", "paid", "shipped"]}"#,
        Rows("select count(*) from s.ledger where r2 = 1"),
    ),
    (
        r#"{"type": "accepted_values", "column": "country", "values": ["DE", "FR", "CH"]}"#,
        Rows("select count(*) from s.ledger where r3 = 1"),
    ),
    (
        r#"{"type": "not_in_set", "column": "quantity", "values": [-5, 1000]}"#,
        Rows("select count(*) from s.ledger where r2 in (3, 4)"),
    ),
    (r#"{"type": "distinct_set", "column": "country", "values": ["DE", "FR", "CH", "XX"]}"#, Verdict("pass")),
    (
        r#"{"type": "distinct_set", "column": "country", "values": ["DE", "IT"], "match": "contain"}"#,
        Verdict("fail"),
    ),
    (
        r#"{"type": "distinct_set", "column": "country", "values": ["DE", "FR"], "match": "within"}"#,
        Verdict("fail"),
    ),
    (
        r#"{"type": "range", "column": "quantity", "min": 0, "max": 100}"#,
        Rows("select count(*) from s.ledger where r2 in (3, 4)"),
    ),
    (
        r#"{"type": "range", "column": "created", "max": "2100-01-01"}"#,
        Rows("select count(*) from s.ledger where r2 = 6"),
    ),
    (r#"{"type": "range", "column": "price", "min": 0.25, "max": 250}"#, Rows("0")),
    (r#"{"type": "not_in_future", "column": "created"}"#, Rows("select count(*) from s.ledger where r2 = 6")),
    (
        r#"{"type": "not_in_future", "column": "born", "as_of": "1980-02-01"}"#,
        Rows("select count(*) from s.ledger where r4 > 31"),
    ),
    (r#"{"type": "finite", "column": "weight"}"#, Rows("select count(*) from s.ledger where r1 in (8, 9)")),
    (r#"{"type": "finite", "column": "quantity"}"#, Rows("0")),
    (r#"{"type": "regex", "column": "sku", "pattern": "^AB-\\d{7}$"}"#, Rows("0")),
    (r#"{"type": "regex", "column": "sku", "pattern": "^AB-.{6}$"}"#, Rows("select count(*) from s.orders")),
    (
        r#"{"type": "regex", "column": "status", "pattern": "^(new|paid)$"}"#,
        Rows("select count(*) from s.orders where status not in ('new', 'paid')"),
    ),
    (
        r#"{"type": "not_regex", "column": "note", "pattern": "[A-Z]"}"#,
        Rows("select count(*) from s.ledger where r1 = 13"),
    ),
    (r#"{"type": "length", "column": "sku", "min": 10, "max": 10}"#, Rows("0")),
    (
        r#"{"type": "length", "column": "note", "max": 5}"#,
        Rows("select count(*) from s.ledger where r1 = 11"),
    ),
    (r#"{"type": "not_empty", "column": "note"}"#, Rows("select count(*) from s.ledger where r1 = 12")),
    (r#"{"type": "trimmed", "column": "note"}"#, Rows("select count(*) from s.ledger where r1 in (11, 12)")),
    (
        r#"{"type": "casing", "column": "note", "case": "lower"}"#,
        Rows("select count(*) from s.ledger where r1 = 13"),
    ),
    (
        r#"{"type": "format", "column": "email", "format": "email"}"#,
        Rows("select count(*) from s.ledger where r1 in (2, 3, 4, 5)"),
    ),
    (
        r#"{"type": "format", "column": "token", "format": "uuid"}"#,
        Rows("select count(*) from s.ledger where r1 = 10"),
    ),
    (
        r#"{"type": "format", "column": "iban", "format": "iban"}"#,
        Rows("select count(*) from s.ledger where r2 = 7"),
    ),
    (
        r#"{"type": "format", "column": "isin", "format": "isin"}"#,
        Rows("select count(*) from s.ledger where r2 = 8"),
    ),
    (
        r#"{"type": "format", "column": "card", "format": "card"}"#,
        Rows("select count(*) from s.ledger where r2 = 9"),
    ),
    (
        r#"{"type": "format", "column": "url", "format": "url"}"#,
        Rows("select count(*) from s.ledger where r3 in (6, 7)"),
    ),
    (
        r#"{"type": "format", "column": "ip", "format": "ip"}"#,
        Rows("select count(*) from s.ledger where r3 in (8, 9)"),
    ),
    (
        r#"{"type": "format", "column": "digits", "format": "integer"}"#,
        Rows("select count(*) from s.ledger where r4 in (7, 8)"),
    ),
    (
        r#"{"type": "format", "column": "day_text", "format": "date"}"#,
        Rows("select count(*) from s.ledger where r4 in (9, 10)"),
    ),
    (
        r#"{"type": "format", "column": "phone", "format": "phone"}"#,
        Rows("select count(*) from s.ledger where r3 = 10"),
    ),
    (
        r#"{"type": "format", "column": "ssn", "format": "ssn"}"#,
        Rows("select count(*) from s.ledger where r3 in (11, 12)"),
    ),
    (
        r#"{"type": "format", "column": "stamp", "format": "timestamp"}"#,
        Rows("select count(*) from s.ledger where r4 = 11"),
    ),
    (
        r#"{"type": "parseable", "column": "digits", "as": "integer"}"#,
        Rows("select count(*) from s.ledger where r4 in (7, 8)"),
    ),
    (
        r#"{"type": "parseable", "column": "token", "as": "uuid"}"#,
        Rows("select count(*) from s.ledger where r1 = 10"),
    ),
    (
        r#"{"type": "json", "column": "doc", "path": "$.a.b"}"#,
        Rows("select count(*) from s.ledger where r4 in (4, 5)"),
    ),
    (
        r#"{"type": "json", "column": "doc", "shape": "object"}"#,
        Rows("select count(*) from s.ledger where r4 = 5"),
    ),
    (
        r#"{"type": "json", "column": "doc", "path": "$.a.b", "shape": "number"}"#,
        Rows("select count(*) from s.ledger where r4 in (4, 5)"),
    ),
    (
        r#"{"type": "compare", "columns": ["created", "shipped"], "is": "<="}"#,
        Rows("select count(*) from s.orders where created > shipped"),
    ),
    (
        r#"{"type": "compare", "columns": ["price", "total"], "is": "!="}"#,
        Rows("select count(*) from s.orders where price = total"),
    ),
    (
        r#"{"type": "row_condition", "expression": "total = price * (quantity % 100) or quantity is null"}"#,
        Rows(
            "select count(*) from s.orders where not (total = price * (quantity % 100) or quantity is null)",
        ),
    ),
    (
        r#"{"type": "row_condition", "expression": "quantity < 1000 -- fine"}"#,
        Rows("select count(*) from s.ledger where r2 = 4"),
    ),
    (
        r#"{"type": "required_if", "column": "shipped", "when": "status = 'shipped'"}"#,
        Rows("select count(*) from s.orders where status = 'shipped' and shipped is null"),
    ),
    (
        r#"{"type": "references", "column": "customer_id", "references": "s.customers(id)"}"#,
        Rows("select count(*) from s.ledger where r4 = 2"),
    ),
    (
        r#"{"type": "references", "columns": ["country", "part"], "references": "s.regions(code, part)"}"#,
        Rows(
            "select count(*) from s.orders o where not exists (select from s.regions r where r.code = o.country and r.part = o.part)",
        ),
    ),
    (
        r#"{"type": "references", "column": "customer_id", "references": "s.customers(id)", "filter": "active"}"#,
        Rows("select count(*) from s.ledger where r4 = 2 and r1 % 2 = 0"),
    ),
    (
        r#"{"type": "sql", "query": "select count(*) from {table} where quantity < 0", "expect": "= 0"}"#,
        Measured("select count(*) from s.ledger where r2 = 3", "fail"),
    ),
    (r#"{"type": "sql", "query": "select 5", "expect": "between 1 and 9"}"#, Measured("select 5", "pass")),
    (
        r#"{"type": "sql_rows", "query": "select id from {table} where quantity > 100"}"#,
        Rows("select count(*) from s.ledger where r2 = 4"),
    ),
    (
        r#"{"type": "avg", "column": "price", "expect": "> 0"}"#,
        Measured("select avg(price) from s.orders", "pass"),
    ),
    (
        r#"{"type": "avg", "column": "weight", "expect": "> 0"}"#,
        Measured("select avg(weight) from s.orders", "fail"),
    ),
    (
        r#"{"type": "sum", "column": "quantity", "expect": "> 0"}"#,
        Measured("select sum(quantity) from s.orders", "pass"),
    ),
    (
        r#"{"type": "min", "column": "quantity", "expect": ">= 0"}"#,
        Measured("select min(quantity) from s.orders", "fail"),
    ),
    (r#"{"type": "max", "column": "created", "expect": "< 2100-01-01"}"#, Verdict("fail")),
    (
        r#"{"type": "stddev", "column": "price", "max": 1000}"#,
        Measured("select stddev(price) from s.orders", "pass"),
    ),
    (
        r#"{"type": "variance", "column": "price", "min": 1}"#,
        Measured("select variance(price) from s.orders", "pass"),
    ),
    (
        r#"{"type": "median", "column": "quantity", "expect": "between 30 and 70"}"#,
        Measured("select percentile_cont(0.5) within group (order by quantity) from s.orders", "pass"),
    ),
    (r#"{"type": "percentile", "column": "price", "quantile": 0.95, "expect": "< 1"}"#, Verdict("fail")),
    (r#"{"type": "iqr", "column": "quantity", "expect": "> 0"}"#, Verdict("pass")),
    (r#"{"type": "distinct_count", "column": "country", "expect": "= 4"}"#, Measured("select 4", "pass")),
    (
        r#"{"type": "row_count_by", "by": ["country"], "min": 20}"#,
        Rows("select count(*) from (select country from s.orders group by 1 having count(*) < 20) g"),
    ),
    (
        r#"{"type": "aggregate_by", "by": ["country"], "column": "quantity", "aggregate": "min", "expect": ">= 0"}"#,
        Rows("select count(*) from (select country from s.orders group by 1 having min(quantity) < 0) g"),
    ),
    (
        r#"{"type": "outliers", "column": "quantity", "method": "z", "k": 3}"#,
        Rows(
            "select count(*) from s.orders, (select avg(quantity) a, stddev_pop(quantity) d from s.orders) m where abs(quantity - a) > 3 * d",
        ),
    ),
    (
        r#"{"type": "outliers", "column": "quantity", "method": "iqr"}"#,
        Rows("select count(*) from s.ledger where r2 = 4"),
    ),
    (r#"{"type": "outliers", "column": "weight", "method": "mad"}"#, Rows("0")),
    (
        r#"{"type": "distribution", "column": "country", "shares": {"DE": 0.3333, "FR": 0.3333, "CH": 0.3333}}"#,
        Verdict("pass"),
    ),
    (
        r#"{"type": "distribution", "column": "country", "shares": {"DE": 0.9, "FR": 0.05, "CH": 0.05}}"#,
        Verdict("fail"),
    ),
    (r#"{"type": "distribution", "column": "price", "other": "s.copy"}"#, Verdict("pass")),
    (r#"{"type": "same_values", "column": "status", "other": "s.copy"}"#, Rows("0")),
    (
        r#"{"type": "same_values", "column": "country", "other": "s.regions", "other_column": "code", "match": "within"}"#,
        Rows("1"),
    ),
    (
        r#"{"type": "time_gaps", "column": "shipped", "every": "1 hour", "filter": "shipped > '2024-01-01'"}"#,
        Rows("0"),
    ),
    (r#"{"type": "sequence_gaps", "column": "id"}"#, Rows("0")),
    (
        r#"{"type": "sequence_gaps", "column": "id", "filter": "id % 10 <> 5"}"#,
        Rows("select count(*) from s.orders where id % 10 = 5"),
    ),
    (
        r#"{"type": "monotonic", "column": "created", "order_by": "id"}"#,
        Rows(
            "select count(*) from s.ledger a join s.ledger b on b.id = a.id + 1 where a.r2 = 6 and b.r2 <> 6",
        ),
    ),
    (r#"{"type": "monotonic", "column": "id", "order_by": "id", "strict": true}"#, Rows("0")),
    (r#"{"type": "row_count_match", "other": "s.copy"}"#, Verdict("fail")),
    (r#"{"type": "row_count_match", "other": "s.copy", "tolerance": "2%"}"#, Verdict("pass")),
    (
        r#"{"type": "reconcile_aggregates", "column": "id", "other": "s.ledger", "aggregate": "sum"}"#,
        Verdict("pass"),
    ),
    (
        r#"{"type": "reconcile_aggregates", "column": "price", "other": "s.copy", "aggregate": "sum"}"#,
        Verdict("fail"),
    ),
    (
        r#"{"type": "reconcile_rows", "column": "id", "other": "s.copy"}"#,
        Rows("select count(*) filter (where id % 100 = 1) + 3 from s.orders"),
    ),
    (
        r#"{"type": "reconcile_rows", "column": "id", "other": "s.copy", "compare": ["price", "status"]}"#,
        Rows("select count(*) filter (where id % 100 in (1, 2)) + 3 from s.orders"),
    ),
    (r#"{"type": "schema", "columns": ["id bigint", "email text", "price numeric"]}"#, Verdict("pass")),
    (r#"{"type": "schema", "columns": ["id", "missing"]}"#, Verdict("fail")),
    (r#"{"type": "schema", "min": 28, "max": 28}"#, Verdict("pass")),
    (r#"{"type": "column_type", "column": "created", "as": "timestamptz"}"#, Verdict("pass")),
    (r#"{"type": "column_type", "column": "price", "as": "float8"}"#, Verdict("fail")),
    (r#"{"type": "has_constraint", "constraint": "primary_key"}"#, Verdict("fail")),
    (r#"{"type": "pii", "columns": ["status", "country", "sku"]}"#, Verdict("pass")),
    (r#"{"type": "pii", "columns": ["email", "sku"]}"#, Verdict("fail")),
    (r#"{"type": "pii", "columns": ["card"]}"#, Verdict("fail")),
    (
        r#"{"type": "freshness", "column": "shipped", "max_age": "1d", "as_of": "2023-01-01T12:00:00Z"}"#,
        Verdict("pass"),
    ),
    (
        r#"{"type": "missing", "column": "email", "watermark": {"column": "id", "since": 500, "until": 1500}}"#,
        Rows("select count(*) from s.ledger where r1 = 1 and id > 500 and id <= 1500"),
    ),
];

#[tokio::test]
async fn ordinary_checks_count_what_plain_sql_counts() {
    for (major, seed, size) in [(OLDER, 1, 20_000), (NEWER, 2, 5_000), (OLDER, 2, 5_000), (NEWER, 1, 20_000)]
    {
        let database = Database::on(major).await;
        let world =
            include_str!("world.sql").replace("SEED", &seed.to_string()).replace("SIZE", &size.to_string());
        database.execute(&world).await;
        let client = Client::stdio(&database).await;
        let wrong = wrong(&client, &database, "s.orders", CASES).await;
        assert!(
            wrong.is_empty(),
            "PostgreSQL {major}, seed {seed}: {} of {}\n{}",
            wrong.len(),
            CASES.len(),
            wrong.join("\n")
        );
    }
    assert!(CASES.len() >= 60);
}
