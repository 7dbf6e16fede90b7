//! The schemas of all tools, post-processed once so that every client can read them.
//!
//! No numeric `format` (validators warn about them), no `null` unions (some clients then drop the property), no
//! `$ref` (some converters do not follow them), and the `database` argument that every tool takes.

use pgwright_contract::ErasedTool;
use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

/// A JSON object, as MCP carries schemas.
pub(crate) type Object = Map<String, Value>;

/// The input schema of a tool, with `database`.
pub(crate) fn input(tool: &dyn ErasedTool) -> Object {
    let mut schema = finished(tool.input_schema(&mut inlining(Contract::Deserialize)));
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        properties
            .insert("database".to_owned(), json!({ "type": "string", "description": "Configured name." }));
    }
    schema
}

/// The output schema of a tool.
pub(crate) fn output(tool: &dyn ErasedTool) -> Object {
    finished(tool.output_schema(&mut inlining(Contract::Serialize)))
}

/// The schema of a document type, self-contained.
pub(crate) fn document<T: schemars::JsonSchema>() -> Object {
    let mut schema = finished(T::json_schema(&mut inlining(Contract::Deserialize)));
    schema.shift_insert(0, "$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema
}

fn inlining(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.contract = contract;
    });
    settings.into_generator()
}

fn finished(schema: schemars::Schema) -> Object {
    let mut schema = schema.to_value();
    simplify(&mut schema);
    match schema {
        Value::Object(mut object) => {
            object.remove("title");
            object.entry("type").or_insert_with(|| json!("object"));
            object
        }
        _ => Object::new(),
    }
}

/// Walks the schema bottom-up and rewrites what clients trip over.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(object) => {
            object.values_mut().for_each(simplify);
            object.remove("$schema");
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if object.get("format").and_then(Value::as_str).is_some_and(is_numeric_format) {
                object.remove("format");
                // Unsigned types carry a minimum of 0 that says nothing to a reader.
                if object.get("minimum").and_then(Value::as_i64) == Some(0) {
                    object.remove("minimum");
                }
            }
            without_null_type(object);
            without_null_alternative(object);
            constants_to_enum(object);
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
            }
        }
        _ => {}
    }
}

fn is_numeric_format(format: &str) -> bool {
    ["int", "uint", "float", "double"].iter().any(|prefix| format.starts_with(prefix))
}

/// `"type": ["string", "null"]` becomes `"type": "string"`: absent means absent.
fn without_null_type(object: &mut Object) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

/// `anyOf: [X, null]` becomes X.
fn without_null_alternative(object: &mut Object) {
    let Some(Value::Array(alternatives)) = object.get_mut("anyOf") else { return };
    alternatives.retain(|alternative| alternative != &json!({ "type": "null" }));
    if let [Value::Object(only)] = alternatives.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

/// `oneOf` of described constants becomes one `enum`; the field's own description says what they mean.
fn constants_to_enum(object: &mut Object) {
    let Some(Value::Array(alternatives)) = object.get("oneOf") else { return };
    let constants: Option<Vec<Value>> = alternatives
        .iter()
        .map(|alternative| {
            alternative
                .get("const")
                .cloned()
                .map(|value| vec![value])
                .or_else(|| alternative.get("enum").and_then(Value::as_array).cloned())
        })
        .collect::<Option<Vec<_>>>()
        .map(|groups| groups.into_iter().flatten().collect());
    if let Some(constants) = constants {
        object.remove("oneOf");
        object.insert("type".to_owned(), json!("string"));
        object.insert("enum".to_owned(), Value::Array(constants));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Folders;
    use crate::registry::Registry;

    fn walk(schema: &Value, visit: &mut impl FnMut(&Object)) {
        match schema {
            Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
            Value::Object(object) => {
                visit(object);
                object.values().for_each(|value| walk(value, visit));
            }
            _ => {}
        }
    }

    #[test]
    fn no_schema_has_what_clients_trip_over() {
        for tool in Registry::new(&Folders::default()).iter() {
            for schema in [input(tool), output(tool)] {
                walk(&Value::Object(schema), &mut |object| {
                    assert!(!object.contains_key("$ref"), "{}: $ref in {object:?}", tool.name());
                    assert_ne!(object.get("type"), Some(&json!("null")), "{}: null", tool.name());
                    let types = object.get("type").and_then(Value::as_array);
                    assert!(!types.is_some_and(|types| types.contains(&json!("null"))), "{}", tool.name());
                    let format = object.get("format").and_then(Value::as_str);
                    assert!(!format.is_some_and(is_numeric_format), "{}: {format:?}", tool.name());
                });
            }
        }
    }

    #[test]
    fn every_input_denies_what_it_does_not_know_and_takes_a_database() {
        for tool in Registry::new(&Folders::default()).iter() {
            let schema = input(tool);
            assert_eq!(schema.get("additionalProperties"), Some(&json!(false)), "{}", tool.name());
            assert_eq!(schema["properties"]["database"]["type"], "string", "{}", tool.name());
        }
    }
}
