//! Both formats of one and the same run, made by `fixtures/generate --pairs`, give the same fields.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::model::Plan;
use crate::model::read::{self, Document};

/// What the text leaves out unless it says something: counters at zero, flags that are off, empty lists.
fn says_nothing(value: &Value) -> bool {
    value == &Value::Bool(false) || value.as_f64() == Some(0.0) || value.as_array().is_some_and(Vec::is_empty)
}

/// Fields that only the JSON format has.
const NOT_IN_TEXT: &[&str] = &[
    // auto_explain logs neither.
    "Planning Time",
    "Execution Time",
    "Planning",
    // Printed on every JSON node, without words in the text.
    "Inner Unique",
    // The text names a constraint's trigger by the constraint, and its table only where there are several.
    "Trigger Name",
    "Relation",
];

/// The differences of the fields, in words.
fn differences(at: &str, json: &Map<String, Value>, text: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in text {
        // Several functions have one alias and no name; the text writes it where the name stands.
        let is_alias = key == "Function Name" && json.get("Alias") == Some(value);
        let is_told = match json.get(key) {
            Some(told) => same(told, value),
            None => says_nothing(value),
        };
        if !is_told && !is_alias {
            found.push(format!("{at} {key}: {:?} in JSON, {value} in text", json.get(key)));
        }
    }
    for (key, value) in json {
        if !text.contains_key(key) && !says_nothing(value) && !NOT_IN_TEXT.contains(&key.as_str()) {
            found.push(format!("{at} {key}: {value} in JSON, nothing in text"));
        }
    }
    found
}

/// Equal, save for counters at zero within.
fn same(json: &Value, text: &Value) -> bool {
    match (json, text) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Object(a), Value::Object(b)) => differences("", a, b).is_empty(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => json == text,
    }
}

fn compare(name: &str, json: &Document, text: &Document) -> Vec<String> {
    let shape = |document: &Document| document.raw.iter().map(|raw| raw.parent).collect::<Vec<_>>();
    if shape(json) != shape(text) {
        return vec![format!("{name}: parents {:?} in JSON, {:?} in text", shape(json), shape(text))];
    }
    let mut found = differences(name, &json.fields, &text.fields);
    for (id, (json, text)) in json.raw.iter().zip(&text.raw).enumerate() {
        found.extend(differences(&format!("{name} node {id}"), &json.fields, &text.fields));
    }
    found
}

#[test]
fn both_formats_of_one_run_give_the_same_fields() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let (mut pairs, mut found) = (0, Vec::new());
    for folder in ["pairs/15", "pairs/18"] {
        for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "txt") {
                continue;
            }
            let json = read::text(&fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
            let text = super::read(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            found.extend(compare(&format!("{folder}/{}", path.file_stem().unwrap().display()), &json, &text));
            pairs += 1;
        }
    }
    assert!(pairs >= 100, "{pairs} pairs");
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

const PLAN: &str = "\
Limit  (cost=0.29..8.31 rows=1 width=4) (actual time=0.010..0.011 rows=1 loops=1)
  ->  Index Scan Backward using \"Orders pkey\" on public.\"Orders\" o  (cost=0.29..8.31 rows=1 width=4) (actual time=0.009..0.009 rows=1 loops=1)
        Index Cond: (id = 7)
        Filter: (note = 'two
lines: (cost=1)'::text)
Planning Time: 0.123 ms
Execution Time: 0.456 ms";

/// What is taken from the plan above, however it was pasted.
fn told(text: &str) -> (usize, Option<f64>, Option<String>, Option<String>) {
    let plan = Plan::from_paste(text).unwrap();
    let scan = plan.nodes.last().unwrap();
    let text = |key: &str| scan.text(key).map(str::to_owned);
    (plan.nodes.len(), plan.execution_ms, text("Index Name"), text("Filter"))
}

#[test]
fn a_plan_is_read_however_it_was_pasted() {
    let plain = told(PLAN);
    assert_eq!(
        plain,
        (2, Some(0.456), Some("Orders pkey".into()), Some("(note = 'two\nlines: (cost=1)'::text)".into()))
    );
    let each = |before: &str, after: &str| {
        PLAN.lines().map(|line| format!("{before}{line}{after}")).collect::<Vec<_>>().join("\n")
    };
    let psql = format!("                     QUERY PLAN\n-----------------\n{}\n(7 rows)\n", each(" ", ""));
    let log = format!(
        "2026-01-01 10:00:00 UTC [7] LOG:  duration: 1.5 ms  plan:\n\tQuery Text: select *\n\tfrom orders\n{}",
        each("\t", "")
    );
    for pasted in
        [psql, log, each("| ", " |"), each("│ ", " │"), each("    ", "   "), PLAN.replace('\n', "\r\n")]
    {
        assert_eq!(told(&pasted), plain, "{pasted}");
    }
    let json = "QUERY PLAN \n-----\n [            +\n   {          +\n     \"Plan\": {\"Node Type\": \"Result\"}  +\n   }          +\n ]\n(1 row)";
    assert_eq!(Plan::from_paste(json).unwrap().root().kind, "Result");
}

#[test]
fn what_is_no_plan_or_lost_its_indentation_says_so() {
    let error = |text: &str| Plan::from_paste(text).unwrap_err().to_string();
    assert!(error("select 1").contains("holds no plan"), "{}", error("select 1"));
    assert!(error("").contains("holds no plan"));
    let flat: String = PLAN.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    assert!(error(&flat).contains("line 2") && error(&flat).contains("indentation"), "{}", error(&flat));
    let arrow = "Limit  (cost=0..1 rows=1 width=4)\n  ->  ";
    assert!(error(arrow).contains("line 2"), "{}", error(arrow));
}

#[test]
fn without_costs_there_are_no_figures_and_still_a_tree() {
    let plan = Plan::from_paste(
        " Sort\n   Sort Key: a, lower(b) DESC\n   ->  Seq Scan on t\n         Filter: (a > 1)",
    )
    .unwrap();
    assert_eq!(plan.root().list("Sort Key"), ["a", "lower(b) DESC"]);
    assert_eq!(plan.nodes[1].relation(), Some("t"));
    assert!(!plan.analyzed());
}

proptest::proptest! {
    #[test]
    fn no_text_is_fatal(lines in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..30), indents in proptest::collection::vec(0_usize..12, 30)) {
        let text: String = lines.iter().zip(&indents).map(|(line, by)| format!("{}{line}\n", " ".repeat(*by))).collect();
        if let Ok(plan) = Plan::from_paste(&text) {
            proptest::prop_assert!(plan.nodes.iter().all(|node| node.parent < Some(node.id)));
        }
    }
}

const PIECES: &[&str] = &[
    "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)",
    "->  Hash Join  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=3 loops=2)",
    "->  Index Scan using i on t  (never executed)",
    "->",
    "-> (",
    "->  (cost=",
    "Worker 0:  actual time=0.1..0.2 rows=1 loops=1",
    "Worker 1:",
    "Buckets: 1 (originally",
    "Sort Method: x  Disk: 1",
    "Buffers: shared hit=1 read, temp",
    "Planning:",
    "Trigger a on b",
    "Trigger : on : time=1",
    "CTE x",
    "Group Key: ()",
    "JIT:",
    "Timing: Generation (, Total ms",
    "Filter: ((a = '",
    "\"\"",
    "│",
    "é → ü:",
];
