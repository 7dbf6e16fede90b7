//! Values and names on their way into SQL, quoted or as text parameters; values on their way out, as JSON.

mod decode;

use bytes::BytesMut;
use pgwright_sql::guard::LONGEST_PARAMETER;
use pgwright_sql::{RelationName, quote_identifier};
use serde_json::Value;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::errors::DatabaseError;

pub(crate) use decode::{decode, exact, type_name};

/// Whether values of a type come back from their text as they were, and sort by the operators that a bare `<` finds:
/// those of pg_catalog. An extension's operators are found only where its schema is on the search path.
pub(crate) fn is_orderable(kind: &Type) -> bool {
    match *kind {
        Type::BOOL | Type::CHAR | Type::NAME | Type::TEXT | Type::VARCHAR | Type::BPCHAR => true,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => {
            true
        }
        Type::DATE | Type::TIME | Type::TIMETZ | Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::INTERVAL => true,
        Type::UUID | Type::BYTEA | Type::BIT | Type::VARBIT | Type::MONEY | Type::PG_LSN => true,
        Type::INET | Type::CIDR | Type::MACADDR | Type::MACADDR8 => true,
        _ => match kind.kind() {
            Kind::Enum(_) => true,
            Kind::Domain(of) | Kind::Array(of) => is_orderable(of),
            _ => false,
        },
    }
}

/// A relation's name as SQL, quoted where it must be.
pub fn quote_relation(name: &RelationName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&name.name)),
        None => quote_identifier(&name.name),
    }
}

/// A string as an SQL literal that means the same whatever `standard_conforming_strings` says.
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A parameter sent in PostgreSQL's text format, so that the server's own input function reads it whatever its type.
#[derive(Debug, Clone)]
pub struct TextParameter(pub Option<String>);

impl ToSql for TextParameter {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Turns a caller's JSON values into parameters of the types PostgreSQL expects.
pub(crate) fn parameters(values: &[Value], types: &[Type]) -> Result<Vec<TextParameter>, DatabaseError> {
    if values.len() != types.len() {
        return Err(DatabaseError::Parameter {
            number: values.len().min(types.len()) + 1,
            code: "08P01".to_owned(),
            reason: format!(
                "the statement takes {}, and params holds {}",
                counted(types.len(), "parameter"),
                counted(values.len(), "value")
            ),
        });
    }
    values
        .iter()
        .zip(types)
        .enumerate()
        .map(|(at, (value, kind))| {
            let fault = |code: &str, reason| DatabaseError::Parameter {
                number: at + 1,
                code: code.to_owned(),
                reason,
            };
            let text = text_of(value, kind).map_err(|reason| fault("42804", reason))?;
            match text.as_ref().map_or(0, String::len) {
                bytes if bytes as u64 > LONGEST_PARAMETER => {
                    let reason =
                        format!("its value has {bytes} bytes, and at most {LONGEST_PARAMETER} are taken");
                    Err(fault("54000", reason))
                }
                _ => Ok(TextParameter(text)),
            }
        })
        .collect()
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn text_of(value: &Value, kind: &Type) -> Result<Option<String>, String> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        structured if matches!(*kind, Type::JSON | Type::JSONB) => structured.to_string(),
        Value::Array(items) if matches!(kind.kind(), Kind::Array(_)) => array_literal(items)?,
        Value::Array(_) => return Err(format!("an array was given where PostgreSQL expects {kind}")),
        Value::Object(_) => return Err(format!("an object was given where PostgreSQL expects {kind}")),
    }))
}

fn array_literal(items: &[Value]) -> Result<String, String> {
    let elements = items.iter().map(|item| {
        Ok(match item {
            Value::Null => "NULL".to_owned(),
            Value::Array(inner) => array_literal(inner)?,
            Value::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Value::Object(_) => {
                format!("\"{}\"", item.to_string().replace('\\', "\\\\").replace('"', "\\\""))
            }
            scalar => scalar.to_string(),
        })
    });
    Ok(format!("{{{}}}", elements.collect::<Result<Vec<_>, String>>()?.join(",")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(r"a\b'"), r"E'a\\b'''");
    }

    #[test]
    fn json_values_become_the_text_postgres_reads() {
        assert_eq!(text_of(&json!(1.50), &Type::NUMERIC).unwrap().as_deref(), Some("1.5"));
        assert_eq!(text_of(&json!(null), &Type::INT4).unwrap(), None);
        assert_eq!(
            text_of(&json!(["a\"b", null, "c"]), &Type::TEXT_ARRAY).unwrap().as_deref(),
            Some(r#"{"a\"b",NULL,"c"}"#)
        );
        assert_eq!(text_of(&json!({"a": 1}), &Type::JSONB).unwrap().as_deref(), Some(r#"{"a":1}"#));
        assert!(text_of(&json!([1]), &Type::INT4).is_err());
    }

    #[test]
    fn a_wrong_number_of_values_is_said() {
        let long = Value::String("x".repeat(1_000_001));
        let error = parameters(&[long], &[Type::TEXT]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter $1: its value has 1000001 bytes, and at most 1000000 are taken"
        );
        let error = parameters(&[json!(1)], &[Type::INT4, Type::TEXT]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter $2: the statement takes 2 parameters, and params holds 1 value"
        );
    }
}
