//! Tables and workloads made by hand, for unit tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};

use pgwright_plan::Plan;
use pgwright_postgres::catalog::{Column, ColumnStatistics, Index, IndexKey, KeyPart, RelationKind, Table};
use pgwright_sql::RelationName;
use pgwright_sql::analysis::analyse;
use pgwright_sql::guard::admit;

use crate::lookup::Lookups;
use crate::scan::Planner;
use crate::workload::{Reading, Statement, Variant, Workload};

pub(crate) fn column(name: &str, base_type: &str, category: char) -> Column {
    Column {
        name: name.into(),
        number: 1,
        type_name: base_type.into(),
        base_type: base_type.into(),
        category,
        not_null: false,
        c_collation: category != 'S',
        orderable: base_type != "json",
        generated: false,
        has_default: false,
        comment: None,
        statistics: None,
    }
}

/// A column with that many distinct values, evenly spread over the table.
pub(crate) fn spread(name: &str, base_type: &str, category: char, distinct: f64) -> Column {
    let statistics = ColumnStatistics {
        average_width_bytes: 8,
        distinct,
        correlation: Some(0.0),
        ..ColumnStatistics::default()
    };
    Column { statistics: Some(statistics), ..column(name, base_type, category) }
}

pub(crate) fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        oid: 0,
        name: name.into(),
        method: "btree".into(),
        unique: false,
        primary: false,
        valid: true,
        constraint: false,
        pinned: false,
        keys: columns
            .iter()
            .map(|column| IndexKey {
                part: KeyPart::Column((*column).into()),
                descending: false,
                nulls_first: false,
                default_class: true,
            })
            .collect(),
        included: vec![],
        predicate: None,
        definition: format!("CREATE INDEX {name} ON public.t USING btree ({})", columns.join(", ")),
        size_bytes: 8_192,
        scans: 0,
    }
}

pub(crate) fn primary(name: &str, columns: &[&str]) -> Index {
    Index { unique: true, primary: true, constraint: true, pinned: true, ..index(name, columns) }
}

/// Eighty bytes a row.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn table(name: &str, rows: f64, columns: Vec<Column>, indexes: Vec<Index>) -> Table {
    Table {
        oid: name.bytes().map(u32::from).sum(),
        name: RelationName::qualified("public", name),
        kind: RelationKind::Table,
        estimated_rows: Some(rows),
        pages: (rows / 100.0) as i64,
        modified_since_analyze: Some(0),
        last_analyze: None,
        row_security: false,
        columns,
        indexes,
        foreign_keys: vec![],
    }
}

/// Orders, their items, and a few countries.
pub(crate) fn shop() -> Vec<Table> {
    let orders = table(
        "orders",
        1_000_000.0,
        vec![
            spread("order_id", "int8", 'N', -1.0),
            spread("customer_id", "int8", 'N', 50_000.0),
            spread("status", "text", 'S', 4.0),
            spread("created_at", "timestamptz", 'D', -0.9),
            spread("note", "text", 'S', -0.5),
            Column { c_collation: true, ..spread("code", "text", 'S', -0.5) },
        ],
        vec![primary("orders_pkey", &["order_id"])],
    );
    let items = table(
        "items",
        3_000_000.0,
        vec![
            spread("item_id", "int8", 'N', -1.0),
            spread("order_id", "int8", 'N', -0.33),
            spread("sku", "text", 'S', 2_000.0),
        ],
        vec![primary("items_pkey", &["item_id"])],
    );
    let countries = table("countries", 200.0, vec![spread("name", "text", 'S', -1.0)], vec![]);
    vec![orders, items, countries]
}

/// A workload whose plans are one made-up node: enough for what does not look at plans.
pub(crate) fn workload(sql: &[&str], tables: Vec<Table>) -> Workload {
    let plan = r#"[{"Plan": {"Node Type": "Result", "Total Cost": 1000, "Plan Rows": 1}}]"#;
    planned(&sql.iter().map(|sql| (*sql, plan)).collect::<Vec<_>>(), tables)
}

/// A workload with its plans.
pub(crate) fn planned(statements: &[(&str, &str)], tables: Vec<Table>) -> Workload {
    let known: HashMap<RelationName, Vec<String>> = tables
        .iter()
        .map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            (RelationName::bare(&table.name.name), columns)
        })
        .collect();
    let planner = Planner::default();
    let statements = statements
        .iter()
        .enumerate()
        .map(|(number, (sql, plan))| {
            let analysis = analyse(sql, &known).unwrap();
            let found: Vec<Option<&Table>> = analysis
                .tables
                .iter()
                .map(|one| tables.iter().find(|table| table.name.name == one.relation.name))
                .collect();
            let plan = Plan::from_json(plan).unwrap();
            let reading = Reading::of(&plan, &analysis, &found, &planner);
            let relations = found.iter().map(|table| table.map(|table| table.oid)).collect();
            let lookups = found
                .iter()
                .zip(&analysis.tables)
                .map(|(table, table_use)| table.map(|table| Lookups::of(table_use, table)))
                .collect();
            let sql = admit(sql).unwrap();
            let variants = vec![Variant { sql, plan, reading }];
            Statement { number, analysis, relations, lookups, variants, weight: 1.0 }
        })
        .collect();
    let tables: BTreeMap<u32, Table> = tables.into_iter().map(|table| (table.oid, table)).collect();
    Workload { statements, tables, planner, writes: Vec::new(), has_trigrams: true }
}
