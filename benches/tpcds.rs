//! Index advice for the 99 statements of TPC-DS. Their texts and the data are fetched at run time (`tpcds/fetch`), into
//! `PGWRIGHT_TPCDS` or a folder for temporary files; `PGWRIGHT_TPCDS_SCALE` is 1 unless set.

use std::path::PathBuf;
use std::process::Command;

use crate::figure;
use crate::index::{Advised, Asked, Measured, SETTINGS};
use crate::support::{Client, Database};

const BUDGET_MB: f64 = 500.0;

pub async fn run() {
    let scale = std::env::var("PGWRIGHT_TPCDS_SCALE").unwrap_or_else(|_| "1".to_owned());
    let folder = std::env::var_os("PGWRIGHT_TPCDS")
        .map_or_else(|| std::env::temp_dir().join(format!("pgwright-tpcds-{scale}")), PathBuf::from);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    if !folder.join("queries.json").exists() {
        let fetch = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/tpcds/fetch");
        assert!(
            Command::new(fetch).arg(&folder).arg(&scale).status().unwrap().success(),
            "TPC-DS is not there"
        );
    }
    let shop = Database::new().await;
    for setting in SETTINGS {
        shop.execute(setting).await;
    }
    shop.execute(&read("schema.sql")).await;
    for table in read("schema.sql").lines().filter_map(|line| line.split(' ').nth(2)) {
        let csv = std::fs::read(folder.join(format!("{table}.csv"))).unwrap();
        shop.copy_csv(table, &csv).await;
    }
    shop.execute(&read("keys.sql")).await;
    shop.execute("vacuum analyze").await;
    let queries: Vec<String> = serde_json::from_str(&read("queries.json")).unwrap();
    let asked: Vec<Asked> = (1..)
        .zip(queries)
        .map(|(number, sql)| Asked {
            name: format!("q{number:02}"),
            calls: 1.0,
            sql: sql.trim().trim_end_matches(';').to_owned(),
        })
        .collect();
    let client = Client::stdio(&shop).await;
    let advised = Advised::get(&client, &asked, &[], Some(BUDGET_MB)).await;
    if std::env::var_os("PGWRIGHT_BENCH_VERBOSE").is_some() {
        println!("{}", advised.text);
    }
    let name = |what: &str| format!("TPC-DS, scale {scale}, {BUDGET_MB:.0} MB: {what}");
    figure(&name("statements analysed"), asked.len() - advised.skipped.len(), asked.len(), "all");
    figure(&name("time of the advice"), format!("{:.2} s", advised.ms / 1_000.0), "", "≤ 10 s");
    figure(&name("plans asked for"), advised.explains, "", "");
    let analysed: Vec<Asked> = asked
        .into_iter()
        .enumerate()
        .filter(|(place, _)| !advised.skipped.contains(place))
        .map(|(_, one)| one)
        .collect();
    let today = Measured::with(&shop, &[], &analysed, None).await;
    let built = Measured::with(&shop, &advised.ddl, &analysed, None).await;
    if std::env::var_os("PGWRIGHT_BENCH_VERBOSE").is_some() {
        for (place, one) in analysed.iter().enumerate() {
            println!(
                "  {} today {:>14.0} advised {:>14.0}",
                one.name, today.costs[place], built.costs[place]
            );
        }
    }
    let saved = 100.0 * (1.0 - built.cost() / today.cost());
    figure(&name("sum of costs, built"), format!("−{saved:.1} %"), "", "≤ −99.1 %");
    let geomean = format!("{:.3}", built.geomean(&today));
    figure(&name("geometric mean of cost after/before, built"), geomean, "", "< 0.33");
    figure(
        &name("size of the new indexes"),
        format!("{:.0} MB", built.built_bytes / 1_048_576.0),
        "",
        "≤ the budget",
    );
    figure(
        &name("statements that got worse"),
        format!("{:?}", built.worse_than(&today, &analysed)),
        "",
        "none",
    );
}
