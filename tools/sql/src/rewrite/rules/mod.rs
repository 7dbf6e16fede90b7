//! The rules, one file each. A new one is a new file and a line here.

mod arithmetic_to_constant;
mod coalesce_removed;
mod constant_cast;
mod correlated_count_to_join;
mod count_to_exists;
mod cte_not_materialized;
mod date_cast_to_range;
mod distinct_over_join_to_exists;
mod distinct_removed;
mod join_removed;
mod not_in_to_not_exists;
mod or_to_union_all;
mod scalar_function_once;
mod union_to_union_all;

use super::Rule;

/// Every rule, by name.
pub const RULES: &[Rule] = &[
    arithmetic_to_constant::RULE,
    coalesce_removed::RULE,
    constant_cast::RULE,
    correlated_count_to_join::RULE,
    count_to_exists::RULE,
    cte_not_materialized::RULE,
    date_cast_to_range::RULE,
    distinct_over_join_to_exists::RULE,
    distinct_removed::RULE,
    join_removed::RULE,
    not_in_to_not_exists::RULE,
    or_to_union_all::RULE,
    scalar_function_once::RULE,
    union_to_union_all::RULE,
];
