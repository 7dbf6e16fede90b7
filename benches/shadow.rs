//! TPC-H's 22 plans on the shadow against production's own, read by a role that may only select; and how long all of it takes.
//!
//! `PGWRIGHT_BENCH_SCALE` sets the scale factor, 0.1 without it.

use std::time::Instant;

use pgwright_plan::model::Plan;
use pgwright_postgres::{DatabaseSettings, Databases, Dsn, Environment, Scope, Source};
use pgwright_shadow::{Shadows, Wanted, capture};
use pgwright_sql::guard::admit;

use crate::support::{Database, NEWER, OLDER};
use crate::{figure, quantile, tpch};

const QUERIES: &[&str] = &[
    include_str!("../tools/sql/src/analysis/tests/tpch/q01.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q02.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q03.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q04.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q05.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q06.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q07.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q08.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q09.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q10.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q11.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q12.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q13.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q14.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q15.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q16.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q17.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q18.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q19.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q20.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q21.sql"),
    include_str!("../tools/sql/src/analysis/tests/tpch/q22.sql"),
];
const INDEXES: &str = "
    create index on orders (o_custkey); create index on lineitem (l_partkey, l_suppkey);
    create index on lineitem (l_shipdate); create index on nation (n_regionkey); vacuum analyze";
const CANDIDATES: &[&str] = &[
    "create index on lineitem (l_suppkey)",
    "create index on lineitem (l_orderkey, l_suppkey)",
    "create index on lineitem (l_shipdate) include (l_extendedprice, l_discount)",
    "create index on orders (o_orderdate)",
    "create index on orders (o_orderdate, o_custkey) where o_orderstatus = 'F'",
    "create index on part (p_type, p_size)",
    "create index on customer (c_mktsegment)",
    "create index on lineitem using brin (l_shipdate)",
];

pub async fn run() {
    let scale =
        std::env::var("PGWRIGHT_BENCH_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(0.1);
    for major in [OLDER, NEWER] {
        on(major, scale).await;
    }
}

async fn on(major: u16, scale: f64) {
    let production = Database::on(major).await;
    tpch::load(&production.dsn().parse().unwrap(), scale).await.unwrap();
    for statement in INDEXES.split(';') {
        production.execute(statement).await;
    }
    let role = format!("{}_reader", production.name());
    production
        .execute(&format!("create role {role} login; grant select on all tables in schema public to {role}"))
        .await;
    let dsn = Dsn::parse(&production.dsn_as(&role).into()).unwrap();
    let settings =
        DatabaseSettings::new("tpch".to_owned(), Source::Server(Box::new(dsn)), Environment::Development);
    let databases = Databases::new(vec![settings], None);
    let database = databases.get(None).unwrap();
    let shadows = Shadows::new(env!("CARGO_BIN_EXE_pgwright"));
    let mut whole = Vec::new();
    let mut shadow = None;
    for _ in 0..6 {
        let begun = Instant::now();
        let session = database.read_snapshot(&Scope::default()).await.unwrap();
        let snapshot = capture(&session, &Wanted::default()).await.unwrap();
        drop(session);
        shadow = Some(shadows.materialise(&snapshot).await.unwrap());
        whole.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let first = whole.remove(0);
    let mut shadow = shadow.unwrap();
    let (mut same, mut exact, mut furthest) = (0, 0, 0.0_f64);
    for (number, sql) in QUERIES.iter().enumerate() {
        let there = Plan::from_json(&production.printed(&explained(sql)).await).unwrap();
        let here = shadow.plan(&admit(sql).unwrap(), &[], &[]).await.unwrap();
        let off = (here.root().estimate.total_cost / there.root().estimate.total_cost - 1.0).abs();
        same += u32::from(shape(&here) == shape(&there));
        exact += u32::from(off < 1e-6);
        furthest = furthest.max(off);
        if off >= 1e-6 {
            println!("Q{}: off by {off:.2e}", number + 1);
        }
    }
    let name = |what: &str| format!("TPC-H SF{scale}, PostgreSQL {major}: {what}");
    let count = QUERIES.len();
    figure(
        &name("plans of the same shape on the shadow"),
        format!("{same}/{count}"),
        "production's own",
        "22/22",
    );
    figure(
        &name("their total cost"),
        format!("{exact}/{count} within 1e-6, furthest {furthest:.1e}"),
        "production's own",
        "22/22",
    );
    let all =
        format!("{:.0} ms (the first, with the server's start, {first:.0} ms)", quantile(&mut whole, 0.5));
    figure(&name("capture and materialise, median of 5"), all, "", "< 1 s");
    let (mut ready, mut asked) = (Vec::new(), Vec::new());
    for ddl in CANDIDATES {
        let begun = Instant::now();
        let prepared = shadow.prepare(&[(*ddl).to_owned()]).await.unwrap().pop().unwrap().unwrap();
        ready.push(begun.elapsed().as_secs_f64() * 1_000.0);
        for sql in QUERIES {
            let sql = admit(sql).unwrap();
            let begun = Instant::now();
            shadow.plan(&sql, &[prepared.id], &[]).await.unwrap();
            asked.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    figure(
        &name("a candidate made ready, median"),
        format!("{:.1} ms", quantile(&mut ready, 0.5)),
        "",
        "≤ 20 ms",
    );
    let median = format!("{:.2} ms (p95 {:.2} ms)", quantile(&mut asked, 0.5), quantile(&mut asked, 0.95));
    figure(&name("one what-if, switch and EXPLAIN, median"), median, "", "< 5 ms");
}

fn explained(sql: &str) -> String {
    format!("explain (format json, verbose, settings) {sql}")
}

fn shape(plan: &Plan) -> Vec<String> {
    let of_node = |node: &pgwright_plan::model::Node| {
        let conditions: Vec<String> =
            node.expressions().map(|(name, text)| format!("{name}={text}")).collect();
        format!(
            "{:?} {} {:?} {:?} {:?} {:?} {}",
            node.parent,
            node.kind,
            node.text("Join Type"),
            node.relation(),
            node.index(),
            node.number("Workers Planned"),
            conditions.join(" ")
        )
    };
    plan.nodes.iter().map(of_node).collect()
}
