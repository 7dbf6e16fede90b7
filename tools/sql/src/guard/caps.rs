//! Bounds on a text that hold before anything recursive reads it, and the cut of one statement out of it.
//!
//! The figures are far above what people write and far below what exhausts a parser's stack or PostgreSQL's own lexer,
//! whose time on nested comments is quadratic and can't be cancelled.

use super::{
    lexer::{Token, TokenKind, Tokens, lex},
    refusal::Refusal,
    tree::READ_ONLY,
};

const MAX_BYTES: usize = 64 * 1024;
const MAX_TOKENS: usize = 32 * 1024;
const MAX_NESTING: usize = 200;
const MAX_CHAIN: usize = 1_000;
const MAX_COMMENT_NESTING: usize = 32;
/// `catalog.schema.table.column`; a longer chain selects fields of composite values.
const PLAIN_DOTS: usize = 3;

const SHORTER: &str =
    "a shorter statement; put long lists of values into one array parameter, such as `= any($1)`";
const FLATTER: &str = "a statement with less nesting; name the inner parts in a WITH clause";

/// One statement that is within every bound.
pub(crate) struct Bounded<'a> {
    /// The statement with what stands before it, but without its semicolon and what follows.
    pub(crate) sql: &'a str,
    pub(crate) tokens: Tokens,
}

pub(crate) fn bounded(sql: &str) -> Result<Bounded<'_>, Refusal> {
    if sql.len() > MAX_BYTES {
        let message = format!("the text has {} bytes, and at most {MAX_BYTES} are read", sql.len());
        return Err(Refusal::at(sql, MAX_BYTES, "too_long", message, SHORTER));
    }
    if let Some(at) = sql.find('\0') {
        let message = "the text holds a NUL byte, which PostgreSQL's text can't";
        return Err(Refusal::at(sql, at, "nul_byte", message, "the same text without the NUL byte"));
    }
    let mut tokens = lex(sql).map_err(|unclosed| {
        let message = format!("a {} starts here and is never closed", unclosed.what);
        Refusal::at(sql, unclosed.at, "syntax_error", message, "the same statement with the closing mark")
    })?;
    if tokens.comment_depth > MAX_COMMENT_NESTING {
        let message = format!(
            "comments are nested {} deep, and at most {MAX_COMMENT_NESTING} are read",
            tokens.comment_depth
        );
        return Err(Refusal::at(sql, 0, "too_deep", message, "the same statement with flat comments"));
    }
    if let Some(token) = tokens.tokens.get(MAX_TOKENS) {
        let message = format!("the text has more than {MAX_TOKENS} tokens");
        return Err(Refusal::at(sql, token.range.start, "too_long", message, SHORTER));
    }
    let one = one_statement(sql, &mut tokens)?;
    count(sql, &tokens.tokens)?;
    Ok(Bounded { sql: one, tokens })
}

/// Cuts the semicolons off; a token after one is a second statement.
fn one_statement<'a>(sql: &'a str, tokens: &mut Tokens) -> Result<&'a str, Refusal> {
    let is_semicolon = |token: &Token| sql.get(token.range.clone()) == Some(";");
    let end = tokens.tokens.iter().position(is_semicolon).unwrap_or(tokens.tokens.len());
    if end == 0 {
        let message = "there is no statement";
        return Err(Refusal::at(sql, 0, "empty", message, READ_ONLY));
    }
    if let Some(second) = tokens.tokens.iter().skip(end).find(|token| !is_semicolon(token)) {
        let message = "a second statement starts here, and only one is run at a time";
        return Err(Refusal::at(
            sql,
            second.range.start,
            "several_statements",
            message,
            "the first statement alone",
        ));
    }
    tokens.tokens.truncate(end);
    let last = tokens.tokens.last().map_or(0, |token| token.range.end);
    tokens.comments.retain(|comment| comment.end <= last);
    Ok(sql.get(..last).unwrap_or(sql))
}

fn count(sql: &str, tokens: &[Token]) -> Result<(), Refusal> {
    let (mut nesting, mut dots) = (0_usize, 0_usize);
    let mut chains = Chains::default();
    for token in tokens {
        let text = sql.get(token.range.clone()).unwrap_or_default();
        match (token.kind, text) {
            (TokenKind::Punctuation, "(") => {
                nesting += 1;
                chains.open();
            }
            (TokenKind::Punctuation, "[") => {
                nesting += 1;
                chains.link();
                chains.open();
            }
            (TokenKind::Punctuation, ")" | "]") => {
                nesting = nesting.saturating_sub(1);
                chains.close();
            }
            (TokenKind::Punctuation, ",") => chains.begin_anew(),
            (TokenKind::Punctuation, ".") => dots += 1,
            (TokenKind::Operator, _) => chains.link(),
            (TokenKind::Word, word) if word.eq_ignore_ascii_case("case") => nesting += 1,
            (TokenKind::Word, word) if word.eq_ignore_ascii_case("end") => {
                nesting = nesting.saturating_sub(1)
            }
            (TokenKind::Word, word) if is_one_of(word, COMBINING) => chains.combine(),
            (TokenKind::Word, word) if is_one_of(word, CHAINING) => chains.link(),
            _ => {}
        }
        match text {
            "." if dots > PLAIN_DOTS => chains.link(),
            "." => {}
            _ if matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) || text == "*" => {}
            _ => dots = 0,
        }
        if nesting > MAX_NESTING {
            let message = format!("brackets and CASE are nested more than {MAX_NESTING} deep");
            return Err(Refusal::at(sql, token.range.start, "too_deep", message, FLATTER));
        }
        if chains.depth > MAX_CHAIN {
            let message = format!(
                "more than {MAX_CHAIN} operators, casts, joins and set operations hang on each other"
            );
            return Err(Refusal::at(sql, token.range.start, "too_many_operators", message, SHORTER));
        }
    }
    Ok(())
}

/// How deep operators hang on each other where the text is read: a parser stacks one level on another for each.
#[derive(Debug, Default)]
struct Chains {
    /// Those of the expression at hand and of the brackets around it.
    depth: usize,
    /// What each bracket around has added.
    around: Vec<Level>,
    here: Level,
}

#[derive(Debug, Default)]
struct Level {
    /// Operators of one expression; behind a comma begins the next.
    links: usize,
    /// Joins and set operations, which combine whole lists.
    combinations: usize,
}

impl Chains {
    fn link(&mut self) {
        self.here.links += 1;
        self.depth += 1;
    }

    fn combine(&mut self) {
        self.here.combinations += 1;
        self.depth += 1;
    }

    fn begin_anew(&mut self) {
        self.depth -= std::mem::take(&mut self.here.links);
    }

    fn open(&mut self) {
        self.around.push(std::mem::take(&mut self.here));
    }

    fn close(&mut self) {
        // A bracket that was never opened closes nothing: the statement is no query, but it is read so far.
        if let Some(around) = self.around.pop() {
            self.depth -= self.here.links + self.here.combinations;
            self.here = around;
        }
    }
}

const COMBINING: &[&str] = &["except", "intersect", "join", "union"];

const CHAINING: &[&str] = &[
    "and", "at", "between", "collate", "escape", "ilike", "in", "is", "isnull", "like", "not", "notnull",
    "operator", "or", "overlaps", "similar",
];

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}
