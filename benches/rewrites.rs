//! Whether rewrites give the same rows, on random databases until each rule has been offered on a thousand of them.

use futures_util::future::join_all;
use pgwright_sql::rewrite::RULES;

use crate::figure;
use crate::worlds::{Proof, Tally, ZONES};

/// Databases for each rule; `PGWRIGHT_REWRITE_DATABASES` takes another number.
const DATABASES: usize = 1_000;
/// Databases in one zone before the next one's turn.
const TURN: u64 = 10;

pub async fn run() {
    let mut tally = Tally::default();
    let mut proofs = Vec::new();
    for zone in ZONES {
        proofs.push(Proof::in_zone(zone).await);
    }
    let least = |tally: &Tally| {
        RULES
            .iter()
            .map(|rule| tally.databases.get(rule.id).copied().unwrap_or_default())
            .min()
            .unwrap_or_default()
    };
    let wanted =
        std::env::var("PGWRIGHT_REWRITE_DATABASES").map_or(DATABASES, |count| count.parse().unwrap());
    let mut seed = 1_000_000;
    while least(&tally) < wanted {
        // A zone has its own database, so they need not wait for each other.
        let turns = proofs.iter().zip(0..).map(|(proof, zone)| async move {
            let mut tally = Tally::default();
            for world in 0..TURN {
                proof.one_world(seed + zone * TURN + world, &mut tally).await;
            }
            tally
        });
        for turn in join_all(turns).await {
            tally.add(turn);
        }
        seed += TURN * proofs.len() as u64;
        eprintln!("{} databases of the rarest rule, {} offers compared", least(&tally), tally.compared);
    }
    for rule in RULES {
        let of_rule = format!(": {}\n", rule.id);
        let differing = tally.differing.iter().filter(|case| case.contains(&of_rule)).count();
        figure(
            &format!("rewrite {}: databases on which an offer gave other rows", rule.id),
            format!("{differing} of {}", tally.databases.get(rule.id).copied().unwrap_or_default()),
            "the statement as given",
            "0 of ≥ 1,000",
        );
    }
    println!("\n{} offers compared, {} times a precondition was missing", tally.compared, tally.withheld);
    assert!(tally.differing.is_empty(), "{}", tally.differing.join("\n"));
}

impl Tally {
    /// What another count saw, too.
    pub fn add(&mut self, other: Self) {
        for (rule, databases) in other.databases {
            *self.databases.entry(rule).or_default() += databases;
        }
        self.compared += other.compared;
        self.withheld += other.withheld;
        self.differing.extend(other.differing);
    }
}
