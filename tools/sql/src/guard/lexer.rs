//! Cuts SQL text into tokens by PostgreSQL's rules (its `scan.l`), in one pass and without recursion.
//!
//! It runs before any parser sees the text, so that the caps hold, and again as a witness: strings, quoted names and
//! comments must lie where the parser found them.

use std::ops::Range;

/// What a token is, as far as the caps and the witness need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an unquoted name.
    Word,
    /// `"name"` or `U&"name"`.
    QuotedName,
    /// A string constant in any of its spellings.
    Text,
    Number,
    /// `$1`
    Parameter,
    /// A run of operator characters, or `::`.
    Operator,
    /// Brackets, commas, dots, semicolons and whatever else stands alone.
    Punctuation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: Range<usize>,
}

/// The tokens and comments of a text.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Range<usize>>,
    /// The deepest nesting of block comments.
    pub(crate) comment_depth: usize,
}

/// Something was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclosed {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

pub(crate) fn lex(sql: &str) -> Result<Tokens, Unclosed> {
    let mut lexer = Lexer { sql, bytes: sql.as_bytes(), at: 0, signs_until: 0, found: Tokens::default() };
    while let Some(first) = lexer.peek(0) {
        lexer.one(first)?;
    }
    Ok(lexer.found)
}

struct Lexer<'a> {
    sql: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Up to here a run of operator characters was seen to be signs that each stand alone.
    signs_until: usize,
    found: Tokens,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn one(&mut self, first: u8) -> Result<(), Unclosed> {
        let start = self.at;
        let kind = match (first, self.peek(1), self.peek(2)) {
            (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, ..) => {
                self.at += 1;
                return Ok(());
            }
            (b'-', Some(b'-'), _) => {
                self.advance_while(|byte| byte != b'\n' && byte != b'\r');
                self.found.comments.push(start..self.at);
                return Ok(());
            }
            (b'/', Some(b'*'), _) => return self.block_comment(),
            (b'\'', ..) => self.string(start, 1, false)?,
            (b'e' | b'E', Some(b'\''), _) => self.string(start, 2, true)?,
            (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', Some(b'\''), _) => self.string(start, 2, false)?,
            (b'u' | b'U', Some(b'&'), Some(b'\'')) => self.string(start, 3, false)?,
            (b'u' | b'U', Some(b'&'), Some(b'"')) => self.quoted_name(start, 3)?,
            (b'"', ..) => self.quoted_name(start, 1)?,
            (b'$', ..) => self.dollar(start)?,
            (b'0'..=b'9', ..) => self.number(),
            (byte, ..) if starts_word(byte) => {
                self.advance_while(continues_word);
                TokenKind::Word
            }
            (byte, ..) if is_operator(byte) => self.operator(),
            (b':', Some(b':'), _) => {
                self.at += 2;
                TokenKind::Operator
            }
            _ => {
                self.at += 1;
                TokenKind::Punctuation
            }
        };
        self.found.tokens.push(Token { kind, range: start..self.at });
        Ok(())
    }

    fn advance_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) -> Result<(), Unclosed> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(Unclosed { what: "comment", at: start }),
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.found.comment_depth = self.found.comment_depth.max(depth);
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        self.found.comments.push(start..self.at);
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn string(&mut self, start: usize, opening: usize, backslashes: bool) -> Result<TokenKind, Unclosed> {
        self.at += opening;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(Unclosed { what: "string", at: start }),
                (Some(b'\\'), Some(_)) if backslashes => self.at += 2,
                (Some(b'\''), Some(b'\'')) => self.at += 2,
                (Some(b'\''), _) => {
                    self.at += 1;
                    return Ok(TokenKind::Text);
                }
                _ => self.at += 1,
            }
        }
    }

    fn quoted_name(&mut self, start: usize, opening: usize) -> Result<TokenKind, Unclosed> {
        self.at += opening;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(Unclosed { what: "quoted name", at: start }),
                (Some(b'"'), Some(b'"')) => self.at += 2,
                (Some(b'"'), _) => {
                    self.at += 1;
                    return Ok(TokenKind::QuotedName);
                }
                _ => self.at += 1,
            }
        }
    }

    /// A parameter, a dollar-quoted string, or a lone dollar sign.
    fn dollar(&mut self, start: usize) -> Result<TokenKind, Unclosed> {
        self.at += 1;
        if self.peek(0).is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance_while(|byte| byte.is_ascii_digit());
            return Ok(TokenKind::Parameter);
        }
        let after_dollar = self.at;
        if self.peek(0).is_some_and(starts_word) {
            self.advance_while(|byte| byte != b'$' && continues_word(byte));
        }
        if self.peek(0) != Some(b'$') {
            self.at = after_dollar;
            return Ok(TokenKind::Punctuation);
        }
        self.at += 1;
        let tag = self.sql.get(start..self.at).unwrap_or_default();
        let body = self.sql.get(self.at..).unwrap_or_default();
        match body.find(tag) {
            Some(end) => {
                self.at += end + tag.len();
                Ok(TokenKind::Text)
            }
            None => Err(Unclosed { what: "dollar-quoted string", at: start }),
        }
    }

    fn number(&mut self) -> TokenKind {
        while let Some(byte) = self.peek(0) {
            let exponent_sign = matches!(byte, b'e' | b'E')
                && matches!(self.peek(1), Some(b'+' | b'-'))
                && self.peek(2).is_some_and(|digit| digit.is_ascii_digit());
            match byte {
                _ if exponent_sign => self.at += 2,
                b'.' if self.peek(1) == Some(b'.') => break,
                b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => self.at += 1,
                _ => break,
            }
        }
        TokenKind::Number
    }

    /// PostgreSQL cuts an operator before a comment, and before a trailing `+` or `-` unless it holds a character that
    /// no standard operator has.
    fn operator(&mut self) -> TokenKind {
        let start = self.at;
        if start < self.signs_until {
            self.at += 1;
            return TokenKind::Operator;
        }
        while self.peek(0).is_some_and(is_operator)
            && !matches!((self.peek(0), self.peek(1)), (Some(b'-'), Some(b'-')) | (Some(b'/'), Some(b'*')))
        {
            self.at += 1;
        }
        let run = self.bytes.get(start..self.at).unwrap_or_default();
        let unusual =
            |byte: &u8| matches!(byte, b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|' | b'`' | b'?');
        let trailing = run.iter().rev().take_while(|byte| matches!(byte, b'+' | b'-')).count();
        if trailing > 0 && run.len() > 1 && !run.iter().any(unusual) {
            // Reading the signs again for each of them would take quadratic time.
            self.signs_until = self.at;
            self.at = (self.at - trailing).max(start + 1);
        }
        TokenKind::Operator
    }
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn pieces(sql: &str) -> Vec<(TokenKind, &str)> {
        lex(sql).unwrap().tokens.into_iter().map(|token| (token.kind, &sql[token.range])).collect()
    }

    #[test]
    fn strings_end_where_postgresql_ends_them() {
        use TokenKind::*;
        assert_eq!(pieces(r"'a\' b"), [(Text, r"'a\'"), (Word, "b")]);
        assert_eq!(pieces(r"E'a\'' b"), [(Text, r"E'a\''"), (Word, "b")]);
        assert_eq!(
            pieces("'it''s' $$a'$$ $x$ $$ $x$"),
            [(Text, "'it''s'"), (Text, "$$a'$$"), (Text, "$x$ $$ $x$")]
        );
        assert_eq!(pieces("a$$b$$"), [(Word, "a$$b$$")], "a dollar inside a word opens nothing");
        assert_eq!(pieces("$1$2"), [(Parameter, "$1"), (Parameter, "$2")]);
        assert_eq!(lex("$a$ $A$").unwrap_err().what, "dollar-quoted string");
    }

    #[test]
    fn comments_nest_and_carriage_returns_end_lines() {
        use TokenKind::*;
        assert_eq!(pieces("1 /* a /* b */ ; */ -- c\r2"), [(Number, "1"), (Number, "2")]);
        assert_eq!(lex("/*/*/**/*/*/").unwrap().comment_depth, 3);
        assert_eq!(lex("/* /* */").unwrap_err(), Unclosed { what: "comment", at: 0 });
        assert_eq!(pieces("1 */* x */ 2"), [(Number, "1"), (Operator, "*"), (Number, "2")]);
    }

    #[test]
    fn operators_are_cut_as_postgresql_cuts_them() {
        use TokenKind::*;
        assert_eq!(pieces("a+-1"), [(Word, "a"), (Operator, "+"), (Operator, "-"), (Number, "1")]);
        let signs = ["*", "-", "+", "-"].map(|sign| (Operator, sign));
        assert_eq!(pieces("a*-+-1"), [&[(Word, "a")][..], &signs, &[(Number, "1")]].concat());
        assert_eq!(pieces("+-/**/-@"), [(Operator, "+"), (Operator, "-"), (Operator, "-@")]);
        assert_eq!(lex(&"+".repeat(60_000)).unwrap().tokens.len(), 60_000);
        assert_eq!(pieces("a @- 1"), [(Word, "a"), (Operator, "@-"), (Number, "1")]);
        assert_eq!(pieces("a::int"), [(Word, "a"), (Operator, "::"), (Word, "int")]);
        assert_eq!(pieces("1e-5-2"), [(Number, "1e-5"), (Operator, "-"), (Number, "2")]);
    }
}
