//! How long a plan takes from JSON to the text of the answer: reading, arithmetic, findings, tree, verdict.

use std::hint::black_box;
use std::time::Instant;

use pgwright_plan::{Facts, Plan, judge, tree, verdict};
use serde_json::{Value, json};

use crate::{figure, quantile};

/// A real plan of six nodes with a filter, a join and a sort that spills.
const PART: &str = include_str!("../tools/plan/fixtures/hash_spill.json");
const ROUNDS: usize = 200;

pub fn run() {
    let part: Value = serde_json::from_str(PART).unwrap();
    for (nodes, bound) in [(30, "≤ 1 ms"), (1_000, "≤ 20 ms")] {
        let text = plan_of(&part[0]["Plan"], nodes).to_string();
        let found = analyse(&text);
        let mut samples: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                black_box(analyse(black_box(&text)));
                start.elapsed().as_secs_f64() * 1_000.0
            })
            .collect();
        figure(
            &format!("analysis of a plan of {nodes} nodes, JSON to text: median, 95 %"),
            format!("{:.2} ms, {:.2} ms", quantile(&mut samples, 0.5), quantile(&mut samples, 0.95)),
            format!("{} kB of JSON, {found} findings", text.len() / 1_000),
            bound,
        );
    }
}

/// The number of findings, after all has been made of the plan that an answer shows.
fn analyse(text: &str) -> usize {
    let plan = Plan::from_json(text).unwrap();
    let findings = judge(&plan, &Facts::default());
    black_box((tree::render(&plan, &findings), verdict(&plan, &findings)));
    findings.len()
}

/// The real plan side by side with itself until there are that many nodes.
fn plan_of(part: &Value, nodes: usize) -> Value {
    let mut members = Vec::new();
    while 1 + members.iter().map(size).sum::<usize>() < nodes {
        let mut member = part.clone();
        member["Parent Relationship"] = json!("Member");
        members.push(member);
    }
    let ms = part["Actual Total Time"].as_f64().unwrap() * members.len() as f64;
    let mut root = part.clone();
    root["Node Type"] = json!("Append");
    root["Actual Total Time"] = json!(ms);
    root["Plans"] = Value::Array(members);
    json!([{ "Plan": root, "Planning Time": 1.0, "Execution Time": ms }])
}

fn size(node: &Value) -> usize {
    1 + node["Plans"].as_array().into_iter().flatten().map(size).sum::<usize>()
}
