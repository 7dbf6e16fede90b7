//! Telephone numbers: E.164 with its separators, and the national forms that are told from other numbers by their
//! shape. Other digits are a phone number only where the column or the word in front says so.

use super::boundary::words_before;
use super::number::{Cut, Number};
use super::{Class, Column};

const WORDS: &str = "tel telephone phone phones mobile mob cell call fax sms whatsapp telefon telefono teléfono \
    telefone handy móvil movil celular dial hotline téléphone portable ring";
const NUMBER_WORDS: &str = "number no nr num is at me us";
/// What stands in front of numbers that identify things.
const OTHER_WORDS: &str = "order invoice isbn issn ref reference sku part serial ticket case tracking batch lot item po upc \
    ean gtin model version code id account article product parcel";

/// The end of the phone number that begins with this number.
pub(super) fn of(number: &Number<'_>, column: Column) -> Option<usize> {
    let said = column.is(Class::Phone) || is_said(number, WORDS);
    let is_phone = |cut: &Cut<'_>| {
        let cut = *cut;
        if !is_closed(cut) || is_date(cut) {
            return false;
        }
        if is_international(cut) {
            return true;
        }
        // The rest of a row of numbers is no part of one.
        let torn = (!cut.is_whole() || number.continues()) && cut.separators().any(|between| between == b" ");
        let national = !torn
            && !column.is_plain()
            && (is_north_american(cut) || has_trunk_prefix(cut) || is_known_shape(cut));
        (national && (said || !is_said(number, OTHER_WORDS))) || (said && is_plausible(cut))
    };
    number.cuts().find(is_phone).map(|cut| extension(number.bytes, cut.end()))
}

fn is_said(number: &Number<'_>, words: &str) -> bool {
    let [nearer, farther] = words_before(number.bytes, number.start);
    nearer.is_one_of(words) || (nearer.is_one_of(NUMBER_WORDS) && farther.is_one_of(words))
}

/// What opens in front closes inside.
fn is_closed(cut: Cut<'_>) -> bool {
    let count = |sign| {
        let inside = cut.separators().flatten().filter(|byte| **byte == sign).count();
        inside + cut.lead().iter().filter(|byte| **byte == sign).count()
    };
    count(b'(') == count(b')')
}

fn is_date(cut: Cut<'_>) -> bool {
    let mut lengths = cut.lengths();
    let first = [lengths.next(), lengths.next(), lengths.next()].map(Option::unwrap_or_default);
    cut.lead().is_empty() && (first == [2, 2, 4] || (first == [4, 2, 2] && cut.digits()[0] != 0))
}

/// `+` and 8 to 15 digits (E.164), or `00` in groups.
fn is_international(cut: Cut<'_>) -> bool {
    let digits = cut.digits();
    let is_decimal = cut.groups() == 2 && cut.separator() == Some(b'.');
    let dots = cut.separators().any(|between| between == b".");
    if is_decimal || (dots && cut.separators().any(|between| matches!(between, b"-" | b"/"))) {
        return false;
    }
    let number = if cut.lead().contains(&b'+') {
        digits
    } else if has_international_prefix(cut) {
        &digits[2..]
    } else {
        return false;
    };
    match number {
        [1, rest @ ..] => is_nanp(rest),
        [0, ..] => false,
        _ => (8..=15).contains(&number.len()),
    }
}

/// `00`, with the country behind it or in the next group.
fn has_international_prefix(cut: Cut<'_>) -> bool {
    let country = if cut.groups() < 3 {
        return false;
    } else if cut.group(0) == b"\0\0" {
        cut.group(1)
    } else {
        cut.group(0).strip_prefix(b"\0\0").unwrap_or_default()
    };
    (1..=3).contains(&country.len())
        && cut.separator().is_some()
        && !(cut.separator() == Some(b' ') && cut.number.continues())
}

/// Area and exchange begin with 2 to 9.
fn is_nanp(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= 2 && digits[3] >= 2
}

fn is_north_american(cut: Cut<'_>) -> bool {
    let digits = cut.digits();
    let own = if cut.has_shape(&[3, 3, 4]) {
        digits
    } else if cut.has_shape(&[1, 3, 3, 4]) && digits[0] == 1 {
        &digits[1..]
    } else {
        return false;
    };
    is_nanp(own) && (has_area_in_parentheses(cut) || matches!(cut.separator(), Some(b'-' | b'.' | b' ')))
}

fn has_area_in_parentheses(cut: Cut<'_>) -> bool {
    cut.separators().any(|between| between.contains(&b')'))
        && cut.separators().all(|between| !between.contains(&b'/'))
}

/// `0` and an area or a mobile prefix, then the rest in its groups: 9 to 12 digits in all.
fn has_trunk_prefix(cut: Cut<'_>) -> bool {
    let digits = cut.digits();
    let area = cut.group(0);
    // `0(532) …`: the trunk prefix stands alone.
    if cut.has_shape(&[1, 3, 3, 2, 2]) && digits[0] == 0 {
        return cut.separators().next() == Some(b"(");
    }
    if !(9..=12).contains(&digits.len())
        || cut.groups() < 2
        || digits[0] != 0
        || digits[1] == 0
        || !(2..=6).contains(&area.len())
        || cut.lengths().skip(1).any(|length| length < 2)
    {
        return false;
    }
    let pairs = cut.lengths().all(|length| length == 2) && cut.groups() == 5;
    let mut rest = cut.separators();
    match (rest.next(), rest.next()) {
        // A US postal code.
        (Some(b"-"), None) if cut.has_shape(&[5, 4]) => false,
        (Some(b"."), _) => pairs && cut.separator() == Some(b'.'),
        (Some(b" " | b"-" | b"/" | b") " | b")" | b")-"), None) => true,
        (Some(b" " | b"-" | b"/" | b") " | b")" | b")-"), Some(second @ (b" " | b"-"))) => {
            rest.all(|other| other == second)
        }
        _ => false,
    }
}

/// Shapes that hardly anything else has: an area in parentheses, Spain's 3-2-2-2, China's 3-4-4, Russia's 8 in front.
fn is_known_shape(cut: Cut<'_>) -> bool {
    let digits = cut.digits();
    let separator = cut.separator();
    if cut.lead() == b"(" {
        let area = cut.group(0).len();
        let closed = cut.separators().next().is_some_and(|between| between.starts_with(b")"));
        let is_year = matches!(cut.group(0), [1, 9, _, _] | [2, 0, _, _]);
        return closed && !is_year && (2..=5).contains(&area) && (9..=12).contains(&digits.len());
    }
    (cut.has_shape(&[3, 2, 2, 2]) && matches!(digits[0], 6 | 7 | 9) && separator == Some(b' '))
        || (cut.has_shape(&[3, 4, 4])
            && digits[0] == 1
            && digits[1] >= 3
            && matches!(separator, Some(b' ' | b'-')))
        || (cut.has_shape(&[1, 3, 3, 2, 2]) && digits[0] == 8)
}

/// What is said to be a phone number has 7 to 15 digits, and is no amount.
fn is_plausible(cut: Cut<'_>) -> bool {
    (7..=15).contains(&cut.digits().len()) && !(cut.groups() == 2 && cut.separator() == Some(b'.'))
}

/// The end with an extension, ` ext. 12` or ` x12`.
fn extension(bytes: &[u8], end: usize) -> usize {
    let rest = &bytes[end..];
    let Some(after) = [&b" ext. "[..], b" ext ", b" ext.", b" x", b" x "]
        .iter()
        .filter(|sign| rest.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign)))
        .map(|sign| sign.len())
        .max()
    else {
        return end;
    };
    let digits = rest[after..].iter().take(7).take_while(|byte| byte.is_ascii_digit()).count();
    if (1..=6).contains(&digits) { end + after + digits } else { end }
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    #[test]
    fn international_and_national_forms_are_phones() {
        for phone in [
            "+14155552671",
            "+1 (415) 555-2671",
            "+49 (0)30 1234567",
            "+33 6 12 34 56 78",
            "+44 20 7946 0958 ext. 12",
            "(415) 555-2671",
            "415.555.2671",
            "1-800-555-0199",
            "06 12 34 56 78",
            "01.23.45.67.89",
            "030/1234567",
            "0171-1234567",
            "020 7946 0958",
            "(02) 9876 5432",
            "(11) 91234-5678",
            "090-1234-5678",
            "0049 30 1234567",
            "138 1234 5678",
        ] {
            assert_eq!(is(phone, Column::default()), Some(Class::Phone), "{phone}");
        }
    }

    #[test]
    fn digits_alone_are_none() {
        for other in [
            "4155552671",
            "0612345678",
            "1700000000",
            "2024-01-15 10:30:00",
            "01-02-2024",
            "01.02.2024",
            "1 234 567.89",
            "+0200",
            "+48.85661400",
            "0.123456789",
            "978-3-16-148410-0",
            "order 415-555-2671",
            "100-234-5678",
            "415-555-2671-99",
            "12345678-1234-4234-8234-123456789012",
            "0000012345",
            "192-168-1-1",
            "(2023) 123-4567",
            "(1999) 12345678",
        ] {
            assert_eq!(find(other, Column::default()), [], "{other}");
        }
    }

    #[test]
    fn the_column_or_the_word_in_front_decides() {
        assert_eq!(is("4155552671", Column::new("mobile_phone")), Some(Class::Phone));
        assert_eq!(is("0612 345678", Column::new("tel")), Some(Class::Phone));
        assert_eq!(is("030 1234567", Column::new("order_number")), None);
        assert_eq!(find("Tel.: 4155552671", Column::default())[0].range, 6..16);
    }
}
