//! Asking the catalogue: each probe answers with the ids of findings, their evidence and the SQL that mends them.

use std::collections::BTreeMap;

use tokio_postgres::types::{Oid, Type};

use super::Finding;
use super::rules::Rule;
use crate::errors::DatabaseError;
use crate::session::Lease;

/// A probe's rows, bounded a finding.
macro_rules! bounded {
    ($probe:literal) => {
        concat!(
            include_str!("probes/bounded_head.sql"),
            include_str!($probe),
            include_str!("probes/bounded_tail.sql")
        )
    };
}

pub(super) const POWERS: &str = bounded!("probes/powers.sql");
pub(super) const OWNERSHIP: &str = bounded!("probes/ownership.sql");
pub(super) const GRANTS: &str = bounded!("probes/grants.sql");
pub(super) const FUNCTIONS: &str = bounded!("probes/functions.sql");
pub(super) const SETTINGS: &str = bounded!("probes/settings.sql");

/// Who a session is, and every role that it can become.
#[derive(Debug)]
pub(super) struct Reach {
    pub(super) role: String,
    pub(super) server_version: String,
    /// What the role's sorts may write as temporary files if pgwright says nothing, in kilobytes; `None` where only the
    /// role's own setting decides, since it may not be changed.
    pub(super) temporary_kilobytes: Option<i64>,
    roles: Vec<Oid>,
}

impl Reach {
    pub(super) async fn read(lease: &Lease) -> Result<Self, DatabaseError> {
        let rows = lease
            .run("a look at the role", |client| client.query_typed(include_str!("probes/reach.sql"), &[]))
            .await?;
        let row = rows.first().ok_or(DatabaseError::NoRole)?;
        let read = |source| DatabaseError::Unexpected { what: "the role", source };
        let limit: i64 = row.try_get("temporary_kilobytes").map_err(read)?;
        let may_be_granted: bool = row.try_get("knows_grants_of_settings").map_err(read)?;
        let may_bound =
            row.try_get("is_superuser").map_err(read)? || (may_be_granted && Self::may_bound(lease).await?);
        Ok(Self {
            role: row.try_get("role").map_err(read)?,
            server_version: row.try_get("server_version").map_err(read)?,
            temporary_kilobytes: may_bound.then_some(limit),
            roles: row.try_get("reach").map_err(read)?,
        })
    }

    async fn may_bound(lease: &Lease) -> Result<bool, DatabaseError> {
        let rows = lease
            .run("a look at the role", |client| client.query_typed(include_str!("probes/may_bound.sql"), &[]))
            .await?;
        let read = |source| DatabaseError::Unexpected { what: "the role", source };
        rows.first().map_or(Ok(false), |row| row.try_get("may_bound").map_err(read))
    }

    /// Runs one probe; what is wanted where policy opens the database for loading is left out there.
    pub(super) async fn probe(
        &self,
        lease: &Lease,
        probe: &'static str,
        loads: bool,
    ) -> Result<Vec<Finding>, DatabaseError> {
        let rows = lease
            .run("a look at the role", |client| async move {
                client.query_typed(probe, &[(&self.roles, Type::OID_ARRAY)]).await
            })
            .await?;
        let mut found: BTreeMap<&'static str, Finding> = BTreeMap::new();
        for row in rows {
            let read = |source| DatabaseError::Unexpected { what: "the role's privileges", source };
            let Some(rule) = Rule::by_id(row.try_get("id").map_err(read)?).filter(|rule| rule.counts(loads))
            else {
                continue;
            };
            let total: i64 = row.try_get("total").map_err(read)?;
            let finding = found.entry(rule.id).or_insert_with(|| Finding {
                id: rule.id,
                severity: rule.severity,
                what: rule.what,
                evidence: Vec::new(),
                evidence_omitted: u64::try_from(total).unwrap_or_default(),
                advice: rule.advice,
                fix_sql: Vec::new(),
            });
            finding.evidence.push(row.try_get("evidence").map_err(read)?);
            finding.evidence_omitted = finding.evidence_omitted.saturating_sub(1);
            finding.fix_sql.extend(row.try_get::<_, Option<String>>("fix").map_err(read)?);
        }
        Ok(found.into_values().collect())
    }
}
