//! What PostgreSQL itself makes of a statement: its plan, read for uses of masked columns. It knows every name of the
//! statement, whatever the text looks like.

use std::collections::{HashMap, HashSet};

use pgwright_sql::RelationName;
use pgwright_sql::guard::{Admitted, Refusal};
use pgwright_sql::usage::{self, Relation, Relations};
use serde_json::{Map, Value};

use super::statement::ALLOWED;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

/// Properties of a plan's node that hold names and kinds. All others are read as expressions.
const NAMES: &[&str] = &[
    "Node Type",
    "Relation Name",
    "Relations",
    "Alias",
    "Schema",
    "Index Name",
    "CTE Name",
    "Subplan Name",
    "Function Name",
    "Table Function Name",
    "Tuplestore Name",
    "Parent Relationship",
    "Strategy",
    "Join Type",
    "Partial Mode",
    "Command",
    "Operation",
    "Scan Direction",
    "Cache Mode",
    "Custom Plan Provider",
    "Sampling Method",
];

/// Lets PostgreSQL plan the statement, and refuses it where the plan computes with a masked column.
pub(super) async fn allow(
    session: &ReadSession,
    sql: &Admitted,
    relations: &Relations,
) -> Result<(), DatabaseError> {
    let text = session.planned(sql).await?;
    match used(&text, relations) {
        None => Ok(()),
        Some(message) => Err(DatabaseError::Refused(Refusal {
            rule: usage::RULE,
            message,
            line: 1,
            column: 1,
            excerpt: String::new(),
            allowed: ALLOWED,
        })),
    }
}

/// The first use of a masked column in a plan, in words.
fn used(text: &str, relations: &Relations) -> Option<String> {
    let unread = || Some("PostgreSQL's plan of the statement can't be read for masked columns".to_owned());
    let Ok(json) = serde_json::from_str::<Value>(text) else { return unread() };
    let Some(root) = json.pointer("/0/Plan").and_then(Value::as_object) else { return unread() };
    Plan::read(root, relations).used()
}

type Node = Map<String, Value>;

/// Where the rows of an alias come from.
enum Source {
    Table(RelationName),
    /// A subquery or common table that hands masked columns through.
    Rows {
        plain: HashSet<String>,
        masked: HashSet<String>,
    },
    /// Nothing masked.
    Free,
    /// Not known: names speak for themselves.
    Unknown,
}

struct Plan<'p> {
    /// Every node after those below it.
    nodes: Vec<&'p Node>,
    relations: &'p Relations,
    /// Names of masked columns, of whatever relation.
    masked: HashSet<&'p str>,
    sources: HashMap<String, Source>,
    /// The columns that the plan names, by alias.
    named: HashMap<String, HashSet<String>>,
}

impl<'p> Plan<'p> {
    fn read(root: &'p Node, relations: &'p Relations) -> Self {
        let columns = relations.values().flat_map(|relation| match relation {
            Relation::Columns(columns) => columns.as_slice(),
            Relation::Refused(_) => &[],
        });
        let masked =
            columns.filter(|column| column.mark.is_some()).filter_map(|column| column.name.as_deref());
        let mut plan = Self {
            nodes: below_first(root),
            relations,
            masked: masked.collect(),
            sources: HashMap::new(),
            named: HashMap::new(),
        };
        for (_, text) in plan.nodes.iter().flat_map(|node| expressions(node)) {
            for (alias, column) in columns_in(&tokens(text)) {
                plan.named.entry(alias.to_owned()).or_default().insert(column.unwrap_or("*").to_owned());
            }
        }
        plan.trace();
        plan
    }

    /// Finds what every alias stands for.
    fn trace(&mut self) {
        let mut common: HashMap<&str, &Node> = HashMap::new();
        for node in self.nodes.clone() {
            if let Some(name) = text_of(node, "Subplan Name").and_then(|name| name.strip_prefix("CTE ")) {
                common.insert(name, node);
            }
            let Some(alias) = text_of(node, "Alias") else { continue };
            let source = match text_of(node, "Relation Name") {
                Some(name) => match text_of(node, "Schema") {
                    Some(schema) => Source::Table(RelationName::qualified(schema, name)),
                    None => Source::Unknown,
                },
                None => match text_of(node, "Node Type") {
                    Some("Subquery Scan") => match children(node).last() {
                        Some(child) => self.rows(child),
                        None => Source::Unknown,
                    },
                    Some("CTE Scan") => match text_of(node, "CTE Name").and_then(|name| common.get(name)) {
                        Some(child) => self.rows(child),
                        None => Source::Unknown,
                    },
                    Some("Function Scan" | "Table Function Scan" | "Values Scan") => Source::Free,
                    _ => Source::Unknown,
                },
            };
            self.sources.insert(alias.to_owned(), source);
        }
    }

    fn rows(&self, child: &Node) -> Source {
        let (mut plain, mut masked) = (HashSet::new(), HashSet::new());
        for text in strings(child.get("Output")) {
            let tokens = tokens(text);
            if let Some((alias, column)) = bare(&tokens) {
                let side = if self.is_masked(alias, Some(column)) { &mut masked } else { &mut plain };
                side.insert(column.to_owned());
            }
        }
        if masked.is_empty() { Source::Free } else { Source::Rows { plain, masked } }
    }

    /// Whether a column, or a whole row without one, has a mask.
    fn is_masked(&self, alias: &str, column: Option<&str>) -> bool {
        let by_name = || column.is_none_or(|column| self.masked.contains(column));
        match self.sources.get(alias) {
            Some(Source::Free) => false,
            // A plan doesn't say which output of the rows below a name means. A name that stays the same is taken for what
            // it says, another one for the masked column, unless all of those are named.
            Some(Source::Rows { plain, masked }) => column.is_none_or(|column| {
                let named = self.named.get(alias);
                let all_named = named.is_some_and(|named| masked.is_subset(named));
                masked.contains(column) || !(plain.contains(column) || all_named)
            }),
            Some(Source::Table(name)) => match self.relations.get(name) {
                Some(Relation::Columns(columns)) => columns
                    .iter()
                    .filter(|known| column.is_none_or(|column| known.name.as_deref() == Some(column)))
                    .any(|known| known.mark.is_some()),
                Some(Relation::Refused(_)) => true,
                // A partition or child that the statement doesn't name.
                None => by_name(),
            },
            // Parents of partitions have no node of their own.
            Some(Source::Unknown) | None => by_name(),
        }
    }

    fn used(&self) -> Option<String> {
        self.nodes.iter().find_map(|node| {
            // The value of a subquery; common tables and what stands in FROM are rows.
            let is_value = matches!(text_of(node, "Parent Relationship"), Some("InitPlan" | "SubPlan"))
                && !text_of(node, "Subplan Name").is_some_and(|name| name.starts_with("CTE "));
            expressions(node).find_map(|(property, text)| self.used_in(property, text, is_value))
        })
    }

    fn used_in(&self, property: &str, text: &str, is_value: bool) -> Option<String> {
        let tokens = tokens(text);
        if property == "Output" && !is_value && bare(&tokens).is_some() {
            return None;
        }
        let column = if property == "Remote SQL" {
            let is_from = |token: &Token| *token == Token::Word("FROM".to_owned());
            let after_from = tokens.iter().skip_while(|token| !is_from(token));
            after_from.clone().find_map(|token| token.name().filter(|name| self.masked.contains(name)))?
        } else {
            let mut columns = columns_in(&tokens);
            columns.find(|(alias, column)| self.is_masked(alias, *column))?.1.unwrap_or("*")
        };
        let place = if property == "Output" { "an expression" } else { property };
        Some(format!(
            "the masked column {column} stands in {place}, by PostgreSQL's own plan of the statement"
        ))
    }
}

/// The nodes of a plan, each after its children, and these in their order: common tables come before their readers.
fn below_first(root: &Node) -> Vec<&Node> {
    let (mut pending, mut nodes) = (vec![root], Vec::new());
    while let Some(node) = pending.pop() {
        nodes.push(node);
        pending.extend(children(node));
    }
    nodes.reverse();
    nodes
}

fn children(node: &Node) -> impl Iterator<Item = &Node> {
    node.get("Plans").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn text_of<'n>(node: &'n Node, property: &str) -> Option<&'n str> {
    node.get(property).and_then(Value::as_str)
}

/// All texts of a node that may hold expressions, with the property they stand in.
fn expressions(node: &Node) -> impl Iterator<Item = (&str, &str)> {
    let properties = node.iter().filter(|(name, _)| *name != "Plans" && !NAMES.contains(&name.as_str()));
    properties.flat_map(|(name, value)| strings(Some(value)).into_iter().map(|text| (name.as_str(), text)))
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    let (mut pending, mut texts): (Vec<&Value>, Vec<&str>) = (value.into_iter().collect(), Vec::new());
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) => texts.push(text),
            Value::Array(values) => pending.extend(values),
            Value::Object(values) => {
                let named = values.iter().filter(|(name, _)| !NAMES.contains(&name.as_str()));
                pending.extend(named.map(|(_, value)| value));
            }
            _ => {}
        }
    }
    texts
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    /// A literal, whatever it holds.
    Literal,
    Sign(char),
}

impl Token {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// An expression as PostgreSQL prints it.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '\'' | '"' => {
                // A literal with backslashes is printed as E'…'.
                let escapes =
                    first == '\'' && tokens.last().is_some_and(|token| *token == Token::Word("E".to_owned()));
                let mut inside = String::new();
                while let Some(next) = rest.next() {
                    if next == '\\' && escapes {
                        rest.next();
                    } else if next != first {
                        inside.push(next);
                    } else if rest.next_if_eq(&first).is_some() {
                        inside.push(first);
                    } else {
                        break;
                    }
                }
                tokens.push(if first == '"' { Token::Quoted(inside) } else { Token::Literal });
            }
            _ if first.is_alphanumeric() || first == '_' || first == '$' || !first.is_ascii() => {
                let mut word = String::from(first);
                while let Some(next) = rest
                    .next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$') || !next.is_ascii())
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Sign(first)),
        }
    }
    tokens
}

/// `alias.column`, and `alias.*` as no column. A name before a parenthesis is a function's.
fn columns_in(tokens: &[Token]) -> impl Iterator<Item = (&str, Option<&str>)> {
    (0..tokens.len()).filter_map(|at| match tokens.get(at..at + 3)? {
        [alias, Token::Sign('.'), Token::Sign('*')] => Some((alias.name()?, None)),
        [alias, Token::Sign('.'), column] if tokens.get(at + 3) != Some(&Token::Sign('(')) => {
            Some((alias.name()?, Some(column.name()?)))
        }
        _ => None,
    })
}

/// A column and nothing else.
fn bare(tokens: &[Token]) -> Option<(&str, &str)> {
    match tokens {
        [Token::Sign('('), inside @ .., Token::Sign(')')] => bare(inside),
        [alias, Token::Sign('.'), column] => Some((alias.name()?, column.name()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn columns(text: &str) -> Vec<(String, Option<String>)> {
        let tokens = tokens(text);
        columns_in(&tokens).map(|(alias, column)| (alias.to_owned(), column.map(str::to_owned))).collect()
    }

    #[test]
    fn literals_hold_no_columns() {
        assert_eq!(columns("('c.email'::text || 'it''s c.email')"), []);
        assert_eq!(columns(r"(E'\\' || 'c.email')"), []);
        assert_eq!(columns(r"(E'\'c.email' || c.id)"), [("c".to_owned(), Some("id".to_owned()))]);
        assert_eq!(columns("public.email(1)"), []);
    }

    #[test]
    fn quoted_names_and_whole_rows_are_columns() {
        let one = |alias: &str, column: Option<&str>| (alias.to_owned(), column.map(str::to_owned));
        assert_eq!(
            columns(r#"("C ""x"".y"."E'mail" = c.*)"#),
            [one(r#"C "x".y"#, Some("E'mail")), one("c", None)]
        );
    }

    #[test]
    fn only_a_column_alone_is_bare() {
        assert_eq!(bare(&tokens("(c.email)")), Some(("c", "email")));
        assert!(bare(&tokens("(c.email)::text")).is_none());
        assert!(bare(&tokens("c.*")).is_none());
    }
}
