//! What must hold of every plan: generated ones, and all real ones of this crate.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::{Counter, Plan, Role};

/// A tree whose times and blocks hold together, as PostgreSQL's do: a node has what its children have, and its own.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = (1_u32..40, 0_u32..5_000, 0_u32..500)
        .prop_map(|(loops, micros, blocks)| node("Seq Scan", loops, micros, blocks, Vec::new()));
    leaf.prop_recursive(6, 60, 4, |inner| {
        (prop::collection::vec(inner, 1..4), 0_u32..5_000, 0_u32..500, 0_usize..6).prop_map(
            |(mut children, micros, blocks, kind)| {
                let kind = ["Append", "Nested Loop", "Sort", "Future Node", "Limit", "Aggregate"][kind];
                for (position, child) in children.iter_mut().enumerate() {
                    let role = match (position, kind) {
                        (0, _) => "Outer",
                        (1, "Nested Loop") => "Inner",
                        (2, _) => "InitPlan",
                        _ => "Member",
                    };
                    child["Parent Relationship"] = json!(role);
                    if role == "InitPlan" {
                        child["Subplan Name"] = json!("InitPlan 1 (returns $0)");
                    }
                }
                node(kind, 1, micros, blocks, children)
            },
        )
    })
}

fn node(kind: &str, loops: u32, micros: u32, blocks: u32, children: Vec<Value>) -> Value {
    let sum = |key: &str| children.iter().map(|child| child[key].as_f64().unwrap()).sum::<f64>();
    let time: f64 = children
        .iter()
        .map(|child| child["Actual Total Time"].as_f64().unwrap() * child["Actual Loops"].as_f64().unwrap())
        .sum();
    json!({
        "Node Type": kind, "Total Cost": sum("Total Cost") + f64::from(blocks) + 1.0, "Plan Rows": 10,
        "Actual Rows": 3, "Actual Loops": loops, "Actual Total Time": (time + f64::from(micros) / 1000.0) / f64::from(loops),
        "Shared Hit Blocks": sum("Shared Hit Blocks") + f64::from(blocks), "Temp Written Blocks": sum("Temp Written Blocks"),
        "Something New": {"deep": [1, {"er": null}]}, "Plans": children,
    })
}

fn plan(tree: &Value) -> Plan {
    Plan::from_json(&json!([{ "Plan": tree, "Execution Time": 1e6, "Unheard Of": 1 }]).to_string()).unwrap()
}

fn holds(plan: &Plan, name: &str) {
    let figures = &plan.arithmetic().nodes;
    if plan.timed() {
        let exact: f64 = figures.iter().map(|figures| figures.exact_self_ms.unwrap()).sum();
        let root = figures[0].total_ms.unwrap() + plan.arithmetic().afterwards_ms;
        assert!(
            (exact - root).abs() <= 1e-6 * root.max(1.0),
            "{name}: own times sum to {exact}, the root has {root}"
        );
        for (node, figures) in plan.nodes.iter().zip(figures) {
            let own = figures.exact_self_ms.unwrap();
            assert!(
                own >= -figures.rounding_ms,
                "{name}: node {} {} has {own} ms, rounding {}",
                node.id,
                node.kind,
                figures.rounding_ms
            );
            assert!(node.ran() || figures.self_ms == Some(0.0), "{name}: node {} never ran", node.id);
        }
    } else {
        assert!(
            figures.iter().all(|figures| figures.self_ms.is_none() && figures.total_ms.is_none()),
            "{name}: invented times"
        );
    }
    for (counter, key) in Counter::ALL {
        let sum: i64 = figures.iter().map(|figures| figures.self_buffers.get(counter)).sum();
        // Blocks of a CTE that writes are not in the root's, as its time is not.
        let beside = plan.nodes.iter().any(|node| node.role == Role::InitPlan && node.kind == "ModifyTable");
        assert!(sum == plan.root().buffers.get(counter) || beside, "{name}: {key} {sum}");
        assert!(figures.iter().all(|figures| figures.self_buffers.get(counter) >= 0), "{name}: {key}");
    }
    let cost: f64 = figures.iter().map(|figures| figures.self_cost).sum();
    let root = plan.root().estimate.total_cost;
    assert!(
        (cost - root).abs() <= 1e-6 * root.max(1.0),
        "{name}: own costs sum to {cost}, the root has {root}"
    );
}

/// Every number under these keys times a factor.
fn scale(value: &mut Value, keys: &[&str], factor: f64) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value.as_f64().filter(|_| keys.contains(&key.as_str())) {
                    Some(number) => *value = json!(number * factor),
                    None => scale(value, keys, factor),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| scale(value, keys, factor)),
        _ => {}
    }
}

fn without_actuals(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !key.starts_with("Actual"));
            object.values_mut().for_each(without_actuals);
        }
        Value::Array(list) => list.iter_mut().for_each(without_actuals),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn sums_hold_and_nothing_is_negative(tree in tree()) {
        holds(&plan(&tree), "generated");
    }

    #[test]
    fn times_scale(mut tree in tree(), factor in 1.0..1000.0_f64) {
        let before = plan(&tree);
        scale(&mut tree, &["Actual Total Time"], factor);
        for (before, after) in before.arithmetic().nodes.iter().zip(&plan(&tree).arithmetic().nodes) {
            let (before, after) = (before.exact_self_ms.unwrap() * factor, after.exact_self_ms.unwrap());
            prop_assert!((before - after).abs() <= 1e-6 * before.abs().max(1.0), "{before} {after}");
        }
    }

    #[test]
    fn estimates_yield_no_times(mut tree in tree()) {
        without_actuals(&mut tree);
        let plan = plan(&tree);
        prop_assert!(!plan.analyzed());
        holds(&plan, "estimates");
        prop_assert!(plan.nodes_out().iter().all(|node| node.self_ms.is_none() && node.actual_rows.is_none()));
    }

    #[test]
    fn any_plan_is_judged_and_rendered(tree in tree()) {
        let plan = plan(&tree);
        let findings = crate::judge(&plan, &crate::Facts::default());
        let text = crate::tree::render(&plan, &findings).replace("info", "");
        prop_assert!(!text.contains("NaN") && !text.contains("inf") && !text.contains(" -"), "{text}");
        prop_assert!(!crate::verdict(&plan, &findings).is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{}",:0-9a-zPlansNode TypeActual]{0,60}"#) {
        let _ = Plan::from_json(&text);
    }
}

/// The checks bite: a child that took longer than its parent is noticed.
#[test]
#[should_panic(expected = "impossible: node 0 Sort has -8")]
fn a_child_slower_than_its_parent_does_not_hold() {
    let mut child = node("Seq Scan", 1, 9_000, 0, Vec::new());
    child["Parent Relationship"] = json!("Outer");
    let mut parent = node("Sort", 1, 0, 0, vec![child]);
    parent["Actual Total Time"] = json!(1.0);
    holds(&plan(&parent), "impossible");
}

#[test]
fn every_real_plan_holds() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut seen = 0;
    let both = [fixtures.to_owned(), format!("{fixtures}/18")];
    for entry in both.iter().flat_map(|directory| std::fs::read_dir(directory).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let plan = Plan::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
            holds(&plan, &path.display().to_string());
            crate::tree::render(&plan, &crate::judge(&plan, &crate::Facts::default()));
            seen += 1;
        }
    }
    assert!(seen >= 140, "{seen} plans in {fixtures}");
}
