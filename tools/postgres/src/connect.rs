//! Opening connections: the pool of one database, and what a failed attempt means.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType};
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::dsn::Dsn;
use crate::errors::DatabaseError;
use crate::settings::Limits;

/// Reads the certificates, once for all connections.
pub(crate) fn tls(database: &str, dsn: &Dsn) -> Result<MakeRustlsConnect, DatabaseError> {
    dsn.tls().connector().map_err(|error| DatabaseError::Connect {
        database: database.to_owned(),
        reason: error.to_string(),
        hint: "check sslrootcert, sslcert and sslkey in the connection string".to_owned(),
        code: None,
        retryable: false,
    })
}

/// Builds the pool. Nothing is connected before the first session asks.
pub(crate) fn pool(
    database: &str,
    dsn: &Dsn,
    tls: MakeRustlsConnect,
    limits: &Limits,
) -> Result<Pool, DatabaseError> {
    let mut config = dsn.config().clone();
    config
        .application_name("pgwright")
        .connect_timeout(limits.connect())
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(60));
    let manager =
        Manager::from_config(config, tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(limits.connections)
        .wait_timeout(Some(limits.wait()))
        .create_timeout(Some(limits.connect()))
        .recycle_timeout(Some(limits.connect()))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| DatabaseError::Connect {
            database: database.to_owned(),
            reason: error.to_string(),
            hint: "check the limits of this database in the configuration".to_owned(),
            code: None,
            retryable: false,
        })
}

/// What a failed check-out means.
pub(crate) fn failure(database: &str, dsn: &Dsn, limits: &Limits, error: PoolError) -> DatabaseError {
    let connect = |reason: String, hint: String, code: Option<String>, retryable| DatabaseError::Connect {
        database: database.to_owned(),
        reason,
        hint,
        code,
        retryable,
    };
    match error {
        PoolError::Timeout(TimeoutType::Wait) => DatabaseError::Busy {
            database: database.to_owned(),
            size: limits.connections,
            waited_ms: limits.wait_ms,
        },
        PoolError::Timeout(_) => connect(
            format!("no answer from {dsn} within {} ms", limits.connect_ms),
            "check the address, the network and any firewall or VPN in between".to_owned(),
            None,
            true,
        ),
        PoolError::Backend(error) => match error.as_db_error() {
            Some(refused) => connect(
                refused.message().to_owned(),
                refusal_hint(refused.code()).to_owned(),
                Some(refused.code().code().to_owned()),
                crate::errors::retryable_state(refused.code().code()),
            ),
            None => {
                let cause = innermost(&error);
                let trusted = !is_about_certificates(&cause);
                connect(format!("{dsn}: {cause}"), network_hint(&cause).to_owned(), None, trusted)
            }
        },
        other => connect(other.to_string(), "try again".to_owned(), None, true),
    }
}

fn refusal_hint(state: &SqlState) -> &'static str {
    match *state {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user and password of the connection string, and pg_hba.conf on the server"
        }
        SqlState::UNDEFINED_DATABASE => "check the database name in the connection string",
        SqlState::TOO_MANY_CONNECTIONS => "the server has no free connection slots; try again shortly",
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping; try again shortly",
        _ => "see the server's log for the reason",
    }
}

fn network_hint(cause: &str) -> &'static str {
    let cause = cause.to_ascii_lowercase();
    if cause.contains("refused") || cause.contains("no such file") {
        "is PostgreSQL running there, on that port?"
    } else if is_about_certificates(&cause) {
        "check sslmode and sslrootcert: off this machine the default is verify-full"
    } else if cause.contains("resolve") || cause.contains("lookup") {
        "check the host name of the connection string"
    } else {
        "check the address, the network and any firewall or VPN in between"
    }
}

/// A server that is not trusted will not be on the next attempt either.
fn is_about_certificates(cause: &str) -> bool {
    let cause = cause.to_ascii_lowercase();
    cause.contains("certificate") || cause.contains("tls") || cause.contains("ssl")
}

fn innermost(error: &tokio_postgres::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
