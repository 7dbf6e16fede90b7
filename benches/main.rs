//! The figures of `RESULTS.md`, each from one command: `cargo bench --bench figures -- NAME…` (all without a name).
//!
//! Every figure has its reference beside it, measured in the same run, and is printed with the bound it should reach.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, unused_imports, reason = "the tests' support is shared whole")]

mod analysis;
mod audit;
mod cancellation;
mod detectors;
mod fuzz;
mod guard;
mod guard_suite;
#[path = "../tests/hostile/mod.rs"]
mod hostile;
mod index;
mod load;
mod overhead;
mod quality;
mod rewrites;
mod shadow;
#[path = "../tools/postgres/tests/specimens/mod.rs"]
mod specimens;
mod start;
#[path = "../tests/support/mod.rs"]
mod support;
mod tokens;
mod tpcds;
#[path = "../src/cli/demo/tpch.rs"]
mod tpch;
#[path = "../tests/rewrites/worlds.rs"]
mod worlds;

#[tokio::main]
async fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|given| given == name);
    println!("| figure | measured | reference | to reach |\n|---|---|---|---|");
    if wanted("start") {
        start::run().await;
    }
    if wanted("tokens") {
        tokens::run().await;
    }
    if wanted("overhead") {
        overhead::run().await;
    }
    if wanted("guard") {
        guard::run();
    }
    if wanted("load") {
        load::run().await;
    }
    if wanted("detectors") {
        detectors::run();
    }
    if wanted("audit") {
        audit::run().await;
    }
    if wanted("cancellation") {
        cancellation::run().await;
    }
    if wanted("guard-suite") {
        guard_suite::run().await;
    }
    if wanted("analysis") {
        analysis::run();
    }
    if wanted("rewrites") {
        rewrites::run().await;
    }
    if wanted("index") {
        index::run().await;
    }
    if wanted("quality") {
        quality::run().await;
    }
    if wanted("shadow") {
        shadow::run().await;
    }
    if wanted("shadow-forecast") {
        shadow::forecast().await;
    }
    if wanted("tpcds") {
        tpcds::run().await;
    }
    if wanted("fuzz") {
        fuzz::run().await;
    }
}

/// One line of the table.
fn figure(name: &str, measured: impl std::fmt::Display, reference: impl std::fmt::Display, bound: &str) {
    println!("| {name} | {measured} | {reference} | {bound} |");
}

/// The value below which that share of the sorted samples lies.
fn quantile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let at = ((samples.len() - 1) as f64 * share).round() as usize;
    samples[at]
}
