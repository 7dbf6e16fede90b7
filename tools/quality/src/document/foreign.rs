//! Checks of other tools: dbt's `schema.yml`, suites of Great Expectations, and what Soda writes differently. Each item is
//! mapped or listed as not mapped; none is dropped. Where the other tool counts otherwise, its way of counting is kept.

use pgwright_sql::RelationName;

use super::inline::Given;
use super::located::{Located, Node};
use super::odcs::{get, list, map};
use super::read::{Draft, Reader, relation, values};
use super::{DocumentError, Form, InlineCheck};

type Entries = [(Located, Located)];

/// Whether the mapping is a dbt property file.
pub(super) fn is_dbt(entries: &Entries) -> bool {
    ["models", "sources", "seeds", "snapshots"].iter().any(|key| get(entries, key).is_some())
}

/// Whether the mapping is a suite of Great Expectations.
pub(super) fn is_suite(entries: &Entries) -> bool {
    get(entries, "expectations").is_some()
}

fn scalar_text(entries: &Entries, name: &str) -> Option<String> {
    get(entries, name)?.text().ok().map(str::to_owned)
}

impl Reader<'_> {
    /// Reads a dbt property file.
    pub(super) fn dbt(&mut self, entries: &Entries) -> Result<(), DocumentError> {
        for (key, value) in entries {
            match key.text()? {
                "version" => {}
                "models" | "seeds" | "snapshots" => {
                    for model in list(value)? {
                        self.model(model, None)?;
                    }
                }
                "sources" => {
                    for source in list(value)? {
                        let entries = map(source)?;
                        let schema = scalar_text(entries, "schema").or_else(|| scalar_text(entries, "name"));
                        for table in get(entries, "tables").map(list).transpose()?.unwrap_or_default() {
                            self.model(table, schema.as_deref())?;
                        }
                    }
                }
                other => {
                    let other = other.to_owned();
                    self.unmapped(value, &other, "it holds no tests");
                }
            }
        }
        Ok(())
    }

    fn model(&mut self, model: &Located, schema: Option<&str>) -> Result<(), DocumentError> {
        let entries = map(model)?;
        let name = scalar_text(entries, "identifier")
            .or_else(|| scalar_text(entries, "alias"))
            .or_else(|| scalar_text(entries, "name"))
            .ok_or_else(|| model.error("name is missing"))?;
        let schema = schema.map(str::to_owned).or_else(|| scalar_text(entries, "schema"));
        let table = match schema {
            Some(schema) => RelationName::qualified(schema, name),
            None => relation(model, &name, 0)?,
        };
        for key in ["tests", "data_tests"] {
            for test in get(entries, key).map(list).transpose()?.unwrap_or_default() {
                self.test(test, &table, None)?;
            }
        }
        if let Some(freshness) = get(entries, "freshness") {
            self.unmapped(freshness, "freshness", "write freshness of the loaded_at column");
        }
        for column in get(entries, "columns").map(list).transpose()?.unwrap_or_default() {
            let entries = map(column)?;
            let name = scalar_text(entries, "name").ok_or_else(|| column.error("name is missing"))?;
            for key in ["tests", "data_tests"] {
                for test in get(entries, key).map(list).transpose()?.unwrap_or_default() {
                    self.test(test, &table, Some(&name))?;
                }
            }
        }
        Ok(())
    }

    fn test(
        &mut self,
        test: &Located,
        table: &RelationName,
        column: Option<&str>,
    ) -> Result<(), DocumentError> {
        let empty: &Entries = &[];
        let (name, arguments) = match &test.node {
            Node::Scalar(scalar) => (scalar.text.clone(), empty),
            Node::Map(entries) => match entries.as_slice() {
                [(key, value)] => (
                    key.text()?.to_owned(),
                    if matches!(value.node, Node::Null) { empty } else { map(value)? },
                ),
                _ => return Err(test.error("a test is a name, or a name with its arguments")),
            },
            Node::Null | Node::List(_) => return Err(test.error("a test is expected here")),
        };
        let nested = get(arguments, "arguments").map(map).transpose()?.unwrap_or_default();
        let config = get(arguments, "config").map(map).transpose()?.unwrap_or_default();
        let of = |option: &str| get(arguments, option).or_else(|| get(nested, option));
        let bare = name.rsplit('.').next().unwrap_or_default();
        let bare = bare.strip_prefix("expect_").unwrap_or(bare);
        let column = of("column_name").and_then(|name| name.text().ok()).or(column);
        let on = |kind: &str| {
            let mut check = InlineCheck::of_type(kind);
            if let Some(column) = column {
                check.set_one("column", Form::Text, column);
            }
            check
        };
        let set = |check: &mut InlineCheck, option: &'static str, from: &str| {
            if let Some(scalar) = of(from).and_then(Located::scalar) {
                check.set_one(option, scalar.form, scalar.text.clone());
            }
        };
        let check = match bare {
            "not_null" | "column_values_to_not_be_null" => on("missing"),
            "unique" | "column_values_to_be_unique" => {
                let mut check = on("unique");
                check.set_one("count", Form::Text, "groups");
                check
            }
            "accepted_values"
            | "column_values_to_be_in_set"
            | "rejected_values"
            | "not_accepted_values"
            | "column_values_to_not_be_in_set" => {
                let forbidden = bare.contains("not_") || bare.starts_with("rejected");
                let mut check = on(if forbidden { "not_in_set" } else { "in_set" });
                let listed = of("values")
                    .or_else(|| of("value_set"))
                    .ok_or_else(|| test.error("values is missing"))?;
                check.set("values", Given::Many(values(listed)?));
                check
            }
            "relationships" => {
                let to = of("to").ok_or_else(|| test.error("to is missing"))?.text()?;
                let field = of("field").ok_or_else(|| test.error("field is missing"))?.text()?;
                let mut check = on("references");
                check.set_one("references", Form::Text, format!("{}({field})", referenced(to, table)));
                check
            }
            "expression_is_true" => {
                let mut check = InlineCheck::of_type("row_condition");
                let expression =
                    of("expression").ok_or_else(|| test.error("expression is missing"))?.text()?;
                let expression = match column {
                    Some(column) => format!("{} {expression}", pgwright_sql::quote_identifier(column)),
                    None => expression.to_owned(),
                };
                check.set_one("expression", Form::Text, expression);
                check
            }
            "unique_combination_of_columns" | "compound_columns_to_be_unique" => {
                let mut check = InlineCheck::of_type("unique");
                let listed = of("combination_of_columns").or_else(|| of("column_list"));
                let listed = list(listed.ok_or_else(|| test.error("the columns are missing"))?)?;
                let names: Result<Vec<String>, _> =
                    listed.iter().map(|name| name.text().map(str::to_owned)).collect();
                check.set_texts("columns", names?);
                check.set_one("count", Form::Text, "groups");
                check
            }
            "accepted_range" | "column_values_to_be_between" => {
                let mut check = on("range");
                set(&mut check, "min", "min_value");
                set(&mut check, "max", "max_value");
                check
            }
            "column_values_to_match_regex" | "column_values_to_not_match_regex" => {
                let mut check = on(if bare.contains("not") { "not_regex" } else { "regex" });
                set(&mut check, "pattern", "regex");
                check
            }
            "column_value_lengths_to_be_between" => {
                let mut check = on("length");
                set(&mut check, "min", "min_value");
                set(&mut check, "max", "max_value");
                check
            }
            "not_empty_string" => on("not_empty"),
            "table_row_count_to_be_between" => {
                let mut check = InlineCheck::of_type("row_count");
                set(&mut check, "min", "min_value");
                set(&mut check, "max", "max_value");
                check
            }
            "column_mean_to_be_between"
            | "column_sum_to_be_between"
            | "column_min_to_be_between"
            | "column_max_to_be_between"
            | "column_median_to_be_between"
            | "column_stdev_to_be_between"
            | "column_unique_value_count_to_be_between" => {
                let mut check = on(measure(bare));
                set(&mut check, "min", "min_value");
                set(&mut check, "max", "max_value");
                check
            }
            "equal_rowcount" => {
                let mut check = InlineCheck::of_type("row_count_match");
                let other =
                    of("compare_model").ok_or_else(|| test.error("compare_model is missing"))?.text()?;
                check.set_one("other", Form::Text, referenced(other, table));
                check
            }
            "sequential_values" => on("sequence_gaps"),
            _ => {
                self.unmapped(test, &name, "no check says the same");
                return Ok(());
            }
        };
        let mut check = check;
        for from in [arguments, config, nested] {
            if let Some(filter) = scalar_text(from, "where") {
                check.set_one("filter", Form::Text, filter);
            }
            if let Some(condition) = scalar_text(from, "row_condition") {
                check.set_one("filter", Form::Text, condition);
            }
            if let Some(name) = scalar_text(from, "name") {
                check.set_one("name", Form::Text, name);
            }
            if scalar_text(from, "severity").is_some_and(|severity| severity.eq_ignore_ascii_case("warn")) {
                check.set_one("severity", Form::Text, "warn");
            }
            for (band, option) in [("warn_if", "warn"), ("error_if", "fail")] {
                if let Some(written) = scalar_text(from, band) {
                    check.set_one(if option == "warn" { "warn" } else { "fail" }, Form::Text, written);
                }
            }
        }
        self.take_foreign(check, test, table, &name)
    }

    /// Reads a suite of Great Expectations; it names no table of its own.
    pub(super) fn suite(
        &mut self,
        entries: &Entries,
        table: Option<&RelationName>,
    ) -> Result<(), DocumentError> {
        for item in get(entries, "expectations").map(list).transpose()?.unwrap_or_default() {
            let entries = map(item)?;
            let kind = scalar_text(entries, "type").or_else(|| scalar_text(entries, "expectation_type"));
            let kind = kind.ok_or_else(|| item.error("expectation_type is missing"))?;
            let arguments = get(entries, "kwargs").map(map).transpose()?.unwrap_or_default();
            let table = table.ok_or_else(|| item.error("a suite names no table; give table beside it"))?;
            self.expectation(item, &kind, arguments, table)?;
        }
        Ok(())
    }

    fn expectation(
        &mut self,
        item: &Located,
        kind: &str,
        arguments: &Entries,
        table: &RelationName,
    ) -> Result<(), DocumentError> {
        let of = |option: &str| get(arguments, option).filter(|value| !matches!(value.node, Node::Null));
        let on = |kind: &str| {
            let mut check = InlineCheck::of_type(kind);
            if let Some(column) = scalar_text(arguments, "column") {
                check.set_one("column", Form::Text, column);
            }
            check
        };
        let bounds = |check: &mut InlineCheck| {
            for (option, from) in [("min", "min_value"), ("max", "max_value")] {
                if let Some(scalar) = of(from).and_then(Located::scalar) {
                    check.set_one(
                        if option == "min" { "min" } else { "max" },
                        scalar.form,
                        scalar.text.clone(),
                    );
                }
            }
        };
        let bare = kind.strip_prefix("expect_").unwrap_or(kind);
        let mut check = match bare {
            "column_values_to_not_be_null" => on("missing"),
            "column_values_to_be_unique" => {
                let mut check = on("unique");
                check.set_one("count", Form::Text, "rows");
                check
            }
            "compound_columns_to_be_unique" | "select_column_values_to_be_unique_within_record"
                if bare.starts_with("compound") =>
            {
                let mut check = InlineCheck::of_type("unique");
                let listed = list(of("column_list").ok_or_else(|| item.error("column_list is missing"))?)?;
                let names: Result<Vec<String>, _> =
                    listed.iter().map(|name| name.text().map(str::to_owned)).collect();
                check.set_texts("columns", names?);
                check.set_one("count", Form::Text, "rows");
                check
            }
            "column_values_to_be_in_set" | "column_values_to_not_be_in_set" => {
                let mut check = on(if bare.contains("not_be") { "not_in_set" } else { "in_set" });
                check.set(
                    "values",
                    Given::Many(values(of("value_set").ok_or_else(|| item.error("value_set is missing"))?)?),
                );
                check
            }
            "column_distinct_values_to_equal_set"
            | "column_distinct_values_to_contain_set"
            | "column_distinct_values_to_be_in_set" => {
                let mut check = on("distinct_set");
                check.set(
                    "values",
                    Given::Many(values(of("value_set").ok_or_else(|| item.error("value_set is missing"))?)?),
                );
                let how = match bare {
                    "column_distinct_values_to_equal_set" => "equal",
                    "column_distinct_values_to_contain_set" => "contain",
                    _ => "within",
                };
                check.set_one("match", Form::Text, how);
                check
            }
            "column_values_to_be_between" => {
                let mut check = on("range");
                bounds(&mut check);
                check
            }
            "column_value_lengths_to_be_between" => {
                let mut check = on("length");
                bounds(&mut check);
                check
            }
            "column_value_lengths_to_equal" => {
                let mut check = on("length");
                if let Some(value) = scalar_text(arguments, "value") {
                    check.set_one("min", Form::Number, value.clone());
                    check.set_one("max", Form::Number, value);
                }
                check
            }
            "column_values_to_match_regex" | "column_values_to_not_match_regex" => {
                let mut check = on(if bare.contains("not_match") { "not_regex" } else { "regex" });
                if let Some(pattern) = scalar_text(arguments, "regex") {
                    check.set_one("pattern", Form::Text, pattern);
                }
                check
            }
            "table_row_count_to_be_between" => {
                let mut check = InlineCheck::of_type("row_count");
                bounds(&mut check);
                check
            }
            "table_row_count_to_equal" => {
                let mut check = InlineCheck::of_type("row_count");
                if let Some(value) = scalar_text(arguments, "value") {
                    check.set_one("min", Form::Number, value.clone());
                    check.set_one("max", Form::Number, value);
                }
                check
            }
            "table_row_count_to_equal_other_table" => {
                let mut check = InlineCheck::of_type("row_count_match");
                if let Some(other) = scalar_text(arguments, "other_table_name") {
                    check.set_one("other", Form::Text, other);
                }
                check
            }
            "column_mean_to_be_between"
            | "column_sum_to_be_between"
            | "column_min_to_be_between"
            | "column_max_to_be_between"
            | "column_median_to_be_between"
            | "column_stdev_to_be_between"
            | "column_unique_value_count_to_be_between" => {
                let mut check = on(measure(bare));
                bounds(&mut check);
                check
            }
            "column_pair_values_a_to_be_greater_than_b" | "column_pair_values_to_be_equal" => {
                let mut check = InlineCheck::of_type("compare");
                let pair = ["column_A", "column_B"].map(|name| scalar_text(arguments, name));
                check.set_texts("columns", pair.into_iter().flatten().collect());
                let or_equal = scalar_text(arguments, "or_equal").is_some_and(|or| or == "true");
                let is = match (bare.ends_with("equal"), or_equal) {
                    (true, _) => "=",
                    (false, true) => ">=",
                    (false, false) => ">",
                };
                check.set_one("is", Form::Text, is);
                check
            }
            "column_to_exist" => {
                let mut check = InlineCheck::of_type("schema");
                check.set_texts("columns", scalar_text(arguments, "column").into_iter().collect());
                check
            }
            "table_columns_to_match_ordered_list" | "table_columns_to_match_set" => {
                let mut check = InlineCheck::of_type("schema");
                let named = of("column_list").or_else(|| of("column_set"));
                let listed = list(named.ok_or_else(|| item.error("the columns are missing"))?)?;
                let names: Result<Vec<String>, _> =
                    listed.iter().map(|name| name.text().map(str::to_owned)).collect();
                check.set_texts("columns", names?);
                check.set_one(
                    "match",
                    Form::Text,
                    if bare.ends_with("ordered_list") { "order" } else { "exact" },
                );
                check
            }
            "column_values_to_be_of_type" => {
                let mut check = on("column_type");
                check.set_one("as", Form::Text, scalar_text(arguments, "type_").unwrap_or_default());
                check
            }
            _ => {
                self.unmapped(item, kind, "no check says the same");
                return Ok(());
            }
        };
        if let Some(mostly) = scalar_text(arguments, "mostly").and_then(|mostly| mostly.parse::<f64>().ok()) {
            let allowed = format!("{:.6}", (1.0 - mostly) * 100.0);
            let allowed = allowed.trim_end_matches('0').trim_end_matches('.');
            check.set_one("max_failed", Form::Text, format!("{allowed}%"));
        }
        self.take_foreign(check, item, table, kind)
    }

    /// Takes a check of another tool; what it says and no check can is listed, not an error.
    fn take_foreign(
        &mut self,
        check: InlineCheck,
        at: &Located,
        table: &RelationName,
        name: &str,
    ) -> Result<(), DocumentError> {
        if let Err(mistake) = check.spec() {
            self.unmapped(at, name, &mistake.to_string());
            return Ok(());
        }
        self.take(Draft::of(check), at.place, table)
    }
}

fn measure(expectation: &str) -> &'static str {
    match expectation {
        "column_mean_to_be_between" => "avg",
        "column_sum_to_be_between" => "sum",
        "column_min_to_be_between" => "min",
        "column_max_to_be_between" => "max",
        "column_median_to_be_between" => "median",
        "column_stdev_to_be_between" => "stddev",
        _ => "distinct_count",
    }
}

/// `ref('orders')` and `source('shop', 'orders')` as a table, in the schema of the table at hand.
fn referenced(written: &str, table: &RelationName) -> String {
    let quoted: Vec<&str> = written.split('\'').skip(1).step_by(2).collect();
    let quoted = if quoted.is_empty() { written.split('"').skip(1).step_by(2).collect() } else { quoted };
    match (written.trim().trim_start_matches("{{").trim_start().split('(').next(), quoted.as_slice()) {
        (Some("source"), [schema, name, ..]) => RelationName::qualified(*schema, *name).to_string(),
        (Some("ref"), [.., name]) => match &table.schema {
            Some(schema) => RelationName::qualified(schema.clone(), *name).to_string(),
            None => (*name).to_owned(),
        },
        _ => written.to_owned(),
    }
}

/// A line that Soda writes and pgwright does not: `missing_count(email) = 0`, `values in (a) must exist in b (c)`. `None`: it is
/// none; an error says why it is not mapped.
pub(super) fn soda(line: &str, options: Option<&Located>) -> Option<Result<InlineCheck, String>> {
    if let Some(rest) = line.strip_prefix("values in ") {
        let (columns, parent) = rest.split_once(" must exist in ")?;
        let names = columns.trim().strip_prefix('(')?.strip_suffix(')')?;
        let columns = super::line::column_list(names).ok()?;
        let mut check = InlineCheck::of_type("references");
        check.set_texts("columns", columns);
        check.set_one("references", Form::Text, parent.replace(" (", "("));
        return Some(Ok(check));
    }
    let open = line.find('(')?;
    let kind = line.get(..open)?;
    let (what, percent) = match (kind.strip_suffix("_count"), kind.strip_suffix("_percent")) {
        (Some(what), _) => (what, false),
        (None, Some(what)) => (what, true),
        (None, None) => return None,
    };
    if !matches!(what, "missing" | "duplicate" | "invalid") {
        return None;
    }
    let close = line.rfind(')')?;
    let columns = super::line::column_list(line.get(open + 1..close)?).ok()?;
    let condition = line.get(close + 1..).unwrap_or_default().trim();
    let mut check = match what {
        "missing" => InlineCheck::of_type("missing"),
        "duplicate" => {
            let mut check = InlineCheck::of_type("unique");
            check.set_one("count", Form::Text, "groups");
            check
        }
        _ => match validity(options) {
            Ok(check) => check,
            Err(reason) => return Some(Err(reason)),
        },
    };
    check.set_texts("columns", columns);
    if what == "missing"
        && let Some(Node::Map(entries)) = options.map(|options| &options.node)
        && let Some(listed) = get(entries, "missing values")
        && let Ok(listed) = values(listed)
    {
        check.set("values", Given::Many(listed));
    }
    let limit = |number: &str| {
        let number = number.trim().trim_end_matches('%').trim();
        if percent { format!("{number}%") } else { number.to_owned() }
    };
    let bounded = [("<=", false), ("<", true), ("=", false)]
        .into_iter()
        .find_map(|(sign, below)| condition.strip_prefix(sign).map(|number| (limit(number), below)));
    match bounded {
        Some((number, below)) if !condition.starts_with('=') || number.trim_end_matches('%') == "0" => {
            check.set_one("max_failed", Form::Text, number);
            check.below = below;
        }
        None if condition.is_empty() => {}
        _ => return Some(Err(format!("{condition} does not bound failing rows from above"))),
    }
    if let Some(Node::Map(entries)) = options.map(|options| &options.node) {
        for (option, written) in [("name", "name"), ("filter", "filter"), ("warn", "warn"), ("fail", "fail")]
        {
            if let Some(text) = scalar_text(entries, written) {
                let text = text.trim_start_matches("when ").to_owned();
                check.set_one(
                    match option {
                        "name" => "name",
                        "filter" => "filter",
                        "warn" => "warn",
                        _ => "fail",
                    },
                    Form::Text,
                    text,
                );
            }
        }
    }
    Some(Ok(check))
}

/// What Soda calls valid.
fn validity(options: Option<&Located>) -> Result<InlineCheck, String> {
    let Some(Node::Map(entries)) = options.map(|options| &options.node) else {
        return Err("it says not what is valid".to_owned());
    };
    if let Some(listed) = get(entries, "valid values").or_else(|| get(entries, "invalid values")) {
        let forbidden = get(entries, "valid values").is_none();
        let mut check = InlineCheck::of_type(if forbidden { "not_in_set" } else { "in_set" });
        check.set("values", Given::Many(values(listed).map_err(|error| error.to_string())?));
        return Ok(check);
    }
    if let Some(pattern) = scalar_text(entries, "valid regex") {
        let mut check = InlineCheck::of_type("regex");
        check.set_one("pattern", Form::Text, pattern);
        return Ok(check);
    }
    if let Some(format) = scalar_text(entries, "valid format") {
        let format = match format.as_str() {
            "email" | "uuid" | "url" => format,
            "ip address" | "ipv4 address" | "ipv6 address" => format.trim_end_matches(" address").to_owned(),
            "date iso 8601" => "timestamp".to_owned(),
            "date eu" | "date us" | "date inverse" => {
                return Err(format!("the format {format} is not known"));
            }
            "integer" | "decimal" => format,
            "credit card number" => "card".to_owned(),
            "phone number" => "phone".to_owned(),
            other => return Err(format!("the format {other} is not known")),
        };
        let mut check = InlineCheck::of_type("format");
        check.set_one("format", Form::Text, format);
        return Ok(check);
    }
    for (kind, low, high) in
        [("length", "valid min length", "valid max length"), ("range", "valid min", "valid max")]
    {
        let (low, high) = (get(entries, low), get(entries, high));
        if low.is_some() || high.is_some() {
            let mut check = InlineCheck::of_type(kind);
            for (option, bound) in [("min", low), ("max", high)] {
                if let Some(scalar) = bound.and_then(Located::scalar) {
                    check.set_one(
                        if option == "min" { "min" } else { "max" },
                        scalar.form,
                        scalar.text.clone(),
                    );
                }
            }
            return Ok(check);
        }
    }
    if let Some(length) = scalar_text(entries, "valid length") {
        let mut check = InlineCheck::of_type("length");
        check.set_one("min", Form::Number, length.clone());
        check.set_one("max", Form::Number, length);
        return Ok(check);
    }
    Err("it says not what is valid in a way that a check knows".to_owned())
}
