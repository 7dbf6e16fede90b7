//! What PostgreSQL says beside its answers: the notices of a connection, for whoever listens to it.
//!
//! The driver hands out connections without a number to know them by. So a listener gives its connection a name of its own
//! (`application_name`), which PostgreSQL reports back before anything that follows.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::Connect;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, Client, Config, Error};

use crate::tls::Connector;

/// Numbers the listeners.
static LISTENERS: AtomicU64 = AtomicU64::new(0);

/// Who listens to the connections of one pool, by `application_name`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<HashMap<String, Vec<DbError>>>>);

/// Keeps the notices of the connection that bears its name.
#[derive(Debug)]
pub(crate) struct Listener {
    name: String,
    notices: Notices,
}

impl Notices {
    pub(crate) fn listen(&self) -> Listener {
        let name = format!("pgwright_listening_{}", LISTENERS.fetch_add(1, Ordering::Relaxed));
        self.by_name(|heard| heard.insert(name.clone(), Vec::new()));
        Listener { name, notices: self.clone() }
    }

    fn hear(&self, name: &str, notice: DbError) {
        self.by_name(|heard| heard.get_mut(name).map(|notices| notices.push(notice)));
    }

    fn by_name<T>(&self, work: impl FnOnce(&mut HashMap<String, Vec<DbError>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listener {
    /// What the connection's `application_name` has to be.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// All that was heard.
    pub(crate) fn heard(self) -> Vec<DbError> {
        self.notices.by_name(|heard| heard.remove(&self.name)).unwrap_or_default()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.notices.by_name(|heard| heard.remove(&self.name));
    }
}

/// Connects for the pool, and listens.
pub(crate) struct Connecting {
    pub(crate) tls: Connector,
    pub(crate) notices: Notices,
}

impl Connect for Connecting {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let (config, tls, notices) = (config.clone(), self.tls.clone(), self.notices.clone());
        Box::pin(async move {
            let (client, mut connection) = config.connect(tls).await?;
            let connected = tokio::spawn(async move {
                while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                    match message {
                        Ok(AsyncMessage::Notice(notice)) => {
                            if let Some(name) = connection.parameter("application_name") {
                                notices.hear(name, notice);
                            }
                        }
                        Ok(_) => {}
                        Err(error) => {
                            tracing::warn!("a connection broke: {error}");
                            return;
                        }
                    }
                }
            });
            Ok((client, connected))
        })
    }
}
