//! IP addresses: IPv4 in four numbers, IPv6 in all its spellings, with a prefix length or a zone.

use std::net::Ipv6Addr;

use super::boundary::{self, words_before};
use super::{Class, Column};

/// What four numbers with dots are besides: versions, and places in a document.
const OTHER_WORDS: &str = "ver version versions release rel build firmware fw section sections sec chapter clause \
    paragraph oid objectidentifier versionadded versionchanged figure table appendix rule article step abschnitt kapitel sección";
const JOINING_WORDS: &str = "is to number no nr from";

/// The longest text of an IPv6 address: with an IPv4 address at its end.
const LONGEST: usize = 45;

/// The end of the address that begins here.
pub(super) fn at(text: &str, start: usize, column: Column) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_run_of_colons = bytes[start] == b':'
        && (bytes.get(start + 1) != Some(&b':') || !bytes.get(start + 2).is_some_and(u8::is_ascii_hexdigit));
    if is_run_of_colons || !boundary::opens(bytes, start) {
        return None;
    }
    if let Some(end) = v4(bytes, start) {
        let [nearer, farther] = words_before(bytes, start);
        let other = nearer.is_one_of(OTHER_WORDS)
            || (nearer.is_one_of(JOINING_WORDS) && farther.is_one_of(OTHER_WORDS));
        let is_other =
            other || column.is_version() || (is_small(bytes, start) && !is_reached(bytes, start, end));
        return (column.is(Class::Ip) || !is_other).then_some(end);
    }
    v6(text, start)
}

/// Versions and object identifiers consist of small numbers; of all addresses, one in four thousand does.
fn is_small(bytes: &[u8], start: usize) -> bool {
    let text =
        bytes[start..].split(|byte| !byte.is_ascii_digit() && *byte != b'.').next().unwrap_or_default();
    let small = text
        .split(|byte| *byte == b'.')
        .all(|octet| octet.len() < 2 || octet < &b"32"[..] && octet.len() == 2);
    let nowhere = text.starts_with(b"0.") && text != b"0.0.0.0";
    nowhere || (small && !text.starts_with(b"10.") && text != b"0.0.0.0")
}

/// With a port behind it, or in a URL.
fn is_reached(bytes: &[u8], start: usize, end: usize) -> bool {
    let has_port = bytes.get(end) == Some(&b':') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    has_port || bytes[..start].ends_with(b"//")
}

fn v4(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for octet in 0..4 {
        if octet > 0 {
            (bytes.get(at) == Some(&b'.')).then(|| at += 1)?;
        }
        let length = bytes[at..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = &bytes[at..at + length];
        let value = digits.iter().fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
        if !(1..=3).contains(&length) || value > 255 || (length > 1 && digits[0] == b'0') {
            return None;
        }
        at += length;
    }
    let end = prefix_length(bytes, at, 32);
    // A port may follow, or a path.
    let goes_on = match bytes.get(end) {
        Some(b':') => true,
        Some(b'/') => bytes[..start].ends_with(b"//"),
        _ => false,
    };
    (goes_on || boundary::closes(bytes, end)).then_some(end)
}

fn v6(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // In the middle of a fingerprint: `:3A:96:`.
    if let [.., b':', one, other, b':'] = &bytes[..start]
        && one.is_ascii_hexdigit()
        && other.is_ascii_hexdigit()
    {
        return None;
    }
    // A slice of a list: `tokens[::2]`.
    if let [.., before, b'['] = &bytes[..start]
        && (before.is_ascii_alphanumeric() || matches!(before, b'_' | b']' | b')'))
    {
        return None;
    }
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut end = start + bytes[start..].iter().take(LONGEST + 1).take_while(is_part).count();
    while end > start && bytes[end - 1] == b'.' {
        end -= 1;
    }
    let candidate = &bytes[start..end];
    let colons = candidate.iter().filter(|byte| **byte == b':').count();
    if colons < 2 || candidate.len() > LONGEST {
        return None;
    }
    // A colon at the end belongs to the sentence, unless it is the second of a pair.
    if candidate.ends_with(b":") && !candidate.ends_with(b"::") {
        end -= 1;
    }
    let address = text.get(start..end)?;
    let digits = address.bytes().filter(u8::is_ascii_hexdigit).count();
    // `a::b` and `ab::cd` are paths in many languages.
    let named =
        digits < 4 && !address.starts_with("::") || !address.bytes().any(|byte| byte.is_ascii_digit());
    if named || address == "::" || address.parse::<Ipv6Addr>().is_err() {
        return None;
    }
    let end = prefix_length(bytes, zone(bytes, end), 128);
    boundary::closes(bytes, end).then_some(end)
}

/// `%eth0`.
fn zone(bytes: &[u8], at: usize) -> usize {
    let name = bytes[at..].iter().skip(1).take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if bytes.get(at) == Some(&b'%') && name > 0 { at + 1 + name } else { at }
}

/// `/24`.
fn prefix_length(bytes: &[u8], at: usize, most: u32) -> usize {
    let digits = || bytes[at + 1..].iter().take(4).take_while(|byte| byte.is_ascii_digit());
    if bytes.get(at) != Some(&b'/') {
        return at;
    }
    let value = digits().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    let length = digits().count();
    if (1..=3).contains(&length) && value <= most { at + 1 + length } else { at }
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    #[test]
    fn every_spelling_is_an_address() {
        for address in [
            "203.0.113.9",
            "10.0.0.0/8",
            "2001:db8::8a2e:370:7334",
            "2001:0DB8:0000:0000:0000:8A2E:0370:7334",
            "::1",
            "::ffff:192.0.2.128",
            "fe80::1ff:fe23:4567:890a%eth2",
            "2001:db8::/32",
        ] {
            assert_eq!(is(address, Column::default()), Some(Class::Ip), "{address}");
        }
    }

    #[test]
    fn times_paths_versions_and_hardware_addresses_are_none() {
        for other in [
            "12:30:45",
            "std::net::ip",
            "toks[::2]",
            "7E:89:1B:B2:72:4B:E3:76:EA:47:3A",
            "a::b",
            "dead::beef",
            "::int4",
            "00:1a:2b:3c:4d:5e",
            "1.2.3.4.5",
            "256.1.1.1",
            "v1.2.3.4",
            "version 10.0.0.1",
            "1.2.3",
            "01.02.03.04",
        ] {
            assert_eq!(find(other, Column::default()), [], "{other}");
        }
        assert_eq!(is("10.2.0.1", Column::new("app_version")), None);
    }

    #[test]
    fn small_numbers_are_an_address_with_a_port_or_in_a_url() {
        assert_eq!(find("1.1.1.1", Column::default()), []);
        for (text, range) in
            [("dns 8.8.8.8:53", 4..11), ("http://1.1.1.1/", 7..14), ("[2001:db8::1]:443", 1..12)]
        {
            let found = find(text, Column::default());
            assert_eq!(found.iter().map(|found| found.range.clone()).collect::<Vec<_>>(), [range], "{text}");
        }
    }

    #[test]
    fn ports_and_sentences_end_an_address() {
        let found = find("from 203.0.113.9:5432, then 2001:db8::1. End", Column::default());
        assert_eq!(found.iter().map(|found| found.range.clone()).collect::<Vec<_>>(), [5..16, 28..39]);
    }
}
