//! What PostgreSQL itself makes of a statement: its plan, read for uses of masked columns. It knows every name of the
//! statement, whatever the text looks like.

use std::collections::{HashMap, HashSet};

use pgwright_sql::RelationName;
use pgwright_sql::guard::Refusal;
use pgwright_sql::usage::{self, Relation, Relations};
use serde_json::{Map, Value};

use super::statement::ALLOWED;
use crate::errors::DatabaseError;

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

/// Properties that decide nothing about how many rows are expected, whatever constants stand in them.
const UNESTIMATED: &[&str] = &[
    "Output",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Grouping Sets",
    "Cache Key",
    "Order By",
    "Function Call",
    "Table Function Call",
    "Sampling Parameters",
];

/// What becomes of a statement whose plan is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its rows are shown, or counted.
    Rows,
    /// Its plan is shown, which estimates rows from the statistics of columns.
    Plan {
        /// It was made for any values of its parameters.
        generic: bool,
    },
}

/// Refuses a statement whose plan computes with a masked column in a way that would tell about its values.
pub(super) fn allow(plan: &str, relations: &Relations, purpose: Purpose) -> Result<(), DatabaseError> {
    let allowed = match purpose {
        Purpose::Rows => ALLOWED,
        Purpose::Plan { .. } => {
            "$1 in place of the value, and no values for the parameters: explain_query and suggest_index then take the plan \
             for any value"
        }
    };
    match used(plan, relations, purpose) {
        None => Ok(()),
        Some(message) => Err(DatabaseError::Refused(Refusal {
            rule: usage::RULE,
            message,
            line: 1,
            column: 1,
            excerpt: String::new(),
            allowed,
        })),
    }
}

/// The first use of a masked column in a plan, in words.
fn used(text: &str, relations: &Relations, purpose: Purpose) -> Option<String> {
    let unread = || Some("PostgreSQL's plan of the statement can't be read for masked columns".to_owned());
    let Ok(json) = serde_json::from_str::<Value>(text) else { return unread() };
    let Some(root) = json.pointer("/0/Plan").and_then(Value::as_object) else { return unread() };
    let plan = Plan::read(root, relations);
    match purpose {
        Purpose::Rows => plan.used(),
        Purpose::Plan { generic } => plan.guessed(generic),
    }
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

    /// A condition whose estimate tells about values: a masked column against something known. Against a parameter that
    /// may be anything, and against another masked column, only the shape of the statistics shows.
    fn guessed(&self, generic: bool) -> Option<String> {
        let conditions = self.nodes.iter().flat_map(|node| expressions(node));
        let mut conditions = conditions.filter(|(property, _)| !UNESTIMATED.contains(property));
        conditions.find_map(|(property, text)| {
            if property == "Remote SQL" {
                return self.used_in(property, text, false);
            }
            let tokens = tokens(text);
            let column = parts(&tokens).into_iter().find_map(|part| self.guessed_in(part, generic))?;
            Some(format!(
                "the masked column {column} stands in {property}, and the estimates of the plan would tell about its values"
            ))
        })
    }

    /// The masked column of a condition without AND and OR, where it is one.
    fn guessed_in(&self, condition: &[Token], generic: bool) -> Option<String> {
        let (masked, others): (Vec<_>, Vec<_>) =
            columns_in(condition).partition(|(alias, column)| self.is_masked(alias, *column));
        let (_, first) = masked.first()?;
        let is_row = masked.iter().any(|(_, column)| column.is_none());
        let is_constant = |(at, token): (usize, &Token)| match token {
            Token::Literal => true,
            Token::Word(word) => {
                let is_subplan = at.checked_sub(1).is_some_and(|before| condition[before].is_subplan());
                word.starts_with(|first: char| first.is_ascii_digit()) && !is_subplan
            }
            _ => false,
        };
        let open =
            |token: &Token| token.is_subplan() || matches!(token, Token::Word(word) if word.starts_with('$'));
        let opens = condition.iter().filter(|token| open(token)).count();
        let distinct: HashSet<_> = masked.iter().collect();
        let is_open = match generic {
            true => opens > 0 || distinct.len() > 1,
            false => opens == 0 && distinct.len() > 1,
        };
        let is_free =
            is_open && !is_row && others.is_empty() && !condition.iter().enumerate().any(is_constant);
        (!is_free).then(|| first.unwrap_or("*").to_owned())
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
    fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    /// Before its number: the value of a subquery.
    fn is_subplan(&self) -> bool {
        self.is_word("InitPlan") || self.is_word("SubPlan")
    }

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

/// `alias.column`, and `alias.*` as no column. A name before a parenthesis is a function's. A column of which is only
/// asked whether it is NULL is left out: that shows anyway.
fn columns_in(tokens: &[Token]) -> impl Iterator<Item = (&str, Option<&str>)> {
    (0..tokens.len()).filter_map(|at| match tokens.get(at..at + 3)? {
        [alias, Token::Sign('.'), Token::Sign('*')] => Some((alias.name()?, None)),
        [alias, Token::Sign('.'), column]
            if tokens.get(at + 3) != Some(&Token::Sign('(')) && !is_whether_there(tokens, at) =>
        {
            Some((alias.name()?, Some(column.name()?)))
        }
        _ => None,
    })
}

/// Whether the column at `at` stands in `… IS NULL`, `… IS NOT NULL` or `count(…)`.
fn is_whether_there(tokens: &[Token], at: usize) -> bool {
    let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(word));
    let sign = |at: usize, sign: char| tokens.get(at) == Some(&Token::Sign(sign));
    let before = |steps: usize| at.checked_sub(steps).unwrap_or(usize::MAX);
    let is_null = word(at + 3, "IS") && (word(at + 4, "NULL") || word(at + 4, "NOT") && word(at + 5, "NULL"));
    let is_counted =
        sign(at + 3, ')') && sign(before(1), '(') && word(before(2), "count") && !sign(before(3), '.');
    (is_null && !sign(before(1), '.')) || is_counted
}

/// What AND, OR and NOT join.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut pending, mut parts) = (vec![tokens], Vec::new());
    while let Some(tokens) = pending.pop() {
        if let [Token::Sign('('), inside @ .., Token::Sign(')')] = tokens
            && closes_at(inside).is_none()
        {
            pending.push(inside);
            continue;
        }
        if let [not, rest @ ..] = tokens
            && not.is_word("NOT")
        {
            pending.push(rest);
            continue;
        }
        let (mut depth, mut from) = (0_usize, 0);
        // What stands between CASE and END belongs together.
        let mut cases = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Sign('(' | '[') => depth += 1,
                Token::Sign(')' | ']') => depth = depth.saturating_sub(1),
                _ if token.is_word("CASE") => cases += 1,
                _ if token.is_word("END") => cases = cases.saturating_sub(1),
                _ if depth == 0 && cases == 0 && (token.is_word("AND") || token.is_word("OR")) => {
                    pending.push(&tokens[from..at]);
                    from = at + 1;
                }
                _ => {}
            }
        }
        match from {
            0 => parts.push(tokens),
            _ => pending.push(&tokens[from..]),
        }
    }
    parts
}

/// Where the bracket closes that opened before these, if it does.
fn closes_at(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token {
        Token::Sign('(') => {
            depth += 1;
            false
        }
        Token::Sign(')') if depth == 0 => true,
        Token::Sign(')') => {
            depth -= 1;
            false
        }
        _ => false,
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
    fn whether_a_column_is_null_is_no_use_of_it() {
        for text in [
            "(c.email IS NULL)",
            "((c.email IS NOT NULL))",
            "count(c.email)",
            "count(*) FILTER (WHERE (c.email IS NOT NULL))",
        ] {
            assert_eq!(columns(text), [], "{text}");
        }
        for text in [
            "((c.email)::text IS NULL)",
            "(c.email IS DISTINCT FROM 'x'::text)",
            "(c.email IS NOT DISTINCT FROM 'x'::text)",
            "public.count(c.email)",
            "count(DISTINCT c.email)",
            "count((c.email || ''::text))",
            "(c.email IS TRUE)",
        ] {
            assert_eq!(columns(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn conditions_are_judged_part_by_part() {
        let text = "((c.status = 'open'::text) AND (NOT ((lower(c.a) = $1) OR (c.b = CASE WHEN (c.d AND c.e) THEN 1 ELSE 2 END))))";
        let tokens = tokens(text);
        let mut widths: Vec<usize> = parts(&tokens).into_iter().map(<[Token]>::len).collect();
        widths.sort_unstable();
        assert_eq!(widths, [8, 8, 20]);
    }

    /// `email` and `phone` of `c` are masked.
    #[test]
    fn estimates_tell_of_what_is_compared_with_something_known() {
        let relations = Relations::from([(
            RelationName::qualified("public", "customers"),
            Relation::Columns(vec![
                pgwright_sql::usage::Column::new("id", None),
                pgwright_sql::usage::Column::new("email", Some(0)),
                pgwright_sql::usage::Column::new("phone", Some(0)),
            ]),
        )]);
        let guessed = |condition: &str, generic: bool| {
            let plan = serde_json::json!([{ "Plan": {
                "Node Type": "Seq Scan", "Relation Name": "customers", "Schema": "public", "Alias": "c",
                "Output": ["upper(c.email)"], "Sort Key": ["(c.email || 'x'::text)"], "Filter": condition,
            }}]);
            used(&plan.to_string(), &relations, Purpose::Plan { generic }).is_some()
        };
        for free in [
            "(c.id = 7)",
            "(c.email = $1)",
            "(lower(c.email) ~~ $1)",
            "((c.email = $1) AND (c.id = 7))",
            "(c.email = c.phone)",
            "(c.email IS NOT NULL)",
            "(c.email = ANY (ARRAY[$1, $2]))",
            "(c.email = (InitPlan 1).col1)",
        ] {
            assert!(!guessed(free, true), "{free}");
        }
        for told in [
            "(c.email = 'x'::text)",
            "((c.id = 7) OR (NOT (c.email = 'x'::text)))",
            "(c.email ~~ ($1 || '%'::text))",
            "(c.email = o.note)",
            "(length(c.email) > 5)",
            "c.email",
            "(NOT c.email)",
            "(c.email IS TRUE)",
            "(c.email = CURRENT_USER)",
            "(c.* = $1)",
        ] {
            assert!(guessed(told, true) && guessed(told, false), "{told}");
        }
        assert!(guessed("(c.email = $1)", false));
    }

    #[test]
    fn only_a_column_alone_is_bare() {
        assert_eq!(bare(&tokens("(c.email)")), Some(("c", "email")));
        assert!(bare(&tokens("(c.email)::text")).is_none());
        assert!(bare(&tokens("c.*")).is_none());
    }
}
