//! Makes a shadow of a snapshot: tables with two rows, their indexes, production's statistics and sizes.
//!
//! The order matters. Rows come before indexes, so that an index's file is written whole, past the server's buffers, and can
//! be changed under it; statistics and sizes come last, since making an index writes its own.

mod catalogue;
mod ddl;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pgwright_postgres::types::quote_literal;
use serde_json::json;
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

pub(crate) use self::catalogue::{Class, classes, parts, row, write_statistics};
use crate::error::ShadowError;
use crate::expression;
use crate::extended;
use crate::files;
use crate::planner::{self, ROLE};
use crate::shadow::Shadow;
use crate::shadows::Ground;
use crate::size;
use crate::snapshot::{Definition, Index, Relation, Snapshot};

pub(crate) async fn on(ground: Arc<Ground>, snapshot: &Snapshot) -> Result<Shadow, ShadowError> {
    let mut notes = snapshot.notes.clone();
    if ground.major != snapshot.major() {
        notes.push(format!(
            "planned by PostgreSQL {} in place of {}, which is not at hand: costs may differ by some percent",
            ground.major,
            snapshot.major()
        ));
    }
    let database = database(&ground, snapshot, &mut notes).await?;
    let address = ground.address();
    let maker = address.maker(&database, ground.cluster.user()).await?;
    let mut making = Making { maker: &maker, major: ground.major, notes: &mut notes };
    making.tables(snapshot).await?;
    making.indexes(snapshot).await?;
    making.catalogue(snapshot).await?;
    let data = ground.cluster.data_dir().to_owned();
    let classes = classes(&maker).await?;
    let by_name: HashMap<(&str, &str), &Class> =
        classes.iter().map(|class| ((class.schema.as_str(), class.name.as_str()), class)).collect();
    let trees: Vec<u32> =
        classes.iter().filter(|class| class.method == "btree").map(|class| class.oid).collect();
    let planner = address.planner(&database).await?;
    let without: Vec<u32> = snapshot
        .relations
        .iter()
        .flat_map(|relation| relation.indexes.iter().map(move |index| (relation, index)))
        .filter(|(_, index)| index.statistics.is_empty())
        .filter_map(|(relation, index)| {
            Some(by_name.get(&(relation.schema.as_str(), index.name.as_str()))?.oid)
        })
        .collect();
    let tables: HashMap<u32, &Relation> = snapshot
        .relations
        .iter()
        .filter_map(|relation| {
            Some((by_name.get(&(relation.schema.as_str(), relation.name.as_str()))?.oid, relation))
        })
        .collect();
    expression::derive(&maker, &planner, &without, |table, column| tables.get(&table)?.statistics_of(column))
        .await?;
    let parts = parts(&maker, &trees).await?;
    let mut real = HashMap::new();
    for relation in &snapshot.relations {
        let Some(table) = by_name.get(&(relation.schema.as_str(), relation.name.as_str())) else { continue };
        if let Some(path) = table.path.as_ref().filter(|_| relation.has_rows()) {
            let path = data.join(path);
            let blocks = files::blocks(&path)?;
            real.insert(table.oid, blocks);
            files::resize(&path, relation.figures.blocks.max(blocks))?;
        }
        for index in &relation.indexes {
            let Some(class) = by_name.get(&(relation.schema.as_str(), index.name.as_str())) else { continue };
            let Some(path) = class.path.as_ref().filter(|_| class.kind == 'i') else { continue };
            let path = data.join(path);
            let parts = parts.get(&class.oid).map_or(&[][..], Vec::as_slice);
            // A key is there before its rows; other indexes are mostly made later.
            extend_index(&path, &class.method, index.figures.blocks, parts, index.constraint)?;
        }
    }
    planner::adopt(&planner, &snapshot.settings).await?;
    Ok(Shadow::new(ground, database, maker, planner, snapshot, &classes, &real, notes))
}

/// Makes an index's file that long, and a B-tree as high as one that has grown to it, or was built at once.
#[allow(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn extend_index(
    path: &std::path::Path,
    method: &str,
    blocks: u64,
    parts: &[size::Part],
    grown: bool,
) -> Result<(), ShadowError> {
    let real = files::blocks(path)?;
    let height = if method == "btree" { size::height(blocks as f64, parts, grown) } else { 0 };
    files::resize(path, blocks.max(real).max(u64::from(height) + 2 * u64::from(height > 0)))?;
    files::raise(path, height)
}

/// An empty database that writes and orders text as production's does.
async fn database(
    ground: &Ground,
    snapshot: &Snapshot,
    notes: &mut Vec<String>,
) -> Result<String, ShadowError> {
    let locale = &snapshot.locale;
    let (collate, ctype) = (quote_literal(&locale.collate), quote_literal(&locale.ctype));
    let mut options = format!(
        "template template0 encoding {} lc_collate {collate} lc_ctype {ctype}",
        quote_literal(&locale.encoding)
    );
    if let Some(name) = locale.provider_locale.as_ref().filter(|_| ground.major >= 15) {
        let name = quote_literal(name);
        options += &match locale.provider.as_str() {
            "i" => format!(" locale_provider icu icu_locale {name}"),
            "b" => format!(" locale_provider builtin builtin_locale {name}"),
            _ => String::new(),
        };
    }
    match ground.database(&options).await {
        Err(ShadowError::Sql { .. }) => {
            notes.push(format!(
                "the collation {} is not at hand here: estimates for ranges of text may differ",
                locale.collate
            ));
            ground.database("").await
        }
        made => made,
    }
}

struct Making<'m> {
    maker: &'m Client,
    major: u16,
    notes: &'m mut Vec<String>,
}

impl Making<'_> {
    async fn tables(&mut self, snapshot: &Snapshot) -> Result<(), ShadowError> {
        self.run(ddl::foundations(snapshot)).await?;
        let unknown = self.unknown_types(snapshot).await?;
        self.run(ddl::tables(snapshot, &unknown)).await?;
        self.own(snapshot).await?;
        self.run(snapshot.relations.iter().filter_map(ddl::ends).collect()).await
    }

    async fn indexes(&mut self, snapshot: &Snapshot) -> Result<(), ShadowError> {
        self.run(ddl::constraints(snapshot)).await?;
        self.run(ddl::views(snapshot)).await?;
        self.own(snapshot).await
    }

    async fn catalogue(&mut self, snapshot: &Snapshot) -> Result<(), ShadowError> {
        let mut not_null = Vec::new();
        let mut checked = Vec::new();
        let mut figures = Vec::new();
        let mut statistics = Vec::new();
        for relation in &snapshot.relations {
            let (schema, name) = (&relation.schema, &relation.name);
            let columns = relation.columns.iter().filter(|column| column.not_null);
            not_null
                .extend(columns.map(|column| json!({"schema": schema, "name": name, "column": column.name})));
            let constraints =
                relation.constraints.iter().filter(|one| one.validated && matches!(one.kind, 'f' | 'c'));
            checked.extend(
                constraints.map(|one| json!({"schema": schema, "name": name, "constraint": one.name})),
            );
            figures.extend(figures_of(relation));
            statistics.extend(relation.statistics.iter().map(|one| catalogue::row(schema, name, one)));
            statistics.extend(relation.indexes.iter().flat_map(|index| {
                index.statistics.iter().map(|one| catalogue::row(schema, &index.name, one))
            }));
        }
        self.write(include_str!("declare.sql"), &not_null).await?;
        self.write(include_str!("validate.sql"), &checked).await?;
        self.notes.extend(extended::write(self.maker, self.major, &snapshot.extended).await?);
        self.write(include_str!("write_figures.sql"), &figures).await?;
        let refused = write_statistics(self.maker, statistics).await?;
        self.notes.extend(
            refused.into_iter().map(|name| format!("the statistics of {name} were not accepted here")),
        );
        Ok(())
    }

    async fn write(&self, sql: &str, rows: &[serde_json::Value]) -> Result<(), ShadowError> {
        if rows.is_empty() {
            return Ok(());
        }
        let json = serde_json::Value::from(rows.to_vec()).to_string();
        let written = self.maker.query_typed(sql, &[(&json, Type::TEXT)]).await;
        written.map(drop).map_err(ShadowError::sql("write its catalogue"))
    }

    async fn own(&self, snapshot: &Snapshot) -> Result<(), ShadowError> {
        let mut schemas: Vec<&str> = ddl::schemas(snapshot).map(String::as_str).collect();
        schemas.push("public");
        let params: &[(&(dyn ToSql + Sync), Type)] = &[(&ROLE, Type::TEXT), (&schemas, Type::TEXT_ARRAY)];
        planner::query(self.maker, "hand its tables over", include_str!("own.sql"), params).await.map(drop)
    }

    async fn unknown_types(&self, snapshot: &Snapshot) -> Result<HashSet<String>, ShadowError> {
        let types: HashSet<&str> = snapshot
            .relations
            .iter()
            .flat_map(|relation| &relation.columns)
            .map(|column| column.type_name.as_str())
            .collect();
        let types: Vec<&str> = types.into_iter().collect();
        let rows = self.maker.query_typed(include_str!("types.sql"), &[(&types, Type::TEXT_ARRAY)]).await;
        Ok(rows.map_err(ShadowError::sql("look at types"))?.iter().map(|row| row.get(0)).collect())
    }

    /// Runs them all at once; if one fails, one by one and again while that helps, since they may build on each other.
    async fn run(&mut self, mut left: Vec<Definition>) -> Result<(), ShadowError> {
        if left.is_empty() {
            return Ok(());
        }
        let together: Vec<&str> = left.iter().map(|one| one.sql.trim_end_matches([';', '\n', ' '])).collect();
        if self.maker.batch_execute(&together.join(";\n")).await.is_ok() {
            return Ok(());
        }
        let mut failures = Vec::new();
        loop {
            let before = left.len();
            failures.clear();
            let mut again = Vec::new();
            for one in left {
                if let Err(error) = self.maker.batch_execute(&one.sql).await {
                    if error.is_closed() {
                        return Err(ShadowError::sql("be made")(error));
                    }
                    failures.push(format!(
                        "{} could not be made here: {}",
                        one.name,
                        ShadowError::sql("make it")(error)
                    ));
                    again.push(one);
                }
            }
            if again.is_empty() || again.len() == before {
                break;
            }
            left = again;
        }
        self.notes.append(&mut failures);
        Ok(())
    }
}

pub(crate) fn figures_of(relation: &Relation) -> impl Iterator<Item = serde_json::Value> + '_ {
    let row = |name: &str, figures: &crate::snapshot::Figures| {
        json!({
            "schema": relation.schema, "name": name, "relpages": figures.relpages,
            "reltuples": figures.reltuples, "relallvisible": figures.relallvisible,
        })
    };
    let of_table = (relation.kind != 'v').then(|| row(&relation.name, &relation.figures));
    of_table
        .into_iter()
        .chain(relation.indexes.iter().map(move |index: &Index| row(&index.name, &index.figures)))
}
