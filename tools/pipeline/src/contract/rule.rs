//! The rules of one column: its types, its bounds, its pattern, its list of values.

use std::cmp::Ordering;
use std::collections::HashSet;

use regex::bytes::Regex;

use super::fault::Broken;
use super::kind::{Kind, Verdict};
use crate::document::Column;

/// What every value of one column must satisfy.
#[derive(Debug)]
pub(crate) struct ColumnRule {
    pub(crate) name: String,
    nullable: bool,
    /// The table's type first, then the contract's where it differs.
    types: Vec<(Kind, String)>,
    min: Option<String>,
    max: Option<String>,
    pattern: Option<Regex>,
    values: Option<HashSet<Vec<u8>>>,
}

impl ColumnRule {
    /// The rule that a table's column sets by itself.
    pub(crate) fn of_table(name: &str, type_name: &str, nullable: bool) -> Self {
        Self {
            name: name.to_owned(),
            nullable,
            types: vec![(Kind::named(type_name), type_name.to_owned())],
            min: None,
            max: None,
            pattern: None,
            values: None,
        }
    }

    /// Adds what the contract asks for beyond the table.
    pub(crate) fn with_contract(mut self, column: &Column) -> Result<Self, String> {
        check_column(column)?;
        let kind = Kind::named(&column.type_name);
        if self.types.iter().all(|(known, _)| *known != kind) && !matches!(kind, Kind::Server(_)) {
            self.types.push((kind, column.type_name.clone()));
        }
        self.nullable &= column.nullable;
        self.min = column.min.clone();
        self.max = column.max.clone();
        self.pattern =
            column.pattern.as_deref().map(Regex::new).transpose().map_err(|error| error.to_string())?;
        self.values = column
            .values
            .as_ref()
            .map(|values| values.iter().map(|value| value.clone().into_bytes()).collect());
        Ok(self)
    }

    /// Makes NULL a fault, as for a key column.
    pub(crate) fn required(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Judges NULL.
    pub(crate) fn judge_null(&self) -> Option<Broken> {
        (!self.nullable).then_some(Broken::Null)
    }

    /// Judges a text, calling `broken` for each rule that it breaks.
    pub(crate) fn judge(&self, text: &[u8], mut broken: impl FnMut(Broken)) {
        for (kind, type_name) in &self.types {
            match kind.judge(text) {
                Verdict::Fits | Verdict::AskServer => {}
                Verdict::TooLarge => return broken(Broken::TooLarge { type_name: type_name.clone() }),
                Verdict::Misfit(reason) => {
                    return broken(Broken::NotOfType { type_name: type_name.clone(), reason });
                }
            }
        }
        // The contract's own type, if any, is the last: its bounds are in its terms.
        let Some((kind, _)) = self.types.last() else { return };
        if let Some(min) = &self.min
            && kind.compare(text, min.as_bytes()) == Some(Ordering::Less)
        {
            broken(Broken::BelowMin { min: min.clone() });
        }
        if let Some(max) = &self.max
            && kind.compare(text, max.as_bytes()) == Some(Ordering::Greater)
        {
            broken(Broken::AboveMax { max: max.clone() });
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            broken(Broken::Pattern { pattern: pattern.as_str().to_owned() });
        }
        if let Some(values) = &self.values
            && !values.contains(text)
        {
            broken(Broken::NotListed);
        }
    }
}

/// Whether a contract's column makes sense by itself.
pub(crate) fn check_column(column: &Column) -> Result<(), String> {
    let allowed = |symbol: char| symbol.is_alphanumeric() || " _(),[].\"".contains(symbol);
    if column.type_name.is_empty() || !column.type_name.chars().all(allowed) {
        return Err("type is the name of a PostgreSQL type, such as integer or numeric(10,2)".to_owned());
    }
    let kind = Kind::named(&column.type_name);
    for (key, bound) in [("min", &column.min), ("max", &column.max)] {
        let Some(bound) = bound else { continue };
        if !kind.is_ordered() {
            return Err(format!("{key} has no meaning for type {}", column.type_name));
        }
        if kind.compare(bound.as_bytes(), bound.as_bytes()).is_none() {
            return Err(format!("{key} is not a value of type {}", column.type_name));
        }
    }
    if let Some(pattern) = &column.pattern {
        Regex::new(pattern).map_err(|error| {
            // The last line says what is wrong; the others draw it.
            let drawn = error.to_string();
            format!("pattern: {}", drawn.lines().last().unwrap_or_default().trim_start_matches("error: "))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn broken(rule: &ColumnRule, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        rule.judge(text.as_bytes(), |broken| found.push(broken.code().to_owned()));
        found
    }

    fn column(yaml: &str) -> Column {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn every_broken_rule_is_told() {
        let sku = column("{name: sku, type: text, pattern: '^[A-Z]+$', values: [A, B]}");
        let rule = ColumnRule::of_table("sku", "text", true).with_contract(&sku).unwrap();
        assert_eq!(broken(&rule, "A"), [""; 0]);
        assert_eq!(broken(&rule, "C"), ["values"]);
        assert_eq!(broken(&rule, "c"), ["pattern", "values"]);
    }

    #[test]
    fn bounds_are_inclusive_and_exact() {
        let price = column("{name: price, type: 'numeric(10,2)', min: 0.10, max: 9007199254740993}");
        let rule = ColumnRule::of_table("price", "numeric", true).with_contract(&price).unwrap();
        assert_eq!(broken(&rule, "0.1"), [""; 0]);
        assert_eq!(broken(&rule, "0.099"), ["min"]);
        let wide = column("{name: n, type: numeric, max: 9007199254740993}");
        let rule = ColumnRule::of_table("n", "numeric", true).with_contract(&wide).unwrap();
        assert_eq!(broken(&rule, "9007199254740993"), [""; 0]);
        assert_eq!(broken(&rule, "9007199254740993.1"), ["max"]);
    }

    #[test]
    fn a_value_must_fit_the_table_and_the_contract() {
        let narrow = column("{name: n, type: smallint}");
        let rule = ColumnRule::of_table("n", "integer", true).with_contract(&narrow).unwrap();
        assert_eq!(broken(&rule, "40000"), ["out_of_range"]);
        let wide = column("{name: n, type: bigint, nullable: false}");
        let rule = ColumnRule::of_table("n", "smallint", true).with_contract(&wide).unwrap();
        assert_eq!(broken(&rule, "40000"), ["out_of_range"]);
        assert_eq!(rule.judge_null(), Some(Broken::Null));
    }

    #[test]
    fn bounds_that_mean_nothing_are_refused() {
        assert!(check_column(&column("{name: a, type: text, min: 1}")).is_err());
        assert!(check_column(&column("{name: a, type: date, min: soon}")).is_err());
        assert!(check_column(&column("{name: a, type: 'int); drop table x', min: 1}")).is_err());
    }
}
