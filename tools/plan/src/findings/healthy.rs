//! Plans that are as they should be, of PostgreSQL 15 and of 18: nothing above info, whatever they look like at first
//! sight.

#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::finding::Severity;
use crate::{Facts, Plan, judge};

/// Judged as it ran, and as it would be if it had only been planned.
#[track_caller]
fn unaccused(json: &str) {
    let measured: Value = serde_json::from_str(json).unwrap();
    let mut estimated = measured.clone();
    forget_the_run(&mut estimated);
    for plan in [measured, estimated] {
        let found = judge(&Plan::from_value(&plan).unwrap(), &Facts::default());
        let accused: Vec<_> = found.iter().filter(|finding| finding.severity > Severity::Info).collect();
        assert!(accused.is_empty(), "{accused:#?}");
    }
}

fn forget_the_run(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let of_the_run = |key: &str| {
                key.starts_with("Actual") || key.starts_with("Rows Removed") || key == "Execution Time"
            };
            fields.retain(|key, _| !of_the_run(key));
            fields.values_mut().for_each(forget_the_run);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_the_run),
        _ => {}
    }
}

macro_rules! healthy {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            unaccused(include_str!(concat!("../../fixtures/", stringify!($name), ".json")));
            unaccused(include_str!(concat!("../../fixtures/18/", stringify!($name), ".json")));
        }
    )+};
}

healthy! {
    healthy_aggregate,
    healthy_bitmap,
    healthy_delete_indexed_key,
    healthy_disabled_scan,
    healthy_distinct_on,
    healthy_empty_hash,
    healthy_even_parallel,
    healthy_exists,
    healthy_foreign_pushed,
    healthy_function_inlined,
    healthy_generic_plan,
    healthy_hash_join,
    healthy_incremental_sort,
    healthy_index_only,
    healthy_index_scan,
    healthy_insert,
    healthy_limit_by_index,
    healthy_limit_seq_scan,
    healthy_lookups,
    healthy_merge_join,
    healthy_nested_loop,
    healthy_pattern_ops,
    healthy_pruned_partitions,
    healthy_second_key,
    healthy_seq_scan_most_rows,
    healthy_small_table,
    healthy_sort,
    healthy_statistics_made,
    healthy_update_by_key,
    healthy_vacuumed,
    healthy_wide_index,
    healthy_window_run_condition,
}
