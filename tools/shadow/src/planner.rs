//! Connections to the shadow's server: the superuser's that makes it, and the one of the role that plans and builds what
//! callers sent.

use std::collections::BTreeMap;
use std::path::Path;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};

use crate::error::ShadowError;

/// The role that plans, and owns what is planned over.
pub(crate) const ROLE: &str = "pgwright_planner";

/// What a connection of the maker sets: nothing it makes is looked up on a path, nothing fires, nobody is told.
const MAKES: &str = "set search_path = ''; set check_function_bodies = off; set session_replication_role = replica; \
    set client_min_messages = error; set statement_timeout = '60s'; set jit = off; \
    set max_parallel_maintenance_workers = 0; set allow_system_table_mods = off";

/// What one of the planner sets.
const PLANS: &str = "set statement_timeout = '10s'; set lock_timeout = '2s'; set client_min_messages = error; \
    set max_parallel_maintenance_workers = 0; set idle_in_transaction_session_timeout = '60s'";

/// Where the server listens.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) socket_dir: std::path::PathBuf,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(socket_dir: &Path, port: u16) -> Self {
        Self { socket_dir: socket_dir.to_owned(), port }
    }

    /// As the superuser.
    pub(crate) async fn maker(&self, database: &str, superuser: &str) -> Result<Client, ShadowError> {
        self.connect(database, superuser, MAKES).await
    }

    /// As the role that plans.
    pub(crate) async fn planner(&self, database: &str) -> Result<Client, ShadowError> {
        self.connect(database, ROLE, PLANS).await
    }

    async fn connect(&self, database: &str, user: &str, sets: &str) -> Result<Client, ShadowError> {
        let mut config = Config::new();
        config.host_path(&self.socket_dir).port(self.port).user(user).dbname(database);
        config.application_name("pgwright shadow");
        let (client, connection) = config.connect(NoTls).await.map_err(ShadowError::sql("connect"))?;
        tokio::spawn(connection);
        client.batch_execute(sets).await.map_err(ShadowError::sql("open a session"))?;
        Ok(client)
    }
}

/// Gives a session the settings of the snapshot, those that it may set and this version knows.
pub(crate) async fn adopt(client: &Client, settings: &BTreeMap<String, String>) -> Result<(), ShadowError> {
    let (names, values): (Vec<&str>, Vec<&str>) =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip();
    client
        .query_typed(include_str!("adopt.sql"), &[(&names, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)])
        .await
        .map_err(ShadowError::sql("take over settings"))?;
    Ok(())
}

/// Runs one statement.
pub(crate) async fn query(
    client: &Client,
    doing: &'static str,
    sql: &str,
    params: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, ShadowError> {
    client.query_typed(sql, params).await.map_err(ShadowError::sql(doing))
}
