//! Fuzz target: a pasted plan of whatever bytes is read or refused, and one that is read can be judged and shown.
#![allow(missing_docs)]

use pgwright_plan::{Facts, Plan, judge, tree, verdict};

/// What plans are made of. Bytes choose among these.
const PIECES: &[&str] = &[
    "Seq Scan on orders",
    "Hash Join",
    "Aggregate",
    "  ->  ",
    "(cost=0.00..35.50 rows=2550 width=4)",
    "(actual time=0.01..0.02 rows=1 loops=1)",
    "(never executed)",
    "\n",
    "  ",
    "Filter: (id = 1)",
    "Sort Key: a",
    "Sort Method: external merge  Disk: 16kB",
    "Buffers: shared hit=1 read=2",
    "Planning Time: 0.1 ms",
    "Execution Time: 1.0 ms",
    "InitPlan 1 (returns $0)",
    "SubPlan 2",
    "CTE x",
    "Workers Planned: 2",
    "Worker 0:  ",
    "QUERY PLAN",
    "-----",
    "[{\"Plan\": ",
    "{\"Node Type\": \"Seq Scan\", ",
    "\"Plans\": [",
    "\"Total Cost\": 1.5, ",
    "\"Plan Rows\": 1e308, ",
    "\"Actual Rows\": -1, ",
    "\"Actual Loops\": 0, ",
    "\"Actual Total Time\": 1e-300",
    "}",
    "]",
    ",",
    "null",
    "\"Relation Name\": \"\\u0000\", ",
];

#[test]
fn plan() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let pieces = bytes.iter().map(|byte| match PIECES.get(usize::from(*byte) % 48) {
            Some(piece) => (*piece).to_owned(),
            None => char::from(*byte).to_string(),
        });
        let Ok(plan) = Plan::from_paste(&pieces.collect::<String>()) else { return };
        let findings = judge(&plan, &Facts::default());
        let _ = (tree::render(&plan, &findings), verdict(&plan, &findings));
    });
}
