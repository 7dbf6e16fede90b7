//! The private clusters that shadows live on, one for each major version, started when first needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use pgwright_postgres::cluster::{Cluster, ClusterError, ClusterOptions, Kind};
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::error::ShadowError;
use crate::materialise;
use crate::planner::{Address, ROLE};
use crate::shadow::Shadow;
use crate::snapshot::Snapshot;

const OLDEST: u16 = 13;
const NEWEST: u16 = 18;

/// Where shadows are made. Its clusters end with it, however this process ends.
#[derive(Debug)]
pub struct Shadows {
    watchdog: PathBuf,
    grounds: Mutex<BTreeMap<u16, Arc<Ground>>>,
}

/// A cluster that holds shadows.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) cluster: Cluster,
    pub(crate) major: u16,
    admin: Client,
    number: AtomicU32,
    abandoned: StdMutex<Vec<String>>,
}

impl Shadows {
    /// `watchdog` is the executable whose subcommand owns private clusters: pgwright itself.
    pub fn new(watchdog: impl Into<PathBuf>) -> Self {
        Self { watchdog: watchdog.into(), grounds: Mutex::default() }
    }

    /// Makes a shadow of what the snapshot holds: on a server of the same major version, or else of the nearest there is,
    /// which the shadow's notes say.
    pub async fn materialise(&self, snapshot: &Snapshot) -> Result<Shadow, ShadowError> {
        let ground = self.ground(snapshot.major()).await?;
        materialise::on(ground, snapshot).await
    }

    async fn ground(&self, major: u16) -> Result<Arc<Ground>, ShadowError> {
        let mut grounds = self.grounds.lock().await;
        if let Some(ground) = grounds.get(&major)
            && ground.is_alive()
        {
            return Ok(Arc::clone(ground));
        }
        grounds.remove(&major);
        let ground = Arc::new(Ground::start(self.start(major).await?).await?);
        grounds.insert(major, Arc::clone(&ground));
        Ok(ground)
    }

    async fn start(&self, wanted: u16) -> Result<Cluster, ClusterError> {
        let options = |major: Option<u16>, allow_fetch| {
            let mut options = ClusterOptions::new(Kind::Temporary, &self.watchdog);
            options.major = major;
            options.allow_fetch = allow_fetch;
            options.settings =
                SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            options
        };
        let mut majors: Vec<u16> = (OLDEST..=NEWEST).collect();
        majors.sort_by_key(|major| (major.abs_diff(wanted), u16::MAX - major));
        for major in majors {
            match Cluster::start(options(Some(major), false)).await {
                Err(ClusterError::NoBinaries { .. } | ClusterError::UnusableBinaries { .. }) => {}
                started => return started,
            }
        }
        Cluster::start(options(None, true)).await
    }
}

/// Statistics are written, never gathered; nothing is kept; nothing in the background touches the files.
const SETTINGS: &[(&str, &str)] = &[
    ("autovacuum", "off"),
    ("checkpoint_timeout", "1d"),
    ("max_wal_size", "8GB"),
    ("shared_buffers", "64MB"),
    ("max_connections", "40"),
    ("shared_preload_libraries", ""),
    ("log_statement", "none"),
    ("bgwriter_lru_maxpages", "0"),
];

impl Ground {
    async fn start(cluster: Cluster) -> Result<Self, ShadowError> {
        let address = Address::new(cluster.socket_dir(), cluster.port());
        let admin = address.maker("postgres", cluster.user()).await?;
        admin
            .batch_execute(&format!(
                "create role {ROLE} login nosuperuser nocreatedb nocreaterole nobypassrls; \
                 revoke all on database postgres, template1 from public"
            ))
            .await
            .map_err(ShadowError::sql("make its role"))?;
        let major = cluster.binaries().major;
        Ok(Self { cluster, major, admin, number: AtomicU32::new(0), abandoned: StdMutex::default() })
    }

    fn is_alive(&self) -> bool {
        !self.admin.is_closed()
    }

    pub(crate) fn address(&self) -> Address {
        Address::new(self.cluster.socket_dir(), self.cluster.port())
    }

    /// Makes an empty database; those that were left are removed first.
    pub(crate) async fn database(&self, options: &str) -> Result<String, ShadowError> {
        let abandoned = std::mem::take(&mut *self.abandoned.lock().unwrap_or_else(PoisonError::into_inner));
        for name in abandoned {
            let dropped =
                self.admin.batch_execute(&format!("drop database if exists {name} with (force)")).await;
            if let Err(error) = dropped {
                tracing::debug!(%error, "a shadow stays until its cluster ends");
            }
        }
        let name = format!("shadow_{}", self.number.fetch_add(1, Ordering::Relaxed));
        self.admin
            .batch_execute(&format!("create database {name} {options}"))
            .await
            .map_err(ShadowError::sql("make a database"))?;
        Ok(name)
    }

    pub(crate) fn abandon(&self, database: &str) {
        self.abandoned.lock().unwrap_or_else(PoisonError::into_inner).push(database.to_owned());
    }
}
