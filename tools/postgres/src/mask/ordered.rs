//! The order in which rows come: where an index with a masked column in it gives them, they stand in the order of its
//! values, though nobody asked for it.

use std::collections::HashSet;

use pgwright_sql::guard::Admitted;
use serde_json::Value;
use tokio_postgres::types::Type;

use crate::errors::DatabaseError;
use crate::session::{Origin, ReadSession};

/// Has PostgreSQL read the rows of the statement otherwise, for the rest of the transaction, where its plan walks such an
/// index. A bitmap of the same index gives them in the order of the table. Says whether the plan is another now.
pub(super) async fn hide(
    session: &ReadSession,
    sql: &Admitted,
    plan: &str,
    masked: &[Origin],
) -> Result<bool, DatabaseError> {
    let relations: Vec<u32> = masked.iter().map(|origin| origin.relation).collect();
    let numbers: Vec<i16> = masked.iter().map(|origin| origin.column).collect();
    let rows = session
        .query(
            include_str!("ordering_indexes.sql"),
            &[(&relations, Type::OID_ARRAY), (&numbers, Type::INT2_ARRAY)],
        )
        .await?;
    let telling: HashSet<&str> = rows.iter().map(|row| row.get("name")).collect();
    // With values for its parameters it may be planned otherwise.
    let is_other = sql.parameters() > 0 && !telling.is_empty();
    let is_walked = is_other || walks(plan, &telling);
    if is_walked {
        session.set_local([("enable_indexscan", "off"), ("enable_indexonlyscan", "off")]).await?;
    }
    Ok(is_walked)
}

/// Whether a plan reads one of these indexes in its order.
fn walks(plan: &str, indexes: &HashSet<&str>) -> bool {
    let Ok(json) = serde_json::from_str::<Value>(plan) else { return true };
    let mut pending = vec![&json];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(values) => pending.extend(values),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
                if matches!(text("Node Type"), "Index Scan" | "Index Only Scan")
                    && indexes.contains(text("Index Name"))
                {
                    return true;
                }
                pending.extend(fields.values());
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bitmap_is_no_walk() {
        let plan = |kind: &str| {
            json!([{ "Plan": { "Node Type": "Sort", "Plans": [{ "Node Type": kind, "Index Name": "i" }] } }])
                .to_string()
        };
        let telling = HashSet::from(["i"]);
        assert!(walks(&plan("Index Scan"), &telling) && walks(&plan("Index Only Scan"), &telling));
        assert!(!walks(&plan("Bitmap Index Scan"), &telling));
        assert!(!walks(&plan("Index Scan"), &HashSet::from(["j"])));
        assert!(walks("no plan", &telling));
    }
}
