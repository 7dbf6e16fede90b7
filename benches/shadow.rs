//! TPC-H's 22 plans on the shadow against production's own, read by a role that may only select; and how long all of it takes.
//!
//! `PGWRIGHT_BENCH_SCALE` sets the scale factor, 0.1 without it; `PGWRIGHT_BENCH_MAJORS` the major versions (`13,14`).
//! `shadow-forecast` holds the plans of that scale's statistics, grown tenfold, against those of really ten times the rows.

use std::time::{Duration, Instant};

use pgwright_plan::model::Plan;
use pgwright_postgres::{DatabaseSettings, Databases, Dsn, Environment, Scope, Source};
use pgwright_shadow::{Shadow, Shadows, Snapshot, Wanted, capture};
use pgwright_sql::RelationName;
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

/// The tables that grow; there are as many nations and regions as ever.
const GROWING: [&str; 6] = ["customer", "lineitem", "orders", "part", "partsupp", "supplier"];

pub async fn run() {
    for major in majors(&[OLDER, NEWER]) {
        on(major, scale()).await;
    }
}

pub async fn forecast() {
    for major in majors(&[OLDER]) {
        forecast_on(major, scale()).await;
    }
}

fn scale() -> f64 {
    std::env::var("PGWRIGHT_BENCH_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(0.1)
}

fn majors(usual: &[u16]) -> Vec<u16> {
    match std::env::var("PGWRIGHT_BENCH_MAJORS") {
        Ok(majors) => majors.split(',').map(|major| major.parse().unwrap()).collect(),
        Err(_) => usual.to_vec(),
    }
}

/// A database with TPC-H's tables and indexes, and what a role sees of it that may only select.
async fn production(major: u16, scale: f64) -> (Database, Databases) {
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
    (production, Databases::new(vec![settings], None))
}

async fn captured(databases: &Databases) -> Snapshot {
    let session = databases.get(None).unwrap().read_snapshot(&Scope::default()).await.unwrap();
    capture(&session, &Wanted::default()).await.unwrap()
}

async fn planned(shadow: &mut Shadow) -> Vec<Plan> {
    let mut plans = Vec::new();
    for sql in QUERIES {
        plans.push(shadow.plan(&admit(sql).unwrap(), &[], &[]).await.unwrap());
    }
    plans
}

async fn forecast_on(major: u16, scale: f64) {
    let (large, databases) = production(major, scale * 10.0).await;
    let mut really = Vec::new();
    for sql in QUERIES {
        really.push(Plan::from_json(&large.printed(&explained(sql)).await).unwrap());
    }
    databases.close(Duration::from_secs(5)).await;
    let (small, databases) = production(major, scale).await;
    let snapshot = captured(&databases).await;
    let growth: Vec<(RelationName, f64)> =
        GROWING.iter().map(|table| (RelationName::bare(*table), 10.0)).collect();
    let shadows = Shadows::new(env!("CARGO_BIN_EXE_pgwright"));
    let mut shadow = shadows.materialise(&snapshot.grown(&growth).unwrap()).await.unwrap();
    let grown = planned(&mut shadow).await;
    // How far two samples of the same rows are apart.
    large.execute("analyze").await;
    let mut again = Vec::new();
    for sql in QUERIES {
        again.push(Plan::from_json(&large.printed(&explained(sql)).await).unwrap());
    }
    let naive = planned(&mut shadows.materialise(&snapshot).await.unwrap()).await;
    drop(small);
    let name = format!("TPC-H, PostgreSQL {major}: SF{scale} grown tenfold against SF{}", scale * 10.0);
    for (what, plans, factor, bound) in [
        ("", &grown, 1.0, "≥ 20/22"),
        (" (as it is, cost × 10)", &naive, 10.0, ""),
        (" (another ANALYZE of it)", &again, 1.0, ""),
    ] {
        let mut ratios = Vec::new();
        let mut others = Vec::new();
        for (number, (plan, real)) in plans.iter().zip(&really).enumerate() {
            ratios.push(factor * plan.root().estimate.total_cost / real.root().estimate.total_cost);
            if shape(plan) != shape(real) {
                others.push(format!("Q{}", number + 1));
            }
        }
        let within = |share: f64| ratios.iter().filter(|ratio| (**ratio - 1.0).abs() <= share).count();
        let (near, middling, far) = (within(0.05), within(0.1), within(0.25));
        let measured = format!(
            "{}/{} of the same shape (others: {}); cost within 5, 10, 25 %: {near}, {middling}, {far}; median ratio {:.3}",
            plans.len() - others.len(),
            plans.len(),
            others.join(" "),
            quantile(&mut ratios.clone(), 0.5)
        );
        figure(&format!("{name}{what}"), measured, "production's own", bound);
    }
}

async fn on(major: u16, scale: f64) {
    let (production, databases) = production(major, scale).await;
    let shadows = Shadows::new(env!("CARGO_BIN_EXE_pgwright"));
    let mut whole = Vec::new();
    let mut shadow = None;
    for _ in 0..6 {
        let begun = Instant::now();
        shadow = Some(shadows.materialise(&captured(&databases).await).await.unwrap());
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
    let (mut sizes, mut costs) = (Vec::new(), Vec::new());
    for ddl in CANDIDATES {
        let begun = Instant::now();
        let prepared = shadow.prepare(&[(*ddl).to_owned()]).await.unwrap().pop().unwrap().unwrap();
        ready.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let mut what_if = Vec::new();
        for sql in QUERIES {
            let sql = admit(sql).unwrap();
            let begun = Instant::now();
            what_if.push(shadow.plan(&sql, &[prepared.id], &[]).await.unwrap());
            asked.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        production.execute(&format!("begin; {ddl}")).await;
        let name = &prepared.names[0];
        let bytes: i64 = production.value(&format!("select pg_relation_size('{name}')")).await;
        #[allow(clippy::cast_precision_loss)]
        sizes.push(prepared.size_bytes as f64 / bytes as f64);
        for (sql, what_if) in QUERIES.iter().zip(what_if) {
            let built = Plan::from_json(&production.printed(&explained(sql)).await).unwrap();
            let uses = |plan: &Plan| plan.nodes.iter().any(|node| node.index() == Some(name));
            if uses(&built) || uses(&what_if) {
                costs.push(what_if.root().estimate.total_cost / built.root().estimate.total_cost);
            }
        }
        production.execute("rollback").await;
    }
    let off = |ratios: &[f64]| {
        let mut off: Vec<f64> = ratios.iter().map(|ratio| (ratio - 1.0).abs() * 100.0).collect();
        let furthest = off.iter().copied().fold(0.0, f64::max);
        format!("{:.2} % (furthest {furthest:.1} %, {} compared)", quantile(&mut off, 0.5), ratios.len())
    };
    figure(&name("size of a proposed index off the built one's, median"), off(&sizes), "built", "≤ 10 %");
    figure(
        &name("cost of plans with it off those with the built one, median"),
        off(&costs),
        "built",
        "≤ 1 %",
    );
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
