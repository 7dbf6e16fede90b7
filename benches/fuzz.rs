//! Random statements against the guard: `PGWRIGHT_FUZZ` says how many, `PGWRIGHT_FUZZ_SEED` which.

use crate::figure;
use crate::hostile::{Assistant, Scratch, fuzz};
use crate::support::OLDER;

const STATEMENTS: usize = 100_000;
/// What a statement may take: endless ones are found, and waiting for them proves nothing.
const STATEMENT_MS: Option<u64> = Some(200);

pub async fn run() {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<usize>().ok());
    let seed = number("PGWRIGHT_FUZZ_SEED").and_then(|seed| u8::try_from(seed).ok()).unwrap_or(2);
    let scratch = Scratch::start(OLDER).await;
    let assistant = Assistant::start(&scratch, "postgres", STATEMENT_MS).await;
    let tally = fuzz(&scratch, &assistant, number("PGWRIGHT_FUZZ").unwrap_or(STATEMENTS), seed).await;
    for failure in tally.failures.iter().chain(&tally.held_by_the_session_only) {
        eprintln!("{failure}");
    }
    figure(
        "random statements, what was admitted run again by an unguarded superuser",
        &tally,
        "",
        "nothing changed",
    );
}
