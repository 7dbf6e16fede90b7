//! IBAN (ISO 13616): the country's length, and ISO 7064's check modulo 97.

use super::boundary;

/// Country and length, as in the registry of SWIFT.
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22),
    (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27),
    (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20),
    (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
    (b"YE", 30),
];

/// The end of the IBAN that begins here. Between its characters there may be single spaces or hyphens.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<usize> {
    let [first, second, check @ ..] = bytes.get(start..start + 4)? else { return None };
    if !check.iter().all(u8::is_ascii_digit) || !second.is_ascii_alphabetic() {
        return None;
    }
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let found = LENGTHS.binary_search_by(|(code, _)| (*code).cmp(&country)).ok()?;
    let wanted = LENGTHS[found].1;
    let (mut remainder, mut taken, mut at) = (0, 0, start + 4);
    while taken < wanted - 4 {
        let byte = match *bytes.get(at)? {
            b' ' | b'-' => {
                at += 1;
                *bytes.get(at)?
            }
            byte => byte,
        };
        remainder = feed(remainder, byte)?;
        taken += 1;
        at += 1;
    }
    let remainder = bytes[start..start + 4].iter().try_fold(remainder, |sum, byte| feed(sum, *byte))?;
    (remainder == 1 && boundary::closes(bytes, at)).then_some(at)
}

/// One character further in the remainder; letters count 10 to 35.
fn feed(remainder: u32, byte: u8) -> Option<u32> {
    let value = char::from(byte).to_digit(36)?;
    Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Class, Column, find, is};
    use super::LENGTHS;

    /// The examples of the registry.
    #[test]
    fn the_registrys_examples_are_ibans() {
        for iban in [
            "GB29 NWBK 6016 1331 9268 19",
            "DE89370400440532013000",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
            "nl91abna0417164300",
            "BR18 0036 0305 0000 1000 9795 493C 1",
        ] {
            assert_eq!(is(iban, Column::default()), Some(Class::Iban), "{iban}");
        }
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        for other in ["GB29NWBK60161331926818", "DE8937040044053201300", "ZZ89370400440532013000"] {
            assert!(find(other, Column::default()).iter().all(|found| found.class != Class::Iban), "{other}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(LENGTHS.is_sorted_by_key(|(code, _)| *code));
        assert_eq!(LENGTHS.iter().map(|(_, length)| *length).max().unwrap(), 33);
    }
}
