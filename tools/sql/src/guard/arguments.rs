//! Functions that are allowed with some arguments only: what they tell, and how long they may run, is decided by a
//! constant that can be read.
//!
//! PostgreSQL looks for a cancellation between rows and in most loops, but not while it pads, fills, normalizes or walks
//! an XML document. Those are bounded here, because no timeout would.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{
    builtin::{self, Standing},
    literal,
    refusal::Refusal,
    settings,
};
use crate::grammar::{self, has_token};

/// The widest that one constant may make a text, in characters (or an array, in elements).
const MAX_WIDTH: i64 = 1_000_000;
/// The widest that all padding of a statement may be together; what is not a constant counts as `MAX_WIDTH`.
const MAX_PADDING: i64 = 4 * MAX_WIDTH;
/// `repeat` can be cancelled, so only its memory is bounded.
const MAX_REPEATS: i64 = 10_000_000;
/// Searches of a whole document in one XPath expression.
const MAX_SEARCHES: usize = 3;

const NARROWER: &str = "widths of at most 1,000,000 that are written as numbers, and few that are not";
const FEWER: &str = "repeat() with at most 10,000,000 copies";
const SHORT_TEXT: &str =
    "the same function on a column, without repeat, lpad, rpad or string_agg in the statement";

/// What was seen of such functions so far.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    padding: i64,
    /// Where something stands whose time grows with the square of its text.
    slow: Option<usize>,
    grows_text: bool,
}

impl Bounds {
    /// Looks at a call of a built-in function.
    pub(super) fn call(&mut self, sql: &str, call: &SyntaxNode, name: &str) -> Result<(), Refusal> {
        let at = usize::from(call.text_range().start());
        let arguments = arguments(call);
        let argument = |at: usize| arguments.get(at).and_then(Option::as_ref);
        match name {
            "current_setting" => match argument(0).and_then(literal::text) {
                Some(setting) => settings::told(sql, at, &setting),
                None => {
                    let message = "current_setting() tells a setting that can't be read from here";
                    Err(Refusal::at(sql, at, "setting", message, "the name of the setting as a constant"))
                }
            },
            "pg_input_is_valid" | "pg_input_error_info" => checks_a_built_in_type(sql, at, argument(1)),
            "repeat" => {
                self.grows_text = true;
                let too_often = |count: i64| count > MAX_REPEATS;
                if argument(1).and_then(literal::number).is_some_and(too_often) {
                    let message = "repeat() makes more than 10,000,000 copies here";
                    return Err(Refusal::at(sql, at, "cannot_be_stopped", message, FEWER));
                }
                Ok(())
            }
            "lpad" | "rpad" => {
                self.grows_text = true;
                self.pad(sql, at, argument(1).and_then(literal::number))
            }
            "array_fill" => {
                self.grows_text = true;
                self.pad(sql, at, argument(1).and_then(elements))
            }
            "format" => self.format(sql, at, argument(0)),
            "string_agg" | "array_to_string" => {
                self.grows_text = true;
                Ok(())
            }
            "normalize" => {
                self.slow = Some(at);
                Ok(())
            }
            "xpath" | "xpath_exists" => self.xpath(sql, at, argument(0)),
            _ => Ok(()),
        }
    }

    /// Looks at a node of the grammar that is no call by name.
    pub(super) fn node(&mut self, sql: &str, node: &SyntaxNode) -> Result<(), Refusal> {
        let at = usize::from(node.text_range().start());
        match node.kind() {
            SyntaxKind::IS_NORMALIZED | SyntaxKind::IS_NOT_NORMALIZED => self.slow = Some(at),
            SyntaxKind::XML_ROW_PASSING_CLAUSE => self.xpath(sql, at, node.first_child().as_ref())?,
            SyntaxKind::WITH_CLAUSE => {
                self.grows_text |= has_token(node, SyntaxKind::RECURSIVE_KW);
            }
            _ => {}
        }
        Ok(())
    }

    /// The name of a function after a dot, which calls it with what stands before the dot.
    pub(super) fn attribute(&mut self, sql: &str, at: usize, name: &str) -> Result<(), Refusal> {
        match name {
            "current_setting" => {
                let message = "after a dot, current_setting tells a setting that can't be read from here";
                Err(Refusal::at(sql, at, "setting", message, "current_setting('…') with a constant"))
            }
            "normalize" => {
                self.slow = Some(at);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What only the whole statement shows: a long text, made on the spot, under a function that takes the square of it.
    pub(super) fn check(&self, sql: &str) -> Result<(), Refusal> {
        match self.slow {
            Some(at) if self.grows_text => {
                let message =
                    "on a text that is made long in the same statement, this can't be stopped by a timeout";
                Err(Refusal::at(sql, at, "cannot_be_stopped", message, SHORT_TEXT))
            }
            _ => Ok(()),
        }
    }

    fn pad(&mut self, sql: &str, at: usize, width: Option<i64>) -> Result<(), Refusal> {
        let width = width.unwrap_or(MAX_WIDTH).max(0);
        self.padding = self.padding.saturating_add(width);
        if width > MAX_WIDTH || self.padding > MAX_PADDING {
            let message = "padding as wide as this can't be stopped by a timeout";
            return Err(Refusal::at(sql, at, "cannot_be_stopped", message, NARROWER));
        }
        Ok(())
    }

    fn format(&mut self, sql: &str, at: usize, template: Option<&SyntaxNode>) -> Result<(), Refusal> {
        let Some(template) = template.and_then(literal::text) else {
            let message = "a template of format() that can't be read from here may ask for any width";
            let allowed = "the template as a constant, such as format('%s: %s', a, b)";
            return Err(Refusal::at(sql, at, "cannot_be_stopped", message, allowed));
        };
        for width in widths(&template) {
            self.pad(sql, at, Some(width))?;
        }
        Ok(())
    }

    fn xpath(&mut self, sql: &str, at: usize, expression: Option<&SyntaxNode>) -> Result<(), Refusal> {
        self.slow = Some(at);
        let searches_once =
            |path: String| path.matches("//").count() <= MAX_SEARCHES && !searches_again(&path);
        if expression.and_then(literal::text).is_some_and(searches_once) {
            return Ok(());
        }
        let message = "an XPath expression that searches the document again for every node can't be stopped by a timeout";
        let allowed = "a constant expression with few //, and none of them in a predicate";
        Err(Refusal::at(sql, at, "cannot_be_stopped", message, allowed))
    }
}

/// The arguments by position; one that is passed in another way can't be read.
fn arguments(call: &SyntaxNode) -> Vec<Option<SyntaxNode>> {
    let list = call.children().find(|child| child.kind() == SyntaxKind::ARG_LIST);
    list.iter()
        .flat_map(grammar::arguments)
        .map(|(argument, is_variadic)| {
            argument.first_child().filter(|value| !is_variadic && value.kind() != SyntaxKind::NAMED_ARG)
        })
        .collect()
}

/// `pg_input_is_valid(text, type)` runs the input function of a type that stands in a text.
fn checks_a_built_in_type(sql: &str, at: usize, name: Option<&SyntaxNode>) -> Result<(), Refusal> {
    const SPELLINGS: &[&str] = &[
        "bigint",
        "boolean",
        "character varying",
        "decimal",
        "double precision",
        "int",
        "integer",
        "real",
        "smallint",
    ];
    let is_built_in = |name: String| {
        let name = name.trim().to_ascii_lowercase();
        let name = name.split_once('(').map_or(name.as_str(), |(name, _)| name).trim_end();
        SPELLINGS.contains(&name) || builtin::is_type(name)
    };
    if name.and_then(literal::text).is_some_and(is_built_in) {
        return Ok(());
    }
    let message =
        "this reads a text as a type that can't be read from here, and runs whatever that type runs";
    Err(Refusal::at(
        sql,
        at,
        "function",
        message,
        "the name of a built-in type as a constant, such as 'integer'",
    ))
}

/// The widths that a template of `format()` asks for; one that an argument gives may be any.
fn widths(template: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('%') {
        rest = after.strip_prefix('%').unwrap_or(after);
        if rest.len() < after.len() {
            continue;
        }
        let end =
            rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '$' | '-' | '*'))).unwrap_or(rest.len());
        let (specifier, after) = rest.split_at(end);
        rest = after;
        if specifier.contains('*') {
            found.push(i64::MAX);
            continue;
        }
        let width = specifier.rsplit('$').next().unwrap_or_default().trim_start_matches('-');
        if !width.is_empty() {
            found.push(width.parse().unwrap_or(i64::MAX));
        }
    }
    found
}

/// How many elements `array[a, b]` as the dimensions of `array_fill` asks for.
fn elements(dimensions: &SyntaxNode) -> Option<i64> {
    if dimensions.kind() != SyntaxKind::ARRAY_EXPR {
        return None;
    }
    dimensions
        .children()
        .try_fold(1_i64, |product, size| Some(product.saturating_mul(literal::number(&size)?)))
}

/// `//` or an axis over the whole document inside a predicate: the time is the square of the document, or worse.
fn searches_again(path: &str) -> bool {
    let wide = ["//", "preceding", "following", "descendant"];
    let mut depth = 0_usize;
    path.char_indices().any(|(at, character)| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 0 && path.get(at..).is_some_and(|rest| wide.iter().any(|word| rest.starts_with(word)))
    })
}

/// Refuses a built-in function that no query may call.
pub(super) fn may_be_called(sql: &str, at: usize, name: &str, standing: Standing) -> Result<(), Refusal> {
    match standing {
        Standing::Allowed | Standing::Foreign => Ok(()),
        Standing::Refused(group) => {
            let message = format!("{name}() may not be called: {}", group.does);
            Err(Refusal::at(sql, at, "function", message, group.instead))
        }
    }
}
