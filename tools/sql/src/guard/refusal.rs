//! Why a statement was not let through, said so that its writer can mend it.

use serde::Serialize;

/// A statement that the guard did not let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct Refusal {
    /// The stable name of the rule, such as `several_statements`.
    pub rule: &'static str,
    /// What is not allowed, in plain English.
    pub message: String,
    /// The line it stands on, from 1.
    pub line: u32,
    /// The character in that line, from 1.
    pub column: u32,
    /// The text at that place, short, with control characters escaped.
    pub excerpt: String,
    /// What would be allowed instead.
    pub allowed: &'static str,
}

const EXCERPT_CHARACTERS: usize = 40;

impl Refusal {
    /// A refusal of what stands at byte `at` of `sql`.
    pub(crate) fn at(
        sql: &str,
        at: usize,
        rule: &'static str,
        message: impl Into<String>,
        allowed: &'static str,
    ) -> Self {
        let at = sql.floor_char_boundary(at);
        let (before, after) = sql.split_at(at);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            rule,
            message: message.into(),
            line: count(before.matches('\n').count()),
            column: count(before.get(line_start..).unwrap_or_default().chars().count()),
            excerpt: excerpt(after),
            allowed,
        }
    }
}

fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// Control, bidirectional and zero-width characters could make the excerpt read as something else, so they are escaped.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(EXCERPT_CHARACTERS) {
        match character {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                shown.extend(character.escape_unicode());
            }
            control if control.is_control() => shown.extend(control.escape_default()),
            plain => shown.push(plain),
        }
    }
    if text.chars().nth(EXCERPT_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
