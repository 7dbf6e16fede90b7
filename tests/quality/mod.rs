//! Whether every check counts what plain SQL counts: ordinary ones on seeded data with a ledger of its defects, and traps.

mod documents;
mod history;
mod ordinary;
mod outsider;
mod samples;
mod suggestions;
mod traps;

use serde_json::{Value, json};

use crate::support::{Client, Database};

/// What must come out of a check.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Truth {
    /// So many failing rows: a query that gives a number, or a number.
    Rows(&'static str),
    /// The value, as this query gives it as text, and the verdict.
    Value(&'static str, &'static str),
    /// The verdict.
    Verdict(&'static str),
}
use Truth::{Rows, Value as Measured, Verdict};

/// A case: a check as JSON, and what must come out.
pub(crate) type Case = (&'static str, Truth);

/// Runs the cases on a table and says which are wrong.
pub(crate) async fn wrong(client: &Client, database: &Database, table: &str, cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    for group in cases.chunks(40) {
        let checks: Vec<Value> = group
            .iter()
            .map(|(check, _)| serde_json::from_str(check).unwrap_or_else(|error| panic!("{check}: {error}")))
            .collect();
        let answer = client.call("run_quality_check", json!({ "table": table, "checks": checks })).await;
        let answer = answer.unwrap_or_else(|failure| panic!("{table}: {}", failure.text));
        let results = answer["checks"].as_array().unwrap();
        assert_eq!(results.len(), group.len());
        for ((check, truth), result) in group.iter().zip(results) {
            let found = match truth {
                Rows(query) => {
                    let rows: i64 = database.value(&format!("select ({query})::int8")).await;
                    let verdict = if rows == 0 { "pass" } else { "fail" };
                    result["failed_rows"].as_i64() == Some(rows) && result["verdict"] == verdict
                }
                Measured(query, verdict) => {
                    let value: String = database.value(&format!("select ({query})::text")).await;
                    result["value"] == value.as_str() && result["verdict"] == *verdict
                }
                Verdict(verdict) => result["verdict"] == *verdict,
            };
            if !found {
                let query = match truth {
                    Rows(query) | Measured(query, _) => query,
                    Verdict(verdict) => verdict,
                };
                wrong.push(format!("{table} {check}\n  should be {query}\n  is {result}"));
            }
        }
    }
    wrong
}
