//! Twenty-five ordinary checks of a million rows: pgwright's run against one statement, written by hand, that holds all of
//! them. CPU seconds of the database decide: wall time is the machine's. `dbt` runs beside it where the program is found.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::figure;
use crate::support::{Client, Database};

const ROWS: u64 = 1_000_000;
const ROUNDS: usize = 3;

pub async fn run() {
    let shop = Database::with(&include_str!("quality/world.sql").replace("ROWS", &ROWS.to_string())).await;
    let client = Client::stdio(&shop).await;
    let document = include_str!("quality/checks.yaml");
    let by_hand = include_str!("quality/by_hand.sql");
    let server = Server::of(&shop).await;
    shop.execute("vacuum orders").await;
    shop.execute("select count(*) from orders").await;

    let (mut ours, mut with_samples, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut answer = None;
    let (mut wall_ours, mut wall_theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = (server.cpu_s(), Instant::now());
        shop.execute(by_hand).await;
        theirs.push(server.cpu_s() - begun.0);
        wall_theirs.push(begun.1.elapsed().as_secs_f64());

        let quiet =
            document.replacen("checks for orders:", "defaults: {samples: off}\nchecks for orders:", 1);
        let begun = (server.cpu_s(), Instant::now());
        let counted = client.call("run_quality_check", json!({ "document": quiet })).await.unwrap();
        ours.push(server.cpu_s() - begun.0);
        wall_ours.push(begun.1.elapsed().as_secs_f64());
        answer = Some(counted);

        let begun = server.cpu_s();
        client.call("run_quality_check", json!({ "document": document })).await.unwrap();
        with_samples.push(server.cpu_s() - begun);
    }
    let answer = answer.unwrap();
    right(&shop, answer["checks"].as_array().unwrap()).await;
    let median = |samples: &mut Vec<f64>| crate::quantile(samples, 0.5);
    let (ours, with_samples, theirs) = (median(&mut ours), median(&mut with_samples), median(&mut theirs));
    figure(
        &format!("quality: 25 checks, {ROWS} rows, database CPU, median of {ROUNDS}"),
        format!("{ours:.2} s = {:.2}× ({:.2} s wall)", ours / theirs, median(&mut wall_ours)),
        format!("one statement by hand {theirs:.2} s ({:.2} s wall)", median(&mut wall_theirs)),
        "≤ 1.2×",
    );
    figure(
        "the same with the samples of failing rows",
        format!("{with_samples:.2} s = {:.2}×", with_samples / theirs),
        "the same statement, no samples",
        "",
    );
    figure("scans of the table before samples", &answer["scans"], "one by hand", "≤ 2");
    if let Some(dbt) = dbt(&shop, &server) {
        figure(
            "dbt-core, the same checks as far as it has them",
            format!("{dbt:.2} s = {:.2}×", dbt / theirs),
            "",
            "",
        );
    }
}

/// The counts that plain SQL gives for checks by their names.
async fn right(shop: &Database, checks: &[Value]) {
    assert_eq!(checks.len(), 25);
    let truths = [
        ("missing(email)", "select count(*) from orders where email is null"),
        ("unique(id)", "select count(*) - count(distinct id) from orders"),
        ("unique(email)", "select count(email) - count(distinct email) from orders"),
        ("unique(sku, created_at)", "select count(*) - count(distinct (sku, created_at)) from orders"),
        ("in_set(status)", "select count(*) from orders where status = 'lost'"),
        (
            "references(customer_id)",
            "select count(*) from orders where customer_id not in (select id from customers)",
        ),
    ];
    for (name, truth) in truths {
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        let rows: i64 = shop.value(truth).await;
        assert_eq!(check["failed_rows"].as_i64(), Some(rows), "{check}");
    }
}

/// The processes of a server, as the kernel counts their time.
struct Server {
    postmaster: u32,
}

impl Server {
    async fn of(database: &Database) -> Self {
        let backend: i32 = database.value("select pg_backend_pid()").await;
        let stat = fs::read_to_string(format!("/proc/{backend}/stat")).unwrap();
        let postmaster = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
        Self { postmaster }
    }

    /// CPU seconds of the server until now: its own, those of children that ended, and those of its children.
    fn cpu_s(&self) -> f64 {
        let ticks = |pid: &str, fields: std::ops::Range<usize>| -> f64 {
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return 0.0 };
            let parts: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            fields.filter_map(|at| parts.get(at)?.parse::<f64>().ok()).sum()
        };
        let mut total = ticks(&self.postmaster.to_string(), 11..15);
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            if parent == Some(self.postmaster) {
                total += ticks(&name, 11..13);
            }
        }
        // The kernel counts in hundredths of a second.
        total / 100.0
    }
}

/// dbt's tests of the same table, if `PGWRIGHT_BENCH_DBT` names the program: the database's CPU seconds.
fn dbt(shop: &Database, server: &Server) -> Option<f64> {
    let program = std::env::var_os("PGWRIGHT_BENCH_DBT")?;
    let folder = tempfile::tempdir().ok()?;
    let dsn = shop.dsn();
    let of =
        |key: &str| dsn.split(' ').find_map(|part| part.strip_prefix(&format!("{key}="))).unwrap_or_default();
    let write = |path: &str, text: &str| {
        let path: &Path = &folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "dbt_project.yml",
        "name: bench\nversion: '1.0.0'\nconfig-version: 2\nprofile: bench\nmodel-paths: [models]\nmacro-paths: [macros]\nflags: {send_anonymous_usage_stats: false}\n",
    );
    write(
        "profiles.yml",
        &format!(
            "bench:\n  target: dev\n  outputs:\n    dev: {{type: postgres, host: '{}', port: {}, user: {}, password: x, dbname: {}, schema: public, threads: 1}}\n",
            of("host"),
            of("port"),
            of("user"),
            of("dbname")
        ),
    );
    write("models/schema.yml", include_str!("quality/dbt.yml"));
    write("macros/tests.sql", include_str!("quality/dbt_tests.sql"));
    let begun = server.cpu_s();
    let output = Command::new(program)
        .args(["test", "--project-dir", ".", "--profiles-dir", "."])
        .current_dir(folder.path())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    println!("\ndbt: {}", text.lines().last().unwrap_or_default());
    text.contains("TOTAL=").then(|| server.cpu_s() - begun)
}
