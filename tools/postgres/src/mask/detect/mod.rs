//! Personal data and secrets, recognised by the name of a column and by the look of text. No I/O, no state.
//!
//! ```text
//!   column name ── names ──▶ Column (read once a column) ──┐
//!   text ── one pass over word starts ── a file a detector ┴──▶ Found { class, range }
//! ```
//!
//! A number is judged by its shape and its checksum; where shapes are shared (an order number may look like a phone
//! number) the name of the column and the word in front decide. Each detector looks at a bounded stretch of text, so
//! the cost is linear whatever the text holds.

mod boundary;
mod card;
mod email;
mod folded;
mod iban;
mod ip;
mod names;
mod number;
mod phone;
mod ssn;
mod token;

use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use names::{Certainty, Named, class_of_name, named};
use number::Number;

/// What kind of personal data or secret something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An international bank account number.
    Iban,
    /// The number of a payment card.
    Card,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A US social security number.
    Ssn,
    /// A key or token that opens something: API keys, JWTs, session identifiers, passwords inside text.
    Token,
    /// A password, PIN or private key, by the name of its column.
    Secret,
    /// The name of a person, by the name of its column.
    PersonName,
    /// A postal address, by the name of its column.
    Address,
    /// A date of birth, by the name of its column.
    BirthDate,
    /// A passport, tax or other personal number given by a state, by the name of its column.
    NationalId,
}

impl Class {
    /// How it is called in messages and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::Card => "card",
            Self::Ip => "ip",
            Self::Ssn => "ssn",
            Self::Token => "token",
            Self::Secret => "secret",
            Self::PersonName => "person_name",
            Self::Address => "address",
            Self::BirthDate => "birth_date",
            Self::NationalId => "national_id",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something sensitive inside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub class: Class,
    /// Where it is, in bytes; always on character boundaries.
    pub range: Range<usize>,
}

/// What the name of a column says about its values. Made once a column, used for each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Column(Hint);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Hint {
    /// Nothing.
    #[default]
    Open,
    /// The values are of that class.
    Of(Class),
    /// Numbers that identify or measure things: what looks like a phone number is none.
    Plain,
    /// Four numbers with dots are a version.
    Version,
}

impl Column {
    /// What this name says.
    pub fn new(name: &str) -> Self {
        Self(names::hint(name))
    }

    /// The class that the name alone gives.
    pub fn class(self) -> Option<Class> {
        match self.0 {
            Hint::Of(class) => Some(class),
            _ => None,
        }
    }

    fn is(self, class: Class) -> bool {
        self.0 == Hint::Of(class)
    }

    fn is_version(self) -> bool {
        self.0 == Hint::Version
    }

    fn is_plain(self) -> bool {
        matches!(self.0, Hint::Plain | Hint::Version)
    }
}

/// Everything sensitive in a value of that column, from left to right, without overlaps.
pub fn find(text: &str, column: Column) -> Vec<Found> {
    match folded::Folded::of(text) {
        Some(folded) => {
            let found = find_plain(&folded.text, column).into_iter();
            found.map(|Found { class, range }| Found { class, range: folded.back(range) }).collect()
        }
        None => find_plain(text, column),
    }
}

/// The same where spaces, dashes and digits are those of ASCII.
fn find_plain(text: &str, column: Column) -> Vec<Found> {
    if column.is(Class::Secret) {
        return whole(text, Class::Secret).into_iter().collect();
    }
    let mut found = Vec::new();
    let mut emails = email::all(text).into_iter().peekable();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = boundary::next_start(bytes, at) {
        while let Some(email) = emails.next_if(|email| email.range.start <= start) {
            at = at.max(email.range.end);
            found.push(email);
        }
        if start < at {
            continue;
        }
        let end = boundary::end_of_word(bytes, start);
        match at_start(text, start..end, column) {
            Some(hit) => {
                at = hit.range.end;
                found.push(hit);
                while emails.next_if(|email| email.range.start < at).is_some() {}
            }
            None => at = end,
        }
    }
    found.extend(emails);
    found
}

/// What the whole value is, if it is one sensitive thing and nothing else.
pub fn is(text: &str, column: Column) -> Option<Class> {
    let trimmed = text.trim();
    match find(trimmed, column).as_slice() {
        [only] if only.range == (0..trimmed.len()) => Some(only.class),
        _ => None,
    }
}

fn whole(text: &str, class: Class) -> Option<Found> {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    (start < end).then_some(Found { class, range: start..end })
}

/// The detectors in the order of their certainty: checksums first, shapes last.
fn at_start(text: &str, word: Range<usize>, column: Column) -> Option<Found> {
    let bytes = text.as_bytes();
    let start = word.start;
    let first = bytes[start];
    let hit = |class, end| Some(Found { class, range: start..end });
    let is_plain_word = bytes[word.clone()].iter().all(u8::is_ascii_alphabetic);
    // Nearly all of prose ends here.
    if is_plain_word && !token::may_begin(bytes, &word) && !column.is(Class::Token) {
        let is_address = bytes.get(word.end) == Some(&b':') && word.len() <= 4;
        return is_address.then(|| ip::at(text, start, column)).flatten().and_then(|end| hit(Class::Ip, end));
    }
    if (first.is_ascii_alphabetic() || column.is(Class::Token) || first == b'-')
        && let Some(range) = token::at(text, start, column)
    {
        return Some(Found { class: Class::Token, range });
    }
    if first.is_ascii_alphabetic()
        && let Some(end) = iban::at(bytes, start)
    {
        return hit(Class::Iban, end);
    }
    if (first.is_ascii_hexdigit() || first == b':')
        && let Some(end) = ip::at(text, start, column)
    {
        return hit(Class::Ip, end);
    }
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'(')) {
        return None;
    }
    let number = Number::at(bytes, start)?;
    if let Some(end) = card::of(&number, column) {
        return hit(Class::Card, end);
    }
    if let Some(end) = ssn::of(&number, column) {
        return hit(Class::Ssn, end);
    }
    phone::of(&number, column).and_then(|end| hit(Class::Phone, end))
}
