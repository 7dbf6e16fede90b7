//! Plans that are as they should be: nothing above info, whatever they look like at first sight.

#![allow(clippy::panic)]

use super::finding::Severity;
use crate::{Facts, Plan, judge};

macro_rules! healthy {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            let plan = Plan::from_json(include_str!(concat!("../../fixtures/", stringify!($name), ".json")));
            let found = plan.map(|plan| judge(&plan, &Facts::default())).unwrap_or_else(|error| panic!("{error}"));
            let accused: Vec<_> = found.iter().filter(|finding| finding.severity > Severity::Info).collect();
            assert!(accused.is_empty(), "{accused:#?}");
        }
    )+};
}

healthy! {
    healthy_aggregate,
    healthy_bitmap,
    healthy_empty_hash,
    healthy_exists,
    healthy_hash_join,
    healthy_index_only,
    healthy_index_scan,
    healthy_limit_by_index,
    healthy_limit_seq_scan,
    healthy_lookups,
    healthy_nested_loop,
    healthy_pruned_partitions,
    healthy_seq_scan_most_rows,
    healthy_small_table,
    healthy_sort,
}
