//! `pgwright call TOOL --json '{…}'`: one call from a script. The answer on standard output and exit 0, the error and
//! exit 1, unusable arguments and exit 2.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Context;
use pgwright_contract::{Answered, Principal, Progress, ToolError};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::{Format, UNUSABLE};
use crate::config::Config;
use crate::dispatch::{Caller, Dispatcher};
use crate::shutdown::Signals;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The tool, e.g. table_stats.
    tool: String,
    /// Its arguments: a JSON object, @FILE, or - for standard input.
    #[arg(long, default_value = "{}", value_name = "JSON")]
    json: String,
    /// text: what an assistant reads; json: the structured content.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let mut arguments = match arguments(&options.json) {
        Ok(arguments) => arguments,
        Err(reason) => {
            eprintln!("pgwright: --json: {reason:#}");
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let dispatcher = Dispatcher::new(config);
    if matches!(options.format, Format::Json) {
        ask_for_rows(&dispatcher, &options.tool, &mut arguments);
    }
    let outcome = asked(&dispatcher, &options.tool, arguments).await?;
    let code = exit_code(&outcome);
    let text = match (options.format, outcome) {
        (Format::Text, Ok(answered)) => answered.text,
        (Format::Json, Ok(answered)) => answered.structured.to_string(),
        (Format::Text, Err(error)) => error.render(),
        (Format::Json, Err(error)) => serde_json::to_string(&error)?,
    };
    writeln!(std::io::stdout(), "{text}").context("cannot write the answer")?;
    Ok(code)
}

/// One call from the command line, which a signal cancels; with it the dispatcher has done its work.
pub(super) async fn asked(
    dispatcher: &Dispatcher,
    tool: &str,
    arguments: Map<String, Value>,
) -> anyhow::Result<Result<Answered, ToolError>> {
    let cancel = CancellationToken::new();
    let caller = Caller {
        principal: Principal::Local,
        client: "cli".to_owned(),
        session: None,
        progress: Progress::default(),
        cancel: cancel.clone(),
    };
    let mut signals = Signals::new().context("cannot listen for signals")?;
    let call = dispatcher.call(tool, arguments, caller);
    tokio::pin!(call);
    let outcome = tokio::select! {
        outcome = &mut call => outcome,
        () = signals.next() => {
            cancel.cancel();
            call.await
        }
    };
    dispatcher.close().await;
    Ok(outcome)
}

/// Whoever wants the structured content of a tool that can put rows into it wants the rows in it.
fn ask_for_rows(dispatcher: &Dispatcher, tool: &str, arguments: &mut Map<String, Value>) {
    let Some(tool) = dispatcher.tool(tool) else { return };
    let schema = crate::schema::input(tool);
    let formats = schema.get("properties").and_then(|properties| properties.pointer("/format/enum"));
    if formats.and_then(Value::as_array).is_some_and(|formats| formats.contains(&"rows".into())) {
        arguments.entry("format").or_insert_with(|| "rows".into());
    }
}

fn exit_code(outcome: &Result<Answered, ToolError>) -> ExitCode {
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) if matches!(error.code.as_str(), "invalid_arguments" | "unknown_tool") => {
            ExitCode::from(UNUSABLE)
        }
        Err(_) => ExitCode::from(1),
    }
}

fn arguments(given: &str) -> anyhow::Result<Map<String, Value>> {
    let text = match given.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?,
        None if given == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            text
        }
        None => given.to_owned(),
    };
    serde_json::from_str(&text).context("a JSON object is expected")
}
