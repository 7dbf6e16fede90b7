//! `pgwright tools`: the registry as a list for people, as the README's table, and as the committed schemas.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pgwright_contract::ErasedTool;
use pgwright_pipeline::document::Definition;
use pgwright_quality::document::Document;
use serde_json::{Value, json};

use crate::config::{File, Folders};
use crate::registry::Registry;
use crate::schema;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// text: a list; markdown: the README's table; schemas: write every schema below --to.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Where --format schemas writes.
    #[arg(long, value_name = "DIR", default_value = "schemas")]
    to: PathBuf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Schemas,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let registry = Registry::new(&Folders::default());
    match options.format {
        Format::Text => write!(std::io::stdout(), "{}", list(&registry))?,
        Format::Markdown => write!(std::io::stdout(), "{}", table(&registry))?,
        Format::Schemas => write_schemas(&registry, &options.to)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(registry: &Registry) -> String {
    registry.iter().fold(String::new(), |mut text, tool| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}\n    {}\n    may {}\n", tool.name(), tool.description(), access(tool));
        text
    })
}

fn table(registry: &Registry) -> String {
    let head = "| tool | what it does | what it may do |\n|---|---|---|\n".to_owned();
    registry.iter().fold(head, |mut text, tool| {
        let _ = writeln!(text, "| `{}` | {} | {} |", tool.name(), tool.description(), access(tool));
        text
    })
}

fn access(tool: &dyn ErasedTool) -> String {
    if tool.access() == tool.max_access() {
        return tool.access().to_string();
    }
    format!("{}; some arguments: {}", tool.access(), tool.max_access())
}

fn write_schemas(registry: &Registry, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("tools"))?;
    for tool in registry.iter() {
        let snapshot = json!({
            "name": tool.name(),
            "title": tool.title(),
            "description": tool.description(),
            "access": tool.access().to_string(),
            "max_access": tool.max_access().to_string(),
            "idempotent": tool.idempotent(),
            "input": schema::input(tool),
            "output": schema::output(tool),
        });
        write(&to.join("tools").join(format!("{}.json", tool.name())), &snapshot)?;
    }
    write(&to.join("quality.json"), &Value::Object(schema::document::<Document>()))?;
    write(&to.join("config.json"), &Value::Object(schema::document::<File>()))?;
    write(&to.join("pipeline.json"), &Value::Object(schema::document::<Definition>()))
}

fn write(path: &Path, value: &Value) -> anyhow::Result<()> {
    Ok(std::fs::write(path, format!("{value:#}\n"))?)
}
