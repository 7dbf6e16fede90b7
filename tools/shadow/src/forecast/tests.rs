#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;
use crate::snapshot::FORMAT;

/// 100,000 orders of 1,000 customers; 200 of the orders are the first customer's.
fn shop() -> Snapshot {
    let column = |name: &str, number: i16, type_name: &str, endpoints: Value| json!({ "name": name, "number": number, "type_name": type_name, "not_null": true, "endpoints": endpoints });
    let statistics = |column: &str, distinct: f64, slots: Value| json!({ "column": column, "null_ratio": 0.0, "width_bytes": 4, "distinct": distinct, "slots": slots });
    let figures = |blocks: u64, rows: u64| json!({ "blocks": blocks, "relpages": blocks, "reltuples": rows, "relallvisible": blocks });
    let key = |column: &str, kind: &str, referenced: Value, to: &str| {
        json!({ "name": format!("of_{column}"), "kind": kind, "definition": "", "validated": true,
                "referenced": referenced, "columns": [[column, to]] })
    };
    let histogram = |values: &str| json!([{ "kind": 2, "values": values }]);
    let snapshot = json!({
        "format": FORMAT, "server_version": 150_000, "captured_at": "", "settings": {}, "extensions": [],
        "locale": { "encoding": "UTF8", "collate": "C", "ctype": "C", "provider": "c" },
        "definitions": [], "objects": [], "extended": [], "notes": [],
        "relations": [
            { "oid": 1, "schema": "public", "name": "customers", "kind": "r", "figures": figures(10, 1_000),
              "columns": [column("id", 1, "integer", json!(["1", "1000"]))],
              "constraints": [key("id", "p", Value::Null, "")],
              "indexes": [{ "oid": 9, "name": "customers_pkey", "method": "btree", "definition": "", "constraint": true,
                            "figures": figures(5, 1_000), "scans": 0 }],
              "statistics": [statistics("id", -1.0, histogram("{1,500,1000}"))] },
            { "oid": 2, "schema": "public", "name": "orders", "kind": "r", "figures": figures(1_000, 100_000),
              "columns": [column("id", 1, "bigint", json!(["1", "100000"])), column("customer", 2, "integer", Value::Null),
                          column("quantity", 3, "smallint", Value::Null), column("price", 4, "numeric(12,2)", Value::Null),
                          column("note", 5, "text", Value::Null)],
              "constraints": [key("id", "p", Value::Null, ""), key("customer", "f", json!(1), "id")],
              "statistics": [
                  statistics("id", -1.0, histogram("{1,50000,100000}")),
                  statistics("customer", 1_000.0, json!([
                      { "kind": 1, "numbers": [0.2, 0.002], "values": "{1,7}" }, { "kind": 2, "values": "{2,500,1000}" }])),
                  statistics("quantity", 50.0, histogram("{1,25,50}")),
                  statistics("price", -0.632, histogram("{0.01,500.00,1000.00}")),
                  statistics("note", -0.5, json!([])),
              ] },
            { "oid": 3, "schema": "public", "name": "visits", "kind": "r", "figures": figures(100, 10_000),
              "columns": [column("customer_id", 1, "integer", Value::Null), column("rank", 2, "integer", Value::Null)],
              "statistics": [statistics("customer_id", 950.0, histogram("{3,500,990}")),
                             statistics("rank", 990.0, histogram("{1,500,1000}"))] },
        ],
    });
    Snapshot::from_json(&snapshot.to_string()).unwrap()
}

fn grown(table: &str, factor: f64) -> Snapshot {
    shop().grown(&[(RelationName::bare(table), factor)]).unwrap()
}

fn of<'s>(snapshot: &'s Snapshot, table: &str, column: &str) -> &'s Statistics {
    snapshot.named(&RelationName::bare(table)).unwrap().statistics_of(column).unwrap()
}

fn values(statistics: &Statistics, kind: i16) -> &str {
    statistics.slots.iter().find(|slot| slot.kind == kind).unwrap().values.as_deref().unwrap()
}

#[test]
fn a_table_grows_with_its_indexes_and_its_key() {
    let snapshot = grown("customers", 10.0);
    let customers = snapshot.named(&RelationName::bare("customers")).unwrap();
    assert_eq!((customers.figures.blocks, customers.figures.rows()), (100, 10_000.0));
    assert_eq!(customers.indexes[0].figures.blocks, 50);
    assert_eq!(values(of(&snapshot, "customers", "id"), HISTOGRAM), r#"{"1","4991","9991"}"#);
    assert_eq!(customers.columns[0].endpoints, Some(("1".to_owned(), "9991".to_owned())));
}

#[test]
fn a_foreign_key_follows_the_table_it_points_to() {
    let of_customers = grown("customers", 10.0);
    let customer = of(&of_customers, "orders", "customer");
    assert_eq!(customer.distinct, 10_000.0);
    assert_eq!(values(customer, HISTOGRAM), r#"{"11","4991","9991"}"#);
    let common = customer.slots.iter().find(|slot| slot.kind == COMMON).unwrap();
    assert_eq!(common.numbers.as_deref().unwrap()[0], 0.2, "who stands out goes on standing out");
    assert!((common.numbers.as_deref().unwrap()[1] - 0.000_2).abs() < 1e-9, "{common:?}");
    assert_eq!(of_customers.relation(2).unwrap().figures, shop().relation(2).unwrap().figures);

    let of_orders = grown("orders", 10.0);
    assert_eq!(of(&of_orders, "orders", "customer"), of(&shop(), "orders", "customer"));
    assert_eq!(of(&of_orders, "orders", "id").distinct, -1.0);
}

#[test]
fn what_there_is_only_so_much_of_stays() {
    let snapshot = grown("orders", 10.0);
    assert_eq!(of(&snapshot, "orders", "quantity"), of(&shop(), "orders", "quantity"));
    // 63,200 of the 100,000 prices between 0.01 and 1000.00 are there; a million orders have them all, which is under a share of them.
    let price = f64::from(of(&snapshot, "orders", "price").distinct);
    assert!((99_000.0..101_000.0).contains(&price), "{price}");
    assert_eq!(of(&snapshot, "orders", "note").distinct, -0.5, "a share goes on as one");
}

#[test]
fn what_looks_like_a_foreign_key_is_said_to_be_taken_for_one() {
    let snapshot = grown("customers", 10.0);
    assert_eq!(of(&snapshot, "visits", "customer_id").distinct, -0.95);
    assert_eq!(of(&snapshot, "visits", "rank").distinct, 990.0, "the same range, but another name");
    assert!(snapshot.notes.iter().any(|note| note.contains("visits.customer_id")), "{:?}", snapshot.notes);
}

#[test]
fn a_table_that_shrinks_has_no_more_values_than_rows() {
    let snapshot = grown("orders", 0.005);
    assert_eq!(of(&snapshot, "orders", "customer").distinct, -1.0);
    assert_eq!(snapshot.named(&RelationName::bare("orders")).unwrap().figures.rows(), 500.0);
}

#[test]
fn an_unknown_table_is_named() {
    let unknown = RelationName::bare("nowhere");
    assert_eq!(shop().grown(&[(unknown.clone(), 2.0)]).unwrap_err(), unknown);
}
