//! The JSON Schema of a document, so that editors help with writing one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::Document;
use super::inline::option_schemas;
use super::option::OPTIONS;
use crate::checks::type_names;

impl JsonSchema for Document {
    fn schema_name() -> Cow<'static, str> {
        "QualityDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let options = || option_schemas(OPTIONS.iter().map(|option| option.name));
        let text = |about: &str| json!({ "type": "string", "description": about });
        let mut full = Map::from_iter([
            (
                "type".to_owned(),
                json!({ "type": "string", "enum": type_names(), "description": "What to check." }),
            ),
            ("id".to_owned(), text("The same as name.")),
            ("table".to_owned(), text("The table, `schema.table`.")),
        ]);
        full.extend(options());
        let below =
            json!({ "type": ["object", "null"], "additionalProperties": false, "properties": options() });
        let list = json!({
            "type": "array",
            "items": {
                "anyOf": [
                    { "type": "string", "description": "A check on one line: `missing(email) < 1%`." },
                    { "type": "object", "description": "A check with all its options.", "additionalProperties": false,
                      "properties": full, "required": ["type"] },
                    { "type": "object", "description": "A line with its options below.", "minProperties": 1, "maxProperties": 1,
                      "not": { "required": ["type"] }, "additionalProperties": below },
                ],
            },
        });
        let defaults: Map<String, Value> = options()
            .into_iter()
            .filter(|(name, _)| {
                ["severity", "prove", "samples", "timeout", "as_of", "sample", "weight"]
                    .contains(&name.as_str())
            })
            .collect();
        json_schema!({
            "description": "Checks of tables, or a data contract (ODCS 3.1).",
            "type": "object",
            "anyOf": [
                {
                    "description": "Checks of tables.",
                    "properties": {
                        "version": { "const": 1 },
                        "defaults": { "type": "object", "additionalProperties": false, "properties": defaults },
                        "checks": list,
                    },
                    "patternProperties": { "^checks for ": list },
                    "additionalProperties": false,
                },
                {
                    "description": "A data contract.",
                    "properties": {
                        "apiVersion": { "type": "string", "pattern": "^v?3\\." },
                        "kind": { "const": "DataContract" },
                        "schema": { "type": "array", "items": { "type": "object" } },
                    },
                    "required": ["apiVersion", "kind"],
                },
            ],
        })
    }
}
