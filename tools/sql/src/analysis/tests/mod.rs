//! The analysis against whole workloads and one feature at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod features;
mod shown;
mod tpch;
mod writes;

use std::collections::BTreeMap;

use super::{Analysis, analyse};
use crate::RelationName;

fn catalog(tables: &[(&str, &str)]) -> BTreeMap<RelationName, Vec<String>> {
    let entry = |(name, columns): &(&str, &str)| {
        (name.parse().unwrap(), columns.split_whitespace().map(str::to_owned).collect())
    };
    tables.iter().map(entry).collect()
}

/// A small shop, whose columns the analysis knows.
fn shop() -> BTreeMap<RelationName, Vec<String>> {
    catalog(&[
        ("customers", "id email name country active"),
        ("orders", "id customer_id status created_at total note"),
        ("items", "order_id product_id quantity tags attributes"),
        ("employees", "id manager_id name"),
    ])
}

fn read(sql: &str) -> Analysis {
    analyse(sql, &shop()).unwrap_or_else(|error| panic!("{sql}: {error}"))
}
