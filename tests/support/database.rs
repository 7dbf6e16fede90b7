//! One throw-away cluster per major version and test run, one database per test.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::SinkExt;
use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tokio_postgres::types::{FromSql, FromSqlOwned, Type};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The major version that is tested by default: the machine's, or fetched.
pub const OLDER: u16 = 15;
/// The newer one, from a pinned package.
pub const NEWER: u16 = 18;

static CLUSTERS: Mutex<Option<HashMap<u16, Cluster>>> = Mutex::const_new(None);
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Generous: reached only when something is wrong.
pub const BOUND: Duration = Duration::from_secs(60);

/// An empty database of its own, with a superuser's connection to look behind the scenes.
pub struct Database {
    name: String,
    host: String,
    port: u16,
    client: Client,
}

impl Database {
    /// An empty database on PostgreSQL 15.
    pub async fn new() -> Self {
        Self::on(OLDER).await
    }

    /// A database on PostgreSQL 15 in which this SQL was run.
    pub async fn with(sql: &str) -> Self {
        let database = Self::new().await;
        database.execute(sql).await;
        database
    }

    /// An empty database on that major version.
    pub async fn on(major: u16) -> Self {
        let (host, port) = cluster(major).await;
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let admin = connect(&host, port, "postgres").await;
        admin.batch_execute(&format!("create database {name}")).await.unwrap();
        let client = connect(&host, port, &name).await;
        Self { name, host, port, client }
    }

    /// Its name, which no other database of the cluster has: roles belong to all of them, and begin with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A superuser's connection string.
    pub fn dsn(&self) -> String {
        self.dsn_as("postgres")
    }

    /// A connection string of that role.
    pub fn dsn_as(&self, role: &str) -> String {
        format!("host={} port={} user={role} dbname={}", self.host, self.port, self.name)
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        if let Err(error) = self.client.batch_execute(sql).await {
            panic!("{error}: {:?}\n{sql}", error.as_db_error());
        }
    }

    /// Loads CSV with a header through PostgreSQL's own COPY.
    pub async fn copy_csv(&self, table: &str, csv: &[u8]) {
        let sql = format!("copy {table} from stdin with (format csv, header)");
        let mut sink = std::pin::pin!(self.client.copy_in::<_, bytes::Bytes>(&sql).await.unwrap());
        for part in csv.chunks(1 << 16) {
            sink.send(bytes::Bytes::copy_from_slice(part)).await.unwrap();
        }
        sink.finish().await.unwrap();
    }

    /// The one value of the one row of a query.
    pub async fn value<T: FromSqlOwned>(&self, sql: &str) -> T {
        match self.client.query_one(sql, &[]).await {
            Ok(row) => row.get(0),
            Err(error) => panic!("{error}: {:?}\n{sql}", error.as_db_error()),
        }
    }

    /// The root of the plan that PostgreSQL makes for a query.
    pub async fn plan(&self, sql: &str) -> serde_json::Value {
        let plan = self.value::<Plan>(&format!("explain (format json) {sql}")).await;
        plan.0[0]["Plan"].clone()
    }

    /// What a statement prints, a line a row.
    pub async fn printed(&self, sql: &str) -> String {
        let messages = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let lines = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Waits until a query that gives one boolean says true.
    pub async fn until(&self, sql: &str) {
        eventually(sql, || self.value::<bool>(sql)).await;
    }

    /// How many other sessions of this database are running a statement that contains `fragment`.
    pub async fn active_queries(&self, fragment: &str) -> i64 {
        let sql = "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and state <> 'idle' \
                   and datname = current_database() and strpos(query, $1) > 0";
        self.client.query_one(sql, &[&fragment]).await.unwrap().get(0)
    }

    /// Waits until a statement that contains `fragment` runs.
    pub async fn until_active(&self, fragment: &str) {
        eventually(fragment, || async { self.active_queries(fragment).await > 0 }).await;
    }

    /// Waits until no statement that contains `fragment` runs any more. Well before the statement timeout, which would
    /// end it anyway.
    pub async fn until_idle(&self, fragment: &str) {
        within(BOUND / 3, fragment, || async { self.active_queries(fragment).await == 0 }).await;
    }
}

/// What EXPLAIN gives: the column is json, and its binary form is its text.
struct Plan(serde_json::Value);

impl<'a> FromSql<'a> for Plan {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSON
    }
}

/// Asks again and again until the answer is true; panics after a generous bound.
pub async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    within(BOUND, what, holds).await;
}

async fn within<F: Future<Output = bool>>(bound: Duration, what: &str, mut holds: impl FnMut() -> F) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < bound, "not true within {bound:?}: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// The cluster of that major version; the first test that asks starts it, the end of the process ends it.
async fn cluster(major: u16) -> (String, u16) {
    let mut clusters = CLUSTERS.lock().await;
    let clusters = clusters.get_or_insert_with(HashMap::new);
    if let Entry::Vacant(entry) = clusters.entry(major) {
        let mut options = ClusterOptions::new(Kind::Temporary, env!("CARGO_BIN_EXE_pgwright"));
        options.major = Some(major);
        // Autovacuum is on, as users have it, but its turn never comes: no test's statistics change on their own.
        options.settings = [("max_connections", "200"), ("autovacuum_naptime", "20d")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let cluster =
            Cluster::start(options).await.unwrap_or_else(|error| panic!("PostgreSQL {major}: {error}"));
        entry.insert(cluster);
    }
    let cluster = &clusters[&major];
    (cluster.socket_dir().display().to_string(), cluster.port())
}

async fn connect(host: &str, port: u16, database: &str) -> Client {
    let dsn = format!("host={host} port={port} user=postgres dbname={database} application_name=test");
    let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
