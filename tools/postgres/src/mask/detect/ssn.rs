//! US social security numbers: areas and groups that were ever issued (not 000, 666 or 9xx; no zero group or serial).

use super::boundary::words_before;
use super::number::{Cut, Number};
use super::{Class, Column};

const WORDS: &str = "ssn social security socialsecurity";
const NUMBER_WORDS: &str = "number no nr num is";

/// The end of the social security number that begins with this number.
pub(super) fn of(number: &Number<'_>, column: Column) -> Option<usize> {
    let said = || {
        let [nearer, farther] = words_before(number.bytes, number.start);
        nearer.is_one_of(WORDS) || (nearer.is_one_of(NUMBER_WORDS) && farther.is_one_of(WORDS))
    };
    let issued = |cut: &Cut<'_>| {
        let plain = match cut.separator() {
            Some(b'-') if cut.has_shape(&[3, 2, 4]) => true,
            Some(b' ' | b'.') if cut.has_shape(&[3, 2, 4]) => false,
            None if cut.groups() == 1 => false,
            _ => return false,
        };
        cut.lead().is_empty() && is_issued(cut.digits()) && (plain || column.is(Class::Ssn) || said())
    };
    number.cuts().find(issued).map(Cut::end)
}

fn is_issued(digits: &[u8]) -> bool {
    let value = |digits: &[u8]| digits.iter().fold(0_u32, |value, digit| value * 10 + u32::from(*digit));
    digits.len() == 9
        && !matches!(value(&digits[..3]), 0 | 666 | 900..)
        && value(&digits[3..5]) != 0
        && value(&digits[5..]) != 0
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find, is};

    #[test]
    fn areas_and_groups_that_were_never_issued_are_none() {
        assert_eq!(is("536-22-8145", Column::default()), Some(Class::Ssn));
        for never in
            ["000-22-8145", "666-22-8145", "900-22-8145", "536-00-8145", "536-22-0000", "2536-22-8145"]
        {
            assert_eq!(is(never, Column::default()), None, "{never}");
        }
    }

    #[test]
    fn nine_digits_need_a_word() {
        assert_eq!(is("536228145", Column::default()), None);
        assert_eq!(is("536228145", Column::new("ssn")), Some(Class::Ssn));
        let found = find("his SSN is 536 22 8145.", Column::default());
        assert_eq!(found.iter().map(|found| found.class).collect::<Vec<_>>(), [Class::Ssn]);
        assert_eq!(found[0].range, 11..22);
    }
}
