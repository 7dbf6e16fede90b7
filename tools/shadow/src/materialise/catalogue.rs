//! Reading and writing the shadow's own catalogue.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::error::ShadowError;
use crate::size::Part;
use crate::snapshot::Statistics;

/// A table or index that was made here.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) oid: u32,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: char,
    pub(crate) method: String,
    /// Below the data directory.
    pub(crate) path: Option<String>,
}

pub(crate) async fn classes(maker: &Client) -> Result<Vec<Class>, ShadowError> {
    let rows = maker.query_typed(include_str!("classes.sql"), &[]).await;
    Ok(rows
        .map_err(ShadowError::sql("look at its tables"))?
        .iter()
        .map(|row| Class {
            oid: row.get("oid"),
            schema: row.get("schema"),
            name: row.get("name"),
            kind: row.get::<_, &str>("kind").chars().next().unwrap_or(' '),
            method: row.get("method"),
            path: row.get("path"),
        })
        .collect())
}

/// The parts of these indexes, by index.
pub(crate) async fn parts(maker: &Client, indexes: &[u32]) -> Result<HashMap<u32, Vec<Part>>, ShadowError> {
    let rows = maker.query_typed(include_str!("index_parts.sql"), &[(&indexes, Type::OID_ARRAY)]).await;
    let mut found: HashMap<u32, Vec<Part>> = HashMap::new();
    for row in &rows.map_err(ShadowError::sql("look at its indexes"))? {
        let length: i16 = row.get("length");
        let width: i32 = row.get("width");
        let width = f64::from(if length > 0 {
            i32::from(length)
        } else if width > 0 {
            width
        } else {
            16
        });
        let align_bytes = match row.get::<_, &str>("align") {
            "d" => 8.0,
            "s" => 2.0,
            "c" => 1.0,
            // Up to here a value of variable length has a header of one byte and no alignment.
            _ if length < 0 && width <= 127.0 => 1.0,
            _ => 4.0,
        };
        found.entry(row.get("index")).or_default().push(Part {
            width_bytes: width,
            align_bytes,
            null_ratio: f64::from(row.get::<_, f32>("null_ratio")),
            distinct: row.get::<_, Option<f32>>("distinct").map_or(0.0, f64::from),
            equal_image: row.get("equal_image"),
            is_key: row.get("is_key"),
        });
    }
    Ok(found)
}

/// A row of `pg_statistic` as `write_statistics.sql` takes it.
pub(crate) fn row(schema: &str, relation: &str, statistics: &Statistics) -> Value {
    let slot = |place: usize| statistics.slots.get(place);
    let kinds: Vec<i16> = (0..5).map(|place| slot(place).map_or(0, |slot| slot.kind)).collect();
    let mut row = json!({
        "schema": schema, "relation": relation, "column": statistics.column, "inherited": statistics.inherited,
        "null_ratio": statistics.null_ratio, "width_bytes": statistics.width_bytes, "distinct": statistics.distinct,
        "kinds": kinds,
    });
    for place in 0..5 {
        row[format!("n{}", place + 1)] = json!(slot(place).and_then(|slot| slot.numbers.as_ref()));
        row[format!("v{}", place + 1)] = json!(slot(place).and_then(|slot| slot.values.as_ref()));
    }
    row
}

/// Writes these rows, and gives the names of those that are not accepted.
pub(crate) async fn write_statistics(maker: &Client, rows: Vec<Value>) -> Result<Vec<String>, ShadowError> {
    let write = |rows: &Value| {
        let text = rows.to_string();
        async move { maker.query_typed(include_str!("write_statistics.sql"), &[(&text, Type::TEXT)]).await }
    };
    let all = Value::from(rows);
    match write(&all).await {
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.as_db_error().is_none() => {
            return Err(ShadowError::sql("write statistics")(error));
        }
        Err(error) => tracing::debug!(%error, "statistics are written one by one"),
    }
    let Value::Array(rows) = all else { return Ok(Vec::new()) };
    let mut refused = Vec::new();
    for row in rows {
        let name =
            format!("{}.{}", row["relation"].as_str().unwrap_or(""), row["column"].as_str().unwrap_or(""));
        if let Err(error) = write(&Value::from(vec![row])).await {
            if error.as_db_error().is_none() {
                return Err(ShadowError::sql("write statistics")(error));
            }
            refused.push(name);
        }
    }
    Ok(refused)
}
