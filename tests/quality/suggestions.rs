//! Suggestions on tables whose constraints were taken away: what was true must come back, and little else.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Client, Database};

const SHOP: &str = "
    create schema shop;
    create table shop.countries (code text, name text);
    insert into shop.countries select chr(65 + g / 26) || chr(65 + g % 26), 'country ' || g from generate_series(0, 199) g;
    create table shop.customers (id int, email text, name text, country_code text, born date, phone text, rating int);
    insert into shop.customers
    select g, 'user' || g || '@example.org', 'name ' || g % 700, chr(65 + g % 200 / 26) || chr(65 + g % 200 % 26),
           date '1950-01-01' + g % 18000, '+49 30 ' || 1000000 + g, g % 5 + 1
    from generate_series(1, 2000) g;
    create table shop.orders (id bigint, customer_id int, status text, total numeric(12,2), discount float8, created_at timestamptz,
                              shipped_at timestamptz, note text, token uuid);
    insert into shop.orders
    select g, g % 2000 + 1, (array['new','paid','shipped','lost'])[g % 4 + 1], (g * 37 % 10000) / 10.0, g % 30 / 100.0,
           timestamptz '2024-01-01' + g * interval '7 minutes', timestamptz '2024-01-03' + g * interval '7 minutes',
           case when g % 3 = 0 then null else 'note ' || g end, md5(g::text)::uuid
    from generate_series(1, 10000) g;
    create table shop.order_lines (order_id bigint, line_no int, quantity int, price numeric, sku text);
    insert into shop.order_lines
    select g, l, (g * l) % 9 + 1, (g * l * 13 % 997) / 7.0, 'SKU-' || (g * l) % 500 from generate_series(1, 5000) g, generate_series(1, 3) l;
    create table shop.employees (id int, manager_id int, salary numeric, hired_on date, iban text);
    insert into shop.employees
    select g, nullif(g / 5, 0), 30000 + g * 11 % 50000, date '2010-01-01' + g, 'DE89370400440532013000' from generate_series(1, 300) g;
    analyze";

/// What the constraints said before they were taken away, by table: type and columns.
const TRUE_ONES: &[(&str, &[(&str, &str)])] = &[
    ("shop.countries", &[("missing", "code"), ("missing", "name"), ("unique", "code")]),
    (
        "shop.customers",
        &[
            ("missing", "id"),
            ("missing", "email"),
            ("missing", "name"),
            ("missing", "country_code"),
            ("missing", "born"),
            ("missing", "phone"),
            ("missing", "rating"),
            ("unique", "id"),
            ("unique", "email"),
            ("format", "email"),
            ("references", "country_code"),
            ("range", "rating"),
        ],
    ),
    (
        "shop.orders",
        &[
            ("missing", "id"),
            ("missing", "customer_id"),
            ("missing", "status"),
            ("missing", "total"),
            ("missing", "discount"),
            ("missing", "created_at"),
            ("missing", "shipped_at"),
            ("missing", "token"),
            ("unique", "id"),
            ("unique", "token"),
            ("references", "customer_id"),
            ("in_set", "status"),
            ("range", "total"),
            ("range", "discount"),
            ("compare", "created_at shipped_at"),
        ],
    ),
    (
        "shop.order_lines",
        &[
            ("missing", "order_id"),
            ("missing", "line_no"),
            ("missing", "quantity"),
            ("missing", "price"),
            ("missing", "sku"),
            ("unique", "order_id line_no"),
            ("references", "order_id"),
            ("range", "quantity"),
            ("range", "price"),
        ],
    ),
    (
        "shop.employees",
        &[
            ("missing", "id"),
            ("missing", "salary"),
            ("missing", "hired_on"),
            ("missing", "iban"),
            ("unique", "id"),
            ("references", "manager_id"),
            ("range", "salary"),
            ("format", "iban"),
        ],
    ),
];

#[tokio::test]
async fn what_was_declared_is_suggested_and_little_else() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let (mut right, mut wanted, mut offered, mut report) = (0, 0, 0, Vec::new());
    for (table, true_ones) in TRUE_ONES {
        let answer = client.call("suggest_quality_checks", json!({ "table": table })).await.unwrap();
        assert!(answer["scans"].as_u64().unwrap() <= 2, "{}", answer.text);
        let found: BTreeSet<(String, String)> = answer["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| {
                let columns: Vec<&str> = check["columns"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|column| column.as_str().unwrap())
                    .collect();
                (check["type"].as_str().unwrap().to_owned(), columns.join(" "))
            })
            .collect();
        let truth: BTreeSet<(String, String)> =
            true_ones.iter().map(|(kind, columns)| ((*kind).to_owned(), (*columns).to_owned())).collect();
        right += found.intersection(&truth).count();
        wanted += truth.len();
        offered += found.len();
        report.push(format!(
            "{table}: missed {:?}, beside the truth {:?}",
            truth.difference(&found).collect::<Vec<_>>(),
            found.difference(&truth).collect::<Vec<_>>()
        ));
        // The document is one that runs, and what it says holds.
        let document = answer["document"].as_str().unwrap();
        assert!(document.contains("# evidence: "), "{document}");
        let run = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
        assert_eq!(run["verdict"], "pass", "{document}\n{}", run.text);
    }
    let report = report.join("\n");
    assert!(right * 100 >= wanted * 90, "{right} of {wanted}\n{report}");
    assert!(
        (offered - right) * 100 <= offered * 12,
        "{} of {offered} are not true ones\n{report}",
        offered - right
    );
}

#[tokio::test]
async fn values_of_secret_columns_are_in_no_suggestion() {
    let shop = Database::with(
        "create table t (id int, ssn text, passwort text);
         insert into t select g, '123-45-678' || g % 3, 'geheim' || g % 2 from generate_series(1, 1000) g; analyze",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("suggest_quality_checks", json!({ "table": "t" })).await.unwrap();
    assert!(!answer.structured.to_string().contains("123-45"), "{}", answer.text);
}
