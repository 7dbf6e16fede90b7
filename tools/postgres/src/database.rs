//! Databases by name. Each connects (or starts its private cluster) when the first session is opened, not before.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio::sync::{Mutex, OnceCell};
use tokio_util::task::TaskTracker;

use crate::cluster::Cluster;
use crate::connect;
use crate::doctor::RoleWatch;
use crate::dsn::Dsn;
use crate::errors::DatabaseError;
use crate::mask::Masking;
use crate::notices::{Listener, Notices};
use crate::reach::Reach;
use crate::session::{ReadSession, Scope, WriteSession};
use crate::settings::{DatabaseSettings, Environment, Limits, Source};
use crate::tls::Connector;

/// All databases of the configuration.
#[derive(Debug, Clone)]
pub struct Databases {
    by_name: Arc<BTreeMap<String, Arc<Database>>>,
    default: Option<String>,
}

/// A name that the configuration does not know, or no name where one is needed.
#[derive(Debug, thiserror::Error)]
pub enum UnknownDatabase {
    /// No database has this name.
    #[error("no database named {wanted} is configured")]
    Name {
        /// The name asked for.
        wanted: String,
        /// All names there are.
        known: Vec<String>,
    },
    /// Several databases, none of them the default, and the call named none.
    #[error("several databases are configured; say which one")]
    Unspecified {
        /// All names there are.
        known: Vec<String>,
    },
}

impl Databases {
    /// Makes the set. `default` is used by calls that name none; with a single database that one is the default.
    pub fn new(settings: Vec<DatabaseSettings>, default: Option<String>) -> Self {
        let default = default.or_else(|| match settings.as_slice() {
            [only] => Some(only.name.clone()),
            _ => None,
        });
        let by_name = settings
            .into_iter()
            .map(|settings| (settings.name.clone(), Arc::new(Database::new(settings))))
            .collect();
        Self { by_name: Arc::new(by_name), default }
    }

    /// The database of that name, or the default one.
    pub fn get(&self, name: Option<&str>) -> Result<&Arc<Database>, UnknownDatabase> {
        let known = || self.by_name.keys().cloned().collect();
        let name = name
            .or(self.default.as_deref())
            .ok_or_else(|| UnknownDatabase::Unspecified { known: known() })?;
        self.by_name
            .get(name)
            .ok_or_else(|| UnknownDatabase::Name { wanted: name.to_owned(), known: known() })
    }

    /// Every database, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Database>> {
        self.by_name.values()
    }

    /// Waits until no session is being cleaned up (at most `patience`), then closes all connections and leaves the
    /// private cluster.
    pub async fn close(&self, patience: Duration) {
        for database in self.by_name.values() {
            database.close(patience).await;
        }
    }
}

/// One database: its pool, its limits, its environment.
#[derive(Debug)]
pub struct Database {
    settings: DatabaseSettings,
    opened: Mutex<Option<Arc<Opened>>>,
    version: OnceCell<u32>,
    client_checks: OnceCell<bool>,
    cleaning: TaskTracker,
    watch: RoleWatch,
    notices: Notices,
}

/// What the first session opens and later ones share.
struct Opened {
    pool: Pool,
    dsn: Dsn,
    tls: Connector,
    cluster: Option<Cluster>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("dsn", &self.dsn)
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

/// A connection with the address it was made to, for cancelling.
pub(crate) struct Connection {
    pub(crate) object: Object,
    pub(crate) tls: Connector,
}

impl Database {
    fn new(settings: DatabaseSettings) -> Self {
        Self {
            settings,
            opened: Mutex::new(None),
            version: OnceCell::new(),
            client_checks: OnceCell::new(),
            cleaning: TaskTracker::new(),
            watch: RoleWatch::default(),
            notices: Notices::default(),
        }
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Which environment it belongs to.
    pub fn environment(&self) -> Environment {
        self.settings.environment
    }

    /// Its bounds.
    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// Whether policy lets pipelines write to it, so that a role which may write is wanted.
    pub fn loads(&self) -> bool {
        self.settings.loads
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        match &self.settings.source {
            Source::Server(dsn) => dsn.is_loopback(),
            Source::Private { .. } => true,
        }
    }

    /// Whether it is pgwright's own cluster.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self.settings.source, Source::Private { .. })
    }

    /// Whether it may be used with a role that could do harm, wherever it is.
    pub(crate) fn allows_privileged_role(&self) -> bool {
        self.settings.allow_privileged_role
    }

    /// What is known of the role.
    pub(crate) fn watch(&self) -> &RoleWatch {
        &self.watch
    }

    /// How values of its sensitive columns look to the outside.
    pub(crate) fn masking(&self) -> &Masking {
        &self.settings.masking
    }

    /// What callers' statements may reach.
    pub(crate) fn reach(&self) -> &Reach {
        &self.settings.reach
    }

    /// Opens a session that can only read: `BEGIN READ ONLY` with this database's limits.
    pub async fn read(self: &Arc<Self>, scope: &Scope) -> Result<ReadSession, DatabaseError> {
        ReadSession::open(self, scope, false).await
    }

    /// Like [`read`](Self::read), with every statement seeing the same snapshot.
    pub async fn read_snapshot(self: &Arc<Self>, scope: &Scope) -> Result<ReadSession, DatabaseError> {
        ReadSession::open(self, scope, true).await
    }

    /// Opens a session that may write: for pipelines and quarantines that the user defined, and to build an index for a
    /// moment. Never for SQL that an assistant sent, unless the transaction was made read only first.
    pub async fn write(self: &Arc<Self>, scope: &Scope) -> Result<WriteSession, DatabaseError> {
        WriteSession::open(self, scope).await
    }

    /// The server's `server_version_num`, e.g. 150018.
    pub async fn version(&self, session: &ReadSession) -> Result<u32, DatabaseError> {
        self.version.get_or_try_init(|| session.server_version()).await.copied()
    }

    /// Whether backends can look for their client while a query runs; tried once.
    pub(crate) async fn client_checks<F>(&self, probe: impl FnOnce() -> F) -> Result<bool, DatabaseError>
    where
        F: Future<Output = Result<bool, DatabaseError>>,
    {
        self.client_checks.get_or_try_init(probe).await.copied()
    }

    /// Hears what the server says on the connection that takes the listener's name.
    pub(crate) fn listen(&self) -> Listener {
        self.notices.listen()
    }

    pub(crate) fn cleaning(&self) -> &TaskTracker {
        &self.cleaning
    }

    /// Checks a connection out of the pool. A private cluster whose server was killed is started again, once.
    pub(crate) async fn connection(&self) -> Result<Connection, DatabaseError> {
        let opened = self.opened().await?;
        match self.check_out(&opened).await {
            Err(DatabaseError::Connect { .. }) if opened.cluster.is_some() => {
                self.forget(&opened).await;
                let again = self.opened().await?;
                self.check_out(&again).await
            }
            outcome => outcome,
        }
    }

    async fn check_out(&self, opened: &Opened) -> Result<Connection, DatabaseError> {
        let object = opened
            .pool
            .get()
            .await
            .map_err(|error| connect::failure(self.name(), &opened.dsn, self.limits(), error))?;
        Ok(Connection { object, tls: opened.tls.clone() })
    }

    async fn opened(&self) -> Result<Arc<Opened>, DatabaseError> {
        let mut opened = self.opened.lock().await;
        match &*opened {
            Some(opened) => Ok(Arc::clone(opened)),
            None => Ok(Arc::clone(opened.insert(Arc::new(self.open().await?)))),
        }
    }

    async fn forget(&self, failed: &Arc<Opened>) {
        let mut opened = self.opened.lock().await;
        if opened.as_ref().is_some_and(|current| Arc::ptr_eq(current, failed)) {
            *opened = None;
            self.watch.forget();
        }
    }

    async fn open(&self) -> Result<Opened, DatabaseError> {
        let (dsn, cluster) = match &self.settings.source {
            Source::Server(dsn) => (dsn.as_ref().clone(), None),
            Source::Private { cluster, database } => {
                let cluster = Cluster::start(cluster.as_ref().clone()).await?;
                let dsn =
                    Dsn::parse(&cluster.dsn(database).into()).map_err(|error| DatabaseError::Connect {
                        database: self.name().to_owned(),
                        reason: error.to_string(),
                        hint: "report this: the private cluster gave an address that cannot be read"
                            .to_owned(),
                        code: None,
                        retryable: false,
                    })?;
                (dsn, Some(cluster))
            }
        };
        let tls = connect::tls(self.name(), &dsn)?;
        let pool = connect::pool(self.name(), &dsn, tls.clone(), self.notices.clone(), self.limits())?;
        Ok(Opened { pool, dsn, tls, cluster })
    }

    async fn close(&self, patience: Duration) {
        self.cleaning.close();
        if tokio::time::timeout(patience, self.cleaning.wait()).await.is_err() {
            tracing::warn!(database = self.name(), "sessions were still being cleaned up at exit");
        }
        let Some(opened) = self.opened.lock().await.take() else { return };
        opened.pool.close();
        if let Some(cluster) = Arc::into_inner(opened).and_then(|opened| opened.cluster)
            && let Err(error) = cluster.stop().await
        {
            tracing::warn!(%error, "the private cluster did not end");
        }
    }
}
