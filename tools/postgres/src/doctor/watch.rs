//! The role at use: looked at when a connection's first session opens, and every few minutes, since a role may change.
//! One look serves all sessions of the pool.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::probe::Reach;
use super::rules::Rule;
use super::{Finding, Service};
use crate::database::Database;
use crate::errors::DatabaseError;
use crate::session::Lease;
use crate::settings::Environment;

/// How long a look holds.
const HOLDS: Duration = Duration::from_secs(5 * 60);

/// What is known of the role that a pool connects as.
#[derive(Debug, Default)]
pub(crate) struct RoleWatch {
    last: Mutex<Option<Look>>,
}

#[derive(Debug, Clone)]
struct Look {
    at: Instant,
    temporary_kilobytes: Option<i64>,
    /// The findings that made it a privileged one.
    privileges: Vec<&'static str>,
}

impl RoleWatch {
    /// Looks at the role of this session, unless that was done on this connection, or lately. Refuses one that could do
    /// harm where it should not be used.
    pub(crate) async fn admit(&self, lease: &Lease) -> Result<(), DatabaseError> {
        if !lease.is_new() && self.lock().as_ref().is_some_and(|look| look.at.elapsed() < HOLDS) {
            return Ok(());
        }
        let database = lease.database();
        let reach = Reach::read(lease).await?;
        let findings = super::powers(lease, &reach, database.loads()).await?;
        let privileges: Vec<&Finding> = privileges(database, &findings).collect();
        let service = service(database, &findings);
        if service == Service::Refused {
            self.forget();
            return Err(DatabaseError::PrivilegedRole {
                database: database.name().to_owned(),
                environment: database.environment().as_str(),
                role: reach.role,
                privileges: shown(&privileges),
            });
        }
        let look = Look {
            at: Instant::now(),
            temporary_kilobytes: reach.temporary_kilobytes,
            privileges: privileges.iter().map(|finding| finding.id).collect(),
        };
        // Of several sessions that open at once, and of looks that find the same, one warns.
        let is_news =
            self.lock().replace(look.clone()).is_none_or(|before| before.privileges != look.privileges);
        if service == Service::ServedWithWarning && is_news {
            tracing::warn!(
                database = database.name(),
                "role {} could do harm ({}); `pgwright doctor` says more, `pgwright roles` prints a safer role",
                reach.role,
                shown(&privileges)
            );
        }
        Ok(())
    }

    /// Whether the role may be bound to so many bytes of temporary files, and has no lower limit of its own.
    pub(crate) fn leaves_temporary_files_unbounded(&self, bytes: u64) -> bool {
        let own = self.lock().as_ref().and_then(|look| look.temporary_kilobytes);
        own.is_some_and(|own| u64::try_from(own).map_or(true, |own| own > bytes / 1_024))
    }

    /// The next session is looked at again: the server may be another one now.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Look>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What pgwright does with a database whose role has these findings.
pub(super) fn service(database: &Database, findings: &[Finding]) -> Service {
    if privileges(database, findings).next().is_none() {
        return Service::Served;
    }
    if database.is_private() {
        return Service::Served;
    }
    let at_home = database.environment() == Environment::Development && database.is_local();
    if at_home || database.allows_privileged_role() { Service::ServedWithWarning } else { Service::Refused }
}

/// The findings that make the role a privileged one.
fn privileges<'f>(database: &Database, findings: &'f [Finding]) -> impl Iterator<Item = &'f Finding> {
    let loads = database.loads();
    findings
        .iter()
        .filter(move |finding| Rule::by_id(finding.id).is_some_and(|rule| rule.makes_privileged(loads)))
}

/// Each by its id and the first of its evidence.
fn shown(privileges: &[&Finding]) -> String {
    let one = |finding: &&Finding| {
        let first = finding.evidence.first().map_or("", String::as_str);
        match finding.evidence.len() as u64 + finding.evidence_omitted {
            0 | 1 => format!("{}: {first}", finding.id),
            several => format!("{}: {first} and {} more", finding.id, several - 1),
        }
    };
    privileges.iter().map(one).collect::<Vec<_>>().join("; ")
}
