//! A CSV file into a table: pgwright's pipeline against `\copy` of the same file, and a longer kill test than the one in
//! `tests/`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::figure;
use crate::support::{Client, Database, Era};

const ROWS: u64 = 1_500_000;
const ROUNDS: usize = 3;
const COLUMNS: &str =
    "(id bigint, customer_id integer, amount numeric(12,2), email text, note text, status text,
    created_at timestamptz, day date, paid boolean, score double precision, tag varchar(20))";

pub async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    write_orders(&file);
    let csv = std::fs::read(&file).unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let shop = Database::with(&format!(
            "create table ours {COLUMNS}; create table theirs {COLUMNS}; checkpoint"
        ))
        .await;
        let begun = Instant::now();
        shop.copy_csv("theirs", &csv).await;
        theirs.push(begun.elapsed().as_secs_f64());
        std::fs::write(
            folder.path().join("orders.yaml"),
            "version: 1\npipeline: orders\nkind: batch\nsource: {type: csv, path: orders.csv}\ntarget: {table: ours}\n",
        )
        .unwrap();
        let client =
            Client::with(&shop, Era::Sessions, &["--pipelines", folder.path().to_str().unwrap()]).await;
        shop.execute("checkpoint").await;
        let begun = Instant::now();
        let answer = client.call("trigger_pipeline", json!({ "pipeline": "orders" })).await.unwrap();
        ours.push(begun.elapsed().as_secs_f64());
        assert_eq!(answer["run"]["rows_loaded"], ROWS);
        let digest = |table: &str| {
            format!("select md5(string_agg(t::text, '' order by id)) from {table} t where id % 100 = 0")
        };
        assert_eq!(
            shop.value::<String>(&digest("ours")).await,
            shop.value::<String>(&digest("theirs")).await
        );
    }
    let (ours, theirs) = (crate::quantile(&mut ours, 0.5), crate::quantile(&mut theirs, 0.5));
    #[allow(clippy::cast_precision_loss)]
    let megabytes = csv.len() as f64 / 1e6;
    figure(
        &format!("CSV load, {megabytes:.0} MB, 1.5 M rows, median of {ROUNDS}"),
        format!("{ours:.2} s = {:.2}×", ours / theirs),
        format!("COPY from the client {theirs:.2} s"),
        "≤ 1.3×",
    );
}

fn write_orders(path: &Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut line = String::from("id,customer_id,amount,email,note,status,created_at,day,paid,score,tag\n");
    let mut seed = 1u64;
    for id in 0..ROWS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = seed >> 33;
        let email = if id % 20 == 0 { String::new() } else { format!("user{random}@example.com") };
        writeln!(
            line,
            "{id},{},{}.{:02},{email},\"a note, with \"\"quotes\"\" {random:016x}{seed:016x}\",{},2024-01-{:02}T{:02}:{:02}:{:02}Z,2024-02-{:02},{},0.{random},tag{}",
            random % 100_000,
            random % 10_000,
            random % 100,
            ["new", "open", "paid"][(id % 3) as usize],
            id % 28 + 1,
            id % 24,
            id % 60,
            random % 60,
            id % 28 + 1,
            id % 2 == 0,
            id % 50,
        )
        .unwrap();
        if line.len() > 1 << 16 {
            file.write_all(line.as_bytes()).unwrap();
            line.clear();
        }
    }
    file.write_all(line.as_bytes()).unwrap();
    file.flush().unwrap();
}
