//! Everything that speaks to PostgreSQL: databases and their pools, guarded sessions, the catalogue, private clusters.
//!
//! ```text
//!   Databases ── by name ──▶ Database ── read()  ──▶ ReadSession    BEGIN READ ONLY … ROLLBACK, DISCARD ALL
//!                              │  lazy   write() ──▶ WriteSession   pipelines and quarantines only
//!                              └─ Dsn or a private Cluster
//! ```
//!
//! Invariants: nothing that a caller sends runs outside a [`ReadSession`]; a session that ends, is cancelled or is
//! dropped leaves no running query and no open transaction; errors hold no cell values and no secrets.

pub mod catalog;
pub mod cluster;
mod connect;
mod database;
pub mod doctor;
mod dsn;
mod errors;
pub mod mask;
mod missing;
mod notices;
mod reach;
mod resolve;
pub mod roles;
mod session;
mod settings;
pub mod statements;
mod tls;
pub mod types;

pub use database::{Database, Databases, UnknownDatabase};
pub use dsn::{Dsn, DsnError};
pub use errors::{DatabaseError, retryable_state};
pub use mask::{Mask, Masked, Masking};
pub use reach::{ExtensionName, NamePattern, PatternError, Reach};
pub use resolve::{ResolveError, Resolved, nearest};
pub use session::{
    Cap, Capped, ColumnInfo, CopyFailure, CopyIn, Explain, Footprint, Origin, OutOfReach, PlannerSettings,
    ReadSession, Rows, Scope, SettingError, Trace, WriteSession,
};
pub use settings::{DatabaseSettings, Environment, Limits, Source};
pub use tokio_postgres::Row;
pub use tokio_postgres::types::{ToSql, Type};
