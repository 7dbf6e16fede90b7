//! What the configuration says about masking: which columns, and what stands in place of their values.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use pgwright_sql::ColumnName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How values of sensitive columns look to the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Masking {
    /// Columns by `schema.table.column`, each with its mask: `null`, `hash`, `partial`, `bucket` or `constant`.
    pub columns: BTreeMap<ColumnName, Mask>,
    /// Whether personal data in columns without a mask is looked for by the look of values and hidden in part.
    pub detect: bool,
}

impl Default for Masking {
    fn default() -> Self {
        Self { columns: BTreeMap::new(), detect: true }
    }
}

/// What stands in place of a value. NULL stays NULL under all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Mask {
    /// Nothing: NULL.
    Null,
    /// A hash under a key of this process: equal values stay equal.
    Hash,
    /// The ends of it, with the middle hidden.
    Partial,
    /// The range it falls into; without a width, one that suits the value.
    Bucket(Option<Width>),
    /// The same text for all.
    Constant(Option<String>),
}

impl Mask {
    /// How it is called in the configuration and in notes.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Hash => "hash",
            Self::Partial => "partial",
            Self::Bucket(_) => "bucket",
            Self::Constant(_) => "constant",
        }
    }
}

/// How wide a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Width {
    /// Of numbers.
    Number(NonZeroU64),
    /// Of dates and times.
    Date(Period),
}

/// How wide a bucket of dates is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// `1984-05`.
    Month,
    /// `1984`.
    Year,
    /// `1980s`.
    Decade,
}

/// A mask as it is written: its name, or its name with what it takes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a mask is null, hash, partial, bucket or constant, or {bucket: 1000}, {bucket: month|year|decade}, \
                 {constant: text}"
)]
enum Written {
    /// A bare `null` is YAML's own.
    Nothing(()),
    Plain(Plain),
    Bucket(WrittenBucket),
    Constant(WrittenConstant),
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Plain {
    Null,
    Hash,
    Partial,
    Bucket,
    Constant,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenBucket {
    /// A number, or `month`, `year` or `decade`.
    bucket: Width,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenConstant {
    /// The text that stands for all values.
    constant: String,
}

impl From<Written> for Mask {
    fn from(written: Written) -> Self {
        match written {
            Written::Nothing(()) | Written::Plain(Plain::Null) => Self::Null,
            Written::Plain(Plain::Hash) => Self::Hash,
            Written::Plain(Plain::Partial) => Self::Partial,
            Written::Plain(Plain::Bucket) => Self::Bucket(None),
            Written::Plain(Plain::Constant) => Self::Constant(None),
            Written::Bucket(WrittenBucket { bucket }) => Self::Bucket(Some(bucket)),
            Written::Constant(WrittenConstant { constant }) => Self::Constant(Some(constant)),
        }
    }
}

impl From<Mask> for Written {
    fn from(mask: Mask) -> Self {
        match mask {
            Mask::Null => Self::Plain(Plain::Null),
            Mask::Hash => Self::Plain(Plain::Hash),
            Mask::Partial => Self::Plain(Plain::Partial),
            Mask::Bucket(None) => Self::Plain(Plain::Bucket),
            Mask::Bucket(Some(bucket)) => Self::Bucket(WrittenBucket { bucket }),
            Mask::Constant(None) => Self::Plain(Plain::Constant),
            Mask::Constant(Some(constant)) => Self::Constant(WrittenConstant { constant }),
        }
    }
}

impl JsonSchema for Mask {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mask".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn masks_are_written_by_name_or_with_what_they_take() {
        let masking: Masking = serde_json::from_value(json!({"columns": {
            "public.t.a": null, "public.t.b": "null", "public.t.c": "hash", "public.t.d": {"bucket": 1000},
            "public.t.e": {"bucket": "year"}, "public.t.f": {"constant": "x"}, "public.t.g": "bucket",
        }}))
        .unwrap();
        let masks: Vec<Mask> = masking.columns.values().cloned().collect();
        assert_eq!(
            masks,
            [
                Mask::Null,
                Mask::Null,
                Mask::Hash,
                Mask::Bucket(Some(Width::Number(NonZeroU64::new(1000).unwrap()))),
                Mask::Bucket(Some(Width::Date(Period::Year))),
                Mask::Constant(Some("x".to_owned())),
                Mask::Bucket(None),
            ]
        );
        assert!(masking.detect);
        let again: Masking = serde_json::from_value(serde_json::to_value(&masking).unwrap()).unwrap();
        assert_eq!(again, masking);
    }

    #[test]
    fn what_is_no_mask_is_told() {
        let error = |mask| serde_json::from_value::<Mask>(mask).unwrap_err().to_string();
        assert!(error(json!("hide")).contains("a mask is null, hash"));
        assert!(error(json!({"bucket": 0})).contains("a mask is null, hash"));
        let column = serde_json::from_value::<Masking>(json!({"columns": {"customers.email": "hash"}}));
        assert!(column.unwrap_err().to_string().contains("schema.table.column"));
    }
}
