//! The core of the Open Data Contract Standard, 3.1: `schema`, its properties and their `quality`.
//!
//! `metric` rules, `type: sql`, and what a property says of itself (`required`, `unique`, `primaryKey`, `logicalTypeOptions`)
//! become checks. What is for people (`type: text`) or for other engines is listed as not mapped. `mustBeBetween` is inclusive here: the
//! standard says both, so a bound that is met exactly is what a reader would expect to pass.

use pgwright_sql::RelationName;

use super::located::{Located, Node};
use super::mistake::suggest;
use super::read::{Draft, Reader, relation};
use super::{DocumentError, Form, InlineCheck, Mistake};

/// Keys that a contract may have at its top.
const TOP: &[&str] = &[
    "apiVersion",
    "kind",
    "id",
    "name",
    "version",
    "status",
    "tenant",
    "tags",
    "domain",
    "dataProduct",
    "description",
    "authoritativeDefinitions",
    "servers",
    "schema",
    "support",
    "price",
    "team",
    "roles",
    "slaDefaultElement",
    "slaProperties",
    "contractCreatedTs",
    "customProperties",
];
const OBJECT: &[&str] = &[
    "id",
    "name",
    "physicalName",
    "physicalType",
    "logicalType",
    "businessName",
    "description",
    "dataGranularityDescription",
    "properties",
    "quality",
    "tags",
    "authoritativeDefinitions",
    "relationships",
    "customProperties",
];
const PROPERTY: &[&str] = &[
    "id",
    "name",
    "physicalName",
    "physicalType",
    "logicalType",
    "logicalTypeOptions",
    "businessName",
    "description",
    "required",
    "unique",
    "primaryKey",
    "primaryKeyPosition",
    "partitioned",
    "partitionKeyPosition",
    "classification",
    "encryptedName",
    "transformSourceObjects",
    "transformLogic",
    "transformDescription",
    "examples",
    "criticalDataElement",
    "quality",
    "tags",
    "authoritativeDefinitions",
    "relationships",
    "customProperties",
    "properties",
    "items",
];
const RULE: &[&str] = &[
    "id",
    "name",
    "type",
    "metric",
    "rule",
    "arguments",
    "pattern",
    "query",
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
    "unit",
    "severity",
    "dimension",
    "description",
    "businessImpact",
    "method",
    "schedule",
    "scheduler",
    "tags",
    "engine",
    "implementation",
    "authoritativeDefinitions",
    "customProperties",
    "validValues",
];
const ARGUMENTS: &[&str] = &[
    "properties",
    "validValues",
    "missingValues",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "format",
];

type Entries = [(Located, Located)];

/// Whether the mapping is a data contract.
pub(super) fn is_contract(entries: &Entries) -> bool {
    let has = |name| get(entries, name).is_some();
    has("apiVersion") || (has("kind") && has("schema"))
}

pub(super) fn get<'a>(entries: &'a Entries, name: &str) -> Option<&'a Located> {
    entries.iter().find(|(key, _)| key.text().is_ok_and(|key| key == name)).map(|(_, value)| value)
}

pub(super) fn known(entries: &Entries, names: &[&str]) -> Result<(), DocumentError> {
    for (key, _) in entries {
        let name = key.text()?;
        if !names.contains(&name) {
            return Err(key
                .place
                .error(Mistake::new(format!("unknown key {name}")).hint(suggest(name, names))));
        }
    }
    Ok(())
}

pub(super) fn map(node: &Located) -> Result<&Entries, DocumentError> {
    match &node.node {
        Node::Map(entries) => Ok(entries),
        _ => Err(node.error("a mapping is expected here")),
    }
}

pub(super) fn list(node: &Located) -> Result<&[Located], DocumentError> {
    match &node.node {
        Node::List(items) => Ok(items),
        Node::Null => Ok(&[]),
        _ => Err(node.error("a list is expected here")),
    }
}

fn text(entries: &Entries, name: &str) -> Result<Option<String>, DocumentError> {
    get(entries, name).map(|value| value.text().map(str::to_owned)).transpose()
}

fn is_true(entries: &Entries, name: &str) -> bool {
    get(entries, name).is_some_and(|value| value.text().is_ok_and(|text| text == "true"))
}

impl Reader<'_> {
    /// Reads a contract.
    pub(super) fn contract(&mut self, entries: &Entries) -> Result<(), DocumentError> {
        known(entries, TOP)?;
        if let Some(version) = get(entries, "apiVersion") {
            let written = version.text()?;
            if !written.trim_start_matches('v').starts_with("3.") {
                return Err(version.error(format!("apiVersion {written} is not known; 3.x is")));
            }
        }
        if let Some(sla) = get(entries, "slaProperties") {
            self.unmapped(sla, "slaProperties", "write freshness as a check of the column");
        }
        let Some(schema) = get(entries, "schema") else { return Ok(()) };
        for object in list(schema)? {
            let entries = map(object)?;
            known(entries, OBJECT)?;
            let named = text(entries, "physicalName")?.or(text(entries, "name")?);
            let name = named.ok_or_else(|| object.error("name is missing"))?;
            let table = relation(object, &name, 0)?;
            if let Some(rules) = get(entries, "quality") {
                for rule in list(rules)? {
                    self.rule(rule, &table, None)?;
                }
            }
            if let Some(properties) = get(entries, "properties") {
                self.properties(list(properties)?, &table)?;
            }
        }
        Ok(())
    }

    fn properties(&mut self, properties: &[Located], table: &RelationName) -> Result<(), DocumentError> {
        let mut key: Vec<String> = Vec::new();
        for property in properties {
            let entries = map(property)?;
            // The standard's own example of an IBAN has its pattern one step too far to the left.
            known(entries, &[PROPERTY, &["pattern"]].concat())?;
            let name = text(entries, "physicalName")?
                .or(text(entries, "name")?)
                .ok_or_else(|| property.error("name is missing"))?;
            if is_true(entries, "primaryKey") {
                key.push(name.clone());
            }
            if is_true(entries, "required") {
                self.implied(property, table, "missing", &name, |_| {})?;
            }
            if is_true(entries, "unique") {
                self.implied(property, table, "unique", &name, |_| {})?;
            }
            if let Some(options) = get(entries, "logicalTypeOptions") {
                self.type_options(options, table, &name)?;
            }
            if let Some(rules) = get(entries, "quality") {
                for rule in list(rules)? {
                    self.rule(rule, table, Some(&name))?;
                }
            }
            for nested in ["properties", "items"] {
                if let Some(value) = get(entries, nested) {
                    self.unmapped(
                        value,
                        &format!("{nested} of {name}"),
                        "fields inside a column are not checked",
                    );
                }
            }
        }
        if !key.is_empty() {
            let mut check = InlineCheck::of_type("unique");
            check.set_texts("columns", key);
            if let Some(first) = properties.first() {
                self.take(Draft::of(check), first.place, table)?;
            }
        }
        Ok(())
    }

    fn implied(
        &mut self,
        at: &Located,
        table: &RelationName,
        kind: &str,
        column: &str,
        more: impl FnOnce(&mut InlineCheck),
    ) -> Result<(), DocumentError> {
        let mut check = InlineCheck::of_type(kind);
        check.set_one("column", Form::Text, column);
        more(&mut check);
        self.take(Draft::of(check), at.place, table)
    }

    fn type_options(
        &mut self,
        options: &Located,
        table: &RelationName,
        column: &str,
    ) -> Result<(), DocumentError> {
        let entries = map(options)?;
        let of = |name| get(entries, name).and_then(Located::scalar).cloned();
        for (kind, low, high) in [("length", "minLength", "maxLength"), ("range", "minimum", "maximum")] {
            let (low, high) = (of(low), of(high));
            if low.is_some() || high.is_some() {
                self.implied(options, table, kind, column, |check| {
                    for (option, bound) in [("min", low), ("max", high)] {
                        if let Some(bound) = bound {
                            check.set_one(option, bound.form, bound.text);
                        }
                    }
                })?;
            }
        }
        if let Some(pattern) = of("pattern") {
            self.implied(options, table, "regex", column, |check| {
                check.set_one("pattern", Form::Text, pattern.text)
            })?;
        }
        for (key, value) in entries {
            let name = key.text()?;
            if !["minLength", "maxLength", "minimum", "maximum", "pattern"].contains(&name) {
                self.unmapped(value, &format!("logicalTypeOptions.{name} of {column}"), "no check says it");
            }
        }
        Ok(())
    }

    fn rule(
        &mut self,
        rule: &Located,
        table: &RelationName,
        column: Option<&str>,
    ) -> Result<(), DocumentError> {
        let entries = map(rule)?;
        known(entries, RULE)?;
        let metric = text(entries, "metric")?.or(text(entries, "rule")?);
        let what = text(entries, "name")?.or(metric.clone()).unwrap_or_else(|| "a quality rule".to_owned());
        let kind = text(entries, "type")?
            .unwrap_or_else(|| if metric.is_some() { "library" } else { "text" }.to_owned());
        let mut check = match kind.as_str() {
            "text" => {
                self.unmapped(rule, &what, "it is text for people");
                return Ok(());
            }
            "custom" => {
                self.unmapped(rule, &what, "it is for another engine");
                return Ok(());
            }
            "sql" => {
                let query = text(entries, "query")?.ok_or_else(|| rule.error("query is missing"))?;
                let mut check = InlineCheck::of_type("sql");
                check.set_one("query", Form::Text, placeholders(&query, column));
                check.set_one("expect", Form::Text, expectation(rule, entries)?);
                check
            }
            "library" => {
                let metric = metric.ok_or_else(|| rule.error("metric is missing"))?;
                match self.metric(rule, entries, &metric, column)? {
                    Some(check) => check,
                    None => {
                        self.unmapped(rule, &what, "its condition does not bound failing rows from above");
                        return Ok(());
                    }
                }
            }
            other => {
                let known = ["library", "sql", "text", "custom"];
                return Err(rule
                    .place
                    .error(Mistake::new(format!("unknown type {other}")).hint(suggest(other, &known))));
            }
        };
        if let Some(name) = text(entries, "name")? {
            check.set_one("name", Form::Text, name);
        }
        // Anything milder than an error, such as info, warns.
        if let Some(severity) = text(entries, "severity")? {
            let strict = matches!(severity.as_str(), "error" | "fail" | "critical" | "high");
            check.set_one("severity", Form::Text, if strict { "fail" } else { "warn" });
        }
        self.take(Draft::of(check), rule.place, table)
    }

    fn metric(
        &mut self,
        rule: &Located,
        entries: &Entries,
        metric: &str,
        column: Option<&str>,
    ) -> Result<Option<InlineCheck>, DocumentError> {
        if metric == "rowCount" {
            let mut check = InlineCheck::of_type("row_count");
            return Ok(row_count_bounds(&mut check, rule, entries)?.then_some(check));
        }
        let arguments = get(entries, "arguments").map(map).transpose()?.unwrap_or_default();
        known(arguments, ARGUMENTS)?;
        let argument = |name| get(arguments, name).or_else(|| get(entries, name));
        let mut check = match metric {
            "nullValues" => InlineCheck::of_type("missing"),
            "missingValues" => {
                let mut check = InlineCheck::of_type("missing");
                if let Some(values) = argument("missingValues") {
                    // NULL is missing anyway.
                    let values: Vec<_> = list(values)?.iter().filter_map(Located::scalar).cloned().collect();
                    if !values.is_empty() {
                        check.set("values", super::inline::Given::Many(values));
                    }
                }
                check
            }
            "duplicateValues" => InlineCheck::of_type("unique"),
            "invalidValues" => match (argument("validValues"), argument("pattern")) {
                (Some(values), _) => {
                    let mut check = InlineCheck::of_type("in_set");
                    check.set("values", super::inline::Given::Many(super::read::values(values)?));
                    check
                }
                (None, Some(pattern)) => {
                    let mut check = InlineCheck::of_type("regex");
                    check.set_one("pattern", Form::Text, pattern.text()?);
                    check
                }
                (None, None) => {
                    let bounds = [("length", "minLength", "maxLength"), ("range", "minimum", "maximum")];
                    let bounded = bounds
                        .into_iter()
                        .find(|(_, low, high)| argument(low).is_some() || argument(high).is_some());
                    let Some((kind, low, high)) = bounded else {
                        return Err(rule.error("invalidValues needs validValues, pattern, or bounds"));
                    };
                    let mut check = InlineCheck::of_type(kind);
                    for (option, name) in [("min", low), ("max", high)] {
                        if let Some(bound) = argument(name).and_then(Located::scalar) {
                            check.set_one(option, bound.form, bound.text.clone());
                        }
                    }
                    check
                }
            },
            other => {
                let metrics = ["rowCount", "nullValues", "missingValues", "invalidValues", "duplicateValues"];
                return Err(rule
                    .place
                    .error(Mistake::new(format!("unknown metric {other}")).hint(suggest(other, &metrics))));
            }
        };
        match (column, argument("properties")) {
            (Some(column), _) => check.set_one("column", Form::Text, column),
            (None, Some(properties)) => {
                let names: Result<Vec<String>, _> =
                    list(properties)?.iter().map(|name| name.text().map(str::to_owned)).collect();
                check.set_texts("columns", names?);
            }
            (None, None) => {
                return Err(rule.error(format!("{metric} needs properties, or to stand below a property")));
            }
        }
        Ok(failing_limit(&mut check, entries)?.then_some(check))
    }
}

/// The one condition of a rule: its key and value.
fn condition(entries: &Entries) -> Option<(&str, &Located)> {
    entries.iter().find_map(|(key, value)| {
        let key = key.text().ok()?;
        (key.starts_with("mustBe") || key.starts_with("mustNot")).then_some((key, value))
    })
}

/// The limit of failing rows that the condition means; false where it means none from above.
fn failing_limit(check: &mut InlineCheck, entries: &Entries) -> Result<bool, DocumentError> {
    let percent = text(entries, "unit")?.is_some_and(|unit| unit == "percent");
    let limit = |number: &str| if percent { format!("{number}%") } else { number.to_owned() };
    let Some((operator, value)) = condition(entries) else { return Ok(true) };
    match operator {
        "mustBe" => {
            let number = value.text()?;
            if number.parse::<f64>().is_ok_and(|number| number != 0.0) {
                return Ok(false);
            }
        }
        "mustBeLessThan" => {
            check.set_one("max_failed", Form::Text, limit(value.text()?));
            check.below = true;
        }
        "mustBeLessOrEqualTo" => check.set_one("max_failed", Form::Text, limit(value.text()?)),
        "mustBeBetween" => {
            let [low, high] = bounds(value)?;
            if low.parse::<f64>().is_ok_and(|low| low > 0.0) {
                return Ok(false);
            }
            check.set_one("max_failed", Form::Text, limit(&high));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn row_count_bounds(
    check: &mut InlineCheck,
    rule: &Located,
    entries: &Entries,
) -> Result<bool, DocumentError> {
    let (operator, value) =
        condition(entries).ok_or_else(|| rule.error("a condition such as mustBeGreaterThan is missing"))?;
    let moved = |value: &Located, by: i64| -> Result<String, DocumentError> {
        let number: i64 =
            value.text()?.parse().map_err(|_| value.error("a whole number is expected here"))?;
        Ok(number.saturating_add(by).to_string())
    };
    match operator {
        "mustBe" => {
            check.set_one("min", Form::Number, moved(value, 0)?);
            check.set_one("max", Form::Number, moved(value, 0)?);
        }
        "mustBeGreaterThan" => check.set_one("min", Form::Number, moved(value, 1)?),
        "mustBeGreaterOrEqualTo" => check.set_one("min", Form::Number, moved(value, 0)?),
        "mustBeLessThan" => check.set_one("max", Form::Number, moved(value, -1)?),
        "mustBeLessOrEqualTo" => check.set_one("max", Form::Number, moved(value, 0)?),
        "mustBeBetween" => {
            let [low, high] = bounds(value)?;
            check.set_one("min", Form::Number, low);
            check.set_one("max", Form::Number, high);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The condition of a rule that gives a number.
fn expectation(rule: &Located, entries: &Entries) -> Result<String, DocumentError> {
    let (operator, value) =
        condition(entries).ok_or_else(|| rule.error("a condition such as mustBe is missing"))?;
    Ok(match operator {
        "mustBe" => format!("= {}", value.text()?),
        "mustNotBe" => format!("!= {}", value.text()?),
        "mustBeGreaterThan" => format!("> {}", value.text()?),
        "mustBeGreaterOrEqualTo" => format!(">= {}", value.text()?),
        "mustBeLessThan" => format!("< {}", value.text()?),
        "mustBeLessOrEqualTo" => format!("<= {}", value.text()?),
        between => {
            let not = if between == "mustNotBeBetween" { "not " } else { "" };
            let [low, high] = bounds(value)?;
            format!("{not}between {low} and {high}")
        }
    })
}

fn bounds(value: &Located) -> Result<[String; 2], DocumentError> {
    match list(value)? {
        [low, high] => Ok([low.text()?.to_owned(), high.text()?.to_owned()]),
        _ => Err(value.error("two bounds are expected here, like [0, 10]")),
    }
}

/// `{object}` and `{table}` stand for the table, `{property}` for the column.
fn placeholders(query: &str, column: Option<&str>) -> String {
    let column = column.map(pgwright_sql::quote_identifier).unwrap_or_default();
    let query = query.replace("${object}", "{object}").replace("${table}", "{table}");
    query
        .replace("${property}", &column)
        .replace("{property}", &column)
        .replace("${column}", &column)
        .replace("{column}", &column)
}
