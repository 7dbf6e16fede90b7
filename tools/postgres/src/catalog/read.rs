//! Reads the catalogue into its plain values: five queries for any number of tables, and those of the masks where indexes
//! hold literals.

use std::collections::HashMap;

use pgwright_sql::RelationName;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Column, ColumnStatistics, ForeignKey, Index, IndexKey, KeyPart, RelationKind, Table};
use crate::errors::DatabaseError;
use crate::resolve::ResolveError;
use crate::session::ReadSession;

impl ReadSession {
    /// Resolves a name and reads everything the catalogue knows of it.
    pub async fn table(&self, name: &RelationName) -> Result<Table, DatabaseError> {
        let resolved = self.resolve(name).await?;
        self.tables(&[resolved.oid]).await?.pop().ok_or_else(|| {
            ResolveError::Unknown {
                wanted: name.clone(),
                database: self.database().name().to_owned(),
                nearest: Vec::new(),
            }
            .into()
        })
    }

    /// Everything the catalogue knows of the relations with these OIDs, ordered by name.
    pub async fn tables(&self, oids: &[u32]) -> Result<Vec<Table>, DatabaseError> {
        let mut tables = self.outlines(oids).await?;
        let found = self.query(include_str!("statistics.sql"), &[(&oids, Type::OID_ARRAY)]).await?;
        let mut statistics: HashMap<(u32, i16), ColumnStatistics> =
            found.iter().map(|row| ((row.get("table"), row.get("number")), statistics(row))).collect();
        for table in &mut tables {
            for column in &mut table.columns {
                column.statistics = statistics.remove(&(table.oid, column.number));
            }
        }
        Ok(tables)
    }

    /// The same without the statistics of columns, at half the cost.
    pub async fn outlines(&self, oids: &[u32]) -> Result<Vec<Table>, DatabaseError> {
        let params: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] = &[(&oids, Type::OID_ARRAY)];
        let relations = self.query(include_str!("relations.sql"), params).await?;
        let mut columns = by_table(&self.query(include_str!("columns.sql"), params).await?, column);
        let mut indexes = by_table(&self.query(include_str!("indexes.sql"), params).await?, index);
        self.hide_literals(&mut indexes).await?;
        let mut foreign_keys =
            by_table(&self.query(include_str!("foreign_keys.sql"), params).await?, foreign_key);
        Ok(relations
            .iter()
            .map(|row| {
                let oid = row.get("oid");
                Table {
                    oid,
                    name: RelationName { schema: Some(row.get("schema")), name: row.get("name") },
                    kind: RelationKind::from_letter(row.get("kind")),
                    estimated_rows: row.get("estimated_rows"),
                    pages: row.get("pages"),
                    modified_since_analyze: row.get("modified_since_analyze"),
                    last_analyze: row.get("last_analyze"),
                    row_security: row.get("row_security"),
                    columns: columns.remove(&oid).unwrap_or_default(),
                    indexes: indexes.remove(&oid).unwrap_or_default(),
                    foreign_keys: foreign_keys.remove(&oid).unwrap_or_default(),
                }
            })
            .collect())
    }

    /// Predicates and expressions of indexes may hold values of masked columns.
    async fn hide_literals(&self, indexes: &mut HashMap<u32, Vec<Index>>) -> Result<(), DatabaseError> {
        let holds = |index: &Index| index.predicate.is_some() || index.definition.contains('\'');
        let concerned = indexes.iter().filter(|(_, indexes)| indexes.iter().any(holds));
        let oids: Vec<u32> = concerned.map(|(oid, _)| *oid).collect();
        if oids.is_empty() {
            return Ok(());
        }
        let masked = self.masked(&oids).await?;
        for (oid, of_table) in indexes {
            for index in of_table {
                // Told apart by their names, lest two that differ in what is hidden look like duplicates.
                let hidden = format!("(masked in {})", index.name);
                let shown = |text| masked.definition(*oid, text, &hidden);
                index.predicate = index.predicate.take().map(&shown);
                let definition = shown(index.definition.clone());
                // What can't be written down again must not go.
                index.pinned |= definition != index.definition;
                index.definition = definition;
            }
        }
        Ok(())
    }
}

fn by_table<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> HashMap<u32, Vec<T>> {
    let mut by_table: HashMap<u32, Vec<T>> = HashMap::new();
    for row in rows {
        by_table.entry(row.get("table")).or_default().push(value(row));
    }
    by_table
}

fn column(row: &Row) -> Column {
    let category: &str = row.get("category");
    Column {
        name: row.get("name"),
        number: row.get("number"),
        type_name: row.get("type_name"),
        base_type: row.get("base_type"),
        category: category.chars().next().unwrap_or('U'),
        not_null: row.get("not_null"),
        c_collation: row.get("c_collation"),
        orderable: row.get("orderable"),
        generated: row.get("generated"),
        has_default: row.get("has_default"),
        comment: row.get("comment"),
        statistics: None,
    }
}

fn statistics(row: &Row) -> ColumnStatistics {
    ColumnStatistics {
        null_ratio: f64::from(row.get::<_, f32>("null_ratio")),
        average_width_bytes: row.get("average_width"),
        distinct: f64::from(row.get::<_, f32>("distinct")),
        correlation: row.get::<_, Option<f32>>("correlation").map(f64::from),
        most_common: common_values(row),
        histogram: row.get::<_, Option<Vec<String>>>("histogram").unwrap_or_default(),
    }
}

fn common_values(row: &Row) -> Vec<(String, f64)> {
    let values: Option<Vec<String>> = row.get("common_values");
    let shares: Option<Vec<f32>> = row.get("common_shares");
    values
        .unwrap_or_default()
        .into_iter()
        .zip(shares.unwrap_or_default().into_iter().map(f64::from))
        .collect()
}

fn index(row: &Row) -> Index {
    let parts: Vec<String> = row.get("parts");
    let plain: Vec<bool> = row.get("plain");
    let options: Vec<i16> = row.get("options");
    let default_classes: Vec<bool> = row.get("default_classes");
    let key_count = usize::try_from(row.get::<_, i16>("key_count")).unwrap_or_default();
    let keys = parts
        .iter()
        .zip(&plain)
        .zip(options.iter().zip(&default_classes))
        .take(key_count)
        .map(|((part, plain), (option, default_class))| IndexKey {
            part: if *plain { KeyPart::Column(part.clone()) } else { KeyPart::Expression(part.clone()) },
            descending: option & 1 != 0,
            nulls_first: option & 2 != 0,
            default_class: *default_class,
        })
        .collect();
    Index {
        oid: row.get("oid"),
        name: row.get("name"),
        method: row.get("method"),
        unique: row.get("is_unique"),
        primary: row.get("is_primary"),
        valid: row.get("is_valid"),
        constraint: row.get("owned_by_constraint"),
        pinned: row.get("pinned"),
        keys,
        included: parts.into_iter().skip(key_count).collect(),
        predicate: row.get("predicate"),
        definition: row.get("definition"),
        size_bytes: row.get("size_bytes"),
        scans: row.get("scans"),
    }
}

fn foreign_key(row: &Row) -> ForeignKey {
    ForeignKey {
        name: row.get("name"),
        columns: row.get("columns"),
        referenced: RelationName {
            schema: Some(row.get("referenced_schema")),
            name: row.get("referenced_name"),
        },
        referenced_columns: row.get("referenced_columns"),
        validated: row.get("validated"),
    }
}
