//! Worked examples with known results, from measured plans of PostgreSQL 15 and 18.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::model::{Counter, Plan};

/// A node with its time and loops; `more` are further fields, `children` its plans.
fn node(kind: &str, role: &str, ms: f64, loops: f64, more: Value, children: Vec<Value>) -> Value {
    let mut node = json!({
        "Node Type": kind, "Parent Relationship": role, "Actual Rows": 1, "Actual Total Time": ms, "Actual Loops": loops, "Plans": children,
    });
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    node
}

fn plan(root: Value, beside: Value) -> Plan {
    let mut whole = json!({ "Plan": root });
    whole.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
    Plan::from_value(&whole).unwrap()
}

fn own(plan: &Plan) -> Vec<f64> {
    plan.arithmetic().nodes.iter().map(|figures| figures.self_ms.unwrap()).collect()
}

#[track_caller]
fn near(got: &[f64], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len());
    assert!(
        got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 0.051),
        "got {got:?}, wanted {wanted:?}"
    );
}

/// 1: a parallel sort under Gather Merge.
#[test]
fn processes_share_the_time() {
    let scan = node("Seq Scan", "Outer", 45.7, 3.0, json!({"Shared Hit Blocks": 5770}), vec![]);
    let sort = node("Sort", "Outer", 310.8, 3.0, json!({"Shared Hit Blocks": 5898}), vec![scan]);
    let plan = plan(
        node(
            "Gather Merge",
            "",
            713.6,
            1.0,
            json!({"Workers Launched": 2, "Shared Hit Blocks": 5898}),
            vec![sort],
        ),
        json!({}),
    );
    near(
        &plan.arithmetic().nodes.iter().map(|figures| figures.total_ms.unwrap()).collect::<Vec<_>>(),
        &[713.6, 310.8, 45.7],
    );
    near(&own(&plan), &[402.8, 265.1, 45.7]);
    let blocks: Vec<_> =
        plan.arithmetic().nodes.iter().map(|figures| figures.self_buffers.get(Counter::SharedHit)).collect();
    assert_eq!(blocks, [0, 128, 5770]);
}

/// 2: rows removed are an average of one loop.
#[test]
fn removed_rows_are_multiplied_by_loops() {
    let scan = node(
        "Seq Scan",
        "Outer",
        10.0,
        3.0,
        json!({"Actual Rows": 0, "Rows Removed by Filter": 100_000}),
        vec![],
    );
    let plan = plan(node("Gather", "", 11.0, 1.0, json!({"Workers Launched": 2}), vec![scan]), json!({}));
    assert_eq!(plan.nodes[1].rows_removed("Filter"), 300_000.0);
    assert_eq!(plan.nodes[1].actual.as_ref().unwrap().rows_error, 0.5);
}

/// 3: no worker came; the leader returns all rows of a partial scan.
#[test]
fn a_partial_scan_without_workers_is_no_misestimate() {
    let scan = node(
        "Seq Scan",
        "Outer",
        10.0,
        1.0,
        json!({"Parallel Aware": true, "Plan Rows": 74_650, "Actual Rows": 298_525, "Relation Name": "t"}),
        vec![],
    );
    let gather =
        json!({"Workers Planned": 4, "Workers Launched": 0, "Plan Rows": 298_600, "Actual Rows": 298_525});
    let plan = plan(node("Gather", "", 11.0, 1.0, gather, vec![scan]), json!({}));
    assert_eq!(plan.arithmetic().nodes[1].participants, 1.0);
    let ids: Vec<_> =
        crate::judge(&plan, &crate::Facts::default()).into_iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["workers_not_launched", "no_limit_large_result"]);
}

/// 4: the scan of a CTE pays for computing it.
#[test]
fn a_cte_is_paid_by_its_scan() {
    let cte = node(
        "Seq Scan",
        "InitPlan",
        58.7,
        1.0,
        json!({"Subplan Name": "CTE c", "Shared Hit Blocks": 1870}),
        vec![],
    );
    let scan = node(
        "CTE Scan",
        "Outer",
        201.5,
        1.0,
        json!({"CTE Name": "c", "Shared Hit Blocks": 1870, "Temp Written Blocks": 4797}),
        vec![],
    );
    let root = json!({"Shared Hit Blocks": 1870, "Temp Written Blocks": 4797});
    let plan = plan(node("Aggregate", "", 210.0, 1.0, root, vec![cte, scan]), json!({}));
    near(&own(&plan), &[8.5, 58.7, 142.8]);
    let buffers = plan.arithmetic().nodes[2].self_buffers;
    assert_eq!((buffers.looked_at(), buffers.temp_written()), (0, 4797));
}

/// 5: of two scans the one that wrote the temporary file pays.
#[test]
fn of_two_scans_the_first_pays() {
    let cte = node("Seq Scan", "InitPlan", 117.1, 1.0, json!({"Subplan Name": "CTE c"}), vec![]);
    let first =
        node("CTE Scan", "Outer", 307.2, 1.0, json!({"CTE Name": "c", "Temp Written Blocks": 4797}), vec![]);
    let second =
        node("CTE Scan", "Inner", 121.9, 1.0, json!({"CTE Name": "c", "Temp Written Blocks": 1}), vec![]);
    let root = json!({"Temp Written Blocks": 4798});
    for (order, wanted) in [([0, 1], [70.9, 117.1, 190.1, 121.9]), ([1, 0], [70.9, 117.1, 121.9, 190.1])] {
        let scans = [&first, &second];
        let children = vec![cte.clone(), scans[order[0]].clone(), scans[order[1]].clone()];
        near(&own(&plan(node("Hash Join", "", 500.0, 1.0, root.clone(), children), json!({}))), &wanted);
    }
}

/// 6: a sub-plan that hangs on the Gather runs in the leader alone.
#[test]
fn a_sub_plan_of_the_gather_is_the_leaders() {
    let scan = node("Seq Scan", "Outer", 5.0, 3.0, json!({}), vec![]);
    let sub = node("Index Scan", "SubPlan", 0.001, 40_000.0, json!({"Subplan Name": "SubPlan 1"}), vec![]);
    let plan =
        plan(node("Gather", "", 60.0, 1.0, json!({"Workers Launched": 2}), vec![scan, sub]), json!({}));
    near(&[plan.arithmetic().nodes[2].total_ms.unwrap()], &[40.0]);
    near(&[plan.arithmetic().nodes[2].rounding_ms], &[20.0]);
}

/// 7: an Append that prunes by the value of an init plan pays for it; what never ran costs nothing.
#[test]
fn pruning_is_paid_by_the_append() {
    let init =
        node("Result", "InitPlan", 0.002, 1.0, json!({"Subplan Name": "InitPlan 1 (returns $0)"}), vec![]);
    let member = |ms: f64, loops: f64| {
        node("Seq Scan", "Member", ms, loops, json!({"Filter": "(day = $0)", "Relation Name": "t"}), vec![])
    };
    let mut children = vec![init];
    children.extend((0..12).map(|id| if id == 4 { member(14.988, 1.0) } else { member(0.0, 0.0) }));
    let plan = plan(node("Append", "", 15.018, 1.0, json!({}), children), json!({}));
    let own = own(&plan);
    assert!((own[0] - 0.028).abs() < 1e-9, "{own:?}");
    assert!((own.iter().sum::<f64>() - 15.018).abs() < 1e-9);
    assert_eq!(own.iter().filter(|ms| **ms == 0.0).count(), 11);
    assert!(crate::judge(&plan, &crate::Facts::default()).is_empty());
}

/// 8: an init plan is paid by the node that reads it first, in either spelling of its name.
#[test]
fn an_init_plan_is_paid_by_its_reader() {
    for (name, mark) in [("InitPlan 1 (returns $0)", "$0"), ("InitPlan 1", "(InitPlan 1).col1")] {
        let init = node("Aggregate", "InitPlan", 0.005, 1.0, json!({"Subplan Name": name}), vec![]);
        let scan = node("Index Scan", "Outer", 0.019, 1.0, json!({}), vec![]);
        let reader = json!({"One-Time Filter": format!("({mark} > 1)")});
        let owner = plan(node("Result", "", 0.027, 1.0, reader, vec![init.clone(), scan]), json!({}));
        assert!((own(&owner)[0] - 0.003).abs() < 1e-9);
        let reader =
            node("Index Scan", "Outer", 0.019, 1.0, json!({"Index Cond": format!("(x = {mark})")}), vec![]);
        let below = plan(node("Limit", "", 0.027, 1.0, json!({}), vec![init, reader]), json!({}));
        near(&own(&below), &[0.008, 0.005, 0.014]);
        assert!((own(&below)[2] - 0.014).abs() < 1e-9);
    }
}

/// 9: many short loops: the figures hold, but rounding may be a good part of them.
#[test]
fn rounding_is_told() {
    let scan = node("Index Scan", "Outer", 0.005, 59_240.0, json!({}), vec![]);
    let memoize = node("Memoize", "Inner", 0.006, 80_000.0, json!({}), vec![scan]);
    let plan = plan(node("Nested Loop", "", 600.0, 1.0, json!({}), vec![memoize]), json!({}));
    near(&own(&plan), &[120.0, 183.8, 296.2]);
    let rough: Vec<_> = plan.arithmetic().nodes.iter().map(super::Figures::is_rough).collect();
    assert_eq!(rough, [true; 3]);
}

/// 10: an Append keeps what its members leave.
#[test]
fn an_append_keeps_the_rest() {
    let members = (0..12).map(|_| node("Seq Scan", "Member", 9.775, 1.0, json!({}), vec![])).collect();
    near(&own(&plan(node("Append", "", 117.9, 1.0, json!({}), members), json!({})))[..1], &[0.6]);
}

/// 11: triggers after the statement are beside the root's time; the whole is what PostgreSQL says, not their sum.
#[test]
fn triggers_are_not_counted_twice() {
    let trigger = |ms: f64| json!({"Trigger Name": "t", "Time": ms, "Calls": 1});
    let after = plan(
        node("ModifyTable", "", 0.135, 1.0, json!({}), vec![]),
        json!({"Execution Time": 296.9, "Triggers": [trigger(296.7)]}),
    );
    assert_eq!(after.run_ms(), Some(296.9));
    let before = plan(
        node("ModifyTable", "", 140.9, 1.0, json!({}), vec![]),
        json!({"Execution Time": 141.0, "Triggers": [trigger(120.3)]}),
    );
    assert_eq!(before.run_ms(), Some(141.0));
}

/// 12: compilation is taken off the node that waited for it.
#[test]
fn compilation_is_its_own_line() {
    let scan = node("Seq Scan", "Outer", 459.7, 1.0, json!({}), vec![]);
    let beside = json!({"Execution Time": 544.8, "JIT": {"Functions": 9, "Timing": {"Total": 434.3}}});
    let plan = plan(node("Aggregate", "", 461.4, 1.0, json!({}), vec![scan]), beside);
    near(&own(&plan), &[1.7, 25.4]);
    assert_eq!(plan.arithmetic().jit, Some((434.3, Some(1))));
}

/// Workers' blocks may join the totals above the scan of a CTE: nothing goes negative, the sum stays the root's.
#[test]
fn a_deficit_of_blocks_is_taken_from_above() {
    let cte = node(
        "Gather",
        "InitPlan",
        5.0,
        1.0,
        json!({"Subplan Name": "CTE c", "Shared Hit Blocks": 5784}),
        vec![],
    );
    let scan =
        node("CTE Scan", "Outer", 6.0, 1.0, json!({"CTE Name": "c", "Shared Hit Blocks": 2505}), vec![]);
    let plan =
        plan(node("Aggregate", "", 7.0, 1.0, json!({"Shared Hit Blocks": 5784}), vec![cte, scan]), json!({}));
    let blocks: Vec<_> =
        plan.arithmetic().nodes.iter().map(|figures| figures.self_buffers.looked_at()).collect();
    assert_eq!(blocks, [0, 5784, 0]);
}

/// A block that PostgreSQL counted twice is given back by the node below; the sum stays the root's.
#[test]
fn a_block_counted_twice_is_given_back() {
    let join = node("Hash Join", "Subquery", 0.4, 1.0, json!({"Shared Hit Blocks": 17}), vec![]);
    let sub = node(
        "Seq Scan",
        "SubPlan",
        0.002,
        2.0,
        json!({"Subplan Name": "SubPlan 1", "Shared Hit Blocks": 2}),
        vec![],
    );
    let plan = plan(
        node("Subquery Scan", "", 0.5, 1.0, json!({"Shared Hit Blocks": 18}), vec![join, sub]),
        json!({}),
    );
    let blocks: Vec<_> =
        plan.arithmetic().nodes.iter().map(|figures| figures.self_buffers.looked_at()).collect();
    assert_eq!(blocks, [0, 16, 2]);
}
