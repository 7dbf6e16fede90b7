//! A check as flat options: the form of inline JSON, and what the YAML forms are read into.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::mistake::suggest;
use super::option::{self, OPTIONS, Shape};
use super::{Form, Mistake, Scalar};
use crate::checks::{
    CheckSpec, Extent, Samples, Severity, Tolerance, Watermark, check_type, moment, seconds, share,
    type_names,
};

/// One check: its type and the options that were given, each of its shape.
#[derive(Debug, Clone, Default)]
pub struct InlineCheck {
    /// What to check.
    pub r#type: String,
    given: BTreeMap<&'static str, Given>,
    /// The limit of `max_failed` itself is too many (`< 1%`).
    pub(crate) below: bool,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    One(Scalar),
    Many(Vec<Scalar>),
    Named(Vec<(String, Scalar)>),
}

impl InlineCheck {
    /// A check of that type without options.
    pub fn of_type(name: impl Into<String>) -> Self {
        Self { r#type: name.into(), ..Self::default() }
    }

    pub(crate) fn set(&mut self, option: &'static str, value: Given) {
        self.given.insert(option, value);
    }

    pub(crate) fn set_one(&mut self, option: &'static str, form: Form, text: impl Into<String>) {
        self.set(option, Given::One(Scalar::new(form, text)));
    }

    pub(crate) fn set_texts(&mut self, option: &'static str, texts: Vec<String>) {
        self.set(option, Given::Many(texts.into_iter().map(|text| Scalar::new(Form::Text, text)).collect()));
    }

    /// Takes from the other what this one does not say.
    pub(crate) fn or(&mut self, defaults: &Self) {
        for (option, value) in &defaults.given {
            self.given.entry(option).or_insert_with(|| value.clone());
        }
    }

    /// The one value of an option.
    pub fn scalar(&self, option: &str) -> Option<&Scalar> {
        match self.given.get(option) {
            Some(Given::One(scalar)) => Some(scalar),
            _ => None,
        }
    }

    /// The text of an option.
    pub fn text(&self, option: &str) -> Option<&str> {
        self.scalar(option).map(|scalar| scalar.text.as_str())
    }

    /// The text of an option that must be there.
    pub(crate) fn needed(&self, option: &'static str, example: &str) -> Result<&str, Mistake> {
        match self.text(option) {
            Some(text) if !text.trim().is_empty() => clean(option, text),
            _ => Err(Mistake::missing(option, example)),
        }
    }

    pub(crate) fn list(&self, option: &str) -> Option<&[Scalar]> {
        match self.given.get(option) {
            Some(Given::Many(list)) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn texts(&self, option: &str) -> Option<Vec<String>> {
        Some(self.list(option)?.iter().map(|scalar| scalar.text.clone()).collect())
    }

    pub(crate) fn named(&self, option: &str) -> Option<&[(String, Scalar)]> {
        match self.given.get(option) {
            Some(Given::Named(entries)) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn truth(&self, option: &'static str) -> Result<Option<bool>, Mistake> {
        match self.text(option) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Mistake::at(option, format!("true or false is expected here, not {other}"))),
        }
    }

    pub(crate) fn number(&self, option: &'static str) -> Result<Option<f64>, Mistake> {
        let Some(text) = self.text(option) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(Mistake::at(option, format!("{option} is a number, not {text}"))),
        }
    }

    /// What a failure means.
    pub fn severity(&self) -> Result<Severity, Mistake> {
        match self.text("severity") {
            None | Some("fail" | "error") => Ok(Severity::Fail),
            Some("warn") => Ok(Severity::Warn),
            Some(other) => Err(Mistake::at("severity", format!("severity is warn or fail, not {other}"))),
        }
    }

    /// Reads the check completely. What only a database can tell is told by the run.
    pub fn spec(&self) -> Result<CheckSpec, Mistake> {
        let Some((known, written)) = check_type(&self.r#type) else {
            let mistake = if self.r#type.is_empty() {
                "type is missing".to_owned()
            } else {
                format!("unknown check type {}", self.r#type)
            };
            return Err(Mistake::at("type", mistake).hint(suggest(&self.r#type, &type_names())));
        };
        if let Some(option) = self.options().find(|option| !known.takes(option)) {
            return Err(Mistake::at(option, format!("{written} takes no {option}"))
                .hint(format!("it takes {}", known.all_options().join(", "))));
        }
        let (tolerance, severity) = self.tolerance()?;
        let rule = (known.read)(self)?;
        let name = match self.text("name") {
            Some(name) => name.to_owned(),
            None if rule.columns().is_empty() => written.to_owned(),
            None => format!("{written}({})", rule.columns().join(", ")),
        };
        Ok(CheckSpec {
            name,
            kind: written,
            standard: known.name,
            tolerance,
            warn: self.band("warn")?,
            severity,
            prove: self.truth("prove")?.unwrap_or(true) && !self.narrowed(),
            extent: self.extent()?,
            samples: match self.text("samples") {
                None | Some("masked") => Samples::Masked,
                Some("off") => Samples::Off,
                Some(other) => {
                    return Err(Mistake::at("samples", format!("samples is masked or off, not {other}")));
                }
            },
            timeout: self.timeout()?,
            weight: self.weight()?,
            quarantine: self
                .text("quarantine")
                .map(|table| {
                    table.parse().map_err(|error: pgwright_sql::NameError| {
                        Mistake::at("quarantine", error.to_string())
                    })
                })
                .transpose()?,
            anomaly: crate::checks::Anomaly::read(self)?,
            rule,
        })
    }

    /// Which rows it is about: a constraint of the whole table proves a part of it, too, but how many rows the part has
    /// must be counted all the same.
    fn extent(&self) -> Result<Extent, Mistake> {
        let filter = self.text("filter").map(|filter| clean("filter", filter)).transpose()?;
        let watermark = self.named("watermark").map(Watermark::read).transpose()?;
        let sample = self.text("sample").map(share).transpose()?.filter(|percent| *percent < 100.0);
        Ok(Extent { filter: filter.map(str::to_owned), watermark, sample })
    }

    fn narrowed(&self) -> bool {
        self.text("count").is_some_and(|count| count != "surplus")
    }

    fn timeout(&self) -> Result<Option<std::time::Duration>, Mistake> {
        let Some(written) = self.text("timeout") else { return Ok(None) };
        match seconds(written).filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0) {
            Some(seconds) => Ok(Some(std::time::Duration::from_secs_f64(seconds))),
            None => {
                Err(Mistake::at("timeout", format!("{written} is no time")).hint("write 500ms, 60s or 5m"))
            }
        }
    }

    fn weight(&self) -> Result<f64, Mistake> {
        match self.number("weight")? {
            Some(weight) if weight >= 0.0 => Ok(weight),
            Some(_) => Err(Mistake::at("weight", "a weight is 0 or more")),
            None => Ok(1.0),
        }
    }

    fn band(&self, option: &'static str) -> Result<Option<Tolerance>, Mistake> {
        let read = |written: &str| Tolerance::until(written).map_err(|reason| Mistake::at(option, reason));
        self.text(option).map(read).transpose()
    }

    fn tolerance(&self) -> Result<(Tolerance, Severity), Mistake> {
        let severity = self.severity()?;
        let (fail, warn) = (self.band("fail")?, self.band("warn")?);
        let limit = match (self.text("max_failed"), fail, warn) {
            (Some(_), Some(_), _) => return Err(Mistake::at("fail", "give max_failed or fail, not both")),
            (Some(limit), None, _) => limit.parse::<Tolerance>().map_err(|reason| {
                Mistake::at("max_failed", format!("max_failed {limit} is no limit")).hint(reason)
            })?,
            (None, Some(limit), _) => limit,
            // What only says when to warn never fails.
            (None, None, Some(limit)) => return Ok((limit, Severity::Warn)),
            (None, None, None) => Tolerance::default(),
        };
        Ok((if self.below { limit.below() } else { limit }, severity))
    }

    pub(crate) fn one_column(&self) -> Result<String, Mistake> {
        match (self.text("column"), self.texts("columns").as_deref()) {
            (Some(column), None) => Ok(column.to_owned()),
            (None, Some([column])) => Ok(column.clone()),
            (None, None | Some([])) => Err(Mistake::missing("column", "quantity")),
            (Some(_), Some(_)) => Err(Mistake::at("columns", "give column or columns, not both")),
            (None, Some(_)) => Err(Mistake::at("columns", format!("{} takes one column", self.r#type))),
        }
    }

    pub(crate) fn some_columns(&self) -> Result<Vec<String>, Mistake> {
        match self.texts("columns") {
            Some(columns) if self.text("column").is_none() && columns.len() > 1 => {
                match columns
                    .iter()
                    .enumerate()
                    .find(|(at, column)| columns.iter().take(*at).any(|known| known == *column))
                {
                    Some((_, twice)) => Err(Mistake::at("columns", format!("column {twice} is named twice"))),
                    None => Ok(columns),
                }
            }
            _ => Ok(vec![self.one_column()?]),
        }
    }

    /// The columns that were given, be it none.
    pub(crate) fn any_columns(&self) -> Result<Vec<String>, Mistake> {
        match (self.text("column"), self.list("columns")) {
            (None, None) => Ok(Vec::new()),
            _ => self.some_columns(),
        }
    }

    pub(crate) fn moment(&self) -> Result<Option<String>, Mistake> {
        self.text("as_of").map(moment).transpose()
    }

    /// The options and their values as YAML writes them.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&'static str, String)> {
        let one = |scalar: &Scalar| match scalar.form {
            Form::Number => scalar.text.clone(),
            Form::Text | Form::Truth => Value::from(scalar.text.as_str()).to_string(),
        };
        self.given.iter().map(move |(option, given)| {
            let value = match given {
                Given::One(scalar) => one(scalar),
                Given::Many(list) => format!("[{}]", list.iter().map(one).collect::<Vec<_>>().join(", ")),
                Given::Named(entries) => {
                    let entries: Vec<String> = entries
                        .iter()
                        .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), one(value)))
                        .collect();
                    format!("{{{}}}", entries.join(", "))
                }
            };
            (*option, value)
        })
    }

    /// The options that were given, by name.
    pub(crate) fn options(&self) -> impl Iterator<Item = &'static str> {
        // One column is the same as a list of one.
        self.given.iter().map(|(option, value)| match (*option, value) {
            ("columns", Given::Many(columns)) if columns.len() == 1 => "column",
            _ => *option,
        })
    }
}

/// Text of the caller that goes into a statement.
fn clean<'a>(option: &'static str, text: &'a str) -> Result<&'a str, Mistake> {
    if text.contains('\0') {
        return Err(Mistake::at(
            option,
            format!("{option} holds a NUL character, which text in PostgreSQL cannot"),
        ));
    }
    Ok(text)
}

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| option::names().collect());

impl<'de> Deserialize<'de> for InlineCheck {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CheckVisitor)
    }
}

struct CheckVisitor;

impl<'de> Visitor<'de> for CheckVisitor {
    type Value = InlineCheck;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a check with its type and options")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<InlineCheck, A::Error> {
        let mut check = InlineCheck::default();
        while let Some(key) = entries.next_key::<String>()? {
            if key == "type" {
                check.r#type = entries.next_value()?;
                continue;
            }
            let option =
                option::option(&key).ok_or_else(|| de::Error::unknown_field(&key, NAMES.as_slice()))?;
            if let Some(given) = given(option.shape, entries.next_value()?) {
                let wrong = |expected| de::Error::custom(format!("{key}: {expected} is expected"));
                check.set(option.name, given.map_err(wrong)?);
            }
        }
        Ok(check)
    }
}

/// A JSON value as an option of that shape; `None` for null, or what is expected instead.
fn given(shape: Shape, value: Value) -> Option<Result<Given, &'static str>> {
    if value.is_null() {
        return None;
    }
    let many = |items: Vec<Value>| items.into_iter().map(scalar).collect::<Option<Vec<Scalar>>>();
    Some(match (shape, value) {
        (Shape::Text, Value::String(text)) => Ok(Given::One(Scalar::new(Form::Text, text))),
        (Shape::Text, _) => Err("text"),
        (Shape::Scalar, value) => scalar(value).map(Given::One).ok_or("one value"),
        (Shape::Texts | Shape::Values, Value::Array(items)) => {
            many(items).map(Given::Many).ok_or("a list of plain values")
        }
        (Shape::Texts | Shape::Values, _) => Err("a list"),
        (Shape::Named, Value::Object(entries)) => entries
            .into_iter()
            .map(|(name, value)| Some((name, scalar(value)?)))
            .collect::<Option<Vec<_>>>()
            .map(Given::Named)
            .ok_or("a mapping of plain values"),
        (Shape::Named, _) => Err("a mapping"),
    })
}

fn scalar(value: Value) -> Option<Scalar> {
    Some(match value {
        Value::String(text) => Scalar::new(Form::Text, text),
        Value::Number(number) => Scalar::new(Form::Number, number.to_string()),
        Value::Bool(truth) => Scalar::new(Form::Truth, truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

impl JsonSchema for InlineCheck {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InlineCheck".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let told = OPTIONS.iter().filter(|option| option.told).map(|option| option.name);
        let mut properties = Map::new();
        properties.insert(
            "type".to_owned(),
            json!({ "type": "string", "enum": type_names(), "description": "What to check." }),
        );
        properties.extend(option_schemas(told));
        json_schema!({
            "type": "object",
            "description": "One check.",
            "additionalProperties": false,
            "properties": properties,
            "required": ["type"],
        })
    }
}

/// The schemas of these options.
pub(crate) fn option_schemas(names: impl Iterator<Item = &'static str>) -> Map<String, Value> {
    let plain = json!(["number", "string", "boolean"]);
    names
        .filter_map(option::option)
        .map(|option| {
            let mut schema = match option.shape {
                Shape::Text => json!({ "type": "string" }),
                Shape::Scalar if option.name == "prove" || is_truth(option.name) => {
                    json!({ "type": "boolean" })
                }
                Shape::Scalar => json!({ "type": ["number", "string"] }),
                Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
                Shape::Values => json!({ "type": "array", "items": { "type": plain } }),
                Shape::Named => json!({ "type": "object", "additionalProperties": { "type": plain } }),
            };
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), option.about.into());
                if !option.words.is_empty() {
                    schema.insert("enum".to_owned(), option.words.into());
                }
            }
            (option.name.to_owned(), schema)
        })
        .collect()
}

fn is_truth(option: &str) -> bool {
    matches!(option, "blank" | "strict" | "descending")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn read(check: serde_json::Value) -> Result<CheckSpec, Mistake> {
        serde_json::from_value::<InlineCheck>(check).unwrap().spec()
    }

    #[test]
    fn names_of_both_vocabularies_lead_to_one_type() {
        let missing = read(json!({"type": "not_null", "column": "email"})).unwrap();
        assert_eq!(
            (missing.name.as_str(), missing.kind, missing.standard),
            ("not_null(email)", "not_null", "missing")
        );
        assert_eq!(read(json!({"type": "missing", "column": "email"})).unwrap().name, "missing(email)");
        let list = read(json!({"type": "accepted_values", "column": "s", "values": ["a"]})).unwrap();
        assert_eq!(list.standard, "in_set");
        let key = json!({"type": "foreign_key", "column": "c", "references": "s.p(id)"});
        assert_eq!(read(key).unwrap().standard, "references");
        assert_eq!(read(json!({"type": "unique", "columns": ["a", "b"]})).unwrap().name, "unique(a, b)");
    }

    #[test]
    fn mistakes_name_the_option_and_the_cure() {
        let mistake = |check| read(check).unwrap_err();
        assert_eq!(mistake(json!({"type": "rnage"})).hint.as_deref(), Some("did you mean range?"));
        let pattern = mistake(json!({"type": "range", "column": "q", "min": 1, "pattern": "x"}));
        assert_eq!(pattern.to_string(), "range takes no pattern");
        assert_eq!(pattern.option, Some("pattern"));
        assert_eq!(mistake(json!({"type": "range", "column": "q"})).to_string(), "min is missing");
        assert_eq!(
            mistake(json!({"type": "not_null", "columns": ["a", "b"]})).to_string(),
            "not_null takes no columns"
        );
        assert_eq!(
            mistake(json!({"type": "unique", "columns": ["a", "a"]})).to_string(),
            "column a is named twice"
        );
        let mixed = mistake(json!({"type": "accepted_values", "column": "c", "values": ["DE", false]}));
        assert!(mixed.hint.unwrap().contains("\"NO\""));
        let wide = mistake(json!({"type": "foreign_key", "columns": ["a", "b"], "references": "p(id)"}));
        assert_eq!(wide.to_string(), "2 columns cannot reference 1");
    }

    #[test]
    fn options_have_their_shape() {
        let wrong = |check| serde_json::from_value::<InlineCheck>(check).unwrap_err().to_string();
        assert_eq!(wrong(json!({"type": "range", "min": [1]})), "min: one value is expected");
        assert_eq!(wrong(json!({"type": "unique", "columns": "a"})), "columns: a list is expected");
        assert!(
            wrong(json!({"type": "range", "mn": 1}))
                .starts_with("unknown field `mn`, expected one of `type`, `name`")
        );
        let filtered =
            read(json!({"type": "missing", "column": "a", "filter": "b > 1", "sample": "1%"})).unwrap();
        assert_eq!((filtered.extent.filter.as_deref(), filtered.extent.sample), (Some("b > 1"), Some(1.0)));
    }
}
