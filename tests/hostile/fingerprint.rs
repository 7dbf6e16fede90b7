//! What a cluster looks like from outside, so that two moments can be compared.
//!
//! A quick look is one query and one walk through the folders. What it leaves out are the rows of logged tables and of the
//! catalogue: they cannot change without a transaction's number or WAL, which it holds. A thorough look reads them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio_postgres::types::PgLsn;

use super::scratch::Scratch;
use crate::support::BOUND;

/// What the server writes by itself.
const ITS_OWN: &[&str] = &["pg_internal.init", "postmaster.pid"];
const ITS_OWN_FOLDERS: &[&str] =
    &["pg_stat_tmp", "pg_subtrans", "pg_wal", "pg_xact", "pg_multixact", "pg_notify"];

/// What a cluster looked like at one moment.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    wal: PgLsn,
    aspects: BTreeMap<String, String>,
}

impl Scratch {
    /// What it looks like now.
    pub async fn look(&self) -> Fingerprint {
        let mut aspects = self.aspects(include_str!("fingerprint.sql")).await;
        let wal = self.witness.query_one("select pg_current_wal_insert_lsn()", &[]).await.unwrap().get(0);
        walk(self.data(), self.data(), &mut aspects);
        for file in fs::read_dir(self.marks.path()).unwrap().flatten() {
            let content = fs::read(file.path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            aspects.insert(format!("mark {}", file.file_name().display()), content.unwrap_or_default());
        }
        for name in ["postgresql.auto.conf", "postgresql.conf", "pg_hba.conf", "pg_ident.conf"] {
            let content = fs::read_to_string(self.data().join(name)).unwrap_or_default();
            aspects.insert(format!("content of {name}"), content);
        }
        Fingerprint { wal, aspects }
    }

    /// The same, with the rows of every table.
    pub async fn look_thoroughly(&self) -> Fingerprint {
        let mut fingerprint = self.look().await;
        fingerprint.aspects.append(&mut self.aspects(include_str!("all_checksums.sql")).await);
        fingerprint
    }

    /// What has changed since, once the sessions have been cleaned up. The look that was handed in becomes the new one.
    pub async fn changes_since(&self, before: &mut Fingerprint) -> Vec<String> {
        self.changes_within(BOUND, before).await
    }

    /// The same, waiting that long for sessions to be cleaned up.
    pub async fn changes_within(&self, patience: Duration, before: &mut Fingerprint) -> Vec<String> {
        let started = Instant::now();
        loop {
            let now = self.look().await;
            let mut changes = now.differences(before);
            if changes.is_empty() && now.wal == before.wal {
                return changes;
            }
            if changes.is_empty() || started.elapsed() >= patience {
                changes.extend(self.wal_written(before.wal, now.wal).await);
                *before = self.look().await;
                return changes;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The kinds of WAL records between two positions, without those that the server writes by itself.
    async fn wal_written(&self, from: PgLsn, to: PgLsn) -> Option<String> {
        if from == to {
            return None;
        }
        let Some(reader) = &self.wal_reader else { return Some("WAL".to_owned()) };
        // Only what was flushed can be read.
        reader.batch_execute("checkpoint").await.unwrap();
        match reader.query_one(include_str!("wal_records.sql"), &[&from, &to]).await {
            Ok(row) => row.get::<_, Option<String>>(0).map(|kinds| format!("WAL: {kinds}")),
            Err(error) => Some(format!("WAL that cannot be read: {:?}", error.as_db_error())),
        }
    }

    async fn aspects(&self, sql: &str) -> BTreeMap<String, String> {
        let rows = match self.witness.query(sql, &[]).await {
            Ok(rows) => rows,
            Err(error) => panic!("{error}: {:?}", error.as_db_error()),
        };
        rows.iter().map(|row| (row.get(0), row.get::<_, Option<String>>(1).unwrap_or_default())).collect()
    }
}

impl Fingerprint {
    /// Every aspect that is not as it was.
    pub fn differences(&self, before: &Self) -> Vec<String> {
        let names =
            self.aspects.keys().chain(before.aspects.keys().filter(|name| !self.aspects.contains_key(*name)));
        names
            .filter_map(|name| {
                let (was, is) = (before.aspects.get(name), self.aspects.get(name));
                (was != is).then(|| format!("{name}: {was:?}, now {is:?}"))
            })
            .collect()
    }
}

/// Every file below a folder with its size.
fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(about) = entry.metadata() else { continue };
        if about.is_dir() {
            if !ITS_OWN_FOLDERS.iter().any(|own| name == *own) {
                walk(root, &path, found);
            }
        } else if !ITS_OWN.iter().any(|own| name.to_string_lossy().starts_with(own)) {
            let shown = path.strip_prefix(root).unwrap().display().to_string();
            found.insert(format!("file {shown}"), about.len().to_string());
        }
    }
}
