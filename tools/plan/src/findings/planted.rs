//! Plans with a fault that was planted, and plans without one: what the rules say of all of them together.
//!
//! The comment on top of a case in `fixtures` says what its plans of PostgreSQL 15 and 18 show:
//!
//! ```text
//! -- expect: rule@object     the rule fires and names the object
//! -- forbid: rule            it does not
//! -- healthy                 nothing above info
//! -- facts: {…}              what the catalogue says of the tables
//! -- from: 17                the first version that prints it
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use super::finding::{Finding, Severity};
use crate::facts::Facts;
use crate::{Plan, judge};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// One case with its plans.
pub(super) struct Case {
    pub(super) name: String,
    /// Rule and object.
    pub(super) expected: Vec<(String, String)>,
    forbidden: Vec<String>,
    healthy: bool,
    facts: Option<Facts>,
    plans: Vec<(&'static str, PathBuf)>,
}

impl Case {
    pub(super) fn named(name: &str) -> Self {
        let sql = std::fs::read_to_string(format!("{FIXTURES}/{name}.sql")).unwrap();
        let said = |key: &str| {
            let lines = sql.lines().filter_map(|line| line.strip_prefix("-- ")?.strip_prefix(key));
            lines.map(|rest| rest.trim_start_matches(": ").to_owned()).collect::<Vec<_>>()
        };
        let pair = |text: String| {
            let (rule, object) = text.split_once('@').unwrap_or_else(|| panic!("{name}: {text}"));
            (rule.to_owned(), object.to_owned())
        };
        let fact = said("facts").pop();
        let plans = [("15", format!("{FIXTURES}/{name}.json")), ("18", format!("{FIXTURES}/18/{name}.json"))];
        Self {
            name: name.to_owned(),
            expected: said("expect").into_iter().map(pair).collect(),
            forbidden: said("forbid"),
            healthy: sql.lines().any(|line| line == "-- healthy"),
            facts: fact
                .map(|json| serde_json::from_str(&json).unwrap_or_else(|error| panic!("{name}: {error}"))),
            plans: plans
                .into_iter()
                .map(|(version, path)| (version, PathBuf::from(path)))
                .filter(|(_, path)| path.exists())
                .collect(),
        }
    }

    /// What the comment says the catalogue knows, if it says anything.
    pub(super) fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// The findings in the plan of each version.
    pub(super) fn judged(&self) -> Vec<(&'static str, Vec<Finding>)> {
        let none = Facts::default();
        let facts = self.facts.as_ref().unwrap_or(&none);
        let judged = |path: &Path| {
            let plan = Plan::from_json(&std::fs::read_to_string(path).unwrap());
            judge(&plan.unwrap_or_else(|error| panic!("{}: {error}", path.display())), facts)
        };
        self.plans.iter().map(|(version, path)| (*version, judged(path))).collect()
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut names: Vec<String> = std::fs::read_dir(FIXTURES)
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".sql")?.to_owned()))
        .collect();
    names.sort();
    names.iter().map(|name| Case::named(name)).collect()
}

/// What the rules made of all cases, counted over both versions.
#[derive(Default)]
struct Score {
    cases: usize,
    planted: usize,
    named: usize,
    right_object: usize,
    quiet: usize,
    forbidden: usize,
    wrong: Vec<String>,
}

impl Score {
    fn count(&mut self, case: &Case, version: &str, found: &[Finding]) {
        let at = format!("{} on {version}", case.name);
        for (rule, object) in &case.expected {
            let of_rule: Vec<&Finding> = found.iter().filter(|finding| finding.id == *rule).collect();
            let right = of_rule.iter().any(|finding| finding.object == *object);
            self.planted += 1;
            self.named += usize::from(!of_rule.is_empty());
            self.right_object += usize::from(right);
            if !right {
                let objects: Vec<_> =
                    found.iter().map(|found| format!("{}@{}", found.id, found.object)).collect();
                self.wrong.push(format!("{at}: no {rule}@{object} among {objects:?}"));
            }
        }
        let accused = |finding: &&Finding| {
            case.forbidden.contains(&finding.id) || (case.healthy && finding.severity > Severity::Info)
        };
        self.quiet += case.forbidden.len() + usize::from(case.healthy);
        for finding in found.iter().filter(accused) {
            self.forbidden += 1;
            self.wrong.push(format!("{at}: {}@{} is accused wrongly", finding.id, finding.object));
        }
    }
}

#[test]
fn planted_faults_are_named_and_nothing_else_is_accused() {
    let mut score = Score::default();
    let (mut planted, mut traps) = (0, 0);
    for case in cases() {
        planted += usize::from(!case.expected.is_empty());
        traps += usize::from(case.healthy || !case.forbidden.is_empty());
        for (version, found) in case.judged() {
            score.cases += 1;
            score.count(&case, version, &found);
        }
    }
    let Score { planted: all, named, right_object, quiet, forbidden, wrong, .. } = score;
    println!("| cases with a planted fault | {planted} |\n| healthy plans and traps | {traps} |");
    println!("| plans judged (15 and 18) | {} |\n| faults planted in them | {all} |", score.cases);
    println!("| named | {named} |\n| with the right object | {right_object} |");
    println!("| things that must not be said | {quiet} |\n| said all the same | {forbidden} |");
    assert!(planted >= 60 && traps >= 20, "{planted} planted, {traps} traps");
    assert!(
        20 * named >= 19 * all && 20 * right_object >= 19 * all && forbidden == 0,
        "{}",
        wrong.join("\n")
    );
}

#[test]
fn every_rule_is_planted_somewhere() {
    let cases = cases();
    let planted = |id: &str| cases.iter().any(|case| case.expected.iter().any(|(rule, _)| rule == id));
    let missing: Vec<_> = super::RULES.iter().map(|rule| rule.id).filter(|id| !planted(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
