//! `trigger_pipeline`: what is loaded is held against PostgreSQL's own COPY, what is refused against what was planted,
//! and nothing is lost or doubled, whatever is killed.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::support::{Answer, Client, Configuration, Database, Era, Failure};

/// A folder with one pipeline, `feed`, and its inbox.
struct Feed {
    folder: TempDir,
}

impl Feed {
    /// `rest` holds the blocks that follow the head and the source.
    fn new(rest: &str) -> Self {
        Self::reading("{type: csv, path: \"inbox/*.csv\"}", rest)
    }

    fn reading(source: &str, rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let feed = Self { folder };
        feed.define(&format!("version: 1\npipeline: feed\nkind: batch\nsource: {source}\n{rest}\n"));
        feed
    }

    fn define(&self, text: &str) {
        fs::write(self.folder.path().join("feed.yaml"), text).unwrap();
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("inbox").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    async fn client(&self, database: &Database) -> Client {
        let folder = self.folder.path().display().to_string();
        Client::with(database, Era::Sessions, &["--pipelines", &folder]).await
    }
}

async fn trigger(client: &Client) -> Result<Answer, Failure> {
    client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await
}

/// The whole table as one value, rows in the order of `id`.
async fn digest(database: &Database, table: &str) -> String {
    database
        .value(&format!("select coalesce(md5(string_agg(t::text, E'\\n' order by id)), '') from {table} t"))
        .await
}

fn rows(answer: &Answer) -> [i64; 4] {
    ["rows_read", "rows_loaded", "rows_quarantined", "rows_deduplicated"]
        .map(|key| answer["run"][key].as_i64().unwrap())
}

const EVERY_TYPE: &str = "(id int primary key, t text, v varchar(12), c char(4), b boolean, i2 smallint, i8 bigint,
    n numeric, n2 numeric(12,3), f4 real, f8 double precision, d date, ts timestamp, tz timestamptz, u uuid, j jsonb,
    j1 json, ip inet, bin bytea, words text[], span interval, mood mood)";

/// Quotes, line breaks, backslashes, empty and NULL, scale, exponents, offsets: each cell a way to lose something.
const EVERY_VALUE: &str = concat!(
    "id,t,v,c,b,i2,i8,n,n2,f4,f8,d,ts,tz,u,j,j1,ip,bin,words,span,mood\r\n",
    "1,,,,,,,,,,,,,,,,,,,,,\r\n",
    "2,\"\",\"\",\"\",t,-32768,9223372036854775807,0.10,1.2345,1e-3,1e300,2024-02-29,2024-02-29 10:20:30.123456,",
    "2024-02-29T10:20:30+05:30,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,\"{\"\"a\"\": 1.50}\",\"{ \"\"a\"\" : 1.50 }\",",
    "10.0.0.0/8,\\x00ff,\"{a,\"\"b c\"\",NULL}\",1 day 02:03,glad\r\n",
    "3,\"line one\nline \"\"two\"\"\r\n\ttab \\ back \\N \\.\",äöü€😀, x ,FALSE,7,-9223372036854775808,1E+5,-0.0005,",
    "-0,1e-300,infinity,infinity,2024-07-01 00:00:00Z,{A0EEBC999C0B4EF8BB6D6BB9BD380A11},[],\"\"\"x\"\"\",::1,",
    "abc,{},-1 mon,sad\r\n",
    "4,\\N,\\.,a,yes,0,0,123456789012345678901234567890.123456789,999999999.9994,3.4e38,NaN,20240131,2024-01-31,",
    "2024-01-31 23:59:59.9999999-08,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,null,null,1.2.3.4,,,,\r\n",
    "5,a;b|c,\"a,b\",,off,,,,,,,,,,,,,,,,,\r\n",
);

#[tokio::test]
async fn a_file_is_loaded_exactly_as_postgres_itself_loads_it() {
    let shop = Database::with(&format!(
        "create type mood as enum ('glad', 'sad'); create table ours {EVERY_TYPE}; create table theirs {EVERY_TYPE};"
    ))
    .await;
    let feed = Feed::new("target: {table: ours}");
    let path = feed.file("all.csv", EVERY_VALUE);
    shop.copy_csv("theirs", &fs::read(path).unwrap()).await;
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [5, 5, 0, 0], "{}", answer.text);
    assert_eq!(digest(&shop, "ours").await, digest(&shop, "theirs").await);
    assert_eq!(shop.value::<i64>("select count(*) from ours where t is null").await, 1);
    assert_eq!(shop.value::<i64>("select count(*) from ours where t = ''").await, 1);
}

const CONTRACT: &str = "
contract:
  columns:
    - {name: id, type: integer, nullable: false}
    - {name: sku, type: text, nullable: false, pattern: '^[A-Z]{3}-[0-9]+$'}
    - {name: qty, type: integer, min: 0, max: 1000}
    - {name: price, type: 'numeric(10,2)'}
    - {name: day, type: date, min: 2020-01-01}";
const FEED_TABLE: &str = "create table feed (id int, sku text, qty int, price numeric(10,2), day date)";

#[tokio::test]
async fn planted_bad_rows_are_found_at_their_lines_and_all_others_are_loaded() {
    let shop = Database::with(FEED_TABLE).await;
    let feed = Feed::new(&format!("{CONTRACT}\ntarget: {{table: feed}}"));
    let planted: &[(u64, &[u8], &str)] = &[
        (17, b"17,ABC-17,many,1.00,2024-01-01", "type"),
        (18, b"18,ABC-18,987654321,1.00,2024-01-01", "max"),
        (40, b"40,ABC-40,-1,1.00,2024-01-01", "min"),
        (99, b"99,ABC-99,1,123456789.00,2024-01-01", "out_of_range"),
        (140, b",ABC-140,1,1.00,2024-01-01", "not_null"),
        (256, b"256,abc,1,1.00,2024-01-01", "pattern"),
        (300, b"300,ABC-300,1,1.00,2019-12-31", "min"),
        (301, b"301,ABC-301,1,1.00,31.12.2023", "type"),
        (302, b"302,ABC-302,1,1.00,2023-02-29", "type"),
        (400, b"400,ABC-400,1,1.00", "field_count"),
        (401, b"401,ABC-401,1,1.00,2024-01-01,", "field_count"),
        (500, b"500,ABC-\xE9,1,1.00,2024-01-01", "encoding"),
        (600, b"600,ABC-\x00,1,1.00,2024-01-01", "nul_byte"),
        (700, b"700,ABC-\"7,1,1.00,2024-01-01", "stray_quote"),
        (701, b"701,\"ABC-7\"x,1,1.00,2024-01-01", "text_after_quote"),
    ];
    let mut content = b"id,sku,qty,price,day\n".to_vec();
    for line in 2..=1000u64 {
        match planted.iter().find(|(at, ..)| *at == line) {
            Some((_, row, _)) => content.extend_from_slice(row),
            None => content.extend_from_slice(format!("{line},ABC-{line},1,1.00,2024-01-01").as_bytes()),
        }
        content.push(b'\n');
    }
    feed.file("a.csv", content);
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    let bad = planted.len() as i64;
    assert_eq!(rows(&answer), [999, 999 - bad, bad, 0], "{}", answer.text);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 999 - bad);
    let found: String = shop
        .value(
            "select json_agg(json_build_array(line, errors -> 0 ->> 'code') order by line)::text from pgwright.quarantine
             where file = 'inbox/a.csv'",
        )
        .await;
    let expected: Vec<Value> = planted.iter().map(|(line, _, code)| json!([line, code])).collect();
    assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), Value::Array(expected));
    let raw: String = shop.value("select raw from pgwright.quarantine where line = 500").await;
    assert_eq!(raw, "500,ABC-\\xe9,1,1.00,2024-01-01");
    let range =
        answer["quarantine"]["reasons"].as_array().unwrap().iter().find(|reason| reason["code"] == "max");
    assert_eq!(range.unwrap()["first"], json!(["inbox/a.csv:18"]));
    assert!(!answer.text.contains("987654321"), "no cell value in an answer: {}", answer.text);
}

#[tokio::test]
async fn the_same_content_twice_changes_nothing_under_whatever_name() {
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::new("target: {table: feed}");
    let first = feed.file("a.csv", "id,t\n1,a\n2,\n3,\"x\ny\"\n");
    let client = feed.client(&shop).await;
    assert_eq!(trigger(&client).await.unwrap()["run"]["status"], "succeeded");
    let state = "select string_agg(ctid || xmin::text, ',') from feed";
    let before: String = shop.value(state).await;
    fs::copy(&first, first.with_file_name("b.csv")).unwrap();
    let again = trigger(&client).await.unwrap();
    assert_eq!(again["run"]["status"], "unchanged");
    assert_eq!(again["run"]["files"].as_array().unwrap().len(), 2);
    assert_eq!(shop.value::<String>(state).await, before);
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.loads").await, 1);
    // One byte more is another file; the same size with other content is, too.
    feed.file("c.csv", "id,t\n1,a\n2,\n4,\"x\ny\"\n");
    let more = trigger(&client).await.unwrap();
    assert_eq!(rows(&more), [3, 3, 0, 0]);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 6);
}

#[tokio::test]
async fn an_upsert_keeps_the_last_row_of_each_key_and_writes_only_what_differs() {
    let shop = Database::with(
        "create table feed (id int, region text, t text, primary key (id, region));
         insert into feed values (1, 'n', 'old'), (2, 'n', 'same'), (9, 'n', 'kept')",
    )
    .await;
    let feed = Feed::new("target: {table: feed, write: upsert, key: [region, id]}");
    feed.file("a.csv", "t,id,region\nfirst,1,n\nsame,2,n\nsecond,1,n\nnew,3,s\nlost,,n\n");
    let before: String = shop.value("select xmin::text from feed where id = 2").await;
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [5, 3, 1, 1], "{}", answer.text);
    let table: String = shop.value("select string_agg(feed::text, ' ' order by id) from feed").await;
    assert_eq!(table, "(1,n,second) (2,n,same) (3,s,new) (9,n,kept)");
    assert_eq!(shop.value::<String>("select xmin::text from feed where id = 2").await, before);
}

#[tokio::test]
async fn a_replaced_table_holds_exactly_the_files() {
    let shop = Database::with(
        "create table feed (id int, t text); insert into feed values (7, 'old'); create view v as table feed",
    )
    .await;
    let feed = Feed::new("target: {table: feed, write: replace}");
    let first = feed.file("a.csv", "id,t\n1,a\n");
    feed.file("b.csv", "t,id\nb,2\n");
    feed.file("copy_of_b.csv", "t,id\nb,2\n");
    let client = feed.client(&shop).await;
    let table = "select string_agg(feed::text, ' ' order by id) from feed";
    assert_eq!(rows(&trigger(&client).await.unwrap()), [2, 2, 0, 0]);
    assert_eq!(shop.value::<String>(table).await, "(1,a) (2,b)");
    assert_eq!(trigger(&client).await.unwrap()["run"]["status"], "unchanged");
    fs::remove_file(&first).unwrap();
    assert_eq!(rows(&trigger(&client).await.unwrap()), [1, 1, 0, 0]);
    assert_eq!(shop.value::<String>(table).await, "(2,b)");
    // What was replaced away may come back.
    feed.file("a.csv", "id,t\n1,a\n");
    trigger(&client).await.unwrap();
    assert_eq!(shop.value::<String>(table).await, "(1,a) (2,b)");
    // An empty delivery does not empty the table.
    for name in ["a.csv", "b.csv", "copy_of_b.csv"] {
        feed.file(name, "id,t\n");
    }
    let empty = trigger(&client).await.unwrap();
    assert_eq!(
        (&empty["run"]["status"], &empty["run"]["failure"]["code"]),
        (&json!("failed"), &json!("no_rows"))
    );
    assert_eq!(shop.value::<String>(table).await, "(1,a) (2,b)");
}

#[tokio::test]
async fn a_dry_run_judges_the_files_and_writes_nothing() {
    let shop = Database::with(FEED_TABLE).await;
    let feed = Feed::new(&format!("{CONTRACT}\ntarget: {{table: feed}}"));
    feed.file("a.csv", "id,sku,qty,price,day\n1,ABC-1,1,1,2024-01-01\n2,ABC-2,x,1,2024-01-01\n");
    let client = feed.client(&shop).await;
    let plan = client.call("trigger_pipeline", json!({ "pipeline": "feed", "dry_run": true })).await.unwrap();
    assert_eq!(plan["run"]["status"], "planned");
    assert_eq!(rows(&plan), [2, 0, 1, 0]);
    assert_eq!(plan["quarantine"]["reasons"][0]["first"], json!(["inbox/a.csv:3"]));
    assert_eq!(
        plan["plan"]["columns"][3],
        json!({ "name": "price", "type": "numeric(10,2)", "nullable": true })
    );
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    assert!(shop.value::<bool>("select to_regnamespace('pgwright') is null").await);
}

#[tokio::test]
async fn rows_that_only_postgres_can_refuse_are_put_aside_one_by_one() {
    let shop = Database::with(
        "create table feed (id int primary key, ip inet, n int check (n <> 13), t text);
         insert into feed values (50, null, 0)",
    )
    .await;
    let feed = Feed::new("target: {table: feed}\nquarantine: {table: refused}");
    // Wide rows, so that the file is sent in several parts.
    let wide = "x".repeat(3000);
    let mut content = "id,ip,n,t\n".to_owned();
    for line in 2..=2000 {
        let (id, ip, n) = match line {
            5 => (line, "nowhere", 1),
            50 | 51 => (50, "10.0.0.1", 1),
            1000 | 2000 => (line, "10.0.0.1", 13),
            _ => (line, "10.0.0.1", 1),
        };
        writeln!(content, "{id},{ip},{n},{wide}").unwrap();
    }
    feed.file("a.csv", content);
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [1999, 1994, 5, 0], "{}", answer.text);
    let found: String = shop
        .value(
            "select json_agg(json_build_array(line, errors -> 0 ->> 'code', left(raw, 12)) order by line)::text from refused",
        )
        .await;
    assert_eq!(
        serde_json::from_str::<Value>(&found).unwrap(),
        json!([
            [5, "22P02", "5,nowhere,1,"],
            [50, "23505", "50,10.0.0.1,"],
            [51, "23505", "50,10.0.0.1,"],
            [1000, "23514", "1000,10.0.0."],
            [2000, "23514", "2000,10.0.0."],
        ])
    );
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 1995);
}

#[tokio::test]
async fn what_does_not_hold_publishes_nothing() {
    for (rest, code) in [
        ("checks: [{rule: accepted_rate, min: 0.9}]\ntarget: {table: feed}", "accepted_rate"),
        ("checks: [{rule: row_count, min: 10}]\ntarget: {table: feed}", "row_count"),
        ("checks: [{rule: unique, columns: [t]}]\ntarget: {table: feed}", "unique"),
        (
            "contract: {mode: fail, columns: [{name: id, type: int}, {name: t, type: text}]}\ntarget: {table: feed}",
            "contract",
        ),
        ("quarantine: {max_rows: 0}\ntarget: {table: feed}", "quarantine_limit"),
    ] {
        let shop = Database::with("create table feed (id int, t text)").await;
        let feed = Feed::new(rest);
        feed.file("a.csv", "id,t\n1,a\n2,a\nx,b\n");
        let client = feed.client(&shop).await;
        let answer = trigger(&client).await.unwrap();
        assert_eq!(
            (&answer["run"]["status"], &answer["run"]["failure"]["code"]),
            (&json!("failed"), &json!(code))
        );
        assert_eq!(rows(&answer), [3, 0, 1, 0], "{code}");
        assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0, "{code}");
        assert_eq!(shop.value::<i64>("select count(*) from pgwright.quarantine").await, 0, "{code}");
        assert_eq!(shop.value::<i64>("select count(*) from pgwright.loads").await, 0, "{code}");
        assert_eq!(shop.value::<String>("select status from pgwright.runs").await, "failed");
        // Mended, it goes in.
        feed.file("a.csv", "id,t\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,h\n9,i\n10,j\n");
        assert_eq!(rows(&trigger(&client).await.unwrap()), [10, 10, 0, 0], "{code}");
    }
}

/// Ten rows that break each rule below in as many rows as stand there; NULLs that no rule but not_null minds.
const BREAKS_EACH_RULE: &str = "id,sku,qty,state,mail,at,customer
1,A,5,new,a@x,2020-02-03,1
2,A,987654,new,b@x,2020-02-03,2
3,A,-1,paid,c@x,2020-02-03,7654321
4,B,987654,lost,nowhere,2020-02-03,1
5,C,,,,,
6,D,1,new,,2020-02-03,7654321
7,E,1,new,g@x,2020-02-03,1
8,F,1,new,h@x,2020-02-03,1
9,G,1,new,i@x,2020-02-03,1
10,H,1,new,j@x,2020-02-03,1
";
const RULES: &[(&str, &str, Option<u64>)] = &[
    ("rule: not_null, column: mail", "not_null(mail)", Some(2)),
    ("rule: unique, columns: [sku]", "unique(sku)", Some(2)),
    ("rule: accepted_values, column: state, values: [new, paid]", "accepted_values(state)", Some(1)),
    ("rule: range, column: qty, min: 0, max: 100", "range(qty)", Some(3)),
    ("rule: regex, column: mail, pattern: '@'", "regex(mail)", Some(1)),
    ("rule: freshness, column: at, max_age: 1d", "freshness(at)", None),
    ("rule: foreign_key, column: customer, references: customers(id)", "foreign_key(customer)", Some(2)),
];
const CHECKED: &str = "
    create table customers (id int primary key);
    insert into customers values (1), (2);
    create table feed (id int, sku text, qty int, state text, mail text, at timestamptz, customer int);";

fn list_of_checks(severity: &str) -> String {
    let listed: Vec<String> =
        RULES.iter().map(|(check, ..)| format!("{{{check}, severity: {severity}}}")).collect();
    format!("checks: [{}]", listed.join(", "))
}

/// No cell of the file may be told: some stand for all.
fn no_cell_is_told(answer: &Answer) {
    let told = format!("{}{}", answer.text, answer["run"]);
    for cell in ["987654", "7654321", "nowhere", "2020-02-03"] {
        assert!(!told.contains(cell), "{cell} is told: {told}");
    }
}

#[tokio::test]
async fn each_rule_stops_a_load_or_warns_of_it() {
    for (check, name, failed_rows) in RULES {
        let shop = Database::with(CHECKED).await;
        let rule = name.split('(').next().unwrap();
        let feed = Feed::new(&format!("checks: [{{{check}}}]\ntarget: {{table: feed}}"));
        feed.file("a.csv", BREAKS_EACH_RULE);
        let client = feed.client(&shop).await;
        let failed = trigger(&client).await.unwrap();
        assert_eq!(
            (&failed["run"]["status"], &failed["run"]["failure"]["code"]),
            (&json!("failed"), &json!(rule)),
            "{}",
            failed.text
        );
        let message = failed["run"]["failure"]["message"].as_str().unwrap();
        let count = failed_rows.map_or(String::new(), |rows| format!("{rows} row"));
        assert!(message.starts_with(&format!("{name}: {count}")), "{message}");
        assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0, "{name}");
        assert_eq!(shop.value::<i64>("select count(*) from pgwright.loads").await, 0, "{name}");
        no_cell_is_told(&failed);

        feed.define(&format!(
            "version: 1\npipeline: feed\nkind: batch\nsource: {{type: csv, path: \"inbox/*.csv\"}}\n\
             checks: [{{{check}, severity: warn}}]\ntarget: {{table: feed}}\n"
        ));
        let warned = trigger(&client).await.unwrap();
        assert_eq!(warned["run"]["status"], "succeeded", "{}", warned.text);
        assert_eq!(shop.value::<i64>("select count(*) from feed").await, 10, "{name}");
        let [found] = warned["run"]["checks"].as_array().unwrap().as_slice() else {
            panic!("{}", warned.text)
        };
        assert_eq!(
            (&found["name"], &found["rule"], &found["verdict"], &found["file"]),
            (&json!(name), &json!(rule), &json!("warn"), &json!("inbox/a.csv"))
        );
        assert_eq!(found["failed_rows"].as_u64(), *failed_rows, "{found}");
        assert_eq!(found["total_rows"], 10);
        assert!(warned.text.contains(&format!("warn {name}: {count}")), "{}", warned.text);
        no_cell_is_told(&warned);
    }
}

#[tokio::test]
async fn all_checks_of_a_load_are_one_scan_and_told_together() {
    let shop = Database::with(CHECKED).await;
    let feed = Feed::new(&format!("{}\ntarget: {{table: feed}}", list_of_checks("fail")));
    feed.file("a.csv", BREAKS_EACH_RULE);
    let client = feed.client(&shop).await;
    let plan = client.call("trigger_pipeline", json!({ "pipeline": "feed", "dry_run": true })).await.unwrap();
    let planned: Vec<&str> = plan["plan"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            assert_eq!(check["severity"], "fail");
            check["name"].as_str().unwrap()
        })
        .collect();
    let names: Vec<&str> = RULES.iter().map(|(_, name, _)| *name).collect();
    assert_eq!(planned, names);
    let statements = plan["plan"]["statements"].as_array().unwrap();
    let scans = statements.iter().filter(|sql| sql.as_str().unwrap().contains("count(*)"));
    assert_eq!(scans.count(), 1, "{statements:?}");
    assert!(plan.text.contains("checks before publication: not_null(mail)"), "{}", plan.text);
    assert!(shop.value::<bool>("select to_regnamespace('pgwright') is null").await);

    let failed = trigger(&client).await.unwrap();
    let told: Vec<(&str, Option<u64>)> = failed["run"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (check["name"].as_str().unwrap(), check["failed_rows"].as_u64()))
        .collect();
    let expected: Vec<(&str, Option<u64>)> = RULES.iter().map(|(_, name, rows)| (*name, *rows)).collect();
    assert_eq!(told, expected);
    let message = failed["run"]["failure"]["message"].as_str().unwrap();
    assert!(names.iter().all(|name| message.contains(name)), "{message}");
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    // A file that breaks none of them goes in without a word.
    let now = shop.value::<String>("select now()::text").await;
    feed.file("a.csv", format!("id,sku,qty,state,mail,at,customer\n1,A,5,new,a@x,{now},1\n"));
    let good = trigger(&client).await.unwrap();
    assert_eq!((&good["run"]["status"], &good["run"]["checks"]), (&json!("succeeded"), &json!([])));
}

#[tokio::test]
async fn checks_of_a_replaced_table_see_all_its_files() {
    let shop = Database::with("create table feed (id int); insert into feed values (7)").await;
    let rest = "checks: [{rule: unique, column: id, max_failed: 1}]\ntarget: {table: feed, write: replace}";
    let feed = Feed::new(rest);
    feed.file("a.csv", "id\n1\n2\n3\n");
    feed.file("b.csv", "id\n1\n2\n");
    let client = feed.client(&shop).await;
    let failed = trigger(&client).await.unwrap();
    assert_eq!(failed["run"]["failure"]["code"], "unique", "{}", failed.text);
    assert_eq!(failed["run"]["checks"][0]["failed_rows"], 2);
    assert_eq!(failed["run"]["checks"][0]["file"], Value::Null);
    assert_eq!(shop.value::<String>("select string_agg(id::text, ' ') from feed").await, "7");
    feed.file("b.csv", "id\n1\n4\n");
    assert_eq!(rows(&trigger(&client).await.unwrap()), [5, 5, 0, 0]);
}

#[tokio::test]
async fn what_only_warns_of_numbers_is_published_and_told() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new(
        "checks: [{rule: accepted_rate, min: 0.9, severity: warn}, {rule: row_count, min: 5, severity: warn}]\n\
         target: {table: feed}",
    );
    feed.file("a.csv", "id\n1\n2\nx\n");
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [3, 2, 1, 0], "{}", answer.text);
    let told: Vec<(&Value, &Value)> = answer["run"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (&check["name"], &check["verdict"]))
        .collect();
    let warn = json!("warn");
    assert_eq!(told, [(&json!("accepted_rate"), &warn), (&json!("row_count"), &warn)]);
}

#[tokio::test]
async fn a_check_that_cannot_be_judged_never_holds() {
    for (severity, status, published) in [("fail", "failed", 0), ("warn", "succeeded", 1)] {
        let shop = Database::with("create table feed (id int, t text)").await;
        let feed = Feed::new(&format!(
            "checks: [{{rule: regex, column: t, pattern: '(', severity: {severity}}}]\ntarget: {{table: feed}}"
        ));
        feed.file("a.csv", "id,t\n1,a\n");
        let answer = trigger(&feed.client(&shop).await).await.unwrap();
        assert_eq!(answer["run"]["status"], status, "{}", answer.text);
        assert_eq!(answer["run"]["checks"][0]["verdict"], "error");
        assert_eq!(shop.value::<i64>("select count(*) from feed").await, published);
    }
}

#[tokio::test]
async fn a_passing_fault_in_a_check_starts_the_load_over() {
    let shop = Database::with(
        "create table feed (id int); create sequence tries;
         create function once() returns setof int language plpgsql as
             $$ begin
                 if nextval('tries') = 1 then raise 'passing' using errcode = '40001'; end if;
                 return next 1;
             end $$;
         create view parents as select once() as id",
    )
    .await;
    let feed = Feed::new(
        "checks: [{rule: foreign_key, column: id, references: parents(id)}]\ntarget: {table: feed}\n\
         retry: {backoff: {initial: 1ms}}",
    );
    feed.file("a.csv", "id\n1\n");
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(answer["run"]["status"], "succeeded", "{}", answer.text);
    assert_eq!(answer["run"]["attempts"], 2);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 1);
}

#[tokio::test]
async fn bad_input_is_told_with_its_place_and_changes_nothing() {
    let shop = Database::with("create table feed (id int not null, t text)").await;
    let plain = "target: {table: feed}";
    let source = "{type: csv, path: \"inbox/*.csv\"}";
    let utf16: Vec<u8> = "id,t\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: Vec<(&str, &str, Vec<u8>, &str, &str)> = vec![
        (source, "target: {tabel: feed}", b"id,t\n".to_vec(), "invalid_definition", "line 5, column"),
        (source, "target: {table: feed", b"id,t\n".to_vec(), "invalid_definition", "line"),
        (source, "target: {table: fed}", b"id,t\n".to_vec(), "42P01", "no table fed"),
        (source, plain, b"id,txt\n1,a\n".to_vec(), "header_mismatch", "lacks t; unknown in the header: txt"),
        (source, plain, b"id;t\n1;a\n".to_vec(), "header_mismatch", "line 1"),
        (source, plain, b"id,t,id\n1,a,1\n".to_vec(), "header_mismatch", "id stands twice"),
        (source, plain, b"".to_vec(), "header_mismatch", "is empty"),
        (
            source,
            "checks: [{rule: unique, columns: [tt]}]\ntarget: {table: feed}",
            b"id,t\n".to_vec(),
            "contract_mismatch",
            "the check unique(tt) cannot be evaluated: no column tt in public.feed",
        ),
        (
            source,
            "contract: {columns: [{name: id, type: int}]}\nchecks: [{rule: not_null, column: t}]\ntarget: {table: feed}",
            b"id\n1\n".to_vec(),
            "header_mismatch",
            "not_null(t) is about t, which is not among the columns that are loaded",
        ),
        (
            source,
            "checks: [{rule: range, column: t, min: 1}]\ntarget: {table: feed}",
            b"id,t\n1,a\n".to_vec(),
            "contract_mismatch",
            "range does not fit t",
        ),
        (
            source,
            "checks: [{rule: foreign_key, column: id, references: nowhere(id)}]\ntarget: {table: feed}",
            b"id,t\n1,a\n".to_vec(),
            "contract_mismatch",
            "no table nowhere",
        ),
        (
            source,
            "target: {table: feed}\nchecks: [{rule: unique, column: t, severity: quarantine}]",
            b"id,t\n1,a\n".to_vec(),
            "invalid_definition",
            "line 6, column 46: severity is warn or fail, not quarantine",
        ),
        (source, plain, b"id,t\n1,\"a\n2,\"b\"\n".to_vec(), "unclosed_quote", "line 2"),
        (source, plain, [&b"\xFF\xFE"[..], &utf16].concat(), "wrong_encoding", "UTF-16"),
        ("{type: csv, path: inbox/z.csv}", plain, b"id,t\n".to_vec(), "no_files", "inbox/z.csv"),
        ("{type: csv, path: /etc/passwd}", plain, b"id,t\n".to_vec(), "path_not_allowed", "/etc/passwd"),
        (
            "{type: csv, path: inbox/a.csv, max_record_bytes: 1kB}",
            plain,
            format!("id,t\n1,{}\n", "x".repeat(2000)).into_bytes(),
            "record_too_long",
            "line 2",
        ),
        (
            source,
            "target: {table: feed}\nlimits: {max_rows: 1}",
            b"id,t\n1,a\n2,b\n".to_vec(),
            "limit_reached",
            "1 rows",
        ),
        (
            source,
            "target: {table: feed, write: upsert, key: [id]}",
            b"id,t\n".to_vec(),
            "contract_mismatch",
            "no unique index",
        ),
        (
            source,
            "contract: {columns: [{name: t, type: text}]}\ntarget: {table: feed}",
            b"t\na\n".to_vec(),
            "contract_mismatch",
            "NOT NULL",
        ),
        (
            source,
            "contract: {columns: [{name: idd, type: int}]}\ntarget: {table: feed}",
            b"idd\n1\n".to_vec(),
            "contract_mismatch",
            "idd",
        ),
    ];
    for (source, rest, content, code, fragment) in cases {
        let feed = Feed::reading(source, rest);
        feed.file("a.csv", content);
        let failure = trigger(&feed.client(&shop).await).await.unwrap_err();
        assert_eq!(failure.error["code"], code, "{}", failure.text);
        let message = failure.error["message"].as_str().unwrap();
        assert!(message.contains(fragment), "{fragment:?} in {message}");
        assert!(
            failure.error["hint"].is_string() || failure.error["next_step"].is_string(),
            "{}",
            failure.text
        );
        assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    }
    let feed = Feed::new(plain);
    let client = feed.client(&shop).await;
    let unknown = client.call("trigger_pipeline", json!({ "pipeline": "fed" })).await.unwrap_err();
    assert_eq!(
        (&unknown.error["code"], &unknown.error["hint"]),
        (&json!("unknown_pipeline"), &json!("there are: feed"))
    );
    for input in [
        json!({ "pipeline": "../feed" }),
        json!({}),
        json!({ "pipeline": "feed", "parameters": { "day": 1 } }),
    ] {
        assert_eq!(
            client.call("trigger_pipeline", input).await.unwrap_err().error["code"],
            "invalid_arguments"
        );
    }
    let outside = client.call("trigger_pipeline", json!({ "file": "/etc/passwd" })).await.unwrap_err();
    assert_eq!(outside.error["code"], "path_not_allowed");
}

#[tokio::test]
async fn another_encoding_is_loaded_as_its_characters() {
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::reading(
        "{type: csv, path: inbox/a.csv, encoding: windows-1252, delimiter: ';', header: false, null_string: 'NULL'}",
        "target: {table: feed}",
    );
    feed.file("a.csv", b"1;caf\xE9 \x80\n2;NULL\n3;\"NULL\"\n4;\x81\n");
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [4, 3, 1, 0], "{}", answer.text);
    let table: String = shop.value("select string_agg(coalesce(t, '-'), ' ' order by id) from feed").await;
    assert_eq!(table, "café € - NULL");
}

#[tokio::test]
async fn an_idempotency_key_names_one_run() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}");
    feed.file("a.csv", "id\n1\n\n2\n");
    let client = feed.client(&shop).await;
    let call = || client.call("trigger_pipeline", json!({ "pipeline": "feed", "idempotency_key": "monday" }));
    let first = call().await.unwrap();
    feed.file("b.csv", "id\n3\n");
    let second = call().await.unwrap();
    assert_eq!(second["run"]["replayed"], true);
    assert_eq!(second["run"]["id"], first["run"]["id"]);
    assert_eq!(rows(&second), rows(&first));
    assert_eq!(
        shop.value::<i64>("select count(*) from feed").await,
        3,
        "an empty line is NULL where one column is all"
    );
}

/// A file of `rows` rows whose ids start at `first`; every COPY of it sees a slow row, so that it can be caught at work.
fn numbered(first: u64, rows: u64) -> String {
    let mut content = "id,t\n".to_owned();
    for id in first..first + rows {
        writeln!(content, "{id},row number {id} with some text behind it").unwrap();
    }
    content
}

/// Advisory locks of this database: other tests use the same numbers in theirs.
const WAITS: &str = "
    create view waits as
    select objid, pid, granted from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database());";

/// Rows wait while advisory lock 42 is held by the test: a load can be stopped in the middle of COPY.
const GATE: &str = "
    create table feed (id int primary key, t text);
    create function gate() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(42); return new; end $$;
    create trigger gate before insert on feed for each row when (new.id % 100 = 50) execute function gate();";

#[tokio::test]
async fn a_cancelled_load_leaves_nothing_and_the_next_one_finishes_it() {
    let shop = Database::with(&[WAITS, GATE].concat()).await;
    let feed = Feed::new("target: {table: feed}\nlimits: {lock_timeout: 60s}");
    feed.file("a.csv", numbered(0, 100));
    let client = feed.client(&shop).await;
    shop.execute("select pg_advisory_lock(42)").await;
    let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    shop.until("select exists (select from waits where objid = 42 and not granted)").await;
    running.cancel().await;
    shop.until_idle("copy").await;
    shop.execute("select pg_advisory_unlock(42)").await;
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    assert_eq!(rows(&trigger(&client).await.unwrap()), [100, 100, 0, 0]);
}

#[tokio::test]
async fn a_backend_that_is_killed_in_copy_is_a_passing_fault() {
    let shop = Database::with(&[WAITS, GATE].concat()).await;
    let feed =
        Feed::new("target: {table: feed}\nretry: {backoff: {initial: 1ms}}\nlimits: {lock_timeout: 60s}");
    feed.file("a.csv", numbered(0, 100));
    let client = feed.client(&shop).await;
    shop.execute("select pg_advisory_lock(42)").await;
    let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    let waits = "from waits where objid = 42 and not granted";
    shop.until(&format!("select exists (select {waits})")).await;
    shop.execute(&format!("select pg_terminate_backend(pid) {waits}")).await;
    shop.execute("select pg_advisory_unlock(42)").await;
    let answer = running.finish().await.unwrap();
    assert_eq!(rows(&answer), [100, 100, 0, 0]);
    assert_eq!(answer["run"]["attempts"], 2);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 100);
    assert_eq!(shop.value::<i32>("select attempts from pgwright.runs").await, 2);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_not_loaded() {
    let shop = Database::with(&[WAITS, GATE].concat()).await;
    let feed = Feed::new("target: {table: feed}\nlimits: {lock_timeout: 60s}");
    // More than fits between the reader and a COPY that stands still.
    let wide = "x".repeat(3000);
    let mut content = "id,t\n".to_owned();
    for id in 0..4000 {
        writeln!(content, "{id},{wide}").unwrap();
    }
    feed.file("a.csv", &content);
    let client = feed.client(&shop).await;
    shop.execute("select pg_advisory_lock(42)").await;
    let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    shop.until("select exists (select from waits where objid = 42 and not granted)").await;
    content.push_str("4000,late\n");
    feed.file("a.csv", &content);
    shop.execute("select pg_advisory_unlock(42)").await;
    let failure = running.finish().await.unwrap_err();
    assert_eq!(failure.error["code"], "file_changed", "{}", failure.text);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    assert_eq!(rows(&trigger(&client).await.unwrap()), [4001, 4001, 0, 0]);
}

#[tokio::test]
async fn a_run_whose_process_was_killed_is_taken_up_under_its_key() {
    let shop = Database::with(&[WAITS, GATE].concat()).await;
    let feed = Feed::new("target: {table: feed}\nlimits: {lock_timeout: 60s}");
    feed.file("a.csv", numbered(0, 50));
    feed.file("b.csv", numbered(50, 50));
    let call = json!({ "pipeline": "feed", "idempotency_key": "monday" });
    let client = feed.client(&shop).await;
    // The first file is committed, the second waits in COPY.
    shop.execute("select pg_advisory_lock(42)").await;
    let running = client.start("trigger_pipeline", call.clone()).await;
    shop.until("select exists (select from waits where objid = 42 and not granted)").await;
    let meanwhile = feed.client(&shop).await;
    let refused = meanwhile.call("trigger_pipeline", call.clone()).await.unwrap_err();
    assert_eq!(
        (&refused.error["code"], &refused.error["retryable"]),
        (&json!("run_under_way"), &json!(true))
    );
    client.kill_server();
    running.ended().await;
    shop.execute("select pg_advisory_unlock(42)").await;
    shop.until("select count(*) = 0 from waits where objid = 42").await;
    shop.until_idle("copy public.feed").await;
    let id: String = shop.value("select id::text from pgwright.runs").await;
    let answer = meanwhile.call("trigger_pipeline", call).await.unwrap();
    assert_eq!(answer["run"]["id"], json!(id));
    assert_eq!(rows(&answer), [100, 100, 0, 0], "both files are this run's: {}", answer.text);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 100);
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.runs").await, 1);
    assert_eq!(shop.value::<i64>("select rows_loaded from pgwright.runs").await, 100);
}

/// A socket in front of PostgreSQL that swallows, once, an answer that follows a request, and cuts the connection.
struct LosesReply {
    folder: TempDir,
    lost: Arc<AtomicBool>,
}

/// What is asked, and the answer that is lost after it.
type Exchange = (&'static [u8], &'static [u8]);

impl LosesReply {
    fn before(database: &Database, exchange: Exchange) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let dsn = database.dsn();
        let word = |key: &str| dsn.split(' ').find_map(|word| word.strip_prefix(key)).unwrap().to_owned();
        let server = format!("{}/.s.PGSQL.{}", word("host="), word("port="));
        let lost = Arc::new(AtomicBool::new(false));
        let once = Arc::clone(&lost);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(relay(client, server, exchange, Arc::clone(&once)));
            }
        });
        Self { folder, lost }
    }

    fn dsn(&self, database: &Database) -> String {
        let (host, name) = (self.folder.path().display(), database.name());
        format!("host={host} port=5432 user=postgres dbname={name}")
    }
}

async fn relay(client: UnixStream, server: UnixStream, (request, answer): Exchange, lost: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asked = Arc::new(AtomicBool::new(false));
    let asks = Arc::clone(&asked);
    let has = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    let requests = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
            if has(&bytes[..read], request) {
                asks.store(true, Ordering::SeqCst);
            }
            to_server.write_all(&bytes[..read]).await.unwrap();
        }
    };
    let answers = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
            if asked.load(Ordering::SeqCst)
                && has(&bytes[..read], answer)
                && !lost.swap(true, Ordering::SeqCst)
            {
                return;
            }
            if to_client.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = requests => {}, () = answers => {} }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_looked_up_and_not_repeated() {
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::new("target: {table: feed}\nretry: {backoff: {initial: 1ms}}");
    feed.file("a.csv", [&numbered(0, 100), "x,bad\n"].concat());
    let proxy = LosesReply::before(&shop, (b"insert into pgwright.loads", b"COMMIT\0"));
    let folder = feed.folder.path().display().to_string();
    let client =
        Client::launch(&["--dsn", &proxy.dsn(&shop), "--pipelines", &folder, "serve"], Era::Sessions).await;
    let answer = trigger(&client).await.unwrap();
    assert!(proxy.lost.load(Ordering::SeqCst), "the answer to COMMIT was swallowed");
    assert_eq!(rows(&answer), [101, 100, 1, 0]);
    assert_eq!((&answer["run"]["status"], &answer["run"]["attempts"]), (&json!("succeeded"), &json!(2)));
    assert_eq!(answer["quarantine"]["reasons"][0]["first"], json!(["inbox/a.csv:102"]));
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 100);
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.loads").await, 1);
    assert_eq!(shop.value::<i64>("select rows_loaded from pgwright.runs").await, 100);
}

#[tokio::test]
async fn a_failed_run_whose_end_was_not_confirmed_tells_its_rows_once() {
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::new(
        "checks: [{rule: row_count, min: 10}]\ntarget: {table: feed}\nretry: {backoff: {initial: 1ms}}",
    );
    feed.file("a.csv", "id,t\n1,a\n2,b\nx,c\n");
    let proxy = LosesReply::before(&shop, (b"set status = $2, answer", b"UPDATE 1\0"));
    let folder = feed.folder.path().display().to_string();
    let client =
        Client::launch(&["--dsn", &proxy.dsn(&shop), "--pipelines", &folder, "serve"], Era::Sessions).await;
    let answer = trigger(&client).await.unwrap();
    assert!(proxy.lost.load(Ordering::SeqCst), "the answer was swallowed");
    assert_eq!((&answer["run"]["status"], &answer["run"]["attempts"]), (&json!("failed"), &json!(2)));
    assert_eq!(rows(&answer), [3, 0, 1, 0], "{}", answer.text);
    assert_eq!(answer["run"]["files"].as_array().unwrap().len(), 1);
    assert_eq!(answer["run"]["checks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn two_runs_at_once_load_each_file_once() {
    let shop = Database::with(&[WAITS, GATE].concat()).await;
    let feed = Feed::new("target: {table: feed}\nlimits: {lock_timeout: 60s}");
    for file in 0..3 {
        feed.file(&format!("{file}.csv"), numbered(file * 100, 100));
    }
    let (one, two) = (feed.client(&shop).await, feed.client(&shop).await);
    shop.execute("select pg_advisory_lock(42)").await;
    let first = one.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    let second = two.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    // One is at work, the other waits for it to end.
    shop.until("select count(*) = 2 from waits where not granted").await;
    shop.execute("select pg_advisory_unlock(42)").await;
    let (first, second) = (first.finish().await.unwrap(), second.finish().await.unwrap());
    assert_eq!(rows(&first)[1] + rows(&second)[1], 300);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 300);
}

#[tokio::test]
async fn progress_is_reported_and_never_goes_back() {
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::new("target: {table: feed}");
    for file in 0..3 {
        feed.file(&format!("{file}.csv"), numbered(file * 1000, 1000));
    }
    let client = feed.client(&shop).await;
    trigger(&client).await.unwrap();
    let reports = client.progress();
    assert!(!reports.is_empty());
    assert!(reports.is_sorted_by(|a, b| a.progress <= b.progress));
    assert!(reports[0].message.as_deref().unwrap().contains("(file 1 of 3)"), "{reports:?}");
}

/// Where the server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// After so many looks at what the load is doing, wherever it is by then.
    Anywhere(u64),
    /// The load waits in COPY, after so many rows.
    Copy(u64),
    /// The load is inside COMMIT.
    Commit,
}

const ROWS: u64 = 500;

/// 27 in a test run; `PGWRIGHT_KILLS=210 cargo test --test e2e killed_at_any_point` for the long proof.
fn kills() -> u64 {
    std::env::var("PGWRIGHT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(27)
}

/// SIGKILL of the server at chosen and random points; each time a new server runs the pipeline again, with one file more.
#[tokio::test]
async fn killed_at_any_point_nothing_is_lost_and_nothing_is_doubled() {
    let kills = kills();
    let shop = Database::with(WAITS).await;
    shop.execute(
        "create table feed (id int primary key, t text);
         create function gate() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock_shared(tg_argv[0]::int); return new; end $$;
         create trigger in_copy before insert on feed for each row execute function gate(42);
         create constraint trigger in_commit after insert on feed deferrable initially deferred
            for each row when (new.id % 500 = 0) execute function gate(43);
         alter table feed disable trigger in_copy",
    )
    .await;
    let feed = Feed::new("target: {table: feed}\nlimits: {lock_timeout: 60s}");
    let mut caught = 0;
    for kill in 0..kills {
        feed.file(&format!("{kill:03}.csv"), numbered(kill * ROWS, ROWS));
        let moment = match kill % 3 {
            0 => Moment::Copy(fastrand(kill) % ROWS),
            1 => Moment::Commit,
            _ => Moment::Anywhere(fastrand(kill) % 80),
        };
        let client = feed.client(&shop).await;
        let waits =
            |lock: u32| format!("select exists (select from waits where objid = {lock} and not granted)");
        match moment {
            Moment::Copy(row) => {
                let at = kill * ROWS + row;
                shop.execute(&format!(
                    "drop trigger in_copy on feed;
                     create trigger in_copy before insert on feed for each row when (new.id = {at}) execute function gate(42);
                     select pg_advisory_lock(42)"
                ))
                .await;
            }
            Moment::Commit => shop.execute("select pg_advisory_lock(43)").await,
            Moment::Anywhere(_) => {}
        }
        let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
        let query = match moment {
            Moment::Copy(_) => {
                shop.until(&waits(42)).await;
                "copy"
            }
            Moment::Commit => {
                shop.until(&waits(43)).await;
                "commit"
            }
            Moment::Anywhere(looks) => {
                for _ in 0..looks {
                    shop.active_queries("pgwright").await;
                }
                ""
            }
        };
        let active: String = shop
            .value(
                "select coalesce(string_agg(query, '; '), 'nothing') from pg_stat_activity
                    where datname = current_database() and application_name = 'pgwright' and state <> 'idle'",
            )
            .await;
        client.kill_server();
        running.ended().await;
        eprintln!("kill {kill}: {moment:?}, while {active}");
        if !query.is_empty() {
            assert!(active.contains(query), "{active}");
            caught += 1;
        }
        shop.execute("select pg_advisory_unlock_all()").await;
        drop(client);
    }
    assert!(caught * 3 >= kills, "{caught} of {kills} kills fell inside COPY or COMMIT");
    let client = feed.client(&shop).await;
    let last = trigger(&client).await.unwrap();
    assert_ne!(last["run"]["status"], "failed");
    let expected = i64::try_from(kills * ROWS).unwrap();
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, expected, "lost or doubled");
    assert_eq!(shop.value::<i64>("select count(distinct id) from feed").await, expected);
    assert_eq!(shop.value::<i64>("select sum(rows_loaded)::bigint from pgwright.loads").await, expected);
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.loads").await, i64::try_from(kills).unwrap());
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.quarantine").await, 0);
    assert_eq!(trigger(&client).await.unwrap()["run"]["status"], "unchanged");
    assert_eq!(shop.value::<i64>("select count(*) from pgwright.runs where status = 'running'").await, 0);
}

/// A number from a seed, spread evenly enough.
fn fastrand(seed: u64) -> u64 {
    (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33
}

#[tokio::test]
async fn a_ledger_is_not_made_unasked_outside_development() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}");
    feed.file("a.csv", "id\n1\n");
    let config = Configuration::new(&format!(
        "pipelines: '{}'\ndatabases: {{shop: {{dsn: \"{}\", environment: staging, allow: write_data, allow_privileged_role: true}}}}\n",
        feed.folder.path().display(),
        shop.dsn()
    ));
    let client = Client::launch(&["--config", config.path(), "serve"], Era::Sessions).await;
    let failure = trigger(&client).await.unwrap_err();
    assert_eq!(failure.error["code"], "state_missing", "{}", failure.text);
    let init = ["--config", config.path(), "state", "init", "--database", "shop"];
    let made = crate::support::pgwright(&init).status().await.unwrap();
    assert!(made.success());
    assert_eq!(rows(&trigger(&client).await.unwrap()), [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_tables_name_does_not_choose_the_row_that_is_put_aside() {
    for (table, write) in [("weird, 12", "append"), ("weird, 12", "upsert, key: [id]"), ("line 9", "replace")]
    {
        let shop = Database::with(&format!("create table \"{table}\" (id int primary key, ip inet)")).await;
        let feed = Feed::new(&format!("target: {{table: '\"{table}\"', write: {write}}}"));
        let mut content = "id,ip\n".to_owned();
        for line in 2..=20 {
            writeln!(content, "{line},{}", if line == 3 { "nowhere" } else { "10.0.0.1" }).unwrap();
        }
        feed.file("a.csv", content);
        let answer = trigger(&feed.client(&shop).await).await.unwrap();
        assert_eq!(rows(&answer), [19, 18, 1, 0], "{}", answer.text);
        assert_eq!(shop.value::<i64>("select line from pgwright.quarantine").await, 3);
    }
}

#[tokio::test]
async fn an_upsert_writes_a_value_that_is_equal_and_not_the_same() {
    for (kind, old, new) in
        [("numeric", "1.0", "1.00"), ("interval", "1 day", "24:00:00"), ("json", "{}", "{ }")]
    {
        let shop = Database::with(&format!(
            "create table feed (id int primary key, v {kind}, t text);
             insert into feed values (1, '{old}', 'a'), (2, '{old}', null)"
        ))
        .await;
        let feed = Feed::new("target: {table: feed, write: upsert, key: [id]}");
        feed.file("a.csv", format!("id,v,t\n1,{new},a\n2,{old},\n"));
        let state = "select xmin::text from feed where id = 2";
        let before: String = shop.value(state).await;
        trigger(&feed.client(&shop).await).await.unwrap();
        assert_eq!(shop.value::<String>("select v::text from feed where id = 1").await, new);
        assert_eq!(shop.value::<String>(state).await, before, "{kind} is written only where it differs");
    }
}

/// What a load into `feed` waits for before it reads its files.
const TARGET_LOCK: &str = "hashtextextended('pgwright load public.feed', 0)";

#[tokio::test]
async fn a_file_that_is_replaced_after_its_header_was_read_is_not_loaded() {
    for looks_the_same in [false, true] {
        let shop = Database::with(&[WAITS, "create table feed (a text, b text)"].concat()).await;
        let feed = Feed::new("target: {table: feed}");
        let path = feed.file("f.csv", "a,b\n1,2\n");
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let client = feed.client(&shop).await;
        shop.execute(&format!("select pg_advisory_lock({TARGET_LOCK})")).await;
        let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
        shop.until("select exists (select from waits where not granted)").await;
        let new = feed.file("new", "b,a\n2,1\n");
        if looks_the_same {
            fs::File::options().write(true).open(&new).unwrap().set_modified(modified).unwrap();
        }
        fs::rename(new, path).unwrap();
        shop.execute(&format!("select pg_advisory_unlock({TARGET_LOCK})")).await;
        let failure = running.finish().await.unwrap_err();
        assert_eq!(failure.error["code"], "file_changed", "{}", failure.text);
        trigger(&client).await.unwrap();
        assert_eq!(shop.value::<String>("select string_agg(a || b, ' ') from feed").await, "12");
    }
}

#[tokio::test]
async fn a_quarantine_that_is_there_needs_no_right_to_create() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}\nquarantine: {table: public.refused}");
    feed.file("a.csv", "id\n1\n");
    trigger(&feed.client(&shop).await).await.unwrap();
    let dsn = shop.dsn();
    let name = dsn.split(' ').find_map(|word| word.strip_prefix("dbname=")).unwrap();
    let role = format!("loader_{name}");
    shop.execute(&format!(
        "create role {role} login; revoke create on schema public from public; grant usage on schema pgwright to {role};
         grant all on all tables in schema pgwright, public to {role}"
    ))
    .await;
    feed.file("b.csv", "id\n2\nx\n");
    let words: Vec<&str> = dsn.split(' ').filter(|word| !word.starts_with("user=")).collect();
    let dsn = format!("{} user={role}", words.join(" "));
    let folder = feed.folder.path().display().to_string();
    let client = Client::launch(&["--dsn", &dsn, "--pipelines", &folder, "serve"], Era::Sessions).await;
    let outcome = trigger(&client).await.map(|answer| rows(&answer));
    shop.execute(&format!("drop owned by {role}; drop role {role}")).await;
    assert_eq!(outcome.map_err(|failure| failure.text).unwrap(), [2, 1, 1, 0]);
}

#[tokio::test]
async fn files_are_not_hashed_on_after_a_run_was_cancelled() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}");
    feed.file("a.csv", "id\n1\n");
    let client = feed.client(&shop).await;
    trigger(&client).await.unwrap();
    // As large as something that the ledger knows, so that only a hash can tell; nobody waits for that of 1 TB.
    let large = 1_u64 << 40;
    fs::File::options()
        .write(true)
        .open(feed.folder.path().join("inbox/a.csv"))
        .and_then(|file| file.set_len(large))
        .unwrap();
    shop.execute(&format!("update pgwright.loads set bytes = {large}")).await;
    let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    shop.until("select exists (select from pgwright.runs where status = 'running')").await;
    running.cancel().await;
    shop.until("select exists (select from pgwright.runs where status = 'failed')").await;
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_starts_is_recorded_as_failed() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}");
    feed.file("a.csv", "id\n1\n");
    let client = feed.client(&shop).await;
    trigger(&client).await.unwrap();
    // A run whose process died: the next run marks it, and waits for this lock on its row.
    shop.execute(
        "insert into pgwright.runs (id, pipeline, target, definition_sha256, status)
             select gen_random_uuid(), pipeline, target, definition_sha256, 'running' from pgwright.runs",
    )
    .await;
    shop.execute("begin; select from pgwright.runs where status = 'running' for update").await;
    let running = client.start("trigger_pipeline", json!({ "pipeline": "feed" })).await;
    let waits_for_us =
        "select exists (select from pg_locks where pg_backend_pid() = any (pg_blocking_pids(pid)))";
    shop.until(waits_for_us).await;
    running.cancel().await;
    shop.until("select exists (select from pgwright.runs where status = 'failed')").await;
    shop.execute("commit").await;
}

#[tokio::test]
async fn one_content_in_two_files_of_a_run_is_counted_once() {
    let shop = Database::with("create table feed (id int)").await;
    let feed = Feed::new("target: {table: feed}");
    feed.file("a.csv", "id\n1\n");
    feed.file("b.csv", "id\n1\n");
    let client = feed.client(&shop).await;
    let plan = client.call("trigger_pipeline", json!({ "pipeline": "feed", "dry_run": true })).await.unwrap();
    assert_eq!(rows(&plan), [1, 0, 0, 0], "{}", plan.text);
    assert_eq!(rows(&trigger(&client).await.unwrap()), [1, 1, 0, 0]);
    assert_eq!(shop.value::<i64>("select rows_loaded from pgwright.runs").await, 1);
}

#[tokio::test]
async fn a_dry_run_judges_each_load_as_the_run_does() {
    // Each file of an append is a load of its own.
    let shop = Database::with("create table feed (id int, t text)").await;
    let feed = Feed::new("checks: [{rule: row_count, min: 3}]\ntarget: {table: feed}");
    feed.file("a.csv", "id,t\n1,a\n2,b\n");
    feed.file("b.csv", "id,t\n3,a\n4,b\n");
    let client = feed.client(&shop).await;
    let dry = json!({ "pipeline": "feed", "dry_run": true });
    let plan = client.call("trigger_pipeline", dry.clone()).await.unwrap();
    assert_eq!(plan["run"]["failure"]["code"], "row_count", "{}", plan.text);
    // The files of a replace are one, known or not.
    let feed = Feed::new("checks: [{rule: row_count, min: 3}]\ntarget: {table: feed, write: replace}");
    feed.file("a.csv", "id,t\n1,a\n2,b\n");
    feed.file("b.csv", "id,t\n3,a\n4,b\n");
    let client = feed.client(&shop).await;
    trigger(&client).await.unwrap();
    let plan = client.call("trigger_pipeline", dry.clone()).await.unwrap();
    assert_eq!(plan["plan"]["overwrites"], "nothing: every file has been loaded before", "{}", plan.text);
    feed.file("c.csv", "id,t\n5,a\n");
    let plan = client.call("trigger_pipeline", dry.clone()).await.unwrap();
    assert_eq!((rows(&plan), plan["run"]["failure"].is_null()), ([5, 0, 0, 0], true), "{}", plan.text);
    fs::remove_file(feed.folder.path().join("inbox/b.csv")).unwrap();
    fs::remove_file(feed.folder.path().join("inbox/c.csv")).unwrap();
    let plan = client.call("trigger_pipeline", dry).await.unwrap();
    assert_eq!(plan["plan"]["overwrites"], "all rows of public.feed", "{}", plan.text);
    assert_eq!(plan["run"]["failure"]["code"], "row_count", "{}", plan.text);
}

#[tokio::test]
async fn rows_without_their_parent_are_put_aside_one_by_one() {
    let shop = Database::with(
        "create table parent (id int primary key); insert into parent select generate_series(1, 400);
         create table feed (id int, parent int references parent)",
    )
    .await;
    let feed = Feed::new("target: {table: feed}");
    let mut content = "id,parent\n".to_owned();
    for line in 2..=300 {
        writeln!(content, "{line},{}", if line % 100 == 7 { 1000 } else { line }).unwrap();
    }
    feed.file("a.csv", content);
    let answer = trigger(&feed.client(&shop).await).await.unwrap();
    assert_eq!(rows(&answer), [299, 296, 3, 0], "{}", answer.text);
    let found: String = shop
        .value(
            "select string_agg(format('%s:%s', line, errors -> 0 ->> 'code'), ' ' order by line) from pgwright.quarantine",
        )
        .await;
    assert_eq!(found, "7:23503 107:23503 207:23503");
}

#[tokio::test]
async fn a_constraint_met_in_publication_is_named_and_stops_the_load() {
    let shop =
        Database::with("create table feed (id int primary key, n int constraint lucky check (n <> 13))")
            .await;
    let feed = Feed::new("target: {table: feed, write: upsert, key: [id]}");
    feed.file("a.csv", "id,n\n1,1\n2,13\n");
    let failure = trigger(&feed.client(&shop).await).await.unwrap_err();
    assert_eq!(failure.error["code"], "23514", "{}", failure.text);
    assert!(failure.text.contains("lucky") && failure.error["next_step"].is_string(), "{}", failure.text);
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
}
