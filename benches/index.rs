//! Index advice, held against indexes chosen by hand: both are really built, and measured alike.
//!
//! What is built is rolled back, so that each set is measured on the same table.

use std::time::Instant;

use serde_json::{Value, json};

use crate::figure;
use crate::support::{Client, Database};

const SCHEMA: &str = include_str!("oltp/schema.sql");
const STATEMENTS: &str = include_str!("oltp/statements.sql");
const WRITES: &str = include_str!("oltp/writes.sql");
const REFERENCE: &str = include_str!("oltp/reference.sql");
/// As on a server with fast disks, and steady: one process a query, no page images in the WAL.
pub const SETTINGS: &[&str] = &[
    "alter system set full_page_writes = off",
    "alter system set autovacuum = off",
    "alter system set random_page_cost = 1.1",
    "alter system set max_parallel_workers_per_gather = 0",
    "alter system set max_parallel_maintenance_workers = 0",
    "alter system set maintenance_work_mem = '256MB'",
    "alter system set work_mem = '64MB'",
    "alter system set max_wal_size = '8GB'",
    "alter system set jit = off",
    "select pg_reload_conf()",
];
const BUDGET_MB: f64 = 200.0;
/// A statement is worse when its cost rises by more than a tenth, and by more than half a millisecond's worth.
const WORSE: (f64, f64) = (1.1, 50.0);

pub async fn run() {
    let shop = Database::new().await;
    for setting in SETTINGS {
        shop.execute(setting).await;
    }
    let begun = Instant::now();
    for statement in statements_of(SCHEMA) {
        shop.execute(statement).await;
    }
    let loaded = begun.elapsed().as_secs_f64();
    let asked = asked_of(STATEMENTS);
    let writes = asked_of(WRITES);
    let today = Measured::with(&shop, &[], &asked, Some(WRITES)).await;
    let by_hand: Vec<String> = statements_of(REFERENCE).map(str::to_owned).collect();
    let by_hand = Measured::with(&shop, &by_hand, &asked, Some(WRITES)).await;
    println!("loaded in {loaded:.0} s; {} statements", asked.len());
    let client = Client::stdio(&shop).await;
    for (budget, cost, geomean) in [(Some(BUDGET_MB), "≤ −79 %", "≤ 0.014"), (None, "", "≤ 0.007")] {
        let advised = Advised::get(&client, &asked, &writes, budget).await;
        let built = Measured::with(&shop, &advised.ddl, &asked, Some(WRITES)).await;
        let name = |what: &str| match budget {
            Some(budget) => format!("OLTP, {budget:.0} MB: {what}"),
            None => format!("OLTP, no budget: {what}"),
        };
        let percent =
            |measured: &Measured| format!("−{:.1} %", 100.0 * (1.0 - measured.cost() / today.cost()));
        figure(&name("sum of costs, built"), percent(&built), percent(&by_hand), cost);
        let mean = |measured: &Measured| format!("{:.4}", measured.geomean(&today));
        figure(&name("geometric mean of cost after/before, built"), mean(&built), mean(&by_hand), geomean);
        let megabytes = |measured: &Measured| format!("{:.0} MB", measured.built_bytes / 1_048_576.0);
        figure(&name("size of the new indexes"), megabytes(&built), megabytes(&by_hand), "≤ the budget");
        let wal = |measured: &Measured| format!("{:.2}×", measured.wal_bytes / today.wal_bytes);
        figure(&name("WAL of the writes"), wal(&built), wal(&by_hand), "≤ 1.4×");
        let worse = |measured: &Measured| format!("{:?}", measured.worse_than(&today, &asked));
        figure(&name("statements that got worse"), worse(&built), worse(&by_hand), "none");
        figure(&name("time of the advice"), format!("{:.2} s", advised.ms / 1_000.0), "", "≤ 1 s");
        figure(&name("plans asked for"), advised.explains, "", "< 2,000");
        figure(
            &name("sum of costs as it was said"),
            format!("{:.0}", advised.said),
            format!("{:.0}", built.cost()),
            "within 1 %",
        );
        if std::env::var_os("PGWRIGHT_BENCH_VERBOSE").is_some() {
            println!("{}", advised.text);
            for ddl in &advised.ddl {
                println!("  {ddl}");
            }
            for (place, one) in asked.iter().enumerate() {
                println!(
                    "  {:>24} {:>6} today {:>10.1} by hand {:>10.1} advised {:>10.1}",
                    one.name, one.calls, today.costs[place], by_hand.costs[place], built.costs[place]
                );
            }
        }
    }
}

/// One statement of a workload.
pub struct Asked {
    pub name: String,
    pub calls: f64,
    pub sql: String,
}

/// Reads `-- calls name`, a statement to its semicolon, and so on.
pub fn asked_of(text: &str) -> Vec<Asked> {
    text.split("-- ")
        .skip(1)
        .map(|one| {
            let (head, sql) = one.split_once('\n').unwrap();
            let (calls, name) = head.split_once(' ').unwrap();
            let sql = sql.trim().trim_end_matches(';').to_owned();
            Asked { name: name.to_owned(), calls: calls.parse().unwrap(), sql }
        })
        .collect()
}

fn statements_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

/// What the tool said.
pub struct Advised {
    pub ddl: Vec<String>,
    pub said: f64,
    pub ms: f64,
    pub explains: u64,
    /// Statements that it could not analyse, by their places.
    pub skipped: Vec<usize>,
    pub text: String,
}

impl Advised {
    pub async fn get(client: &Client, asked: &[Asked], writes: &[Asked], budget_mb: Option<f64>) -> Self {
        let statements: Vec<Value> =
            asked.iter().chain(writes).map(|one| json!({ "sql": one.sql, "calls": one.calls })).collect();
        let mut input = json!({ "statements": statements, "detail": "full" });
        if let Some(budget) = budget_mb {
            input["budget_mb"] = json!(budget);
        }
        let answer = client.call("suggest_index", input).await.unwrap();
        let ddl = |key: &str| -> Vec<String> {
            let entries = answer[key].as_array().unwrap().iter();
            entries.map(|one| one["ddl"].as_str().unwrap().to_owned()).collect()
        };
        Self {
            ddl: [ddl("suggestions"), ddl("drops")].concat(),
            said: answer["totals"]["cost_after"].as_f64().unwrap(),
            ms: answer["totals"]["ms"].as_f64().unwrap(),
            explains: answer["totals"]["explains"].as_u64().unwrap(),
            skipped: answer["skipped"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|one| one["statement"].as_u64()?.try_into().ok())
                .collect(),
            text: answer.text.clone(),
        }
    }
}

/// What a set of indexes does when it is built.
pub struct Measured {
    pub costs: Vec<f64>,
    pub built_bytes: f64,
    pub wal_bytes: f64,
}

impl Measured {
    pub async fn with(database: &Database, ddl: &[String], asked: &[Asked], writes: Option<&str>) -> Self {
        let newest = "select coalesce(max(indexrelid::int8), 0) from pg_index";
        let newest = database.value::<i64>(newest).await;
        database.execute("begin").await;
        for one in ddl {
            database.execute(&one.replace(" concurrently", "")).await;
        }
        database.execute("analyze").await;
        let size = format!(
            "select coalesce(sum(pg_relation_size(indexrelid)), 0)::float8 from pg_index where indexrelid::int8 > {newest}"
        );
        let built_bytes = database.value::<f64>(&size).await;
        let mut costs = Vec::new();
        for one in asked {
            costs.push(cost(database, &one.sql).await);
        }
        let mut wal_bytes = 0.0;
        if let Some(writes) = writes {
            let place = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8";
            let before = database.value::<f64>(place).await;
            database.execute(writes).await;
            wal_bytes = database.value::<f64>(place).await - before;
        }
        database.execute("rollback").await;
        database.execute("vacuum").await;
        Self { costs, built_bytes, wal_bytes }
    }

    pub fn cost(&self) -> f64 {
        self.costs.iter().sum()
    }

    #[allow(clippy::cast_precision_loss)]
    pub fn geomean(&self, before: &Self) -> f64 {
        let logarithms: f64 =
            self.costs.iter().zip(&before.costs).map(|(after, before)| (after / before).ln()).sum();
        (logarithms / self.costs.len() as f64).exp()
    }

    pub fn worse_than<'a>(&self, before: &Self, asked: &'a [Asked]) -> Vec<&'a str> {
        let pairs = self.costs.iter().zip(&before.costs).zip(asked);
        pairs
            .filter(|((after, before), _)| **after > **before * WORSE.0 && **after > **before + WORSE.1)
            .map(|(_, one)| one.name.as_str())
            .collect()
    }
}

/// The planner's cost of a statement.
pub async fn cost(database: &Database, sql: &str) -> f64 {
    database.plan(sql).await["Total Cost"].as_f64().unwrap()
}
