//! The form in which the registry holds every tool.

use std::future::Future;
use std::pin::Pin;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::{Access, Answer, Call, Page, Tool, ToolError};

type Running<'t> = Pin<Box<dyn Future<Output = Result<Answered, ToolError>> + Send + 't>>;

/// A finished answer in both its forms, taken from the same value after it was cut to the budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The compact text.
    pub text: String,
    /// The structured content.
    pub structured: Value,
}

/// A call whose input was understood and which waits for policy.
pub struct Prepared<'t> {
    /// What this input needs.
    pub needs: Access,
    run: Box<dyn FnOnce(Call) -> Running<'t> + Send + 't>,
}

impl<'t> Prepared<'t> {
    /// Runs the tool.
    pub fn run(self, call: Call) -> impl Future<Output = Result<Answered, ToolError>> + Send + 't {
        (self.run)(call)
    }
}

/// A tool without its types.
pub trait ErasedTool: Send + Sync {
    /// See [`Tool::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Tool::TITLE`].
    fn title(&self) -> &'static str;
    /// See [`Tool::DESCRIPTION`].
    fn description(&self) -> &'static str;
    /// See [`Tool::ACCESS`].
    fn access(&self) -> Access;
    /// See [`Tool::MAX_ACCESS`].
    fn max_access(&self) -> Access;
    /// See [`Tool::IDEMPOTENT`].
    fn idempotent(&self) -> bool;
    /// The schema of the input, by that generator.
    fn input_schema(&self, generator: &mut SchemaGenerator) -> Schema;
    /// The schema of the output, by that generator.
    fn output_schema(&self, generator: &mut SchemaGenerator) -> Schema;
    /// Decodes the input; an error says which argument is wrong and what it should be.
    fn prepare(&self, input: Value) -> Result<Prepared<'_>, ToolError>;
}

impl<T: Tool> ErasedTool for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn title(&self) -> &'static str {
        T::TITLE
    }

    fn description(&self) -> &'static str {
        T::DESCRIPTION
    }

    fn access(&self) -> Access {
        T::ACCESS
    }

    fn max_access(&self) -> Access {
        T::MAX_ACCESS
    }

    fn idempotent(&self) -> bool {
        T::IDEMPOTENT
    }

    fn input_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        T::Input::json_schema(generator)
    }

    fn output_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        T::Output::json_schema(generator)
    }

    fn prepare(&self, input: Value) -> Result<Prepared<'_>, ToolError> {
        let input: T::Input =
            serde_path_to_error::deserialize(input).map_err(|error| argument_error::<T>(&error))?;
        let needs = T::needs(&input);
        let run = move |call: Call| -> Running<'_> {
            Box::pin(async move {
                let mut output = self.run(&call, input).await?;
                output.fit(&call.budget);
                let mut page = Page::default();
                output.render(&mut page);
                let structured = serde_json::to_value(&output).map_err(|error| {
                    ToolError::new("internal", format!("the answer could not be written: {error}"))
                })?;
                Ok(Answered { text: page.into_text(), structured })
            })
        };
        Ok(Prepared { needs, run: Box::new(run) })
    }
}

fn argument_error<T: Tool>(error: &serde_path_to_error::Error<serde_json::Error>) -> ToolError {
    let path = error.path().to_string();
    let reason = error.inner().to_string();
    let message = if path == "." || reason.contains(&format!("`{path}`")) {
        format!("{}: {reason}", T::NAME)
    } else {
        format!("{}: argument {path}: {reason}", T::NAME)
    };
    let mistake = ToolError::new("invalid_arguments", message);
    match nearest_name(&reason) {
        Some(nearest) => mistake.hint(format!("did you mean {nearest}?")),
        None => mistake,
    }
}

/// serde lists what it expected between backticks; the nearest of those to the unknown one is what was meant.
fn nearest_name(reason: &str) -> Option<String> {
    if !reason.starts_with("unknown ") {
        return None;
    }
    let mut names = reason.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    names
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_argument_names_its_nearest_neighbour() {
        let reason = "unknown field `analyse`, expected one of `sql`, `params`, `analyze`";
        assert_eq!(nearest_name(reason).as_deref(), Some("analyze"));
        assert_eq!(nearest_name("unknown field `zzz`, expected `sql`"), None);
        assert_eq!(nearest_name("missing field `sql`"), None);
    }
}
