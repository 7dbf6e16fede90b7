//! What the configured role could do that it should not, in plain words, with what mends it.
//!
//! ```text
//!   reach (the roles it is or can become) ─▶ probes (SQL, a file each) ─▶ rules (severity, words) ─▶ Report
//!                                              └─ powers, ownership ─────▶ watch: serve, warn or refuse
//! ```
//!
//! Invariant: it reads the catalogue and settings only.

mod probe;
mod rules;
mod watch;

use std::sync::Arc;

use serde::Serialize;

use crate::database::Database;
use crate::errors::DatabaseError;
use crate::session::{Lease, ReadSession, Scope};
use probe::{FUNCTIONS, GRANTS, OWNERSHIP, POWERS, Reach, SETTINGS};
pub use rules::Severity;
pub(crate) use watch::RoleWatch;

/// One thing that the role could do, or that does not hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable name.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What it means, in plain words.
    pub what: &'static str,
    /// The objects it is about, at most twenty.
    pub evidence: Vec<String>,
    /// Objects beyond those.
    pub evidence_omitted: u64,
    /// What mends it.
    pub advice: &'static str,
    /// SQL that mends it, for a person to judge; one statement an object.
    pub fix_sql: Vec<String>,
}

/// What pgwright does with a database whose role is as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// It is served.
    Served,
    /// It is served, and the log says what the role could do.
    ServedWithWarning,
    /// It is not served.
    Refused,
}

impl Service {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::ServedWithWarning => "served with a warning",
            Self::Refused => "refused",
        }
    }
}

/// What was found of one database.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The database's name in the configuration.
    pub database: String,
    /// Its environment.
    pub environment: &'static str,
    /// The role that pgwright connects as.
    pub role: String,
    /// The server's version.
    pub server_version: String,
    /// What pgwright does with it.
    pub service: Service,
    /// The findings, gravest first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether anything grave was found.
    pub fn is_grave(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::High)
    }
}

/// Connects and looks at the role, whatever it is: also where no other session would be opened.
pub async fn examine(database: &Arc<Database>, scope: &Scope) -> Result<Report, DatabaseError> {
    let session = ReadSession::open_unwatched(database, scope).await?;
    let lease = session.lease();
    let reach = Reach::read(lease).await?;
    let mut findings = powers(lease, &reach, database.loads()).await?;
    let is_superuser = findings.iter().any(|finding| finding.id == rules::SUPERUSER);
    let service = watch::service(database, &findings);
    if !is_superuser {
        for probe in [GRANTS, FUNCTIONS] {
            findings.extend(reach.probe(lease, probe, database.loads()).await?);
        }
    }
    findings.extend(reach.probe(lease, SETTINGS, database.loads()).await?);
    findings.extend(unmasked(&session).await?);
    findings.sort_by_key(|finding| rules::RULES.iter().position(|rule| rule.id == finding.id));
    Ok(Report {
        database: database.name().to_owned(),
        environment: database.environment().as_str(),
        role: reach.role,
        server_version: reach.server_version,
        service,
        findings,
    })
}

/// Names in `masking.columns` that lead nowhere.
async fn unmasked(session: &ReadSession) -> Result<Option<Finding>, DatabaseError> {
    let evidence = session.masking_mistakes().await?;
    let rule = rules::Rule::by_id(rules::MASKING).filter(|_| !evidence.is_empty());
    Ok(rule.map(|rule| Finding {
        id: rule.id,
        severity: rule.severity,
        what: rule.what,
        evidence,
        evidence_omitted: 0,
        advice: rule.advice,
        fix_sql: Vec::new(),
    }))
}

/// What decides whether the role is a privileged one. Of a superuser nothing else needs to be said.
async fn powers(lease: &Lease, reach: &Reach, loads: bool) -> Result<Vec<Finding>, DatabaseError> {
    let mut findings = reach.probe(lease, POWERS, loads).await?;
    if findings.iter().any(|finding| finding.id == rules::SUPERUSER) {
        findings.retain(|finding| finding.id == rules::SUPERUSER);
    } else {
        findings.extend(reach.probe(lease, OWNERSHIP, loads).await?);
    }
    Ok(findings)
}
