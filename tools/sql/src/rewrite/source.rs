//! Where a part of the tree stands in the text, proven: the text found is parsed again and must give that part.
//!
//! The parser's spans leave out brackets, casts and some keywords. So a span is only where the search begins; it grows token by
//! token until what it covers reads as the part that is looked for, and nothing is found if it never does.

use std::ops::Range;

use sqlparser::ast::{Expr, Query, Spanned, TableWithJoins};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token as ParserToken};

use crate::guard::lex;

/// Tokens that a span may lack on either side: `cast ( … as timestamp without time zone )`.
const MOST_BEFORE: usize = 4;
const MOST_AFTER: usize = 9;

/// The text of a statement.
pub(super) struct Source<'a> {
    sql: &'a str,
    lines: Vec<usize>,
    tokens: Vec<Range<usize>>,
}

/// One change of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(sql: &'a str) -> Option<Self> {
        let tokens = lex(sql).ok()?.tokens.into_iter().map(|token| token.range).collect();
        let breaks = sql.match_indices('\n').map(|(at, _)| at + 1);
        Some(Self { sql, lines: std::iter::once(0).chain(breaks).collect(), tokens })
    }

    pub(super) fn text(&self, range: Range<usize>) -> &'a str {
        self.sql.get(range).unwrap_or_default()
    }

    pub(super) fn expr(&self, expr: &Expr) -> Option<Range<usize>> {
        self.locate(expr, expr.span(), |parser| parser.parse_expr())
    }

    pub(super) fn expr_text(&self, expr: &Expr) -> Option<&'a str> {
        self.expr(expr).map(|range| self.text(range))
    }

    pub(super) fn query(&self, query: &Query) -> Option<Range<usize>> {
        self.locate(query, query.span(), |parser| parser.parse_query().map(|query| *query))
    }

    /// A table with the joins that hang on it.
    pub(super) fn table(&self, table: &TableWithJoins) -> Option<Range<usize>> {
        self.locate(table, table.span(), |parser| parser.parse_table_and_joins())
    }

    /// The tokens within a range: where they stand.
    pub(super) fn tokens(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let within = move |token: &&Range<usize>| token.start >= range.start && token.end <= range.end;
        self.tokens.iter().filter(within).cloned()
    }

    /// The words like this one, as tokens, within a range.
    pub(super) fn words(&self, range: Range<usize>, word: &str) -> Vec<Range<usize>> {
        let is = |token: &Range<usize>| self.text(token.clone()).eq_ignore_ascii_case(word);
        self.tokens(range).filter(is).collect()
    }

    /// Whether a word begins so, quoted or not.
    pub(super) fn has_word_like(&self, beginning: &str) -> bool {
        let begins = |token: &Range<usize>| {
            let word = self.text(token.clone()).trim_start_matches('"').to_lowercase();
            word.starts_with(beginning)
        };
        self.tokens.iter().any(begins)
    }

    /// The token that stands right before this place.
    pub(super) fn token_before(&self, at: usize) -> Option<Range<usize>> {
        self.tokens.iter().rev().find(|token| token.end <= at).cloned()
    }

    pub(super) fn whole(&self) -> Range<usize> {
        0..self.sql.len()
    }

    /// The text with these changes made; nothing if two of them meet.
    pub(super) fn edited(&self, edits: &[Edit]) -> Option<String> {
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut text = String::with_capacity(self.sql.len());
        let mut copied = 0;
        for (number, edit) in edits.iter().enumerate() {
            if edit.range.start < copied
                || (number > 0 && edit.range.is_empty() && edit.range.start == copied)
            {
                return None;
            }
            text.push_str(self.sql.get(copied..edit.range.start)?);
            text.push_str(&edit.text);
            copied = edit.range.end;
        }
        text.push_str(self.sql.get(copied..)?);
        Some(text)
    }

    /// Where a span begins, if a token does.
    pub(super) fn start(&self, span: Span) -> Option<usize> {
        let start = self.offset(span.start)?;
        self.tokens.iter().any(|token| token.start == start).then_some(start)
    }

    fn offset(&self, location: Location) -> Option<usize> {
        let start = *self.lines.get(usize::try_from(location.line).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(location.column).ok()?.checked_sub(1)?;
        let line = self.sql.get(start..)?;
        let within = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        Some(start + within)
    }

    fn locate<T: PartialEq>(
        &self,
        part: &T,
        hint: Span,
        parse: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Option<Range<usize>> {
        let (start, end) = (self.offset(hint.start)?, self.offset(hint.end)?);
        let first = self.tokens.iter().position(|token| token.end > start)?;
        let last = self.tokens.iter().rposition(|token| token.start < end.max(start + 1))?;
        let grown = (0..=MOST_BEFORE + MOST_AFTER)
            .flat_map(|by| (0..=by.min(MOST_BEFORE)).map(move |before| (before, by - before)));
        for (before, after) in grown.filter(|(_, after)| *after <= MOST_AFTER) {
            let Some(first) = first.checked_sub(before) else { continue };
            let Some(tokens) = self.tokens.get(first..=last + after) else { continue };
            let (Some(from), Some(to)) = (tokens.first(), tokens.last()) else { continue };
            let range = from.start..to.end;
            if self.balanced(tokens)
                && parsed(self.text(range.clone()), &parse).is_some_and(|found| found == *part)
            {
                return Some(range);
            }
        }
        None
    }

    fn balanced(&self, tokens: &[Range<usize>]) -> bool {
        let mut depth = 0_usize;
        for token in tokens {
            match self.text(token.clone()) {
                "(" | "[" => depth += 1,
                ")" | "]" => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return false,
                },
                _ => {}
            }
        }
        depth == 0
    }
}

/// The whole of the text as one part.
fn parsed<T>(text: &str, parse: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>) -> Option<T> {
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(super::RECURSION_LIMIT)
        .try_with_sql(text)
        .ok()?;
    let part = parse(&mut parser).ok()?;
    (parser.peek_token().token == ParserToken::EOF).then_some(part)
}
