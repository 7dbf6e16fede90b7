//! From the client's cancellation to the end of the query in PostgreSQL.

use std::time::Instant;

use serde_json::json;

use crate::support::{Client, Database};
use crate::{figure, quantile};

const RUNS: usize = 30;

pub async fn run() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let mut gone = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let sql = "select count(*) from generate_series(1, 100000000000)";
        let call = client.start("explain_query", json!({ "sql": sql, "analyze": true })).await;
        shop.until_active("generate_series").await;
        let started = Instant::now();
        call.cancel().await;
        shop.until_idle("generate_series").await;
        gone.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    figure(
        "cancel to no query in pg_stat_activity, median (largest)",
        format!("{:.0} ms ({:.0} ms)", quantile(&mut gone, 0.5), quantile(&mut gone, 1.0)),
        "looked at every 5 ms",
        "≤ 200 ms",
    );
}
