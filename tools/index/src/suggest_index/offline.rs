//! Advice from a snapshot: the shadow made of it stands for the database.

use std::path::PathBuf;

use pgwright_contract::{Call, ToolError, named_file};
use pgwright_shadow::Snapshot;
use pgwright_sql::RelationName;

use crate::workload::Workload;

/// A snapshot by its path, or by its JSON.
pub(super) async fn read(call: &Call, roots: &[PathBuf], snapshot: &str) -> Result<Snapshot, ToolError> {
    let text = if snapshot.trim_start().starts_with('{') {
        snapshot.to_owned()
    } else {
        let path = named_file(call, roots, snapshot, "send the snapshot's JSON")?;
        let unreadable =
            |error: std::io::Error| ToolError::new("snapshot", format!("{snapshot}: {}", error.kind()));
        tokio::fs::read_to_string(path).await.map_err(unreadable)?
    };
    Snapshot::from_json(&text).map_err(|error| {
        ToolError::new("snapshot", error.to_string())
            .next_step("a person may take one: pgwright snapshot --output FILE")
    })
}

/// A shadow counts no scans: those of the snapshot are put in their place. Up to when they were counted.
pub(super) fn window(snapshot: &Snapshot, workload: &mut Workload) -> String {
    for table in workload.tables.values_mut() {
        let name = table.name.schema.as_deref().unwrap_or("public");
        let Some(known) = snapshot.named(&RelationName::qualified(name, &table.name.name)) else { continue };
        for index in &mut table.indexes {
            let found = known.indexes.iter().find(|one| one.name == index.name);
            index.scans = found.map_or(index.scans, |one| one.scans);
        }
    }
    format!("before the snapshot of {}", snapshot.captured_at)
}
