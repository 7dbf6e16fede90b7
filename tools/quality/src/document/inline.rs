//! A check as flat options: the form of inline JSON, and what the YAML forms are read into.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::mistake::suggest;
use super::{Mistake, Scalar};
use crate::checks::{CheckSpec, Severity, Tolerance, check_type, type_names};

/// One check.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineCheck {
    /// What to check.
    #[schemars(extend("enum" = type_names()))]
    pub r#type: String,
    /// Shown in the answer.
    pub name: Option<String>,
    /// Exact name; for every type but row_count.
    pub column: Option<String>,
    /// Several, for unique and foreign_key.
    pub columns: Option<Vec<String>>,
    /// accepted_values: the list.
    pub values: Option<Vec<Scalar>>,
    /// regex: a PostgreSQL pattern, unanchored.
    pub pattern: Option<String>,
    /// range, row_count: lowest allowed.
    #[serde(default)]
    #[schemars(schema_with = "number_or_text")]
    pub min: Option<Scalar>,
    /// range, row_count: highest allowed.
    #[serde(default)]
    #[schemars(schema_with = "number_or_text")]
    pub max: Option<Scalar>,
    /// freshness: 90s, 15m, 2h, 1d, 1w.
    pub max_age: Option<String>,
    /// foreign_key: `schema.table(column)`.
    pub references: Option<String>,
    /// Rows that may fail: a count or "1%". Default 0.
    #[serde(default)]
    #[schemars(schema_with = "number_or_text")]
    pub max_failed: Option<Scalar>,
    /// What failing means (default fail).
    pub severity: Option<Severity>,
    /// false: scan even if a constraint proves it.
    pub prove: Option<bool>,
    /// The limit of `max_failed` itself is too many (`< 1%`).
    #[serde(skip)]
    pub(crate) below: bool,
    /// Beyond this a check that does not fail warns (YAML's `warn: "> 0"`).
    #[serde(skip)]
    pub(crate) warn: Option<Tolerance>,
    /// Beyond this it fails (YAML's `fail: "> 100"`).
    #[serde(skip)]
    pub(crate) fail: Option<Tolerance>,
}

fn number_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["number", "string"] })
}

impl InlineCheck {
    /// Reads the check completely. What only a database can tell is told by the run.
    pub fn spec(&self) -> Result<CheckSpec, Mistake> {
        let Some(known) = check_type(&self.r#type) else {
            let mistake = if self.r#type.is_empty() {
                "type is missing".to_owned()
            } else {
                format!("unknown check type {}", self.r#type)
            };
            return Err(Mistake::at("type", mistake).hint(suggest(&self.r#type, &type_names())));
        };
        if let Some(option) = self.given().find(|option| !known.takes(option)) {
            return Err(Mistake::at(option, format!("{} takes no {option}", known.name))
                .hint(format!("it takes {}", known.options.join(", "))));
        }
        let (tolerance, severity) = self.tolerance()?;
        let rule = (known.read)(self)?;
        let name = match &self.name {
            Some(name) => name.clone(),
            None if rule.columns().is_empty() => known.name.to_owned(),
            None => format!("{}({})", known.name, rule.columns().join(", ")),
        };
        Ok(CheckSpec {
            name,
            kind: known.name,
            tolerance,
            warn: self.warn,
            severity,
            prove: self.prove.unwrap_or(true),
            rule,
        })
    }

    fn tolerance(&self) -> Result<(Tolerance, Severity), Mistake> {
        let severity = self.severity.unwrap_or_default();
        let limit = match (&self.max_failed, self.fail, self.warn) {
            (Some(_), Some(_), _) => return Err(Mistake::at("fail", "give max_failed or fail, not both")),
            (Some(limit), None, _) => limit.text.parse::<Tolerance>().map_err(|reason| {
                Mistake::at("max_failed", format!("max_failed {} is no limit", limit.text)).hint(reason)
            })?,
            (None, Some(limit), _) => limit,
            // What only says when to warn never fails.
            (None, None, Some(limit)) => return Ok((limit, Severity::Warn)),
            (None, None, None) => Tolerance::default(),
        };
        Ok((if self.below { limit.below() } else { limit }, severity))
    }

    pub(crate) fn one_column(&self) -> Result<String, Mistake> {
        match (&self.column, self.columns.as_deref()) {
            (Some(column), None) => Ok(column.clone()),
            (None, Some([column])) => Ok(column.clone()),
            (None, None | Some([])) => Err(Mistake::missing("column", "quantity")),
            (Some(_), Some(_)) => Err(Mistake::at("columns", "give column or columns, not both")),
            (None, Some(_)) => Err(Mistake::at("columns", format!("{} takes one column", self.r#type))),
        }
    }

    pub(crate) fn some_columns(&self) -> Result<Vec<String>, Mistake> {
        match &self.columns {
            Some(columns) if self.column.is_none() && columns.len() > 1 => {
                match columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
                    Some((_, twice)) => Err(Mistake::at("columns", format!("column {twice} is named twice"))),
                    None => Ok(columns.clone()),
                }
            }
            _ => Ok(vec![self.one_column()?]),
        }
    }

    /// The options that were given, by name.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.column.is_some(), "column"),
            (self.columns.as_ref().is_some_and(|columns| columns.len() != 1), "columns"),
            (self.values.is_some(), "values"),
            (self.pattern.is_some(), "pattern"),
            (self.min.is_some(), "min"),
            (self.max.is_some(), "max"),
            (self.max_age.is_some(), "max_age"),
            (self.references.is_some(), "references"),
            (self.max_failed.is_some(), "max_failed"),
            (self.warn.is_some(), "warn"),
            (self.fail.is_some(), "fail"),
        ]
        .into_iter()
        .filter_map(|(given, option)| given.then_some(option))
    }
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
        assert_eq!(read(json!({"type": "missing", "column": "email"})).unwrap().name, "not_null(email)");
        assert_eq!(
            read(json!({"type": "in_set", "column": "s", "values": ["a"]})).unwrap().kind,
            "accepted_values"
        );
        let key = json!({"type": "references", "column": "c", "references": "s.p(id)"});
        assert_eq!(read(key).unwrap().kind, "foreign_key");
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
}
