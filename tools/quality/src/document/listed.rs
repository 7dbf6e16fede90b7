//! The checks of a larger YAML document, such as a pipeline: a list below one of its keys, each check a mapping with the
//! options of the full form, its type under `rule`, and no table.

use schemars::{Schema, json_schema};
use serde_json::{Map, json};

use super::inline::option_schemas;
use super::located::{Node, Place, parse};
use super::mistake::suggest;
use super::read::{Draft, Known, options};
use super::{DocumentError, InlineCheck, Mistake};
use crate::checks::{CheckSpec, check_type, type_names};

/// What a check of such a list may have. It reads all rows that are there, always and now.
const LISTED: &[&str] = &[
    "rule",
    "name",
    "column",
    "columns",
    "values",
    "pattern",
    "min",
    "max",
    "max_age",
    "references",
    "max_failed",
    "severity",
    "warn",
    "fail",
    "expect",
    "format",
    "expression",
    "filter",
    "when",
    "other",
    "other_column",
    "compare",
    "by",
    "aggregate",
    "is",
    "match",
    "blank",
    "case",
    "ignore",
    "except",
    "as",
    "path",
    "shape",
    "quantile",
    "method",
    "k",
    "every",
    "time_zone",
    "order_by",
    "strict",
    "descending",
    "shares",
    "tolerance",
    "count",
];

/// One check of the list, not judged yet: the document may have rules of its own.
#[derive(Debug)]
pub struct ListedCheck {
    draft: Draft,
    place: Place,
}

/// Reads the list below `key`; a document without the key has no checks.
pub fn read_list(source: &str, key: &str) -> Result<Vec<ListedCheck>, DocumentError> {
    let document = parse(source)?;
    let Node::Map(entries) = &document.node else { return Ok(Vec::new()) };
    let Some((_, list)) = entries.iter().find(|(name, _)| name.text().is_ok_and(|name| name == key)) else {
        return Ok(Vec::new());
    };
    let Node::List(items) = &list.node else {
        return Err(list.error("a list of checks is expected here, each on a line that begins with -"));
    };
    items
        .iter()
        .map(|item| {
            if let Node::Map(entries) = &item.node
                && let Some((key, _)) =
                    entries.iter().find(|(key, _)| key.text().is_ok_and(|key| key == "type"))
            {
                return Err(key
                    .place
                    .error(Mistake::new("unknown key type").hint("the type stands under rule here")));
            }
            let mut draft = Draft::default();
            draft.check = options(&mut draft, item, Known::Only(LISTED))?;
            Ok(ListedCheck { draft, place: item.place })
        })
        .collect()
}

/// The schema of a check of such a list, in a document with these further rules.
pub fn listed_schema(further: &[&str]) -> Schema {
    let rules: Vec<&str> = further.iter().copied().chain(type_names()).collect();
    let rule = json!({ "type": "string", "enum": rules, "description": "What to check." });
    let mut properties = Map::from_iter([("rule".to_owned(), rule)]);
    properties.extend(option_schemas(LISTED.iter().copied()));
    json_schema!({
        "type": "object",
        "description": "One check.",
        "additionalProperties": false,
        "properties": properties,
        "required": ["rule"],
    })
}

impl ListedCheck {
    /// Its options.
    pub fn check(&self) -> &InlineCheck {
        &self.draft.check
    }

    /// The check, complete. A rule that is neither a type nor one of these `further` ones is told with the nearest.
    pub fn spec(&self, further: &[&str]) -> Result<CheckSpec, DocumentError> {
        let rule = &self.check().r#type;
        if check_type(rule).is_none() {
            let known: Vec<&str> = further.iter().copied().chain(type_names()).collect();
            let mistake =
                if rule.is_empty() { "rule is missing".to_owned() } else { format!("unknown rule {rule}") };
            return Err(self.error(Mistake::at("type", mistake).hint(suggest(rule, &known))));
        }
        self.check().spec().map_err(|mistake| self.error(mistake))
    }

    /// Refuses options that the rule does not take.
    pub fn takes_only(&self, options: &[&'static str]) -> Result<(), DocumentError> {
        let rule = &self.check().r#type;
        match self.draft.options().find(|option| *option != "type" && !options.contains(option)) {
            Some(option) => Err(self.error(
                Mistake::at(option, format!("{rule} takes no {option}"))
                    .hint(format!("it takes {}", options.join(", "))),
            )),
            None => Ok(()),
        }
    }

    /// A mistake of this check, with its place.
    pub fn error(&self, mistake: Mistake) -> DocumentError {
        self.draft.error(self.place, mistake)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(checks: &str) -> String {
        let source = format!("version: 1\nchecks:\n{checks}\n");
        let listed = read_list(&source, "checks");
        let error =
            listed.and_then(|list| list.first().map(|check| check.spec(&["own"])).unwrap()).unwrap_err();
        format!("{error}; {}", error.hint.clone().unwrap_or_default())
    }

    #[test]
    fn checks_are_found_below_their_key_with_their_digits() {
        let source = "version: 1\nchecks:\n  - {rule: range, column: q, min: 0.10, severity: warn}\n";
        let list = read_list(source, "checks").unwrap();
        assert_eq!(list[0].check().text("min").unwrap(), "0.10");
        assert_eq!(list[0].spec(&[]).unwrap().name, "range(q)");
        assert!(read_list("version: 1\n", "checks").unwrap().is_empty());
        assert!(read_list("checks: 3\n", "checks").is_err());
    }

    #[test]
    fn mistakes_stand_at_their_option() {
        assert_eq!(refused("  - {rule: ownn}"), "line 3, column 12: unknown rule ownn; did you mean own?");
        assert_eq!(
            refused("  - {column: a}"),
            "line 3, column 5: rule is missing; known: own, ".to_owned() + &type_names().join(", ")
        );
        assert_eq!(
            refused("  - {rule: missing, colum: a}"),
            "line 3, column 21: unknown key colum; did you mean column?"
        );
        assert_eq!(
            refused("  - {rule: unique, column: a, table: t}"),
            "line 3, column 31: unknown key table; known: ".to_owned() + &LISTED.join(", ")
        );
        assert_eq!(
            refused("  - {rule: accepted_values, column: a, values: [DE, NO]}"),
            "line 3, column 53: YAML reads NO as a boolean; write \"NO\" in quotes"
        );
    }
}
