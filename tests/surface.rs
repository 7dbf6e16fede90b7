//! The public surface as committed artefacts: schemas, the README's tool table, the examples and the docs.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test e2e surface` accepts what the code says now; read the difference before you
//! commit it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Client, Era, pgwright};

const START: &str = "<!-- tools: written by `pgwright tools --format markdown`, held by a test -->\n";
const END: &str = "<!-- /tools -->";
const ACCEPT: &str = "accept it with UPDATE_SNAPSHOTS=1 cargo test --test e2e surface";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, by its path inside it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), read(&path));
            }
        }
    }
    found
}

async fn printed(arguments: &[&str]) -> String {
    let output = pgwright(arguments).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_schemas_are_the_committed_ones() {
    let committed = root().join("schemas");
    if updating() {
        printed(&["tools", "--format", "schemas", "--to", committed.to_str().unwrap()]).await;
        return;
    }
    let fresh = tempfile::tempdir().unwrap();
    printed(&["tools", "--format", "schemas", "--to", fresh.path().to_str().unwrap()]).await;
    let (fresh, committed) = (files(fresh.path()), files(&committed));
    for (path, text) in &fresh {
        assert_eq!(committed.get(path), Some(text), "{} differs; {ACCEPT}", path.display());
    }
    assert!(committed.keys().all(|path| fresh.contains_key(path)), "a schema nobody makes; delete it");
}

#[tokio::test]
async fn the_readme_shows_the_tools_there_are() {
    let path = root().join("README.md");
    let readme = read(&path);
    let (head, rest) = readme.split_once(START).expect("the table's start in the README");
    let (table, tail) = rest.split_once(END).expect("the table's end in the README");
    let fresh = printed(&["tools", "--format", "markdown"]).await;
    if updating() {
        std::fs::write(&path, format!("{head}{START}{fresh}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(table, fresh, "the README's tool table differs; {ACCEPT}");
}

#[tokio::test]
async fn what_is_listed_is_what_is_committed() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    for tool in client.tools().await {
        let path = root().join(format!("schemas/tools/{}.json", tool.name));
        let snapshot: Value = serde_json::from_str(&read(&path)).unwrap();
        assert_eq!(snapshot["input"], serde_json::to_value(&*tool.input_schema).unwrap(), "{}", tool.name);
        assert_eq!(snapshot["output"], serde_json::to_value(tool.output_schema).unwrap(), "{}", tool.name);
        let annotations = tool.annotations.expect("annotations");
        let writes = snapshot["max_access"] == "write data";
        assert_eq!(annotations.read_only_hint, Some(!writes), "{}", tool.name);
        assert_eq!(annotations.destructive_hint, Some(writes), "{}", tool.name);
        assert_eq!(annotations.open_world_hint, Some(false), "{}", tool.name);
        assert!(annotations.idempotent_hint.is_some(), "{}", tool.name);
    }
}

#[test]
fn the_examples_are_valid() {
    for (path, text) in files(&root().join("examples/clients")) {
        if path.extension().is_some_and(|extension| extension == "json") {
            let config: Value = serde_json::from_str(&text).unwrap();
            let servers = config.get("mcpServers").or_else(|| config.get("servers")).unwrap();
            assert_eq!(servers["pgwright"]["command"], "pgwright", "{}", path.display());
            assert_eq!(servers["pgwright"]["args"], serde_json::json!(["serve"]), "{}", path.display());
        }
    }
    let schema: Value = serde_json::from_str(&read(&root().join("schemas/config.json"))).unwrap();
    let config: Value = serde_saphyr::from_str(&read(&root().join("examples/pgwright.yaml"))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes: Vec<String> = validator.iter_errors(&config).map(|error| error.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}");
}

/// A dependency without its reason is one that nobody decided on.
#[test]
fn every_dependency_has_its_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let reasons = read(&root().join("docs/dependencies.md"));
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in section.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        if !name.starts_with("pgwright-") {
            assert!(reasons.contains(&format!("| {name} |")), "docs/dependencies.md says nothing of {name}");
        }
    }
}
