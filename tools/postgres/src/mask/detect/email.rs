//! E-mail addresses: what mailboxes really look like, not all that RFC 5321 would allow.

use super::token::user_parts;
use super::{Class, Found, boundary};

const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;
/// An IPv6 address with what stands in front of it.
const LONGEST_ADDRESS: usize = 50;
/// Last parts of file names that are shaped like top-level domains: `icon@2x.png`.
const FILES: &[&[u8]] = &[
    b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"css", b"js", b"json", b"html", b"pdf", b"xml", b"ico",
];

/// Every address in the text; a password in a URL's user part is a token.
pub(super) fn all(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut users = user_parts(text).into_iter().peekable();
    let mut found: Vec<Found> = Vec::new();
    for at in memchr::memchr_iter(b'@', bytes) {
        while let Some(past) = users.next_if(|user| user.range.end <= at) {
            found.extend(past.password.map(|range| Found { class: Class::Token, range }));
        }
        if users.peek().is_some_and(|user| user.range.contains(&at)) {
            continue;
        }
        if let Some(hit) = around(bytes, at)
            && found.last().is_none_or(|last| last.range.end <= hit.range.start)
        {
            found.push(hit);
        }
    }
    found.extend(users.filter_map(|user| user.password).map(|range| Found { class: Class::Token, range }));
    found
}

fn around(bytes: &[u8], at: usize) -> Option<Found> {
    let quoted = quoted_start(bytes, at);
    let mut start = quoted.unwrap_or_else(|| local_start(bytes, at));
    while start < at && matches!(bytes[start], b'.' | b'-' | b'\'' | b'+' | b'=' | b'/') {
        start += 1;
    }
    let end = domain_end(bytes, at + 1).or_else(|| address_end(bytes, at + 1))?;
    (start < at && bytes[at - 1] != b'.' && !is_repository(bytes, end))
        .then_some(Found { class: Class::Email, range: start..end })
}

/// `git@host:path` names a repository; a port, or the password in a list of accounts, has no slash in it.
fn is_repository(bytes: &[u8], end: usize) -> bool {
    if bytes.get(end) != Some(&b':') {
        return false;
    }
    let path = bytes[end + 1..].iter().take(LONGEST_DOMAIN);
    let path =
        path.take_while(|byte| boundary::is_word(**byte) || matches!(**byte, b'/' | b'.' | b'-' | b'~'));
    let first = path.clone().take_while(|byte| **byte != b'/');
    let is_port = first.clone().count() > 0 && first.clone().all(u8::is_ascii_digit);
    path.clone().any(|byte| *byte == b'/') && !is_port
}

/// Where a local part in quotes begins: `"john smith"@example.org`.
fn quoted_start(bytes: &[u8], at: usize) -> Option<usize> {
    let close = at.checked_sub(1).filter(|close| bytes[*close] == b'"')?;
    let inside = bytes[..close]
        .iter()
        .rev()
        .take(LONGEST_LOCAL)
        .take_while(|byte| !matches!(byte, b'"' | b'\n'))
        .count();
    let open = close.checked_sub(inside + 1).filter(|open| bytes[*open] == b'"' && inside > 0)?;
    let begins = open.checked_sub(1).is_none_or(|before| !boundary::is_word(bytes[before]));
    begins.then_some(open)
}

/// The end of `[192.0.2.1]` or `[IPv6:2001:db8::1]` in place of a domain.
fn address_end(bytes: &[u8], start: usize) -> Option<usize> {
    let inside = bytes.get(start..)?.strip_prefix(b"[")?;
    let length = inside.iter().take(LONGEST_ADDRESS).position(|byte| *byte == b']')?;
    let text = std::str::from_utf8(&inside[..length]).ok()?;
    let text = text.strip_prefix("IPv6:").unwrap_or(text);
    text.parse::<std::net::IpAddr>().is_ok().then_some(start + length + 2)
}

fn local_start(bytes: &[u8], at: usize) -> usize {
    let mut start = at;
    while start > 0 && at - start < LONGEST_LOCAL {
        let byte = bytes[start - 1];
        if byte.is_ascii_alphanumeric() || b"._%+-'&~=/!#$*?^`{|}".contains(&byte) && is_common(byte) {
            start -= 1;
        } else if start > 1 && (0x80..0xc0).contains(&byte) && (0xc3..=0xc9).contains(&bytes[start - 2]) {
            // A Latin letter with a mark, in two bytes.
            start -= 2;
        } else {
            break;
        }
    }
    start
}

/// Of the signs that are allowed, those that people use; the others open or close something around the address.
fn is_common(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'&' | b'~')
}

/// The end of a domain with at least two labels and a top-level domain of letters.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let stretch = domain_stretch(bytes, start);
    let mut end = start;
    let mut best = None;
    for (index, label) in bytes[start..start + stretch].split(|byte| *byte == b'.').enumerate() {
        // A label may be in any script, the last one is in one alone: `です` behind `.example` belongs to the sentence.
        let plain = label.iter().take_while(|byte| byte.is_ascii()).count();
        let is_last = end + label.len() + usize::from(index > 0) == start + stretch;
        let label = if index > 0 && is_last && plain >= 2 { &label[..plain] } else { label };
        let good =
            !label.is_empty() && label.len() <= 63 && !label.starts_with(b"-") && !label.ends_with(b"-");
        if !good {
            break;
        }
        end += label.len() + usize::from(index > 0);
        let top = label.len() >= 2 && (label.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80));
        let encoded = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
        if index > 0 && (top || encoded) && !FILES.iter().any(|file| label.eq_ignore_ascii_case(file)) {
            best = Some(end);
        } else if index > 0 {
            best = None;
        }
    }
    best
}

/// How many bytes from `start` on are letters and digits of any script, hyphens and dots.
fn domain_stretch(bytes: &[u8], start: usize) -> usize {
    let end = bytes.len().min(start + LONGEST_DOMAIN);
    // A character that is cut at the end is none.
    let text = bytes[start..end].utf8_chunks().next().map(|chunk| chunk.valid()).unwrap_or_default();
    text.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '.'))).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    #[test]
    fn mailboxes_are_found() {
        for email in [
            "ann@example.org",
            "ann.o'neil+news@mail.example.co.uk",
            "JOSÉ_99@exämple.de",
            "a-b.c%d@sub.xn--bcher-kva.example",
            "x@y.museum",
        ] {
            assert_eq!(is(email, Column::default()), Some(Class::Email), "{email}");
        }
    }

    #[test]
    fn addresses_in_the_forms_of_the_standard_are_found() {
        for (text, email) in [
            ("ann@example.org:25", "ann@example.org"),
            ("ann@example.org:hunter2", "ann@example.org"),
            ("ann@example.org:8080/x", "ann@example.org"),
            ("\"ann lee\"@example.org", "\"ann lee\"@example.org"),
            ("<\"ann..lee\"@example.org>", "\"ann..lee\"@example.org"),
            ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
            ("ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"),
        ] {
            let found = find(text, Column::default());
            let emails: Vec<&str> = found
                .iter()
                .filter(|found| found.class == Class::Email)
                .map(|found| &text[found.range.clone()])
                .collect();
            assert_eq!(emails, [email], "{text}");
        }
    }

    #[test]
    fn what_only_has_an_at_sign_is_none() {
        for other in [
            "@handle",
            "root@localhost",
            "pkg@1.2.3",
            "icon@2x.png",
            "git@github.com:org/repo.git",
            "a@b",
            "@@@@",
            "3 @ 4.99",
            "user@.com",
            "@types/node@20.1.0",
        ] {
            assert_eq!(find(other, Column::default()), [], "{other}");
        }
    }

    #[test]
    fn punctuation_around_is_left_out() {
        let text = "Write to <ann@example.org>, or (bob@example.org).";
        let found = find(text, Column::default());
        assert_eq!(
            found.iter().map(|found| &text[found.range.clone()]).collect::<Vec<_>>(),
            ["ann@example.org", "bob@example.org"]
        );
    }
}
