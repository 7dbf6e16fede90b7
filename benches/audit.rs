//! The audit trail: whether what is changed on it is found, and what it costs a call.

use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use crate::support::{Client, Configuration, Database, Era, Trail, eventually};
use crate::{figure, quantile};

const SEED: u64 = 2_026;
const CHANGES: usize = 1_000;
const RECORDS: usize = 200;
const CALLS: usize = 3_000;

pub async fn run() {
    changes_are_found().await;
    cost().await;
}

async fn changes_are_found() {
    let (shop, trail) = (Database::new().await, Trail::new());
    // Small files, so that there are several to cut, swap and remove.
    let config = format!("databases: {{shop: {{dsn: '{}'}}}}\naudit: {{rotate_bytes: 40000}}", shop.dsn());
    let config = Configuration::new(&config);
    let arguments = [&["--config", config.path()][..], &trail.arguments(), &["serve"]].concat();
    let client = Client::launch(&arguments, Era::Sessions).await;
    for number in 0..RECORDS {
        client.call("explain_query", json!({ "sql": format!("select {number}") })).await.unwrap();
    }
    let sealed = format!("seals record {RECORDS}\n");
    eventually("sealed", || async { trail.verify().await.text.contains(&sealed) }).await;

    let (saved, mut random, mut found) = (trail.saved(), StdRng::seed_from_u64(SEED), 0);
    for _ in 0..CHANGES {
        let what = trail.tamper(&mut random);
        if trail.verify().await.intact {
            println!("not found: {what}");
        } else {
            found += 1;
        }
        trail.restore(&saved);
    }
    assert!(trail.verify().await.intact, "undone, all is well again");
    figure(
        "changes of the audit trail found (bytes, lines removed, swapped, repeated, cuts, files removed)",
        format!("{found} of {CHANGES}, seed {SEED}"),
        format!("{RECORDS} records in {} files, unchanged: intact", saved.len()),
        "all",
    );
}

/// Two servers side by side, one with the trail and one without.
async fn cost() {
    let (shop, trail) = (Database::new().await, Trail::new());
    let off = format!("databases: {{shop: {{dsn: '{}'}}}}\naudit: {{enabled: false}}", shop.dsn());
    let on = Client::with(&shop, Era::Sessions, &trail.arguments()).await;
    let off = Client::configured(&off).await;
    let (mut with, mut without) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
    for number in 0..CALLS {
        for (client, samples) in [(&on, &mut with), (&off, &mut without)] {
            let sql = format!("select relname from pg_class where oid = {number}");
            let started = Instant::now();
            client.call("explain_query", json!({ "sql": sql })).await.unwrap();
            samples.push(started.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    assert_eq!(trail.calls().len(), CALLS);
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (with, without) = (quantile(&mut with, share), quantile(&mut without, share));
        figure(
            &format!("explain_query on the audit trail, {name}"),
            format!("{:.3} ms over", with - without),
            format!("without the trail {without:.2} ms"),
            "p50 ≤ 0.2 ms over",
        );
    }
}
