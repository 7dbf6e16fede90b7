//! From spawn to the first answer of `tools/list` without any database, and the memory of an idle server.

use std::process::Stdio;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::support::pgwright;
use crate::{figure, quantile};

const RUNS: usize = 41;
const REQUESTS: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
"#;

pub async fn run() {
    let mut first = Vec::new();
    let mut reference = Vec::new();
    let mut resident_mb = 0.0;
    for _ in 0..RUNS {
        let (ms, mb) = once().await;
        first.push(ms);
        resident_mb = f64::max(resident_mb, mb);
        reference.push(spawn_true().await);
    }
    figure(
        "start to first tools/list answer, no database, median (p95)",
        format!("{:.1} ms ({:.1} ms)", quantile(&mut first, 0.5), quantile(&mut first, 0.95)),
        format!("`true` from spawn to exit {:.1} ms", quantile(&mut reference, 0.5)),
        "≤ 10 ms",
    );
    figure("idle memory (resident, largest)", format!("{resident_mb:.1} MB"), "", "≤ 20 MB");
}

async fn once() -> (f64, f64) {
    let mut command = pgwright(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"]);
    let started = Instant::now();
    let mut server =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = server.stdin.take().unwrap();
    input.write_all(REQUESTS.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("\"id\":2") {
            break;
        }
    }
    let ms = started.elapsed().as_secs_f64() * 1_000.0;
    let mb = resident_mb(server.id().unwrap());
    drop(input);
    server.wait().await.unwrap();
    (ms, mb)
}

fn resident_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1024.0
}

async fn spawn_true() -> f64 {
    let started = Instant::now();
    tokio::process::Command::new("true").status().await.unwrap();
    started.elapsed().as_secs_f64() * 1_000.0
}
