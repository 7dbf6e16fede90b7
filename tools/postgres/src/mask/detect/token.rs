//! Keys and tokens: issuers' prefixes, JWTs, private keys, passwords in URLs, `secret=value`, and in columns that hold
//! tokens whatever looks like one. A UUID by itself is a name, not a key.

use std::ops::Range;

use super::boundary;
use super::{Class, Column};

/// What issuers put in front, and how much follows at least.
const PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("pk_live_", 16),
    ("whsec_", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xoxr-", 16),
    ("xoxs-", 16),
    ("xapp-", 16),
    ("AIza", 35),
    ("ya29.", 20),
    ("SG.", 40),
    ("npm_", 30),
    ("pypi-", 40),
    ("dop_v1_", 40),
    ("hf_", 30),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk-", 40),
    ("shpat_", 32),
    ("shpss_", 32),
    ("sq0atp-", 20),
    ("sq0csp-", 20),
    ("hvs.", 20),
    ("lin_api_", 30),
    ("AGE-SECRET-KEY-1", 40),
];
/// Amazon's access keys: 16 capital letters and digits follow.
const ACCESS_KEYS: &[&str] = &["AKIA", "ASIA", "ABIA", "ACCA"];

/// Ends of names whose values open something.
const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "passphrase", "secret"];
const TOKENS: &[&str] =
    &["token", "apikey", "accesskey", "secretkey", "privatekey", "session", "sessionid", "bearer", "authkey"];

/// Values that are none.
const PLACEHOLDERS: &[&[u8]] = &[
    b"none",
    b"null",
    b"true",
    b"false",
    b"undefined",
    b"password",
    b"secret",
    b"token",
    b"redacted",
    b"masked",
    b"xxxx",
];
/// The last two letters of all of them.
const NAMES_END: &[&[u8]] = &[b"rd", b"wd", b"se", b"et", b"en", b"ey", b"on", b"id", b"er"];

/// No token is longer.
const LONGEST: usize = 8192;
/// Nor is the value of a setting; shorter, since more places look like one.
const LONGEST_VALUE: usize = 512;

const PEM_BEGIN: &str = "-----BEGIN ";

/// The token that begins here, or the value of the setting whose name begins here.
pub(super) fn at(text: &str, start: usize, column: Column) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if bytes[start] == b'-' {
        return private_key(text, start);
    }
    let before = start.checked_sub(1).map(|before| bytes[before]);
    let begins = !before.is_some_and(|byte| is_url_safe(byte) || byte == b'.');
    begins
        .then(|| issued(text, start).or_else(|| web_token(bytes, start)))
        .flatten()
        .map(|end| start..end)
        .or_else(|| named_value(text, start))
        .or_else(|| {
            let begins = column.is(Class::Token) && !before.is_some_and(is_opaque);
            begins.then(|| opaque(bytes, start)).flatten().map(|end| start..end)
        })
}

/// Whether a word of letters alone can be the beginning of a token, or name one. Says yes too often, never too seldom.
pub(super) fn may_begin(bytes: &[u8], word: &Range<usize>) -> bool {
    let letters = &bytes[word.clone()];
    match bytes.get(word.end) {
        Some(b'-' | b'.') => true,
        Some(b'=' | b':' | b'"' | b'\'' | b' ') => {
            letters.len() >= 16 || NAMES_END.iter().any(|end| ends_with(letters, end))
        }
        _ => letters.len() >= 16,
    }
}

fn ends_with(letters: &[u8], end: &[u8]) -> bool {
    letters.len().checked_sub(end.len()).is_some_and(|from| letters[from..].eq_ignore_ascii_case(end))
}

/// The user part of a URL, up to its `@`, and the password in it.
pub(super) struct UserPart {
    pub(super) range: Range<usize>,
    pub(super) password: Option<Range<usize>>,
}

/// The user parts of all URLs in the text.
pub(super) fn user_parts(text: &str) -> Vec<UserPart> {
    const LONGEST: usize = 512;
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&bytes[from..], b"://") {
        let start = from + found + 3;
        from = start;
        let is_inside =
            |byte: &u8| !byte.is_ascii_whitespace() && !matches!(*byte, b'"' | b'<' | b'>' | b'/' | b'?');
        let length = run(bytes, start, LONGEST, |byte| is_inside(&byte));
        // The last one: people forget to encode an `@` in a password.
        let Some(at) = memchr::memrchr(b'@', &bytes[start..start + length]) else { continue };
        let end = start + at;
        let colon = memchr::memchr(b':', &bytes[start..end]);
        let password = colon.map(|colon| start + colon + 1..end).filter(|password| !password.is_empty());
        parts.push(UserPart { range: start..end + 1, password });
        from = end + 1;
    }
    parts
}

fn issued(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let rest = &bytes[start..];
    if !matches!(
        rest[0],
        b's' | b'r' | b'p' | b'w' | b'g' | b'x' | b'A' | b'y' | b'S' | b'n' | b'd' | b'h' | b'l'
    ) {
        return None;
    }
    if ACCESS_KEYS.iter().any(|key| rest.starts_with(key.as_bytes())) {
        let length = run(bytes, start, 21, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        return (length == 20 && boundary::closes(bytes, start + 20)).then_some(start + 20);
    }
    let (prefix, least) = PREFIXES.iter().find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let from = start + prefix.len();
    let length = run(bytes, from, LONGEST, |byte| is_url_safe(byte) || byte == b'.');
    let length = length - bytes[from..from + length].iter().rev().take_while(|byte| **byte == b'.').count();
    let body = &bytes[from..from + length];
    (length >= *least && body.iter().any(u8::is_ascii_digit)).then_some(from + length)
}

/// A JSON web token: `eyJ…`.`…`.`…`.
fn web_token(bytes: &[u8], start: usize) -> Option<usize> {
    if !bytes[start..].starts_with(b"eyJ") {
        return None;
    }
    let mut at = start;
    for part in 0..3 {
        if part > 0 {
            (bytes.get(at) == Some(&b'.')).then(|| at += 1)?;
        }
        let length = run(bytes, at, LONGEST, is_url_safe);
        if length < 8 && part < 2 {
            return None;
        }
        at += length;
    }
    Some(at)
}

fn private_key(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let kind = rest.strip_prefix(PEM_BEGIN)?;
    let head = &kind.as_bytes()[..kind.len().min(32)];
    memchr::memmem::find(head, b"PRIVATE KEY-----")?;
    // Whatever follows a key that was cut off is taken for a part of it.
    let Some(end) = rest.find("-----END ") else { return Some(start..text.len()) };
    let closing = rest[end + 9..].find("-----").map_or(rest.len(), |closing| end + 9 + closing + 5);
    Some(start..start + closing)
}

/// `password=…`, `"api_key": "…"`, `Bearer …`: the value.
fn named_value(text: &str, start: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 32;
    let bytes = text.as_bytes();
    let length = bytes[start..]
        .iter()
        .take(LONGEST)
        .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        .count();
    let mut at = start + length;
    let (equals, spaced) = separator(bytes, &mut at)?;
    let (mut letters, mut count) = ([0; LONGEST], 0);
    for byte in bytes[start..start + length].iter().filter(|byte| byte.is_ascii_alphabetic()) {
        letters[count] = byte.to_ascii_lowercase();
        count += 1;
    }
    let name = std::str::from_utf8(&letters[..count]).ok()?;
    let is_password = PASSWORDS.iter().any(|end| name.ends_with(end));
    if !is_password && !TOKENS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let length = run(bytes, at, LONGEST_VALUE, |byte| {
        !byte.is_ascii_whitespace()
            && !matches!(byte, b'"' | b'\'' | b',' | b';' | b'&' | b'<' | b'>' | b')' | b'}' | b']')
    });
    let length = length - bytes[at..at + length].iter().rev().take_while(|byte| **byte == b'.').count();
    let value = &bytes[at..at + length];
    let stands_for_none = !value.iter().any(u8::is_ascii_alphanumeric)
        || PLACEHOLDERS.iter().any(|holder| value.eq_ignore_ascii_case(holder));
    let is_colon = !bytes[start..at].contains(&b'=') && !bytes[start..at].contains(&b'"');
    let is_secret = if stands_for_none {
        false
    } else if equals && !spaced && !is_colon {
        length >= 4
    } else if is_password && (equals || bytes[start..at].contains(&b':')) {
        length >= 6
            && value.iter().any(|byte| !byte.is_ascii_alphabetic())
            && value.iter().any(u8::is_ascii_alphabetic)
    } else {
        length >= 16 && is_mixed(value)
    };
    is_secret.then_some(at..at + length)
}

/// Goes over what stands between a name and its value: whether it is tight (`=`, or `:` without spaces), and whether
/// there is space.
fn separator(bytes: &[u8], at: &mut usize) -> Option<(bool, bool)> {
    let before = *at;
    let skip = |at: &mut usize, wanted: fn(u8) -> bool, most: usize| {
        let length = bytes[*at..].iter().take(most).take_while(|byte| wanted(**byte)).count();
        *at += length;
        length > 0
    };
    let quote: fn(u8) -> bool = |byte| matches!(byte, b'"' | b'\'');
    let space: fn(u8) -> bool = |byte| byte == b' ';
    let quoted = skip(at, quote, 1);
    let mut spaced = skip(at, space, 2);
    let signed = skip(at, |byte| matches!(byte, b'=' | b':'), 2);
    spaced |= skip(at, space, 2);
    let opened = skip(at, quote, 1);
    let sign = bytes[before..*at].contains(&b'=') || bytes[before..*at].contains(&b':');
    let tight = signed && (!spaced || opened || quoted);
    // `\p{host}` and `name::type` are no settings.
    (*at > before && !bytes[before..*at].windows(2).any(|pair| pair == b"::"))
        .then_some((tight && sign, spaced && !opened))
}

/// In a column of tokens: at least eight characters without a space, and no plain word.
fn opaque(bytes: &[u8], start: usize) -> Option<usize> {
    let length = run(bytes, start, LONGEST, is_opaque);
    let length = length
        - bytes[start..start + length].iter().rev().take_while(|byte| matches!(**byte, b'.' | b':')).count();
    let value = &bytes[start..start + length];
    let long = length >= 20 && !value.iter().all(u8::is_ascii_lowercase);
    let numeric = length >= 6 && value.iter().all(u8::is_ascii_digit);
    (numeric || long || (length >= 8 && is_mixed(value))).then_some(start + length)
}

fn is_opaque(byte: u8) -> bool {
    is_url_safe(byte) || matches!(byte, b'.' | b'+' | b'/' | b'=' | b':' | b'~' | b'$')
}

fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// How many bytes from `start` on are wanted, `most` at most.
fn run(bytes: &[u8], start: usize, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
    bytes[start..].iter().take(most).take_while(|byte| wanted(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    const UUID: &str = "550e8400-e29b-41d4-a716-446655440000";

    fn values(text: &str) -> Vec<&str> {
        find(text, Column::default())
            .into_iter()
            .filter(|found| found.class == Class::Token)
            .map(|found| &text[found.range])
            .collect()
    }

    #[test]
    fn a_uuid_is_a_token_only_where_the_column_says_so() {
        for name in ["id", "customer_id", "uuid", "reference"] {
            assert_eq!(find(UUID, Column::new(name)), [], "{name}");
        }
        for name in ["token", "session_token", "api_key", "accessToken", "session"] {
            assert_eq!(is(UUID, Column::new(name)), Some(Class::Token), "{name}");
        }
        assert_eq!(values(&format!("renewed session {UUID} at noon")), [UUID]);
    }

    #[test]
    fn every_name_has_its_end_in_the_list() {
        for name in super::PASSWORDS.iter().chain(super::TOKENS) {
            assert!(super::NAMES_END.iter().any(|end| super::ends_with(name.as_bytes(), end)), "{name}");
        }
    }

    #[test]
    fn issuers_prefixes_are_known() {
        let body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for prefix in ["sk_live_", "ghp_", "glpat-", "xoxb-", "npm_", "sk-proj-"] {
            let key = format!("{prefix}{body}");
            assert_eq!(values(&format!("uses {key}, since May")), [key.as_str()]);
        }
        // Amazon's and the JWT handbook's own examples.
        assert_eq!(values("key AKIAIOSFODNN7EXAMPLE."), ["AKIAIOSFODNN7EXAMPLE"]);
        let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
        assert_eq!(values(&format!("Authorization: Bearer {jwt}")), [jwt]);
    }

    #[test]
    fn values_of_settings_are_tokens() {
        assert_eq!(values("postgres://me:hunter2@db.example.org/shop"), ["hunter2"]);
        assert_eq!(values("host=db password=hunter2 port=5432"), ["hunter2"]);
        assert_eq!(values(r#"{"api_key": "abcd-efgh", "page": 2}"#), ["abcd-efgh"]);
        assert_eq!(values("X-Auth-Token: 0123456789abcdef0123"), ["0123456789abcdef0123"]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----";
        assert_eq!(values(&format!("got {key}.")), [key]);
    }

    #[test]
    fn prose_about_secrets_is_none() {
        for prose in [
            "Password: must be changed every month",
            "The token is valid for 30 days",
            "session: 10:30am in room 4",
            "see skin_care_basics and sk-learn",
            "secret ingredients",
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(values(prose), Vec::<&str>::new(), "{prose}");
        }
    }
}
