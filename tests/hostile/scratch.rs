//! A cluster to be attacked: an analyst's shop, code and relations that leave a mark when they are reached, secrets that
//! show a canary when they are read, sessions to be terminated, and a witness who sees all of it through a connection of
//! its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::corpus::expand;
use crate::support::pgwright;

const SHOP: &str = include_str!("shop.sql");
const TRAPS: &str = include_str!("traps.sql");
const EXTENSIONS: &str = include_str!("extensions.sql");

/// In whatever a reply holds of these, a secret got out.
pub const CANARIES: &[&str] = &["CANARY_", "SCRAM-SHA-256$"];

/// The least-privilege role that `pgwright roles` makes.
pub const ANALYST_ROLE: &str = "pgwright_reader";
const DATABASE: &str = "trap";
const VICTIMS: &[(&str, &str)] = &[("victim idle", "select 1"), ("victim busy", "select pg_sleep(1000000)")];

/// The cluster, with everything in it.
pub struct Scratch {
    pub major: u16,
    pub(super) cluster: Cluster,
    /// What the server may write to, and nobody should.
    pub(super) marks: TempDir,
    pub(super) witness: Client,
    /// Where WAL is read.
    pub(super) wal_reader: Option<Client>,
    places: BTreeMap<&'static str, String>,
}

impl Scratch {
    /// A new cluster of that major version.
    pub async fn start(major: u16) -> Self {
        let mut options = ClusterOptions::new(Kind::Temporary, env!("CARGO_BIN_EXE_pgwright"));
        options.major = Some(major);
        // Nothing but statements may change something.
        let settings = [
            ("autovacuum", "off"),
            ("checkpoint_timeout", "1d"),
            ("max_connections", "60"),
            ("max_prepared_transactions", "5"),
            ("max_wal_size", "10GB"),
            ("primary_conninfo", "password=CANARY_SETTING"),
            ("wal_level", "logical"),
        ];
        options.settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let cluster = Cluster::start(options).await.unwrap();

        let marks = TempDir::new().unwrap();
        fs::set_permissions(marks.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let places = BTreeMap::from([
            ("dir", marks.path().display().to_string()),
            ("host", cluster.socket_dir().display().to_string()),
            ("port", cluster.port().to_string()),
        ]);

        let postgres = connect(&cluster.dsn("postgres"), "wal reader").await;
        postgres.batch_execute(&format!("create database {DATABASE}")).await.unwrap();
        let can_read_wal = postgres.batch_execute("create extension pg_walinspect").await.is_ok();
        let witness = connect(&cluster.dsn(DATABASE), "witness").await;
        let roles = pgwright(&["roles", "--environment", "production"]).output().await.unwrap();
        let roles = String::from_utf8(roles.stdout).unwrap();
        for part in [SHOP, TRAPS, EXTENSIONS, &roles] {
            if let Err(error) = witness.batch_execute(&expand(part, &places)).await {
                panic!("{:?}", error.as_db_error().expect("an answer"));
            }
        }
        let leftovers = [
            "select pg_create_physical_replication_slot('kept', true)",
            "select pg_create_logical_replication_slot('kept_logical', 'pgoutput')",
            "begin; create table prepared (); prepare transaction 'kept'",
            "select pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('archiver')",
            // Nothing to prune or freeze is left for a reader.
            "vacuum (freeze, analyze)",
            "vacuum (freeze, analyze)",
            "checkpoint",
        ];
        for sql in leftovers {
            witness
                .batch_execute(sql)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
        }
        witness.batch_execute(include_str!("checksums.sql")).await.unwrap();

        for file in fs::read_dir(marks.path()).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        let secret = marks.path().join("secret.txt");
        fs::write(&secret, "CANARY_FILE\n").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o666)).unwrap();

        let scratch =
            Self { major, cluster, marks, witness, wal_reader: can_read_wal.then_some(postgres), places };
        scratch.fill_in_victims().await;
        scratch
    }

    /// What names in `«»` mean here.
    pub fn places(&self) -> &BTreeMap<&'static str, String> {
        &self.places
    }

    /// A connection string for that role.
    pub fn dsn(&self, role: &str) -> String {
        let (host, port) = (self.cluster.socket_dir().display(), self.cluster.port());
        format!("host={host} port={port} user={role} dbname={DATABASE}")
    }

    /// A superuser's plain connection, that nothing guards.
    pub async fn unguarded(&self) -> Client {
        self.connection_of("postgres").await
    }

    /// A role's plain connection.
    pub async fn connection_of(&self, role: &str) -> Client {
        connect(&self.dsn(role), "unguarded").await
    }

    /// Every session that statements may try to end is there.
    pub async fn fill_in_victims(&self) {
        for (name, work) in VICTIMS {
            let there = "select count(*) from pg_stat_activity where application_name = $1";
            if self.witness.query_one(there, &[name]).await.unwrap().get::<_, i64>(0) > 0 {
                continue;
            }
            let victim = connect(&self.dsn("postgres"), name).await;
            victim.batch_execute("listen heard").await.unwrap();
            tokio::spawn(async move {
                let _ = victim.batch_execute(work).await;
                // Kept, so that its session stays.
                std::future::pending::<()>().await;
                drop(victim);
            });
        }
        let all = VICTIMS.len();
        crate::support::eventually("the victims are there", || async {
            let waiting = "select count(*) from pg_stat_activity where application_name like 'victim %' and wait_event in ('ClientRead', 'PgSleep')";
            let found: i64 = self.witness.query_one(waiting, &[]).await.unwrap().get(0);
            usize::try_from(found).unwrap() == all
        })
        .await;
    }

    /// PostgreSQL's data directory.
    pub(super) fn data(&self) -> &Path {
        self.cluster.data_dir()
    }
}

async fn connect(dsn: &str, name: &str) -> Client {
    let mut config: tokio_postgres::Config = dsn.parse().unwrap();
    config.application_name(name);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
