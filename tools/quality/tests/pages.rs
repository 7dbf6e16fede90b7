//! The pages in `docs/checks`: one for each file of check types, written from the comment that opens it.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p pgwright-quality --test pages` writes them anew; read the difference before you commit
//! it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use pgwright_quality::checks::{Described, described};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks");
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks");

/// The comment that opens the file, as text.
fn comment(file: &str) -> String {
    let source = std::fs::read_to_string(format!("{SOURCES}/{file}.rs")).expect("a family is a file");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn options(text: &mut String, options: &[(&str, &str)]) {
    text.push_str("| option | meaning |\n|---|---|\n");
    for (name, about) in options {
        writeln!(text, "| `{name}` | {} |", about.replace('|', "\\|")).unwrap();
    }
}

fn page(file: &str, types: &[Described]) -> String {
    let comment = comment(file);
    let (names, text) = comment.split_once(": ").expect("the comment opens with the names of its types");
    let opened: BTreeSet<&str> =
        names.split(", ").map(|name| name.trim_matches('`')).map(str::trim).collect();
    assert_eq!(
        opened,
        types.iter().map(|known| known.name).collect(),
        "{file} opens with the names of its types"
    );
    let titles: Vec<&str> = types.iter().map(|known| known.title).collect();
    let mut page = format!("# {}\n\n{}\n", titles.join(" · "), {
        let (first, rest) = text.split_at(text.find(char::is_alphanumeric).expect("a sentence") + 1);
        first.to_uppercase() + rest
    });
    for known in types {
        let also = if known.aliases.is_empty() {
            String::new()
        } else {
            format!(", also `{}`", known.aliases.join("`, `"))
        };
        write!(page, "\n## `{}`{also}\n\n", known.name).unwrap();
        options(&mut page, &known.options);
    }
    page.push_str("\nEvery check takes further options: [all checks](README.md).\n");
    page
}

/// What ought to be in the directory, by name.
fn pages() -> BTreeMap<String, String> {
    let (families, always) = described();
    let mut index = String::from(
        "# Checks\n\n\
        What `run_quality_check` can check, and a pipeline's gate with it. A check is a line of a document, a mapping in it, \
        or an object given inline; [quality](../quality.md) says how documents look and how verdicts come about.\n\n\
        These pages are written from the files in `tools/quality/src/checks`.\n\n\
        | type | what it checks | also |\n|---|---|---|\n",
    );
    for (file, types) in &families {
        for known in types {
            let also: Vec<String> = known.aliases.iter().map(|alias| format!("`{alias}`")).collect();
            writeln!(index, "| [`{}`]({file}.md) | {} | {} |", known.name, known.title, also.join(", "))
                .unwrap();
        }
    }
    index.push_str("\nEvery check takes these, too:\n\n");
    options(&mut index, &always);
    families
        .iter()
        .map(|(file, types)| (format!("{file}.md"), page(file, types)))
        .chain([("README.md".to_owned(), index)])
        .collect()
}

#[test]
fn every_type_has_its_page_and_every_page_its_types() {
    let wanted = pages();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let _ = std::fs::remove_dir_all(PAGES);
        std::fs::create_dir_all(PAGES).unwrap();
        for (name, text) in &wanted {
            std::fs::write(Path::new(PAGES).join(name), text).unwrap();
        }
    }
    let entries = std::fs::read_dir(PAGES).into_iter().flatten().map(Result::unwrap);
    let found: BTreeMap<String, String> = entries
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    let stale: BTreeSet<_> =
        wanted.keys().chain(found.keys()).filter(|name| wanted.get(*name) != found.get(*name)).collect();
    assert!(
        stale.is_empty(),
        "docs/checks differs from the types in {stale:?}; accept it with UPDATE_SNAPSHOTS=1 cargo test -p pgwright-quality --test pages"
    );
}
