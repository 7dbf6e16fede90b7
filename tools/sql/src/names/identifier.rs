//! A single identifier: how PostgreSQL stores what a person wrote, and how to write what PostgreSQL stores.

use std::{iter::Peekable, str::CharIndices};

use super::keyword;

/// PostgreSQL keeps `NAMEDATALEN - 1` bytes of an identifier.
const MAX_BYTES: usize = 63;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing between two dots, between two quotes, or at all.
    #[error("a name is missing; write `table` or `schema.table`")]
    Empty,
    /// A double quote was opened and never closed.
    #[error("a quoted name is never closed; end it with a double quote")]
    Unclosed,
    /// A character that an unquoted name can't hold.
    #[error(
        "{found:?} at character {position} can't stand in an unquoted name; put the name in double quotes"
    )]
    Unexpected {
        /// The character.
        found: char,
        /// Where it is, counted from 1.
        position: usize,
    },
    /// More than `schema.table`.
    #[error("a name has at most two parts, `schema.table`; the database is chosen elsewhere")]
    TooManyParts,
    /// Not `schema.table.column`.
    #[error("a column is named with its table and schema, `schema.table.column`")]
    NotAColumn,
}

/// An unquoted identifier as PostgreSQL stores it: ASCII letters lower-cased, cut to 63 bytes at a character.
pub fn fold_identifier(written: &str) -> String {
    truncated(written.to_ascii_lowercase())
}

/// The identifier as SQL text: bare when that reads back as the same name, in double quotes otherwise.
///
/// Reserved words are quoted, and so is every keyword that PostgreSQL's own `quote_ident` quotes.
pub fn quote_identifier(name: &str) -> String {
    if reads_back_bare(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The name that stands in double quotes, as PostgreSQL stores it; `None` where `written` is not quoted whole.
pub(crate) fn unquote_identifier(written: &str) -> Option<String> {
    let quoted = written.strip_prefix('"')?.strip_suffix('"')?;
    Some(truncated(quoted.replace("\"\"", "\"")))
}

fn reads_back_bare(name: &str) -> bool {
    let starts = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let goes_on = |byte: u8| starts(byte) || byte.is_ascii_digit();
    name.bytes().next().is_some_and(starts) && name.bytes().all(goes_on) && !keyword::needs_quotes(name)
}

pub(crate) fn truncated(mut name: String) -> String {
    if name.len() > MAX_BYTES {
        name.truncate(name.floor_char_boundary(MAX_BYTES));
    }
    name
}

/// The parts of a dotted name as a person writes it; white space around parts is dropped.
pub(super) fn dotted_parts(written: &str) -> Result<Vec<String>, NameError> {
    let mut characters = written.char_indices().peekable();
    let mut parts = Vec::new();
    loop {
        skip_white(&mut characters);
        parts.push(part(written, &mut characters)?);
        skip_white(&mut characters);
        match characters.next() {
            None => return Ok(parts),
            Some((_, '.')) => {}
            Some((at, found)) => return Err(unexpected(written, at, found)),
        }
    }
}

fn part(written: &str, characters: &mut Peekable<CharIndices<'_>>) -> Result<String, NameError> {
    match characters.peek().copied() {
        Some((_, '"')) => {
            characters.next();
            quoted(characters)
        }
        Some((_, first)) if first == '_' || first.is_ascii_alphabetic() || !first.is_ascii() => {
            let mut bare = String::new();
            while let Some((_, next)) = characters
                .next_if(|(_, c)| *c == '_' || *c == '$' || c.is_ascii_alphanumeric() || !c.is_ascii())
            {
                bare.push(next);
            }
            Ok(fold_identifier(&bare))
        }
        None | Some((_, '.')) => Err(NameError::Empty),
        Some((at, found)) => Err(unexpected(written, at, found)),
    }
}

fn quoted(characters: &mut Peekable<CharIndices<'_>>) -> Result<String, NameError> {
    let mut name = String::new();
    while let Some((_, next)) = characters.next() {
        match next {
            '"' if characters.next_if(|(_, c)| *c == '"').is_some() => name.push('"'),
            '"' if name.is_empty() => return Err(NameError::Empty),
            '"' => return Ok(truncated(name)),
            '\0' => return Err(NameError::Unexpected { found: '\0', position: name.chars().count() + 1 }),
            other => name.push(other),
        }
    }
    Err(NameError::Unclosed)
}

fn skip_white(characters: &mut Peekable<CharIndices<'_>>) {
    while characters.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
}

fn unexpected(written: &str, at: usize, found: char) -> NameError {
    let position = written.get(..at).map_or(0, |before| before.chars().count()) + 1;
    NameError::Unexpected { found, position }
}
