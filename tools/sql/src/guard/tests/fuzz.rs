//! Fuzz targets: the lexer and the guard on bytes that a fuzzer chose. `cargo test` tries a thousand inputs of each;
//! `cargo bolero test guard::tests::fuzz::guard` goes on with coverage.
//!
//! Small bytes choose words of SQL, so that chance gets beyond the first syntax error.

use super::{properties::FRAGMENTS, read};
use crate::guard::{admit, lex};

#[test]
fn lexer() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let sql = text(bytes);
        let Ok(found) = lex(&sql) else { return };
        let mut end = 0;
        for token in &found.tokens {
            assert!(end <= token.range.start && token.range.start < token.range.end, "{sql:?}");
            assert!(sql.get(token.range.clone()).is_some(), "not at a character's border: {sql:?}");
            end = token.range.end;
        }
        assert!(found.comments.iter().all(|comment| sql.get(comment.clone()).is_some()), "{sql:?}");
    });
}

#[test]
fn guard() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let sql = text(bytes);
        match admit(&sql) {
            Ok(admitted) => assert_eq!(read(admitted.sql()).as_ref(), Ok(&admitted), "{sql:?}"),
            // What a panic becomes.
            Err(refusal) => assert_ne!(refusal.rule, "not_understood", "{sql:?}"),
        }
    });
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for run in bytes.chunk_by(|one, other| chosen(*one).is_some() == chosen(*other).is_some()) {
        if chosen(run[0]).is_none() {
            text += &String::from_utf8_lossy(run);
            continue;
        }
        for word in run.iter().filter_map(|byte| chosen(*byte)) {
            text += word;
            text.push(' ');
        }
    }
    text
}

/// Bytes below the printable characters and above ASCII are words.
fn chosen(byte: u8) -> Option<&'static str> {
    let at = if byte >= 0x80 { usize::from(byte - 0x80) + 0x20 } else { usize::from(byte) };
    (!(0x20..0x80).contains(&byte)).then(|| FRAGMENTS[at % FRAGMENTS.len()])
}
