//! Twenty-five ordinary checks of one and of five million rows: pgwright's run against one statement, written by hand, that holds all of
//! them. CPU seconds of the database decide: wall time is the machine's. With `PGWRIGHT_BENCH_OTHERS=DIRECTORY` Soda Core and
//! dbt-core are installed there, and run beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::figure;
use crate::support::{Client, Database};

const SIZES: [u64; 2] = [1_000_000, 5_000_000];
const ROUNDS: usize = 3;

pub async fn run() {
    let others = Others::installed();
    for rows in SIZES {
        of_size(rows, others.as_ref()).await;
    }
}

async fn of_size(size: u64, others: Option<&Others>) {
    let shop = Database::with(&include_str!("quality/world.sql").replace("ROWS", &size.to_string())).await;
    let client = Client::stdio(&shop).await;
    let document = include_str!("quality/checks.yaml");
    let quiet = document.replacen("checks for orders:", "defaults: {samples: off}\nchecks for orders:", 1);
    let by_hand = include_str!("quality/by_hand.sql");
    let server = Server::of(&shop).await;
    shop.execute("vacuum orders").await;
    shop.execute("create table small as select * from orders limit 1000").await;
    shop.execute("select count(*) from orders").await;
    let small = quiet.replace("checks for orders:", "checks for small:");
    client.call("run_quality_check", json!({ "document": small })).await.unwrap();
    let memory_before = own_servers().await;

    let (mut ours, mut with_samples, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut answer = None;
    let (mut wall_ours, mut wall_theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = (server.cpu_s(), Instant::now());
        shop.execute(by_hand).await;
        theirs.push(server.cpu_s() - begun.0);
        wall_theirs.push(begun.1.elapsed().as_secs_f64());

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
    let wall = median(&mut wall_ours);
    figure(
        &format!("quality: 25 checks, {size} rows, database CPU, median of {ROUNDS}"),
        format!("{ours:.2} s = {:.2}× ({wall:.2} s wall)", ours / theirs),
        format!("one statement by hand {theirs:.2} s ({:.2} s wall)", median(&mut wall_theirs)),
        "≤ 1.2×",
    );
    figure(
        "the same with the samples of failing rows",
        format!("{with_samples:.2} s = {:.2}×", with_samples / theirs),
        "the same statement, no samples",
        "",
    );
    figure(
        "scans of the table before samples; further statements, for failing `unique`",
        format!("{}; {}", answer["scans"], answer["follow_ups"]),
        "one by hand",
        "≤ 2",
    );
    let (memory, backend) = (own_servers().await, server.largest_backend_mb(&shop).await);
    figure("growth of pgwright's memory", format!("{} MB", memory - memory_before), "", "≤ 20 MB");
    figure("largest memory of its backend, with shared pages", format!("{backend} MB"), "", "≤ 120 MB");
    let Some(others) = others else { return };
    for (name, outcome) in [
        ("Soda Core, all 25", others.soda(&shop, &server)),
        ("dbt-core, 24 of them as tests", others.dbt(&shop, &server)),
    ] {
        let Some((cpu, took)) = outcome else { continue };
        let said = format!("{cpu:.2} s = {:.2}× ({took:.2} s wall)", cpu / theirs);
        figure(
            name,
            said,
            format!("pgwright's wall time is {:.2} of it", wall / took),
            "≤ 0.55 of Soda Core",
        );
    }
}

/// The most memory that pgwright's processes of this one had, in MB.
async fn own_servers() -> u64 {
    let own = std::process::id().to_string();
    let is_ours = |pid: &str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let named = stat.contains("(pgwright)");
        named && stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(own.as_str())
    };
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| is_ours(pid)).map(|pid| peak_mb(&pid)).sum()
}

/// The high-water mark of a process's memory.
fn peak_mb(pid: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
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

    /// The largest backend that pgwright has on this database.
    async fn largest_backend_mb(&self, shop: &Database) -> u64 {
        let pids = "select coalesce(string_agg(pid::text, ' '), '') from pg_stat_activity \
                    where datname = current_database() and application_name like 'pgwright%'";
        let pids: String = shop.value(pids).await;
        pids.split(' ').map(peak_mb).max().unwrap_or_default()
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

/// The other tools, in an environment of their own outside the tree.
struct Others {
    programs: PathBuf,
}

impl Others {
    /// Installs them from the package index, once; `None` without `PGWRIGHT_BENCH_OTHERS`, which names the directory.
    fn installed() -> Option<Self> {
        let home = PathBuf::from(std::env::var_os("PGWRIGHT_BENCH_OTHERS")?);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/quality/others");
        let done = Command::new(script).arg(&home).status().ok()?;
        done.success().then(|| Self { programs: home.join("bin") })
    }

    /// Runs a program in a folder: the database's CPU seconds, and how long it took.
    fn run(
        &self,
        program: &str,
        arguments: &[&str],
        folder: &Path,
        server: &Server,
        done: &str,
    ) -> Option<(f64, f64)> {
        let begun = (server.cpu_s(), Instant::now());
        let output = Command::new(self.programs.join(program))
            .args(arguments)
            .current_dir(folder)
            .env("OTEL_SDK_DISABLED", "true")
            .output()
            .ok()?;
        let figures = (server.cpu_s() - begun.0, begun.1.elapsed().as_secs_f64());
        let text = String::from_utf8_lossy(&output.stdout);
        let told: Vec<&str> = text.lines().filter(|line| line.contains(done)).collect();
        println!("\n{program}: {}", told.join("; "));
        (!told.is_empty()).then_some(figures)
    }

    fn soda(&self, shop: &Database, server: &Server) -> Option<(f64, f64)> {
        let folder = tempfile::tempdir().ok()?;
        let of = |key: &str| part(shop, key);
        let source = format!(
            "type: postgres\nname: bench\nconnection:\n  host: {}\n  port: {}\n  user: {}\n  password: x\n  database: {}\n",
            of("host"),
            of("port"),
            of("user"),
            of("dbname")
        );
        let contract = include_str!("quality/soda.yml").replace("DATABASE", &of("dbname"));
        fs::write(folder.path().join("source.yml"), source).ok()?;
        fs::write(folder.path().join("contract.yml"), contract).ok()?;
        let arguments = ["contract", "verify", "-ds", "source.yml", "-c", "contract.yml"];
        self.run("soda", &arguments, folder.path(), server, "| Checks ")
    }

    fn dbt(&self, shop: &Database, server: &Server) -> Option<(f64, f64)> {
        let folder = tempfile::tempdir().ok()?;
        let of = |key: &str| part(shop, key);
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
        let arguments = ["test", "--project-dir", ".", "--profiles-dir", "."];
        self.run("dbt", &arguments, folder.path(), server, "TOTAL=")
    }
}

/// A part of the connection string.
fn part(shop: &Database, key: &str) -> String {
    let dsn = shop.dsn();
    dsn.split(' ').find_map(|part| part.strip_prefix(&format!("{key}="))).unwrap_or_default().to_owned()
}
