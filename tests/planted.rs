//! The planted faults and healthy plans of `tools/plan/fixtures`, made anew by PostgreSQL 15 and 18 and judged through
//! the door. What a case must say stands in the comment on top of its SQL.
//!
//! One case in five is made here, every one with `PGWRIGHT_PLANTED=all cargo test --test e2e planted`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Client, Database, NEWER, OLDER};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/plan/fixtures");

/// What a plan shows only where the server is prepared for it: other servers, locks, a cold cache, workers, a compiler.
const PREPARED: [&str; 9] =
    ["checkpoint", "dblink", "fdw", "io_", "jit", "parallel", "pg_sleep", "-- from:", "max_wal_size"];

struct Case {
    name: String,
    sql: String,
}

impl Case {
    fn all() -> Vec<Self> {
        let files = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
        let mut cases: Vec<Self> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .map(|path| Self {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                sql: std::fs::read_to_string(&path).unwrap(),
            })
            // Without the facts that a case gives of its tables there is less to say.
            .filter(|case| !case.sql.contains("-- facts:"))
            .filter(|case| !PREPARED.iter().any(|word| case.sql.contains(word) || case.name.contains(word)))
            .filter(|case| case.healthy() || case.said("expect").next().is_some())
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    fn said(&self, key: &str) -> impl Iterator<Item = &str> {
        self.sql
            .lines()
            .filter_map(move |line| line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": "))
    }

    fn healthy(&self) -> bool {
        self.sql.lines().any(|line| line == "-- healthy")
    }

    /// Its statements one by one: `vacuum` runs in no transaction.
    fn statements(&self) -> Vec<String> {
        let text: String =
            self.sql.lines().filter(|line| !line.starts_with("--")).flat_map(|line| [line, "\n"]).collect();
        let (mut statements, mut from, mut quoted, mut body) = (Vec::new(), 0, false, false);
        for (at, letter) in text.char_indices() {
            match letter {
                '\'' if !body => quoted = !quoted,
                '$' if !quoted && text[at..].starts_with("$$") => body = !body,
                ';' if !quoted && !body => {
                    statements.push(text[from..at].trim().to_owned());
                    from = at + 1;
                }
                _ => {}
            }
        }
        statements
    }

    /// The plan that this server makes now, as EXPLAIN prints it.
    async fn plan(&self, major: u16) -> String {
        let database = Database::on(major).await;
        database.execute("set jit = off").await;
        database.execute("set max_parallel_workers_per_gather = 0").await;
        database.execute("set client_min_messages = warning").await;
        let mut statements = self.statements();
        let explain = statements.pop().unwrap();
        for statement in statements {
            database.execute(&statement).await;
        }
        database.printed(&explain).await
    }

    /// What is missing, or said wrongly, in an answer.
    fn faults(&self, answer: &Value) -> Vec<String> {
        let findings = answer["findings"].as_array().unwrap();
        let said: Vec<String> = findings
            .iter()
            .map(|finding| {
                format!("{}@{}", finding["id"].as_str().unwrap(), finding["object"].as_str().unwrap())
            })
            .collect();
        let missing = self.said("expect").filter(|wanted| !said.iter().any(|said| said == wanted));
        let mut faults: Vec<String> = missing.map(|wanted| format!("no {wanted} among {said:?}")).collect();
        for (finding, said) in findings.iter().zip(&said) {
            let forbidden = self.said("forbid").any(|rule| finding["id"] == rule);
            if forbidden || self.healthy() && finding["severity"] != "info" {
                faults.push(format!("{said} is accused wrongly: {finding}"));
            }
        }
        faults
    }
}

#[tokio::test]
async fn plans_made_anew_are_judged_as_their_cases_say() {
    let all = std::env::var("PGWRIGHT_PLANTED").is_ok_and(|which| which == "all");
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let (mut plans, mut faults) = (0, BTreeMap::new());
    for case in Case::all().into_iter().step_by(if all { 1 } else { 5 }) {
        for major in [OLDER, NEWER] {
            let plan = case.plan(major).await;
            let answer = client.call("explain_query", json!({ "plan": plan })).await.unwrap();
            let found = case.faults(&answer);
            plans += 1;
            if !found.is_empty() {
                faults.insert(format!("{} on {major}", case.name), found);
            }
        }
    }
    eprintln!("{plans} plans made anew, {} of them judged otherwise than planted", faults.len());
    assert!(plans >= 40, "{plans}");
    // A machine that is busy or a planner that is patched may choose another plan for one of twenty.
    assert!(20 * faults.len() <= plans, "{faults:#?}");
}
