//! The shadow against the real thing: the same plans at the same cost, and indexes that cost what they cost once built.
//!
//! This executable plays two parts: the tests, and the watchdog of their clusters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use pgwright_plan::model::Plan;
use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind, watchdog};
use pgwright_postgres::{Database, DatabaseSettings, Databases, Dsn, Environment, Scope, Source};
use pgwright_shadow::{Applied, Change, Shadow, Shadows, Snapshot, Wanted, capture};
use pgwright_sql::RelationName;
use pgwright_sql::guard::admit;
use tokio_postgres::{Client, NoTls};

const ZOO: &str = include_str!("zoo/schema.sql");
const QUERIES: &str = include_str!("zoo/queries.sql");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == watchdog::SUBCOMMAND) {
        return watchdog::run(watchdog::Options::from_arg(&arguments[1]).unwrap());
    }
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for major in majors() {
            all(major).await;
        }
    });
    ExitCode::SUCCESS
}

/// 15 and 18; `PGWRIGHT_SHADOW_MAJORS=14,16,17` for the others (the zoo has what 13 does not know).
fn majors() -> Vec<u16> {
    let asked = std::env::var("PGWRIGHT_SHADOW_MAJORS").unwrap_or_else(|_| "15,18".to_owned());
    asked.split(',').map(|major| major.parse().unwrap()).collect()
}

/// A server that stands for production, read by a role that may only read.
struct Production {
    cluster: Cluster,
    owner: Client,
}

impl Production {
    async fn start(major: u16) -> Self {
        let mut options = ClusterOptions::new(Kind::Temporary, std::env::current_exe().unwrap());
        options.major = Some(major);
        options.settings = [
            ("autovacuum", "off"),
            ("random_page_cost", "1.5"),
            // All rows are in the sample, so that it is the same one each time.
            ("default_statistics_target", "500"),
            ("log_statement", "all"),
            ("log_line_prefix", "%u "),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let cluster = Cluster::start(options).await.unwrap();
        let (owner, connection) = tokio_postgres::connect(&cluster.dsn("postgres"), NoTls).await.unwrap();
        tokio::spawn(connection);
        run(&owner, ZOO).await;
        Self { cluster, owner }
    }

    fn as_role(&self, role: &str) -> Arc<Database> {
        let dsn = self.cluster.dsn("postgres").replace("user=postgres", &format!("user={role}"));
        let dsn = Dsn::parse(&dsn.into()).unwrap();
        let settings =
            DatabaseSettings::new("zoo".to_owned(), Source::Server(Box::new(dsn)), Environment::Development);
        Arc::clone(Databases::new(vec![settings], None).get(None).unwrap())
    }

    async fn plan(&self, sql: &str) -> Plan {
        let sql = format!("explain (format json, verbose, settings) {sql}");
        let rows = self.owner.simple_query(&sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        let text: String = rows
            .iter()
            .filter_map(|row| match row {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        Plan::from_json(&text).unwrap()
    }

    async fn snapshot(&self, role: &str) -> Snapshot {
        let database = self.as_role(role);
        let session = database.read_snapshot(&Scope::default()).await.unwrap();
        let snapshot = capture(&session, &Wanted::default()).await.unwrap();
        Snapshot::from_json(&snapshot.to_json().unwrap()).unwrap()
    }
}

async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{sql}", error.as_db_error());
    }
}

/// The size of an index, with its parts in partitions.
const BUILT_BYTES: &str = "select greatest(
    pg_relation_size($1::text::regclass),
    (select sum(pg_relation_size(relid)) from pg_partition_tree($1::text::regclass))::int8)";

/// What makes two plans the same: everything but the figures.
fn shape(plan: &Plan) -> Vec<String> {
    plan.nodes
        .iter()
        .map(|node| {
            let conditions: Vec<String> =
                node.expressions().map(|(name, text)| format!("{name}={text}")).collect();
            format!(
                "{:?} {} {:?} {:?} {:?} {:?} {:?} {}",
                node.parent,
                node.kind,
                node.text("Parent Relationship"),
                node.text("Join Type"),
                node.relation(),
                node.index(),
                node.number("Workers Planned"),
                conditions.join(" ")
            )
        })
        .collect()
}

fn cost(plan: &Plan) -> f64 {
    plan.root().estimate.total_cost
}

async fn all(major: u16) {
    let production = Production::start(major).await;
    let shadows = Shadows::new(std::env::current_exe().unwrap());
    // The first one starts the server.
    let first = shadows.materialise(&production.snapshot("reader").await).await.unwrap();
    drop(first);
    for (role, least) in [("reader", 35), ("monitor", 39)] {
        let begun = Instant::now();
        let snapshot = production.snapshot(role).await;
        let captured = begun.elapsed();
        let mut shadow = shadows.materialise(&snapshot).await.unwrap();
        println!("{major} {role}: captured in {captured:?}, in all {:?}", begun.elapsed());
        for note in shadow.notes() {
            println!("  note: {note}");
        }
        alike(&production, &mut shadow, &format!("{major} {role}"), least).await;
        if role == "monitor" {
            candidates(&production, &mut shadow, major).await;
        }
    }
    forecast(&production, &shadows).await;
    sizes(&production, &shadows).await;
    ends_come_from_indexes(&production).await;
    what_is_locked_is_captured(&production).await;
    only_reads(&production);
    production.cluster.stop().await.unwrap();
}

/// Ten times the rows cost ten times as much to read, and an index over them is as high as it is then.
async fn forecast(production: &Production, shadows: &Shadows) {
    let snapshot = production.snapshot("reader").await;
    let grown = snapshot.grown(&[(RelationName::bare("item"), 10.0)]).unwrap();
    let scan = admit("select * from item").unwrap();
    let look_up = admit("select * from item where id = 7").unwrap();
    let mut costs = Vec::new();
    for snapshot in [&snapshot, &grown] {
        let mut shadow = shadows.materialise(snapshot).await.unwrap();
        let plan = shadow.plan(&look_up, &[], &[]).await.unwrap();
        assert_eq!(plan.nodes[0].index(), Some("item_pkey"));
        costs.push((cost(&shadow.plan(&scan, &[], &[]).await.unwrap()), cost(&plan)));
    }
    let [(small, _), (large, deep)] = costs[..] else { panic!("two") };
    assert!((large / small - 10.0).abs() < 0.1, "{large} against {small}");
    assert!(deep < small / 10.0, "{deep}");
}

/// Numbers in a row that is always the same.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Columns of any type, width, number of values and share of NULLs.
fn drawn_column(drawn: &mut Drawn, number: usize) -> (String, String) {
    let distinct = [3, 40, 900, 12_000, 1_000_000][drawn.below(5)];
    let kind = drawn.below(9);
    // Another permutation for each column, so that they do not go together.
    let value = format!("(i::int8 * {} % 99991 * 7919 % {distinct})", 31 + 2 * number);
    let (type_name, value) = match kind {
        0 => ("int2", format!("({value} % 30000)::int2")),
        1 => ("int4", format!("{value}::int4")),
        2 => ("int8", value),
        3 => ("numeric", format!("{value}::numeric / 100")),
        4 => ("date", format!("date '2020-01-01' + ({value} % 4000)::int4")),
        5 => ("timestamptz", format!("timestamptz '2020-01-01 00:00Z' + {value} * interval '1 minute'")),
        6 => ("uuid", format!("md5({value}::text)::uuid")),
        7 => ("text", format!("'v' || {value}")),
        _ => ("text", format!("repeat('word ', ({value} % 9)::int4) || {value}")),
    };
    let nulls = [0, 0, 10, 60][drawn.below(4)];
    (format!("c{number} {type_name}"), format!("case when i * 17 % 100 < {nulls} then null else {value} end"))
}

/// B-trees over random columns are as large as they are said to be.
async fn sizes(production: &Production, shadows: &Shadows) {
    let mut drawn = Drawn(42);
    let mut ddl = Vec::new();
    for table in 0..4 {
        let columns: Vec<(String, String)> = (0..8).map(|number| drawn_column(&mut drawn, number)).collect();
        let (declared, values): (Vec<String>, Vec<String>) = columns.into_iter().unzip();
        run(
            &production.owner,
            &format!(
                "create table sized_{table} ({}); insert into sized_{table} select {} from generate_series(1, 40000) i; \
                 grant select on sized_{table} to reader; analyze sized_{table}",
                declared.join(", "),
                values.join(", ")
            ),
        )
        .await;
        for _ in 0..12 {
            let mut columns: Vec<String> = Vec::new();
            for _ in 0..=drawn.below(3) {
                let column = format!("c{}", drawn.below(8));
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
            ddl.push(format!(
                "create index sized_{} on sized_{table} ({})",
                ddl.len() + 100,
                columns.join(", ")
            ));
        }
    }
    let mut shadow = shadows.materialise(&production.snapshot("reader").await).await.unwrap();
    let mut ratios = Vec::new();
    for (ddl, prepared) in ddl.iter().zip(shadow.prepare(&ddl).await.unwrap()) {
        let prepared = prepared.unwrap();
        run(&production.owner, &format!("begin; {ddl}")).await;
        let bytes: i64 = production.owner.query_one(BUILT_BYTES, &[&prepared.names[0]]).await.unwrap().get(0);
        run(&production.owner, "rollback").await;
        #[allow(clippy::cast_precision_loss)]
        let ratio = prepared.size_bytes as f64 / bytes as f64;
        if !(0.9..1.1).contains(&ratio) {
            println!("  {ddl}: {} of {bytes} bytes, {ratio:.2}", prepared.size_bytes);
        }
        ratios.push((!ddl.contains(", "), ratio));
    }
    let mut off: Vec<f64> = ratios.iter().map(|(_, ratio)| (ratio - 1.0).abs()).collect();
    off.sort_by(f64::total_cmp);
    let ends = |of_one: bool| {
        let of = ratios.iter().filter(|(is_one, _)| *is_one || !of_one).map(|(_, ratio)| *ratio);
        of.fold((f64::MAX, f64::MIN), |(least, most), ratio| (least.min(ratio), most.max(ratio)))
    };
    let median = off[off.len() / 2];
    println!(
        "  {} B-trees: median off by {median:.3}, of one column {:.2?}, of all {:.2?}",
        off.len(),
        ends(true),
        ends(false)
    );
    assert!(median < 0.1);
    let (least, most) = ends(true);
    assert!(least > 1.0 / 1.3 && most < 1.3, "{least} {most}");
    // How columns go together is in no statistics of one column.
    let (least, most) = ends(false);
    assert!(least > 0.5 && most < 2.0, "{least} {most}");
}

/// The least and the greatest values are right, and finding them reads no table.
async fn ends_come_from_indexes(production: &Production) {
    let snapshot = production.snapshot("reader").await;
    let item = snapshot.named(&RelationName::bare("item")).unwrap();
    let ends = |name: &str| item.columns.iter().find(|column| column.name == name).unwrap().endpoints.clone();
    assert_eq!(ends("id"), Some(("1".to_owned(), "120000".to_owned())));
    let looked_up: Vec<String> =
        sent(production).into_iter().filter(|statement| statement.contains("from only ")).collect();
    assert!(!looked_up.is_empty(), "the log has it");
    let asked = "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off";
    run(&production.owner, asked).await;
    for sql in looked_up {
        let plan = production.plan(&sql).await;
        let kinds: Vec<&str> = plan.nodes.iter().map(|node| node.kind.as_str()).collect();
        let reads = |kind: &&str| kind.contains("Scan") || kind.contains("Sort");
        assert!(kinds.iter().filter(|kind| reads(kind)).all(|kind| kind.starts_with("Index")), "{kinds:?}");
    }
    run(&production.owner, "reset all").await;
}

/// Nobody waits for a capture but who would wait for any SELECT, and it waits for nobody else.
async fn what_is_locked_is_captured(production: &Production) {
    let tables = "customer, item, event, event_1, event_2, event_3, event_x, base, heir, town";
    // Everything but ACCESS SHARE conflicts with it.
    run(&production.owner, &format!("begin; lock table {tables} in exclusive mode")).await;
    let database = production.as_role("reader");
    let session = database.read_snapshot(&Scope::default()).await.unwrap();
    let snapshot = capture(&session, &Wanted::default()).await.unwrap();
    assert!(snapshot.named(&RelationName::bare("item")).unwrap().columns[0].endpoints.is_some());
    run(&production.owner, "rollback").await;
}

/// What the reading roles sent, by the server's own log.
fn sent(production: &Production) -> Vec<String> {
    let log = std::fs::read_to_string(production.cluster.data_dir().with_file_name("server.log")).unwrap();
    let mut sent: Vec<String> = Vec::new();
    for line in log.lines() {
        match line.strip_prefix('\t') {
            Some(more) => sent.last_mut().unwrap().push_str(&format!("\n{more}")),
            None => sent.push(line.to_owned()),
        }
    }
    sent.iter()
        .filter(|line| line.starts_with("reader ") || line.starts_with("monitor "))
        .filter_map(|line| line.split_once("statement: ").or_else(|| line.split_once(">: ")))
        .map(|(_, statement)| statement.to_owned())
        .collect()
}

/// Nothing but reads, and of tables nothing but their ends.
fn only_reads(production: &Production) {
    const READS: [&str; 10] =
        ["select", "with", "begin", "set", "do", "savepoint", "release", "rollback", "discard", "commit"];
    let statements = sent(production);
    assert!(statements.len() > 20, "the log has them: {}", statements.len());
    for statement in &statements {
        let text: Vec<&str> = statement.lines().filter(|line| !line.starts_with("--")).collect();
        let first = text.join(" ").trim().split([' ', '\n', ';']).next().unwrap_or_default().to_lowercase();
        assert!(READS.contains(&first.as_str()), "{statement}");
        let of_tables = statement.matches("from only public.").count();
        assert_eq!(of_tables, statement.matches("public.").count(), "{statement}");
        let bounded = statement.matches("sc limit 1)").count();
        assert!(of_tables == 0 || of_tables == bounded, "{statement}");
    }
}

async fn alike(production: &Production, shadow: &mut Shadow, who: &str, least: usize) {
    let queries = statements(QUERIES);
    let (mut same, mut exact) = (0, 0);
    for sql in &queries {
        let there = production.plan(sql).await;
        let here = match shadow
            .plan(&admit(sql).unwrap_or_else(|refused| panic!("{refused:?} {sql}")), &[], &[])
            .await
        {
            Ok(plan) => plan,
            Err(error) => {
                println!("  {who}: {error}\n    {sql}");
                continue;
            }
        };
        let ratio = cost(&here) / cost(&there);
        same += usize::from(shape(&there) == shape(&here));
        exact += usize::from((ratio - 1.0).abs() < 0.01);
        if shape(&there) != shape(&here) || (ratio - 1.0).abs() > 1e-6 {
            println!(
                "  {who}: {} cost {ratio:.6}: {sql}",
                if shape(&there) == shape(&here) { "same" } else { "OTHER" }
            );
        }
    }
    println!("{who}: {same} of {} the same shape, {exact} within 1 %", queries.len());
    assert!(same >= least, "{who}: {same} of {}", queries.len());
}

async fn candidates(production: &Production, shadow: &mut Shadow, major: u16) {
    let wanted = statements(include_str!("zoo/candidates.sql"));
    let pairs: Vec<(&str, &str)> =
        wanted.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let ddl: Vec<String> = pairs.iter().map(|(ddl, _)| (*ddl).to_owned()).collect();
    let begun = Instant::now();
    let prepared = shadow.prepare(&ddl).await.unwrap();
    println!("{major}: {} candidates in {:?}", ddl.len(), begun.elapsed());
    for ((ddl, query), prepared) in pairs.iter().zip(prepared) {
        let prepared = prepared.unwrap_or_else(|error| panic!("{error}: {ddl}"));
        let query = admit(query).unwrap();
        let before = cost(&shadow.plan(&query, &[], &[]).await.unwrap());
        let begun = Instant::now();
        let what_if = shadow.plan(&query, &[prepared.id], &[]).await.unwrap();
        let took = begun.elapsed();
        // Another sample of the rows would be another estimate: only an expression needs it.
        let analyze = if ddl.contains("upper(") { "analyze" } else { "select 1" };
        run(&production.owner, &format!("begin; {ddl}; {analyze}")).await;
        let built = production.plan(query.sql()).await;
        let bytes: i64 = production.owner.query_one(BUILT_BYTES, &[&prepared.names[0]]).await.unwrap().get(0);
        run(&production.owner, "rollback").await;
        #[allow(clippy::cast_precision_loss)]
        let size = prepared.size_bytes as f64 / bytes as f64;
        let ratio = cost(&what_if) / cost(&built);
        println!(
            "  {}: before {before:.0}, what-if {:.2}, built {:.2} ({ratio:.4}), size {size:.2}, {took:?}",
            prepared.method,
            cost(&what_if),
            cost(&built)
        );
        // The planner keeps the first of two paths that are within a percent.
        assert!(cost(&what_if) <= before * 1.01, "{ddl}: {before} and {}", cost(&what_if));
        let is_expression = ddl.contains("upper(");
        let is_gin = prepared.method == "gin";
        let cost_bound = if is_expression {
            0.2..5.0
        } else if is_gin {
            0.9..1.1
        } else {
            0.99..1.01
        };
        assert!(prepared.assumed.is_none() && cost_bound.contains(&ratio), "{ddl}: cost {ratio}");
        let size_bound = if is_gin { 0.7..1.4 } else { 0.9..1.1 };
        assert!(size_bound.contains(&size), "{ddl}: size {size}");
    }
    let query = admit("select * from item where id = 7").unwrap();
    let with = cost(&shadow.plan(&query, &[], &[]).await.unwrap());
    let index = shadow.index(&RelationName::bare("item_pkey")).unwrap();
    let without = cost(&shadow.plan(&query, &[], &[index]).await.unwrap());
    assert!(without > with * 10.0, "{without} against {with}");
    assert!((cost(&shadow.plan(&query, &[], &[]).await.unwrap()) / with - 1.0).abs() < 1e-9, "and back");
    statistics(production, shadow).await;
    let change = Change::parse("alter table item add constraint once unique (id, ts)").unwrap();
    shadow.apply(&change).await.unwrap();
}

/// Statistics that are proposed do what they do once gathered, where that follows from the columns' own.
async fn statistics(production: &Production, shadow: &mut Shadow) {
    for (ddl, query) in [
        // A city tells its state.
        (
            "create statistics town_t (dependencies) on city, state from village",
            "select * from village where city = 'city7' and state = 'state0'",
        ),
        (
            "create statistics town_u (ndistinct) on city, state from village",
            "select city, state from village group by city, state",
        ),
        ("create statistics item_e on (qty % 10) from item", "select * from item where qty % 10 = 3"),
    ] {
        let asked = admit(query).unwrap();
        let rows = |plan: &Plan| plan.root().estimate.rows;
        let before = rows(&shadow.plan(&asked, &[], &[]).await.unwrap());
        let applied = shadow.apply(&Change::parse(ddl).unwrap()).await.unwrap();
        assert!(matches!(applied, Applied::Done { note: Some(_) }), "{applied:?}");
        let after = rows(&shadow.plan(&asked, &[], &[]).await.unwrap());
        run(&production.owner, &format!("begin; {ddl}; analyze")).await;
        let gathered = rows(&production.plan(query).await);
        run(&production.owner, "rollback").await;
        println!("  {ddl}: {before} rows, what-if {after}, gathered {gathered}");
        assert!((after / gathered - 1.0).abs() < 0.1 && (before / gathered - 1.0).abs() > 0.5, "{ddl}");
    }
}

fn statements(text: &str) -> Vec<String> {
    let plain: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    plain
        .join("\n")
        .split(";\n")
        .map(|one| one.trim().trim_end_matches(';').to_owned())
        .filter(|one| !one.is_empty())
        .collect()
}
