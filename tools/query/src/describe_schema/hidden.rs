//! Literals in what a table is defined by, hidden where they stand beside a masked column.

use pgwright_contract::ToolError;
use pgwright_postgres::{ReadSession, Type};

use super::Table;

/// The table with the literals of its defaults, checks, bounds and query hidden, where these are about masked columns. The
/// catalogue hides those of its indexes.
pub(super) async fn literals(session: &ReadSession, oid: u32, mut table: Table) -> Result<Table, ToolError> {
    let masked = session.masked(&[oid]).await?;
    for column in &mut table.columns {
        column.default = column.default.take().map(|default| masked.default(oid, &column.name, default));
    }
    if let Some(full) = &mut table.full {
        let hide = |text: String| masked.definition(oid, text, "(masked)");
        full.checks = std::mem::take(&mut full.checks).into_iter().map(hide).collect();
        full.definition = full.definition.take().map(hide);
        let key = full.partitioned_by.as_deref();
        let bounds = std::mem::take(&mut full.partitions);
        full.partitions = bounds.into_iter().map(|bounds| masked.bounds(oid, key, bounds)).collect();
        if let Some(bounds) = full.partition_of.take() {
            let above = session.query(include_str!("parent_key.sql"), &[(&oid, Type::OID)]).await?;
            let key = above.first().and_then(|row| row.get::<_, Option<&str>>("key"));
            full.partition_of = Some(masked.bounds(oid, key, bounds));
        }
    }
    Ok(table)
}
