//! Reading and writing the shadow's own catalogue.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::array;
use crate::error::ShadowError;
use crate::size::{self, Part};
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
        let (width, spread_bytes) = sampled(row).map_or((width, 0.0), |(mean, spread)| {
            // Values too wide for the sample are in the mean of all rows.
            if (mean - width - 0.5).abs() < 2.0 { (mean, spread) } else { (width, spread) }
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
            spread_bytes,
            align_bytes,
            null_ratio: f64::from(row.get::<_, f32>("null_ratio")),
            distinct: row.get::<_, Option<f32>>("distinct").map_or(0.0, f64::from),
            equal_image: row.get("equal_image"),
            is_key: row.get("is_key"),
        });
    }
    Ok(found)
}

/// The mean and the spread of the widths of a part's values, from its statistics.
#[allow(clippy::cast_precision_loss, reason = "some hundred values")]
fn sampled(row: &Row) -> Option<(f64, f64)> {
    let elements = |name: &str| {
        let text: Option<String> = row.get(name);
        text.map(|text| array::elements(&text).into_iter().flatten().collect::<Vec<_>>()).unwrap_or_default()
    };
    let shares: Vec<f32> = row.get::<_, Option<Vec<f32>>>("shares").unwrap_or_default();
    let mut values: Vec<(String, f32)> = elements("common").into_iter().zip(shares).collect();
    let null_ratio: f32 = row.get("null_ratio");
    let rest = 1.0 - null_ratio - values.iter().map(|(_, share)| share).sum::<f32>();
    let bounds = elements("bounds");
    let each = rest.max(0.0) / bounds.len().max(1) as f32;
    values.extend(bounds.into_iter().map(|bound| (bound, each)));
    size::widths(row.get("type"), &values)
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
