//! How much of what is personal the detectors find, how much of what they find is, and how fast they read.

use std::time::Instant;

use pgwright_postgres::mask::detect::{Column, find};

use crate::specimens::{Score, generate, score};
use crate::{figure, quantile};

/// Not the seed of the tests.
const SEED: u64 = 0xf16_0002;
const VALUES: usize = 28_000;

pub fn run() {
    let specimens = generate(SEED, VALUES);
    let (scores, mistakes) = score(&specimens, 20);
    for mistake in mistakes {
        eprintln!("{mistake}");
    }
    let mut all = Score::default();
    let percent = |ratio: f64| format!("{:.2} %", 100.0 * ratio);
    for (class, score) in &scores {
        all.right += score.right;
        all.missed += score.missed;
        all.wrong += score.wrong;
        figure(
            &format!("detector {class}: recall, precision"),
            format!("{}, {}", percent(score.recall()), percent(score.precision())),
            format!("{} of them among {VALUES} values", score.right + score.missed),
            "≥ 99 %, ≥ 95 %",
        );
    }
    figure(
        "all detectors: recall, precision",
        format!("{}, {}", percent(all.recall()), percent(all.precision())),
        "exact class and range",
        "≥ 99 %, ≥ 95 %",
    );

    let bytes: usize = specimens.iter().map(|specimen| specimen.text.len()).sum();
    let columns: Vec<Column> = specimens.iter().map(|specimen| Column::new(specimen.column)).collect();
    figure(
        &format!("detectors over {VALUES} short values, {} bytes each on average", bytes / VALUES),
        format!(
            "{:.0} MB/s",
            speed(bytes, || {
                specimens
                    .iter()
                    .zip(&columns)
                    .map(|(specimen, column)| find(&specimen.text, *column).len())
                    .sum()
            })
        ),
        "",
        "",
    );
    let prose = "The parcel left the warehouse on Monday, a day late, and the customer was told by letter. "
        .repeat(50_000);
    figure(
        "detectors over one text of prose",
        format!("{:.0} MB/s", speed(prose.len(), || find(&prose, Column::default()).len())),
        "",
        "",
    );
    // Nothing but near misses: the most work that a byte can make.
    let worst = ["0", "1 ", "a@", "::", "DE00 ", "eyJ", "a1:", "(0", "-"]
        .map(|piece| piece.repeat(4_000_000 / piece.len()));
    for text in worst {
        figure(
            &format!("detectors over 4 MB of {:?}", &text[..text.len().min(5)]),
            format!("{:.0} MB/s", speed(text.len(), || find(&text, Column::default()).len())),
            "",
            "linear",
        );
    }
}

/// Megabytes a second, the median of five runs.
fn speed(bytes: usize, mut work: impl FnMut() -> usize) -> f64 {
    let mut seconds: Vec<f64> = (0..5)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(work());
            began.elapsed().as_secs_f64()
        })
        .collect();
    bytes as f64 / quantile(&mut seconds, 0.5) / 1e6
}
