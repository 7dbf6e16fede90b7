//! The official Python and TypeScript clients, each driven through a scenario by a script in `tests/clients`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use super::Era;

/// A client as its users install it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// `mcp` 2: its `Client` negotiates, its `ClientSession` begins with `initialize`.
    Python(Era),
    /// `mcp` 1.
    PythonLegacy,
    /// `@modelcontextprotocol/client` negotiates, `@modelcontextprotocol/sdk` begins with `initialize`.
    Typescript(Era),
}

impl Sdk {
    /// The era that it speaks with a server that speaks both.
    pub fn era(self) -> Era {
        match self {
            Self::Python(era) | Self::Typescript(era) => era,
            Self::PythonLegacy => Era::Sessions,
        }
    }

    async fn command(self) -> Command {
        let installed = installed().await;
        let script = |name| clients().join(name);
        let python = |name: &str| {
            let mut command = Command::new(installed[name].join("bin/python"));
            command.arg(script("client.py"));
            command
        };
        match self {
            Self::Python(_) => python("python-modern"),
            Self::PythonLegacy => python("python-legacy"),
            Self::Typescript(_) => {
                let mut command = Command::new("node");
                command.arg(script("client.mjs")).arg(&installed["typescript"]);
                command
            }
        }
    }
}

/// A client at work: its reports come in the order of the steps.
pub struct Driver {
    process: Child,
    input: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    complaints: JoinHandle<String>,
}

impl Driver {
    /// Connects by `{"stdio": [command…]}`, `{"http": url}` or `{"sse": url}` and goes through the steps.
    pub async fn start(sdk: Sdk, transport: &Value, steps: &Value) -> Self {
        let era = if sdk.era() == Era::Stateless { "stateless" } else { "sessions" };
        let scenario = json!({ "era": era, "transport": transport, "steps": steps });
        let mut command = sdk.command().await;
        command.arg(scenario.to_string()).env_remove("DATABASE_URL").env_remove("PGWRIGHT_CONFIG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let complaints = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.unwrap();
            text
        });
        Self {
            input: process.stdin.take().unwrap(),
            reports: BufReader::new(process.stdout.take().unwrap()).lines(),
            complaints,
            process,
        }
    }

    /// What the next step gave.
    pub async fn report(&mut self) -> Value {
        match self.reports.next_line().await.unwrap() {
            Some(line) => serde_json::from_str(&line).unwrap(),
            None => panic!("the client ended early:\n{}", (&mut self.complaints).await.unwrap()),
        }
    }

    /// Makes the call under way be cancelled.
    pub async fn cancel(&mut self) {
        self.input.write_all(b"cancel\n").await.unwrap();
    }

    /// Waits for the client's end, which must be a good one; what it and its server wrote to standard error.
    pub async fn end(mut self) -> String {
        let status = self.process.wait().await.unwrap();
        let complaints = self.complaints.await.unwrap();
        assert!(status.success(), "{status}:\n{complaints}");
        complaints
    }
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Where each client is installed; the first test that asks installs what is missing.
async fn installed() -> &'static HashMap<String, PathBuf> {
    static INSTALLED: OnceCell<HashMap<String, PathBuf>> = OnceCell::const_new();
    INSTALLED
        .get_or_init(|| async {
            let setup =
                Command::new(clients().join("setup")).stderr(Stdio::inherit()).output().await.unwrap();
            assert!(setup.status.success(), "tests/clients/setup: {}; run it to see why", setup.status);
            let said = String::from_utf8(setup.stdout).unwrap();
            said.lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(name, folder)| (name.to_owned(), PathBuf::from(folder)))
                .collect()
        })
        .await
}
