//! The pages in `docs/rewrites`: one for each rule, written from the comment that opens the rule's file.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p pgwright-sql --test rewrite_pages` writes them anew; read the difference before you commit
//! it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pgwright_sql::rewrite::{RULES, Rule};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rewrite/rules");
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rewrites");
const SECTIONS: [&str; 2] = ["When it is safe", "Traps"];

/// The comment that opens the rule's file, as text.
fn comment(rule: &Rule) -> String {
    let source = std::fs::read_to_string(format!("{SOURCES}/{}.rs", rule.id)).expect("a rule is a file");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn page(rule: &Rule) -> String {
    let comment = comment(rule);
    let text = comment.strip_prefix(&format!("`{}`: ", rule.id)).expect("the comment opens with the id");
    format!("# {}\n\n`{}`\n\n{}\n", rule.title, rule.id, text.replace("\n# ", "\n## "))
}

fn index() -> String {
    let mut index = String::from(
        "# Rewrites\n\n\
        Other ways of writing a statement that `explain_query` may offer. Each gives the same rows, as often, on every database \
        for which its precondition holds; the precondition is proven from the catalogue, never guessed. An offer is text: it is \
        planned, not run, and shown only where PostgreSQL itself estimates at least a tenth less. Where a precondition is \
        missing, that is said and nothing is offered.\n\n\
        These pages are written from the rules in `tools/sql/src/rewrite/rules`, each of which is compared with the statement as \
        given on random databases with nulls, duplicates, orphans and empty tables.\n\n\
        | rewrite | what it does |\n|---|---|\n",
    );
    for rule in RULES {
        index.push_str(&format!("| [`{0}`]({0}.md) | {1} |\n", rule.id, rule.title));
    }
    index.push_str(
        "\n## What is never offered\n\n\
        `HAVING` to `WHERE`, `CASE` to `FILTER`, `IN` to `EXISTS`, unused left joins: the planner does these itself. `max()` to \
        `ORDER BY … LIMIT 1`, an `IN` list to `VALUES`: they are slower. `count(column)` to `count(*)` and `OFFSET` to a key: \
        they may give other rows.\n",
    );
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
        "docs/rewrites differs from the rules in {stale:?}; accept it with UPDATE_SNAPSHOTS=1 cargo test -p pgwright-sql --test rewrite_pages"
    );
}

#[test]
fn a_page_says_when_it_is_safe_and_what_to_beware_of() {
    for rule in RULES {
        let page = page(rule);
        let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{}", rule.id);
    }
}
