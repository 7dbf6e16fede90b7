//! The two traits that a tool file implements.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Access, Attachment, Budget, Call, Page, ToolError};

/// One tool. Its file reads from top to bottom: purpose, input, output, behaviour, text, tests.
pub trait Tool: Send + Sync + 'static {
    /// `verb_noun`, snake case.
    const NAME: &'static str;
    /// For people.
    const TITLE: &'static str;
    /// What, when, cost or side effect, next tool; at most four sentences.
    const DESCRIPTION: &'static str;
    /// The least it needs; decides whether it is listed.
    const ACCESS: Access;
    /// The most that any input can ask for; decides the annotations.
    const MAX_ACCESS: Access = Self::ACCESS;
    /// Whether the same call a second time changes nothing more.
    const IDEMPOTENT: bool = true;
    /// What the caller sends. Deny unknown fields; field comments become the schema that the assistant reads.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// What the caller gets.
    type Output: Answer;

    /// What this input needs.
    fn needs(_input: &Self::Input) -> Access {
        Self::ACCESS
    }

    /// Does the work.
    fn run(
        &self,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;
}

/// An answer: a structured value that can cut itself to a budget and write itself as compact text.
pub trait Answer: Serialize + JsonSchema + Send {
    /// Cuts to the budget, remembering what was left out and how to get it.
    fn fit(&mut self, budget: &Budget);
    /// Writes the compact text that an assistant reads: the verdict first, then evidence, then the next step.
    fn render(&self, page: &mut Page);
    /// Hands out what is too long for the answer; asked once, at the end.
    fn attachments(&mut self) -> Vec<Attachment> {
        Vec::new()
    }
}
