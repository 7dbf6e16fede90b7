//! Where words begin and end, and which word stands in front.

const PLAIN: u8 = 0;
const WORD: u8 = 1;
/// Not part of words, but something sensitive may begin with it.
const OPENER: u8 = 2;

const KINDS: [u8; 256] = {
    let mut kinds = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        if character.is_ascii_alphanumeric() || character == b'_' {
            kinds[byte] = WORD;
        } else if matches!(character, b'+' | b'(' | b':' | b'-') {
            kinds[byte] = OPENER;
        }
        byte += 1;
    }
    kinds
};

/// Whether words consist of it. Letters beyond ASCII do not count: scripts without spaces put numbers right behind them.
pub(super) fn is_word(byte: u8) -> bool {
    KINDS[usize::from(byte)] == WORD
}

/// The next place, from `at` on, where something may begin.
pub(super) fn next_start(bytes: &[u8], at: usize) -> Option<usize> {
    let mut inside = at > 0 && bytes.get(at - 1).is_some_and(|byte| is_word(*byte));
    for (offset, byte) in bytes.get(at..)?.iter().enumerate() {
        match KINDS[usize::from(*byte)] {
            PLAIN => inside = false,
            WORD if inside => {}
            OPENER if inside && *byte != b'(' => inside = false,
            _ => return Some(at + offset),
        }
    }
    None
}

/// The end of the word that begins here, at least one byte further.
pub(super) fn end_of_word(bytes: &[u8], start: usize) -> usize {
    let length = bytes[start..].iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len() - start);
    start + length.max(1)
}

/// Whether a number or code may end here: no letter or digit follows, nor a sign that joins another digit.
pub(super) fn closes(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        None => true,
        Some(byte) if is_word(*byte) => false,
        Some(b'-' | b'.' | b'/' | b',' | b':') => {
            !bytes.get(end + 1).is_some_and(|next| next.is_ascii_alphanumeric())
        }
        Some(b'%') => false,
        Some(_) => true,
    }
}

/// Whether a number or code may begin here: nothing in front joins it to another.
pub(super) fn opens(bytes: &[u8], start: usize) -> bool {
    let before = |steps: usize| start.checked_sub(steps).and_then(|at| bytes.get(at).copied());
    match before(1) {
        None => true,
        Some(byte) if is_word(byte) => false,
        Some(b'-' | b'.' | b'/' | b',' | b'+') => !before(2).is_some_and(is_word),
        // `key:123` may be labelled, `12:123` is a time or a ratio.
        Some(b':') => !before(2).is_some_and(|byte| byte.is_ascii_digit()),
        Some(b'$' | b'#') => false,
        Some(_) => true,
    }
}

/// The two words in front, the nearer first, in lower case; empty where there is none. Longer ones than any we know
/// are empty too.
pub(super) fn words_before(bytes: &[u8], start: usize) -> [Word; 2] {
    let (nearer, at) = word_before(bytes, start);
    let (farther, _) = word_before(bytes, at);
    [nearer, farther]
}

fn word_before(bytes: &[u8], start: usize) -> (Word, usize) {
    const GAP: usize = 4;
    let joins = |byte: &u8| matches!(*byte, b' ' | b':' | b'.' | b'=' | b'#' | b'(' | b'"' | b'\'' | b'-');
    let gap = bytes[..start].iter().rev().take(GAP).take_while(|byte| joins(byte)).count();
    let end = start - gap;
    let mut word = Word { letters: [0; Word::MOST], length: 0 };
    let length = bytes[..end].iter().rev().take(Word::MOST + 1).take_while(|byte| is_letter(**byte)).count();
    if length <= Word::MOST {
        word.length = length;
        for (to, from) in word.letters.iter_mut().zip(&bytes[end - length..end]) {
            *to = from.to_ascii_lowercase();
        }
    }
    (word, end - length)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// A short word in lower case.
pub(super) struct Word {
    letters: [u8; Word::MOST],
    length: usize,
}

impl Word {
    const MOST: usize = 20;

    /// Whether it is one of these words, which stand with spaces between.
    pub(super) fn is_one_of(&self, words: &str) -> bool {
        let letters = &self.letters[..self.length];
        !letters.is_empty() && words.split(' ').any(|word| word.as_bytes() == letters)
    }
}
