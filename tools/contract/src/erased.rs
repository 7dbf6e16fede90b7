//! The form in which the registry holds every tool.

use std::future::Future;
use std::pin::Pin;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{Access, Answer, Attachment, Call, Page, Tool, ToolError};

type Running<'t> = Pin<Box<dyn Future<Output = Result<Answered, ToolError>> + Send + 't>>;

/// A finished answer in both its forms, taken from the same value after it was cut to the budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The compact text.
    pub text: String,
    /// The structured content.
    pub structured: Value,
    /// What is too long for either.
    pub attachments: Vec<Attachment>,
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
                Ok(Answered { text: page.into_text(), structured, attachments: output.attachments() })
            })
        };
        Ok(Prepared { needs, run: Box::new(run) })
    }
}

fn argument_error<T: Tool>(error: &serde_path_to_error::Error<serde_json::Error>) -> ToolError {
    let path = error.path().to_string();
    let schema = SchemaGenerator::default().into_root_schema_for::<T::Input>();
    let mut reason = in_json(&error.inner().to_string(), expected_at(schema.as_value(), error.path()));
    if !path.contains(['.', '[']) {
        reason = with_database(reason);
    }
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

/// serde names types of Rust where it says what it expected; a caller writes JSON.
fn in_json(reason: &str, schema: Option<&Value>) -> String {
    let Some((found, expected)) = reason.rsplit_once(", expected ") else { return reason.to_owned() };
    let found = match found {
        "invalid type: map" => "invalid type: object",
        "invalid type: sequence" => "invalid type: array",
        "invalid type: unit value" => "invalid type: null",
        other => other,
    };
    let words: Vec<&str> = expected.split(' ').collect();
    let expected = match words.as_slice() {
        ["struct", ..] => object(schema),
        ["a", "map"] | ["internally" | "adjacently", "tagged", "enum", ..] => "an object".to_owned(),
        ["a", "sequence"] | ["a", "tuple", ..] | ["tuple", ..] => "an array".to_owned(),
        ["u8" | "u16" | "u32" | "u64" | "usize"] => "a whole number from 0".to_owned(),
        ["i8" | "i16" | "i32" | "i64" | "isize"] => "a whole number".to_owned(),
        ["f32" | "f64"] => "a number".to_owned(),
        ["unit"] => "null".to_owned(),
        ["a", "boolean"] => "true or false".to_owned(),
        _ => expected.to_owned(),
    };
    format!("{found}, expected {expected}")
}

/// `an object such as {"sql": …}`, with the fields that it must have.
fn object(schema: Option<&Value>) -> String {
    let required = schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
    let fields: Vec<String> = required.into_iter().flatten().map(|field| format!("{field}: …")).collect();
    match fields.as_slice() {
        [] => "an object".to_owned(),
        fields => format!("an object such as {{{}}}", fields.join(", ")),
    }
}

/// The part of the schema that is about what stands at this path.
fn expected_at<'s>(schema: &'s Value, path: &Path) -> Option<&'s Value> {
    path.iter().try_fold(schema, |part, segment| {
        let below = match segment {
            Segment::Seq { .. } => part.get("items"),
            Segment::Map { key } => part.get("properties")?.get(key),
            Segment::Enum { .. } | Segment::Unknown => None,
        }?;
        match below.get("$ref").and_then(Value::as_str) {
            Some(reference) => schema.pointer(reference.trim_start_matches('#')),
            None => Some(below),
        }
    })
}

/// The registry takes `database` from every input before it is decoded, so serde does not know of it.
fn with_database(reason: String) -> String {
    let known = reason.strip_prefix("unknown field `").and_then(|rest| {
        let (wrong, known) = rest.split_once('`')?;
        Some((wrong, known.split('`').skip(1).step_by(2)))
    });
    match known {
        None => reason,
        Some((wrong, known)) => {
            let known: Vec<String> = known.chain(["database"]).map(|name| format!("`{name}`")).collect();
            let one_of = if known.len() > 1 { "one of " } else { "" };
            format!("unknown field `{wrong}`, expected {one_of}{}", known.join(", "))
        }
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
    fn what_was_expected_is_said_in_json() {
        let schema = serde_json::json!({ "required": ["sql"] });
        for (reason, expected) in [
            (
                "invalid type: string \"select 1\", expected struct StatementInput",
                "invalid type: string \"select 1\", expected an object such as {\"sql\": …}",
            ),
            (
                "invalid type: sequence, expected struct Input",
                "invalid type: array, expected an object such as {\"sql\": …}",
            ),
            ("invalid type: map, expected a sequence", "invalid type: object, expected an array"),
            (
                "invalid value: integer `70000`, expected u16",
                "invalid value: integer `70000`, expected a whole number from 0",
            ),
            ("invalid type: unit value, expected a string", "invalid type: null, expected a string"),
            ("missing field `sql`", "missing field `sql`"),
        ] {
            assert_eq!(in_json(reason, Some(&schema)), expected);
        }
        assert_eq!(
            in_json("invalid type: map, expected struct Input", None),
            "invalid type: object, expected an object"
        );
    }

    #[test]
    fn the_schema_is_followed_to_the_place() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        #[allow(dead_code)]
        struct Statement {
            sql: String,
        }
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        #[allow(dead_code)]
        struct Input {
            statements: Vec<Statement>,
        }
        let schema = SchemaGenerator::default().into_root_schema_for::<Input>();
        let input = serde_json::json!({ "statements": ["select 1"] });
        let message = serde_path_to_error::deserialize::<_, Input>(input).map_err(|error| {
            in_json(&error.inner().to_string(), expected_at(schema.as_value(), error.path()))
        });
        assert_eq!(
            message.err().as_deref(),
            Some("invalid type: string \"select 1\", expected an object such as {\"sql\": …}")
        );
    }

    #[test]
    fn database_is_among_the_known_arguments() {
        assert_eq!(
            with_database("unknown field `databse`, expected `sql` or `params`".to_owned()),
            "unknown field `databse`, expected one of `sql`, `params`, `database`"
        );
        assert_eq!(
            with_database("unknown field `x`, there are no fields".to_owned()),
            "unknown field `x`, expected `database`"
        );
        assert_eq!(with_database("missing field `sql`".to_owned()), "missing field `sql`");
    }

    #[test]
    fn an_unknown_argument_names_its_nearest_neighbour() {
        let reason = "unknown field `analyse`, expected one of `sql`, `params`, `analyze`";
        assert_eq!(nearest_name(reason).as_deref(), Some("analyze"));
        assert_eq!(nearest_name("unknown field `zzz`, expected `sql`"), None);
        assert_eq!(nearest_name("missing field `sql`"), None);
    }
}
