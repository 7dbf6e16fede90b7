//! The guard's lists of built-in functions against the catalogues of real servers, the oldest and the newest at hand.
//!
//! This executable is also the watchdog of its clusters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::process::ExitCode;

use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind, watchdog};
use pgwright_sql::guard::builtin;

const MAJORS: [u16; 2] = [15, 18];

/// Of PostgreSQL 13, 14, 16 or 17 only.
const ELSEWHERE: &[&str] = &[
    "currtid",
    "numeric_fac",
    "pg_backup_start_time",
    "pg_is_in_backup",
    "pg_start_backup",
    "pg_stop_backup",
];

type Names = BTreeSet<String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(watchdog::SUBCOMMAND) => watchdog::run(watchdog::Options::from_arg(&arguments[1]).unwrap()),
        Some("--list") => {
            println!("the_lists_hold_every_built_in_function_once: test");
            ExitCode::SUCCESS
        }
        _ => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(the_lists_hold_every_built_in_function_once());
            println!("test the_lists_hold_every_built_in_function_once ... ok");
            ExitCode::SUCCESS
        }
    }
}

async fn the_lists_hold_every_built_in_function_once() {
    let allowed: Names = builtin::allowed().map(str::to_owned).collect();
    let harmless: Names = builtin::harmless().map(str::to_owned).collect();
    let refused: Names = builtin::refused().map(|(name, _)| name.to_owned()).collect();
    let (mut known, mut varying) = (Names::new(), Names::new());
    for major in MAJORS {
        let server = Server::start(major).await;
        let all = server.functions("true").await;
        let unlisted: Vec<&String> =
            all.iter().filter(|name| allowed.contains(*name) == refused.contains(*name)).collect();
        assert_eq!(unlisted, [""; 0], "of {major}, in neither list or in both");

        let volatile = server.functions("provolatile = 'v'").await;
        let lax: Vec<&String> =
            volatile.iter().filter(|name| allowed.contains(*name) && !harmless.contains(*name)).collect();
        assert_eq!(lax, [""; 0], "of {major}, volatile, allowed, and not said to be harmless");

        let called = server.functions(
            "prokind in ('a', 'w') or proname in (select distinct proname from pg_operator join pg_proc p on p.oid = oprcode)",
        )
        .await;
        let missing: Vec<&String> = called.iter().filter(|name| refused.contains(*name)).collect();
        assert_eq!(missing, [""; 0], "aggregates, window functions and operators of {major}");

        let needs_internal = server.functions(
            "prokind = 'f' and (prorettype = 'internal'::regtype or 'internal'::regtype = any (proargtypes::oid[])) \
             and not exists (select from pg_proc other where other.proname = p.proname and other.pronamespace = \
             p.pronamespace and not 'internal'::regtype = any (other.proargtypes::oid[]))",
        )
        .await;
        let pointless: Vec<&String> = needs_internal.intersection(&allowed).collect();
        assert_eq!(pointless, ["bernoulli", "system"], "of {major}; both stand in TABLESAMPLE");

        known.extend(all);
        varying.extend(volatile);
        server.cluster.stop().await.unwrap();
    }
    let unknown: Vec<&String> = allowed.union(&refused).filter(|name| !known.contains(*name)).collect();
    assert_eq!(unknown, ELSEWHERE, "listed, and in no catalogue");
    let steady: Vec<&String> = harmless.difference(&varying).collect();
    assert_eq!(steady, [""; 0], "said to be harmless, and volatile nowhere");
}

struct Server {
    cluster: Cluster,
    client: tokio_postgres::Client,
}

impl Server {
    async fn start(major: u16) -> Self {
        let watchdog = std::env::current_exe().unwrap();
        let options = ClusterOptions { major: Some(major), ..ClusterOptions::new(Kind::Temporary, watchdog) };
        let cluster = Cluster::start(options).await.unwrap();
        let (client, connection) =
            tokio_postgres::connect(&cluster.dsn("postgres"), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        Self { cluster, client }
    }

    async fn functions(&self, which: &str) -> Names {
        let sql = format!(
            "select distinct proname::text from pg_proc p where pronamespace = 'pg_catalog'::regnamespace and ({which})"
        );
        self.client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}
