//! Opening connections: the pool of one database, and what a failed attempt means.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::dsn::Dsn;
use crate::errors::DatabaseError;
use crate::notices::{Connecting, Notices};
use crate::settings::Limits;
use crate::tls::{self, Connector};

/// Reads the certificates, once for all connections.
pub(crate) fn tls(database: &str, dsn: &Dsn) -> Result<Connector, DatabaseError> {
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
    tls: Connector,
    notices: Notices,
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
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_connect(config, Connecting { tls, notices }, recycling);
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
            None => match tls::explain(&error, &dsn.host(), dsn.tls()) {
                Some(tls) => connect(tls.reason, tls.hint, None, tls.retryable),
                None => {
                    let cause = innermost(&error);
                    let (hint, retryable) = network_hint(&cause);
                    connect(format!("{dsn}: {cause}"), hint.to_owned(), None, retryable)
                }
            },
        },
        other => connect(other.to_string(), "try again".to_owned(), None, true),
    }
}

fn refusal_hint(state: &SqlState) -> &'static str {
    match *state {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user and password of the connection string, and pg_hba.conf on the server; where that asks for a \
             client certificate, name one with sslcert and sslkey"
        }
        SqlState::UNDEFINED_DATABASE => "check the database name in the connection string",
        SqlState::TOO_MANY_CONNECTIONS => "the server has no free connection slots; try again shortly",
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping; try again shortly",
        _ => "see the server's log for the reason",
    }
}

/// What usually mends it, and whether it may mend itself.
fn network_hint(cause: &str) -> (&'static str, bool) {
    let cause = cause.to_ascii_lowercase();
    if cause.contains("refused") || cause.contains("no such file") {
        ("is PostgreSQL running there, on that port?", true)
    } else if cause.contains("password missing") {
        ("the server asks for a password: add it to the connection string, best by reference", false)
    } else if cause.contains("channel binding") {
        (
            "channel_binding=require needs TLS and scram-sha-256 in pg_hba.conf; poolers often know neither",
            false,
        )
    } else if cause.contains("authentication method") || cause.contains("sasl mechanism") {
        ("let the server ask by scram-sha-256 (pg_hba.conf); GSSAPI and SSPI are not supported", false)
    } else if cause.contains("resolve") || cause.contains("lookup") {
        ("check the host name of the connection string", true)
    } else {
        ("check the address, the network and any firewall or VPN in between", true)
    }
}

fn innermost(error: &tokio_postgres::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
