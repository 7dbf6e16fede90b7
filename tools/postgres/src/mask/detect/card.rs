//! Payment cards: the issuer's prefix and length (ISO/IEC 7812 ranges as the networks publish them), and Luhn's check.

use super::boundary::words_before;
use super::number::{Cut, Number};
use super::{Class, Column};

const WORDS: &str = "card visa mastercard amex pan credit debit carte tarjeta karte cc maestro";

/// The end of the card number that begins with this number.
pub(super) fn of(number: &Number<'_>, column: Column) -> Option<usize> {
    let said = || {
        column.is(Class::Card)
            || words_before(number.bytes, number.start).iter().any(|word| word.is_one_of(WORDS))
    };
    number.cuts().chain(number.before_expiry()).find(|cut| is_card(*cut, said)).map(Cut::end)
}

fn is_card(cut: Cut<'_>, said: impl Fn() -> bool) -> bool {
    let digits = cut.digits();
    (12..=19).contains(&digits.len())
        && cut.lead().is_empty()
        && is_grouped(cut)
        && match issued(digits) {
            Issued::Yes => luhn(digits),
            Issued::IfSaid => luhn(digits) && said(),
            Issued::No => false,
        }
}

/// In one piece, or in the groups that are printed on cards.
fn is_grouped(cut: Cut<'_>) -> bool {
    if cut.groups() == 1 {
        return true;
    }
    let joined = match cut.separator() {
        Some(b' ') => !cut.number.continues(),
        separator => separator == Some(b'-'),
    };
    joined
        && [&[4, 4, 4, 4][..], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 2], &[4, 4, 4, 1]]
            .iter()
            .any(|shape| cut.has_shape(shape))
}

enum Issued {
    Yes,
    /// Old or regional formats that article numbers share.
    IfSaid,
    No,
}

fn issued(digits: &[u8]) -> Issued {
    let prefix = digits.iter().take(6).fold(0_u32, |prefix, digit| prefix * 10 + u32::from(*digit));
    let length = digits.len();
    let yes = match prefix {
        400_000..=499_999 => match length {
            16 | 19 => true,
            13 => return Issued::IfSaid,
            _ => false,
        },
        510_000..=559_999 | 222_100..=272_099 | 220_000..=220_499 => length == 16,
        340_000..=349_999 | 370_000..=379_999 => length == 15,
        300_000..=305_999 | 309_500..=309_599 | 380_000..=399_999 => length == 14 || length == 16,
        360_000..=369_999 => length == 14,
        352_800..=358_999 | 601_100..=601_199 | 644_000..=659_999 | 620_000..=629_999 => length >= 16,
        501_800..=501_899 | 502_000..=502_099 | 503_800..=503_899 | 589_300..=589_399 => length >= 16,
        630_400..=630_499 | 675_900..=675_999 | 676_100..=676_399 => {
            return if length >= 16 { Issued::Yes } else { Issued::IfSaid };
        }
        _ => false,
    };
    if yes { Issued::Yes } else { Issued::No }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    /// The networks' published test numbers.
    #[test]
    fn published_test_numbers_are_cards() {
        for card in [
            "4111111111111111",
            "4012-8888-8888-1881",
            "5555 5555 5555 4444",
            "2223003122003222",
            "378282246310005",
            "3714 496353 98431",
            "6011 1111 1111 1117",
            "30569309025904",
            "3530111333300000",
            "6200000000000005",
        ] {
            assert_eq!(is(card, Column::default()), Some(Class::Card), "{card}");
        }
    }

    #[test]
    fn the_date_and_the_code_behind_are_no_part_of_the_number() {
        for (text, end) in [
            ("4111 1111 1111 1111 12/27", 19),
            ("4111 1111 1111 1111 12/2027 123", 19),
            ("4111111111111111 0927 123", 16),
            ("4111-1111-1111-1111/09/27", 19),
            ("3714 496353 98431 01-28", 17),
        ] {
            let found = find(text, Column::default());
            assert_eq!(
                found.first().map(|found| (found.class, found.range.clone())),
                Some((Class::Card, 0..end)),
                "{text}"
            );
        }
        assert_eq!(find("4111 1111 1111 1111 13/27", Column::default()).len(), 1, "cut at the space");
        assert_eq!(find("4111111111111111/13/27", Column::default()), []);
    }

    #[test]
    fn a_wrong_check_digit_or_issuer_is_no_card() {
        for other in ["4111111111111112", "9111111111111111", "4111 11 1111 111111", "1234567812345670"] {
            assert_eq!(is(other, Column::default()), None, "{other}");
        }
    }

    #[test]
    fn old_formats_need_the_columns_word() {
        assert_eq!(is("4222222222222", Column::default()), None);
        assert_eq!(is("4222222222222", Column::new("card_number")), Some(Class::Card));
    }
}
