//! What a call costs over the same session statements sent by hand: p50 and p99 of explain_query against the driver.

use std::time::Instant;

use serde_json::json;
use tokio_postgres::NoTls;
use tokio_postgres::types::Type;

use crate::support::{Client, Database};
use crate::{figure, quantile};

const CALLS: usize = 3_000;
const QUERY: &str = "select relname from pg_class where oid = 1259";
const BEGIN: &str = "set client_connection_check_interval = 1000; begin isolation level read committed read only; \
                     set local standard_conforming_strings = on; set local statement_timeout = 30000; \
                     set local lock_timeout = 2000; set local idle_in_transaction_session_timeout = 60000";

pub async fn run() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let (driver, connection) = tokio_postgres::connect(&shop.dsn(), NoTls).await.unwrap();
    tokio::spawn(connection);

    let mut through_pgwright = Vec::with_capacity(CALLS);
    let mut by_hand = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let started = Instant::now();
        client.call("explain_query", json!({ "sql": QUERY })).await.unwrap();
        through_pgwright.push(started.elapsed().as_secs_f64() * 1_000.0);

        let started = Instant::now();
        session_by_hand(&driver).await;
        by_hand.push(started.elapsed().as_secs_f64() * 1_000.0);
        // Clean-up runs after the answer on both sides.
        driver.batch_execute("rollback").await.unwrap();
        driver.batch_execute("discard all").await.unwrap();
    }
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (call, hand) = (quantile(&mut through_pgwright, share), quantile(&mut by_hand, share));
        figure(
            &format!("explain_query over its own statements, {name}"),
            format!("{:.2} ms over (call {call:.2} ms)", call - hand),
            format!("the same statements through tokio-postgres {hand:.2} ms"),
            "p99 ≤ 1 ms over",
        );
    }
}

/// What one call of explain_query sends for a query of one table: the same files, in the same order.
async fn session_by_hand(driver: &tokio_postgres::Client) {
    driver.batch_execute(BEGIN).await.unwrap();
    let explain = format!("explain (format json, verbose, settings) {QUERY}");
    let statement = driver.prepare(&explain).await.unwrap();
    driver.query(&statement, &[]).await.unwrap();
    let (schema, name) = (Some("pg_catalog"), "pg_class");
    let resolved = driver
        .query_typed(
            include_str!("../tools/postgres/src/resolve.sql"),
            &[(&schema, Type::TEXT), (&name, Type::TEXT)],
        )
        .await
        .unwrap();
    let oids: Vec<u32> = resolved.iter().map(|row| row.get("oid")).collect();
    for sql in [
        include_str!("../tools/postgres/src/catalog/relations.sql"),
        include_str!("../tools/postgres/src/catalog/columns.sql"),
        include_str!("../tools/postgres/src/catalog/indexes.sql"),
        include_str!("../tools/postgres/src/catalog/foreign_keys.sql"),
    ] {
        driver.query_typed(sql, &[(&oids, Type::OID_ARRAY)]).await.unwrap();
    }
    driver.query_typed(include_str!("../tools/explain/src/settings.sql"), &[]).await.unwrap();
}
