//! Traps: legal and odd, so that a check that is wrong anywhere is wrong here.

use serde_json::{Value, json};

use super::{Case, Measured, Rows, Verdict, wrong};
use crate::support::{Client, Database, NEWER, OLDER};

const SELECT: &str = r#""Odd ""S"""."select""#;

/// Cases by their table; the truths are counted by hand or by another query.
const TRAPS: &[(&str, &[Case])] = &[
    (
        "numbers",
        &[
            (r#"{"type": "finite", "column": "f8"}"#, Rows("3")),
            (r#"{"type": "finite", "column": "f4"}"#, Rows("2")),
            (r#"{"type": "finite", "column": "n"}"#, Rows("1")),
            (r#"{"type": "range", "column": "f8", "min": 0}"#, Rows("2")),
            (r#"{"type": "range", "column": "f8", "max": 0}"#, Rows("2")),
            (r#"{"type": "range", "column": "n", "max": "1000000000000000000000000000000"}"#, Rows("2")),
            (r#"{"type": "range", "column": "i8", "max": "9223372036854775806"}"#, Rows("1")),
            (r#"{"type": "range", "column": "i8", "min": "-9223372036854775807"}"#, Rows("1")),
            (r#"{"type": "in_set", "column": "i8", "values": ["9007199254740993", "0"]}"#, Rows("3")),
            (r#"{"type": "in_set", "column": "f4", "values": [0.1, 0.2, "NaN", "Infinity"]}"#, Rows("0")),
            (r#"{"type": "in_set", "column": "n", "values": ["1.1", "NaN", 1e30]}"#, Rows("1")),
            (r#"{"type": "unique", "column": "f8"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "n"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "p"}"#, Rows("1")),
            (r#"{"type": "distinct_count", "column": "f8", "expect": "= 4"}"#, Measured("4", "pass")),
            (
                r#"{"type": "max", "column": "i8", "expect": "= 9223372036854775807"}"#,
                Measured("'9223372036854775807'", "pass"),
            ),
            (
                r#"{"type": "min", "column": "i8", "expect": "> -9223372036854775808"}"#,
                Measured("'-9223372036854775808'", "fail"),
            ),
            (
                r#"{"type": "sum", "column": "i8", "expect": "= 18014398509481984"}"#,
                Measured("select sum(i8) from numbers", "pass"),
            ),
            (r#"{"type": "max", "column": "f8", "expect": "> 0"}"#, Measured("'NaN'", "fail")),
            (r#"{"type": "avg", "column": "n", "expect": "> 0"}"#, Measured("'NaN'", "fail")),
            (r#"{"type": "min", "column": "f8", "expect": "< 0"}"#, Measured("'-Infinity'", "pass")),
            (r#"{"type": "median", "column": "tiny", "expect": "= 0.5"}"#, Measured("0.5", "pass")),
            (r#"{"type": "outliers", "column": "f8"}"#, Rows("0")),
            (r#"{"type": "length", "column": "n", "min": 1}"#, Verdict("error")),
            (r#"{"type": "sequence_gaps", "column": "n"}"#, Verdict("error")),
            (r#"{"type": "compare", "columns": ["n", "f8"], "is": "<="}"#, Verdict("fail")),
            (r#"{"type": "row_condition", "expression": "1 / tiny is not null"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "tiny"}"#, Rows("2")),
        ],
    ),
    (
        "texts",
        &[
            (r#"{"type": "unique", "column": "c"}"#, Rows("1")),
            (r#"{"type": "in_set", "column": "c", "values": ["ab", "", "abcde"]}"#, Rows("0")),
            (r#"{"type": "length", "column": "c", "max": 2}"#, Rows("1")),
            (r#"{"type": "trimmed", "column": "c"}"#, Rows("0")),
            (r#"{"type": "regex", "column": "c", "pattern": "^ab$"}"#, Rows("2")),
            (r#"{"type": "unique", "column": "v"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "ci"}"#, Rows("1")),
            (r#"{"type": "in_set", "column": "ci", "values": ["ann", "BOB"]}"#, Rows("1")),
            (r#"{"type": "casing", "column": "ci", "case": "lower"}"#, Rows("3")),
            (r#"{"type": "unique_normalized", "column": "ci"}"#, Rows("2")),
            (r#"{"type": "unique_normalized", "column": "nfc", "ignore": ["width"]}"#, Rows("2")),
            (r#"{"type": "unique", "column": "nfc"}"#, Rows("1")),
            (r#"{"type": "length", "column": "nfc", "max": 1}"#, Rows("2")),
            (r#"{"type": "length", "column": "b", "min": 1}"#, Rows("1")),
            (r#"{"type": "not_empty", "column": "t"}"#, Rows("2")),
            (r#"{"type": "missing", "column": "t", "blank": true}"#, Rows("3")),
            (r#"{"type": "missing", "column": "t", "values": [""]}"#, Rows("2")),
            (r#"{"type": "regex", "column": "t", "pattern": "^line.break$"}"#, Rows("3")),
            (r#"{"type": "regex", "column": "t", "pattern": "^.{10}$"}"#, Rows("3")),
            (r#"{"type": "regex", "column": "v", "pattern": "^%_"}"#, Rows("3")),
            (r#"{"type": "regex", "column": "v", "pattern": "^(x|X)$"}"#, Rows("2")),
            (r#"{"type": "in_set", "column": "v", "values": ["%_\\", "x", "X", " "]}"#, Rows("0")),
            (r#"{"type": "in_set", "column": "m", "values": ["sad", "ok"]}"#, Rows("1")),
            (r#"{"type": "range", "column": "m", "min": "ok"}"#, Rows("1")),
            (r#"{"type": "in_set", "column": "m", "values": ["angry"]}"#, Verdict("error")),
            (r#"{"type": "unique", "column": "js"}"#, Rows("1")),
            (r#"{"type": "json", "column": "js", "path": "$.a"}"#, Rows("1")),
            (r#"{"type": "json", "column": "js", "path": "$.["}"#, Verdict("error")),
            (r#"{"type": "duplicate_rows", "except": ["id", "v", "t", "ci", "m", "b", "nfc"]}"#, Rows("0")),
            (r#"{"type": "regex", "column": "t", "pattern": "["}"#, Verdict("error")),
            (r#"{"type": "range", "column": "v", "min": 1}"#, Verdict("error")),
        ],
    ),
    (
        "times",
        &[
            (r#"{"type": "finite", "column": "tz"}"#, Rows("2")),
            (r#"{"type": "finite", "column": "d"}"#, Rows("2")),
            (r#"{"type": "range", "column": "tz", "max": "2100-01-01"}"#, Rows("1")),
            (r#"{"type": "range", "column": "d", "min": "0001-01-01"}"#, Rows("2")),
            (r#"{"type": "not_in_future", "column": "ts"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "tz"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "ts"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "i"}"#, Rows("2")),
            (r#"{"type": "unique", "column": "t"}"#, Rows("2")),
            (r#"{"type": "max", "column": "tz", "expect": "< 2100-01-01"}"#, Measured("'infinity'", "fail")),
            (
                r#"{"type": "freshness", "column": "tz", "max_age": "1d", "as_of": "2024-10-27T01:30:00Z"}"#,
                Verdict("pass"),
            ),
            (
                r#"{"type": "freshness", "column": "d", "max_age": "1d", "as_of": "2024-04-01T12:00:00Z"}"#,
                Verdict("pass"),
            ),
            (r#"{"type": "freshness", "column": "i", "max_age": "1d"}"#, Verdict("error")),
            (r#"{"type": "avg", "column": "i", "expect": "> 0"}"#, Verdict("error")),
        ],
    ),
    (
        "dst",
        &[
            (
                r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "Europe/Berlin"}"#,
                Rows("0"),
            ),
            (r#"{"type": "time_gaps", "column": "at", "every": "12 hours", "time_zone": "UTC"}"#, Rows("4")),
            (r#"{"type": "time_gaps", "column": "at", "every": "1 month"}"#, Rows("0")),
            (
                r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "Nowhere/Land"}"#,
                Verdict("error"),
            ),
        ],
    ),
    (
        "late",
        &[
            (r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "UTC"}"#, Rows("0")),
            (
                r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "Europe/Berlin"}"#,
                Rows("0"),
            ),
            (
                r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "America/New_York"}"#,
                Rows("0"),
            ),
        ],
    ),
    (
        "empty_table",
        &[
            (r#"{"type": "row_count", "min": 0, "max": 0}"#, Verdict("pass")),
            (r#"{"type": "missing", "column": "v", "max_failed": "0%"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "v"}"#, Rows("0")),
            (r#"{"type": "duplicate_rows"}"#, Rows("0")),
            (r#"{"type": "avg", "column": "n", "expect": "> 0"}"#, Verdict("unknown")),
            (r#"{"type": "sum", "column": "n", "expect": "= 0"}"#, Verdict("unknown")),
            (
                r#"{"type": "percentile", "column": "n", "quantile": 0.5, "expect": "= 0"}"#,
                Verdict("unknown"),
            ),
            (r#"{"type": "distinct_count", "column": "v", "expect": "= 0"}"#, Measured("0", "pass")),
            (r#"{"type": "freshness", "column": "at", "max_age": "1d"}"#, Verdict("unknown")),
            (r#"{"type": "time_gaps", "column": "at", "every": "1 day"}"#, Verdict("unknown")),
            (r#"{"type": "sequence_gaps", "column": "id"}"#, Verdict("unknown")),
            (r#"{"type": "monotonic", "column": "id", "order_by": "at"}"#, Rows("0")),
            (r#"{"type": "outliers", "column": "n"}"#, Verdict("unknown")),
            (r#"{"type": "distribution", "column": "v", "shares": {"a": 1}}"#, Verdict("unknown")),
            (r#"{"type": "distinct_set", "column": "v", "values": ["a"]}"#, Verdict("fail")),
            (
                r#"{"type": "distinct_set", "column": "v", "values": ["a"], "match": "within"}"#,
                Verdict("pass"),
            ),
            (r#"{"type": "row_count_by", "by": ["v"], "min": 5}"#, Rows("0")),
            (r#"{"type": "pii"}"#, Verdict("pass")),
            (
                r#"{"type": "sql", "query": "select avg(n) from {table}", "expect": "> 0"}"#,
                Verdict("unknown"),
            ),
        ],
    ),
    (
        SELECT,
        &[
            (r#"{"type": "missing", "column": "from"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "Upper Case"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "upper case"}"#, Verdict("error")),
            (r#"{"type": "unique", "columns": ["a\"b", "ünï"]}"#, Rows("0")),
            (r#"{"type": "unique", "column": "t.x"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "$1"}"#, Rows("1")),
            (r#"{"type": "complete", "columns": ["from", "a\"b", "$1"]}"#, Rows("2")),
            (r#"{"type": "row_condition", "expression": "\"from\" < 3"}"#, Rows("1")),
            (
                r#"{"type": "sql", "query": "select count(*) from {table}", "expect": "= 3"}"#,
                Measured("3", "pass"),
            ),
            (r#"{"type": "row_count_by", "by": ["Upper Case"], "min": 2}"#, Rows("1")),
        ],
    ),
    (
        "parted",
        &[
            (r#"{"type": "unique", "column": "id"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "id"}"#, Rows("1")),
            (r#"{"type": "row_count", "min": 4, "max": 4}"#, Verdict("pass")),
            (r#"{"type": "missing", "column": "id", "filter": "at >= '2024-02-01'"}"#, Rows("0")),
        ],
    ),
    (
        "seen",
        &[
            (r#"{"type": "range", "column": "n", "max": 10}"#, Rows("3")),
            (r#"{"type": "missing", "column": "big"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "id"}"#, Rows("0")),
        ],
    ),
    ("frozen", &[(r#"{"type": "missing", "column": "t"}"#, Rows("1"))]),
    (
        "made",
        &[
            (r#"{"type": "unique", "column": "twice"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "twice"}"#, Rows("1")),
            (r#"{"type": "sequence_gaps", "column": "who"}"#, Rows("0")),
        ],
    ),
    (
        "base",
        &[
            (r#"{"type": "unique", "column": "id"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "id"}"#, Rows("1")),
        ],
    ),
    (
        "tree",
        &[
            (r#"{"type": "references", "column": "parent", "references": "tree(id)"}"#, Rows("1")),
            (r#"{"type": "references", "columns": ["a", "b"], "references": "pairs(a, b)"}"#, Rows("0")),
            (r#"{"type": "references", "columns": ["id", "a"], "references": "pairs(a, b)"}"#, Rows("2")),
            (
                r#"{"type": "references", "column": "parent", "references": "tree(id)", "filter": "id < 3"}"#,
                Rows("0"),
            ),
            (r#"{"type": "reconcile_rows", "columns": ["a", "b"], "other": "pairs"}"#, Rows("3")),
            (r#"{"type": "references", "column": "parent", "references": "nowhere(id)"}"#, Verdict("error")),
            (r#"{"type": "reconcile_rows", "column": "id", "other": "pairs"}"#, Verdict("error")),
        ],
    ),
    (
        "float_child",
        &[(r#"{"type": "references", "column": "v", "references": "float_parent(v)"}"#, Rows("1"))],
    ),
    (
        "victim",
        &[
            (
                r#"{"type": "in_set", "column": "s", "values": ["' or 1=1 --", "$1", "\\", "a;drop table victim"]}"#,
                Rows("0"),
            ),
            (r#"{"type": "not_in_set", "column": "s", "values": ["' or 1=1 --"]}"#, Rows("1")),
            (
                r#"{"type": "distinct_set", "column": "s", "values": ["' or 1=1 --", "$1", "\\", "a;drop table victim"]}"#,
                Verdict("pass"),
            ),
            (r#"{"type": "row_condition", "expression": "true); drop table victim; --"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "id in (select id from victim)"}"#, Rows("0")),
            (r#"{"type": "row_condition", "expression": "pg_sleep(600) is null"}"#, Verdict("error")),
            (
                r#"{"type": "sql", "query": "delete from victim returning 1", "expect": "= 1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select count(*) from pg_ls_dir('/')", "expect": "= 1"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "sql", "query": "select id from victim", "expect": "= 1"}"#, Verdict("unknown")),
            (r#"{"type": "missing", "column": "s", "filter": "true) or (true"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "s", "filter": "1 = 1; drop table victim"}"#, Verdict("error")),
            (
                r#"{"type": "distribution", "column": "s", "shares": {"'); drop table victim; --": 1}}"#,
                Verdict("fail"),
            ),
            (r#"{"type": "json", "column": "s", "path": "$.a['"}"#, Verdict("error")),
            (r#"{"type": "row_count", "min": 5, "max": 5}"#, Verdict("pass")),
        ],
    ),
    (
        "dups",
        &[
            (r#"{"type": "duplicate_rows"}"#, Rows("2")),
            (r#"{"type": "unique", "columns": ["a", "b"]}"#, Rows("1")),
            (r#"{"type": "unique", "column": "c"}"#, Rows("2")),
            (r#"{"type": "unique", "column": "a", "count": "groups"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "a", "count": "rows"}"#, Rows("4")),
        ],
    ),
    (
        "steps",
        &[
            (r#"{"type": "monotonic", "column": "v", "order_by": "n"}"#, Rows("3")),
            (r#"{"type": "monotonic", "column": "v", "order_by": "n", "by": ["g"]}"#, Rows("2")),
            (
                r#"{"type": "monotonic", "column": "v", "order_by": "n", "by": ["g"], "strict": true}"#,
                Rows("3"),
            ),
            (r#"{"type": "monotonic", "column": "v", "order_by": "n", "descending": true}"#, Rows("1")),
            (r#"{"type": "sum", "column": "v", "expect": "= 2147483662"}"#, Measured("'2147483662'", "pass")),
        ],
    ),
    (
        "seqs",
        &[
            (r#"{"type": "sequence_gaps", "column": "e"}"#, Rows("2")),
            (r#"{"type": "unique", "column": "e"}"#, Rows("1")),
        ],
    ),
    (
        "one",
        &[
            (r#"{"type": "stddev", "column": "v", "expect": "= 0"}"#, Verdict("unknown")),
            (
                r#"{"type": "percentile", "column": "v", "quantile": 1, "expect": "= 7"}"#,
                Measured("7", "pass"),
            ),
            (r#"{"type": "time_gaps", "column": "at", "every": "1 hour"}"#, Rows("0")),
            (r#"{"type": "outliers", "column": "v", "method": "z"}"#, Rows("0")),
            (
                r#"{"type": "avg", "column": "v", "expect": "not between 1 and 9"}"#,
                Measured("'7.0000000000000000'", "fail"),
            ),
        ],
    ),
];

#[tokio::test]
async fn traps_catch_no_check() {
    for major in [OLDER, NEWER] {
        let database = Database::on(major).await;
        database.execute(include_str!("traps.sql")).await;
        let client = Client::stdio(&database).await;
        let mut wrong_ones = Vec::new();
        for (table, cases) in TRAPS {
            wrong_ones.extend(wrong(&client, &database, table, cases).await);
        }
        let count: usize = TRAPS.iter().map(|(_, cases)| cases.len()).sum();
        assert!(count >= 60);
        assert!(
            wrong_ones.is_empty(),
            "PostgreSQL {major}: {} of {count}\n{}",
            wrong_ones.len(),
            wrong_ones.join("\n")
        );
        assert_eq!(database.value::<i64>("select count(*) from victim").await, 5);
    }
}

/// A role that row security hides rows from, and one without any right.
#[tokio::test]
async fn what_a_role_may_not_see_is_said() {
    let database = Database::with(
        "create table guarded (id int primary key, owner text, v text);
         insert into guarded values (1, 'a', null), (2, 'b', null);
         alter table guarded enable row level security;
         create table closed (id int);
         create table open_table (id int); insert into open_table values (1), (null)",
    )
    .await;
    let role = format!("{}_reader", database.name());
    database
        .execute(&format!(
            "create role {role} login; grant select on guarded, open_table to {role};
             create policy own on guarded to {role} using (owner = 'a')"
        ))
        .await;
    let client =
        Client::launch(&["--dsn", &database.dsn_as(&role), "serve"], crate::support::Era::Sessions).await;
    let document = "checks for guarded: [missing(v)]\nchecks for closed: [missing(id)]\nchecks for open_table: [missing(id)]\n";
    let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
    let verdicts: Vec<(&Value, Option<i64>)> = answer["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (&check["verdict"], check["failed_rows"].as_i64()))
        .collect();
    assert_eq!(
        verdicts,
        [(&json!("fail"), Some(1)), (&json!("error"), None), (&json!("fail"), Some(1))],
        "{}",
        answer.text
    );
    assert!(answer["checks"][1]["evidence"].as_str().unwrap().contains("42501"), "{}", answer.text);
    assert!(answer["notes"][0].as_str().unwrap().contains("row security"), "{}", answer.text);
}

#[tokio::test]
async fn the_completeness_of_very_many_columns_takes_few_statements() {
    let database = Database::new().await;
    let columns: Vec<String> = (0..1_600).map(|at| format!("c{at} smallint")).collect();
    database
        .execute(&format!(
            "create table wide ({}); insert into wide (c7) values (1), (2)",
            columns.join(", ")
        ))
        .await;
    let client = Client::stdio(&database).await;
    let checks: Vec<Value> = (0..1_600)
        .map(|at| json!({"type": "missing", "column": format!("c{at}"), "samples": "off"}))
        .collect();
    let answer =
        client.call("run_quality_check", json!({ "table": "wide", "checks": checks })).await.unwrap();
    assert!(answer["scans"].as_u64().unwrap() <= 6, "{}", answer["scans"]);
    assert_eq!(answer["total_checks"], 1_600);
    assert_eq!(answer["score"], 1.0 / 1_600.0);
    let passing: Vec<&Value> =
        answer["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] == "pass").collect();
    assert!(passing.iter().all(|check| check["name"] == "missing(c7)"), "{passing:?}");
}
