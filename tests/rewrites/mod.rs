//! Rewrites: offered through the door where PostgreSQL estimates less, equal on random databases, refused where they differ.

mod door;
mod traps;
pub mod worlds;

use pgwright_sql::rewrite::RULES;
use worlds::{Proof, Tally, ZONES};

/// What each rule must have been compared on at least; the estimates, and so the offers, differ a little from run to run.
const DATABASES: usize = 12;

/// Every offer gives the same rows as the statement, on databases with nulls, duplicates, orphans and nothing at all.
#[tokio::test]
async fn whatever_is_offered_gives_the_same_rows() {
    let mut tally = Tally::default();
    for (number, zone) in (0..).zip(ZONES) {
        let proof = Proof::in_zone(zone).await;
        for seed in 0..9 {
            proof.one_world(1_000 * number + seed, &mut tally).await;
        }
    }
    assert!(tally.differing.is_empty(), "{}", tally.differing.join("\n"));
    for rule in RULES {
        let databases = tally.databases.get(rule.id).copied().unwrap_or_default();
        assert!(databases >= DATABASES, "{} made offers on {databases} databases only", rule.id);
    }
    assert!(tally.withheld > 0, "nothing was ever said to be missing");
}
