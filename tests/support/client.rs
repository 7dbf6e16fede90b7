//! A real MCP client (the Rust SDK's) with a server of its own as child process.

use std::fs::File;
use std::ops::{Deref, Index};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, ClientConfig, ClientRequest,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, Resource, ResourceContents,
    ServerResult, Tool,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, PeerRequestOptions, RequestHandle,
    RoleClient, RunningService, ServiceError,
};
use rmcp::transport::TokioChildProcess;
use serde_json::Value;
use tokio::process::Command;

use super::{Configuration, Database};

/// Which of the two protocol eras a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `initialize` first (2024-11-05 to 2025-11-25).
    Sessions,
    /// Self-contained requests (2026-07-28).
    Stateless,
}

/// The built binary, in an environment without the caller's own settings.
pub fn pgwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgwright"));
    command.args(arguments).env_remove("DATABASE_URL").env_remove("PGWRIGHT_CONFIG").kill_on_drop(true);
    command.env("PGWRIGHT_AUDIT_DIR", super::trail::shared());
    command
}

/// A connected client.
pub struct Client {
    service: RunningService<RoleClient, Listener>,
    pid: u32,
    /// Kept for as long as its server may read it.
    _configuration: Option<Configuration>,
}

#[derive(Clone, Default)]
struct Listener {
    progress: Arc<Mutex<Vec<ProgressNotificationParam>>>,
}

impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::default()
    }

    async fn on_progress(&self, report: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.lock().unwrap().push(report);
    }
}

/// A successful answer. Indexes and derefs to its structured content.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    pub structured: Value,
    /// The documents that the answer links to.
    pub links: Vec<Resource>,
}

impl Deref for Answer {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.structured
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        &self.structured[key]
    }
}

/// A tool error: its text and its object (`code`, `message`, `hint`, `next_step`, `retryable`).
#[derive(Debug)]
pub struct Failure {
    pub text: String,
    pub error: Value,
}

impl Client {
    /// A client over stdio whose server works on that database.
    pub async fn stdio(database: &Database) -> Self {
        Self::launch(&["--dsn", &database.dsn(), "serve"], Era::Sessions).await
    }

    /// The same, speaking the given era, with further arguments in front of `serve`.
    pub async fn with(database: &Database, era: Era, arguments: &[&str]) -> Self {
        let dsn = database.dsn();
        Self::launch(&[&["--dsn", &dsn], arguments, &["serve"]].concat(), era).await
    }

    /// A client whose server is started with exactly these arguments.
    pub async fn launch(arguments: &[&str], era: Era) -> Self {
        Self::spawn(pgwright(arguments), era).await
    }

    /// A client whose server reads this `pgwright.yaml`.
    pub async fn configured(yaml: &str) -> Self {
        let configuration = Configuration::new(yaml);
        let client = Self::launch(&["--config", configuration.path(), "serve"], Era::Sessions).await;
        Self { _configuration: Some(configuration), ..client }
    }

    /// A client of that command.
    pub async fn spawn(command: Command, era: Era) -> Self {
        Self::connect(command, Stdio::inherit(), era).await
    }

    /// The same, whose server's standard error is added to a file, so that it can be searched.
    pub async fn with_stderr_in(path: &Path, command: Command, era: Era) -> Self {
        let file = File::options().create(true).append(true).open(path).unwrap();
        Self::connect(command, file.into(), era).await
    }

    async fn connect(command: Command, stderr: Stdio, era: Era) -> Self {
        let (process, _) = TokioChildProcess::builder(command).stderr(stderr).spawn().unwrap();
        let pid = process.id().unwrap();
        let lifecycle = match era {
            Era::Sessions => ClientLifecycleMode::Initialize,
            Era::Stateless => {
                ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
            }
        };
        let service = Listener::default().serve_with_lifecycle(process, lifecycle).await.unwrap();
        Self { service, pid, _configuration: None }
    }

    /// Ends the server as `kill -9` does.
    pub fn kill_server(&self) {
        self.signal_server(rustix::process::Signal::KILL);
    }

    /// Sends the server a signal.
    pub fn signal_server(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// The tools that the server lists.
    pub async fn tools(&self) -> Vec<Tool> {
        self.service.peer().list_all_tools().await.unwrap()
    }

    /// The documents that the server lists.
    pub async fn resources(&self) -> Vec<Resource> {
        self.service.peer().list_all_resources().await.unwrap()
    }

    /// The text of a document, and its media type; nothing where the server has none at this address.
    pub async fn read(&self, uri: &str) -> Option<(String, String)> {
        let read = self.service.peer().read_resource(ReadResourceRequestParams::new(uri)).await;
        match read {
            Ok(result) => match result.contents.as_slice() {
                [ResourceContents::TextResourceContents { text, mime_type, .. }] => {
                    Some((text.clone(), mime_type.clone().unwrap_or_default()))
                }
                other => panic!("one text was expected, not {other:?}"),
            },
            Err(ServiceError::McpError(_)) => None,
            Err(other) => panic!("{other}"),
        }
    }

    /// Calls a tool and waits for its answer.
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<Answer, Failure> {
        self.start(tool, arguments).await.finish().await
    }

    /// Starts a call.
    pub async fn start(&self, tool: &str, arguments: Value) -> Running {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let handle = self
            .service
            .peer()
            .send_cancellable_request(
                ClientRequest::CallToolRequest(CallToolRequest::new(request)),
                PeerRequestOptions::no_options(),
            )
            .await
            .unwrap();
        Running { handle, tool: tool.to_owned() }
    }

    /// Calls a tool that the server refuses at the level of the protocol.
    pub async fn protocol_error(&self, tool: &str) -> rmcp::ErrorData {
        match self.start(tool, serde_json::json!({})).await.handle.await_response().await {
            Err(ServiceError::McpError(error)) => error,
            other => panic!("a protocol error was expected, not {other:?}"),
        }
    }

    /// All progress reports so far.
    pub fn progress(&self) -> Vec<ProgressNotificationParam> {
        self.service.service().progress.lock().unwrap().clone()
    }
}

/// A call under way.
pub struct Running {
    handle: RequestHandle<RoleClient>,
    tool: String,
}

impl Running {
    /// Waits for the answer.
    pub async fn finish(self) -> Result<Answer, Failure> {
        match self.handle.await_response().await {
            Ok(ServerResult::CallToolResult(result)) => outcome(&self.tool, result),
            other => panic!("{}: not a tool result: {other:?}", self.tool),
        }
    }

    /// Waits until the call ends in whatever way: answered, or the server is gone.
    pub async fn ended(self) {
        let _ = self.handle.await_response().await;
    }

    /// Cancels the call.
    pub async fn cancel(self) {
        self.handle.cancel(Some("the test gave up".to_owned())).await.unwrap();
    }
}

fn outcome(tool: &str, result: CallToolResult) -> Result<Answer, Failure> {
    let text =
        result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str()).collect();
    if result.is_error == Some(true) {
        let error = result.meta.and_then(|meta| meta.get("pgwright/error").cloned()).unwrap_or_default();
        return Err(Failure { text, error });
    }
    let structured = result.structured_content.expect("structured content");
    validate(tool, &structured);
    let links = result.content.iter().filter_map(|block| block.as_resource_link()).cloned().collect();
    Ok(Answer { text, structured, links })
}

/// Every structured answer is held against the committed schema.
fn validate(tool: &str, structured: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/tools").join(format!("{tool}.json"));
    let snapshot: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&snapshot["output"]).unwrap();
    let mistakes: Vec<String> = validator
        .iter_errors(structured)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{tool}: {mistakes:#?}\n{structured:#}");
}
