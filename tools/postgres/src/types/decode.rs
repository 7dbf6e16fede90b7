//! Values on their way out: PostgreSQL's own text of a value, as JSON.
//!
//! Read from text because every type has an output function, those of extensions too. What JSON cannot hold exactly
//! stays a string: integers past 2^53, NaN and the infinities, numerics with more digits than a double has.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Number, Value};
use tokio_postgres::types::{Kind, Type};

/// Up to here every integer is a double of its own, which is what most readers of JSON make of it.
const EXACT: u64 = 1 << 53;
/// A decimal of so many digits is a double of its own.
const EXACT_DIGITS: usize = 15;

/// The value that PostgreSQL wrote as `text`. Types without a counterpart in JSON stay text: dates and times in ISO 8601,
/// bytea as `\x…`, ranges, composites, geometry and what extensions bring.
pub(crate) fn decode(text: &str, kind: &Type) -> Value {
    let value = match *kind {
        Type::BOOL => Some(Value::Bool(text == "t")),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => integer(text),
        Type::FLOAT4 | Type::FLOAT8 => float(text),
        Type::NUMERIC => numeric(text),
        Type::JSON | Type::JSONB => json(text),
        _ => match kind.kind() {
            Kind::Domain(base) => Some(decode(text, base)),
            Kind::Array(element) => array(text, element),
            _ => None,
        },
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The text to show a value as where its JSON would not tell all of it: PostgreSQL's own, for a numeric with its scale, and a
/// document with every digit, in which `null` is not NULL.
pub(crate) fn exact(text: &str, kind: &Type, value: &Value) -> Option<String> {
    let shown = match (kind, kind.kind()) {
        (&Type::NUMERIC, _) => text.to_owned(),
        (&Type::JSON | &Type::JSONB, _) => compact(text),
        (_, Kind::Domain(base)) => return exact(text, base, value),
        (_, Kind::Array(element)) if *element == Type::NUMERIC && value.is_array() => {
            text.replace('{', "[").replace('}', "]").replace("NULL", "null")
        }
        _ => return None,
    };
    let told = match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    (told.as_ref() != Some(&shown)).then_some(shown)
}

/// A document without the blanks between its parts.
fn compact(document: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    document
        .chars()
        .filter(|&character| {
            let is_blank = !in_string && matches!(character, ' ' | '\t' | '\n' | '\r');
            match character {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                _ => {}
            }
            !is_blank
        })
        .collect()
}

/// A type's name, with its schema where that is not the system's.
pub(crate) fn type_name(kind: &Type) -> String {
    match kind.kind() {
        Kind::Array(element) if kind.name().starts_with('_') => format!("{}[]", type_name(element)),
        _ if kind.schema() == "pg_catalog" => kind.name().to_owned(),
        _ => format!("{}.{}", kind.schema(), kind.name()),
    }
}

fn integer(text: &str) -> Option<Value> {
    let integer: i64 = text.parse().ok()?;
    (integer.unsigned_abs() <= EXACT).then(|| integer.into())
}

fn float(text: &str) -> Option<Value> {
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// A number where that is the same value: PostgreSQL's trailing zeros are its scale, not its value.
fn numeric(text: &str) -> Option<Value> {
    match text.split_once('.') {
        None => integer(text),
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() {
                return integer(whole);
            }
            let digits = whole.trim_start_matches(['-', '0']).len() + fraction.len();
            if digits <= EXACT_DIGITS { float(text) } else { None }
        }
    }
}

/// A document whose numbers all survive the reading.
fn json(text: &str) -> Option<Value> {
    if has_long_number(text) { None } else { serde_json::from_str(text).ok() }
}

fn has_long_number(text: &str) -> bool {
    let mut in_string = false;
    let mut escaped = false;
    let mut digits = 0;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'0'..=b'9' if !in_string => {
                digits += 1;
                if digits > EXACT_DIGITS {
                    return true;
                }
            }
            b'.' if !in_string => {}
            _ => digits = 0,
        }
    }
    false
}

/// `{1,NULL,"a b"}`, nested for more dimensions. With `[0:1]=` in front, where bounds are not the usual ones, it stays text. Types
/// that only look like arrays in the catalogue (`int2vector`, `point`) are written otherwise.
fn array(text: &str, element: &Type) -> Option<Value> {
    let mut rest = text.chars().peekable();
    let value = elements(&mut rest, element)?;
    rest.next().is_none().then_some(value)
}

fn elements(rest: &mut Peekable<Chars<'_>>, element: &Type) -> Option<Value> {
    let delimiter = if *element == Type::BOX { ';' } else { ',' };
    rest.next_if_eq(&'{')?;
    let mut values = Vec::new();
    if rest.next_if_eq(&'}').is_some() {
        return Some(Value::Array(values));
    }
    loop {
        values.push(match rest.peek()? {
            '{' => elements(rest, element)?,
            '"' => decode(&quoted(rest)?, element),
            _ => bare(rest, delimiter, element),
        });
        match rest.next()? {
            '}' => return Some(Value::Array(values)),
            found if found == delimiter => {}
            _ => return None,
        }
    }
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    rest.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next()?),
            other => text.push(other),
        }
    }
}

fn bare(rest: &mut Peekable<Chars<'_>>, delimiter: char, element: &Type) -> Value {
    let mut text = String::new();
    while let Some(character) = rest.next_if(|next| *next != delimiter && *next != '}') {
        text.push(character);
    }
    if text == "NULL" { Value::Null } else { decode(&text, element) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_past_the_exact_doubles_are_text() {
        assert_eq!(decode("9007199254740992", &Type::INT8), json!(9_007_199_254_740_992_i64));
        assert_eq!(decode("9007199254740993", &Type::INT8), json!("9007199254740993"));
        assert_eq!(decode("-9223372036854775808", &Type::INT8), json!("-9223372036854775808"));
    }

    #[test]
    fn numerics_are_numbers_only_where_they_stay_the_same() {
        for (text, value) in [
            ("10.50", json!(10.5)),
            ("7.00", json!(7)),
            ("-0.001", json!(-0.001)),
            ("0.1234567890123456", json!("0.1234567890123456")),
            ("123456789012345678901234567890", json!("123456789012345678901234567890")),
            ("NaN", json!("NaN")),
            ("Infinity", json!("Infinity")),
        ] {
            assert_eq!(decode(text, &Type::NUMERIC), value, "{text}");
        }
        assert_eq!(decode("NaN", &Type::FLOAT8), json!("NaN"));
        assert_eq!(decode("1e+20", &Type::FLOAT8), json!(1e20));
    }

    #[test]
    fn what_json_does_not_tell_is_kept_as_text() {
        for (text, kind, shown) in [
            ("1.50", Type::NUMERIC, Some("1.50")),
            ("7.00", Type::NUMERIC, Some("7.00")),
            ("7", Type::NUMERIC, None),
            ("NaN", Type::NUMERIC, None),
            ("{1.50,NULL}", Type::NUMERIC_ARRAY, Some("[1.50,null]")),
            ("{1,NULL}", Type::INT4_ARRAY, None),
            ("null", Type::JSONB, Some("null")),
            (r#"{"a": [1.50, "b c"]}"#, Type::JSONB, Some(r#"{"a":[1.50,"b c"]}"#)),
            (r#"{"a": "\" b"}"#, Type::JSON, None),
            ("0.1", Type::FLOAT8, None),
        ] {
            let told = exact(text, &kind, &decode(text, &kind));
            assert_eq!(told.as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn documents_keep_every_digit() {
        assert_eq!(decode(r#"{"a": [1, null]}"#, &Type::JSONB), json!({ "a": [1, null] }));
        assert_eq!(
            decode(r#"{"id": 12345678901234567}"#, &Type::JSONB),
            json!(r#"{"id": 12345678901234567}"#)
        );
        assert_eq!(decode(r#""1234567890123456789\"""#, &Type::JSON), json!("1234567890123456789\""));
    }

    #[test]
    fn arrays_of_any_shape_are_arrays() {
        for (text, kind, value) in [
            ("{1,NULL,3}", Type::INT4_ARRAY, json!([1, null, 3])),
            ("{{1,2},{3,4}}", Type::INT4_ARRAY, json!([[1, 2], [3, 4]])),
            ("[0:1]={t,f}", Type::BOOL_ARRAY, json!("[0:1]={t,f}")),
            ("{}", Type::TEXT_ARRAY, json!([])),
            (
                r#"{"a,b","NULL",NULL,"say \"x\" \\ }"}"#,
                Type::TEXT_ARRAY,
                json!(["a,b", "NULL", null, "say \"x\" \\ }"]),
            ),
            ("{(1,1),(0,0);(3,3),(2,2)}", Type::BOX_ARRAY, json!(["(1,1),(0,0)", "(3,3),(2,2)"])),
            ("1 2", Type::INT2_VECTOR, json!("1 2")),
        ] {
            assert_eq!(decode(text, &kind), value, "{text}");
        }
    }

    #[test]
    fn types_are_named_as_people_write_them() {
        assert_eq!(type_name(&Type::INT4_ARRAY), "int4[]");
        assert_eq!(type_name(&Type::TIMESTAMPTZ), "timestamptz");
        let mood = Type::new("mood".to_owned(), 90_000, Kind::Enum(Vec::new()), "public".to_owned());
        assert_eq!(type_name(&mood), "public.mood");
    }
}
