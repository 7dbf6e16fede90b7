//! The pages in `docs/findings`: one for each rule, written from the comment that opens the rule's file.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p pgwright-plan --test pages` writes them anew; read the difference before you commit
//! it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pgwright_plan::findings::{Needs, RULES, Rule};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/findings");
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/findings");
const SECTIONS: [&str; 3] = ["When it fires", "What to do", "Traps"];

/// The comment that opens the rule's file, as text.
fn comment(rule: &Rule) -> String {
    let source = std::fs::read_to_string(format!("{SOURCES}/{}.rs", rule.id)).expect("a rule is a file");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn needs(rule: &Rule) -> &'static str {
    match rule.needs {
        Needs::Analyze => "a measured plan (`analyze`)",
        Needs::Estimates => "estimates",
    }
}

fn link(id: &str) -> String {
    format!("[`{id}`]({id}.md)")
}

fn page(rule: &Rule) -> String {
    let comment = comment(rule);
    let text = comment.strip_prefix(&format!("`{}`: ", rule.id)).expect("the comment opens with the id");
    let text = RULES
        .iter()
        .fold(text.to_owned(), |text, other| text.replace(&format!("`{}`", other.id), &link(other.id)));
    let (first, rest) = text.split_at(text.find(char::is_alphanumeric).expect("a sentence") + 1);
    let mut page = format!(
        "# {}\n\n`{}` · needs {}\n\n{}{}\n",
        rule.title,
        rule.id,
        needs(rule),
        first.to_uppercase(),
        rest.replace("\n# ", "\n## ")
    );
    if !rule.silences.is_empty() {
        let links: Vec<_> = rule.silences.iter().map(|id| link(id)).collect();
        page.push_str(&format!("\nAt the same node it takes the place of {}.\n", links.join(", ")));
    }
    page
}

fn index() -> String {
    let mut index = String::from(
        "# Findings\n\n\
        What `explain_query` may say of a plan. A finding names the table, index or setting it is about, shows what was \
        seen and says what to do. How severe it is depends on what mending could save, for all rules alike: *high* from \
        half of a statement of 100 ms on, *medium* from a fifth of 10 ms on, *low* from a twentieth on, *info* below and \
        for statements under a millisecond. By estimates alone nothing is more than *medium*.\n\n\
        These pages are written from the rules in `tools/plan/src/findings`, each of which is tested on plans of \
        PostgreSQL 15 and 18: those it must find and those it must not accuse.\n\n\
        | finding | what it is | needs |\n|---|---|---|\n",
    );
    for rule in RULES {
        index.push_str(&format!("| {} | {} | {} |\n", link(rule.id), rule.title, needs(rule)));
    }
    index
}

/// What ought to be in the directory, by name.
fn pages() -> BTreeMap<String, String> {
    let rules = RULES.iter().map(|rule| (format!("{}.md", rule.id), page(rule)));
    rules.chain([("README.md".to_owned(), index())]).collect()
}

fn committed() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(PAGES).into_iter().flatten().map(Result::unwrap);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    entries.map(|entry| (entry.file_name().into_string().unwrap(), read(&entry.path()))).collect()
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let wanted = pages();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let _ = std::fs::remove_dir_all(PAGES);
        std::fs::create_dir_all(PAGES).unwrap();
        for (name, text) in &wanted {
            std::fs::write(Path::new(PAGES).join(name), text).unwrap();
        }
    }
    let found = committed();
    let stale: BTreeSet<_> =
        wanted.keys().chain(found.keys()).filter(|name| wanted.get(*name) != found.get(*name)).collect();
    assert!(
        stale.is_empty(),
        "docs/findings differs from the rules in {stale:?}; accept it with UPDATE_SNAPSHOTS=1 cargo test -p pgwright-plan --test pages"
    );
}

#[test]
fn a_page_says_when_it_fires_what_to_do_and_what_to_beware_of() {
    for rule in RULES {
        let page = page(rule);
        let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{}", rule.id);
    }
}
