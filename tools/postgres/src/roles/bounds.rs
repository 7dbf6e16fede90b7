//! How much each kind of role may use, by environment.

use crate::settings::Environment;

/// What a role is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Reader,
    Statistics,
    Quality,
    Pipeline,
}

impl Kind {
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Reader => "reads rows (run_query, explain_query with analyze)",
            Self::Statistics => {
                "catalogue, statistics and plans (what pgwright does in production by default)"
            }
            Self::Quality => "reads whole tables (run_quality_check), so it may take longer than a reader",
            Self::Pipeline => "loads one schema (trigger_pipeline)",
        }
    }
}

/// Bounds of a role, as PostgreSQL writes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// A process of pgwright holds up to eight connections (`limits.connections`).
    pub(super) connections: u16,
    pub(super) statement_timeout: &'static str,
    pub(super) idle_timeout: &'static str,
    pub(super) lock_timeout: &'static str,
    pub(super) temp_file_limit: &'static str,
}

impl Bounds {
    pub(super) fn of(kind: Kind, environment: Environment) -> Self {
        use Environment::{Development, Production, Staging};
        Self {
            connections: match environment {
                Development => 40,
                Staging => 20,
                Production => 10,
            },
            statement_timeout: match (kind, environment) {
                (Kind::Reader | Kind::Statistics, Development | Staging) => "30s",
                (Kind::Reader | Kind::Statistics, Production) => "15s",
                (Kind::Quality, Development | Staging) => "10min",
                (Kind::Quality, Production) => "5min",
                (Kind::Pipeline, _) => "30min",
            },
            idle_timeout: "60s",
            lock_timeout: match (kind, environment) {
                (Kind::Pipeline, _) => "5s",
                (_, Production) => "1s",
                (_, Development | Staging) => "2s",
            },
            temp_file_limit: match (kind, environment) {
                (Kind::Reader | Kind::Statistics, Production) => "1GB",
                (Kind::Reader | Kind::Statistics, Development | Staging) => "2GB",
                (Kind::Quality | Kind::Pipeline, _) => "10GB",
            },
        }
    }
}
