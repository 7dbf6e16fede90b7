//! One call from arguments to answer, the same for every door: tool → input → database → policy → audit → run → audit.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use pgwright_contract::{Access, Answered, Budget, Call, ErasedTool, Principal, Progress, ToolError};
use pgwright_postgres::Databases;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::audit::{Audit, AuditError, Entry};
use crate::config::Config;
use crate::policy;
use crate::registry::{Histories, Registry};

/// How long the end of the process waits for sessions to be cleaned up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who calls, and how to reach them while it runs.
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// What the caller's program calls itself.
    pub(crate) client: String,
    /// Which of the client's sessions, where there are several.
    pub(crate) session: Option<String>,
    pub(crate) progress: Progress,
    pub(crate) cancel: CancellationToken,
}

/// The tools over the configured databases.
pub(crate) struct Dispatcher {
    registry: Registry,
    databases: Databases,
    /// Of pgwright's own, where they are none of the user's.
    state: Option<Databases>,
    config: Config,
    audit: Audit,
}

impl Dispatcher {
    /// Puts the tools over the databases. Connects to nothing.
    pub(crate) fn new(config: Config) -> Self {
        let databases = config.databases();
        let (kept, state) = config.state(&databases).unzip();
        let histories = Histories {
            plans: kept.clone().filter(|_| config.keeps_plans).map(pgwright_explain::History::in_database),
            figures: kept.filter(|_| config.keeps_figures).map(pgwright_quality::History::in_database),
        };
        Self {
            registry: Registry::keeping(histories, &config.folders),
            databases,
            state: state.flatten(),
            audit: Audit::new(config.audit.clone()),
            config,
        }
    }

    /// The tools that policy lets be used on at least one database.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &dyn ErasedTool> {
        let most = self
            .databases
            .iter()
            .map(|database| policy::limit(database.environment(), self.config.allow(database.name())))
            .max()
            .unwrap_or(Access::ReadCatalog);
        self.registry.iter().filter(move |tool| tool.access() <= most)
    }

    /// The tool of that name.
    pub(crate) fn tool(&self, name: &str) -> Option<&dyn ErasedTool> {
        self.registry.get(name)
    }

    /// Runs one call and records it. A panic in a tool is an error of that call and nothing more.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        caller: Caller,
    ) -> Result<Answered, ToolError> {
        let started = Instant::now();
        let Caller { principal, client, session, .. } = &caller;
        let mut entry = self.audit.begin(principal, client, session.as_deref(), tool, &arguments);
        let outcome = AssertUnwindSafe(self.run(tool, arguments, caller, &mut entry)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| {
            Err(ToolError::new("internal", format!("{tool} failed unexpectedly; the server goes on"))
                .hint("this is a defect of pgwright; its log has the place"))
        });
        entry.finish(&outcome).await;
        let ms = started.elapsed().as_millis();
        match &outcome {
            Ok(_) => tracing::info!(tool, ms, "answered"),
            Err(error) => tracing::info!(tool, ms, code = error.code, "refused or failed"),
        }
        outcome
    }

    async fn run(
        &self,
        name: &str,
        mut arguments: Map<String, Value>,
        caller: Caller,
        entry: &mut Entry,
    ) -> Result<Answered, ToolError> {
        let tool = self.registry.get(name).ok_or_else(|| self.unknown_tool(name))?;
        let database = match arguments.remove("database") {
            None | Some(Value::Null) => None,
            Some(Value::String(database)) => Some(database),
            Some(_) => {
                return Err(ToolError::new(
                    "invalid_arguments",
                    format!("{name}: argument database: a name is expected"),
                ));
            }
        };
        let prepared = tool.prepare(Value::Object(arguments))?;
        let database = self.databases.get(database.as_deref())?;
        entry.decided(database, prepared.needs);
        let allow = self.config.allow(database.name());
        let grant = policy::grant(name, prepared.needs, &caller.principal, database, allow)?;
        if prepared.needs >= Access::WriteState {
            entry.intend().await.map_err(|error| unrecorded(name, &error))?;
        }
        prepared
            .run(Call {
                database: database.clone(),
                grant,
                principal: caller.principal,
                progress: caller.progress,
                cancel: caller.cancel,
                budget: Budget::default(),
                trace: entry.trace(),
            })
            .await
    }

    fn unknown_tool(&self, name: &str) -> ToolError {
        let known: Vec<&str> = self.registry.iter().map(ErasedTool::name).collect();
        ToolError::new("unknown_tool", format!("there is no tool named {name}"))
            .hint(format!("tools: {}", known.join(", ")))
    }

    /// Seals the audit trail, waits for sessions to be cleaned up and closes all databases.
    pub(crate) async fn close(&self) {
        let state = async {
            if let Some(state) = &self.state {
                state.close(PATIENCE).await;
            }
        };
        tokio::join!(self.audit.close(), self.databases.close(PATIENCE), state);
    }
}

/// A call that may write does not run unless it is on record.
fn unrecorded(tool: &str, error: &AuditError) -> ToolError {
    ToolError::new(
        "audit_unavailable",
        format!("{tool} was not run, because it may write and cannot be put on the audit trail: {error}"),
    )
    .hint("a person may make room there, or set audit.dir to another place; reading goes on meanwhile")
    .retryable(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use pgwright_contract::{Answer, Page, Tool};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;
    use crate::config::Origin;

    /// A defect, as a tool.
    struct Panics;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Input {
        panic: bool,
    }

    #[derive(Serialize, JsonSchema)]
    struct Output {
        fine: bool,
    }

    impl Tool for Panics {
        const NAME: &'static str = "panics";
        const TITLE: &'static str = "Panics";
        const DESCRIPTION: &'static str = "Panics when asked to.";
        const ACCESS: Access = Access::ReadCatalog;
        type Input = Input;
        type Output = Output;

        async fn run(&self, _call: &Call, input: Input) -> Result<Output, ToolError> {
            assert!(!input.panic, "as asked");
            Ok(Output { fine: true })
        }
    }

    impl Answer for Output {
        fn fit(&mut self, _budget: &Budget) {}

        fn render(&self, page: &mut Page) {
            page.line("fine");
        }
    }

    async fn call(dispatcher: &Dispatcher, arguments: Value) -> Result<Answered, ToolError> {
        let caller = Caller {
            principal: Principal::Local,
            client: "test".to_owned(),
            session: None,
            progress: Progress::default(),
            cancel: CancellationToken::new(),
        };
        let Value::Object(arguments) = arguments else { panic!("an object") };
        dispatcher.call("panics", arguments, caller).await
    }

    #[tokio::test]
    async fn a_panic_in_a_tool_is_an_error_of_that_call_alone() {
        let config = Config::load(&Origin::default()).unwrap();
        let dispatcher = Dispatcher {
            registry: Registry::of(vec![Box::new(Panics)]),
            databases: config.databases(),
            state: None,
            audit: Audit::new(None),
            config,
        };
        let error = call(&dispatcher, json!({ "panic": true })).await.unwrap_err();
        assert_eq!(error.code, "internal");
        let answered = call(&dispatcher, json!({ "panic": false })).await.unwrap();
        assert_eq!((answered.text.as_str(), answered.structured), ("fine", json!({ "fine": true })));
    }

    #[tokio::test]
    async fn a_wrong_argument_is_named_with_what_it_should_be() {
        let config = Config::load(&Origin::default()).unwrap();
        let dispatcher = Dispatcher {
            registry: Registry::of(vec![Box::new(Panics)]),
            databases: config.databases(),
            state: None,
            audit: Audit::new(None),
            config,
        };
        let error = call(&dispatcher, json!({ "panic": "yes" })).await.unwrap_err();
        assert_eq!(error.code, "invalid_arguments");
        assert!(
            error.message.contains("argument panic") && error.message.contains("true or false"),
            "{error}"
        );
        let error = call(&dispatcher, json!({ "panik": true })).await.unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean panic?"));
    }
}
