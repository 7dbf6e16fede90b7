//! Whether the interval of a sample holds the truth as often as it says.

use serde_json::{Value, json};

use crate::support::{Client, Database};

/// A view with a new draw of rows each time would need another seed; so defects are drawn anew, a column each.
#[tokio::test]
async fn the_interval_of_a_sample_holds_the_truth() {
    const SEEDS: usize = 200;
    let shop = Database::new().await;
    // Scattered in the first hundred columns, clustered in the others; 2 % and 10 % of 20,000 rows are bad.
    let columns: Vec<String> = (0..SEEDS)
        .map(|seed| {
            let share = if seed % 2 == 0 { 2 } else { 10 };
            if seed < SEEDS / 2 {
                format!("case when (hashint8extended(g, {seed}) & 1048575) % 100 < {share} then null else true end as c{seed}")
            } else {
                format!("case when (g + {seed} * 97) % 20000 < {share} * 200 then null else true end as c{seed}")
            }
        })
        .collect();
    shop.execute(&format!(
        "create table t as select {} from generate_series(0, 19999) g",
        columns.join(", ")
    ))
    .await;
    let client = Client::stdio(&shop).await;
    let truths: Vec<String> =
        (0..SEEDS).map(|seed| format!("count(*) filter (where c{seed} is null)")).collect();
    let truths: Vec<i64> = shop.value(&format!("select array[{}] from t", truths.join(", "))).await;
    let mut covered = 0;
    for half in [0..SEEDS / 2, SEEDS / 2..SEEDS] {
        let checks: Vec<Value> =
            half.clone().map(|seed| json!({"type": "missing", "column": format!("c{seed}"), "max_failed": "50%", "samples": "off"})).collect();
        let answer = client
            .call("run_quality_check", json!({ "table": "t", "sample": "5%", "checks": checks }))
            .await
            .unwrap();
        for (result, seed) in answer["checks"].as_array().unwrap().iter().zip(half) {
            let evidence = result["evidence"].as_str().unwrap();
            let bounds: Vec<f64> = evidence
                .split("95 % interval ")
                .nth(1)
                .unwrap()
                .split(" to ")
                .map(|bound| bound.split_whitespace().next().unwrap().parse().unwrap())
                .collect();
            #[allow(clippy::cast_precision_loss)]
            let truth = truths[seed] as f64 / 200.0;
            covered += usize::from(bounds[0] <= truth && truth <= bounds[1]);
        }
    }
    assert!(covered * 100 >= SEEDS * 92, "{covered} of {SEEDS}");
}
