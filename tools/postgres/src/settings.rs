//! What the configuration says about one database: where it is, which environment it belongs to, its limits.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cluster::ClusterOptions;
use crate::dsn::Dsn;
use crate::mask::Masking;
use crate::reach::Reach;

/// Which world a database belongs to. Policy derives from it, and nothing crosses from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Open: every tool may be used.
    Development,
    /// Data may be read.
    Staging,
    /// Closed: catalogue, statistics and plans only.
    Production,
}

impl Environment {
    /// The name used in the configuration and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// Bounds on what one database may be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most connections pgwright opens to this database.
    pub connections: usize,
    /// How long a call waits for a free connection, in milliseconds.
    pub wait_ms: u64,
    /// How long connecting may take, in milliseconds.
    pub connect_ms: u64,
    /// How long one of pgwright's own statements may take, above all the scans of a quality check, in milliseconds.
    pub statement_ms: u64,
    /// How long a statement that a caller sent may take, run or planned, in milliseconds.
    pub query_ms: u64,
    /// `lock_timeout` of every session, in milliseconds.
    pub lock_ms: u64,
    /// `idle_in_transaction_session_timeout` of every session, in milliseconds.
    pub idle_ms: u64,
    /// How long one call may take in all before its connection is given up, in milliseconds.
    pub call_ms: u64,
    /// Most rows that one statement of a caller may return.
    pub result_rows: usize,
    /// Most bytes that one statement of a caller may return.
    pub result_bytes: usize,
    /// Most bytes of temporary files that the sorts and hashes of a session may write (`temp_file_limit`). It is set where the
    /// role may set it and has no lower limit of its own; `pgwright doctor` tells where neither is so.
    pub temporary_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8,
            wait_ms: 5_000,
            connect_ms: 8_000,
            statement_ms: 30_000,
            query_ms: 8_000,
            lock_ms: 2_000,
            idle_ms: 60_000,
            call_ms: 120_000,
            result_rows: 1_000,
            result_bytes: 4 * 1024 * 1024,
            temporary_bytes: 4 * 1024 * 1024 * 1024,
        }
    }
}

impl Limits {
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }

    pub(crate) fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    /// `statement_timeout` of a caller's statement: what its own limit and that of all statements leave.
    pub(crate) fn query(&self) -> Duration {
        Duration::from_millis(self.query_ms.min(self.statement_ms))
    }

    /// The client-side deadline of one call.
    pub fn call(&self) -> Duration {
        Duration::from_millis(self.call_ms)
    }
}

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Source {
    /// A server that somebody else runs.
    Server(Box<Dsn>),
    /// The private cluster that pgwright starts itself, on first use.
    Private {
        /// How to start it.
        cluster: Box<ClusterOptions>,
        /// Which database of it.
        database: String,
    },
}

/// One database of the configuration.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The name that tools take as `database`.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// Which environment it belongs to.
    pub environment: Environment,
    /// Its bounds.
    pub limits: Limits,
    /// What callers' statements may reach.
    pub reach: Reach,
    /// How values of sensitive columns look to the outside.
    pub masking: Masking,
    /// Whether policy lets pipelines write to it, so that a role which may write is wanted.
    pub loads: bool,
    /// Whether a role that could do harm may be used anywhere but on a development database of this machine.
    pub allow_privileged_role: bool,
}

impl DatabaseSettings {
    /// A database with the usual limits, reach and masks.
    pub fn new(name: String, source: Source, environment: Environment) -> Self {
        Self {
            name,
            source,
            environment,
            limits: Limits::default(),
            reach: Reach::default(),
            masking: Masking::default(),
            loads: false,
            allow_privileged_role: false,
        }
    }
}
