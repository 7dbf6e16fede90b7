//! `json`: documents without a path, or of another shape. NULL passes.
//!
//! For `json` and `jsonb` columns; text is read as JSON from PostgreSQL 16 on, and fails where it is none. `path` is a JSON
//! path such as `$.address.city`, which must be there; `shape` is what stands there, or the document itself: object, array,
//! string, number, boolean.

use pgwright_postgres::types::quote_literal;

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("json", "JSON documents", &["json_path"], &["column", "path", "shape"], read);

#[derive(Debug)]
struct Json {
    column: String,
    path: Option<String>,
    shape: Option<&'static str>,
}

const SHAPES: &[&str] = &["object", "array", "string", "number", "boolean"];
/// First version with `is json`.
const SINCE: u32 = 160_000;

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let shape =
        match check.text("shape") {
            None => None,
            Some(written) => Some(*SHAPES.iter().find(|known| **known == written).ok_or_else(|| {
                Mistake::at("shape", format!("{written} is none of {}", SHAPES.join(", ")))
            })?),
        };
    let path = check.text("path").map(|_| check.needed("path", "$.address.city")).transpose()?;
    if path.is_some_and(|path| !path.starts_with('$')) {
        return Err(Mistake::at("path", "a JSON path begins with $").hint("for example $.address.city"));
    }
    Ok(Box::new(Json { column: check.one_column()?, path: path.map(str::to_owned), shape }))
}

impl Rule for Json {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let (document, is_json) = match (column.base_type.as_str(), statement::text(column)) {
            ("jsonb", _) => (value, None),
            ("json", _) => (format!("{value}::jsonb"), None),
            (_, Some(text)) if ground.version >= SINCE => {
                (format!("{text}::jsonb"), Some(format!("pg_input_is_valid({text}, 'jsonb')")))
            }
            (_, Some(_)) => {
                return Err(Fault::wrong_type(
                    "json",
                    column,
                    "text can be read as JSON from PostgreSQL 16 on",
                ));
            }
            _ => return Err(Fault::wrong_type("json", column, "it takes json, jsonb or text")),
        };
        let path = self.path.as_ref().map(|path| format!("{}::jsonpath", quote_literal(path)));
        let good = match (&path, self.shape) {
            (None, None) => "true".to_owned(),
            (None, Some(shape)) => format!("jsonb_typeof({document}) = '{shape}'"),
            (Some(path), None) => format!("jsonb_path_exists({document}, {path})"),
            (Some(path), Some(shape)) => {
                format!(
                    "coalesce(jsonb_typeof(jsonb_path_query_first({document}, {path})) = '{shape}', false)"
                )
            }
        };
        let good = match is_json {
            Some(is_json) => format!("case when {is_json} then {good} else false end"),
            None => good,
        };
        let probe = path.map(|path| format!("({path})::text"));
        Ok(Fragments {
            probe,
            costly: true,
            ..Fragments::failing(format!("{} is not null and not ({good})", statement::column(&column.name)))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let wanted = match (&self.path, self.shape) {
            (Some(path), Some(shape)) => format!("without a {shape} at {}", statement::shown(path)),
            (Some(path), None) => format!("without {}", statement::shown(path)),
            (None, Some(shape)) => format!("that are no {shape}"),
            (None, None) => "that are no JSON".to_owned(),
        };
        Reading::of_rows(figures, wanted)
    }
}
