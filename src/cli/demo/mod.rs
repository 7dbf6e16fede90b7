//! `pgwright demo`: an assistant's whole conversation with a real database, on a private cluster, with the demo's own
//! claims checked.

mod assistant;
mod partner;
mod tpch;
mod transcript;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind};
use serde_json::{Value, json};
use tokio_postgres::{Client, Config};

use self::assistant::Assistant;
use self::transcript::Transcript;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Leave the database and print a client configuration to paste.
    #[arg(long)]
    keep: bool,
    /// TPC-H scale factor; 0.1 is 600,000 line items.
    #[arg(long, default_value_t = 0.1, value_name = "FACTOR")]
    scale: f64,
}

const SLOW_QUERY: &str = include_str!("../../../examples/demo/slow_query.sql");

pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let mut transcript = Transcript::new();
    let work = tempfile::Builder::new().prefix("pgwright-demo-").tempdir()?;

    transcript.chapter("1. A private PostgreSQL cluster, and TPC-H in it");
    let executable = std::env::current_exe().context("cannot find this program's own path")?;
    let kind = if options.keep { Kind::Shared } else { Kind::Temporary };
    let cluster = Cluster::start(ClusterOptions::new(kind, executable)).await?;
    transcript.narrate(&format!(
        "PostgreSQL {} over a Unix socket, nothing of yours touched",
        cluster.binaries().version
    ));
    let database: Config = cluster.dsn(if options.keep { KEPT } else { "postgres" }).parse()?;
    if options.keep {
        fresh_database(&cluster).await?;
    }
    tpch::load(&database, options.scale).await?;
    let owner = tpch::connect(&database).await?;
    owner.batch_execute(include_str!("../../../examples/demo/partner.sql")).await?;
    transcript.narrate(&format!("loaded in {:.1} s", started.elapsed().as_secs_f64()));

    std::fs::write(
        work.path().join("partner_orders.yaml"),
        include_str!("../../../examples/demo/partner_orders.yaml"),
    )?;
    std::fs::write(work.path().join("partner_orders.csv"), partner::csv())?;
    let dsn = cluster.dsn(if options.keep { KEPT } else { "postgres" });
    let assistant = Assistant::connect(&server_arguments(&dsn, work.path())).await?;
    let told = story(&assistant, &owner, &mut transcript).await;
    assistant.leave().await?;
    drop(owner);
    told?;

    transcript.claim(started.elapsed().as_secs() < 90, "the whole demo took less than 90 seconds");
    let socket = cluster.socket_dir().to_path_buf();
    if options.keep {
        transcript.narrate(&kept_configuration());
    }
    cluster.stop().await?;
    if !options.keep {
        transcript.claim(!socket.exists(), "nothing is left running");
    }
    transcript.narrate(&format!("{:.1} s in all", started.elapsed().as_secs_f64()));
    Ok(if transcript.end() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The database that `--keep` leaves in the shared private cluster.
const KEPT: &str = "pgwright_demo";

async fn fresh_database(cluster: &Cluster) -> anyhow::Result<()> {
    let admin = tpch::connect(&cluster.dsn("postgres").parse()?).await?;
    admin.batch_execute(include_str!("../../../examples/demo/drop_database.sql")).await?;
    admin.batch_execute(include_str!("../../../examples/demo/create_database.sql")).await?;
    Ok(())
}

fn server_arguments(dsn: &str, work: &Path) -> Vec<String> {
    let work = work.display().to_string();
    // The trail of the demo's calls goes with the demo.
    let trail = format!("{work}/audit");
    ["--dsn", dsn, "--pipelines", &work, "--audit-dir", &trail, "serve"].map(str::to_owned).to_vec()
}

fn kept_configuration() -> String {
    let executable = std::env::current_exe().unwrap_or_else(|_| "pgwright".into());
    let configuration = json!({ "mcpServers": { "pgwright": {
        "command": executable,
        "args": ["--private-database", KEPT, "serve"],
    } } });
    format!("The database {KEPT} stays in your private cluster. For your client:\n{configuration:#}")
}

async fn story(assistant: &Assistant, owner: &Client, transcript: &mut Transcript) -> anyhow::Result<()> {
    transcript.chapter("2. An assistant connects over MCP");
    let tools = assistant.tools().await?;
    transcript.narrate(&format!("tools: {}", tools.join(", ")));
    transcript.claim(tools.len() >= 5, "the five tools are listed");

    transcript.chapter("3. What is there?");
    let stats = assistant.call(transcript, "table_stats", json!({ "limit": 5 })).await?;
    let counted: i64 =
        owner.query_one(include_str!("../../../examples/demo/count_lineitem.sql"), &[]).await?.get(0);
    let largest = &stats["tables"][0];
    transcript.claim(largest["name"] == "public.lineitem", "lineitem is named as the largest table");
    #[allow(clippy::cast_precision_loss, reason = "a ratio is compared")]
    let estimate = largest["estimated_rows"].as_f64().unwrap_or_default() / counted as f64;
    transcript.claim((0.98..1.02).contains(&estimate), "its rows are estimated within 2 % of the count");

    transcript.chapter("4. Why is this query slow?");
    transcript.narrate(&SLOW_QUERY.trim_end().replace('\n', "\n  "));
    let explain = json!({ "sql": SLOW_QUERY, "analyze": true });
    let before = assistant.call(transcript, "explain_query", explain.clone()).await?;
    transcript.claim(
        finding_on(&before, "orders"),
        "a finding names the table orders, which is read in full for a few rows",
    );

    transcript.chapter("5. Which index would pay?");
    let advice =
        assistant.call(transcript, "suggest_index", json!({ "statements": [{ "sql": SLOW_QUERY }] })).await?;
    let ddl = advice["suggestions"][0]["ddl"].as_str().unwrap_or_default().to_owned();
    transcript.claim(
        ddl.contains("orders") && ddl.contains("o_custkey"),
        "an index on orders (o_custkey …) is suggested",
    );
    transcript.narrate(&format!("The owner agrees and runs: {ddl}"));
    owner.batch_execute(&ddl).await.context("the suggested index could not be built")?;
    let after = assistant.call(transcript, "explain_query", explain).await?;
    let gain = execution_ms(&before) / execution_ms(&after).max(0.001);
    transcript.narrate(&format!(
        "{:.1} ms before, {:.2} ms after",
        execution_ms(&before),
        execution_ms(&after)
    ));
    transcript.claim(gain >= 5.0, &format!("the query runs {gain:.0} times as fast"));

    transcript.chapter("6. Load a partner's file");
    let load = json!({ "pipeline": "partner_orders" });
    assistant
        .call(transcript, "trigger_pipeline", json!({ "pipeline": "partner_orders", "dry_run": true }))
        .await?;
    let untouched: i64 = owner.query_one(COUNT_ORDERS, &[]).await?.get(0);
    transcript.claim(untouched == 0, "the dry run wrote nothing");
    let run = assistant.call(transcript, "trigger_pipeline", load.clone()).await?;
    let malformed = i64::try_from(partner::MALFORMED.len())?;
    let good = i64::from(partner::ORDERS) - malformed;
    transcript.claim(run["run"]["rows_loaded"] == good, &format!("{good} good rows are loaded"));
    transcript.claim(
        run["run"]["rows_quarantined"] == malformed,
        &format!("the {malformed} malformed rows are in quarantine, with line and reason"),
    );
    let again = assistant.call(transcript, "trigger_pipeline", load).await?;
    let loaded: i64 = owner.query_one(COUNT_ORDERS, &[]).await?.get(0);
    transcript.claim(
        again["run"]["rows_loaded"] == 0 && loaded == good,
        "the same file a second time changes nothing",
    );

    transcript.chapter("7. Is the partner's data what was promised?");
    let document = include_str!("../../../examples/demo/partner_orders.quality.yaml");
    let checked = assistant.call(transcript, "run_quality_check", json!({ "document": document })).await?;
    for (check, rows) in partner::DEFECTS {
        transcript.claim(
            failed_rows(&checked, check) == Some(u64::from(rows)),
            &format!("{check} finds exactly the {rows} planted rows"),
        );
    }
    transcript.claim(checked["scans"] == 1, "all of that took one scan of the table");
    Ok(())
}

const COUNT_ORDERS: &str = include_str!("../../../examples/demo/count_partner_orders.sql");

fn finding_on(explained: &Value, table: &str) -> bool {
    let findings = explained["findings"].as_array();
    findings.is_some_and(|all| {
        all.iter().any(|finding| finding["object"].as_str().is_some_and(|object| object.contains(table)))
    })
}

fn execution_ms(explained: &Value) -> f64 {
    explained["plan"]["execution_ms"].as_f64().unwrap_or_default()
}

fn failed_rows(checked: &Value, check: &str) -> Option<u64> {
    let checks = checked["checks"].as_array()?;
    checks.iter().find(|result| result["type"] == check)?["failed_rows"].as_u64()
}
