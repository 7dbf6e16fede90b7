//! Unicode's many spaces, dashes and digits as those of ASCII, so that the detectors know one of each: word processors and
//! web pages put no-break spaces into numbers, and people write in their own digits.

use std::ops::Range;

/// A text in which some characters are replaced or left out, and where each byte of it comes from.
pub(super) struct Folded {
    pub(super) text: String,
    /// The place in the original of every byte, and of the end.
    places: Vec<usize>,
}

impl Folded {
    /// `None` where nothing is to be replaced.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.is_ascii() || text.chars().all(|character| fold(character) == Fold::Kept) {
            return None;
        }
        let mut folded =
            Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len() + 1) };
        for (at, character) in text.char_indices() {
            match fold(character) {
                Fold::Kept => {
                    folded.text.push(character);
                    folded.places.extend(at..at + character.len_utf8());
                }
                Fold::As(plain) => {
                    folded.text.push(plain);
                    folded.places.push(at);
                }
                Fold::LeftOut => {}
            }
        }
        folded.places.push(text.len());
        Some(folded)
    }

    /// Where a range of the folded text stands in the original.
    pub(super) fn back(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or_default();
        place(range.start)..place(range.end)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Kept,
    As(char),
    /// It is not seen.
    LeftOut,
}

fn fold(character: char) -> Fold {
    match character {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Fold::As(' ')
        }
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Fold::As('-'),
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}' => Fold::LeftOut,
        // The full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => shifted(character, '\u{ff01}', '!'),
        // Arabic-Indic digits, in both of their rows, and those of India.
        '\u{660}'..='\u{669}' => shifted(character, '\u{660}', '0'),
        '\u{6f0}'..='\u{6f9}' => shifted(character, '\u{6f0}', '0'),
        '\u{966}'..='\u{96f}' => shifted(character, '\u{966}', '0'),
        _ => Fold::Kept,
    }
}

fn shifted(character: char, from: char, to: char) -> Fold {
    let plain = u32::from(character) - u32::from(from) + u32::from(to);
    char::from_u32(plain).map_or(Fold::Kept, Fold::As)
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Column, find};

    #[test]
    fn numbers_are_found_in_whatever_spaces_dashes_and_digits() {
        for (text, class) in [
            ("4111\u{a0}1111\u{a0}1111\u{a0}1111", Class::Card),
            ("DE89\u{202f}3704\u{202f}0044\u{202f}0532\u{202f}0130\u{202f}00", Class::Iban),
            ("536\u{2013}22\u{2013}8145", Class::Ssn),
            ("+49\u{2009}30\u{2009}1234567", Class::Phone),
            ("jane\u{200b}@example.com", Class::Email),
            ("ｊａｎｅ＠example.com", Class::Email),
            ("+٩٧١ ٥٠ ١٢٣ ٤٥٦٧", Class::Phone),
        ] {
            for (before, after) in [("", ""), ("é ", " 邮"), ("用户 ", "\u{a0}!")] {
                let text = format!("{before}{text}{after}");
                let found = find(&text, Column::default());
                assert_eq!(found.len(), 1, "{text}: {found:?}");
                let range = before.len()..text.len() - after.len();
                assert_eq!((found[0].class, &found[0].range), (class, &range), "{text}");
            }
        }
    }

    #[test]
    fn what_is_said_of_a_text_is_true_of_it() {
        assert!(find("no\u{a0}number\u{2014}here", Column::default()).is_empty());
    }
}
