//! The types that the client judges by itself. It is as strict as PostgreSQL or stricter, never laxer; where a form is
//! rare or depends on the server, PostgreSQL is asked instead.

use std::cmp::Ordering;

use super::decimal::Decimal;
use super::moment;

/// What the client knows of a text as a value of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// PostgreSQL accepts it.
    Fits,
    /// Only PostgreSQL knows.
    AskServer,
    /// It is no value of this type, or PostgreSQL refuses it.
    Misfit(&'static str),
    /// It is a value, but too large for this type.
    TooLarge,
}

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Int2,
    Int4,
    Int8,
    Numeric(Option<(usize, usize)>),
    Float4,
    Float8,
    Bool,
    Date,
    Timestamp {
        zoned: bool,
    },
    Uuid,
    Text(Option<usize>),
    Json,
    /// Any other: read by PostgreSQL alone.
    Server(String),
}

impl Kind {
    /// The type by its SQL name, with the aliases that PostgreSQL knows.
    pub(crate) fn named(written: &str) -> Self {
        let lower = written.trim().to_ascii_lowercase();
        let (base, arguments) = split_arguments(&lower);
        let plain = arguments.is_empty();
        match base.as_str() {
            "smallint" | "int2" if plain => Self::Int2,
            "integer" | "int" | "int4" if plain => Self::Int4,
            "bigint" | "int8" if plain => Self::Int8,
            "numeric" | "decimal" => match *arguments.as_slice() {
                [] => Self::Numeric(None),
                [precision] => Self::Numeric(Some((precision, 0))),
                [precision, scale] if scale <= precision => Self::Numeric(Some((precision, scale))),
                _ => Self::Server(lower),
            },
            "real" | "float4" if plain => Self::Float4,
            "double precision" | "float8" | "float" if plain => Self::Float8,
            "boolean" | "bool" if plain => Self::Bool,
            "date" if plain => Self::Date,
            "timestamp" | "timestamp without time zone" => Self::Timestamp { zoned: false },
            "timestamptz" | "timestamp with time zone" => Self::Timestamp { zoned: true },
            "uuid" if plain => Self::Uuid,
            "text" if plain => Self::Text(None),
            "varchar" | "character varying" => Self::Text(arguments.first().copied()),
            "character" | "char" => Self::Text(Some(arguments.first().copied().unwrap_or(1))),
            "json" | "jsonb" if plain => Self::Json,
            _ => Self::Server(lower),
        }
    }

    /// Judges a text that is UTF-8 and holds no NUL byte.
    pub(crate) fn judge(&self, text: &[u8]) -> Verdict {
        match self {
            Self::Int2 => integer(text, 32_768),
            Self::Int4 => integer(text, 2_147_483_648),
            Self::Int8 => integer(text, 9_223_372_036_854_775_808),
            Self::Numeric(limits) => numeric(text, *limits),
            Self::Float4 => float(text, true),
            Self::Float8 => float(text, false),
            Self::Bool => boolean(text),
            Self::Date => moment::date(text),
            Self::Timestamp { .. } => moment::timestamp(text),
            Self::Uuid => uuid(text),
            Self::Text(None) => Verdict::Fits,
            Self::Text(Some(longest)) => length(text, *longest),
            Self::Json => json(text),
            Self::Server(_) => Verdict::AskServer,
        }
    }

    /// Compares two values of this type; `None` for what has no order here, such as NaN.
    pub(crate) fn compare(&self, left: &[u8], right: &[u8]) -> Option<Ordering> {
        match self {
            Self::Int2 | Self::Int4 | Self::Int8 | Self::Numeric(_) => {
                Some(Decimal::parse(trimmed(left))?.compare(&Decimal::parse(trimmed(right))?))
            }
            Self::Float4 | Self::Float8 => floating(left)?.partial_cmp(&floating(right)?),
            Self::Date | Self::Timestamp { .. } => Some(moment::instant(left)?.cmp(&moment::instant(right)?)),
            _ => None,
        }
    }

    /// Whether values of this type can be bounded by `min` and `max`.
    pub(crate) fn is_ordered(&self) -> bool {
        !matches!(self, Self::Bool | Self::Uuid | Self::Text(_) | Self::Json | Self::Server(_))
    }
}

/// `timestamp(3) with time zone` → (`timestamp with time zone`, [3]).
fn split_arguments(written: &str) -> (String, Vec<usize>) {
    let Some((before, rest)) = written.split_once('(') else {
        return (written.to_owned(), Vec::new());
    };
    let Some((inside, after)) = rest.split_once(')') else {
        return (written.to_owned(), Vec::new());
    };
    let Ok(arguments) =
        inside.split(',').map(|argument| argument.trim().parse()).collect::<Result<Vec<_>, _>>()
    else {
        return (written.to_owned(), Vec::new());
    };
    (format!("{}{after}", before.trim_end()), arguments)
}

/// White space at both ends, as C's `isspace` has it and PostgreSQL's number readers skip it.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let space = |byte: &u8| matches!(byte, b' ' | 9..=13);
    let start = text.iter().position(|byte| !space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn integer(text: &[u8], limit: u64) -> Verdict {
    let text = trimmed(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return Verdict::Misfit("not an integer");
    }
    let mut value: u64 = 0;
    let mut large = false;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Verdict::Misfit("not an integer");
        }
        match value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0'))) {
            Some(next) => value = next,
            None => large = true,
        }
    }
    if large || value > limit || (value == limit && !negative) { Verdict::TooLarge } else { Verdict::Fits }
}

fn numeric(text: &[u8], limits: Option<(usize, usize)>) -> Verdict {
    const NUMBER: Verdict = Verdict::Misfit("not a number");
    let text = trimmed(text);
    let Some(decimal) = Decimal::parse(text) else {
        return match text {
            word if word.eq_ignore_ascii_case(b"nan") => Verdict::Fits,
            // Since PostgreSQL 14.
            [b'+' | b'-', word @ ..] | word
                if word.eq_ignore_ascii_case(b"infinity") || word.eq_ignore_ascii_case(b"inf") =>
            {
                Verdict::AskServer
            }
            _ => NUMBER,
        };
    };
    match limits {
        _ if text.len() > 1_000 => Verdict::AskServer,
        None if decimal.exponent.unsigned_abs() > 1_000 => Verdict::AskServer,
        None => Verdict::Fits,
        Some(_) if decimal.exponent != 0 => Verdict::AskServer,
        Some((precision, scale)) if decimal.fits(precision, scale) => Verdict::Fits,
        Some(_) => Verdict::TooLarge,
    }
}

fn floating(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(trimmed(text)).ok()?.parse().ok()
}

fn float(text: &[u8], single: bool) -> Verdict {
    const NUMBER: Verdict = Verdict::Misfit("not a number");
    let text = trimmed(text);
    let digits = text.iter().any(u8::is_ascii_digit);
    if !digits {
        // Rust reads "inf" and "nan" in any case too, with the same spellings.
        return match floating(text) {
            Some(_) => Verdict::AskServer,
            None => NUMBER,
        };
    }
    let Some(value) = floating(text) else { return NUMBER };
    #[allow(clippy::cast_possible_truncation, reason = "the loss is what is being looked for")]
    let value = if single { f64::from(value as f32) } else { value };
    let zero =
        !text.iter().take_while(|byte| !matches!(byte, b'e' | b'E')).any(|byte| matches!(byte, b'1'..=b'9'));
    if value.is_infinite() || (value == 0.0 && !zero) { Verdict::TooLarge } else { Verdict::Fits }
}

fn boolean(text: &[u8]) -> Verdict {
    let text = trimmed(text);
    let prefix_of = |word: &[u8], least: usize| {
        (least..=word.len()).contains(&text.len()) && text.eq_ignore_ascii_case(&word[..text.len()])
    };
    let known = prefix_of(b"true", 1)
        || prefix_of(b"false", 1)
        || prefix_of(b"yes", 1)
        || prefix_of(b"no", 1)
        || prefix_of(b"on", 2)
        || prefix_of(b"off", 2)
        || matches!(text, b"1" | b"0");
    if known { Verdict::Fits } else { Verdict::Misfit("not a boolean (true, false, yes, no, on, off, 1, 0)") }
}

fn uuid(text: &[u8]) -> Verdict {
    let inner = match text {
        [b'{', inner @ .., b'}'] => inner,
        _ => text,
    };
    let mut digits = 0;
    let mut after_hyphen = true;
    for byte in inner {
        match byte {
            b'-' if digits % 4 == 0 && digits > 0 && digits < 32 && !after_hyphen => after_hyphen = true,
            digit if digit.is_ascii_hexdigit() => {
                digits += 1;
                after_hyphen = false;
            }
            _ => return Verdict::Misfit("not a UUID"),
        }
    }
    if digits == 32 { Verdict::Fits } else { Verdict::Misfit("not a UUID") }
}

fn length(text: &[u8], longest: usize) -> Verdict {
    if text.len() <= longest {
        return Verdict::Fits;
    }
    // PostgreSQL drops blanks beyond the length; a character starts at every byte that is no continuation.
    let characters = |text: &[u8]| text.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
    if characters(text) - blanks <= longest {
        Verdict::Fits
    } else {
        Verdict::Misfit("longer than its type allows")
    }
}

fn json(text: &[u8]) -> Verdict {
    match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
        Ok(_) if text.windows(2).any(|pair| pair == b"\\u") => Verdict::AskServer,
        Ok(_) => Verdict::Fits,
        Err(error) if error.to_string().starts_with("recursion limit") => Verdict::AskServer,
        Err(_) => Verdict::Misfit("not JSON"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: &str, text: &str) -> &'static str {
        match Kind::named(kind).judge(text.as_bytes()) {
            Verdict::Fits => "fits",
            Verdict::AskServer => "server",
            Verdict::Misfit(_) => "misfit",
            Verdict::TooLarge => "large",
        }
    }

    fn all(kind: &str, verdict: &str, texts: &[&str]) {
        for text in texts {
            assert_eq!(judged(kind, text), verdict, "{text:?} as {kind}");
        }
    }

    #[test]
    fn integers() {
        all("smallint", "fits", &["0", "-32768", "32767", " +7 ", "0007"]);
        all("smallint", "large", &["32768", "-32769", "99999999999999999999999"]);
        all("bigint", "fits", &["9223372036854775807", "-9223372036854775808"]);
        all("bigint", "large", &["9223372036854775808", "18446744073709551616"]);
        all("int", "misfit", &["", " ", "1.0", "1e3", "0x1F", "1_000", "--1", "+", "1 2", "²"]);
    }

    #[test]
    fn numerics() {
        all("numeric", "fits", &["1", "-1.5", ".5", "5.", "1e10", "NaN", " 12.30 ", "+0"]);
        all("numeric", "misfit", &["", ".", "1,5", "1.2.3", "e5", "1e", "0x10"]);
        all("numeric(4,2)", "fits", &["99.99", "99.994", "-99.99", "000099.5", "0.001"]);
        all("numeric(4,2)", "large", &["99.995", "100", "-99.9999"]);
        all("numeric(3)", "large", &["999.5", "1000"]);
        all("numeric(3)", "fits", &["999.4999"]);
        all("numeric(2,4)", "server", &["1"]);
    }

    #[test]
    fn floats() {
        all("real", "fits", &["1.5", "-0", "3.4e38", "1e-40", "0e-999"]);
        all("real", "large", &["3.5e38", "1e-50"]);
        all("float8", "large", &["1e400", "1e-400", "-1e309"]);
        all("float8", "misfit", &["", "abc", "1,5", "1e"]);
        all("float8", "server", &["NaN", "-Infinity"]);
    }

    #[test]
    fn booleans_and_uuids() {
        all("boolean", "fits", &["t", "TRUE", "fal", " no ", "on", "of", "1", "0"]);
        all("boolean", "misfit", &["", "o", "2", "truth", "yess", "ja"]);
        all(
            "uuid",
            "fits",
            &[
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}",
                "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
            ],
        );
        all(
            "uuid",
            "misfit",
            &["", "a0eebc99", "a0e-ebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc99--9c0b4ef8bb6d6bb9bd380a11"],
        );
    }

    #[test]
    fn texts_and_json() {
        all("varchar(3)", "fits", &["", "abc", "äöü", "abc   "]);
        all("varchar(3)", "misfit", &["abcd", "äöüß"]);
        all("character(2)", "misfit", &["abc"]);
        all("jsonb", "fits", &["{}", " [1, \"a\", null] ", "1.5e3", "\"x\""]);
        all("jsonb", "misfit", &["", "{a: 1}", "{\"a\":1,}", "01", "'x'"]);
        all("json", "server", &[r#""\u0000""#]);
    }

    #[test]
    fn names_have_their_aliases() {
        assert_eq!(Kind::named("character varying(20)"), Kind::Text(Some(20)));
        assert_eq!(Kind::named("timestamp(3) with time zone"), Kind::Timestamp { zoned: true });
        assert_eq!(Kind::named("Numeric ( 10 , 2 )"), Kind::Numeric(Some((10, 2))));
        assert_eq!(Kind::named("integer[]"), Kind::Server("integer[]".to_owned()));
        assert_eq!(Kind::named("inet"), Kind::Server("inet".to_owned()));
    }
}
