//! The detectors of personal data against generated values, with the bounds that masking promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod specimens;

use specimens::{Score, Specimen};

/// A seed of its own; the bench uses another, and more values.
const SEED: u64 = 0x5eed_0001;

#[test]
fn personal_data_is_found_and_hardly_anything_else() {
    holds(&specimens::generate(SEED, 7_000));
}

#[test]
fn the_forms_of_the_standards_are_found_and_hardly_anything_else() {
    holds(&specimens::standards::generate(SEED, 7_000));
}

fn holds(specimens: &[Specimen]) {
    let (scores, mistakes) = specimens::score(specimens, 60);
    let mut all = Score::default();
    for score in scores.values() {
        all.right += score.right;
        all.missed += score.missed;
        all.wrong += score.wrong;
    }
    eprintln!("recall {:.2} %, precision {:.2} %", all.recall() * 100.0, all.precision() * 100.0);
    assert_eq!(scores.len(), 7, "every class is there: {scores:?}");
    for (class, score) in scores {
        assert!(score.right + score.missed >= 400, "{class} is tested: {score:?}");
        assert!(score.recall() >= 0.99, "{class}: {score:?}\n{}", mistakes.join("\n"));
        assert!(score.precision() >= 0.95, "{class}: {score:?}\n{}", mistakes.join("\n"));
    }
    assert!(all.recall() >= 0.99 && all.precision() >= 0.95, "{all:?}");
}

/// Whatever the text, ranges are on character boundaries, in order and apart.
#[test]
fn ranges_can_always_be_cut_out() {
    use pgwright_postgres::mask::detect::{Column, find};
    let pieces = [
        "é",
        "@",
        "a.b",
        "+49 ",
        "(0",
        ")",
        "::",
        "4111 1111 1111 1111",
        "DE89",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "eyJ",
        "://",
        ":x",
        "password=",
        "邮",
        "\u{0}",
        " ext. ",
        "0",
        "1.2.3.4",
    ];
    let mut state = 7_usize;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) % pieces.len()]);
        }
        for column in ["notes", "token", "phone", "password"] {
            let mut end = 0;
            for found in find(&text, Column::new(column)) {
                assert!(found.range.start >= end && !found.range.is_empty(), "{column}: {text:?} {found:?}");
                assert!(text.get(found.range.clone()).is_some(), "{column}: {text:?} {found:?}");
                end = found.range.end;
            }
        }
    }
}
