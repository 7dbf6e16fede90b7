//! Lengths of time and sizes as people write them: `500ms`, `30m`, `1MB`.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A length of time: a number with `ms`, `s`, `m` or `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A size: a number with `B`, `kB`, `MB` or `GB` (steps of 1024), or a plain number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        let milliseconds = scaled(&written, |unit| match unit {
            "ms" => Some(1),
            "s" => Some(1_000),
            "m" | "min" => Some(60_000),
            "h" => Some(3_600_000),
            _ => None,
        });
        milliseconds
            .map(|milliseconds| Self(Duration::from_millis(milliseconds)))
            .ok_or_else(|| D::Error::custom("write a length of time as 500ms, 5s, 30m or 1h"))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        let bytes = scaled(&written, |unit| match unit.to_ascii_lowercase().as_str() {
            "" | "b" => Some(1),
            "kb" => Some(1 << 10),
            "mb" => Some(1 << 20),
            "gb" => Some(1 << 30),
            _ => None,
        });
        bytes.map(Self).ok_or_else(|| D::Error::custom("write a size as 64kB, 1MB, 2GB or a number of bytes"))
    }
}

fn scaled(written: &str, unit: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let written = written.trim();
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = written.get(..digits)?.parse().ok()?;
    number.checked_mul(unit(written.get(digits..)?.trim())?)
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ ?(ms|s|m|min|h)$" })
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "pattern": "^[0-9]+ ?([kKmMgG]?[bB])?$" })
    }
}
