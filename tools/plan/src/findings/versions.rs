//! The same statements on PostgreSQL 15 and 18 are judged alike, however differently the two print their plans.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::planted::Case;
use super::{Finding, RULES};
use crate::facts::{Facts, Relation};
use crate::{Plan, judge};

/// Cases in which the planners themselves differ, with what only 15 has.
const PLANNED_OTHERWISE: &[(&str, &str)] = &[
    // The build of 18 that the plans come from has no compiler.
    ("jit_overhead.json", "jit_overhead"),
    // 18 expects a hundred times as many rows of this pattern.
    ("like_prefix.json", "row_underestimate"),
];

/// What the rules that need a catalogue must be told of the tables of these plans.
fn facts() -> Facts {
    let table = |name: &str, rows: f64, modified: f64| Relation {
        schema: "public".into(),
        name: name.into(),
        rows: Some(rows),
        modified_rows: Some(modified),
        ..Relation::default()
    };
    let relations = vec![table("orders", 200_000.0, 0.0), table("events", 1_000.0, 50_000.0)];
    Facts { relations, ..Facts::default() }
}

fn found(path: &Path) -> Vec<Finding> {
    let case = Case::named(path.file_stem().unwrap().to_str().unwrap());
    let plan = Plan::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    judge(&plan, case.facts().unwrap_or(&facts()))
}

/// A finding as both versions must have it: rule, object, and the index it advises to make.
fn essence(finding: &Finding) -> (String, String, String) {
    let ddl = finding.advice.find("create index").map(|start| &finding.advice[start..]);
    (finding.id.clone(), finding.object.clone(), ddl.unwrap_or_default().to_owned())
}

fn cases() -> Vec<(String, PathBuf, PathBuf)> {
    let fifteen = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    let names = std::fs::read_dir(fifteen.join("18")).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .map(|name| (name.to_str().unwrap().to_owned(), fifteen.join(&name), fifteen.join("18").join(&name)))
        // Some need what 15 does not print.
        .filter(|(_, fifteen, _)| fifteen.exists())
        .collect()
}

#[test]
fn eighteen_is_judged_as_fifteen() {
    let mut different = Vec::new();
    for (name, old, new) in cases() {
        let beyond = |finding: &&Finding| !PLANNED_OTHERWISE.contains(&(name.as_str(), &finding.id));
        let old: BTreeSet<_> = found(&old).iter().filter(beyond).map(essence).collect();
        let new: BTreeSet<_> = found(&new).iter().map(essence).collect();
        if old != new {
            different.push(format!("{name}:\n 15 {old:?}\n 18 {new:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn every_rule_has_a_plan_of_eighteen() {
    let new = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/18"));
    let plans = std::fs::read_dir(new).unwrap().map(|entry| entry.unwrap().path());
    let ids: BTreeSet<String> = plans.flat_map(|path| found(&path)).map(|finding| finding.id).collect();
    let missing: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| !ids.contains(*id)).collect();
    assert_eq!(missing, ["jit_overhead"], "its own test holds the figures that newer versions print");
}
