//! The assistant: a real MCP client over stdio, with `pgwright serve` as its child process.

use anyhow::{Context, bail};
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::TokioChildProcess;
use serde_json::Value;
use tokio::process::Command;

use super::transcript::Transcript;

pub(super) struct Assistant {
    client: RunningService<RoleClient, ()>,
}

impl Assistant {
    /// Starts the server and introduces itself.
    pub(super) async fn connect(arguments: &[String]) -> anyhow::Result<Self> {
        let mut server =
            Command::new(std::env::current_exe().context("cannot find this program's own path")?);
        server.args(arguments).env_remove("DATABASE_URL").env_remove("PGWRIGHT_CONFIG");
        let client = ().serve(TokioChildProcess::new(server)?).await.context("the server did not answer")?;
        Ok(Self { client })
    }

    /// The names of the tools.
    pub(super) async fn tools(&self) -> anyhow::Result<Vec<String>> {
        let tools = self.client.list_all_tools().await?;
        Ok(tools.into_iter().map(|tool| tool.name.into_owned()).collect())
    }

    /// Calls a tool, shows the exchange, and returns the structured answer.
    pub(super) async fn call(
        &self,
        transcript: &Transcript,
        tool: &'static str,
        arguments: Value,
    ) -> anyhow::Result<Value> {
        transcript.asks(tool, &arguments);
        let Value::Object(arguments) = arguments else { bail!("arguments are an object") };
        let result =
            self.client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?;
        for text in result.content.iter().filter_map(|block| block.as_text()) {
            transcript.answers(&text.text);
        }
        if result.is_error == Some(true) {
            bail!("{tool} failed");
        }
        result.structured_content.with_context(|| format!("{tool} gave no structured content"))
    }

    /// Leaves; the server ends.
    pub(super) async fn leave(self) -> anyhow::Result<()> {
        self.client.cancel().await?;
        Ok(())
    }
}
